package server

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

const monthLayout = "2006-01"

func (s *Server) showDatetime(c *fiber.Ctx, v *visit) error {
	c.SetUserContext(catalog.InPart(c.UserContext()))
	now := s.Now().In(v.Company.Location)
	filter := v.Filter(flow.Datetime)
	suggested := v.Journey.Preselected(flow.Datetime, v.Choices)
	day, month := suggested.Date, plainDay(c.Query("month"), monthLayout)
	day, month, dates, err := s.openMonth(c, v, day, month, filter)
	if err != nil {
		return err
	}
	page := pages.DatetimePage{Base: s.base(c, v, v.text.T("header.select_date"))}
	s.calendar(&page, v, month, day, now, dates)
	page.Title = turned(c, page.Title, page.MonthTitle)
	if day != "" {
		offered, err := s.Catalog.Slots(c.UserContext(), v.Company, day, filter)
		if err != nil {
			return err
		}
		suggested = v.defaultSlot(suggested, offered)
		s.daySlots(&page, v, day, offered, suggested)
		page.NextURL = v.goOn(suggested)
	}
	if len(page.Groups) == 0 {
		if err := s.offerFirstFree(c, &page, v, day, filter); err != nil {
			return err
		}
	}
	if len(page.Groups) > 0 && trailed(c).InPart() {
		page.PartNote = v.text.T("widget.datetime.part")
	}
	page.ZoneNote = v.text.T("widget.datetime.zone", "zone", utcOffset(shownAt(v, day, now)))
	page.Yours = v.text.T("widget.datetime.yours")
	return s.browse(c, v, pages.DatetimeView(page))
}

// turned is the title of a page whose calendar has been turned: a screen reader says it first, so the month
// is in it.
func turned(c *fiber.Ctx, title, month string) string {
	if c.Query("month") == "" {
		return title
	}
	return join(", ", title, month)
}

// openMonth is the month that is shown, its days, and the day that is open in it: those asked for, else the first that
// has a time.
func (s *Server) openMonth(c *fiber.Ctx, v *visit, day, month string, filter catalog.Filter) (string, string, catalog.Dates, error) {
	now := s.Now().In(v.Company.Location)
	if day == "" && month == "" {
		first, known, err := s.firstFree(c, v, filter)
		if err != nil {
			return "", "", catalog.Dates{}, err
		}
		if month = monthOf(first, now); known {
			day = first
		}
	}
	if month == "" {
		month = monthOf(day, now)
	}
	dates, err := s.Catalog.Dates(c.UserContext(), v.Company, month, filter)
	return day, month, dates, err
}

// fullDays is how many days that have filled up since they were asked for are passed over.
const fullDays = 3

// firstFree is the first day that still has a time. While calls are scarce, its times may not be known: the
// customer then chooses the day.
func (s *Server) firstFree(c *fiber.Ctx, v *visit, filter catalog.Filter) (day string, known bool, err error) {
	for range fullDays {
		if day, err = s.Catalog.FirstFree(c.UserContext(), v.Company, filter); err != nil || day == "" {
			return day, false, err
		}
		var offered []catalog.Slot
		if s.Catalog.Pressed() {
			if offered, known = s.Catalog.KnownSlots(c.UserContext(), v.Company, day, filter); !known {
				return day, false, nil
			}
		} else if offered, err = s.Catalog.Slots(c.UserContext(), v.Company, day, filter); err != nil {
			return day, false, err
		}
		if len(offered) > 0 {
			break
		}
	}
	return day, true, nil
}

// shownAt is a moment of the shown day: what the salon's clock says on it may change with the season.
func shownAt(v *visit, day string, now time.Time) time.Time {
	if at, err := time.ParseInLocation(time.DateOnly, day, v.Company.Location); err == nil {
		return at.Add(12 * time.Hour)
	}
	return now
}

// monthOf is the month of a day, or the present one.
func monthOf(day string, now time.Time) string {
	if day == "" {
		return now.Format(monthLayout)
	}
	return day[:len(monthLayout)]
}

// calendar fills the month, from this week on: every day with its state in words, free ones as links.
func (s *Server) calendar(page *pages.DatetimePage, v *visit, month, open string, now time.Time, dates catalog.Dates) {
	first, _ := time.ParseInLocation(monthLayout, month, v.Company.Location) // parsed before
	// Noon, because a day may begin at one o'clock where clocks change at midnight.
	first = first.Add(12 * time.Hour)
	page.MonthTitle = v.text.Month(first)
	if month > now.Format(monthLayout) {
		page.Previous = v.monthLink(first.AddDate(0, -1, 0))
	}
	if first.Before(now.AddDate(0, monthsAhead, 0)) {
		page.Next = v.monthLink(first.AddDate(0, 1, 0))
	}
	week := make([]time.Weekday, 0, 7)
	for _, w := range v.text.Weekdays() {
		page.Weekdays = append(page.Weekdays, pages.Weekday{Short: w.Short, Full: w.Full})
		week = append(week, w.Day)
	}
	today := now.Format(time.DateOnly)
	row := make([]pages.Day, slices.Index(week, first.Weekday()), 7)
	for d := first; d.Month() == first.Month(); d = d.AddDate(0, 0, 1) {
		row = append(row, v.day(d, today, open, dates))
		if len(row) == 7 {
			// Weeks that are over would only push the times out of sight.
			if d.Format(time.DateOnly) >= today {
				page.Weeks = append(page.Weeks, row)
			}
			row = make([]pages.Day, 0, 7)
		}
	}
	if len(row) > 0 {
		page.Weeks = append(page.Weeks, append(row, make([]pages.Day, 7-len(row))...))
	}
}

// monthsAhead is how far the calendar can be turned: twice as far as any salon we know opens its
// books.
const monthsAhead = 12

func (v *visit) monthLink(t time.Time) *layout.Link {
	choices := v.Choices
	choices.Date, choices.Slot = "", time.Time{}
	u := v.url(flow.Datetime, choices)
	return &layout.Link{Title: v.text.Month(t), URL: withQuery(u, "month="+t.Format(monthLayout))}
}

func (v *visit) day(d time.Time, today, open string, dates catalog.Dates) pages.Day {
	iso := d.Format(time.DateOnly)
	out := pages.Day{Date: iso, Number: v.text.Number(d.Day()), Today: iso == today, Selected: iso == open}
	switch {
	case iso < today:
		out.State = "past"
	case slices.Contains(dates.Free, iso):
		out.State = "free"
		choices := v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: iso})
		out.URL = v.url(flow.Datetime, choices)
	case slices.Contains(dates.Working, iso):
		out.State = "full"
	default:
		out.State = "closed"
	}
	out.Label = v.text.Date(d)
	if out.Today {
		out.Label += ", " + v.text.T("today")
	}
	out.Label += ", " + v.text.T("widget.day."+out.State)
	return out
}

// defaultSlot selects the form's default time on the open day, when it is free.
func (v *visit) defaultSlot(suggested flow.Choices, offered []catalog.Slot) flow.Choices {
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

// Parts of the day, by the hour in which they begin.
const (
	noon    = 12
	evening = 17
)

// daySlots fills the free times of the open day, grouped by part of day.
func (s *Server) daySlots(page *pages.DatetimePage, v *visit, day string, offered []catalog.Slot, suggested flow.Choices) {
	date, err := time.ParseInLocation(time.DateOnly, day, v.Company.Location)
	if err != nil {
		return
	}
	date = date.Add(12 * time.Hour)
	page.DayTitle = v.text.Date(date)
	who := s.slotWho(v)
	shifts, urlAt := clockShifts(offered), v.urlAt(offered)
	groups := []pages.SlotGroup{
		{Title: v.text.T("time.the_part_of_day.morning")},
		{Title: v.text.T("time.the_part_of_day.day")},
		{Title: v.text.T("time.the_part_of_day.evening")},
	}
	for i, slot := range offered {
		group := &groups[0]
		switch h := slot.Start.Hour(); {
		case h >= evening:
			group = &groups[2]
		case h >= noon:
			group = &groups[1]
		}
		clock := v.text.Time(slot.Start)
		if shifts && twice(offered, i) {
			clock += " (" + utcOffset(slot.Start) + ")"
		}
		on := page.DayTitle
		if slot.Start.Day() != date.Day() {
			on = v.text.Date(slot.Start)
		}
		group.Slots = append(group.Slots, pages.Slot{
			ISO: slot.Start.Format(time.RFC3339), Time: clock, Label: join(", ", on, clock, who),
			URL: urlAt(slot.Start), Selected: slot.Start.Equal(suggested.Slot),
		})
	}
	for _, group := range groups {
		if len(group.Slots) > 0 {
			page.Groups = append(page.Groups, group)
		}
	}
}

// urlAt makes the addresses that choose one of the times of a day. They differ in the time only, so
// the journey is asked once.
func (v *visit) urlAt(offered []catalog.Slot) func(time.Time) string {
	if len(offered) == 0 {
		return nil
	}
	first := offered[0].Start
	u := v.next(v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Slot: first}))
	before, after, _ := strings.Cut(u, flow.EncodeSlot(first))
	return func(at time.Time) string { return before + flow.EncodeSlot(at) + after }
}

// clockShifts says whether clocks change among the slots.
func clockShifts(offered []catalog.Slot) bool {
	return slices.ContainsFunc(offered, func(slot catalog.Slot) bool {
		_, a := slot.Start.Zone()
		_, b := offered[0].Start.Zone()
		return a != b
	})
}

// twice says whether the clock shows a slot's time on its day once more, in the hour that comes again
// when summer time ends.
func twice(offered []catalog.Slot, i int) bool {
	at := offered[i].Start
	_, zone := at.Zone()
	hour, minute, second := at.Clock()
	return slices.ContainsFunc(offered, func(other catalog.Slot) bool {
		if _, z := other.Start.Zone(); z == zone {
			return false
		}
		h, m, s := other.Start.Clock()
		return h == hour && m == minute && s == second
	})
}

// slotWho is what names a slot in full beside its time, for whoever does not see the page around it.
func (s *Server) slotWho(v *visit) string {
	master := ""
	if v.Master != nil {
		master = v.Master.Name
	}
	return join(", ", master, s.price(v))
}

// offerFirstFree says why there are no slots and where the nearest are.
func (s *Server) offerFirstFree(c *fiber.Ctx, page *pages.DatetimePage, v *visit, day string, filter catalog.Filter) error {
	page.EmptyText = v.text.T("widget.datetime.choose_day")
	if day != "" {
		page.EmptyText = v.text.T("master.no_record_new")
	}
	first, err := s.Catalog.FirstFree(c.UserContext(), v.Company, filter)
	if err != nil {
		return err
	}
	if first == "" {
		page.EmptyText = v.text.T("widget.datetime.none")
		return nil
	}
	if first == day {
		return nil
	}
	date, err := time.ParseInLocation(time.DateOnly, first, v.Company.Location)
	if err != nil {
		return err
	}
	page.FirstFree = &layout.Link{
		Title: v.text.T("widget.datetime.first_free", "day", v.text.Date(date.Add(12*time.Hour))),
		URL:   v.url(flow.Datetime, v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: first})),
	}
	return nil
}

// utcOffset is how far a moment's clock is from UTC: "UTC+3" or "UTC+5:30".
func utcOffset(at time.Time) string {
	_, seconds := at.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	out := "UTC" + sign + itoa(seconds/3600)
	if m := seconds % 3600 / 60; m > 0 {
		out += ":" + itoa(m)
	}
	return out
}
