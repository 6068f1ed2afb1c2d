package page

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// walkedPages returns the pages of the steps that the customer goes through. For a group event, the list of group events replaces
// service, master and time.
func (v *Request) walkedPages() []urls.Page {
	ofEvent := v.GroupEvent != nil || v.Page == urls.Events || v.Form.GroupEventsOnly
	var out []urls.Page
	for _, step := range v.Journey.Pages() {
		if !ofEvent {
			out = append(out, urls.Page(step))
			continue
		}
		switch step {
		case flow.Service, flow.Master, flow.Datetime:
		case flow.Contact:
			out = append(out, urls.Events, urls.Page(step))
		default:
			out = append(out, urls.Page(step))
		}
	}
	return out
}

// ToEvents says whether a request must be redirected to the list of group events, because the form offers nothing else.
func (v *Request) ToEvents(step flow.Step) bool {
	return v.Form.GroupEventsOnly && v.Company != nil && v.GroupEvent == nil && step != flow.City && step != flow.Company
}

// EventsURL returns the address of the list of group events with the choices made so far.
func (v *Request) EventsURL(query ...string) string {
	return urls.With(v.PageURL(urls.Events, 0, v.Journey.Attend(v.Choices, 0, 0)), query...)
}

// EventURL returns the address of the page of a group event.
func (v *Request) EventURL(id int) string {
	return v.PageURL(urls.Events, id, v.Journey.Attend(v.Choices, 0, 0))
}

// RedirectEvents redirects to the list of group events, which shows the request's notices.
func (s *Builder) RedirectEvents(c *fiber.Ctx, v *Request, query ...string) error {
	return c.Redirect(v.EventsURL(append(query, v.noticeParams()...)...), fiber.StatusSeeOther)
}

// eventRow returns the row of the chosen group event in the summary.
func (v *Request) eventRow() layout.SummaryRow {
	return layout.SummaryRow{
		Step: string(urls.Events), Label: v.Text.T("widget.summary.events"), Value: v.GroupEvent.Title,
		Note: pages.Join(" · ", v.Text.DateShort(v.GroupEvent.Start)+", "+v.Text.Time(v.GroupEvent.Start), v.Text.N("widget.event.seats", v.Choices.Seats),
			v.Cost(v.GroupEvent.Price.Times(v.Choices.Seats)), Prepaid(v.Text, v.GroupEvent.Prepaid)),
		ChangeURL: v.EventURL(v.GroupEvent.ID),
	}
}

// ChosenEvent returns the view of the chosen group event.
func (v *Request) ChosenEvent() pages.Visit {
	out := pages.Visit{When: v.When(v.GroupEvent.Start), ISO: v.GroupEvent.Start.Format(ISO), Master: v.GroupEvent.Master}
	if v.GroupEvent.Length > 0 {
		out.Duration = v.Text.Duration(v.GroupEvent.Length)
	}
	out.Services = []pages.Row{{
		Label: v.places(v.GroupEvent.Title, v.Choices.Seats),
		Value: pages.Join(" · ", v.Cost(v.GroupEvent.Price.Times(v.Choices.Seats)), TermsOf(v.Text, v.GroupEvent.Prepaid, v.GroupEvent.Discount)),
	}}
	Place(&out, v.Company)
	return out
}
