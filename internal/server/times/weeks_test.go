package times

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"okoshko/internal/catalog"
	"okoshko/web/templates/pages"
)

func TestPagesOfTheCalendar(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, time.November, 29, 23, 50, 0, 0, time.FixedZone("", 3*60*60))
	for _, tt := range []struct {
		begins time.Weekday
		day    string
		want   string
	}{
		{time.Monday, "2026-11-29", "2026-11-23"},
		{time.Monday, "2026-12-27", "2026-11-23"},
		{time.Monday, "2026-12-28", "2026-12-28"},
		{time.Monday, "2027-02-01", "2027-02-01"},
		{time.Monday, "2026-11-22", "2026-11-23"}, // over
		{time.Monday, "", "2026-11-23"},
		{time.Monday, "soon", "2026-11-23"},
		{time.Sunday, "2026-11-29", "2026-11-29"},
		{time.Sunday, "2027-01-02", "2026-11-29"},
		{time.Sunday, "2027-01-03", "2027-01-03"},
		{time.Saturday, "2026-11-29", "2026-11-28"},
	} {
		if got := newOpening(sunday, tt.begins, catalog.Dates{}).pageOf(tt.day).Format(time.DateOnly); got != tt.want {
			t.Errorf("pageOf(%q), weeks from %s = %s, want %s", tt.day, tt.begins, got, tt.want)
		}
	}
}

// TestPagesTakeEveryDay: whatever the moment and the zone, a day that is to come is on exactly one page, and pages follow
// one another by five weeks.
func TestPagesTakeEveryDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-12*60, 14*60).Draw(t, "offset in minutes")*60)
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0).In(zone)
		open := newOpening(now, time.Weekday(rapid.IntRange(0, 6).Draw(t, "week begins")), catalog.Dates{})
		if open.today.Format(time.DateOnly) != now.Format(time.DateOnly) || open.week.After(open.today) || !open.week.AddDate(0, 0, 7).After(open.today) {
			t.Fatalf("at %s today is %s, in the week from %s", now, open.today, open.week)
		}
		day := open.today.AddDate(0, 0, rapid.IntRange(0, 4000).Draw(t, "days ahead"))
		open.first = open.pageOf(day.Format(time.DateOnly))
		if open.first.After(day) || !open.end().After(day) || open.first.Weekday() != open.week.Weekday() {
			t.Fatalf("%s is on the page from %s to %s", day, open.first, open.end())
		}
		if next := open.pageOf(open.end().Format(time.DateOnly)); !next.Equal(open.end()) {
			t.Fatalf("the page after %s begins with %s", open.end(), next)
		}
	})
}

// TestStripsTakeEveryDay: strips follow one another by two weeks from today on, or from yesterday while it has times; they lead to
// one another over strips without a free day, and never past the last one.
func TestStripsTakeEveryDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-12*60, 14*60).Draw(t, "offset in minutes")*60)
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0).In(zone)
		open := newOpening(now, time.Monday, catalog.Dates{})
		iso := func(days int) string { return open.today.AddDate(0, 0, days).Format(time.DateOnly) }
		earliest := rapid.IntRange(-1, 0).Draw(t, "earliest")
		ahead := rapid.SliceOfNDistinct(rapid.IntRange(earliest, 500), 1, 30, rapid.ID).Draw(t, "free days")
		slices.Sort(ahead)
		for _, days := range ahead {
			open.dates.Free = append(open.dates.Free, iso(days))
		}
		open.earliest = iso(earliest)
		if first := open.begins().Format(time.DateOnly); first != iso(0) && (first != open.earliest || ahead[0] != -1) {
			t.Fatalf("on %s with %v free the first strip begins with %s", iso(0), open.dates.Free, first)
		}
		var seen []string
		open.strip = open.stripOf(open.dates.FreeFrom(open.begins().Format(time.DateOnly)))
		for more := true; more; {
			end := open.strip.AddDate(0, 0, 14).Format(time.DateOnly)
			found := len(seen)
			for _, day := range open.dates.Free {
				if day >= open.strip.Format(time.DateOnly) && day < end {
					seen = append(seen, day)
				}
			}
			if _, ok := open.stripBefore(); ok != (found > 0) {
				t.Fatalf("a way back from %s: %v, after %d free days", open.strip, ok, found)
			}
			if len(seen) == found && open.dates.FreeFrom(open.begins().Format(time.DateOnly)) != "" {
				t.Fatalf("the strip from %s has no free day", open.strip)
			}
			var next time.Time
			if next, more = open.stripAfter(); more {
				open.strip = next
			}
		}
		if !slices.Equal(seen, open.dates.Free) {
			t.Fatalf("the strips show %v of %v", seen, open.dates.Free)
		}
	})
}

// TestFreeDaysAround: the days that are offered where there are no times are later ones; the last one before is known too.
func TestFreeDaysAround(t *testing.T) {
	t.Parallel()
	all := catalog.Dates{Free: []string{"2026-12-01", "2026-12-03", "2026-12-04", "2026-12-05", "2026-12-23"}}
	for _, tt := range []struct {
		open, from, useless string
		next                []string
		last                string
	}{
		{open: "2026-12-02", next: []string{"2026-12-03", "2026-12-04", "2026-12-05"}, last: "2026-12-01"},
		{open: "2026-12-03", next: []string{"2026-12-04", "2026-12-05", "2026-12-23"}, last: "2026-12-01"}, // it has filled up
		{open: "2026-12-02", useless: "2026-12-03", next: []string{"2026-12-04", "2026-12-05", "2026-12-23"}, last: "2026-12-01"},
		{open: "2026-12-22", next: []string{"2026-12-23"}, last: "2026-12-05"},
		{open: "2027-03-01", last: "2026-12-23"},
		{open: "2026-11-30", next: []string{"2026-12-01", "2026-12-03", "2026-12-04"}},
		{next: []string{"2026-12-01", "2026-12-03", "2026-12-04"}},
		{from: "2026-12-05", next: []string{"2026-12-05", "2026-12-23"}, last: "2026-12-04"},
	} {
		next, last := freeDaysAround(all, tt.open, tt.from, []string{tt.useless})
		if !slices.Equal(next, tt.next) || last != tt.last {
			t.Errorf("open %q, from %q: next %v, last %q; want %v, %q", tt.open, tt.from, next, last, tt.next, tt.last)
		}
	}
}

// TestBesideTheOpenDay: the columns are free days one after another, from the open one on, so that no free day is passed over.
func TestBesideTheOpenDay(t *testing.T) {
	t.Parallel()
	strip := make([]pages.Day, 0, daysOfStrip)
	for _, d := range []string{"01", "02", "03-", "04", "05", "06", "07", "08-", "09", "10", "11"} {
		day := pages.Day{Date: "2026-12-" + d[:2]}
		if len(d) == 2 {
			day.URL = "/" + d
		}
		strip = append(strip, day)
	}
	for open, want := range map[string]string{
		"2026-12-01": "02 04 05 06 07", "2026-12-02": "04 05 06 07 09", "2026-12-03": "04 05 06 07 09",
		"2026-12-07": "05 06 09 10 11", "2026-12-11": "05 06 07 09 10",
	} {
		var got []string
		for _, d := range beside(strip, open) {
			got = append(got, d.Date[8:])
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("beside %s stand %v, want %s", open, got, want)
		}
	}
	if got := beside(strip[:4], "2026-12-02"); len(got) != 2 {
		t.Errorf("of three free days %d stand beside the open one", len(got))
	}
}
