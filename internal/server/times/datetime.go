package times

import (
	"context"
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

// SetTitle begins the title of a page with what the customer has asked it for, because a screen reader says the title first:
// the day whose times are shown, and whose they are. A page whose calendar has been turned names the months.
func SetTitle(c *fiber.Ctx, view *pages.DatetimePage, dayAsked bool, who string) {
	day, shown := "", ""
	if TurnedTo(c) != "" {
		dayAsked, shown = true, view.MonthTitle
	}
	if dayAsked {
		day = view.DayTitle
	}
	view.Title = pages.Join(", ", day, who, view.Title, shown)
}

// Yours is the sentence that tells a customer in another zone the time of the own clock. The browser knows both times and puts
// them in; nothing where nobody can tell them.
func Yours(v *page.Request) string {
	if v.Company.Unzoned() {
		return ""
	}
	return v.Text.T("widget.datetime.yours", "salon", "{salon}", "yours", "{yours}")
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

// Calendar fills the strip of days and the whole calendar below it: every day with its state in words, free ones as links.
func (s *Times) Calendar(c *fiber.Ctx, view *pages.DatetimePage, v *page.Request, open opening) {
	strip(view, v, open)
	view.WholeText, view.WholeOpen = v.Text.T("widget.calendar.whole"), c.Query(urls.QueryCalendar) != ""
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
			row[i] = day(v, open.first.AddDate(0, 0, week*daysOfWeek+i), open, v.Text.DayMonth)
		}
		view.Weeks = append(view.Weeks, row)
	}
}

// strip fills the days above the times. The month is named where it begins.
func strip(view *pages.DatetimePage, v *page.Request, open opening) {
	view.Strip = StripOf(v, open.strip, func(at time.Time) pages.Day { return day(v, at, open, v.Text.Date) })
	if first, ok := open.stripBefore(); ok {
		view.Sooner = stripLink(v, first)
	}
	if first, ok := open.stripAfter(); ok {
		view.Later = stripLink(v, first)
	}
}

// StripOf returns the days of the strip that begins with a day. Each is what describe says, with its weekday, and with its month
// where this begins.
func StripOf(v *page.Request, first time.Time, describe func(time.Time) pages.Day) []pages.Day {
	names := map[time.Weekday]string{}
	for _, w := range v.Text.Weekdays() {
		names[w.Day] = w.Short
	}
	out := make([]pages.Day, daysOfStrip)
	for i := range out {
		at := first.AddDate(0, 0, i)
		out[i] = describe(at)
		if out[i].Weekday = names[at.Weekday()]; i == 0 || at.Day() == 1 {
			out[i].Month = v.Text.MonthShort(at)
		}
	}
	return out
}

// stripLink leads to the strip that begins with a day.
func stripLink(v *page.Request, first time.Time) *layout.Link {
	return &layout.Link{
		Title: v.Text.DateShort(first) + " – " + v.Text.DateShort(first.AddDate(0, 0, daysOfStrip-1)), URL: fromURL(v, first),
	}
}

// fromURL is the address of the page that begins with a day. It opens the first free day from there on.
func fromURL(v *page.Request, first time.Time, query ...string) string {
	choices := v.Choices
	choices.Date, choices.Slot = "", time.Time{}
	return urls.With(v.URL(flow.Datetime, choices), append([]string{urls.QueryFrom + "=" + first.Format(time.DateOnly)}, query...)...)
}

// months names the months of the page of the calendar that begins with a day, as far as they are not over.
func months(v *page.Request, first, today time.Time) string {
	return v.Text.Months(page.Later(first, today), first.AddDate(0, 0, daysShown-1))
}

// turnLink leads to the page of the calendar that begins with a day.
func turnLink(v *page.Request, first, today time.Time) *layout.Link {
	return &layout.Link{Title: months(v, first, today), URL: fromURL(v, page.Later(first, today), urls.QueryCalendar+"=1")}
}

// day describes a day, whose name a caller writes with the weekday or without.
func day(v *page.Request, d time.Time, open opening, name func(time.Time) string) pages.Day {
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
	out.Label = name(d)
	if out.Today {
		out.Label += ", " + v.Text.T("today")
	}
	out.Label += ", " + v.Text.T("widget.day."+out.State)
	return out
}

// Parts of the day, by the hour in which they begin.
const (
	Noon    = 12
	Evening = 17
)

// DayTitle returns the name of a day, "" when it is none.
func DayTitle(v *page.Request, day string) string {
	date, err := time.ParseInLocation(time.DateOnly, day, v.Company.Location)
	if err != nil {
		return ""
	}
	return v.Text.Date(date.Add(12 * time.Hour))
}

// DaySlots fills the free times of the open day, grouped by part of day. Each leads to the address that lead has for the choices
// with this time.
func (s *Times) DaySlots(view *pages.DatetimePage, v *page.Request, day string, offered []catalog.Slot, suggested flow.Choices, lead func(flow.Choices) string) {
	if view.DayTitle = DayTitle(v, day); view.DayTitle == "" {
		return
	}
	who := slotMaster(v)
	clock, urlAt := Clock(v, offered), urlAt(v, offered, lead)
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
		case h >= Evening:
			group = &groups[2]
		case h >= Noon:
			group = &groups[1]
		}
		clock := clock(slot.Start)
		on := view.DayTitle
		if date != day {
			on = v.Text.Date(slot.Start)
		}
		group.Slots = append(group.Slots, pages.Slot{
			ISO: slot.Start.Format(time.RFC3339), Time: clock, Label: pages.Join(", ", clock, on, who),
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

// What a page shows of other days beside the open one, where there is room.
const (
	columns       = 5
	slotsOfColumn = 5
)

// Week fills the columns of other free days of the strip with their first times, one day after another without a gap. It costs no
// call: a day whose times are not cached has a link that shows them.
func (s *Times) Week(ctx context.Context, view *pages.DatetimePage, v *page.Request, open opening, filter catalog.Filter, lead func(flow.Choices) string) {
	who, cached := slotMaster(v), false
	for _, d := range beside(view.Strip, open.Day) {
		at, ok := civil(d.Date)
		if !ok {
			continue
		}
		column := pages.Column{Date: d.Date, Title: pages.Join(" ", d.Weekday, v.Text.DateShort(at)), URL: d.URL, More: v.Text.T("widget.datetime.show")}
		if known, ok := s.Catalog.CachedSlots(ctx, v.Company, d.Date, filter); ok {
			cached, column.More = true, ""
			offered := v.Offers(known)
			if len(offered) == 0 {
				continue // it has filled up
			}
			urlAt := urlAt(v, offered, lead)
			for _, slot := range offered[:min(len(offered), slotsOfColumn)] {
				clock := v.Text.Time(slot.Start)
				column.Slots = append(column.Slots, pages.Slot{
					ISO: slot.Start.Format(time.RFC3339), Time: clock, Label: pages.Join(", ", clock, v.Text.Date(slot.Start), who), URL: urlAt(slot.Start),
				})
			}
			if more := len(offered) - len(column.Slots); more > 0 {
				column.More = "+" + v.Text.Number(more)
			}
		}
		view.Week = append(view.Week, column)
	}
	if !cached {
		view.Week = nil // the strip says as much
	}
}

// beside returns the free days of a strip that stand beside the open one: those that follow it and, where they are too few, those
// before.
func beside(strip []pages.Day, open string) []pages.Day {
	free := slices.DeleteFunc(slices.Clone(strip), func(d pages.Day) bool { return d.URL == "" || d.Date == open })
	first := slices.IndexFunc(free, func(d pages.Day) bool { return d.Date > open })
	if first < 0 {
		first = len(free)
	}
	first = max(0, min(first, len(free)-columns))
	return free[first:min(len(free), first+columns)]
}

// urlAt makes the addresses that choose one of the times of a day. They differ in the time only, so
// the journey is asked once.
func urlAt(v *page.Request, offered []catalog.Slot, lead func(flow.Choices) string) func(time.Time) string {
	if len(offered) == 0 {
		return nil
	}
	first := offered[0].Start
	u := lead(v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Slot: first}))
	before, after, _ := strings.Cut(u, flow.EncodeSlot(first))
	return func(at time.Time) string { return before + flow.EncodeSlot(at) + after }
}

// Clock returns a function that writes the times of some slots. Those that the salon's clock shows twice have their offset.
func Clock(v *page.Request, offered []catalog.Slot) func(time.Time) string {
	ambiguous := ambiguous(offered)
	return func(at time.Time) string {
		if ambiguous[at.Format(time.TimeOnly)] {
			return v.Text.Time(at) + " (" + utcOffset(at) + ")"
		}
		return v.Text.Time(at)
	}
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

// slotMaster is the name that a time of the page of datetime has to say: whose it is, where the master has to be chosen and the
// customer may not have chosen yet.
func slotMaster(v *page.Request) string {
	if v.Page != urls.Datetime || v.Master == nil || v.Company.AnyMaster || !v.Journey.SharesPage() {
		return ""
	}
	return v.Master.Name
}

// SlotWho is what names a slot in full beside its time, for whoever does not see the page around it.
func (s *Times) SlotWho(v *page.Request) string {
	master := ""
	if v.Master != nil {
		master = v.Master.Name
	}
	return pages.Join(", ", master, s.Pages.Price(v))
}

// freeDays is how many free days are offered where the open day has no times.
const freeDays = 3

// OfferFreeDays says why there are no slots and which days are free next: later than the open day or, when none is open, from the
// day on that the calendar is turned to. Only where none is later the last one before is offered, as such. Days that are known to
// be of no use are not offered.
func (s *Times) OfferFreeDays(c *fiber.Ctx, view *pages.DatetimePage, v *page.Request, day string, filter catalog.Filter, useless ...string) error {
	all, err := s.days(c, v, filter)
	if err != nil {
		return err
	}
	next, last := freeDaysAround(all, day, TurnedTo(c), useless)
	switch {
	case len(next) == 0 && last == "":
		view.EmptyText = v.Text.T("widget.datetime.none")
		return nil
	case day == "":
		view.EmptyText = v.Text.T("widget.datetime.choose_day")
	default:
		view.EmptyText = v.Text.T("widget.datetime.empty_day")
	}
	offer := func(day, key string) {
		at, ok := civil(day)
		if !ok {
			return
		}
		title := v.Text.Date(at)
		if key != "" {
			title = v.Text.T(key, "day", title)
		}
		view.Instead = append(view.Instead, layout.Link{Title: title, URL: v.URL(flow.Datetime, v.Journey.Set(flow.Datetime, v.Choices, flow.Choice{Date: day}))})
	}
	for i, day := range next {
		key := ""
		if i == 0 {
			key = "widget.datetime.first_free"
		}
		offer(day, key)
	}
	if len(next) == 0 {
		offer(last, "widget.datetime.last_free")
	}
	return nil
}

// freeDaysAround returns the first free days after the open one or, when none is open, from a day on; and the last one before
// that, "" when there is none.
func freeDaysAround(all catalog.Dates, open, from string, useless []string) (next []string, last string) {
	all.Free = slices.DeleteFunc(slices.Clone(all.Free), func(d string) bool { return slices.Contains(useless, d) })
	if open != "" {
		next, last = all.FreeAfter(open), all.FreeBefore(open)
	} else {
		last = all.FreeBefore(from)
		next = all.Free[slices.Index(all.Free, last)+1:]
	}
	return next[:min(len(next), freeDays)], last
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
