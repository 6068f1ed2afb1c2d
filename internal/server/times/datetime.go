package times

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// days are the free and the working days of a question, those that the form lets its customers choose.
func (s *Times) days(c *fiber.Ctx, v *page.Request, filter catalog.Filter) (catalog.Dates, error) {
	all, err := s.Catalog.Dates(c.UserContext(), v.Company, filter)
	if err != nil || v.Page != urls.Datetime {
		return all, err // a visit that is moved is not bound to the form's day, which may be over
	}
	other := func(day string) bool { return !v.Journey.OffersDay(day) }
	if slices.ContainsFunc(all.Free, other) {
		all.Free = slices.DeleteFunc(slices.Clone(all.Free), other)
	}
	return all, nil
}

// Turned is the title of a page whose calendar has been turned: a screen reader says it first, so the months
// are in it.
func Turned(c *fiber.Ctx, title, months string) string {
	if TurnedTo(c) == "" {
		return title
	}
	return pages.Join(", ", title, months)
}

// Yours is what stands beside a time by the customer's own clock; nothing where nobody can tell it.
func Yours(v *page.Request) string {
	if v.Company.Unzoned() {
		return ""
	}
	return v.Text.T("widget.datetime.yours")
}

// ZoneNote says by whose clock the times are; nothing where nothing tells how far that is from UTC.
func (s *Times) ZoneNote(c *fiber.Ctx, v *page.Request, day string, now time.Time) string {
	// The times of this very page may have shown another clock than the company's zone.
	if company, err := s.Catalog.Company(c.UserContext(), v.Lang, v.Company.ID); err == nil {
		v.Company = company
	}
	if v.Company.Unzoned() {
		return ""
	}
	return v.Text.T("widget.datetime.zone", "zone", utcOffset(shownAt(v, day, now)))
}

// shownAt is a moment of the shown day: what the salon's clock says on it may change with the season.
func shownAt(v *page.Request, day string, now time.Time) time.Time {
	if at, err := time.ParseInLocation(time.DateOnly, day, v.Company.Location); err == nil {
		return at.Add(12 * time.Hour)
	}
	return now
}

// Calendar fills the weeks that a page shows: every day with its state in words, free ones as links.
func (s *Times) Calendar(view *pages.DatetimePage, v *page.Request, open opening) {
	view.MonthTitle = months(v, open.first, open.today)
	if first, ok := open.before(); ok {
		view.Previous = turnLink(v, first, open.today)
	}
	if first, ok := open.after(); ok {
		view.Next = turnLink(v, first, open.today)
	}
	for _, w := range v.Text.Weekdays() {
		view.Weekdays = append(view.Weekdays, pages.Weekday{Short: w.Short, Full: w.Full})
	}
	for week := range weeksShown {
		row := make([]pages.Day, daysOfWeek)
		for i := range row {
			row[i] = day(v, open.first.AddDate(0, 0, week*daysOfWeek+i), open)
		}
		view.Weeks = append(view.Weeks, row)
	}
}

// months names the months of the page of the calendar that begins with a day, as far as they are not over.
func months(v *page.Request, first, today time.Time) string {
	return v.Text.Months(page.Later(first, today), first.AddDate(0, 0, daysShown-1))
}

// turnLink leads to the page of the calendar that begins with a day.
func turnLink(v *page.Request, first, today time.Time) *layout.Link {
	choices := v.Choices
	choices.Date, choices.Slot = "", time.Time{}
	return &layout.Link{
		Title: months(v, first, today), URL: urls.With(v.URL(flow.Datetime, choices), urls.QueryFrom+"="+page.Later(first, today).Format(time.DateOnly)),
	}
}

func day(v *page.Request, d time.Time, open opening) pages.Day {
	iso := d.Format(time.DateOnly)
	out := pages.Day{Date: iso, Number: v.Text.Number(d.Day()), Today: d.Equal(open.today), Selected: iso == open.Day}
	if d.Day() == 1 {
		out.Month = v.Text.MonthShort(d)
	}
	switch {
	case d.Before(open.today) && !slices.Contains(open.dates.Free, iso):
		out.State = "past"
	case slices.Contains(open.dates.Free, iso):
		out.State = "free"
		choices := v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: iso})
		out.URL = v.URL(flow.Datetime, choices)
	case slices.Contains(open.dates.Working, iso):
		out.State = "full"
	default:
		out.State = "closed"
	}
	out.Label = v.Text.Date(d)
	if out.Today {
		out.Label += ", " + v.Text.T("today")
	}
	out.Label += ", " + v.Text.T("widget.day."+out.State)
	return out
}

// Parts of the day, by the hour in which they begin.
const (
	noon    = 12
	evening = 17
)

// DaySlots fills the free times of the open day, grouped by part of day.
func (s *Times) DaySlots(view *pages.DatetimePage, v *page.Request, day string, offered []catalog.Slot, suggested flow.Choices) {
	date, err := time.ParseInLocation(time.DateOnly, day, v.Company.Location)
	if err != nil {
		return
	}
	date = date.Add(12 * time.Hour)
	view.DayTitle = v.Text.Date(date)
	who := s.SlotWho(v)
	ambiguous, urlAt := ambiguous(offered), urlAt(v, offered)
	groups := []pages.SlotGroup{
		{Title: v.Text.T("time.the_part_of_day.morning")},
		{Title: v.Text.T("time.the_part_of_day.day")},
		{Title: v.Text.T("time.the_part_of_day.evening")},
	}
	night := map[string]*pages.SlotGroup{}
	for _, slot := range offered {
		group, date := &groups[0], slot.Start.Format(time.DateOnly)
		switch h := slot.Start.Hour(); {
		case date > day:
			if night[date] == nil {
				night[date] = &pages.SlotGroup{Title: v.Text.Date(slot.Start)}
			}
			group = night[date]
		case h >= evening:
			group = &groups[2]
		case h >= noon:
			group = &groups[1]
		}
		clock := v.Text.Time(slot.Start)
		if ambiguous[slot.Start.Format(time.TimeOnly)] {
			clock += " (" + utcOffset(slot.Start) + ")"
		}
		on := view.DayTitle
		if date != day {
			on = v.Text.Date(slot.Start)
		}
		group.Slots = append(group.Slots, pages.Slot{
			ISO: slot.Start.Format(time.RFC3339), Time: clock, Label: pages.Join(", ", on, clock, who),
			URL: urlAt(slot.Start), Selected: slot.Start.Equal(suggested.Slot),
		})
	}
	for _, date := range slices.Sorted(maps.Keys(night)) {
		groups = append(groups, *night[date])
	}
	for _, group := range groups {
		if len(group.Slots) > 0 {
			view.Groups = append(view.Groups, group)
		}
	}
}

// urlAt makes the addresses that choose one of the times of a day. They differ in the time only, so
// the journey is asked once.
func urlAt(v *page.Request, offered []catalog.Slot) func(time.Time) string {
	if len(offered) == 0 {
		return nil
	}
	first := offered[0].Start
	u := v.Next(v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Slot: first}))
	before, after, _ := strings.Cut(u, flow.EncodeSlot(first))
	return func(at time.Time) string { return before + flow.EncodeSlot(at) + after }
}

// ambiguous are the local times at which more than one slot begins, "15:04:05": those in the hour that comes again when
// summer time ends.
func ambiguous(offered []catalog.Slot) map[string]bool {
	zones, out := map[string]int{}, map[string]bool{}
	for _, slot := range offered {
		local := slot.Start.Format(time.TimeOnly)
		_, zone := slot.Start.Zone()
		if before, seen := zones[local]; seen && before != zone {
			out[local] = true
		}
		zones[local] = zone
	}
	return out
}

// SlotWho is what names a slot in full beside its time, for whoever does not see the page around it.
func (s *Times) SlotWho(v *page.Request) string {
	master := ""
	if v.Master != nil {
		master = v.Master.Name
	}
	return pages.Join(", ", master, s.Pages.Price(v))
}

// OfferFirstFree says why there are no slots and where the nearest are: near the open day, or, when none is open,
// from today on. Days that are known to be of no use are not offered.
func (s *Times) OfferFirstFree(c *fiber.Ctx, view *pages.DatetimePage, v *page.Request, day string, filter catalog.Filter, useless ...string) error {
	all, err := s.days(c, v, filter)
	if err != nil {
		return err
	}
	free := all.Free
	view.EmptyText = v.Text.T("widget.datetime.choose_day")
	if day != "" {
		view.EmptyText = v.Text.T("master.no_record_new")
		free = all.Near(day)
	}
	first := slices.IndexFunc(free, func(d string) bool { return !slices.Contains(useless, d) })
	if first < 0 {
		view.EmptyText = v.Text.T("widget.datetime.none")
		return nil
	}
	date, err := time.Parse(time.DateOnly, free[first])
	if err != nil {
		return err
	}
	view.FirstFree = &layout.Link{
		Title: v.Text.T("widget.datetime.first_free", "day", v.Text.Date(date)),
		URL:   v.URL(flow.Datetime, v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: free[first]})),
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
