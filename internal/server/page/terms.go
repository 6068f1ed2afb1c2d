package page

import (
	"cmp"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/money"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// Cost returns a price in words, in the company's currency.
func (v *Request) Cost(p money.Price) string { return v.Text.Price(p, v.Company.Currency) }

// Price returns the total of the chosen services, "" when there are none.
func (s *Builder) Price(v *Request) string {
	if v.Company == nil || len(v.Services) == 0 {
		return ""
	}
	return v.Cost(Total(v.Services))
}

// OrderPrice returns the total of all appointments of the order, "" when none of them has services.
func (s *Builder) OrderPrice(v *Request) string {
	if v.GroupEvent != nil {
		return v.Cost(v.GroupEvent.Price.Times(v.Choices.Seats))
	}
	var services []*catalog.Service
	for _, p := range v.Appointments() {
		services = append(services, p.Services...)
	}
	if len(services) == 0 {
		return ""
	}
	return v.Cost(Total(services))
}

// Total returns the price of several services together.
func Total(services []*catalog.Service) money.Price {
	prices := make([]money.Price, len(services))
	for i, service := range services {
		prices[i] = service.Price
	}
	return money.Sum(prices...)
}

// Prepaid returns a short text about prepayment, "" when none is possible.
func Prepaid(text *i18n.Localizer, p catalog.Prepaid) string {
	switch p {
	case catalog.PrepaidAllowed, catalog.PrepaidRequired:
		return text.T("prepaid." + p.String())
	default:
		return ""
	}
}

// TermsOf returns the discount and the prepayment of a service or a group event in a few words.
func TermsOf(text *i18n.Localizer, p catalog.Prepaid, discount float64) string {
	return pages.Join(" · ", text.Discount(discount), Prepaid(text, p))
}

// ServiceRow returns the row of a service with its price and its terms.
func (v *Request) ServiceRow(service *catalog.Service) pages.Row {
	return pages.Row{Label: service.Title, Value: pages.Join(" · ", v.Cost(service.Price), TermsOf(v.Text, service.Prepaid, service.Discount))}
}

// PlacesRow returns the row of a group event's service for some places, with their price and the terms.
func (v *Request) PlacesRow(service *catalog.Service, seats int) pages.Row {
	return pages.Row{
		Label: v.places(service.Title, seats),
		Value: pages.Join(" · ", v.Cost(service.Price.Times(max(seats, 1))), TermsOf(v.Text, service.Prepaid, service.Discount)),
	}
}

// bookedRow returns the row of a booked service with its price, or of a group event with the places that are booked.
func (v *Request) bookedRow(d *booking.Visit, service booking.VisitService) pages.Row {
	label := service.Title
	switch {
	case d.GroupEvent != 0:
		label = v.places(label, d.Seats)
	case service.Amount > 1:
		label += " × " + v.Text.Number(service.Amount)
	}
	return pages.Row{Label: label, Value: pages.Join(" · ", v.Text.Price(service.Price, cmp.Or(d.Currency, v.Company.Currency)), v.Text.Discount(service.Discount))}
}

// places returns the title of a group event with the number of places there.
func (v *Request) places(title string, seats int) string {
	return pages.Join(" · ", title, v.Text.N("widget.event.seats", max(seats, 1)))
}

// Payment returns a text about the prepayment of a visit, with a link to the visit's page at the upstream's own form, where it
// can be paid. The zero Term means that there is nothing to say.
func (v *Request) Payment(d *booking.Visit, hash string) pages.Term {
	if d.Status == booking.StatusCancelled {
		return pages.Term{}
	}
	var out pages.Term
	switch d.Payment {
	case booking.PaymentDone:
		return pages.Term{Text: v.Text.T("cart.confirmed")}
	case booking.PaymentExpected, booking.PaymentPossible:
		out.Text = v.Text.T("widget.prepaid." + string(d.Payment))
	default:
		return out
	}
	if v.Form.URL != "" && hash != "" {
		out.Link = &layout.Link{Title: v.Text.T("widget.prepaid.pay"), URL: flow.RecordURL(v.Form.URL, d.Company, d.ID, hash)}
	}
	return out
}

// prepaidTerms returns what a customer must know of a payment before booking.
func (v *Request) prepaidTerms() []pages.Term {
	p := v.Prepaid()
	if p == catalog.PrepaidForbidden {
		return nil
	}
	term := pages.Term{Text: v.Text.T("widget.prepaid." + p.String())}
	if v.Company.Cancel && !v.Company.CancelPaid {
		term.Text += " " + v.Text.T("widget.cancel.paid")
	}
	if links := v.elsewhere(); len(links) == 1 {
		term.Link = &links[0]
	}
	return []pages.Term{term}
}

// cancelling returns a text that says until when a visit can be cancelled online.
func (v *Request) cancelling(start time.Time) string {
	until := start.Add(-v.Company.CancelBefore)
	switch {
	case !v.Company.Cancel || !until.After(v.Now):
		return v.Text.T("widget.cancel.never")
	case v.Company.CancelBefore == 0:
		return v.Text.T("widget.cancel.anytime")
	default:
		return v.Text.T("widget.cancel.until", "when", v.Until(until))
	}
}

// elsewhere returns links to the upstream's own form, one for each appointment, with the same choices. There are none when the
// address of that form is not known.
func (v *Request) elsewhere() []layout.Link {
	if v.Form.URL == "" {
		return nil
	}
	title := v.Text.T("widget.prepaid.link")
	if v.GroupEvent != nil {
		return []layout.Link{{Title: title, URL: flow.GroupEventURL(v.Form.URL, v.Company.ID, v.GroupEvent.ID, v.Lang)}}
	}
	var out []layout.Link
	chosen := append(append([]flow.Appointment(nil), v.Choices.Basket...), flow.Appointment{Services: v.Choices.Services, Master: v.Choices.Master, Slot: v.Slot.Start})
	for i, one := range chosen {
		link := layout.Link{Title: title, URL: flow.AppointmentURL(v.Form.URL, v.Company.ID, flow.Appointment{Services: one.Services, Master: one.Master, Slot: one.Slot.In(v.Company.Location)}, v.Lang)}
		if len(chosen) > 1 {
			link.Title = v.Text.T("widget.summary.visit", "number", i+1) + ": " + title
		}
		out = append(out, link)
	}
	return out
}

// mustPayElsewhere says whether the customer must book and pay at the upstream's own form.
func (v *Request) mustPayElsewhere() bool {
	return v.Form.Prepayment == catalog.PrepaymentLink && v.Prepaid() == catalog.PrepaidRequired && v.Form.URL != ""
}

// NotHere answers when the choices cannot be booked at this widget. It returns false when they can.
func (s *Builder) NotHere(c *fiber.Ctx, v *Request) (ok bool, err error) {
	if bar := v.Barred(v.Form); bar != catalog.BarNone {
		return true, s.RefusalPage(c, v, booking.Reason(bar))
	}
	if !v.mustPayElsewhere() {
		return false, nil
	}
	v.Page = urls.Contact
	view := pages.ElsewherePage{
		Base: s.Base(c, v, v.Text.T("widget.refused.prepaid.title")), Text: v.Text.T("widget.prepaid.elsewhere"), Links: v.elsewhere(),
	}
	view.Heading, view.Title, view.Private, view.AddURL = v.Text.T("widget.refused.prepaid.title"), v.Text.T("widget.refused.prepaid.title"), true, ""
	return true, response.Render(c, fiber.StatusOK, pages.ElsewhereView(view))
}
