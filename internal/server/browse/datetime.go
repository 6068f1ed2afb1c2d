package browse

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/web/templates/pages"
)

// ShowDatetime shows the calendar and the free times of one day.
func (s *Handlers) ShowDatetime(c *fiber.Ctx, v *page.Request) error {
	c.SetUserContext(catalog.AcceptLowerBound(c.UserContext()))
	now := s.Now().In(v.Company.Location)
	filter := v.Filter(flow.Datetime)
	suggested := v.Choices
	if times.TurnedTo(c) == "" { // a customer who turns the calendar has seen the suggested day
		suggested = v.Journey.Preselected(flow.Datetime, v.Choices)
	}
	if v.SlotDay != "" {
		suggested.Date = v.SlotDay // a time after midnight is listed under the day before
	}
	open, err := s.Times.OpenDays(c, v, suggested.Date, filter, v.Offers)
	if err != nil {
		return err
	}
	day := open.Day
	view := pages.DatetimePage{Base: s.Pages.Base(c, v, v.Text.T("widget.title.datetime"))}
	s.Times.Calendar(&view, v, open)
	view.Title = times.Turned(c, view.Title, view.MonthTitle)
	if day != "" {
		offered, err := s.Catalog.Slots(c.UserContext(), v.Company, day, filter)
		if err != nil {
			return err
		}
		offered = v.Offers(offered)
		suggested = defaultSlot(v, suggested, offered)
		s.Times.DaySlots(&view, v, day, offered, suggested)
		view.NextURL = v.GoOn(suggested)
	}
	if len(view.Groups) == 0 {
		if err := s.Times.OfferFirstFree(c, &view, v, day, filter); err != nil {
			return err
		}
	}
	if len(view.Groups) > 0 && response.DepsOf(c).LowerBound() {
		view.PartNote = v.Text.T("widget.datetime.part")
	}
	view.ZoneNote = s.Times.ZoneNote(c, v, day, now)
	view.Yours = times.Yours(v)
	return s.Pages.Browse(c, v, pages.DatetimeView(view))
}

// defaultSlot selects the form's default time on the open day if it is free.
func defaultSlot(v *page.Request, suggested flow.Choices, offered []catalog.Slot) flow.Choices {
	at, ok := v.Journey.DefaultTime()
	if !ok || !suggested.Slot.IsZero() {
		return suggested
	}
	for _, slot := range offered {
		if slot.Start.Hour() == int(at.Hours()) && slot.Start.Minute() == int(at.Minutes())%60 {
			return v.Journey.Set(flow.Datetime, suggested, flow.Choice{Slot: slot.Start})
		}
	}
	return suggested
}
