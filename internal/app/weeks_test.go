package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// calendarInstants are moments at which a calendar may go wrong: the ends of months of every length and of the year, days on
// which clocks change, and hours at which the salon's date is another than the one of the clock that is handed in.
var calendarInstants = []struct{ name, zone, now string }{
	{"a Sunday before the last of November", "Europe/Moscow", "2026-11-29 12:00"},
	{"the last day of November", "Europe/Moscow", "2026-11-30 09:00"},
	{"the last day of 28", "Europe/Moscow", "2027-02-28 20:00"},
	{"the last day of 29", "Europe/Moscow", "2028-02-29 10:00"},
	{"the last day of 31", "Europe/Moscow", "2027-03-31 23:50"},
	{"the last minutes of the year", "Europe/Moscow", "2026-12-31 23:50"},
	{"the first minutes of the year", "Europe/Moscow", "2027-01-01 00:05"},
	{"a week of two years", "Europe/Moscow", "2027-01-02 12:00"},
	{"the night in which spring comes", "Europe/Riga", "2027-03-27 23:30"},
	{"the night in which summer time ends", "Europe/Riga", "2027-10-30 23:30"},
	{"the hour that comes twice", "Europe/Riga", "2027-10-31 03:30"},
	{"the clock is a day ahead of the salon", "Pacific/Kiritimati", "2026-12-01 03:00"},
	{"the clock is a day behind the salon", "Pacific/Midway", "2026-11-30 12:00"},
}

// salonZones are where the salons of the tested forms are.
var salonZones = map[string]string{"1": "Europe/Moscow", "4": "Europe/Riga"}

// freeDays asks the upstream itself for the free days of what a page's address has chosen.
func (r *rig) freeDays(company string, services []string, master, today string) []string {
	r.t.Helper()
	query := url.Values{"service_ids[]": services, "staff_id": {master}, "date_from": {today}, "date_to": {"9999-01-01"}}
	req, err := http.NewRequest(http.MethodGet, r.api+"/api/v1/book_dates/"+company+"?"+query.Encode(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	req.Header.Set("Accept", "application/vnd.yclients.v2+json")
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Data struct {
			Days []string `json:"booking_dates"`
		} `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || len(answer.Data.Days) == 0 {
		r.t.Fatalf("the upstream names no free days: status %d, %v", resp.StatusCode, err)
	}
	return answer.Data.Days
}

// shownDays are the days of a page's calendar and the free ones among them.
func shownDays(p page) (all, free []string) {
	p.Find("main table.calendar [data-date]").Each(func(_ int, s *goquery.Selection) {
		day := s.AttrOr("data-date", "")
		if all = append(all, day); s.Is("a[href]") {
			free = append(free, day)
		}
	})
	return all, free
}

// weeksFrom checks what holds of every page of a calendar: five whole weeks, one after another, each day named in full, and
// one that is to come.
func (r *rig) weeksFrom(p page, today string) (first, end string) {
	r.t.Helper()
	all, _ := shownDays(p)
	if len(all) != 35 || p.Find("main table.calendar tbody tr").Length() != 5 {
		r.t.Fatalf("%s shows %d days in %d weeks, want five weeks", p.url, len(all), p.Find("main table.calendar tbody tr").Length())
	}
	begin, err := time.Parse(time.DateOnly, all[0])
	if err != nil || begin.Weekday() != time.Monday {
		r.t.Errorf("%s begins on %s, %v, want a Monday", p.url, all[0], err)
	}
	for i, day := range all {
		if want := begin.AddDate(0, 0, i); day != want.Format(time.DateOnly) {
			r.t.Fatalf("%s: day %d is %s, want %s", p.url, i, day, want)
		}
		cell := p.Find("main table.calendar [data-date='" + day + "']")
		label := cell.AttrOr("aria-label", "") + cell.Find(".unseen").Text()
		if at := begin.AddDate(0, 0, i); !strings.HasPrefix(label, at.Format("2\u00a0January")) {
			r.t.Errorf("%s is called %q", day, label)
		}
		if month := begin.AddDate(0, 0, i).Format("Jan"); (cell.Parent().Find("small").Text() == month) != strings.HasSuffix(day, "-01") {
			r.t.Errorf("%s names its month as %q", day, cell.Parent().Find("small").Text())
		}
		if past := cell.AttrOr("data-state", "") == "past"; past != (day < today) {
			r.t.Errorf("%s is called past: %v, on %s", day, past, today)
		}
	}
	end = begin.AddDate(0, 0, 35).Format(time.DateOnly)
	if end <= today {
		r.t.Errorf("%s shows past days only", p.url)
	}
	return all[0], end
}

// opens checks that a page shows the times of its first free day, and of no other.
func (r *rig) opens(p page, day string) {
	r.t.Helper()
	open := p.Find("main .strip [aria-current=true]").AttrOr("data-date", "")
	iso, _ := slotsOf(p)
	if open != day || len(iso) == 0 || !strings.HasPrefix(iso[0], day) {
		r.t.Errorf("%s opens %q with times %.2q, want %s", p.url, open, iso, day)
	}
}

// turnsRight walks a calendar from its first page to its last and back. All its pages together show the free days that
// the upstream has, each once, and each page opens the first of its own.
func (r *rig) turnsRight(p page, today string, want []string) { r.turnsRightFrom(p, today, "", want) }

// turnsRightFrom is turnsRight for a calendar whose first page opens a certain day.
func (r *rig) turnsRightFrom(p page, today, opened string, want []string) {
	r.t.Helper()
	first, at := p, today
	var free []string
	for n := 0; ; n++ {
		begin, end := r.weeksFrom(p, today)
		if n == 0 && (begin > today || begin <= addDays(r.t, today, -7)) {
			r.t.Errorf("on %s the calendar begins with %s, want this week", today, begin)
		}
		_, shown := shownDays(p)
		if len(shown) == 0 || begin < at && n > 0 {
			r.t.Fatalf("%s begins with %s after %s and shows %d free days", p.url, begin, at, len(shown))
		}
		if n == 0 && opened != "" {
			r.opens(p, opened)
		} else {
			r.opens(p, shown[0])
		}
		free, at = append(free, shown...), end
		title := p.Find("#month").Text()
		if last := addDays(r.t, end, -1); !strings.Contains(title, monthName(r.t, last)) || n > 0 && !strings.Contains(p.Find("title").Text(), title) {
			r.t.Errorf("%s is called %q, and its calendar %q", p.url, p.Find("title").Text(), title)
		}
		next := p.Find("main .month a.turn[rel=next]")
		if next.Length() == 0 {
			break
		}
		if n > 20 {
			r.t.Fatal("the calendar does not end")
		}
		p = r.press(p, "main .month a.turn[rel=next]")
		if label := next.AttrOr("aria-label", ""); !strings.Contains(label, p.Find("#month").Text()) {
			r.t.Errorf("%q leads to %q", label, p.Find("#month").Text())
		}
	}
	if !slices.Equal(free, want) {
		r.t.Errorf("the calendar's free days are\n%v, the upstream's\n%v", free, want)
	}
	for p.Find("main .month a.turn[rel=prev]").Length() > 0 {
		p = r.press(p, "main .month a.turn[rel=prev]")
		_, shown := shownDays(p)
		r.opens(p, shown[0])
	}
	back, _ := shownDays(p)
	if start, _ := shownDays(first); back[0] != start[0] {
		r.t.Errorf("turned back the calendar begins with %s, want %s", back[0], start[0])
	}
}

func addDays(t *testing.T, day string, n int) string {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return at.AddDate(0, 0, n).Format(time.DateOnly)
}

func monthName(t *testing.T, day string) string {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return at.Format("January 2006")
}

// TestTheCalendarRunsOn looks at the calendars of a first visit, of a basket's second one and of a visit that is moved.
func TestTheCalendarRunsOn(t *testing.T) {
	t.Parallel()
	for _, tt := range calendarInstants {
		for form, zone := range salonZones {
			t.Run(fmt.Sprintf("%s, form %s", tt.name, form), func(t *testing.T) {
				t.Parallel()
				now := at(t, tt.zone, tt.now)
				where, err := time.LoadLocation(zone)
				if err != nil {
					t.Fatal(err)
				}
				today := now().In(where).Format(time.DateOnly)
				r := newRigAt(t, now)
				r.calendarsRunOn(form, today)
			})
		}
	}
	for _, tt := range []struct{ name, zone, now string }{
		{"half an hour more than whole ones", "Asia/Kolkata", "2027-01-01 00:05"},
		{"the clocks change at midnight", "America/Santiago", "2027-04-03 23:30"},
		{"there is no midnight", "America/Santiago", "2026-09-05 23:30"},
		{"the clocks change by half an hour", "Australia/Lord_Howe", "2027-04-03 23:45"},
		{"far ahead of UTC", "Pacific/Kiritimati", "2026-11-30 00:30"},
		{"far behind UTC", "Pacific/Midway", "2026-12-31 23:50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := at(t, tt.zone, tt.now)
			r := newRigIn(t, tt.zone, func() time.Time { return now().UTC() })
			r.calendarsRunOn("1", now().Format(time.DateOnly))
		})
	}
}

// calendarsRunOn looks at the three calendars of a form.
func (r *rig) calendarsRunOn(form, today string) {
	t := r.t
	t.Helper()
	p := r.to(r.get("/b/"+form+"?lang=en"), "datetime")
	company := map[string]string{"1": "501", "4": "601"}[form]
	services := strings.Split(p.url.Query().Get("services"), ",")
	of := func(p page) []string { return r.freeDays(company, services, p.url.Query().Get("master"), today) }
	t.Run("datetime", func(t *testing.T) { r.in(t).turnsRight(p, today, of(p)) })
	_, free := shownDays(p)
	day := r.press(p, "main a[data-date='"+free[min(6, len(free)-1)]+"']")
	contact := r.to(r.press(day, "main a[data-slot]"), "contact")
	t.Run("basket", func(t *testing.T) {
		r := r.in(t)
		if contact.Find("[data-add]").Length() == 0 {
			t.Skip("the form takes one visit only")
		}
		second := r.to(r.press(contact, "[data-add]"), "datetime")
		if second.url.Query().Get("basket") == "" {
			t.Fatalf("%s has no basket", second.url)
		}
		services := strings.Split(second.url.Query().Get("services"), ",")
		// It opens the day of the first visit.
		first, err := time.Parse(time.RFC3339, contact.url.Query().Get("slot"))
		if err != nil {
			t.Fatal(err)
		}
		opened, free := first.Format(time.DateOnly), r.freeDays(company, services, cmp.Or(second.url.Query().Get("master"), "0"), today)
		if !slices.Contains(free, opened) {
			opened = ""
		}
		r.turnsRightFrom(second, today, opened, free)
	})
	t.Run("move", func(t *testing.T) {
		r := r.in(t)
		record := r.press(r.to(contact, "done"), "main a[rel=record]")
		if record.Find("main a[data-move]").Length() == 0 {
			t.Skip("the salon has its visits not moved")
		}
		move := r.press(record, "main a[data-move]")
		r.turnsRight(move, today, r.freeDays(company, services, "0", today))
		// A day that is over opens nothing of the past.
		for _, query := range []string{"date=2020-01-01", "month=2020-01", "from=2020-01-01"} {
			old := r.get(move.url.Path + "?lang=en&" + query)
			r.weeksFrom(old, today)
			_, shown := shownDays(old)
			r.opens(old, shown[0])
		}
	})
}

// in is the rig of a subtest.
func (r *rig) in(t *testing.T) *rig {
	t.Helper()
	out := *r
	out.t = t
	return &out
}

// TestLinksToMonths: links of before turn the calendar to a month; it opens the month's first free day, and leads nowhere
// where nothing is free.
func TestLinksToMonths(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Moscow", "2026-11-29 12:00"))
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	free := r.freeDays("501", strings.Split(p.url.Query().Get("services"), ","), p.url.Query().Get("master"), "2026-11-29")
	first := func(day string) string {
		if i := slices.IndexFunc(free, func(d string) bool { return d >= day }); i >= 0 {
			return free[i]
		}
		return ""
	}
	from := func(query string) page { return r.get(p.url.Path + "?" + query + "&" + p.url.RawQuery) }
	for query, want := range map[string]string{
		"month=2026-11": first("2026-11-29"), "month=2026-12": first("2026-12-01"), "month=2027-01": first("2027-01-01"), "month=2020-02": first("2026-11-29"),
		"month=soon": first("2026-11-29"), "from=2026-12-15": first("2026-12-15"), "from=2026-02-30": first("2026-11-29"), "from=": first("2026-11-29"),
	} {
		q := from(query)
		r.weeksFrom(q, "2026-11-29")
		r.opens(q, want)
	}
	for _, query := range []string{"month=2027-09", "month=9999-12", "from=9999-12-31", "from=2030-01-01"} {
		q := from(query)
		all, shown := shownDays(q)
		if last := free[len(free)-1]; all[0] > last || !slices.Contains(shown, last) || q.Find("main .month a.turn[rel=next]").Length() != 0 {
			t.Errorf("%s shows %s to %s, want the page of the last free day, %s", query, all[0], all[len(all)-1], last)
		}
		r.opens(q, shown[0])
	}
	// Another language shows the same weeks.
	q := from("month=2027-01")
	ru := r.press(q, ".languages a[lang=ru]")
	if got, _ := shownDays(ru); ru.Find("#month").Text() == q.Find("#month").Text() || got[0] != daysOf(q)[0] {
		t.Errorf("in Russian the calendar begins with %s", got[0])
	}
}

func daysOf(p page) []string {
	all, _ := shownDays(p)
	return all
}

// TestNearestFreeDayIsALink opens it on all three calendars, and on a day that has no time.
func TestNearestFreeDayIsALink(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Moscow", "2026-11-29 12:00"))
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	_, free := shownDays(p)
	contact := r.to(r.press(r.press(p, "main a[data-date='"+free[6]+"']"), "main a[data-slot]"), "contact")
	second := r.to(r.press(contact, "[data-add]"), "datetime")
	move := r.press(r.press(r.to(contact, "done"), "main a[rel=record]"), "main a[data-move]")
	for name, calendar := range map[string]page{"datetime": p, "basket": second, "move": move} {
		t.Run(name, func(t *testing.T) {
			r := r.in(t)
			all, free := shownDays(calendar)
			busy := slices.IndexFunc(all, func(day string) bool { return day > free[0] && !slices.Contains(free, day) })
			if busy < 0 {
				t.Fatal("every day is free: the test shows nothing")
			}
			q := calendar.url.Query()
			q.Set("date", all[busy])
			day := r.get(calendar.url.Path + "?" + q.Encode())
			if day.Find("main a[data-slot]").Length() != 0 {
				t.Fatalf("%s has times", all[busy])
			}
			near := r.press(day, "main .times a")
			open := near.Find("main .strip [aria-current=true]").AttrOr("data-date", "")
			r.opens(near, open)
			if dist := daysBetween(t, all[busy], open); dist != nearest(t, all[busy], free) {
				t.Errorf("%s leads to %s, %d days away", all[busy], open, dist)
			}
			if name == "basket" && near.url.Query().Get("basket") == "" {
				t.Error("the basket is lost")
			}
		})
	}
}

func nearest(t *testing.T, day string, days []string) int {
	t.Helper()
	least := daysBetween(t, day, days[0])
	for _, other := range days {
		least = min(least, daysBetween(t, day, other))
	}
	return least
}

func daysBetween(t *testing.T, a, b string) int {
	t.Helper()
	from, err1 := time.Parse(time.DateOnly, a)
	to, err2 := time.Parse(time.DateOnly, b)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return int(to.Sub(from).Abs().Hours()) / 24
}

// datesOf has the upstream name some free days, whatever it has.
func (r *rig) datesOf(company string, days ...string) {
	r.t.Helper()
	list, err := json.Marshal(days)
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := json.Marshal(`{"booking_dates":` + string(list) + `,"working_dates":` + string(list) + `}`)
	if err != nil {
		r.t.Fatal(err)
	}
	r.fault(`{"path":"/book_dates/` + company + `","status":200,"body":` + string(body) + `,"times":50}`)
}

// timesOf has the upstream name one time of a day with any master, or none when the time is "".
func (r *rig) timesOf(company, day, clock string) {
	r.t.Helper()
	body := "[]"
	if clock != "" {
		body = `[{\"time\":\"` + clock + `\",\"seance_length\":3600,\"datetime\":\"` + day + "T" + clock + `:00+03:00\"}]`
	}
	r.fault(`{"path":"/book_times/` + company + "/0/" + day + `","status":200,"body":"` + body + `","times":50}`)
}

// TestWeeksWithoutAFreeDayAreTurnedOver: the arrows lead to pages that have something to choose.
func TestWeeksWithoutAFreeDayAreTurnedOver(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Moscow", "2026-11-29 12:00"))
	for _, day := range []string{"2026-12-01", "2026-12-02", "2027-02-02", "2027-02-03"} {
		r.timesOf("501", day, "12:00")
	}
	r.datesOf("501", "2026-12-01", "2026-12-02", "2027-02-02", "2027-02-03")
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	r.opens(p, "2026-12-01")
	p = r.press(p, "main .month a.turn[rel=next]")
	r.opens(p, "2027-02-02")
	if p.Find("main .month a.turn[rel=next]").Length() != 0 {
		t.Error("the calendar leads past the last free day")
	}
	if first, _ := r.weeksFrom(r.press(p, "main .month a.turn[rel=prev]"), "2026-11-29"); first != "2026-11-23" {
		t.Errorf("back the calendar begins with %s", first)
	}
	// A day between them opens its own weeks, from which both are in reach.
	q := p.url.Query()
	q.Del("from")
	q.Set("date", "2027-01-05")
	between := r.get(p.url.Path + "?" + q.Encode())
	first, _ := r.weeksFrom(between, "2026-11-29")
	if first != "2026-12-28" || between.Find("main .times .empty a").Length() != 2 { // both free days that are later
		t.Errorf("5 January is shown in the weeks from %s, with %d links", first, between.Find("main .times .empty a").Length())
	}
	r.opens(r.press(between, "main .month a.turn[rel=prev]"), "2026-12-01")
	r.opens(r.press(between, "main .month a.turn[rel=next]"), "2027-02-02")
}

// TestFarFreeDays: where nothing is free for months, the calendar begins with what is, up to a year ahead, and one question
// serves all its pages.
func TestFarFreeDays(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Moscow", "2026-11-29 12:00"))
	r.datesOf("501", "2027-10-29", "2027-10-30")
	r.timesOf("501", "2027-10-29", "12:00")
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	r.opens(p, "2027-10-29")
	for _, query := range []string{"month=2026-12", "month=2027-11", "from=2026-11-29"} {
		r.opens(r.get(p.url.Path+"?"+query+"&"+p.url.RawQuery), "2027-10-29")
	}
	if p.Find("main .turn[href]").Length() != 0 {
		t.Error("there is nothing to turn to")
	}
	if n := r.calls(http.MethodGet, "/book_dates/"); n != 1 {
		t.Errorf("the upstream was asked for days %d times, want 1", n)
	}
}

// TestDaysThatHaveFilledUp are passed over, first and turned to.
func TestDaysThatHaveFilledUp(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Moscow", "2026-11-29 12:00"))
	days := map[string]string{"2026-12-06": "", "2026-12-09": "12:00", "2027-01-01": "", "2027-01-12": "12:00"}
	r.datesOf("501", slices.Sorted(maps.Keys(days))...)
	for day, clock := range days {
		r.timesOf("501", day, clock)
	}
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	r.opens(p, "2026-12-09")
	r.opens(r.press(p, "main .month a.turn[rel=next]"), "2027-01-12")
}

// TestMoveOffersOtherDays: a day that has the visit's own time and no other is neither opened nor offered.
func TestMoveOffersOtherDays(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, at(t, "Europe/Moscow", "2026-11-29 12:00"))
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	_, free := shownDays(p)
	own := free[6]
	record := r.press(r.to(r.press(r.press(p, "main a[data-date='"+own+"']"), "main a[data-slot]"), "done"), "main a[rel=record]")
	start := record.Find("main time").AttrOr("datetime", "")
	r.datesOf("501", own, addDays(t, own, 40))
	r.timesOf("501", own, start[11:16])
	r.timesOf("501", addDays(t, own, 1), "")
	r.timesOf("501", addDays(t, own, 40), "12:00")
	move := r.press(record, "main a[data-move]")
	r.opens(move, addDays(t, own, 40))
	for _, day := range []string{own, addDays(t, own, 1)} {
		empty := r.get(move.url.Path + "?lang=en&date=" + day)
		if empty.Find("main a[data-slot]").Length() != 0 {
			t.Fatalf("%s has times", day)
		}
		r.opens(r.press(empty, "main .times a"), addDays(t, own, 40))
	}
}
