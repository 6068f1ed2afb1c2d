package server

import (
	"errors"
	"regexp"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

var attemptID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// showDone says how an attempt ended. It is a page of its own address, so a reload, Back and a
// second press all show the same; one whose outcome is not known is looked into.
func (s *Server) showDone(c *fiber.Ctx) error {
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
	return s.renderDone(c, attempt, who)
}

// viewer is whoever asks for the end of an attempt. Without sessions nobody has signed in.
func (s *Server) viewer(c *fiber.Ctx) booking.Viewer {
	who, err := s.customer(c)
	if err != nil || who == nil {
		return booking.Viewer{}
	}
	return booking.Viewer{Token: who.Token, Phone: who.Phone}
}

// How often a page that does not know the end yet asks again, in seconds.
const (
	refreshPending  = 2
	refreshChecking = 10
)

// renderDone shows how an attempt ended: the saying that booking.Attempt.Says allows, in words.
func (s *Server) renderDone(c *fiber.Ctx, attempt booking.Attempt, who booking.Viewer) error {
	v, err := s.requestOf(c, attempt.Form, attempt.Company, urls.Done)
	if err != nil {
		return err
	}
	page := pages.DonePage{
		AnotherURL:  v.startURL(),
		RecordLabel: v.text.T("record.show_details"),
	}
	says, each := attempt.Says(s.Now(), who.Token != "")
	var read []*booking.Visit
	for i, wanted := range attempt.Appointments {
		if i >= len(attempt.Records) || attempt.Records[i].ID == 0 {
			page.Visits = append(page.Visits, s.wantedVisit(c, v, wanted))
			continue
		}
		visit, booked := s.bookedVisit(c, v, wanted, attempt.Records[i], who)
		page.Visits = append(page.Visits, visit)
		if booked == nil {
			continue
		}
		if read = append(read, booked); booked.Status == booking.StatusCancelled {
			each[i] = booking.SayCancelled
		}
	}
	says = since(says, each)
	refresh, event := 0, ""
	switch {
	case says == booking.SayPending:
		refresh = refreshPending
	case slices.Contains(each, booking.SayChecking):
		refresh = refreshChecking
	}
	if says == booking.SayBooked {
		event = bookedEvent(v, attempt, read)
	}
	if mixed(each) {
		for i, visit := range each {
			page.Visits[i].Status, page.Visits[i].Badge = string(visit), v.visitSaying(visit)
		}
	}
	page.State, page.Text = string(says), v.text.T("widget.done."+string(says)+".text")
	title := "widget.done." + string(says) + ".title"
	if says == booking.SayBooked {
		title = "record.booking_success" // the upstream's own text
	}
	heading := v.text.T(title)
	v.self = doneURL(attempt)
	page.Base = s.base(c, v, heading)
	s.nextSteps(&page, v, attempt, says)
	page.Private, page.RefreshSec, page.Progress, page.Event = true, refresh, nil, event
	if attempt.Unwritten && refresh > 0 {
		// This is the answer to a sent form; what comes next is asked for at the page's own address.
		page.RefreshSec = 0
		c.Set("Refresh", strconv.Itoa(refresh)+"; url="+doneURL(attempt, urls.Param(urls.QueryLang, v.text.Lang())))
	}
	return render(c, fiber.StatusOK, pages.DoneView(page))
}

// since is what to say of booked visits of which all that were read were cancelled meanwhile.
func since(says booking.Saying, each []booking.Saying) booking.Saying {
	cancelled := !slices.ContainsFunc(each, func(x booking.Saying) bool { return x != booking.SayCancelled })
	if says == booking.SayBooked && cancelled {
		return booking.SayCancelled
	}
	return says
}

// mixed says whether the visits of an order stand differently, so that each must say how.
func mixed(each []booking.Saying) bool { return len(slices.Compact(slices.Clone(each))) > 1 }

// visitSaying is what is said of one visit of several.
func (v *pageRequest) visitSaying(says booking.Saying) string {
	switch says {
	case booking.SayBooked, booking.SayCancelled:
		return v.text.T("widget.record.status." + string(says))
	default:
		return v.text.T("widget.done.visit." + string(says))
	}
}

// nextSteps offers what may be done after a saying. To book again is offered only where nothing was booked, or where
// the same visits cannot be booked twice: a chosen master's time has room for one record.
func (s *Server) nextSteps(page *pages.DonePage, v *pageRequest, attempt booking.Attempt, says booking.Saying) {
	switch says { //nolint:exhaustive // nothing else is to be booked again
	case booking.SayRefused:
		page.RetryURL, page.RetryLabel = v.retry(attempt), v.text.T("widget.done.retry")
	case booking.SayUnlikely:
		page.RetryURL, page.RetryLabel = v.retry(attempt), v.text.T("widget.done.same")
	}
	if slices.Contains([]booking.Saying{booking.SayChecking, booking.SayUnsure, booking.SayLikely, booking.SayUnlikely, booking.SayPartly}, says) {
		if href := page.Salon.PhoneHref; href != "" {
			page.Next = append(page.Next, layout.Link{Title: v.text.T("widget.done.call", "phone", page.Salon.Phone), URL: href})
		}
		if page.AccountURL != "" {
			page.Next = append(page.Next, layout.Link{Title: v.text.T("widget.me.title"), URL: page.AccountURL})
		}
	}
}

// retry is the link that opens the flow with an attempt's choices made again.
func (v *pageRequest) retry(a booking.Attempt) string {
	if len(a.Appointments) == 0 {
		return ""
	}
	if a.GroupEvent != 0 {
		return v.eventURL(a.GroupEvent)
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
	return v.url(flow.Contact, choices)
}

// bookedVisit shows a record as the upstream has it; when that cannot be read now, as it was asked
// for: the booking stands all the same. While calls are scarce it is read only if one is left: the record has no
// news but who the master is when the customer wanted anybody, and its own page says that too. A record that was found
// in the customer's own list has no hash here, and is open in the account.
func (s *Server) bookedVisit(c *fiber.Ctx, v *pageRequest, wanted booking.Appointment, record booking.Record, who booking.Viewer) (pages.Visit, *booking.Visit) {
	out := s.wantedVisit(c, v, wanted)
	out.RecordID = record.ID
	key := booking.Key{Company: v.Company.ID, Record: record.ID, Hash: record.Hash}
	address := urls.Visit{Form: v.form.ID, Company: v.Company.ID, Record: record.ID, Hash: record.Hash}
	out.RecordURL = inLang(address.Path(urls.VisitShown), v.Choices.Lang)
	if record.Hash != "" {
		out.CalendarURL = inLang(address.Path(urls.VisitCalendar), v.Choices.Lang)
	} else {
		if key.UserToken = who.Token; who.Token == "" {
			return out, nil
		}
	}
	read := s.Desk.Open
	if s.Catalog.Scarce() {
		read = s.Desk.OpenSpare
	}
	booked, err := read(c.UserContext(), v.lang, key, v.Company.Location)
	switch {
	case err != nil && catalog.ProblemOf(err) == catalog.ProblemBusy:
	case err != nil:
		s.Log.Warn("record after booking", "id", requestID(c), "error", err)
	default:
		links := out
		out = recordVisit(v, booked)
		out.RecordID, out.RecordURL, out.CalendarURL = links.RecordID, links.RecordURL, links.CalendarURL
		out.Payment = v.payment(booked, record.Hash)
		if wanted.Master == 0 {
			// Now it is known whose time is taken.
			s.Catalog.Booked(catalog.Sold{Company: v.Company, Services: wanted.Services, Master: booked.MasterID, Start: booked.Start, Length: booked.Length})
		}
	}
	return out, booked
}

// wantedVisit is a visit as it was asked for, with the names that are at hand.
func (s *Server) wantedVisit(c *fiber.Ctx, v *pageRequest, wanted booking.Appointment) pages.Visit {
	start := wanted.Start.In(v.Company.Location)
	out := pages.Visit{When: when(v.text, start), ISO: start.Format(iso)}
	if wanted.Length > 0 {
		out.Duration = v.text.Duration(wanted.Length)
	}
	place(&out, v.Company)
	known, _ := catalog.OnlyCached(c.UserContext())
	if offered, err := s.Catalog.Services(known, v.lang, v.Company.ID, catalog.Filter{}); err == nil {
		for _, id := range wanted.Services {
			if service := offered.Find(id); service != nil {
				out.Services = append(out.Services, v.serviceRow(service))
			}
		}
	}
	if masters, err := s.Catalog.Masters(known, v.lang, v.Company, catalog.Filter{Services: wanted.Services}); err == nil && wanted.Master != 0 {
		if i := slices.IndexFunc(masters, func(m catalog.Master) bool { return m.ID == wanted.Master }); i >= 0 {
			out.Master = masters[i].Name
		}
	}
	return out
}

// requestOf is a visit for a page outside the steps: a form and one of its companies, nothing chosen.
func (s *Server) requestOf(c *fiber.Ctx, formID, companyID int, page urls.Page) (*pageRequest, error) {
	form, err := s.Catalog.Bookform(c.UserContext(), formID)
	if err != nil {
		return nil, err
	}
	lang := s.language(c, form, c.Query(urls.QueryLang))
	v := s.newRequest(c, form, flow.Choices{Lang: lang}, page)
	v.apart = true
	company, err := s.Catalog.Company(c.UserContext(), v.lang, companyID)
	if err != nil {
		return nil, err
	}
	v.Selection = &catalog.Selection{Journey: form.Journey, Choices: flow.Choices{Lang: lang}, Company: company}
	return v, nil
}
