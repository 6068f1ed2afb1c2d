package server

import (
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// showMove lets the customer choose another time for the visit, and asks once more before it is moved.
// The visit stays where it is until then.
func (s *Server) showMove(c *fiber.Ctx, o *visitPage) error {
	if !o.visit.MayMove(s.Now()).OK || o.change.Open() {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther) // the visit's page says why
	}
	if raw := c.Query(urls.QuerySlot); raw != "" {
		to, err := time.Parse(time.RFC3339, raw)
		if err != nil {
			return c.Redirect(o.url(urls.VisitMove), fiber.StatusSeeOther)
		}
		return s.confirmMove(c, o, to.In(o.Company.Location))
	}
	return s.chooseMove(c, o)
}

// moveFilter is what a new time must be free for: the same services and the same master, or anybody
// when the customer had asked for nobody in particular.
func (o *visitPage) moveFilter() catalog.Filter {
	filter := catalog.Filter{Master: o.visit.MasterID}
	if o.visit.Any {
		filter.Master = 0
	}
	for _, service := range o.visit.Services {
		filter.Services = append(filter.Services, service.ID)
	}
	return filter
}

// chooseMove shows the calendar.
func (s *Server) chooseMove(c *fiber.Ctx, o *visitPage) error {
	now, filter := s.Now().In(o.Company.Location), o.moveFilter()
	open, err := s.openDays(c, o.pageRequest, c.Query(urls.QueryDate), filter, o.others)
	if err != nil {
		return err
	}
	day := open.day
	page := pages.MovePage{
		Base: o.base(c, s, o.text.T("widget.move.title")), Now: o.text.T("widget.move.now", "when", when(o.text, o.visit.Start)),
		Until: o.until(actMove, o.visit.MayMove(s.Now())), BackURL: o.url(urls.VisitShown), BackLabel: o.text.T("widget.move.keep"),
	}
	if c.Query(urls.QuerySay) == "same" {
		page.Alerts = append(page.Alerts, layout.Alert{Kind: "info", Text: o.text.T("widget.move.same")})
	}
	page.Diary.Base = page.Base
	s.calendar(&page.Diary, o.pageRequest, open)
	page.Title = turned(c, page.Title, page.Diary.MonthTitle)
	if day != "" {
		offered, err := s.Catalog.Slots(c.UserContext(), o.Company, day, filter)
		if err != nil {
			return err
		}
		s.daySlots(&page.Diary, o.pageRequest, day, o.others(offered), o.Choices)
	}
	if len(page.Diary.Groups) == 0 {
		if err := s.offerFirstFree(c, &page.Diary, o.pageRequest, day, filter, o.uselessDays(c, s, filter)...); err != nil {
			return err
		}
	}
	page.Diary.ZoneNote = s.zoneNote(c, o.pageRequest, day, now)
	page.Diary.Yours = o.yours()
	o.aim(&page.Diary)
	return render(c, fiber.StatusOK, pages.MoveView(page))
}

// others are the times that the visit does not have already. Somebody else may be free at its own, which would
// be no move.
func (o *visitPage) others(slots []catalog.Slot) []catalog.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(slot catalog.Slot) bool {
		return slot.Start.Equal(o.visit.Start) || !o.Journey.OffersHour(slot.Start)
	})
}

// uselessDays is the visit's own day, when it is known that it has no other time.
func (o *visitPage) uselessDays(c *fiber.Ctx, s *Server, filter catalog.Filter) []string {
	day := o.visit.Start.In(o.Company.Location).Format(time.DateOnly)
	if known, ok := s.Catalog.KnownSlots(c.UserContext(), o.Company, day, filter); ok && len(o.others(known)) == 0 {
		return []string{day}
	}
	return nil
}

// toOthers answers who would move the visit to where it is.
func (o *visitPage) toOthers(c *fiber.Ctx) error {
	return c.Redirect(o.url(urls.VisitMove, urls.QueryDate+"="+o.visit.Start.Format(time.DateOnly), urls.QuerySay+"=same"), fiber.StatusSeeOther)
}

// plainDay is a day or a month of a query, "" when it is none.
func plainDay(raw, layout string) string {
	if _, err := time.Parse(layout, raw); err != nil {
		return ""
	}
	return raw
}

// aim leads the links of a calendar to this visit's own pages.
func (o *visitPage) aim(page *pages.DatetimePage) {
	for _, link := range []*layout.Link{page.Previous, page.Next, page.FirstFree} {
		if link != nil {
			link.URL = o.url(urls.VisitMove, shownTime(link.URL))
		}
	}
	for _, week := range page.Weeks {
		for i, day := range week {
			if day.URL != "" {
				week[i].URL = o.url(urls.VisitMove, urls.QueryDate+"="+day.Date)
			}
		}
	}
	for _, group := range page.Groups {
		for i, slot := range group.Slots {
			group.Slots[i].URL = o.slotURL(slot.ISO)
		}
	}
}

// shownTime is what of a calendar's link says which day it shows.
func shownTime(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if from := u.Query().Get(urls.QueryFrom); from != "" {
		return urls.QueryFrom + "=" + url.QueryEscape(from)
	}
	return "date=" + url.QueryEscape(u.Query().Get(urls.QueryDate))
}

func (o *visitPage) slotURL(iso string) string {
	return o.url(urls.VisitMove, urls.Param(urls.QuerySlot, iso))
}

// confirmMove shows the visit as it is and as it will be, with the button that moves it.
func (s *Server) confirmMove(c *fiber.Ctx, o *visitPage, to time.Time) error {
	if to.Equal(o.visit.Start) {
		return o.toOthers(c)
	}
	free, err := s.stillFree(c, o, to)
	if err != nil {
		return err
	}
	if !free {
		return s.lostMove(c, o, to, o.moveFilter())
	}
	token, err := o.mint(c, s, actMove)
	if err != nil {
		return err
	}
	page := pages.MoveConfirmPage{
		Base: o.base(c, s, o.text.T("widget.move.confirm")), Action: o.url(urls.VisitMove), Token: token, Slot: to.Format(time.RFC3339),
		Now: o.text.T("widget.move.now", "when", when(o.text, o.visit.Start)), Visit: recordVisit(o.pageRequest, o.visit),
		Submit: o.text.T("widget.move.submit"), Press: s.press(o.text), OtherURL: o.url(urls.VisitMove, urls.QueryDate+"="+to.Format(time.DateOnly)), OtherLabel: o.text.T("widget.move.other"),
		BackURL: o.url(urls.VisitShown), BackLabel: o.text.T("widget.move.keep"),
	}
	page.Visit.RecordID, page.Visit.When, page.Visit.ISO = o.visit.ID, when(o.text, to), to.Format(iso)
	if o.visit.Any {
		page.Visit.Master = o.text.T("master.any_master") // who will be free then is the salon's to say
	}
	return render(c, fiber.StatusOK, pages.MoveConfirmView(page))
}

// stillFree says whether a time is offered for the visit.
func (s *Server) stillFree(c *fiber.Ctx, o *visitPage, to time.Time) (bool, error) {
	if !to.After(s.Now()) || !o.Journey.OffersHour(to) {
		return false, nil
	}
	_, day, err := s.Catalog.FreeAt(c.UserContext(), o.Company, to, o.moveFilter())
	return day != "", err
}

// submitMove moves the visit. However often the form arrives, it is moved once.
func (s *Server) submitMove(c *fiber.Ctx, o *visitPage) error {
	to, err := time.Parse(time.RFC3339, field(c, "slot"))
	if err != nil {
		return c.Redirect(o.url(urls.VisitMove), fiber.StatusSeeOther)
	}
	to = to.In(o.Company.Location)
	// The visit stands in its own way once it has been moved, so a form that was sent before gets its
	// answer before anybody asks whether the time is free.
	pressed, err := s.Desk.Pressed(c.UserContext(), o.token.Nonce)
	if err != nil {
		return err
	}
	if !pressed {
		if o.expired || !o.visit.MayMove(s.Now()).OK {
			return s.showMoveAgain(c, o, to)
		}
		if to.Equal(o.visit.Start) {
			return o.toOthers(c)
		}
		if s.early(o.token) {
			o.notices = append(o.notices, noticeEarly)
			return s.confirmMove(c, o, to)
		}
		free, err := s.stillFree(c, o, to)
		if err != nil {
			return err
		}
		if !free {
			return s.lostMove(c, o, to, o.moveFilter())
		}
	}
	change, err := s.Desk.Move(c.UserContext(), o.token.Nonce, o.lang, o.visit, to)
	if err != nil {
		return err // another press may be under way, and nobody can say
	}
	s.forget(o, change)
	if change.State != booking.StateRefused {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther)
	}
	switch change.Refusal.Reason {
	case booking.ReasonSlotTaken, booking.ReasonNobodyFree, booking.ReasonOverlap:
		// The call cannot say with whom: somebody was free, but not the visit's own master. The next
		// offer is of his times alone.
		filter := o.moveFilter()
		filter.Master = o.visit.MasterID
		return s.lostMove(c, o, to, filter)
	default:
		return s.notChanged(c, o, change.Refusal)
	}
}

// showMoveAgain answers a form that lay open for too long: it is shown anew while the visit may be
// moved, else the visit's page says why not.
func (s *Server) showMoveAgain(c *fiber.Ctx, o *visitPage, to time.Time) error {
	if o.expired && o.visit.MayMove(s.Now()).OK {
		return s.confirmMove(c, o, to)
	}
	return s.renderRecord(c, o, fiber.StatusUnprocessableEntity)
}

// lostMove offers the times nearest to one that is not free any more. The visit stays where it is.
func (s *Server) lostMove(c *fiber.Ctx, o *visitPage, lost time.Time, filter catalog.Filter) error {
	s.Catalog.Invalidate(o.Company, lost)
	near, err := s.near(c, o.Company, o.Journey.OffersHour, filter, lost, o.visit.Start)
	if err != nil {
		return err
	}
	page := pages.MovePage{
		Base: o.base(c, s, o.text.T("widget.move.title")), Now: o.text.T("widget.move.now", "when", when(o.text, o.visit.Start)),
		Lost: true, BackURL: o.url(urls.VisitShown), BackLabel: o.text.T("widget.move.keep"),
		CalendarURL: o.url(urls.VisitMove), CalendarLabel: o.text.T("widget.lost.calendar"),
	}
	page.Alerts = append(page.Alerts, layout.Alert{Kind: "error", Text: o.text.T("widget.move.lost")})
	if len(near) == 0 {
		page.NearText = o.text.T("widget.datetime.none")
	}
	page.Near = nearSlots(o.pageRequest, near, "", func(start time.Time) string { return o.slotURL(start.Format(time.RFC3339)) })
	return render(c, fiber.StatusConflict, pages.MoveView(page))
}
