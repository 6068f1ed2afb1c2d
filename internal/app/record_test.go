package app

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// visitOf books at a form and is at the visit's page.
func (r *rig) visitOf(form string) page {
	r.t.Helper()
	p := r.press(r.toAhead(r.get("/b/"+form+"?lang=en"), "done"), "main a[rel=record]")
	if p.step() != "record" {
		r.t.Fatalf("the visit's page is step %q: %s", p.step(), p.Find("main").Text())
	}
	return p
}

// latest is the record that was made last.
func (r *rig) latest() sandbox.Record {
	r.t.Helper()
	all := r.box.Booked()
	return all[len(all)-1]
}

// of is a record as it is now.
func (r *rig) of(id int) sandbox.Record {
	r.t.Helper()
	for _, x := range r.box.Booked() {
		if x.ID == id {
			return x
		}
	}
	r.t.Fatalf("no record %d", id)
	return sandbox.Record{}
}

// writes counts the calls that change a visit.
func (r *rig) writes() int {
	return r.calls("PUT", "/book_record/") + r.calls("DELETE", "/user/records/")
}

func (p page) badge() string {
	for _, status := range []string{"booked", "moved", "confirmed", "came", "missed", "cancelled"} {
		if p.Find("main .badge."+status).Length() == 1 {
			return status
		}
	}
	return ""
}

// file is what an address sends, as it is.
func (r *rig) file(ref string) (string, http.Header) {
	r.t.Helper()
	resp, err := r.http.Get(r.absolute(nil, ref))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: status %d, %v", ref, resp.StatusCode, err)
	}
	return string(body), resp.Header
}

func TestRecordPageTellsAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.visitOf("1")
	record := r.latest()
	text := p.Find("main").Text()
	for _, want := range []string{anna["comment"], "Booked"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
	for selector, want := range map[string]int{
		"main [data-record='" + strconv.Itoa(record.ID) + "']": 1, "main time[datetime]": 1, "main .visit .rows dd": 1, "main [data-more] dd": 2, "main a[href^='tel:']": 1,
		"main a[href*='openstreetmap.org']": 1, "main a[href*='/visit.ics']": 1, "main a[href*='calendar.google.com']": 1, "main button[data-print][hidden]": 1,
		"main a[data-move]": 1, "main a[data-cancel]": 1, "main a[rel=record]": 1, "img": 0, "meta[name=robots][content=noindex]": 1,
	} {
		if got := p.Find(selector).Length(); got != want {
			t.Errorf("%s: %d, want %d", selector, got, want)
		}
	}
	if at, err := time.Parse(time.RFC3339, p.Find("main time").AttrOr("datetime", "")); err != nil || !at.Equal(record.Start) {
		t.Errorf("the time is %v, %v, want %v", at, err, record.Start)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Set-Cookie": ""} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "img-src 'self';") {
		t.Errorf("the policy is %q", csp)
	}
	html, _ := p.Html()
	for _, secret := range []string{anna["email"], "123-45-67", "1234567"} {
		if strings.Contains(html, secret) {
			t.Errorf("the page tells %q", secret)
		}
	}
	google, err := url.Parse(p.Find("main a[href*='calendar.google.com']").AttrOr("href", ""))
	if err != nil || strings.Contains(google.RawQuery, record.Hash) {
		t.Errorf("the link to Google Calendar holds the hash: %v", err)
	}
	again := r.press(p, "main a:contains('"+says(t, "en", "widget.record.repeat")+"')")
	if again.step() != "datetime" || again.url.Query().Get("services") != strconv.Itoa(record.Services[0]) || again.url.Query().Get("master") == "" {
		t.Errorf("booking again leads to %s", again.url)
	}
}

// TestRecordInTheSalonsZone shows the time by the clock on the salon's wall, which is neither ours nor the one that
// the record's own, untrusted, zone says.
func TestRecordInTheSalonsZone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	riga, err := time.LoadLocation("Europe/Riga")
	if err != nil {
		t.Fatal(err)
	}
	p := r.visitOf("4")
	start := r.latest().Start.In(riga)
	shown := p.Find("main time")
	if got := shown.AttrOr("datetime", ""); got != start.Format(time.RFC3339) || !strings.Contains(shown.Text(), start.Format("15:04")) && !strings.Contains(shown.Text(), start.Format("3:04")) {
		t.Errorf("shown %q, %q, want %s", got, shown.Text(), start)
	}
	file, _ := r.file(p.Find("main a[href*='/visit.ics']").AttrOr("href", ""))
	if want := "DTSTART;TZID=Europe/Riga:" + start.Format("20060102T150405") + "\r\n"; !strings.Contains(file, want) || !strings.Contains(file, "TZID:Europe/Riga\r\n") {
		t.Errorf("the file lacks %q:\n%s", want, file)
	}
	for line := range strings.SplitSeq(file, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
}

// TestEveryStatus shows where a visit stands, in words, on its page and in the customer's list, and what it still
// allows.
func TestEveryStatus(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r, _ := newRigAt(t, clock.Now).browser()
	annas := maps.Clone(anna)
	annas["phone"] = annasPhone
	p := r.press(r.to(r.send(r.to(r.get("/b/1?lang=en"), "contact"), annas), "done"), "main a[rel=record]")
	link, id := p.url.String(), r.latest().ID
	see := func(badge, words string, changes bool) {
		t.Helper()
		p := r.get(link)
		if p.badge() != badge || strings.TrimSpace(p.Find("main p.badge").Text()) != words {
			t.Errorf("badge %q %q, want %q %q", p.badge(), p.Find("main p.badge").Text(), badge, words)
		}
		if got := p.Find("main a[data-move], main a[data-cancel]").Length() == 2; got != changes {
			t.Errorf("%s: changes are offered: %v", badge, got)
		}
		if got := p.step() == "cancelled"; got != (badge == "cancelled") {
			t.Errorf("%s: step %q", badge, p.step())
		}
		list := r.get("/me/1?lang=en")
		if n := list.Find("main [data-record='" + strconv.Itoa(id) + "'] .badge." + badge).Length(); n != 1 {
			t.Errorf("%s: the list shows it %d times", badge, n)
		}
	}
	clock.Set(r.latest().Start.Add(-48 * time.Hour))
	r.byPassword("1", "anna@example.com", "sandbox")
	see("booked", "Booked", true)
	moved := r.choices(r.get(link))[0]
	r.send(moved, nil)
	see("moved", "Moved", true)
	if note := r.get(link).Find("main p.note").First().Text(); !strings.Contains(note, "Previously:") {
		t.Errorf("a moved visit does not say when it was: %q", note)
	}
	r.box.Attend(id, 2)
	see("confirmed", "Confirmed", true)
	r.box.Attend(id, 1)
	see("came", "Completed", false)
	r.box.Attend(id, -1)
	see("missed", "No-show", false)
	r.box.Attend(id, 0)
	see("moved", "Moved", true)
	r.send(r.press(r.get(link), "main a[data-cancel]"), nil)
	see("cancelled", "Cancelled", false)
}

// TestBookAgain opens the flow with what a visit was: several services, at a chain's branch, with its master, or with
// whoever is free.
func TestBookAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for start, want := range map[string]url.Values{
		"/b/3?lang=en&city=52&company=601&services=601001,601003":              {"city": {"52"}, "company": {"601"}, "services": {"601001,601003"}, "master": {"0"}},
		"/b/3?lang=lv&city=52&company=601&services=601003,601001&master=60102": {"city": {"52"}, "company": {"601"}, "services": {"601003,601001"}, "master": {"60102"}},
		"/b/13?lang=en":             {"master": {"0"}}, // hides who it is with
		"/b/1?lang=en&master=50101": {"company": {""}, "master": {"50101"}},
	} {
		p := r.press(r.to(r.get(start), "done"), "main a[rel=record]")
		record := r.latest()
		if want.Get("services") == "" {
			want.Set("services", strconv.Itoa(record.Services[0]))
		}
		want.Set("lang", p.url.Query().Get("lang"))
		again := r.press(p, "main ul.also a")
		for name := range want {
			if got := again.url.Query().Get(name); got != want.Get(name) {
				t.Errorf("%s: %s is %q, want %q: %s", start, name, got, want.Get(name), again.url)
			}
		}
		if again.step() != "datetime" || again.Find("main [data-date]").Length() == 0 || again.alert() != "" {
			t.Errorf("%s leads to step %q, %s: %s", start, again.step(), again.url, again.alert())
		}
	}
}

func TestCalendarFileFollowsTheVisit(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	p := r.visitOf("1")
	record := r.latest()
	read := func() map[string]string {
		body, header := r.file(p.Find("main a[href*='/visit.ics']").AttrOr("href", ""))
		if ct := header.Get("Content-Type"); !strings.HasPrefix(ct, "text/calendar") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("Content-Type %q, Cache-Control %q", ct, header.Get("Cache-Control"))
		}
		if strings.Contains(body, record.Hash) {
			t.Error("the file holds the hash")
		}
		out := map[string]string{}
		for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r\n ", ""), "\r\n") {
			if name, value, ok := strings.Cut(line, ":"); ok {
				out[name] = value
			}
		}
		return out
	}
	first := read()
	if first["METHOD"] != "PUBLISH" || first["STATUS"] != "CONFIRMED" || first["DTSTART;TZID=Europe/Moscow"] == "" {
		t.Fatalf("the file: %v", first)
	}
	clock.Add(time.Minute)
	r.move(p)
	second := read()
	clock.Add(time.Minute)
	p = r.send(r.press(p, "main a[data-cancel]"), nil)
	third := read()
	if third["METHOD"] != "CANCEL" || third["STATUS"] != "CANCELLED" {
		t.Errorf("the file of a cancelled visit: %v", third)
	}
	var last int
	for i, file := range []map[string]string{first, second, third} {
		sequence, err := strconv.Atoi(file["SEQUENCE"])
		if err != nil || i > 0 && sequence <= last || file["UID"] != first["UID"] || file["UID"] == "" {
			t.Errorf("file %d: SEQUENCE %q after %d, UID %q", i, file["SEQUENCE"], last, file["UID"])
		}
		last = sequence
	}
	if second["DTSTART;TZID=Europe/Moscow"] == first["DTSTART;TZID=Europe/Moscow"] {
		t.Error("the file of a moved visit has the old time")
	}
}

// move moves a visit to the first time that is offered some days ahead.
func (r *rig) move(p page) page {
	r.t.Helper()
	return r.send(r.press(r.daysAhead(r.press(p, "main a[data-move]")), "main a[data-slot]"), nil)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.visitOf("1")
	id := r.latest().ID
	question := r.press(p, "main a[data-cancel]")
	if r.of(id).Deleted || r.writes() != 0 {
		t.Fatal("opening the question has cancelled the visit")
	}
	action, values := r.form(question)
	p = r.post(action, values)
	if p.step() != "cancelled" || p.badge() != "cancelled" || !r.of(id).Deleted || p.url.Query().Get("wizard") != "" {
		t.Fatalf("after cancelling: step %q, badge %q, %s", p.step(), p.badge(), p.url)
	}
	if p.Find("main a[data-cancel], main a[data-move]").Length() != 0 || p.Find("main [role=status]").Length() != 1 {
		t.Error("a cancelled visit offers changes, or does not say what happened")
	}
	for range 3 {
		if again := r.post(action, values); again.step() != "cancelled" {
			t.Errorf("pressed again: step %q", again.step())
		}
	}
	if n := r.writes(); n != 1 {
		t.Errorf("calls that change = %d, want 1", n)
	}
}

// TestR11PressesAtOnce sends one form ten times at once.
func TestR11PressesAtOnce(t *testing.T) {
	t.Parallel()
	for _, act := range []string{"cancel", "move"} {
		t.Run(act, func(t *testing.T) {
			r := newRig(t)
			p := r.press(r.visitOf("1"), "main a[data-"+act+"]")
			if act == "move" {
				p = r.press(p, "main a[data-slot]")
			}
			r.fault(`{"path":"","method":"` + map[string]string{"cancel": "DELETE", "move": "PUT"}[act] + `","answer_latency_ms":300}`)
			action, values := r.form(p)
			var wg sync.WaitGroup
			steps := make([]string, 10)
			for i := range steps {
				wg.Go(func() { steps[i] = r.post(action, values).badge() })
			}
			wg.Wait()
			want := map[string]string{"cancel": "cancelled", "move": "moved"}[act]
			for i, got := range steps {
				if got != want {
					t.Errorf("press %d shows %q, want %q", i, got, want)
				}
			}
			if n := r.writes(); n != 1 {
				t.Errorf("calls that change = %d, want 1", n)
			}
		})
	}
}

// TestCancelAnswers takes every answer that says yes, and finds out about those that say nothing.
func TestCancelAnswers(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"200 empty":       `{"path":"user/records","method":"DELETE","status":200,"work":true}`,
		"200 envelope":    `{"path":"user/records","method":"DELETE","status":200,"work":true,"body":"{\"success\":true,\"data\":null,\"meta\":[]}"}`,
		"204":             `{"path":"user/records","method":"DELETE","status":204,"work":true}`,
		"502, work done":  `{"path":"user/records","method":"DELETE","status":502,"work":true}`,
		"cut, work done":  `{"path":"user/records","method":"DELETE","close":"after"}`,
		"404, was done":   `{"path":"user/records","method":"DELETE","status":404,"work":true,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"no\"}}"}`,
		"HTML, work done": `{"path":"user/records","method":"DELETE","status":500,"work":true,"content_type":"text/html","body":"<html>"}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			p := r.press(r.visitOf("1"), "main a[data-cancel]")
			r.fault(fault)
			if p = r.send(p, nil); p.badge() != "cancelled" {
				t.Errorf("badge %q: %s", p.badge(), p.Find("main").Text())
			}
			if n := r.writes(); n != 1 {
				t.Errorf("calls that change = %d, want 1", n)
			}
		})
	}
}

// TestUnknownChangesAreLookedInto loses the request: nothing is sent again, the page finds out that
// nothing happened, and then it can be tried again.
func TestUnknownChangesAreLookedInto(t *testing.T) {
	t.Parallel()
	for _, act := range []string{"cancel", "move"} {
		t.Run(act, func(t *testing.T) {
			clock := testclock.Standing()
			r := newRigAt(t, clock.Now)
			p := r.visitOf("1")
			before := r.latest()
			p = r.press(p, "main a[data-"+act+"]")
			if act == "move" {
				p = r.press(p, "main a[data-slot]")
			}
			r.fault(`{"path":"","method":"` + map[string]string{"cancel": "DELETE", "move": "PUT"}[act] + `","close":"before","times":1}`)
			action, values := r.form(p)
			p = r.post(action, values)
			if p.step() != "record" || p.Find("main[data-again]").Length() != 1 || p.Find("main [data-cancel], main [data-move]").Length() != 0 {
				t.Fatalf("while it is unknown: step %q: %s", p.step(), p.Find("main").Text())
			}
			if again := r.post(action, values); again.step() != "record" || r.writes() != 1 {
				t.Fatalf("pressed again: step %q, calls that change = %d", again.step(), r.writes())
			}
			if row := r.operator(http.MethodGet, "/", nil).Find("#state table").First().Find("tbody tr"); row.Length() != 1 || row.Find("td").Eq(2).Text() != act {
				t.Errorf("the operator reads %q", row.Text())
			}
			clock.Add(91 * time.Second)
			p = r.get(p.url.String())
			for _, state := range []string{"unknown", "refused"} {
				if want := `okoshko_visit_changes_total{kind="` + act + `",state="` + state + `"} 1`; !strings.Contains(r.counted(), want) {
					t.Errorf("the metrics lack %s", want)
				}
			}
			if row := r.operator(http.MethodGet, "/", nil).Find("#state table").First().Find("tbody td"); strings.Contains(row.Text(), act) {
				t.Errorf("afterwards the operator reads %q", row.Text())
			}
			if p.alert() == "" || p.Find("main [data-"+act+"]").Length() != 1 {
				t.Fatalf("looked into: alert %q: %s", p.alert(), p.Find("main").Text())
			}
			if now := r.of(before.ID); now.Deleted || !now.Start.Equal(before.Start) {
				t.Fatalf("the visit has changed: %+v", now)
			}
			if act == "cancel" {
				p = r.send(r.press(p, "main a[data-cancel]"), nil)
			} else {
				p = r.move(p)
			}
			if want := map[string]string{"cancel": "cancelled", "move": "moved"}[act]; p.badge() != want || r.writes() != 2 {
				t.Errorf("tried again: badge %q, calls that change = %d", p.badge(), r.writes())
			}
		})
	}
}

// TestCancelledForGood shows a cancelled visit to its owner although the upstream has forgotten it.
func TestCancelledForGood(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.send(r.press(r.visitOf("1"), "main a[data-cancel]"), nil)
	link := p.url.String()
	r.fault(`{"path":"/book_record/","method":"GET","status":404,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"no\"}}"}`)
	if p = r.get(link); p.step() != "cancelled" || strings.Contains(p.Find("main").Text(), anna["comment"]) {
		t.Errorf("step %q: %s", p.step(), p.Find("main").Text())
	}
	hash := r.latest().Hash
	if other := r.get(strings.Replace(link, hash, strings.Repeat("0", len(hash)), 1)); other.status != http.StatusNotFound {
		t.Errorf("another hash gets %d", other.status)
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.visitOf("1")
	before := r.latest()
	p = r.press(p, "main a[data-move]")
	p = r.press(p, "main a[data-date]:not([aria-current])")
	if p.Find("main a[data-slot]").Length() == 0 {
		t.Fatalf("another day has no times: %s", p.url)
	}
	want := p.Find("main a[data-slot]").First().AttrOr("data-slot", "")
	p = r.press(p, "main a[data-slot]")
	if r.writes() != 0 {
		t.Fatal("choosing a time has moved the visit")
	}
	action, values := r.form(p)
	p = r.post(action, values)
	at, _ := time.Parse(time.RFC3339, want)
	after := r.of(before.ID)
	if p.step() != "record" || p.badge() != "moved" || !after.Start.Equal(at) || after.Deleted || after.Hash != before.Hash {
		t.Fatalf("moved to %v, want %v; step %q, badge %q", after.Start, at, p.step(), p.badge())
	}
	if shown := p.Find("main time").AttrOr("datetime", ""); !strings.HasPrefix(shown, want[:16]) {
		t.Errorf("the page shows %s, want %s", shown, want)
	}
	if n := len(r.online()); n != 1 {
		t.Errorf("visits that stand = %d, want 1", n)
	}
	if p = r.post(action, values); p.badge() != "moved" || r.writes() != 1 {
		t.Errorf("pressed again: badge %q, calls that change = %d", p.badge(), r.writes())
	}
	// A second move is another form, and the first form does not undo it.
	r.move(p)
	second := r.of(before.ID).Start
	if second.Equal(at) || r.writes() != 2 {
		t.Fatalf("moved a second time to %v", second)
	}
	if r.post(action, values); !r.of(before.ID).Start.Equal(second) || r.writes() != 2 {
		t.Errorf("the first form, sent late, has moved the visit to %v", r.of(before.ID).Start)
	}
}

// choices are the pages that ask whether to move a visit to the times that are offered on a later day.
func (r *rig) choices(p page) (out []page) {
	r.t.Helper()
	calendar := r.press(p, "main a[data-move]")
	_, free := shownDays(calendar)
	for _, date := range slices.Backward(free) {
		day := r.press(calendar, "main a[data-date='"+date+"']")
		if slots := day.Find("main a[data-slot]"); slots.Length() > 1 {
			for _, slot := range slots.EachIter() {
				out = append(out, r.get(r.absolute(day.url, slot.AttrOr("href", ""))))
			}
			break
		}
	}
	if len(out) < 2 {
		r.t.Fatalf("times offered: %d", len(out))
	}
	return out
}

// TestTwoTabsMove has two tabs open that move one visit to different times.
func TestTwoTabsMove(t *testing.T) {
	t.Parallel()
	r, came, letGo := held(t, http.MethodPut, "/book_record/")
	p := r.visitOf("1")
	id := r.latest().ID
	tabs := r.choices(p)
	one, other := tabs[0], tabs[len(tabs)-1]
	wants := func(tab page) string { return tab.Find("main [name=slot]").AttrOr("value", "") }
	// While the first is under way, the second does nothing and says so.
	slow := make(chan page)
	go func() { slow <- r.send(one, nil) }()
	<-came
	p = r.send(other, nil)
	letGo()
	if p.step() != "record" || p.alert() == "" || r.calls("PUT", "/book_record/") > 1 {
		t.Errorf("the second tab: step %q, alert %q: %s", p.step(), p.alert(), p.Find("main").Text())
	}
	if p = <-slow; p.badge() != "moved" || p.alert() != "" || !sameTime(t, r.of(id).Start.Format(time.RFC3339), wants(one)) {
		t.Errorf("the first tab: badge %q, alert %q, at %v", p.badge(), p.alert(), r.of(id).Start)
	}
	// Afterwards its form is as good as any: who presses last has decided.
	again := r.choices(p)
	last := again[len(again)-1]
	if p = r.send(last, nil); p.badge() != "moved" || p.alert() != "" || !sameTime(t, r.of(id).Start.Format(time.RFC3339), wants(last)) {
		t.Errorf("moved again: badge %q, alert %q, at %v", p.badge(), p.alert(), r.of(id).Start)
	}
	if n := len(r.online()); n != 1 || r.writes() != 2 {
		t.Errorf("visits = %d, calls that change = %d", n, r.writes())
	}
}

// TestTwoTabsCancel cancels in one tab what another one asks about too.
func TestTwoTabsCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.visitOf("1")
	one, other, move := r.press(p, "main a[data-cancel]"), r.press(p, "main a[data-cancel]"), r.choices(p)[0]
	if p = r.send(one, nil); p.badge() != "cancelled" {
		t.Fatalf("badge %q", p.badge())
	}
	if p = r.send(other, nil); p.badge() != "cancelled" || p.alert() != "" || p.status != http.StatusOK {
		t.Errorf("the second tab: status %d, badge %q, alert %q", p.status, p.badge(), p.alert())
	}
	if p = r.send(move, nil); p.badge() != "cancelled" || r.writes() != 1 {
		t.Errorf("a move of what is cancelled: badge %q, calls that change = %d", p.badge(), r.writes())
	}
}

// TestMoveToWhereItIs is no move, whether the visit is with somebody in particular or with whoever is free.
func TestMoveToWhereItIs(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"1", "13"} {
		r := newRig(t)
		p := r.visitOf(form)
		was := r.latest()
		at := was.Start.Format(time.RFC3339)
		days := r.get(p.url.Path + "/move?lang=en&date=" + p.Find("main time").AttrOr("datetime", "")[:10])
		days.Find("main a[data-slot]").Each(func(_ int, s *goquery.Selection) {
			if sameTime(t, s.AttrOr("data-slot", ""), at) {
				t.Errorf("form %s offers the time that the visit has", form)
			}
		})
		question := r.choices(p)[0]
		same := r.get(p.url.Path + "/move?lang=en&slot=" + url.QueryEscape(at))
		action, values := r.form(question)
		values.Set("slot", at)
		for name, p := range map[string]page{"chosen": same, "sent": r.post(action, values)} {
			if p.status != http.StatusOK || p.alert() != "" || p.Find("main [role=status]").Length() != 1 || p.Find("main a[data-date]").Length() == 0 || p.Find("main form").Length() != 0 {
				t.Errorf("form %s, %s: status %d: %s", form, name, p.status, p.Find("main").Text())
			}
		}
		if r.writes() != 0 || !r.of(was.ID).Start.Equal(was.Start) {
			t.Errorf("form %s: calls that change = %d", form, r.writes())
		}
	}
}

// TestLostMove has somebody else take the time between the choice and the press.
func TestLostMove(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.visitOf("1")
	before := r.latest()
	p = r.press(r.press(p, "main a[data-move]"), "main a[data-slot]")
	r.fault(`{"path":"/book_record/","method":"PUT","times":1,"status":422,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"x\",\"errors\":[{\"code\":433,\"message\":\"taken\"}]}}"}`)
	p = r.send(p, nil)
	if p.status != http.StatusConflict || p.Find("main a[data-slot]").Length() != 3 || p.alert() == "" {
		t.Fatalf("status %d, times offered %d, alert %q", p.status, p.Find("main a[data-slot]").Length(), p.alert())
	}
	namedAsSeen(t, p.Find("main a[data-slot]"))
	if now := r.of(before.ID); now.Deleted || !now.Start.Equal(before.Start) {
		t.Fatalf("the visit has changed: %+v", now)
	}
	if p = r.send(r.press(p, "main a[data-slot]"), nil); p.badge() != "moved" || r.of(before.ID).Start.Equal(before.Start) {
		t.Errorf("another time: badge %q", p.badge())
	}
}

// TestMoveOfWhoeverIsFree offers everybody's times where nobody in particular was asked for.
func TestMoveOfWhoeverIsFree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.visitOf("13") // master hidden, no preset
	// The page says what is moved, with whom it is now, and that somebody else may take it.
	record, choose := mainText(p), r.press(p, "main a[data-move]")
	title, master := plain(p.Find("main .rows dt").First().Text()), plain(p.Find("main .visit .facts [translate=no]").First().Text())
	anyone := plain(says(t, "en", "widget.move.anyone"))
	if title == "" || master == "" {
		t.Fatalf("the visit's page names no service or no master: %s", record)
	}
	r.has(choose, "move", title, master, anyone)
	r.has(r.press(choose, "main a[data-slot]"), "confirm the move", title, anyone)
	if p = r.move(p); p.badge() != "moved" {
		t.Errorf("badge %q: %s", p.badge(), p.Find("main").Text())
	}
	for _, path := range r.paths("GET", "/book_times/501/") {
		if !strings.Contains(path, "/book_times/501/0/") {
			t.Errorf("times of one master were asked for: %s", path)
		}
	}
	own := r.press(r.toAhead(r.get("/b/1?lang=en&master=50101"), "done"), "main a[rel=record]")
	r.has(r.press(own, "main a[data-move]"), "move of a master's visit", plain(own.Find("main .rows dt").First().Text()), "!"+anyone)
}

// paths are those of the calls to a path.
func (r *rig) paths(method, part string) (out []string) {
	for _, c := range r.box.Calls() {
		if c.Method == method && strings.Contains(c.Path, part) {
			out = append(out, c.Path)
		}
	}
	return out
}

// TestChangesEndInTime offers what the salon allows while it does, and says afterwards why not.
func TestChangesEndInTime(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	p := r.visitOf("1") // moving ends 3 hours before, cancelling 5
	link, start := p.url.String(), r.latest().Start
	clock.Set(start.Add(-6 * time.Hour))
	cancel, move := r.press(p, "main a[data-cancel]"), r.press(r.press(p, "main a[data-move]"), "main a[data-slot]")
	for _, tt := range []struct {
		before       time.Duration
		cancel, move bool
		says         string
	}{
		{5*time.Hour + time.Minute, true, true, ""},
		{5*time.Hour - time.Minute, false, true, "5 h"},
		{3*time.Hour - time.Minute, false, false, "3 h"},
		{-time.Minute, false, false, ""},
	} {
		clock.Set(start.Add(-tt.before))
		p := r.get(link)
		if got := p.Find("main a[data-cancel]").Length() == 1; got != tt.cancel {
			t.Errorf("%v before: cancelling is offered: %v", tt.before, got)
		}
		if got := p.Find("main a[data-move]").Length() == 1; got != tt.move {
			t.Errorf("%v before: moving is offered: %v", tt.before, got)
		}
		if tt.says != "" && (!strings.Contains(strings.ReplaceAll(p.Find("main").Text(), "\u00a0", " "), tt.says) || p.Find("main p.note a[href^='tel:']").Length() == 0) {
			t.Errorf("%v before, the page does not say why, or whom to call: %s", tt.before, p.Find("main").Text())
		}
		if got := r.get(p.url.Path + "/cancel"); !tt.cancel && got.Find("main form").Length() != 0 {
			t.Errorf("%v before: the question can be opened", tt.before)
		}
	}
	clock.Set(start.Add(-2 * time.Hour))
	for name, form := range map[string]page{"cancel": cancel, "move": move} {
		if p := r.send(form, nil); p.step() != "record" || r.writes() != 0 {
			t.Errorf("%s by an old form: step %q, calls that change = %d", name, p.step(), r.writes())
		}
	}
}

// TestSalonsThatForbid: the barbershop does not move, Rasa does not cancel, a class is not moved.
func TestSalonsThatForbid(t *testing.T) {
	t.Parallel()
	for form, want := range map[string][2]int{"15": {1, 0}, "19": {0, 1}, "22": {1, 0}} {
		t.Run("form "+form, func(t *testing.T) {
			r := newRig(t)
			p := r.visitOf(form)
			if form == "15" && r.latest().Start.Before(r.now().Add(24*time.Hour)) {
				want[0] = 0 // its deadline is a day
			}
			got := [2]int{p.Find("main a[data-cancel]").Length(), p.Find("main a[data-move]").Length()}
			if got != want {
				t.Errorf("cancelling, moving offered = %v, want %v", got, want)
			}
			if p.Find("main p.note a[href^='tel:']").Length() == 0 {
				t.Errorf("the page does not say whom to call: %s", p.Find("main").Text())
			}
		})
	}
}

// TestEventsAreCancelled gives a place at a class back.
func TestEventsAreCancelled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.send(r.press(r.visitOf("22"), "main a[data-cancel]"), nil)
	if p.badge() != "cancelled" || !r.latest().Deleted {
		t.Errorf("badge %q", p.badge())
	}
	if again := r.press(p, "main a:contains('"+says(t, "en", "widget.record.repeat")+"')"); again.step() != "events" {
		t.Errorf("booking again leads to %q", again.step())
	}
}

// TestExpiredFormsAskAgain lets a form lie for longer than its token is good.
func TestExpiredFormsAskAgain(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	p := r.visitOf("1")
	clock.Set(r.latest().Start.Add(-40 * time.Hour))
	cancel, move := r.press(p, "main a[data-cancel]"), r.press(r.press(p, "main a[data-move]"), "main a[data-slot]")
	clock.Add(31 * time.Minute)
	for name, form := range map[string]page{"cancel": cancel, "move": move} {
		before := r.writes()
		p := r.send(form, nil)
		if r.writes() != before || p.Find("main form[method=post]").Length() != 1 || p.alert() == "" {
			t.Errorf("%s: step %q, alert %q, calls that change = %d", name, p.step(), p.alert(), r.writes()-before)
		}
		if name == "cancel" {
			continue
		}
		if p = r.send(p, nil); p.badge() != "moved" {
			t.Errorf("%s, asked again: badge %q", name, p.badge())
		}
	}
}

// TestLinksFromElsewhere opens a visit by the links of the upstream's own widget.
func TestLinksFromElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.visitOf("1")
	x := r.latest()
	tail := "success-order/" + strconv.Itoa(x.ID) + "/" + x.Hash
	for _, ref := range []string{
		"/b/1/" + tail, "/b/1/company/501/" + tail, "/b/1/company/501/personal/" + tail + "?orderStatus=successed&lang=en-US",
		"/b/1/visit?link=" + url.QueryEscape("https://n1.yclients.com/company/501/"+tail), "/b/1/visit?link=" + url.QueryEscape(tail),
		"/b/1/visit?link=" + url.QueryEscape("https://api.yclients.com/api/v1/user/records/"+strconv.Itoa(x.ID)+"/"+x.Hash),
	} {
		p := r.get(ref)
		if p.step() != "record" || !strings.HasPrefix(p.url.Path, "/r/1/501/") || p.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s leads to step %q, %s", ref, p.step(), p.url)
		}
	}
	if p := r.get("/b/1/company/501/" + tail + "?lang=en-US"); p.Find("html").AttrOr("lang", "") != "en" {
		t.Errorf("the language of the link is lost: %q", p.Find("html").AttrOr("lang", ""))
	}
	for _, ref := range []string{
		"/b/1/company/501/success-order/" + strconv.Itoa(x.ID) + "/" + strings.Repeat("0", 32), "/b/1/company/601/" + tail, "/b/424242/company/501/" + tail,
		"/b/1/visit?link=" + url.QueryEscape("https://n2.yclients.com/company/501/"+tail), "/b/1/visit", "/b/1/visit?link=" + url.QueryEscape("https://evil.example/"),
		"/b/3/visit?link=" + url.QueryEscape(tail), "/b/1/company/501/personal/evil", "/b/1/company/x/personal/menu",
		"/b/3/" + tail, "/b/1/success-order/x/" + x.Hash, "/b/424242/company/501/personal/menu", "/b/1/select-city/x/select-branch", "/b/1/company/501//evil.example/", "/b/1/company/%2f%2fevil.example/menu",
	} {
		if p := r.get(ref); p.status != http.StatusNotFound {
			t.Errorf("%s gets %d, step %q", ref, p.status, p.step())
		}
	}
}

// TestPagesFromElsewhere opens the pages of the upstream's own widget by their addresses, with their state.
func TestPagesFromElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	event := r.press(r.get("/b/22/events?lang=en"), "main a[data-event]").url.Path
	company := strconv.Itoa(r.forms()[22])
	for ref, want := range map[string]struct {
		step string
		has  url.Values
	}{
		"/b/1/company/501/personal/menu?lang=en-US":                                              {"service", url.Values{"lang": {"en"}}},
		"/b/1/company/501/personal/select-time?o=m50101s501001&utm_source=ad":                    {"datetime", url.Values{"services": {"501001"}, "master": {"50101"}, "utm_source": {"ad"}}},
		"/b/1/company/501/personal/select-master/master-info/501/50101?o=s501001":                {"datetime", url.Values{"services": {"501001"}, "master": {"50101"}}},
		"/b/3/company/601/create-record/record?o=s601001m-1":                                     {"datetime", url.Values{"company": {"601"}, "city": {"52"}, "services": {"601001"}, "master": {"0"}}},
		"/b/3/select-city/52/select-branch":                                                      {"company", url.Values{"city": {"52"}}},
		"/b/22/company/" + company + "/activity/select":                                          {"events", nil},
		"/b/22/company/" + company + "/activity/info/" + event[strings.LastIndex(event, "/")+1:]: {"events", nil},
		"/b/1/company/501/personal/menu?o=https://evil.example/":                                 {"service", nil}, // what is no state is dropped
	} {
		p := r.get(ref)
		if p.step() != want.step || p.status != http.StatusOK || p.url.Host != strings.TrimPrefix(r.app.URL, "http://") {
			t.Errorf("%s leads to step %q, %s", ref, p.step(), p.url)
		}
		for name := range want.has {
			if got := p.url.Query().Get(name); got != want.has.Get(name) {
				t.Errorf("%s: %s is %q, want %q: %s", ref, name, got, want.has.Get(name), p.url)
			}
		}
	}
}

// forms are the companies of the sandbox's forms.
func (r *rig) forms() map[int]int {
	out := map[int]int{}
	for _, f := range r.box.Forms() {
		out[f.ID] = f.Company
	}
	return out
}
