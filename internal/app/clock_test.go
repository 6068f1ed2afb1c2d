package app

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// at is a clock that stands, so that a test can say what is past.
func at(t *testing.T, zone, value string) func() time.Time {
	t.Helper()
	where, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", value, where)
	if err != nil {
		t.Fatal(err)
	}
	return func() time.Time { return when }
}

// rigaDay opens a day of the salon in Riga with one service chosen.
func (r *rig) rigaDay(day string) page {
	r.t.Helper()
	p := r.to(r.get("/b/4?lang=en"), "datetime")
	q := p.url.Query()
	q.Set("date", day)
	q.Del("slot")
	return r.get(p.url.Path + "?" + q.Encode())
}

func slotsOf(p page) (iso, shown []string) {
	p.Find("main a[data-slot]").Each(func(_ int, s *goquery.Selection) {
		iso, shown = append(iso, s.AttrOr("data-slot", "")), append(shown, strings.TrimSpace(s.Text()))
	})
	return iso, shown
}

// TestDaysOnWhichTheClocksChange: Europe/Riga goes from UTC+2 to UTC+3 on 28 March 2027 at 3:00 and
// back on 31 October 2027 at 4:00.
func TestDaysOnWhichTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, now, before, day, after, offBefore, offDay string }{
		{"spring", "2027-03-01 10:00", "2027-03-27", "2027-03-28", "2027-03-29", "UTC+2", "UTC+3"},
		{"autumn", "2027-10-01 10:00", "2027-10-30", "2027-10-31", "2027-11-01", "UTC+3", "UTC+2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRigAt(t, at(t, "Europe/Riga", tt.now))
			for day, want := range map[string]string{tt.before: tt.offBefore, tt.day: tt.offDay, tt.after: tt.offDay} {
				p := r.rigaDay(day)
				if !strings.Contains(p.Find("main .times").Text(), "("+want+")") && p.Find("main a[data-slot]").Length() > 0 {
					t.Errorf("%s is not said to be at %s", day, want)
				}
				iso, shown := slotsOf(p)
				for i := range iso {
					if !strings.HasPrefix(iso[i], day+"T"+shown[i]) {
						t.Errorf("%s shows %s for %s", day, shown[i], iso[i])
					}
				}
				if days := p.Find("main [data-date]").Length(); days < 28 {
					t.Errorf("the month of %s has %d days", day, days)
				}
			}
			p := r.rigaDay(tt.after)
			if p.Find("main a[data-slot]").Length() == 0 {
				t.Skip("nobody works on " + tt.after)
			}
			want := p.Find("main a[data-slot]").First().AttrOr("data-slot", "")
			r.to(r.press(p, "main a[data-slot]"), "done")
			if got := r.online(); len(got) != 1 || !sameTime(t, got[0].Start.Format(time.RFC3339), want) {
				t.Errorf("booked %v, chosen %s", got, want)
			}
		})
	}
}

// TestTheHourThatComesTwice tells its two halves apart.
func TestTheHourThatComesTwice(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Riga", "2027-10-01 10:00"))
	entry := func(iso string) string {
		return fmt.Sprintf(`{\"time\":\"%s\",\"seance_length\":3600,\"sum_length\":3600,\"datetime\":\"%s\"}`, iso[11:16], iso)
	}
	r.fault(`{"path":"/book_times/601/0/2027-10-31","status":200,"body":"[` +
		entry("2027-10-31T02:30:00+03:00") + "," + entry("2027-10-31T03:30:00+03:00") + "," + entry("2027-10-31T03:30:00+02:00") + "," + entry("2027-10-31T04:30:00+02:00") + `]","times":5}`)
	iso, shown := slotsOf(r.rigaDay("2027-10-31"))
	want := []string{"2:30 AM", "3:30 AM (UTC+3)", "3:30 AM (UTC+2)", "4:30 AM"}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], " AM", "")
	}
	if len(shown) != 4 {
		t.Fatalf("slots %q at %q", shown, iso)
	}
	for i := range want {
		plain := strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(shown[i], " AM", ""), "\u202fAM", ""), "0")
		if plain != want[i] {
			t.Errorf("slot %d reads %q, want %q", i, shown[i], want[i])
		}
	}
}

// TestPastTimesAreNeverOffered stands in the middle of a working day, when the upstream still lists
// its morning.
func TestPastTimesAreNeverOffered(t *testing.T) {
	t.Parallel()
	now := at(t, "Europe/Moscow", "2027-03-17 13:10")
	r := newRigAt(t, now)
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	q := p.url.Query()
	q.Set("date", "2027-03-17")
	var hours strings.Builder
	for h := 9; h < 20; h++ {
		fmt.Fprintf(&hours, `,{\"time\":\"%d:00\",\"seance_length\":3600,\"datetime\":\"2027-03-17T%02d:00:00+03:00\"}`, h, h)
	}
	r.fault(`{"path":"/book_times/501/","status":200,"body":"[` + hours.String()[1:] + `]","times":5}`)
	iso, _ := slotsOf(r.get(p.url.Path + "?" + q.Encode()))
	if len(iso) == 0 {
		t.Fatal("no times at all")
	}
	for _, slot := range iso {
		if start, err := time.Parse(time.RFC3339, slot); err != nil || !start.After(now()) {
			t.Errorf("%s is offered at %s", slot, now())
		}
	}
	if days := p.Find("main a[data-date]"); days.First().AttrOr("data-date", "") < "2027-03-17" {
		t.Errorf("a past day is a link: %s", days.First().AttrOr("data-date", ""))
	}
}

// TestTheCalendarBeginsWithThisWeek: on a phone, weeks that are over push the times out of sight.
func TestTheCalendarBeginsWithThisWeek(t *testing.T) {
	t.Parallel()
	for today, want := range map[string]int{
		"2027-03-01 09:00": 1, // a Monday
		"2027-03-17 13:10": 15,
		"2027-03-31 23:50": 29,
	} {
		r := newRigAt(t, at(t, "Europe/Moscow", today))
		p := r.to(r.get("/b/1?lang=en"), "datetime")
		p = r.get(p.url.Path + "?month=2027-03&" + p.url.RawQuery)
		weeks := p.Find("table.calendar tbody tr")
		first := strings.TrimSpace(weeks.First().Find("td").First().Text())
		if !strings.HasPrefix(first, strconv.Itoa(want)) || weeks.Length() != 5 {
			t.Errorf("%s: %d weeks from %q, want 5 from %d", today, weeks.Length(), first, want)
		}
	}
}
