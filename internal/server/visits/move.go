package visits

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ShowMove lets the customer choose another time for the visit, and then asks for a confirmation. The visit is not changed
// until that is given.
func (s *Handlers) ShowMove(c *fiber.Ctx, o *visitPage) error {
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

// moveFilter returns the filter for free times: the same services and the same master, or any master when the customer has
// booked any.
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

// chooseMove shows the calendar with the times that the visit can be moved to.
func (s *Handlers) chooseMove(c *fiber.Ctx, o *visitPage) error {
	now, filter := s.Now().In(o.Company.Location), o.moveFilter()
	open, err := s.Times.OpenDays(c, o.Request, c.Query(urls.QueryDate), filter, o.otherSlots)
	if err != nil {
		return err
	}
	day := open.Day
	view := pages.MovePage{
		Base: o.base(c, s, o.Text.T("widget.move.title")), Now: o.Text.T("widget.move.now", "when", o.When(o.visit.Start)),
		Until: o.Deadline(ActMove, o.visit.MayMove(s.Now())), BackURL: o.url(urls.VisitShown), BackLabel: o.Text.T("widget.move.keep"),
	}
	o.describe(&view)
	if c.Query(urls.QuerySay) == "same" {
		view.Alerts = append(view.Alerts, layout.Alert{Kind: "info", Text: o.Text.T("widget.move.same")})
	}
	view.Diary.Base = view.Base
	s.Times.Calendar(c, &view.Diary, o.Request, open)
	if day != "" {
		offered, err := s.Catalog.Slots(c.UserContext(), o.Company, day, filter)
		if err != nil {
			return err
		}
		s.Times.DaySlots(&view.Diary, o.Request, day, o.otherSlots(offered), o.Choices, o.Next)
	}
	if len(view.Diary.Groups) == 0 {
		if err := s.Times.OfferFreeDays(c, &view.Diary, o.Request, day, filter, o.uselessDays(c, s, filter)...); err != nil {
			return err
		}
	}
	if len(view.Diary.Groups) == 0 {
		view.Diary.Wish = s.wishLink(o)
	}
	times.SetTitle(c, &view.Diary, c.Query(urls.QueryDate) != "", "")
	view.Title = view.Diary.Title
	view.Diary.ZoneNote = s.Times.ZoneNote(c, o.Request, day, now)
	view.Diary.Yours = times.Yours(o.Request)
	o.retarget(&view.Diary)
	return response.Render(c, fiber.StatusOK, pages.MoveView(view))
}

// describe says what is moved: the visit's services and its master at present, who may be another one at another time.
func (o *visitPage) describe(view *pages.MovePage) {
	titles := make([]string, 0, len(o.visit.Services))
	for _, row := range page.RecordVisit(o.Request, o.visit).Services {
		titles = append(titles, row.Label)
	}
	view.What, view.Master, view.Anyone = strings.Join(titles, ", "), o.visit.Master, o.anyone()
}

// anyone returns the text about a visit whose master the customer has not chosen: whoever is free takes it.
func (o *visitPage) anyone() string {
	if !o.visit.Any {
		return ""
	}
	return o.Text.T("widget.move.anyone")
}

// otherSlots returns the slots without the visit's present time. With any master, the present time may be free with another one,
// but choosing it would move nothing.
func (o *visitPage) otherSlots(slots []catalog.Slot) []catalog.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(slot catalog.Slot) bool {
		return slot.Start.Equal(o.visit.Start) || !o.Journey.OffersHour(slot.Start)
	})
}

// uselessDays returns the visit's day if it is known that the day has no other free time.
func (o *visitPage) uselessDays(c *fiber.Ctx, s *Handlers, filter catalog.Filter) []string {
	day := o.visit.Start.In(o.Company.Location).Format(time.DateOnly)
	if known, ok := s.Catalog.KnownSlots(c.UserContext(), o.Company, day, filter); ok && len(o.otherSlots(known)) == 0 {
		return []string{day}
	}
	return nil
}

// redirectToOthers answers a move to the visit's present time with the calendar and a note.
func (o *visitPage) redirectToOthers(c *fiber.Ctx) error {
	return c.Redirect(o.url(urls.VisitMove, urls.QueryDate+"="+o.visit.Start.Format(time.DateOnly), urls.QuerySay+"=same"), fiber.StatusSeeOther)
}

// retarget changes the links of a calendar, so that they lead to the visit's pages and not to the booking's.
func (o *visitPage) retarget(view *pages.DatetimePage) {
	view.Relink(func(link string) string { return o.url(urls.VisitMove, shownTime(link)) })
	for _, group := range view.Groups {
		for i, slot := range group.Slots {
			group.Slots[i].URL = o.slotURL(slot.ISO)
		}
	}
}

// shownTime returns the parameters of a calendar's link that say which days are shown.
func shownTime(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	shown, asked := url.Values{}, u.Query()
	for _, name := range []string{urls.QueryDate, urls.QueryFrom, urls.QueryCalendar} {
		if value := asked.Get(name); value != "" {
			shown.Set(name, value)
		}
	}
	return shown.Encode()
}

func (o *visitPage) slotURL(iso string) string {
	return o.url(urls.VisitMove, urls.Param(urls.QuerySlot, iso))
}

// confirmMove shows the visit's present and new time, with the button that moves it.
func (s *Handlers) confirmMove(c *fiber.Ctx, o *visitPage, to time.Time) error {
	if to.Equal(o.visit.Start) {
		return o.redirectToOthers(c)
	}
	free, err := s.stillFree(c, o, to)
	if err != nil {
		return err
	}
	if !free {
		return s.lostMove(c, o, to, o.moveFilter())
	}
	token, err := o.mint(c, s, ActMove)
	if err != nil {
		return err
	}
	view := pages.MoveConfirmPage{
		Base: o.base(c, s, o.Text.T("widget.move.confirm")), Action: o.url(urls.VisitMove), Token: token, Slot: to.Format(time.RFC3339),
		Now: o.Text.T("widget.move.now", "when", o.When(o.visit.Start)), Visit: page.RecordVisit(o.Request, o.visit),
		Submit: o.Text.T("widget.move.submit"), Press: s.Guard.Press(o.Text), OtherURL: o.url(urls.VisitMove, urls.QueryDate+"="+to.Format(time.DateOnly)), OtherLabel: o.Text.T("widget.move.other"),
		BackURL: o.url(urls.VisitShown), BackLabel: o.Text.T("widget.move.keep"),
	}
	view.Visit.RecordID, view.Visit.When, view.Visit.ISO = o.visit.ID, o.When(to), to.Format(page.ISO)
	if o.visit.Any {
		view.Visit.Master, view.Anyone = o.Text.T("widget.master.any"), o.anyone() // the salon decides which master is free then
	}
	return response.Render(c, fiber.StatusOK, pages.MoveConfirmView(view))
}

// stillFree says whether the visit can be moved to a time.
func (s *Handlers) stillFree(c *fiber.Ctx, o *visitPage, to time.Time) (bool, error) {
	if !to.After(s.Now()) || !o.Journey.OffersHour(to) {
		return false, nil
	}
	_, day, err := s.Catalog.FreeAt(c.UserContext(), o.Company, to, o.moveFilter())
	return day != "", err
}

// SubmitMove moves the visit. The same form may arrive several times; the visit is moved once.
func (s *Handlers) SubmitMove(c *fiber.Ctx, o *visitPage) error {
	to, err := time.Parse(time.RFC3339, input.Field(c, "slot"))
	if err != nil {
		return c.Redirect(o.url(urls.VisitMove), fiber.StatusSeeOther)
	}
	to = to.In(o.Company.Location)
	// A moved visit occupies its new time. So it must be known whether this form has moved it already before the time is
	// checked.
	pressed, err := s.Desk.Pressed(c.UserContext(), o.token.Nonce)
	if err != nil {
		return err
	}
	if !pressed {
		if o.expired || !o.visit.MayMove(s.Now()).OK {
			return s.showMoveAgain(c, o, to)
		}
		if to.Equal(o.visit.Start) {
			return o.redirectToOthers(c)
		}
		if s.Guard.Early(o.token) {
			o.Notices = append(o.Notices, page.NoticeEarly)
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
	change, err := s.Desk.Move(c.UserContext(), o.token.Nonce, o.Lang, o.visit, to)
	if err != nil {
		return err // the same form may be under way in another request
	}
	s.invalidate(o, change)
	if change.State != booking.StateRefused {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther)
	}
	switch change.Refusal.Reason {
	case booking.ReasonSlotTaken, booking.ReasonNobodyFree, booking.ReasonOverlap:
		// The call that moves a visit names no master. The time was free with another master, so the nearest times are looked for
		// with the visit's own master alone.
		filter := o.moveFilter()
		filter.Master = o.visit.MasterID
		return s.lostMove(c, o, to, filter)
	default:
		return s.notChanged(c, o, change.Refusal)
	}
}

// showMoveAgain answers an expired form, or a visit that may not be moved. It shows the form again if the visit may be moved,
// else the visit's page, which says why not.
func (s *Handlers) showMoveAgain(c *fiber.Ctx, o *visitPage, to time.Time) error {
	if o.expired && o.visit.MayMove(s.Now()).OK {
		return s.confirmMove(c, o, to)
	}
	return s.renderRecord(c, o, fiber.StatusUnprocessableEntity)
}

// lostMove offers the free times nearest to one that is not free any more. The visit is not changed.
func (s *Handlers) lostMove(c *fiber.Ctx, o *visitPage, lost time.Time, filter catalog.Filter) error {
	s.Catalog.Invalidate(o.Company, lost)
	near, err := s.Times.Near(c, o.Company, o.Journey.OffersHour, filter, lost, o.visit.Start)
	if err != nil {
		return err
	}
	view := pages.MovePage{
		Base: o.base(c, s, o.Text.T("widget.move.title")), Now: o.Text.T("widget.move.now", "when", o.When(o.visit.Start)),
		Lost: true, BackURL: o.url(urls.VisitShown), BackLabel: o.Text.T("widget.move.keep"),
		CalendarURL: o.url(urls.VisitMove), CalendarLabel: o.Text.T("widget.lost.calendar"),
	}
	o.describe(&view)
	view.Alerts = append(view.Alerts, layout.Alert{Kind: "error", Text: o.Text.T("widget.move.lost")})
	if len(near) == 0 {
		view.NearText = o.Text.T("widget.datetime.none")
	}
	view.Near = times.NearSlots(o.Request, near, "", func(start time.Time) string { return o.slotURL(start.Format(time.RFC3339)) })
	return response.Render(c, fiber.StatusConflict, pages.MoveView(view))
}
