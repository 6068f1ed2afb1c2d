package app

import (
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// zoneMoments are instants around which a salon's day is another than the server's, or its clock changes, by the
// salon's own clock; "" is the instant at which all tests begin.
var zoneMoments = map[string][]string{
	"Europe/Riga":        {"", "2027-03-27 23:50", "2027-03-28 00:30", "2027-10-30 23:50", "2027-10-31 02:59"},
	"Australia/Adelaide": {"", "2026-10-03 23:50", "2026-10-04 00:30", "2027-04-03 23:50", "2027-04-04 02:10"}, // half an hour, south
	"America/St_Johns":   {"", "2027-03-13 23:50", "2027-03-14 00:30", "2027-11-06 23:50", "2027-11-07 00:30"}, // half an hour, west
	"Asia/Kolkata":       {"", "2026-12-31 23:50", "2027-01-01 00:05", "2028-02-28 23:50", "2028-02-29 00:30"},
	"Pacific/Auckland":   {"", "2026-09-26 23:50", "2026-09-27 00:30", "2026-12-31 23:50", "2027-04-03 23:50"},
}

// TestEveryZone books, moves and cancels a visit where the salon lives in a zone and it is a moment there. All times
// are those of the salon's clock, and none is past.
func TestEveryZone(t *testing.T) {
	t.Parallel()
	for name, moments := range zoneMoments {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, moment := range moments {
			clock := testclock.Running()
			if moment != "" {
				at, err := time.ParseInLocation("2006-01-02 15:04", moment, zone)
				if err != nil {
					t.Fatal(err)
				}
				clock = testclock.RunningFrom(at.UTC())
			}
			t.Run(name+" "+clock.Now().In(zone).Format("2006-01-02 15:04"), func(t *testing.T) {
				t.Parallel()
				r := newRigIn(t, name, clock.Now)
				r.lookAtTimes(r.to(r.get("/b/1?lang=en"), "datetime"), zone)
				visit := r.visitOf("1")
				r.standsAt(visit, zone)
				if moved := r.move(visit); moved.step() != "record" {
					t.Fatalf("moving leads to step %q: %s", moved.step(), moved.Find("main").Text())
				}
				moved := r.get(visit.url.String())
				r.standsAt(moved, zone)
				if gone := r.send(r.press(moved, "main a[data-cancel]"), nil); gone.step() != "cancelled" || !r.latest().Deleted {
					t.Errorf("cancelling leads to step %q", gone.step())
				}
				r.standsAt(r.visitOf("22"), zone) // a group event
			})
		}
	}
}

// lookAtTimes looks at all times and days of a page.
func (r *rig) lookAtTimes(p page, zone *time.Location) {
	r.t.Helper()
	now := r.now().In(zone)
	iso, shown := slotsOf(p)
	if len(iso) == 0 {
		r.t.Errorf("no times on the first page of times: %s", p.Find("main").Text())
	}
	for i := range iso {
		at, err := time.Parse(time.RFC3339, iso[i])
		if err != nil {
			r.t.Errorf("data-slot = %q: %v", iso[i], err)
			continue
		}
		local := at.In(zone)
		if local.Format(time.RFC3339) != iso[i] || !strings.HasPrefix(shown[i], local.Format("15:04")) || !at.After(now) {
			r.t.Errorf("at %v a time is %s, shown as %s; on the salon's clock it is %s", now, iso[i], shown[i], local.Format(time.RFC3339))
		}
	}
	for _, day := range p.Find("main a[data-date]").EachIter() {
		if date := day.AttrOr("data-date", ""); date < now.Format(time.DateOnly) {
			r.t.Errorf("at %v the past day %s is a link", now, date)
		}
	}
}

// standsAt compares the time on a visit's page with the one that the salon has.
func (r *rig) standsAt(p page, zone *time.Location) {
	r.t.Helper()
	want := r.latest().Start.In(zone)
	if got := p.Find("main time").First().AttrOr("datetime", ""); got != want.Format(time.RFC3339) && got != want.Format("2006-01-02T15:04:05-07:00") {
		r.t.Errorf("the visit's page says %q, the salon %q", got, want.Format(time.RFC3339))
	}
	if text := p.Find("main").Text(); !strings.Contains(text, want.Format("15:04")) {
		r.t.Errorf("the visit's page does not say %s: %s", want.Format("15:04"), text)
	}
}
