package server

import (
	"errors"
	"regexp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/web/templates/pages"
)

var attemptID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// showDone says how an attempt ended. It is a page of its own address, so a reload, Back and a
// second press all show the same; one whose outcome is not known yet is looked into.
func (s *Server) showDone(c *fiber.Ctx) error {
	id := c.Query("attempt")
	if !attemptID.MatchString(id) {
		return fiber.ErrNotFound
	}
	token := ""
	if who, err := s.customer(c); err == nil && who != nil {
		token = who.Token
	}
	attempt, err := s.Desk.Look(c.UserContext(), id, token)
	if errors.Is(err, booking.ErrNoAttempt) || err == nil && itoa(attempt.Form) != c.Params("form") {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.renderDone(c, attempt)
}

// renderDone shows how an attempt ended.
func (s *Server) renderDone(c *fiber.Ctx, attempt booking.Attempt) error {
	v, err := s.pageOf(c, attempt.Form, attempt.Company, "done")
	if err != nil {
		return err
	}
	page := pages.DonePage{
		AnotherURL:  v.startURL(),
		RecordLabel: v.text.T("record.show_details"),
	}
	refresh, event := 0, ""
	switch {
	case attempt.State == booking.StateBooked:
		page.State = "booked"
		var read []*booking.Details
		for i, record := range attempt.Records {
			visit, details := s.bookedVisit(c, v, attempt.Visits[i], record)
			page.Visits = append(page.Visits, visit)
			if details != nil {
				read = append(read, details)
			}
		}
		event = bookedEvent(v, attempt, read)
	case attempt.State == booking.StateRefused:
		page.State = "refused"
		page.RetryURL, page.RetryLabel = v.retry(attempt), v.text.T("widget.done.retry")
	case attempt.Likely:
		page.State = "likely"
	case attempt.State == booking.StateUnknown && attempt.Event != 0:
		page.State = "unsure"
	case attempt.State == booking.StateUnknown:
		page.State, refresh = "unknown", 10
	default:
		page.State, refresh = "pending", 2
	}
	if page.State != "booked" {
		for _, visit := range attempt.Visits {
			page.Visits = append(page.Visits, s.wantedVisit(c, v, visit))
		}
	}
	page.Text = v.text.T("widget.done." + page.State + ".text")
	heading := v.text.T("widget.done." + page.State + ".title")
	if page.State == "booked" {
		heading = v.text.T("record.booking_success")
	}
	v.self = doneURL(attempt)
	page.Base = s.base(c, v, heading)
	page.Private, page.RefreshSec, page.Progress, page.Event = true, refresh, nil, event
	if attempt.Unwritten && refresh > 0 {
		// This is the answer to a sent form; what comes next is asked for at the page's own address.
		page.RefreshSec = 0
		c.Set("Refresh", itoa(refresh)+"; url="+doneURL(attempt, "lang="+v.text.Lang()))
	}
	return render(c, fiber.StatusOK, pages.DoneView(page))
}

// retry is the link that opens the flow with an attempt's choices made again.
func (v *visit) retry(a booking.Attempt) string {
	if len(a.Visits) == 0 {
		return ""
	}
	if a.Event != 0 {
		return v.eventURL(a.Event)
	}
	last := a.Visits[len(a.Visits)-1]
	start := last.Start.In(v.Company.Location)
	choices := flow.Choices{
		Lang: v.Choices.Lang, City: v.Company.CityID, Company: a.Company, Services: last.Services,
		Master: last.Master, HasMaster: true, Date: start.Format("2006-01-02"), Slot: start,
	}
	for _, b := range a.Visits[:len(a.Visits)-1] {
		choices.Basket = append(choices.Basket, flow.Visit{Services: b.Services, Master: b.Master, Slot: b.Start.In(v.Company.Location)})
	}
	return v.url(flow.Contact, choices)
}

// bookedVisit shows a record as the upstream has it; when that cannot be read now, as it was asked
// for: the booking stands all the same. While calls are scarce it is read only if one is left: the record has no
// news but who the master is when the customer wanted anybody, and its own page says that too.
func (s *Server) bookedVisit(c *fiber.Ctx, v *visit, wanted booking.Visit, record booking.Record) (pages.Visit, *booking.Details) {
	out := s.wantedVisit(c, v, wanted)
	if out.RecordID = record.ID; record.Hash == "" {
		return out, nil // found among the customer's own visits, which are open there
	}
	read := s.Desk.Open
	if s.Catalog.Pressed() {
		read = s.Desk.OpenSpare
	}
	details, err := read(c.UserContext(), v.lang, booking.Key{Company: v.Company.ID, Record: record.ID, Hash: record.Hash}, v.Company.Location)
	switch {
	case err != nil && catalog.ProblemOf(err) == catalog.ProblemBusy:
	case err != nil:
		s.Log.Warn("record after booking", "id", requestID(c), "error", err)
	default:
		out = recordVisit(v, details)
		out.RecordID = record.ID
		if wanted.Master == 0 {
			// Now it is known whose time is taken.
			s.Catalog.Booked(catalog.Taken{Company: v.Company, Services: wanted.Services, Master: details.MasterID, Start: details.Start, Length: details.Length})
		}
	}
	out.RecordURL = recordURL(v.form.ID, v.Company.ID, record.ID, record.Hash, "", v.Choices.Lang)
	out.CalendarURL = recordURL(v.form.ID, v.Company.ID, record.ID, record.Hash, "/visit.ics", v.Choices.Lang)
	return out, details
}

// wantedVisit is a visit as it was asked for, with the names that are at hand.
func (s *Server) wantedVisit(c *fiber.Ctx, v *visit, wanted booking.Visit) pages.Visit {
	start := wanted.Start.In(v.Company.Location)
	out := pages.Visit{When: when(v.text, start), ISO: start.Format(iso)}
	if wanted.Length > 0 {
		out.Duration = v.text.Duration(wanted.Length)
	}
	place(&out, v.Company)
	known, _ := catalog.OnlyKept(c.UserContext())
	if offered, err := s.Catalog.Services(known, v.lang, v.Company.ID, catalog.Filter{}); err == nil {
		for _, id := range wanted.Services {
			if service := offered.Find(id); service != nil {
				out.Services = append(out.Services, pages.Row{
					Label: service.Title, Value: v.text.MoneyRange(service.PriceMin, service.PriceMax, v.Company.Currency),
				})
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

// pageOf is a visit for a page outside the steps: a form and one of its companies, nothing chosen.
func (s *Server) pageOf(c *fiber.Ctx, formID, companyID int, step flow.Step) (*visit, error) {
	form, err := s.Catalog.Form(c.UserContext(), formID)
	if err != nil {
		return nil, err
	}
	lang := s.language(c, form, c.Query("lang"))
	v := s.newVisit(c, form, flow.Choices{Lang: lang}, step)
	v.apart = true
	company, err := s.Catalog.Company(c.UserContext(), v.lang, companyID)
	if err != nil {
		return nil, err
	}
	v.Selection = &catalog.Selection{Journey: form.Journey, Choices: flow.Choices{Lang: lang}, Company: company}
	return v, nil
}
