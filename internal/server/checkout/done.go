package checkout

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

var attemptID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// ShowDone shows the outcome of an attempt. The page has its own address, so a reload, Back and a second press show the same.
// An attempt without a known outcome is looked into.
func (s *Handlers) ShowDone(c *fiber.Ctx) error {
	id := c.Query(urls.QueryAttempt)
	if !attemptID.MatchString(id) {
		return fiber.ErrNotFound
	}
	who := s.viewer(c)
	attempt, err := s.Desk.LookInto(c.UserContext(), id, who)
	if errors.Is(err, booking.ErrNoAttempt) || err == nil && strconv.Itoa(attempt.Form) != c.Params(urls.PathForm) {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.renderDone(c, attempt, who, s.justBooked.take(id, s.Now()))
}

// viewer returns who asks for the outcome of an attempt. When the session cannot be read, the viewer has not signed in.
func (s *Handlers) viewer(c *fiber.Ctx) booking.Viewer {
	who, err := s.Customers.Customer(c)
	if err != nil || who == nil {
		return booking.Viewer{}
	}
	return booking.Viewer{Token: who.Token, Phone: who.Phone}
}

// renderDone shows the outcome of an attempt. booking.Attempt.Says decides what may be said. The parameter fresh says that the visits
// have been booked a moment ago and nobody has seen them yet: then nothing is read that is known anyway.
func (s *Handlers) renderDone(c *fiber.Ctx, attempt booking.Attempt, who booking.Viewer, fresh bool) error {
	v, err := s.Pages.ReadAt(c, attempt.Form, attempt.Company, urls.Done)
	if err != nil {
		return err
	}
	view := pages.DonePage{AnotherURL: v.StartURL()}
	says, each := attempt.Says(s.Now(), who.Token != "")
	var told booked // of all visits together
	known := 0
	order := byStart(attempt.Appointments)
	for _, i := range order {
		wanted := attempt.Appointments[i]
		if i >= len(attempt.Records) || attempt.Records[i].ID == 0 {
			view.Visits = append(view.Visits, s.wantedVisit(c, v, attempt, wanted))
			continue
		}
		visit, one := s.bookedVisit(c, v, attempt, i, who, fresh)
		view.Visits = append(view.Visits, visit)
		if one == nil {
			continue
		}
		if known++; one.cancelled {
			each[i] = booking.SayCancelled
		}
		told.add(*one)
	}
	says = since(says, each)
	again, event := 0, ""
	switch {
	case says == booking.SayPending:
		again = page.AgainPending
	case slices.Contains(each, booking.SayChecking):
		again = page.AgainChecking
	}
	if says == booking.SayBooked {
		if known < len(attempt.Appointments) {
			told.Prices = nil
		}
		told.Currency = cmp.Or(told.Currency, v.Company.Currency)
		event = page.BookedMessage(attempt, told.Sale)
	}
	if mixed(each) {
		for place, i := range order {
			view.Visits[place].Status, view.Visits[place].Badge = string(each[i]), visitSaying(v, each[i])
		}
	}
	view.State, view.Text = string(says), v.Text.T("widget.done."+string(says)+".text")
	var heading string
	if says == booking.SayBooked {
		view.Text = v.Allowed("widget.done.booked.text", told.move, told.cancel)
		heading = v.Text.T("record.booking_success") // the upstream's own words
	} else {
		heading = v.Text.T("widget.done." + string(says) + ".title")
	}
	v.Self = doneURL(attempt)
	view.Base = s.Pages.Base(c, v, heading)
	s.nextSteps(&view, v, attempt, says)
	view.Private, view.Progress, view.Message = true, nil, event
	if again > 0 {
		view.Waiting = page.Again(c, v.Text, again, doneURL(attempt, urls.Param(urls.QueryLang, v.Text.Lang())))
	}
	return response.Render(c, fiber.StatusOK, pages.DoneView(view))
}

// byStart returns the places of some appointments in their list, by when they begin.
func byStart(appointments []booking.Appointment) []int {
	out := make([]int, len(appointments))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return appointments[a].Start.Compare(appointments[b].Start) })
	return out
}

// since returns SayCancelled when every visit of a booked order was cancelled meanwhile, else what was to be said.
func since(says booking.Saying, each []booking.Saying) booking.Saying {
	cancelled := !slices.ContainsFunc(each, func(x booking.Saying) bool { return x != booking.SayCancelled })
	if says == booking.SayBooked && cancelled {
		return booking.SayCancelled
	}
	return says
}

// mixed says whether the visits of an order have different outcomes, so that each must show its own.
func mixed(each []booking.Saying) bool { return len(slices.Compact(slices.Clone(each))) > 1 }

// visitSaying returns the text about one of several visits.
func visitSaying(v *page.Request, says booking.Saying) string {
	switch says {
	case booking.SayBooked, booking.SayCancelled:
		return v.Text.T("widget.record.status." + string(says))
	default:
		return v.Text.T("widget.done.visit." + string(says))
	}
}

// nextSteps adds links to what the customer can do next. Booking again is offered only where nothing was booked, or where the
// same visit cannot be booked twice, because a master's time has room for one record.
func (s *Handlers) nextSteps(view *pages.DonePage, v *page.Request, attempt booking.Attempt, says booking.Saying) {
	switch says { //nolint:exhaustive // no other outcome offers to book again
	case booking.SayRefused:
		view.RetryURL, view.RetryLabel = retry(v, attempt), v.Text.T("widget.done.retry")
	case booking.SayUnlikely:
		view.RetryURL, view.RetryLabel = retry(v, attempt), v.Text.T("widget.done.same")
	}
	if slices.Contains([]booking.Saying{booking.SayChecking, booking.SayUnsure, booking.SayLikely, booking.SayUnlikely, booking.SayPartly}, says) {
		if href := view.Salon.PhoneHref; href != "" {
			view.Next = append(view.Next, page.Dial(v.Text, view.Salon.Phone, href))
		}
		if view.AccountURL != "" {
			view.Next = append(view.Next, layout.Link{Title: v.Text.T("widget.me.title"), URL: view.AccountURL})
		}
	}
}

// retry returns the address of the contact step with an attempt's choices.
func retry(v *page.Request, a booking.Attempt) string {
	if len(a.Appointments) == 0 {
		return ""
	}
	if a.GroupEvent != 0 {
		return v.EventURL(a.GroupEvent)
	}
	last := a.Appointments[len(a.Appointments)-1]
	start := last.Start.In(v.Company.Location)
	choices := flow.Choices{
		Lang: v.Choices.Lang, City: v.Company.CityID, Company: a.Company, Services: last.Services,
		Master: last.Master, HasMaster: true, Date: start.Format("2006-01-02"), Slot: start,
	}
	for _, b := range a.Appointments[:len(a.Appointments)-1] {
		choices.Basket = append(choices.Basket, flow.Appointment{Services: b.Services, Master: b.Master, Slot: b.Start.In(v.Company.Location)})
	}
	return v.URL(flow.Contact, choices)
}

// booked is what is known of a booked visit, or of several, beside their views.
type booked struct {
	cancelled, move, cancel bool // whether it is cancelled, may be moved, may be cancelled
	page.Sale
}

func (b *booked) add(other booked) {
	b.move, b.cancel = b.move || other.move, b.cancel || other.cancel
	b.Currency, b.Prices = cmp.Or(other.Currency, b.Currency), append(b.Prices, other.Prices...)
}

// bookedVisit returns the view of a booked visit, and what is known of it; nil when it cannot be read. Then the view is made of
// the appointment, because the booking is certain. A fresh visit is not read where its appointment and the catalogue tell
// everything about it. While calls are scarce it is read only if one is left: it adds nothing but the master's name when the
// customer wanted any, which the visit's page shows too. A visit that was found among the customer's records has no hash; its
// link leads to the account.
func (s *Handlers) bookedVisit(c *fiber.Ctx, v *page.Request, attempt booking.Attempt, i int, who booking.Viewer, fresh bool) (pages.Visit, *booked) {
	wanted, record := attempt.Appointments[i], attempt.Records[i]
	out := s.wantedVisit(c, v, attempt, wanted)
	out.RecordID = record.ID
	key := booking.Key{Company: v.Company.ID, Record: record.ID, Hash: record.Hash}
	address := urls.Visit{Form: v.Form.ID, Company: v.Company.ID, Record: record.ID, Hash: record.Hash}
	out.RecordURL, out.RecordLabel = page.InLang(address.Path(urls.VisitShown), v.Choices.Lang), v.Text.T("widget.done.details_none")
	if record.Hash != "" {
		out.CalendarURL = page.InLang(address.Path(urls.VisitCalendar), v.Choices.Lang)
		out.Share = s.Pages.Share(c, v, out.RecordURL, &out)
	} else {
		if key.UserToken = who.Token; who.Token == "" {
			return out, nil
		}
	}
	if services, ok := s.toldOf(c, v, attempt, i, fresh); ok {
		rules := booking.Rules{Cancel: v.Company.Cancel, CancelBefore: v.Company.CancelBefore, Move: v.Company.Move, MoveBefore: v.Company.MoveBefore}
		move, cancel := rules.MayMove(wanted.Start, s.Now()), rules.MayCancel(wanted.Start, s.Now())
		sayChanges(&out, v, move, cancel)
		one := &booked{move: move.OK, cancel: cancel.OK}
		out.Services = nil
		for _, service := range services {
			out.Services, one.Prices = append(out.Services, v.ServiceRow(service)), append(one.Prices, service.Price)
		}
		return out, one
	}
	read := s.Desk.Open
	if s.Catalog.Scarce() {
		read = s.Desk.OpenSpare
	}
	visit, err := read(c.UserContext(), v.Lang, key, v.Company.Location)
	if err != nil {
		if catalog.ProblemOf(err) != catalog.ProblemBusy {
			s.Log.Warn("record after booking", "id", response.RequestID(c), "error", err)
		}
		return out, nil
	}
	links := out
	out = page.RecordVisit(v, visit)
	out.RecordID, out.RecordURL, out.CalendarURL = links.RecordID, links.RecordURL, links.CalendarURL
	out.Payment, out.Share = v.Payment(visit, record.Hash), links.Share
	move, cancel := visit.MayMove(s.Now()), visit.MayCancel(s.Now())
	sayChanges(&out, v, move, cancel)
	if wanted.Master == 0 {
		// The record names the master whose time is sold.
		s.Catalog.Booked(catalog.Sold{Company: v.Company, Services: wanted.Services, Master: visit.MasterID, Start: visit.Start, Length: visit.Length})
	}
	one := &booked{cancelled: visit.Status == booking.StatusCancelled, move: move.OK, cancel: cancel.OK, Sale: page.Sale{Currency: visit.Currency}}
	for _, service := range visit.Services {
		one.Prices = append(one.Prices, service.Price)
	}
	return out, one
}

// sayChanges says what the customer can do with a booked visit, and until when.
func sayChanges(out *pages.Visit, v *page.Request, move, cancel booking.Permit) {
	out.RecordLabel = v.Allowed("widget.done.details", move.OK, cancel.OK)
	if out.Share != nil {
		out.Share.Note = v.Allowed("widget.record.address_note", move.OK, cancel.OK)
	}
	for _, text := range []string{v.Deadline("move", move), v.Denial("move", move, cancel), v.Deadline("cancel", cancel), v.Denial("cancel", cancel, cancel)} {
		if text != "" {
			out.Deadlines = append(out.Deadlines, text)
		}
	}
}

// toldOf returns the services of a fresh visit, false where its record would tell more than the customer has just seen: who does it,
// how long it takes, what it costs, or that something is to be paid in advance. A range of prices is what the customer has seen.
// It asks nothing.
func (s *Handlers) toldOf(c *fiber.Ctx, v *page.Request, attempt booking.Attempt, i int, fresh bool) ([]*catalog.Service, bool) {
	wanted := attempt.Appointments[i]
	if !fresh || attempt.GroupEvent != 0 || attempt.Records[i].Hash == "" || wanted.Master == 0 || wanted.Length == 0 {
		return nil, false
	}
	master, services, ok := s.known(c, v, wanted)
	untold := func(service *catalog.Service) bool {
		return service.Prepaid != catalog.PrepaidForbidden || service.Discount != 0 || !service.Price.Named()
	}
	return services, ok && master.Prepaid == catalog.PrepaidForbidden && !slices.ContainsFunc(services, untold)
}

// known returns the master and the services of an appointment, the services with the master's own prices as far as they are known;
// false when the catalogue does not know all of them. It asks nothing.
func (s *Handlers) known(c *fiber.Ctx, v *page.Request, wanted booking.Appointment) (*catalog.Master, []*catalog.Service, bool) {
	known, _ := catalog.OnlyCached(c.UserContext())
	offered, err := s.Catalog.Services(known, v.Lang, v.Company.ID, catalog.Filter{})
	if err != nil {
		return nil, nil, false
	}
	masters, err := s.Catalog.Masters(known, v.Lang, v.Company, catalog.Filter{Services: wanted.Services})
	at := slices.IndexFunc(masters, func(m catalog.Master) bool { return m.ID == wanted.Master })
	if err != nil || at < 0 {
		return nil, nil, false
	}
	var services []*catalog.Service
	for _, id := range wanted.Services {
		service := offered.Find(id)
		if service == nil {
			return nil, nil, false
		}
		services = append(services, service)
	}
	return &masters[at], s.Catalog.PricesOf(known, v.Lang, v.Company.ID, services, &masters[at]), true
}

// wantedVisit returns the view of an appointment, with the names of services and master as far as they are known.
func (s *Handlers) wantedVisit(c *fiber.Ctx, v *page.Request, attempt booking.Attempt, wanted booking.Appointment) pages.Visit {
	start := wanted.Start.In(v.Company.Location)
	out := pages.Visit{When: v.When(start), ISO: start.Format(page.ISO)}
	if wanted.Length > 0 {
		out.Duration = v.Text.Duration(wanted.Length)
	}
	page.Place(&out, v.Company)
	known, _ := catalog.OnlyCached(c.UserContext())
	if offered, err := s.Catalog.Services(known, v.Lang, v.Company.ID, catalog.Filter{}); err == nil {
		for _, id := range wanted.Services {
			service := offered.Find(id)
			switch {
			case service == nil:
			case attempt.GroupEvent != 0:
				out.Services = append(out.Services, v.PlacesRow(service, attempt.Seats))
			default:
				out.Services = append(out.Services, v.ServiceRow(service))
			}
		}
	}
	if masters, err := s.Catalog.Masters(known, v.Lang, v.Company, catalog.Filter{Services: wanted.Services}); err == nil && wanted.Master != 0 {
		if i := slices.IndexFunc(masters, func(m catalog.Master) bool { return m.ID == wanted.Master }); i >= 0 {
			out.Master = masters[i].Name
		}
	}
	return out
}
