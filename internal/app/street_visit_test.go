package app

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

var _ = addStreet("E4 a record without a length", func(t *testing.T) {
	r := newRig(t)
	visit := r.visitOf("1")
	record := r.latest()
	path := fmt.Sprintf("book_record/501/%d/*", record.ID)
	service := func(length any) []any {
		return []any{map[string]any{"id": 501001, "title": "Cut", "cost": 100, "price_min": 100, "price_max": 100, "seance_length": length}, map[string]any{"id": 501002, "title": "Dry", "cost": 100, "price_min": 100, "price_max": 100, "seance_length": 1800}}
	}
	for _, length := range []any{nil, 0, "", -3600, "0"} {
		for _, sum := range []any{3600, -5} {
			r.box.ClearAnswers()
			if err := r.box.Answer(sandbox.Answer{Path: path, Merge: map[string]any{"length": length, "services": service(sum)}}); err != nil {
				t.Fatal(err)
			}
			file, _ := r.file(visit.url.Path + "/visit.ics")
			want := record.Start.Add(90 * time.Minute)
			if sum == -5 {
				want = record.Start.Add(30 * time.Minute)
			}
			if end := "DTEND;TZID=Europe/Moscow:" + want.In(time.FixedZone("", 3*3600)).Format("20060102T150405"); !strings.Contains(file, end) {
				t.Errorf("length %v, services %v: the file lacks %s:\n%s", length, sum, end, file)
			}
		}
		r.box.ClearAnswers()
		if err := r.box.Answer(sandbox.Answer{Path: path, Merge: map[string]any{"length": length, "services": []any{}}}); err != nil {
			t.Fatal(err)
		}
		if file, _ := r.file(visit.url.Path + "/visit.ics"); strings.Contains(file, "DTEND") {
			t.Errorf("length %v, no services: the entry has an end:\n%s", length, file)
		}
		if p := r.get(visit.url.Path + "?lang=en"); p.step() != "record" || strings.Contains(p.Find("main").Text(), "-1") {
			t.Errorf("length %v: %s", length, p.Find("main").Text())
		}
	}
})

// sentReminders are what the last record was booked with.
func (r *rig) sentReminders() (sms, email int) {
	r.t.Helper()
	x := r.latest()
	record, err := r.client().Record(context.Background(), x.Company, x.ID, x.Hash)
	if err != nil {
		r.t.Fatal(err)
	}
	return record.NotifyBySMS, record.NotifyByEmail
}

var _ = addStreet("E5 only reminders that still lie ahead", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	if err := r.box.Answer(sandbox.Answer{Path: "company/501", Merge: map[string]any{"reminds_sms_default": 24, "email_hours_default": 48, "reminds_sms_disabled": false, "sms_enabled": true}}); err != nil {
		t.Fatal(err)
	}
	datetime := r.daysAhead(r.to(r.get("/b/1?lang=en"), "datetime"))
	slot := datetime.Find("main a[data-slot]").First()
	at, err := time.Parse(time.RFC3339, slot.AttrOr("data-slot", ""))
	if err != nil {
		t.Fatal(err)
	}
	options := func(p page, name string) (hours []string, chosen string) {
		for _, o := range p.Find("main select[name=" + name + "] option").EachIter() {
			hours = append(hours, o.AttrOr("value", ""))
			if _, ok := o.Attr("selected"); ok {
				chosen = o.AttrOr("value", "")
			}
		}
		return hours, chosen
	}
	for before, want := range map[time.Duration]struct{ sms, email, chosen string }{
		80 * time.Minute: {"0 1", "0 1", "0"}, 30 * time.Hour: {"0 1 2 3 4 5 6 9 12 15 18 21 24", "0 1 2 3 4 5 6 9 12 15 18 21 24", "24"}, 45 * time.Minute: {"", "", ""},
	} {
		clock.Add(at.Add(-before).Sub(clock.Now()))
		p := r.get("/b/1/contact?" + func() string {
			q := datetime.url.Query()
			q.Del("date")
			q.Set("slot", slot.AttrOr("data-slot", ""))
			return q.Encode()
		}())
		if p.step() != "contact" {
			t.Logf("%s before it is too soon to book: %s", before, p.step())
			continue
		}
		sms, chosen := options(p, "notify_by_sms")
		email, _ := options(p, "notify_by_email")
		if strings.Join(sms, " ") != want.sms || strings.Join(email, " ") != want.email || chosen != want.chosen {
			t.Errorf("%s before: text message %v (%s), e-mail %v", before, sms, chosen, email)
		}
		if before == 45*time.Minute {
			continue
		}
		typed := maps.Clone(anna)
		typed["notify_by_sms"], typed["notify_by_email"], typed["email"] = "48", "48", "anna@example.com"
		typed["phone"] = fmt.Sprintf("+7 916 123-%02d-67", int(before.Minutes())%100)
		if done := r.to(r.send(p, typed), "done"); done.step() != "done" {
			t.Fatalf("%s before: step %q", before, done.step())
		}
		if sms, email := r.sentReminders(); sms != 0 || email != 0 {
			t.Errorf("%s before: reminders %d and %d hours before are sent", before, sms, email)
		}
	}
})

var _ = addStreet("E5 a reminder by e-mail needs one", func(t *testing.T) {
	r := newRig(t)
	for _, email := range []string{"", "anna@example.com"} {
		p := r.daysAhead(r.to(r.get("/b/1?lang=en"), "datetime"))
		contact := r.to(p, "contact")
		typed := maps.Clone(anna)
		typed["notify_by_email"], typed["email"], typed["phone"] = "24", email, fmt.Sprintf("+7 916 123-45-%02d", 10+len(email))
		if done := r.to(r.send(contact, typed), "done"); done.step() != "done" {
			t.Fatalf("step %q", done.step())
		}
		if _, got := r.sentReminders(); (got != 0) != (email != "") {
			t.Errorf("with the e-mail %q a reminder %d hours before is sent", email, got)
		}
	}
})

var _ = addStreet("E8 what a calendar is told", func(t *testing.T) {
	clock := testclock.Running()
	r := newRigAt(t, clock.Now)
	if err := r.box.Answer(sandbox.Answer{Path: "company/501", Merge: map[string]any{"email": "hello@primrose.example"}}); err != nil {
		t.Fatal(err)
	}
	visit := r.visitOf("1")
	record := r.latest()
	file, header := r.file(visit.url.Path + "/visit.ics")
	for _, want := range []string{"METHOD:PUBLISH", "mailto:hello@primrose.example", "BEGIN:VALARM", "TRIGGER:-PT120M"} {
		if !strings.Contains(strings.ReplaceAll(file, "\r\n ", ""), want) {
			t.Errorf("the file lacks %s:\n%s", want, file)
		}
	}
	if got := header.Get("Content-Disposition"); !strings.HasPrefix(got, "inline") {
		t.Errorf("a telephone is to keep the file: %q", got)
	}
	// A subscription follows the visit, and its address opens nothing else.
	link, err := url.Parse(visit.Find("main a[data-feed]").AttrOr("href", ""))
	if err != nil || !strings.HasSuffix(link.Path, "/feed.ics") || strings.Contains(link.String(), record.Hash) {
		t.Fatalf("the address of the subscription is %v, %v", link, err)
	}
	feed, header := r.file(link.RequestURI())
	if !strings.Contains(feed, "METHOD:PUBLISH") || !strings.Contains(feed, "STATUS:CONFIRMED") || strings.Contains(feed, record.Hash) || header.Get("Cache-Control") != "no-store" {
		t.Errorf("the subscription:\n%s", feed)
	}
	name := strings.Split(link.Path, "/")[5]
	for _, path := range []string{"", "/cancel", "/move", "/visit.ics"} {
		if p := r.get(strings.TrimSuffix(link.Path, "/feed.ics") + path); p.status != http.StatusNotFound && p.status != http.StatusTooManyRequests {
			t.Errorf("the subscription's name opens %s: status %d", p.url, p.status)
		}
	}
	for _, wrong := range []string{strings.Repeat("0", len(name)), record.Hash, "x"} {
		if p := r.get(strings.Replace(link.Path, name, wrong, 1)); p.status != http.StatusNotFound && p.status != http.StatusTooManyRequests {
			t.Errorf("a subscription named %s: status %d", wrong, p.status)
		}
	}
	other := r.visitOf("1") // its own record's path does not open this one's
	if p := r.get(other.url.Path[:strings.LastIndexByte(other.url.Path, '/')+1] + name + "/feed.ics"); p.status != http.StatusNotFound && p.status != http.StatusTooManyRequests {
		t.Errorf("another visit's subscription: status %d", p.status)
	}
	clock.Add(time.Minute)
	r.move(visit)
	moved, _ := r.file(link.RequestURI())
	if start := r.of(record.ID).Start.In(time.FixedZone("", 3*3600)).Format("20060102T150405"); !strings.Contains(moved, start) {
		t.Errorf("after a move the subscription lacks %s:\n%s", start, moved)
	}
	clock.Add(time.Minute)
	gone := r.send(r.press(r.get(visit.url.RequestURI()), "main a[data-cancel]"), nil)
	cancelled, _ := r.file(link.RequestURI())
	if !strings.Contains(cancelled, "METHOD:PUBLISH") || !strings.Contains(cancelled, "STATUS:CANCELLED") {
		t.Errorf("after a cancellation the subscription says:\n%s", cancelled)
	}
	// The file of a cancelled visit is a cancellation, and the page promises no more than that.
	file, _ = r.file(visit.url.Path + "/visit.ics")
	for _, want := range []string{"METHOD:CANCEL", "STATUS:CANCELLED", "mailto:hello@primrose.example", "UID:"} {
		if !strings.Contains(strings.ReplaceAll(file, "\r\n ", ""), want) {
			t.Errorf("the cancellation lacks %s:\n%s", want, file)
		}
	}
	if text := gone.Find("main").Text(); !strings.Contains(text, "delete it yourself") || strings.Contains(text, "Remove from calendar") || gone.Find("main a[data-feed]").Length() != 0 {
		t.Errorf("the cancelled visit's page: %s", text)
	}
})

var _ = addStreet("W7 a page without https", func(t *testing.T) {
	r := newRig(t)
	contact := r.to(r.get("/b/1?lang=en"), "contact")
	// A browser in a local network asks for pages and says nothing of where the request comes from.
	page, _ := r.asks(http.MethodGet, contact.url.RequestURI(), map[string]string{"Accept": "text/html,application/xhtml+xml", "User-Agent": "Mozilla/5.0 (Linux; Android 14)"})
	if got := page.header.Get("Referrer-Policy"); got != "strict-origin" {
		t.Errorf("the contact page's policy is %q, under which its form says no origin", got)
	}
	action, values := r.form(page)
	target, err := url.Parse(action)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range anna {
		values.Set(name, value)
	}
	send := func(origin string) (int, string) {
		status, _, body := r.request(http.MethodPost, target.RequestURI(), values.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Origin": origin})
		return status, body
	}
	if status, body := send(r.app.URL); status != http.StatusOK && status != http.StatusSeeOther {
		t.Errorf("its form gets status %d: %s", status, body)
	}
	for origin, want := range map[string]bool{"null": true, "https://evil.example": false} {
		status, body := send(origin)
		if status != http.StatusForbidden || strings.Contains(body, "begins with https") != want {
			t.Errorf("origin %s: status %d, %s", origin, status, body)
		}
	}
	// Over https browsers say it themselves, and nothing is told.
	if page, _ := r.asks(http.MethodGet, contact.url.RequestURI(), map[string]string{"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}); page.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("over https the policy is %q", page.header.Get("Referrer-Policy"))
	}
	visit := r.visitOf("1")
	if page, _ := r.asks(http.MethodGet, visit.url.Path, map[string]string{"Accept": "text/html"}); page.header.Get("Referrer-Policy") != "strict-origin" {
		t.Errorf("the visit's page's policy is %q", page.header.Get("Referrer-Policy"))
	}
})

var _ = addStreet("W6 a frame whose sandbox takes its origin away", func(t *testing.T) {
	r := newRig(t)
	contact := r.to(r.get("/b/1?lang=en"), "contact")
	action, values := r.form(contact)
	target, err := url.Parse(action)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range anna {
		values.Set(name, value)
	}
	for dest, want := range map[string]bool{"iframe": true, "document": false} {
		status, _, body := r.request(http.MethodPost, target.RequestURI(), values.Encode(), map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest,
		})
		said := strings.Contains(body, "lacks allow-same-origin") && strings.Contains(body, r.app.URL+"/b/1 ")
		if status != http.StatusForbidden || said != want {
			t.Errorf("%s: status %d, %s", dest, status, body)
		}
	}
	if len(r.online()) != 0 {
		t.Error("a visit was booked")
	}
})
