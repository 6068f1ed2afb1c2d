package server

import (
	"cmp"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/money"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// cost writes a price in the company's currency.
func (v *pageRequest) cost(p money.Price) string { return v.text.Price(p, v.Company.Currency) }

// price is the total of the chosen services; "" where there are none.
func (s *Server) price(v *pageRequest) string {
	if v.Company == nil || len(v.Services) == 0 {
		return ""
	}
	return v.cost(total(v.Services))
}

// orderPrice is the total of all visits of the order; "" where none of them has services.
func (s *Server) orderPrice(v *pageRequest) string {
	if v.GroupEvent != nil {
		return v.cost(v.GroupEvent.Price.Times(v.Choices.Seats))
	}
	var services []*catalog.Service
	for _, p := range v.Appointments() {
		services = append(services, p.Services...)
	}
	if len(services) == 0 {
		return ""
	}
	return v.cost(total(services))
}

func total(services []*catalog.Service) money.Price {
	prices := make([]money.Price, len(services))
	for i, service := range services {
		prices[i] = service.Price
	}
	return money.Sum(prices...)
}

// prepaid says in a few words whether something is paid for in advance, "" when it is not.
func prepaid(text *i18n.Localizer, p catalog.Prepaid) string {
	switch p {
	case catalog.PrepaidAllowed, catalog.PrepaidRequired:
		return text.T("prepaid." + p.String())
	default:
		return ""
	}
}

// termsOf are the conditions of a service or an event in a few words.
func termsOf(text *i18n.Localizer, p catalog.Prepaid, discount float64) string {
	return join(" · ", text.Discount(discount), prepaid(text, p))
}

// serviceRow is a service with what it costs and on which conditions.
func (v *pageRequest) serviceRow(service *catalog.Service) pages.Row {
	return pages.Row{Label: service.Title, Value: join(" · ", v.cost(service.Price), termsOf(v.text, service.Prepaid, service.Discount))}
}

// bookedRow is a booked service with what it costs.
func (v *pageRequest) bookedRow(service booking.VisitService, currency string) pages.Row {
	label := service.Title
	if service.Amount > 1 {
		label += " × " + v.text.Number(service.Amount)
	}
	return pages.Row{Label: label, Value: join(" · ", v.text.Price(service.Price, cmp.Or(currency, v.Company.Currency)), v.text.Discount(service.Discount))}
}

// payment says what is known of paying a booked visit in advance, with the visit's page at the upstream's own form, where
// it can be paid. The zero Term says nothing.
func (v *pageRequest) payment(d *booking.Visit, hash string) pages.Term {
	if d.Status == booking.StatusCancelled {
		return pages.Term{}
	}
	var out pages.Term
	switch d.Payment {
	case booking.PaymentDone:
		return pages.Term{Text: v.text.T("cart.confirmed")}
	case booking.PaymentExpected, booking.PaymentPossible:
		out.Text = v.text.T("widget.prepaid." + string(d.Payment))
	default:
		return out
	}
	if v.form.URL != "" && hash != "" {
		out.Link = &layout.Link{Title: v.text.T("widget.prepaid.pay"), URL: flow.RecordURL(v.form.URL, d.Company, d.ID, hash)}
	}
	return out
}

// terms are what a customer has to know before the last press: that a payment is asked for, and until when the visits can be
// cancelled.
func (v *pageRequest) terms() []pages.Term {
	var out []pages.Term
	if p := v.Prepaid(); p != catalog.PrepaidForbidden {
		term := pages.Term{Text: v.text.T("widget.prepaid." + p.String())}
		if v.Company.Cancel && !v.Company.CancelPaid {
			term.Text += " " + v.text.T("widget.cancel.paid")
		}
		if links := v.elsewhere(); len(links) == 1 {
			term.Link = &links[0]
		}
		out = append(out, term)
	}
	for i, start := range v.starts() {
		text := v.cancelling(start)
		if len(v.Basket) > 0 {
			text = v.text.T("widget.summary.visit", "number", i+1) + ": " + text
		}
		out = append(out, pages.Term{Text: text})
	}
	return out
}

// starts are when the visits of the order begin.
func (v *pageRequest) starts() []time.Time {
	if v.GroupEvent != nil {
		return []time.Time{v.GroupEvent.Start}
	}
	var out []time.Time
	for _, p := range v.Appointments() {
		out = append(out, p.Start)
	}
	return out
}

// cancelling says until when a visit that begins at a time can be cancelled online.
func (v *pageRequest) cancelling(start time.Time) string {
	until := start.Add(-v.Company.CancelBefore)
	switch {
	case !v.Company.Cancel || !until.After(v.now):
		return v.text.T("widget.cancel.never")
	case v.Company.CancelBefore == 0:
		return v.text.T("widget.cancel.anytime")
	default:
		return v.text.T("widget.cancel.until", "when", when(v.text, until))
	}
}

// elsewhere are links to the upstream's own form with what is chosen, one for each visit; none where that form is not known.
func (v *pageRequest) elsewhere() []layout.Link {
	if v.form.URL == "" {
		return nil
	}
	title := v.text.T("widget.prepaid.link")
	if v.GroupEvent != nil {
		return []layout.Link{{Title: title, URL: flow.GroupEventURL(v.form.URL, v.Company.ID, v.GroupEvent.ID, v.lang)}}
	}
	var out []layout.Link
	chosen := append(append([]flow.Appointment(nil), v.Choices.Basket...), flow.Appointment{Services: v.Choices.Services, Master: v.Choices.Master, Slot: v.Slot.Start})
	for i, one := range chosen {
		link := layout.Link{Title: title, URL: flow.AppointmentURL(v.form.URL, v.Company.ID, flow.Appointment{Services: one.Services, Master: one.Master, Slot: one.Slot.In(v.Company.Location)}, v.lang)}
		if len(chosen) > 1 {
			link.Title = v.text.T("widget.summary.visit", "number", i+1) + ": " + title
		}
		out = append(out, link)
	}
	return out
}

// leads says whether the form sends the customer to the upstream's own form to book and pay.
func (v *pageRequest) leads() bool {
	return v.form.Prepayment == catalog.PrepaymentLink && v.Prepaid() == catalog.PrepaidRequired && v.form.URL != ""
}

// notHere answers for what cannot be booked here, at the steps that would book it; ok is false for everything else.
func (s *Server) notHere(c *fiber.Ctx, v *pageRequest) (ok bool, err error) {
	if bar := v.Barred(v.form); bar != catalog.BarNone {
		return true, s.refusalPage(c, v, booking.Reason(bar))
	}
	if !v.leads() {
		return false, nil
	}
	v.page = urls.Contact
	page := pages.ElsewherePage{
		Base: s.base(c, v, v.text.T("widget.refused.prepaid.title")), Text: v.text.T("widget.prepaid.elsewhere"), Links: v.elsewhere(),
	}
	page.Heading, page.Title, page.Private, page.AddURL = v.text.T("widget.refused.prepaid.title"), v.text.T("widget.refused.prepaid.title"), true, ""
	return true, render(c, fiber.StatusOK, pages.ElsewhereView(page))
}
