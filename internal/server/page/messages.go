package page

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/money"
)

// What pages say to a website that embeds them; docs/messages.md describes it. It stands in the page as
// finished JSON and is sent by the script. Nothing in it is about a person.

type readyData struct {
	Close    string   `json:"close"` // what the button that closes the widget is called
	Counters []string `json:"counters"`
	Form     int      `json:"form"`
	Lang     string   `json:"lang"`
}

// message is what the page in a frame tells the website around it (docs/messages.md).
type message struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

type bookedData struct {
	Company  int      `json:"company"`
	Currency string   `json:"currency"` // ISO 4217; "" for one that we do not know
	Form     int      `json:"form"`
	ID       string   `json:"id"`
	Services []int    `json:"services"`
	Value    *float64 `json:"value"` // what it costs at least; null: the salon names no price
}

// currencies are the codes that counters want, by the symbols that the upstream has.
var currencies = map[string]string{
	"₽": "RUB", "руб.": "RUB", "€": "EUR", "$": "USD", "£": "GBP", "₴": "UAH", "₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD", "Br": "BYN", "BYN": "BYN",
	"₺": "TRY", "zł": "PLN", "Kč": "CZK", "₪": "ILS", "сом": "KGS", "сум": "UZS", "лей": "MDL", "AED": "AED",
}

type changedData struct {
	Company int    `json:"company"`
	Form    int    `json:"form"`
	ID      string `json:"id"`
}

// toJSON is data of ours, which has a JSON form.
func toJSON(data any) string {
	out, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// ready introduces the widget.
func (s *Builder) ready(v *Request) string {
	data := readyData{Close: v.Text.T("widget.embed.close"), Counters: []string{}, Form: v.Form.ID, Lang: v.Text.Lang()}
	if s.Counters {
		data.Counters = trackers(v.Form.Trackers)
	}
	return toJSON(data)
}

// trackers names the trackers of the bookform by the functions that their scripts give a website.
func trackers(ids catalog.Trackers) []string {
	out := []string{}
	for _, c := range []struct{ name, id string }{
		{"ym", ids.Metrika}, {"gtag", ids.Google}, {"fbq", ids.Facebook}, {"VK", ids.VK}, {"appmetrica", ids.AppMetrica},
	} {
		if c.id != "" {
			out = append(out, c.name+":"+c.id)
		}
	}
	return out
}

// messageID names a message, so that it is counted once, and says nothing of the key that it is made from.
func messageID(key string) string {
	sum := sha256.Sum256([]byte("okoshko event " + key))
	return hex.EncodeToString(sum[:8])
}

// BookedMessage tells of a booking; booked are its visits as far as they could be read.
func BookedMessage(v *Request, a booking.Attempt, booked []*booking.Visit) string {
	data := bookedData{Company: a.Company, Form: a.Form, ID: messageID(a.ID), Services: []int{}}
	for _, appointment := range a.Appointments {
		data.Services = append(data.Services, appointment.Services...)
	}
	var prices []money.Price
	symbol := v.Company.Currency
	for _, d := range booked {
		symbol = cmp.Or(d.Currency, symbol)
		for _, service := range d.Services {
			prices = append(prices, service.Price)
		}
	}
	data.Currency = currencies[symbol]
	if cost := money.Sum(prices...); len(booked) == len(a.Appointments) && cost.Named() {
		const hundredths = 100
		value := float64(cost.Low()) / hundredths
		data.Value = &value
	}
	return toJSON(message{Type: "booked", Data: data})
}

// ChangedMessage tells of a cancel or a move of a visit.
func ChangedMessage(v *Request, change booking.Change) string {
	kind := "moved"
	if change.Cancels() {
		kind = "cancelled"
	}
	return toJSON(message{Type: kind, Data: changedData{Company: v.Company.ID, Form: v.Form.ID, ID: messageID(change.ID)}})
}
