package browse

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// eventRequest reads a request for a page about group events. Such a page needs a company; done is true when the request was
// redirected because none is chosen.
func (s *Handlers) eventRequest(c *fiber.Ctx) (v *page.Request, done bool, err error) {
	if v, err = s.Pages.Read(c, flow.Contact); err != nil {
		return nil, false, err
	}
	if v.Company == nil {
		return v, true, s.Pages.Redirect(c, v, v.Open)
	}
	if !v.Form.GroupEvents {
		return v, true, fiber.ErrNotFound
	}
	v.Page, v.GroupEvent = urls.Events, nil
	v.Choices = v.Journey.Attend(v.Choices, 0, 0)
	return v, false, nil
}

// ShowEvents lists the coming group events by day, a week a page. A customer may narrow the list to a day and a service.
func (s *Handlers) ShowEvents(c *fiber.Ctx) error {
	v, done, err := s.eventRequest(c)
	if err != nil || done {
		return err
	}
	events, err := s.Catalog.GroupEvents(c.UserContext(), v.Lang, v.Company)
	if err != nil {
		return err
	}
	view := pages.GroupEventsPage{Base: s.Pages.Base(c, v, v.Text.T("widget.event.title")), EmptyText: v.Text.T("widget.event.none")}
	if !v.Form.GroupEventsOnly {
		view.AppointmentURL, view.AppointmentText = v.URL(v.FirstChoice(), v.Choices), v.Text.T("group_booking.personal_booking")
	}
	list := eventList{Request: v, now: s.Now().In(v.Company.Location), service: c.QueryInt(urls.QueryService)}
	shown := events
	if list.service != 0 {
		shown = slices.DeleteFunc(slices.Clone(events), func(e catalog.GroupEvent) bool { return e.ServiceID != list.service })
	}
	day := func(name string) string { return input.PlainDay(c.Query(name), time.DateOnly) }
	from := day(urls.QueryFrom)
	if list.day = day(urls.QueryDay); list.day == "" && from == "" {
		list.day, from = dayOrFrom(shown, day(urls.QueryDate))
	}
	list.services(&view, events)
	list.week(&view, shown, from)
	begin(&view.Base, list.narrowedTo(&view, from))
	return s.Pages.Browse(c, v, pages.GroupEventsView(view))
}

// dayOrFrom returns what of the list is shown for the date in a link, which may come from elsewhere: this day, or, where it has
// no events, the week of the first event after it.
func dayOrFrom(events []catalog.GroupEvent, date string) (day, from string) {
	if slices.ContainsFunc(events, func(e catalog.GroupEvent) bool { return e.Start.Format(time.DateOnly) == date }) {
		return date, ""
	}
	return "", date
}

// eventList is the list of group events, narrowed to a day and a service; "" and 0 narrow nothing.
type eventList struct {
	*page.Request
	now     time.Time // by the salon's clock
	day     string    // YYYY-MM-DD
	service int
}

// services fills the links that narrow the list to a service.
func (l eventList) services(view *pages.GroupEventsPage, events []catalog.GroupEvent) {
	view.Services = append(view.Services, layout.Link{Title: l.Text.T("widget.event.all_services"), URL: narrowed(l.Request, l.day, 0), Current: l.service == 0})
	known := map[int]bool{}
	for _, e := range events {
		if !known[e.ServiceID] {
			known[e.ServiceID] = true
			view.Services = append(view.Services, layout.Link{Title: e.Title, URL: narrowed(l.Request, l.day, e.ServiceID), Current: e.ServiceID == l.service})
		}
	}
}

// narrowedTo returns in words which part of the list a customer has asked for, "" for its beginning.
func (l eventList) narrowedTo(view *pages.GroupEventsPage, from string) string {
	days, service := "", ""
	switch n := len(view.Groups); {
	case n > 0 && l.day != "":
		days = view.Groups[0].Title
	case n > 0 && from != "":
		days = l.weekOf(view.Groups[0].Date).Title
	}
	for _, link := range view.Services {
		if link.Current && l.service != 0 {
			service = link.Title
		}
	}
	return pages.Join(", ", days, service)
}

// What a page of group events shows.
const (
	daysOfEvents    = 7
	daysAboveEvents = 2 * daysOfEvents // in the strip
)

// week fills the events of one week, or of one day, and the strip of days above them. The week is the one of a day, or of the first
// event after it.
func (l eventList) week(view *pages.GroupEventsPage, events []catalog.GroupEvent, from string) {
	days := make([]string, len(events))
	for i, e := range events {
		days[i] = e.Start.Format(time.DateOnly)
	}
	if len(days) == 0 {
		return
	}
	if from = cmp.Or(l.day, from); from < days[0] {
		from = days[0]
	}
	if i, _ := slices.BinarySearch(days, from); l.day == "" {
		from = days[min(i, len(days)-1)]
	}
	first := times.PageOf(l.now, from, daysOfEvents)
	begin, end := first.Format(time.DateOnly), first.AddDate(0, 0, daysOfEvents).Format(time.DateOnly)
	for i, e := range events {
		if on := days[i]; l.day != "" && on == l.day || l.day == "" && on >= begin && on < end {
			if n := len(view.Groups); n == 0 || view.Groups[n-1].Date != on {
				view.Groups = append(view.Groups, pages.GroupEventDay{Date: on, Title: l.Text.Date(e.Start)})
			}
			group := &view.Groups[len(view.Groups)-1]
			group.Events = append(group.Events, eventCard(l.Request, e))
		}
	}
	view.Strip = times.StripOf(l.Request, times.PageOf(l.now, from, daysAboveEvents), func(at time.Time) pages.Day { return l.stripDay(at, days) })
	if i, _ := slices.BinarySearch(days, begin); i > 0 {
		view.Sooner = l.weekOf(days[i-1])
	}
	if i, _ := slices.BinarySearch(days, end); i < len(days) {
		view.Later = l.weekOf(days[i])
	}
	if l.day != "" {
		view.AllDays = &layout.Link{Title: l.Text.T("widget.event.all_days"), URL: narrowed(l.Request, "", l.service)}
	}
}

// stripDay describes a day of the strip; one with events leads to them.
func (l eventList) stripDay(at time.Time, days []string) pages.Day {
	iso := at.Format(time.DateOnly)
	d := pages.Day{
		Date: iso, Number: l.Text.Number(at.Day()), Label: l.Text.Date(at), State: "closed", Selected: iso == l.day,
		Today: iso == l.now.Format(time.DateOnly),
	}
	if d.Today {
		d.Label += ", " + l.Text.T("today")
	}
	if _, ok := slices.BinarySearch(days, iso); ok {
		d.State, d.URL = "free", narrowed(l.Request, iso, l.service)
	}
	return d
}

// weekOf leads to the week of a day.
func (l eventList) weekOf(day string) *layout.Link {
	first := times.PageOf(l.now, day, daysOfEvents)
	return &layout.Link{
		Title: l.Text.DateShort(first) + " – " + l.Text.DateShort(first.AddDate(0, 0, daysOfEvents-1)),
		URL:   urls.With(narrowed(l.Request, "", l.service), urls.QueryFrom+"="+first.Format(time.DateOnly)),
	}
}

// narrowed returns the address of the list of a day and a service; "" and 0 narrow nothing.
func narrowed(v *page.Request, day string, service int) string {
	var query []string
	if day != "" {
		query = append(query, urls.QueryDay+"="+day)
	}
	if service != 0 {
		query = append(query, urls.QueryService+"="+strconv.Itoa(service))
	}
	choices := v.Choices
	choices.Date = "" // the query says which day is shown
	return urls.With(v.PageURL(urls.Events, 0, choices), query...)
}

func eventCard(v *page.Request, e catalog.GroupEvent) pages.GroupEvent {
	card := pages.GroupEvent{
		ID: e.ID, Title: e.Title, Comment: e.Comment, Instructions: e.Instructions, StreamURL: e.StreamURL, Labels: e.Labels, Hall: e.Hall, ImageURL: e.ImageURL, Master: e.Master, AvatarURL: e.AvatarURL,
		Initials: initials(e.Master), When: v.Text.Date(e.Start), Time: v.Text.Time(e.Start), ISO: e.Start.Format(page.ISO),
		Price: pages.Join(" · ", v.Cost(e.Price), page.TermsOf(v.Text, e.Prepaid, e.Discount)), URL: v.EventURL(e.ID),
		Left: v.Text.N("widget.event.left", e.Left),
	}
	if e.Length > 0 {
		card.Duration = v.Text.Duration(e.Length)
	}
	if e.Left == 0 {
		card.Left, card.Full = v.Text.T("group_booking.no_space"), true
	}
	if bar := v.Form.BarsGroupEvent(&e); bar != catalog.BarNone {
		card.Left, card.Full = v.Text.T("widget.off."+string(bar)), true
	}
	return card
}

// mostSeats is how many places one customer may book when the company sets no maximum.
const mostSeats = 5

// ShowEvent shows one group event, and how many places can be booked.
func (s *Handlers) ShowEvent(c *fiber.Ctx) error {
	v, done, err := s.eventRequest(c)
	if err != nil || done {
		return err
	}
	id, err := strconv.Atoi(c.Params(urls.PathEvent))
	if err != nil {
		return fiber.ErrNotFound
	}
	event, err := s.Catalog.GroupEvent(c.UserContext(), v.Lang, v.Company, id)
	if errors.Is(err, catalog.ErrNoGroupEvent) {
		v.Notices = append(v.Notices, page.NoticeEvent)
		return s.Pages.RedirectEvents(c, v)
	}
	if err != nil {
		return err
	}
	v.Item = event.ID
	view := pages.GroupEventPage{
		Base: s.Pages.Base(c, v, event.Title), GroupEvent: eventCard(v, event), BackURL: v.EventsURL(), BackText: v.Text.T("widget.event.title"),
		SeatsTitle: v.Text.T("widget.event.choose_seats"),
	}
	if event.Prepaid != catalog.PrepaidForbidden && v.Form.BarsGroupEvent(&event) == catalog.BarNone {
		view.Note = v.Text.T("widget.prepaid." + event.Prepaid.String())
	}
	most := mostSeats
	if v.Company.GroupEventSeats > 0 {
		most = v.Company.GroupEventSeats
	}
	if v.Form.BarsGroupEvent(&event) != catalog.BarNone {
		most = 0
	}
	for n := 1; n <= min(most, event.Left); n++ {
		view.Seats = append(view.Seats, pages.Seats{
			Number: n, Text: v.Text.N("widget.event.seats", n), URL: v.Next(v.Journey.Attend(v.Choices, event.ID, n)),
			Price: v.Cost(event.Price.Times(n)),
		})
	}
	return s.Pages.Browse(c, v, pages.GroupEventView(view))
}

// offerEvents returns a link from the service step to the group events. It uses the answer that the list of group events needs
// too. Without the answer there is no link.
func (s *Handlers) offerEvents(c *fiber.Ctx, v *page.Request) *layout.Link {
	if !v.Form.GroupEvents || v.Company.NoGroupEvents {
		return nil
	}
	lang, company := v.Lang, v.Company
	if len(s.Catalog.GroupEventsSoon(c.UserContext(), lang, company)) == 0 {
		s.Guard.AskAhead(c, func(ctx context.Context) { _, _ = s.Catalog.GroupEvents(ctx, lang, company) })
		return nil
	}
	return &layout.Link{Title: v.Text.T("widget.event.title"), URL: v.EventsURL()}
}
