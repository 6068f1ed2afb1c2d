package server

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// walk lists the pages of the steps that the customer walks. For an event, the list of events takes the place of service,
// master and time.
func (v *pageRequest) walk() []urls.Page {
	ofEvent := v.GroupEvent != nil || v.page == urls.Events || v.form.GroupEventsOnly
	var out []urls.Page
	for _, step := range v.Journey.Steps() {
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

// toEvents says whether a form that offers events only has been asked for anything else.
func (v *pageRequest) toEvents(step flow.Step) bool {
	return v.form.GroupEventsOnly && v.Company != nil && v.GroupEvent == nil && step != flow.City && step != flow.Company
}

// eventsURL is the list of events under the choices made so far.
func (v *pageRequest) eventsURL(query ...string) string {
	return urls.With(v.pageURL(urls.Events, 0, v.Journey.Attend(v.Choices, 0, 0)), query...)
}

func (v *pageRequest) eventURL(id int) string {
	return v.pageURL(urls.Events, id, v.Journey.Attend(v.Choices, 0, 0))
}

func (s *Server) redirectEvents(c *fiber.Ctx, v *pageRequest, query ...string) error {
	return c.Redirect(v.eventsURL(append(query, v.notes()...)...), fiber.StatusSeeOther)
}

// eventRequest reads a request for a page about events. It needs a company and nothing else; done is
// true when the customer has been sent to choose one.
func (s *Server) eventRequest(c *fiber.Ctx) (v *pageRequest, done bool, err error) {
	if v, err = s.readRequest(c, flow.Contact); err != nil {
		return nil, false, err
	}
	if v.Company == nil {
		return v, true, s.redirect(c, v, v.Open)
	}
	if !v.form.GroupEvents {
		return v, true, fiber.ErrNotFound
	}
	v.page, v.GroupEvent = urls.Events, nil
	v.Choices = v.Journey.Attend(v.Choices, 0, 0)
	return v, false, nil
}

// showEvents lists the coming events, by day, narrowed by a day and a service when the customer
// wishes.
func (s *Server) showEvents(c *fiber.Ctx) error {
	v, done, err := s.eventRequest(c)
	if err != nil || done {
		return err
	}
	events, err := s.Catalog.GroupEvents(c.UserContext(), v.lang, v.Company)
	if err != nil {
		return err
	}
	page := pages.EventsPage{Base: s.base(c, v, v.text.T("group_booking.group_booking")), EmptyText: v.text.T("group_booking.not_found")}
	if !v.form.GroupEventsOnly {
		page.OwnURL, page.OwnText = v.url(v.firstChoice(), v.Choices), v.text.T("group_booking.personal_booking")
	}
	day, service := c.Query(urls.QueryDay), c.QueryInt(urls.QueryService)
	page.Days = append(page.Days, layout.Link{Title: v.text.T("widget.event.all_days"), URL: v.narrowed("", service), Current: day == ""})
	page.Services = append(page.Services, layout.Link{Title: v.text.T("widget.event.all_services"), URL: v.narrowed(day, 0), Current: service == 0})
	days, services := map[string]bool{}, map[int]bool{}
	for _, e := range events {
		on := e.Start.Format(time.DateOnly)
		if !days[on] {
			days[on] = true
			page.Days = append(page.Days, layout.Link{Title: v.text.RelativeDay(e.Start, s.Now().In(v.Company.Location)), URL: v.narrowed(on, service), Current: on == day})
		}
		if !services[e.ServiceID] {
			services[e.ServiceID] = true
			page.Services = append(page.Services, layout.Link{Title: e.Title, URL: v.narrowed(day, e.ServiceID), Current: e.ServiceID == service})
		}
		if day != "" && on != day || service != 0 && e.ServiceID != service {
			continue
		}
		if n := len(page.Groups); n == 0 || page.Groups[n-1].Date != on {
			page.Groups = append(page.Groups, pages.EventGroup{Date: on, Title: v.text.Date(e.Start)})
		}
		group := &page.Groups[len(page.Groups)-1]
		group.Events = append(group.Events, v.eventCard(e))
	}
	return s.browse(c, v, pages.EventsView(page))
}

// narrowed is the list of one day and one service; empty and 0 narrow nothing.
func (v *pageRequest) narrowed(day string, service int) string {
	var query []string
	if day != "" {
		query = append(query, urls.QueryDay+"="+day)
	}
	if service != 0 {
		query = append(query, urls.QueryService+"="+strconv.Itoa(service))
	}
	return v.eventsURL(query...)
}

func (v *pageRequest) eventCard(e catalog.GroupEvent) pages.Event {
	card := pages.Event{
		ID: e.ID, Title: e.Title, Comment: e.Comment, Instructions: e.Instructions, StreamURL: e.StreamURL, Labels: e.Labels, Hall: e.Hall, ImageURL: e.ImageURL, Master: e.Master, AvatarURL: e.AvatarURL,
		Initials: initials(e.Master), When: v.text.Date(e.Start), Time: v.text.Time(e.Start), ISO: e.Start.Format(iso),
		Price: join(" · ", v.cost(e.Price), termsOf(v.text, e.Prepaid, e.Discount)), URL: v.eventURL(e.ID),
		Left: v.text.N("widget.event.left", e.Left),
	}
	if e.Length > 0 {
		card.Duration = v.text.Duration(e.Length)
	}
	if e.Left == 0 {
		card.Left, card.Full = v.text.T("group_booking.no_space"), true
	}
	if bar := v.form.BarsGroupEvent(&e); bar != catalog.BarNone {
		card.Left, card.Full = v.text.T("widget.off."+string(bar)), true
	}
	return card
}

// mostSeats is how many places are offered at once when the company does not say.
const mostSeats = 5

// showEvent is one event's page: what it is, and how many places to take.
func (s *Server) showEvent(c *fiber.Ctx) error {
	v, done, err := s.eventRequest(c)
	if err != nil || done {
		return err
	}
	id, err := strconv.Atoi(c.Params(urls.PathEvent))
	if err != nil {
		return fiber.ErrNotFound
	}
	event, err := s.Catalog.GroupEvent(c.UserContext(), v.lang, v.Company, id)
	if errors.Is(err, catalog.ErrNoGroupEvent) {
		v.notices = append(v.notices, noticeEvent)
		return s.redirectEvents(c, v)
	}
	if err != nil {
		return err
	}
	v.item = event.ID
	page := pages.EventPage{
		Base: s.base(c, v, event.Title), Event: v.eventCard(event), BackURL: v.eventsURL(), BackText: v.text.T("group_booking.group_booking"),
		SeatsTitle: v.text.T("widget.event.choose_seats"),
	}
	if event.Prepaid != catalog.PrepaidForbidden && v.form.BarsGroupEvent(&event) == catalog.BarNone {
		page.Note = v.text.T("widget.prepaid." + event.Prepaid.String())
	}
	most := mostSeats
	if v.Company.GroupEventSeats > 0 {
		most = v.Company.GroupEventSeats
	}
	if v.form.BarsGroupEvent(&event) != catalog.BarNone {
		most = 0
	}
	for n := 1; n <= min(most, event.Left); n++ {
		page.Seats = append(page.Seats, pages.Seats{
			Number: n, Text: v.text.N("widget.event.seats", n), URL: v.next(v.Journey.Attend(v.Choices, event.ID, n)),
			Price: v.cost(event.Price.Times(n)),
		})
	}
	return s.browse(c, v, pages.EventView(page))
}

// offerEvents says on the service step that the company has group events too. It is the same
// answer of the cache that the list of events is made of; when it does not come, nobody misses it.
func (s *Server) offerEvents(c *fiber.Ctx, v *pageRequest, b *layout.Base) {
	if !v.form.GroupEvents {
		return
	}
	events, err := s.Catalog.GroupEvents(c.UserContext(), v.lang, v.Company)
	if err != nil || len(events) == 0 {
		return
	}
	b.Alerts = append(b.Alerts, layout.Alert{
		Kind: "info", Text: v.text.T("group_booking.group_events_available"),
		Link: &layout.Link{Title: v.text.T("group_booking.group_booking"), URL: v.eventsURL()},
	})
}

// eventGone says whether the chosen event is over, withdrawn or full by now. The upstream has no code of its own for that
// (rest-api: "Создать запись в групповом событии").
func (s *Server) eventGone(c *fiber.Ctx, w *wizard) bool {
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	event, err := s.Catalog.GroupEvent(c.UserContext(), w.lang, w.Company, w.Choices.GroupEvent)
	return errors.Is(err, catalog.ErrNoGroupEvent) || err == nil && event.Left < w.Choices.Seats
}

// eventLost leads back to the list when the event or its places are gone. What was typed waits in
// the session.
func (s *Server) eventLost(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	w.notices = []notice{noticeEvent}
	return s.redirectEvents(c, w.pageRequest)
}

// eventRow is the chosen event in the summary.
func (v *pageRequest) eventRow() layout.SummaryRow {
	return layout.SummaryRow{
		Step: string(urls.Events), Label: v.text.T("widget.summary.events"), Value: v.GroupEvent.Title,
		Note: join(" · ", v.text.DateShort(v.GroupEvent.Start)+", "+v.text.Time(v.GroupEvent.Start), v.text.N("widget.event.seats", v.Choices.Seats),
			v.cost(v.GroupEvent.Price.Times(v.Choices.Seats)), prepaid(v.text, v.GroupEvent.Prepaid)),
		ChangeURL: v.eventURL(v.GroupEvent.ID),
	}
}

// chosenEvent is the event as it will be booked.
func (v *pageRequest) chosenEvent() pages.Visit {
	out := pages.Visit{When: when(v.text, v.GroupEvent.Start), ISO: v.GroupEvent.Start.Format(iso), Master: v.GroupEvent.Master}
	if v.GroupEvent.Length > 0 {
		out.Duration = v.text.Duration(v.GroupEvent.Length)
	}
	out.Services = []pages.Row{{
		Label: v.GroupEvent.Title + " · " + v.text.N("widget.event.seats", v.Choices.Seats),
		Value: join(" · ", v.cost(v.GroupEvent.Price.Times(v.Choices.Seats)), termsOf(v.text, v.GroupEvent.Prepaid, v.GroupEvent.Discount)),
	}}
	place(&out, v.Company)
	return out
}
