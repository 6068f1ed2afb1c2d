package times

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
)

// What a page of the calendar shows, and what the strip above the times does.
const (
	daysOfWeek  = 7
	weeksShown  = 5
	daysShown   = weeksShown * daysOfWeek
	daysOfStrip = 2 * daysOfWeek
)

// monthLayout is the layout of urls.QueryMonth. The arrows of the strip and of the calendar have urls.QueryFrom, which turns to
// the page of a day; those of the calendar have urls.QueryCalendar too, which leaves the calendar unfolded. Older links have
// QueryMonth, which turns to a month. The first free day from there on is opened.
const monthLayout = "2006-01"

// opening is the state of the calendar and of the strip: the five weeks of a page, the fourteen days of the strip, and the day
// whose times are open. The first page of the calendar begins with this week, the first strip with today, or with yesterday
// while its last times are still to come. Pages follow one another without a gap. A day of the salon's calendar is kept as
// noon in UTC, because no clock changes there.
type opening struct {
	today time.Time
	// earliest is the first day that can be opened, YYYY-MM-DD: yesterday while its last times are still to come.
	earliest string
	week     time.Time // the first day of this week
	first    time.Time // the first day of the page of the calendar
	strip    time.Time // the first day of the strip
	Day      string    // the day whose times are shown; "" = none
	Err      error     // why its times are not known, where they were asked for in vain
	dates    catalog.Dates
}

// civil returns a day as noon in UTC.
func civil(day string) (time.Time, bool) {
	at, err := time.Parse(time.DateOnly, day)
	return at.Add(12 * time.Hour), err == nil
}

// newOpening returns the calendar's first page; now is by the salon's clock, begins is the first day of a week.
func newOpening(now time.Time, begins time.Weekday, dates catalog.Dates) opening {
	today := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.UTC)
	week := today.AddDate(0, 0, -(int(today.Weekday())-int(begins)+daysOfWeek)%daysOfWeek)
	return opening{today: today, week: week, first: week, strip: today, dates: dates}
}

// begins returns the first day of the first strip.
func (o opening) begins() time.Time {
	if first, ok := civil(o.earliest); ok && first.Before(o.today) && slices.Contains(o.dates.Free, o.earliest) {
		return first
	}
	return o.today
}

// pageOf returns the first day of the page of the calendar that a day is on. A past or malformed day is on the first page.
func (o opening) pageOf(iso string) time.Time { return pageFrom(o.week, iso, daysShown) }

// stripOf returns the first day of the strip that a day is on.
func (o opening) stripOf(iso string) time.Time { return pageFrom(o.begins(), iso, daysOfStrip) }

// pageFrom returns the first day of the page that a day is on, where the first page begins with a day and each has so many.
func pageFrom(begins time.Time, iso string, size int) time.Time {
	at, ok := civil(iso)
	if !ok || at.Before(begins) {
		return begins
	}
	const day = 24 * 60 * 60 // in seconds; a time.Duration ends after three centuries
	days := int((at.Unix() - begins.Unix()) / day)
	return begins.AddDate(0, 0, days-days%size)
}

// end returns the first day after the page.
func (o opening) end() time.Time { return o.first.AddDate(0, 0, daysShown) }

// after returns the first day of the next page with a free day; false after the last known free day.
func (o opening) after() (time.Time, bool) {
	free := o.dates.FreeFrom(o.end().Format(time.DateOnly))
	return o.pageOf(free), free != ""
}

// before returns the first day of the last page with a free day before this page; false when there is none.
func (o opening) before() (time.Time, bool) {
	free := o.dates.FreeBefore(o.first.Format(time.DateOnly))
	return o.pageOf(free), free != ""
}

// PageOf returns the first day of the page that a day is on, where pages of so many days follow one another from today on.
func PageOf(now time.Time, iso string, size int) time.Time {
	return pageFrom(time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.UTC), iso, size)
}

// stripAfter returns the first day of the next strip with a free day; false after the last known free day.
func (o opening) stripAfter() (time.Time, bool) {
	free := o.dates.FreeFrom(o.strip.AddDate(0, 0, daysOfStrip).Format(time.DateOnly))
	return o.stripOf(free), free != ""
}

// stripBefore returns the first day of the last strip with a free day before this one; false when there is none.
func (o opening) stripBefore() (time.Time, bool) {
	free := o.dates.FreeBefore(o.strip.Format(time.DateOnly))
	return o.stripOf(free), free != ""
}

// TurnedTo returns the day that a request turns the calendar to, "" when it turns it nowhere.
func TurnedTo(c *fiber.Ctx) string {
	if from := input.PlainDay(c.Query(urls.QueryFrom), time.DateOnly); from != "" {
		return from
	}
	if month := input.PlainDay(c.Query(urls.QueryMonth), monthLayout); month != "" {
		return month + "-01"
	}
	return ""
}

// OpenDays returns the state of the calendar for a request. It opens the given day, else the first free day from the day that
// the calendar is turned to, or from today. When the calendar is turned past the last free day, it shows that day's page.
// The function useful removes the times that the caller does not want; nil keeps all.
func (s *Times) OpenDays(c *fiber.Ctx, v *page.Request, day string, filter catalog.Filter, useful func([]catalog.Slot) []catalog.Slot) (opening, error) {
	dates, err := s.days(c, v, filter)
	if err != nil {
		return opening{}, err
	}
	open := newOpening(s.Now().In(v.Company.Location), v.Text.Weekdays()[0].Day, dates)
	open.earliest = s.Catalog.FirstDay(v.Company)
	if _, ok := civil(day); !ok || day < open.earliest {
		day = ""
	}
	from := TurnedTo(c)
	switch {
	case from != "":
		if dates.FreeFrom(from) == "" {
			from = open.pageOf(dates.FreeBefore(from)).Format(time.DateOnly)
		}
	case day != "":
		from = day
	}
	if open.Day = day; day == "" {
		free, known, err := s.firstFree(c, v, from, filter, useful)
		if err != nil && (free == "" || catalog.ProblemOf(err) != catalog.ProblemBusy) {
			return opening{}, err
		}
		if from, open.Err = free, err; known || err != nil {
			open.Day = free
		}
		// The catalogue now knows that some days of dates have no time left.
		if open.dates, err = s.days(c, v, filter); err != nil {
			return opening{}, err
		}
	}
	open.first, open.strip = open.pageOf(from), open.stripOf(from)
	return open, nil
}

// SameDay returns the day of the last finished appointment of an order, if something is free on it: mostly the next one is for
// the same day. It costs no call that the calendar does not.
func (s *Times) SameDay(c *fiber.Ctx, v *page.Request, filter catalog.Filter) string {
	if len(v.Basket) == 0 {
		return ""
	}
	day := v.Basket[len(v.Basket)-1].Start.Format(time.DateOnly)
	if dates, err := s.days(c, v, filter); err != nil || !slices.Contains(dates.Free, day) {
		return ""
	}
	return day
}

// fullDays is how many days firstFree tries. A day may have filled up since the list of free days was asked for.
const fullDays = 3

// firstFree returns the first day from a day on that still has a time. While calls are scarce, the day's times may not be
// known; known is false then, and the customer chooses the day.
func (s *Times) firstFree(c *fiber.Ctx, v *page.Request, from string, filter catalog.Filter, useful func([]catalog.Slot) []catalog.Slot) (day string, known bool, err error) {
	for range fullDays {
		dates, err := s.days(c, v, filter)
		if err != nil {
			return day, false, err
		}
		free := dates.FreeFrom(from)
		if free == "" {
			break
		}
		day = free
		var offered []catalog.Slot
		if s.Catalog.Scarce() {
			if offered, known = s.Catalog.KnownSlots(c.UserContext(), v.Company, day, filter); !known {
				return day, false, nil
			}
		} else if offered, err = s.Catalog.Slots(c.UserContext(), v.Company, day, filter); err != nil {
			return day, false, err
		}
		if useful != nil {
			offered = useful(offered)
		}
		if len(offered) > 0 {
			break
		}
		next, _ := civil(day) // the upstream's days are days
		from = next.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	return day, day != "", nil
}
