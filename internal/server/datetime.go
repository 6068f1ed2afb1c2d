package server

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

func (s *Server) showDatetime(c *fiber.Ctx, v *pageRequest) error {
	c.SetUserContext(catalog.AcceptLowerBound(c.UserContext()))
	now := s.Now().In(v.Company.Location)
	filter := v.Filter(flow.Datetime)
	suggested := v.Choices
	if turnedTo(c) == "" { // whoever turns the calendar has seen the day that the form suggests
		suggested = v.Journey.Preselected(flow.Datetime, v.Choices)
	}
	if v.SlotDay != "" {
		suggested.Date = v.SlotDay // a time after midnight stands under the day before
	}
	open, err := s.openDays(c, v, suggested.Date, filter, v.offers)
	if err != nil {
		return err
	}
	day := open.day
	page := pages.DatetimePage{Base: s.base(c, v, v.text.T("header.select_date"))}
	s.calendar(&page, v, open)
	page.Title = turned(c, page.Title, page.MonthTitle)
	if day != "" {
		offered, err := s.Catalog.Slots(c.UserContext(), v.Company, day, filter)
		if err != nil {
			return err
		}
		offered = v.offers(offered)
		suggested = v.defaultSlot(suggested, offered)
		s.daySlots(&page, v, day, offered, suggested)
		page.NextURL = v.goOn(suggested)
	}
	if len(page.Groups) == 0 {
		if err := s.offerFirstFree(c, &page, v, day, filter); err != nil {
			return err
		}
	}
	if len(page.Groups) > 0 && depsOf(c).LowerBound() {
		page.PartNote = v.text.T("widget.datetime.part")
	}
	page.ZoneNote = s.zoneNote(c, v, day, now)
	page.Yours = v.yours()
	return s.browse(c, v, pages.DatetimeView(page))
}

// offers are the times that the form lets its customers choose.
func (v *pageRequest) offers(slots []catalog.Slot) []catalog.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(slot catalog.Slot) bool { return !v.Journey.Offers(slot.Start) })
}

// days are the free and the working days of a question, those that the form lets its customers choose.
func (s *Server) days(c *fiber.Ctx, v *pageRequest, filter catalog.Filter) (catalog.Dates, error) {
	all, err := s.Catalog.Dates(c.UserContext(), v.Company, filter)
	if err != nil || v.page != urls.Datetime {
		return all, err // a visit that is moved is not bound to the form's day, which may be over
	}
	other := func(day string) bool { return !v.Journey.OffersDay(day) }
	if slices.ContainsFunc(all.Free, other) {
		all.Free = slices.DeleteFunc(slices.Clone(all.Free), other)
	}
	return all, nil
}

// turned is the title of a page whose calendar has been turned: a screen reader says it first, so the months
// are in it.
func turned(c *fiber.Ctx, title, months string) string {
	if turnedTo(c) == "" {
		return title
	}
	return join(", ", title, months)
}

// yours is what stands beside a time by the customer's own clock; nothing where nobody can tell it.
func (v *pageRequest) yours() string {
	if v.Company.Unzoned() {
		return ""
	}
	return v.text.T("widget.datetime.yours")
}

// zoneNote says by whose clock the times are; nothing where nothing tells how far that is from UTC.
func (s *Server) zoneNote(c *fiber.Ctx, v *pageRequest, day string, now time.Time) string {
	// The times of this very page may have shown another clock than the company's zone.
	if company, err := s.Catalog.Company(c.UserContext(), v.lang, v.Company.ID); err == nil {
		v.Company = company
	}
	if v.Company.Unzoned() {
		return ""
	}
	return v.text.T("widget.datetime.zone", "zone", utcOffset(shownAt(v, day, now)))
}

// shownAt is a moment of the shown day: what the salon's clock says on it may change with the season.
func shownAt(v *pageRequest, day string, now time.Time) time.Time {
	if at, err := time.ParseInLocation(time.DateOnly, day, v.Company.Location); err == nil {
		return at.Add(12 * time.Hour)
	}
	return now
}

// calendar fills the weeks that a page shows: every day with its state in words, free ones as links.
func (s *Server) calendar(page *pages.DatetimePage, v *pageRequest, open opening) {
	page.MonthTitle = v.months(open.first, open.today)
	if first, ok := open.before(); ok {
		page.Previous = v.turnLink(first, open.today)
	}
	if first, ok := open.after(); ok {
		page.Next = v.turnLink(first, open.today)
	}
	for _, w := range v.text.Weekdays() {
		page.Weekdays = append(page.Weekdays, pages.Weekday{Short: w.Short, Full: w.Full})
	}
	for week := range weeksShown {
		row := make([]pages.Day, daysOfWeek)
		for i := range row {
			row[i] = v.day(open.first.AddDate(0, 0, week*daysOfWeek+i), open)
		}
		page.Weeks = append(page.Weeks, row)
	}
}

// months names the months of the page of the calendar that begins with a day, as far as they are not over.
func (v *pageRequest) months(first, today time.Time) string {
	return v.text.Months(later(first, today), first.AddDate(0, 0, daysShown-1))
}

// turnLink leads to the page of the calendar that begins with a day.
func (v *pageRequest) turnLink(first, today time.Time) *layout.Link {
	choices := v.Choices
	choices.Date, choices.Slot = "", time.Time{}
	return &layout.Link{
		Title: v.months(first, today), URL: urls.With(v.url(flow.Datetime, choices), urls.QueryFrom+"="+later(first, today).Format(time.DateOnly)),
	}
}

func (v *pageRequest) day(d time.Time, open opening) pages.Day {
	iso := d.Format(time.DateOnly)
	out := pages.Day{Date: iso, Number: v.text.Number(d.Day()), Today: d.Equal(open.today), Selected: iso == open.day}
	if d.Day() == 1 {
		out.Month = v.text.MonthShort(d)
	}
	switch {
	case d.Before(open.today) && !slices.Contains(open.dates.Free, iso):
		out.State = "past"
	case slices.Contains(open.dates.Free, iso):
		out.State = "free"
		choices := v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: iso})
		out.URL = v.url(flow.Datetime, choices)
	case slices.Contains(open.dates.Working, iso):
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
func (v *pageRequest) defaultSlot(suggested flow.Choices, offered []catalog.Slot) flow.Choices {
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
func (s *Server) daySlots(page *pages.DatetimePage, v *pageRequest, day string, offered []catalog.Slot, suggested flow.Choices) {
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
	night := map[string]*pages.SlotGroup{}
	for i, slot := range offered {
		group, date := &groups[0], slot.Start.Format(time.DateOnly)
		switch h := slot.Start.Hour(); {
		case date > day:
			if night[date] == nil {
				night[date] = &pages.SlotGroup{Title: v.text.Date(slot.Start)}
			}
			group = night[date]
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
		if date != day {
			on = v.text.Date(slot.Start)
		}
		group.Slots = append(group.Slots, pages.Slot{
			ISO: slot.Start.Format(time.RFC3339), Time: clock, Label: join(", ", on, clock, who),
			URL: urlAt(slot.Start), Selected: slot.Start.Equal(suggested.Slot),
		})
	}
	for _, date := range slices.Sorted(maps.Keys(night)) {
		groups = append(groups, *night[date])
	}
	for _, group := range groups {
		if len(group.Slots) > 0 {
			page.Groups = append(page.Groups, group)
		}
	}
}

// urlAt makes the addresses that choose one of the times of a day. They differ in the time only, so
// the journey is asked once.
func (v *pageRequest) urlAt(offered []catalog.Slot) func(time.Time) string {
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
func (s *Server) slotWho(v *pageRequest) string {
	master := ""
	if v.Master != nil {
		master = v.Master.Name
	}
	return join(", ", master, s.price(v))
}

// offerFirstFree says why there are no slots and where the nearest are: near the open day, or, when none is open,
// from today on. Days that are known to be of no use are not offered.
func (s *Server) offerFirstFree(c *fiber.Ctx, page *pages.DatetimePage, v *pageRequest, day string, filter catalog.Filter, useless ...string) error {
	all, err := s.days(c, v, filter)
	if err != nil {
		return err
	}
	free := all.Free
	page.EmptyText = v.text.T("widget.datetime.choose_day")
	if day != "" {
		page.EmptyText = v.text.T("master.no_record_new")
		free = all.Near(day)
	}
	first := slices.IndexFunc(free, func(d string) bool { return !slices.Contains(useless, d) })
	if first < 0 {
		page.EmptyText = v.text.T("widget.datetime.none")
		return nil
	}
	date, err := time.Parse(time.DateOnly, free[first])
	if err != nil {
		return err
	}
	page.FirstFree = &layout.Link{
		Title: v.text.T("widget.datetime.first_free", "day", v.text.Date(date)),
		URL:   v.url(flow.Datetime, v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: free[first]})),
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
	out := "UTC" + sign + strconv.Itoa(seconds/3600)
	if m := seconds % 3600 / 60; m > 0 {
		out += ":" + strconv.Itoa(m)
	}
	return out
}
