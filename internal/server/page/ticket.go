package page

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// Ticket returns what is about to be booked, its appointments by when they begin.
func (s *Builder) Ticket(v *Request) pages.Ticket {
	out := pages.Ticket{
		Title: v.Text.T("widget.summary.title"), Change: v.Text.T("widget.summary.change"), Remove: v.Text.T("widget.summary.remove"),
		Terms: v.prepaidTerms(), Add: v.Text.T("widget.summary.add"),
	}
	if v.Journey.MayAdd(v.Choices) {
		out.AddURL = v.Next(v.Journey.Add(v.Choices))
	}
	if v.GroupEvent != nil {
		out.Visits = []pages.TicketVisit{{
			Visit: v.ChosenEvent(), Step: string(urls.Events), Cancel: v.cancelling(v.GroupEvent.Start),
			ServicesURL: v.EventURL(v.GroupEvent.ID), PlaceURL: v.placeURL(),
		}}
		return out
	}
	appointments := v.Appointments()
	for place, i := range v.byTime() {
		visit := pages.TicketVisit{
			Visit: v.ChosenVisit(appointments[i]), Step: string(flow.Service), Cancel: v.cancelling(appointments[i].Start), Basket: i < len(v.Basket),
		}
		if visit.Basket {
			visit.ChangeURL = v.URL(v.FirstChoice(), v.Journey.Take(v.Choices, i))
		} else {
			visit.WhenURL, visit.ServicesURL, visit.MasterURL = v.changeURL(flow.Datetime), v.changeURL(flow.Service), v.changeURL(flow.Master)
			visit.PlaceURL = v.placeURL()
		}
		if len(appointments) > 1 {
			visit.Number = v.Text.T("widget.summary.visit", "number", place+1)
			visit.Removal = &ui.Removal{
				URL: v.Next(v.Journey.Remove(v.Choices, i)), Visit: visit.Number, Done: v.Text.T("widget.summary.removed", "title", visit.Number),
			}
		}
		out.Visits = append(out.Visits, visit)
	}
	if len(out.Visits) > 1 || len(out.Visits[0].Services) > 1 {
		out.Total = s.OrderPrice(v)
	}
	return out
}

// TicketBase returns the layout of a page that shows the ticket, which stands for the summary.
func (s *Builder) TicketBase(c *fiber.Ctx, v *Request, heading string) layout.Base {
	b := s.Base(c, v, heading)
	b.Summary, b.AddURL, b.Ticket = nil, "", true
	return b
}

// changeURL returns the address at which a step's choice is changed, "" when there is nothing to change.
func (v *Request) changeURL(step flow.Step) string {
	if !v.Journey.Has(step) || v.Sole[step] {
		return ""
	}
	return v.URL(step, v.Choices)
}

// placeURL returns the address at which another company is chosen, or another city where the city has one company; "" when
// there is no other.
func (v *Request) placeURL() string {
	if address := v.changeURL(flow.Company); address != "" {
		return address
	}
	return v.changeURL(flow.City)
}
