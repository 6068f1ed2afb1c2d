package sandbox

import (
	"fmt"
	"time"
)

// date is a civil date: a day on a salon's wall calendar, without a zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

// parseDate accepts YYYY-MM-DD and nothing else.
func parseDate(s string) (date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return dateOf(t), nil
}

func (d date) String() string { return d.utc().Format(time.DateOnly) }

func (d date) utc() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

func (d date) add(days int) date { return dateOf(d.utc().AddDate(0, 0, days)) }

func (d date) before(other date) bool { return d.utc().Before(other.utc()) }

func (d date) weekday() time.Weekday { return d.utc().Weekday() }

// ordinal numbers days so that neighbours differ by one.
func (d date) ordinal() int { return int(d.utc().Unix() / 86400) }

// at is the instant when a wall clock in loc shows the given minute of the day.
// A minute that the clock skips (spring) gives an instant with another wall
// time; exact tells the two cases apart.
func (d date) at(minute int, loc *time.Location) (t time.Time, exact bool) {
	t = time.Date(d.year, d.month, d.day, 0, minute, 0, 0, loc)
	return t, dateOf(t) == d && t.Hour()*60+t.Minute() == minute
}

// grid lists the instants of the day at which a visit may start: every step
// minutes on the wall clock, counted from midnight. Skipped wall times are left
// out and repeated ones appear once, so the grid rises strictly.
func (d date) grid(step int, loc *time.Location) []time.Time {
	out := make([]time.Time, 0, minutesPerDay/step)
	for minute := 0; minute < minutesPerDay; minute += step {
		if t, exact := d.at(minute, loc); exact {
			out = append(out, t)
		}
	}
	return out
}

const minutesPerDay = 24 * 60
