package checkout

import (
	"cmp"

	"okoshko/internal/booking"
	"okoshko/internal/money"
	"okoshko/internal/server/page"
)

// bookedEvent tells of a booking; booked are its visits as far as they could be read.
func bookedEvent(v *page.Request, a booking.Attempt, booked []*booking.Visit) string {
	data := page.BookedData{Company: a.Company, Form: a.Form, ID: page.EventID(a.ID), Services: []int{}}
	for _, visit := range a.Appointments {
		data.Services = append(data.Services, visit.Services...)
	}
	var prices []money.Price
	symbol := v.Company.Currency
	for _, d := range booked {
		symbol = cmp.Or(d.Currency, symbol)
		for _, service := range d.Services {
			prices = append(prices, service.Price)
		}
	}
	data.Currency = page.Currencies[symbol]
	if cost := money.Sum(prices...); len(booked) == len(a.Appointments) && cost.Named() {
		const hundredths = 100
		value := float64(cost.Low()) / hundredths
		data.Value = &value
	}
	return page.ToJSON(page.EmbedEvent{Type: "booked", Data: data})
}
