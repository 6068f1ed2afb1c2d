package times

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
)

// What a page of the calendar shows.
const (
	daysOfWeek = 7
	weeksShown = 5
	daysShown  = weeksShown * daysOfWeek
)

// monthLayout is a month as QueryMonth has it. QueryFrom turns the calendar to the page of a day, which is what its arrows
// do; QueryMonth turns it to a month, as older links do. The page opens the first free day from there on.
const monthLayout = "2006-01"

// opening is what the calendar shows: five weeks, and the times of one day. Pages of the calendar follow one another
// without a gap from the first day of this week on. Days are those of the salon's calendar, written as noon in UTC,
// where no clock ever changes.
type opening struct {
	today time.Time
	// earliest is the first day that can be opened, YYYY-MM-DD: yesterday while its last times are still to come.
	earliest string
	week     time.Time // the first day of this week
	first    time.Time // the first day that is shown
	Day      string    // the day whose times are shown; "" = none
	dates    catalog.Dates
}

// civil is a day as the calendar counts it.
func civil(day string) (time.Time, bool) {
	at, err := time.Parse(time.DateOnly, day)
	return at.Add(12 * time.Hour), err == nil
}

// newOpening is the calendar of a day, by the salon's clock, with weeks that begin on a weekday.
func newOpening(now time.Time, begins time.Weekday, dates catalog.Dates) opening {
	today := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.UTC)
	week := today.AddDate(0, 0, -(int(today.Weekday())-int(begins)+daysOfWeek)%daysOfWeek)
	return opening{today: today, week: week, first: week, dates: dates}
}

// requestOf is the first day of the page that a day is on; what is no day to come is on the first page.
func (o opening) pageOf(iso string) time.Time {
	at, ok := civil(iso)
	if !ok || at.Before(o.week) {
		return o.week
	}
	const day = 24 * 60 * 60 // in seconds; a time.Duration ends after three centuries
	days := int((at.Unix() - o.week.Unix()) / day)
	return o.week.AddDate(0, 0, days-days%daysShown)
}

// end is the first day after those that are shown.
func (o opening) end() time.Time { return o.first.AddDate(0, 0, daysShown) }

// after is the first day of the next page that has a free day. There is none after the last free day that is known.
func (o opening) after() (time.Time, bool) {
	free := o.dates.FreeFrom(o.end().Format(time.DateOnly))
	return o.pageOf(free), free != ""
}

// before is the first day of the last page before this one that has a free day.
func (o opening) before() (time.Time, bool) {
	free := o.dates.FreeBefore(o.first.Format(time.DateOnly))
	return o.pageOf(free), free != ""
}

// TurnedTo is the day that a request turns the calendar to, "" when it does not.
func TurnedTo(c *fiber.Ctx) string {
	if from := input.PlainDay(c.Query(urls.QueryFrom), time.DateOnly); from != "" {
		return from
	}
	if month := input.PlainDay(c.Query(urls.QueryMonth), monthLayout); month != "" {
		return month + "-01"
	}
	return ""
}

// OpenDays says what the calendar of a request shows: the times of the day that is asked for, else those of the first
// free day from where it is turned to, or from today on. Turned past the last free day, it shows that one's page.
// useful are the times of a day that are of use; nil = all.
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
		if err != nil {
			return opening{}, err
		}
		if from = free; known {
			open.Day = free
		}
		// Days that have turned out to have no time are among them no more.
		if open.dates, err = s.days(c, v, filter); err != nil {
			return opening{}, err
		}
	}
	open.first = open.pageOf(from)
	return open, nil
}

// fullDays is how many days that have filled up since they were asked for are passed over.
const fullDays = 3

// firstFree is the first day from a day on that still has a time. While calls are scarce, its times may not be known:
// the customer then chooses the day.
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
