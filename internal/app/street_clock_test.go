package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// shownTimes are the times of a page by their data-slot.
func shownTimes(p page) map[string]string {
	out := map[string]string{}
	p.Find("main a[data-slot]").Each(func(_ int, a *goquery.Selection) {
		out[a.AttrOr("data-slot", "")] = strings.TrimSpace(a.Text())
	})
	return out
}

// byOffset fails when a time is not shown as it stands in its data-slot, with an offset.
func (r *rig) byOffset(p page, offset string) {
	r.t.Helper()
	times := shownTimes(p)
	if len(times) == 0 {
		r.t.Fatalf("no times at %s: %s", p.url, p.Find("main").Text())
	}
	for iso, shown := range times {
		if !strings.HasSuffix(iso, offset) || !strings.HasPrefix(shown, iso[11:16]) {
			r.t.Errorf("the time %s is shown as %s, want offset %s", iso, shown, offset)
		}
	}
}

// booksAt takes the first time of a page to the end and compares page, record and calendar file with what the salon has.
func (r *rig) booksAt(p page) {
	r.t.Helper()
	iso := p.Find("main a[data-slot]").First().AttrOr("data-slot", "")
	want, err := time.Parse(time.RFC3339, iso)
	if err != nil {
		r.t.Fatal(err)
	}
	contact := r.press(p, "main a[data-slot]")
	if contact.step() != "contact" || !strings.Contains(contact.Find("body").Text(), want.Format("15:04")) {
		r.t.Fatalf("%s leads to step %q: %s", iso, contact.step(), contact.Find("body").Text())
	}
	done := r.to(r.to(contact, "confirm"), "done")
	if got := r.latest().Start; !got.Equal(want) {
		r.t.Errorf("%s is booked at %s", iso, got)
	}
	visit := r.press(done, "main a[rel=record]")
	for _, shown := range []page{done, visit} {
		if text := shown.Find("main").Text(); !strings.Contains(text, want.Format("15:04")) {
			r.t.Errorf("%s does not say %s: %s", shown.step(), want.Format("15:04"), text)
		}
	}
	if got := visit.Find("main time").First().AttrOr("datetime", ""); !strings.HasPrefix(got, want.Format("2006-01-02T15:04")) {
		r.t.Errorf("the visit's page is at %s, want %s", got, iso)
	}
	file, _ := r.file(visit.url.Path + "/visit.ics")
	start := regexpStart.FindString(file)
	if !strings.Contains(start, want.Format("20060102T150405")) && !strings.Contains(start, want.UTC().Format("20060102T150405Z")) {
		r.t.Errorf("the calendar file says %q, want %s", start, iso)
	}
}

var _ = addStreet("C1 a zone's name in the field of its hours", func(t *testing.T) {
	for _, zone := range []any{"Europe/Moscow", "+03:00", "3", 3} {
		r := answering(t, "company/501", map[string]any{"timezone": zone, "timezone_name": nil})
		p := r.to(r.get("/b/1?lang=en"), "datetime")
		r.byOffset(p, "+03:00")
		if !strings.Contains(p.Find("main").Text(), "UTC+3") {
			t.Errorf("%v: the page does not say UTC+3", zone)
		}
		r.booksAt(p)
	}
	r := newRig(t) // the salon of the street has it so
	p := r.to(r.get("/b/25?lang=en"), "datetime")
	r.byOffset(p, "+05:00")
	r.booksAt(p)
})

var _ = addStreet("C2 no zone, and times with an offset", func(t *testing.T) {
	r := answering(t, "company/511", map[string]any{"timezone": nil, "timezone_name": nil, "next_slot": nil})
	p := r.to(r.get("/b/25?lang=en"), "datetime")
	r.byOffset(p, "+05:00")
	if !strings.Contains(p.Find("main").Text(), "UTC+5") {
		t.Errorf("the page does not say UTC+5: %s", p.Find("main .note").Text())
	}
	r.booksAt(p)
	// The nearest time that a company names tells it too.
	r = answering(t, "company/511", map[string]any{"timezone": nil, "timezone_name": nil, "next_slot": "2026-10-15T14:00:00+0500"})
	if err := r.box.Answer(sandbox.Answer{Path: "book_staff_seances/511/*", Status: http.StatusInternalServerError}); err != nil {
		t.Fatal(err)
	}
	r.byOffset(r.to(r.get("/b/25?lang=en"), "datetime"), "+05:00")
	// Nor does the zone come from the hours where no question about it is answered.
	r = answering(t, "company/511", map[string]any{"timezone": nil, "timezone_name": nil, "next_slot": nil})
	if err := r.box.Answer(sandbox.Answer{Path: "book_staff_seances/511/*", Status: http.StatusInternalServerError}); err != nil {
		t.Fatal(err)
	}
	p = r.to(r.get("/b/25?lang=en"), "datetime")
	r.byOffset(p, "+05:00")
	r.booksAt(p)
})

var _ = addStreet("C3 the salon's clock is what its times say", func(t *testing.T) {
	for _, zone := range []string{"Asia/Omsk", "Europe/London", "America/New_York"} {
		r := answering(t, "company/501", map[string]any{"timezone_name": zone})
		p := r.to(r.get("/b/1?lang=en"), "datetime")
		r.byOffset(p, "+03:00")
		if !strings.Contains(p.Find("main").Text(), "UTC+3") {
			t.Errorf("%s: the page says %s", zone, p.Find("main .note").Text())
		}
		r.booksAt(p)
		if n := strings.Count(r.log.String(), "disagree with its zone"); n != 1 {
			t.Errorf("%s: the disagreement is logged %d times", zone, n)
		}
		if got := r.counted(); !strings.Contains(got, `okoshko_disagreements_total{about="clock"} 1`) {
			t.Errorf("%s: the disagreement is not counted once", zone)
		}
		// A visit can be moved by that clock.
		visit := r.visitOf("1")
		if moved := r.move(visit); moved.step() != "record" {
			t.Errorf("%s: moving leads to step %q", zone, moved.step())
		}
		want := r.latest().Start.In(time.FixedZone("", 3*3600))
		if text := r.get(visit.url.String()).Find("main").Text(); !strings.Contains(text, want.Format("15:04")) {
			t.Errorf("%s: the moved visit does not say %s: %s", zone, want.Format("15:04"), text)
		}
	}
})

var _ = addStreet("C3 a time without an offset", func(t *testing.T) {
	r := newRig(t)
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	var times []map[string]any
	for _, iso := range slices.Sorted(maps.Keys(shownTimes(p))) {
		times = append(times, map[string]any{"time": iso[11:16], "datetime": iso[:19], "seance_length": 3600, "sum_length": 3600})
	}
	body, err := json.Marshal(map[string]any{"success": true, "data": times, "meta": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	for zone, offset := range map[string]string{"Europe/Moscow": "+03:00"} {
		r := answering(t, "company/501", map[string]any{"timezone_name": zone})
		if err := r.box.Answer(sandbox.Answer{Path: "book_times/501/*/*", Body: body}, sandbox.Answer{Path: "book_staff/501", Remove: []string{"seances"}}); err != nil {
			t.Fatal(err)
		}
		p := r.get(p.url.RequestURI())
		r.byOffset(p, offset)
		r.booksAt(p)
	}
})

// night is the page of a day of the street's salon, which works until two, with its times after midnight. It is not the
// first free day: tonight may be too near for a visit to be moved.
func (r *rig) night() (p page, late []string) {
	r.t.Helper()
	p = r.daysAhead(r.to(r.get("/b/25?lang=en&master=0"), "datetime"))
	first := p.Find("main a[data-date][aria-current]").AttrOr("data-date", "")
	for _, link := range p.Find("main a[data-date]").EachIter() {
		day := link.AttrOr("data-date", "")
		if day <= first {
			continue
		}
		p = r.get(link.AttrOr("href", ""))
		if late = lateTimes(p, day); len(late) > 0 {
			return p, late
		}
	}
	r.t.Fatalf("no day after %s has a time after midnight: %v", first, shownTimes(p))
	return p, nil
}

// lateTimes are the times of a day's page that are after its midnight.
func lateTimes(p page, day string) (late []string) {
	for _, a := range p.Find("main a[data-slot]").EachIter() {
		if iso := a.AttrOr("data-slot", ""); iso[:10] > day {
			late = append(late, iso)
		}
	}
	return late
}

var _ = addStreet("C4 times after midnight", func(t *testing.T) {
	r := newRig(t)
	p, late := r.night()
	iso, _ := slotsOf(p)
	if !slices.IsSorted(iso) || !slices.Equal(iso[len(iso)-len(late):], late) {
		t.Errorf("the times stand in the order %v", iso)
	}
	at, err := time.Parse(time.RFC3339, late[0])
	if err != nil {
		t.Fatal(err)
	}
	slot := p.Find(`main a[data-slot="` + late[0] + `"]`)
	date := at.Format("2\u00a0January")
	if label := slot.AttrOr("aria-label", ""); !strings.Contains(label, date) {
		t.Errorf("%s is called %q", late[0], label)
	}
	if title := slot.ParentsFiltered("[role=group], section, div").First().Parent().Text(); !strings.Contains(title, date) {
		t.Errorf("%s stands under %q", late[0], title)
	}
	// It is bookable, with its date, and going back leads to its list.
	contact := r.press(p, `main a[data-slot="`+late[0]+`"]`)
	if contact.step() != "contact" || !strings.Contains(contact.Find("body").Text(), date) {
		t.Fatalf("%s leads to step %q: %s", late[0], contact.step(), contact.Find("main").Text())
	}
	back := r.get(strings.Replace(contact.url.RequestURI(), "/contact", "/datetime", 1))
	if got, _ := slotsOf(back); !slices.Contains(got, late[0]) || back.Find(`main a[data-slot="`+late[0]+`"][aria-current]`).Length() == 0 {
		html, _ := back.Find("main .times").Html()
		t.Errorf("back from it (%s), the page has %v\n%s", back.url, got, html)
	}
	done := r.to(r.to(contact, "confirm"), "done")
	if !r.latest().Start.Equal(at) || !strings.Contains(done.Find("main").Text(), date) {
		t.Errorf("%s is booked at %s: %s", late[0], r.latest().Start, done.Find("main").Text())
	}
	// Nobody is offered the time that has just been sold.
	if again, late := r.night(); slices.Contains(late, at.Format(time.RFC3339)) && again.Find("main a[data-staff]").Length() == 1 {
		t.Errorf("%s is offered again", at)
	}
	// A visit can be moved there.
	visit := r.press(done, "main a[rel=record]")
	var moving page
	target := ""
	for days := 2; days < 16 && target == ""; days++ {
		day := at.AddDate(0, 0, days).Format(time.DateOnly)
		moving = r.get(visit.url.Path + "/move?lang=en&date=" + day)
		if late := lateTimes(moving, day); len(late) > 0 {
			target = late[len(late)-1]
		}
	}
	if target == "" {
		t.Fatalf("no time after midnight to move to: %v", shownTimes(moving))
	}
	if moved := r.send(r.press(moving, `main a[data-slot="`+target+`"]`), nil); moved.step() != "record" || r.latest().Start.In(at.Location()).Format(time.RFC3339) != target {
		t.Errorf("moved to %s, it is at %s (step %q)", target, r.latest().Start, moved.step())
	}
	// So can the vendor's own link say it: day before month.
	_, late = r.night()
	link, err := time.Parse(time.RFC3339, late[0])
	if err != nil {
		t.Fatal(err)
	}
	q := p.url.Query()
	start := r.get("/b/25?lang=en&o=" + url.QueryEscape("m-1s"+q.Get("services")+"d"+link.Format("0602011504")))
	if start.step() != "contact" || start.url.Query().Get("slot") != late[0] {
		t.Errorf("the vendor's link leads to %s", start.url)
	}
})

var _ = addStreet("C4 last night's list after midnight", func(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Yekaterinburg")
	if err != nil {
		t.Fatal(err)
	}
	clock := testclock.RunningFrom(time.Date(2026, 10, 16, 0, 20, 0, 0, zone).UTC())
	r := newRigAt(t, clock.Now)
	p := r.to(r.get("/b/25?lang=en&master=0"), "datetime")
	q := p.url.Query()
	q.Set("date", "2026-10-15")
	q.Del("slot")
	last := r.get("/b/25/datetime?" + q.Encode())
	iso, _ := slotsOf(last)
	if last.step() != "datetime" || len(iso) == 0 || !strings.HasPrefix(iso[0], "2026-10-16T0") {
		t.Fatalf("last night's list is %v at %s: %s", iso, last.url, last.Find("main").Text())
	}
	r.booksAt(last)
	// In the morning it is over.
	clock.Add(9 * time.Hour)
	q.Set("date", "2026-10-15")
	for iso := range shownTimes(r.get("/b/25/datetime?" + q.Encode())) {
		if at, err := time.Parse(time.RFC3339, iso); err != nil || !at.After(clock.Now()) {
			t.Errorf("at half past nine %s is offered", iso)
		}
	}
})

var _ = addStreet("C5 a hidden time is the only one", func(t *testing.T) {
	r := newRig(t)
	p := r.get("/b/26/service?lang=en")
	for p.step() == "service" || p.step() == "master" {
		p = r.onward(p)
	}
	if p.step() != "datetime" {
		t.Fatalf("step %q", p.step())
	}
	for iso := range shownTimes(p) {
		if iso[11:16] != "21:00" {
			t.Errorf("the time %s can be chosen", iso)
		}
	}
	// No link gets round it.
	q := p.url.Query()
	q.Set("slot", r.now().AddDate(0, 0, 5).Format("2006-01-02")+"T20:00:00+05:00")
	contact := r.get("/b/26/contact?" + q.Encode())
	if contact.step() == "contact" {
		if r.to(r.to(contact, "confirm"), "done"); r.latest().Start.In(time.FixedZone("", 5*3600)).Format("15:04") != "21:00" {
			t.Errorf("a link gets round the form to %s", r.latest().Start)
		}
	}
	// A day is chosen, and its time with it.
	days := 0
	for _, day := range p.Find("main a[data-date]").EachIter() {
		on := r.get(day.AttrOr("href", ""))
		switch on.step() {
		case "contact":
			if slot := on.url.Query().Get("slot"); !strings.Contains(slot, "T21:00:00") {
				t.Errorf("the day leads to %s", slot)
			}
			if days++; days == 1 {
				done := r.to(r.to(on, "confirm"), "done")
				if got := r.latest().Start.In(time.FixedZone("", 5*3600)).Format("15:04"); done.step() != "done" || got != "21:00" {
					t.Errorf("booked at %s", got)
				}
			}
		case "datetime":
			for iso := range shownTimes(on) {
				if iso[11:16] != "21:00" {
					t.Errorf("%s offers %s", day.AttrOr("data-date", ""), iso)
				}
			}
		}
	}
	if days == 0 {
		t.Error("no day has the form's time")
	}
})

var _ = addStreet("C5 a hidden day is the only one", func(t *testing.T) {
	r := newRig(t)
	day := r.to(r.get("/b/1?lang=en"), "datetime").Find("main a[data-date]").Last().AttrOr("data-date", "")
	r = newRig(t)
	step := func(name string, num int, more map[string]any) map[string]any {
		out := map[string]any{"step": name, "title": "", "num": num, "hidden": "0", "default": 0}
		maps.Copy(out, more)
		return out
	}
	form := func(hidden map[string]any) []sandbox.Answer {
		return []sandbox.Answer{{Path: "bookform/1", Merge: map[string]any{"steps": []any{
			step("service", 1, nil), step("master", 2, nil), step("datetime", 3, hidden), step("contact", 4, nil), step("comfirm", 5, nil),
		}}}}
	}
	if err := r.box.Answer(form(map[string]any{"date_hidden": "1", "date_default": day, "time_hidden": "0", "time_default": 0})...); err != nil {
		t.Fatal(err)
	}
	p := r.to(r.get("/b/1?lang=en"), "datetime")
	for _, a := range p.Find("main a[data-date]").EachIter() {
		if got := a.AttrOr("data-date", ""); got != day {
			t.Errorf("the day %s can be chosen", got)
		}
	}
	times := shownTimes(p)
	for iso := range times {
		if iso[:10] != day {
			t.Errorf("the time %s can be chosen", iso)
		}
	}
	if len(times) == 0 {
		t.Fatalf("the form's day has no time: %s", p.Find("main").Text())
	}
	q := p.url.Query()
	q.Set("date", r.now().AddDate(0, 0, 5).Format(time.DateOnly))
	for iso := range shownTimes(r.get("/b/1/datetime?" + q.Encode())) {
		if iso[:10] != day {
			t.Errorf("a link gets round the form to %s", iso)
		}
	}
	r.booksAt(p)
})
var regexpStart = regexp.MustCompile(`DTSTART[^\n]*[0-9]{8}T[0-9]{6}Z?\r?\nDTEND|DTSTART;TZID[^\n]*|DTSTART:[0-9T]+Z`)
