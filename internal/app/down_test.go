package app

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/testclock"
)

// fallSilent makes every call fail until the breaker keeps them back.
func (r *rig) fallSilent() {
	r.t.Helper()
	r.fault(`{"path":"","status":503,"body":"<html>down</html>","content_type":"text/html"}`)
	for i := range 40 {
		r.get("/b/" + strconv.Itoa(70000+i)) // not kept, so it asks
	}
}

// recover ends all faults.
func (r *rig) recover() {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodDelete, r.api+"/_sandbox/faults", http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// phone is whether the page has the salon's number as a link in its main part.
func (p page) phone() bool { return p.Find("main a[href^='tel:']").Length() > 0 }

// catalogue pages from what is kept with a notice; pages of times and of the booking with
// the salon's phone and all that was typed.
func TestR16WhileTheUpstreamIsDown(t *testing.T) {
	t.Parallel() // it waits most of the time
	c := testclock.Running()
	r := newRigAt(t, c.Now)
	service := r.get("/b/1/service?lang=en")
	master := r.to(service, "master")
	datetime := r.to(master, "datetime")
	contact := r.to(datetime, "contact")
	confirm := r.send(contact, anna)
	r.fallSilent()

	for name, u := range map[string]string{"service": service.url.String(), "master": master.url.String()} {
		p := r.get(u)
		if p.step() != name || p.status != http.StatusOK || p.Find("main [data-service], main [data-staff]").Length() == 0 {
			t.Errorf("%s: step %q, status %d", name, p.step(), p.status)
		}
		if !strings.Contains(p.alert(), says(t, "en", "widget.notice.outdated")) || !p.phone() {
			t.Errorf("%s says %q, phone %v; want that the salon's system does not answer, and its phone", name, p.alert(), p.phone())
		}
	}
	c.Add(time.Minute) // no time is known any more
	p := r.get(datetime.url.String())
	if p.step() != "error" || p.kind() != "down" || !p.phone() || p.Find("main a[href*='/datetime']").Length() == 0 {
		t.Errorf("datetime: step %q, kind %q, phone %v; want an error page with the phone and a way to try again", p.step(), p.kind(), p.phone())
	}
	p = r.get(contact.url.String())
	if p.step() != "contact" || !p.phone() || p.Find("main [name=phone]").Length() != 1 {
		t.Errorf("contact: step %q, phone %v; want the form and the salon's phone", p.step(), p.phone())
	}
	p = r.send(contact, anna)
	if p.step() != "confirm" && p.step() != "contact" || !p.phone() || !strings.Contains(p.Find("main").Text()+p.Find("main [name=fullname]").AttrOr("value", ""), anna["fullname"]) {
		t.Errorf("contact sent: step %q, phone %v; want what was typed and the salon's phone\n%s", p.step(), p.phone(), p.Find("main").Text())
	}
	p = r.send(confirm, nil)
	if p.step() != "confirm" || !p.phone() || !strings.Contains(p.Find("main").Text(), anna["fullname"]) || p.alert() == "" {
		t.Errorf("confirm: step %q, phone %v, alert %q; want the same form with the salon's phone", p.step(), p.phone(), p.alert())
	}
	if n := len(r.online()); n != 0 {
		t.Fatalf("%d records, want none", n)
	}

	// The upstream is back: nobody has to start anything again.
	r.recover()
	confirmAgain := p
	waited := clock.Stopwatch()
	down := func(p page) bool {
		return p.step() != "datetime" || strings.Contains(p.alert(), says(t, "en", "widget.notice.outdated"))
	}
	for p = r.get(datetime.url.String()); down(p) && waited() < patience; p = r.get(datetime.url.String()) {
		<-time.After(200 * time.Millisecond)
	}
	if down(p) {
		t.Fatalf("after the upstream has come back: step %q, alert %q", p.step(), p.alert())
	}
	if p = r.send(confirmAgain, nil); p.step() != "done" || len(r.online()) != 1 {
		t.Errorf("the form that was kept open: step %q, %d records, want done and 1\n%s", p.step(), len(r.online()), p.Find("main").Text())
	}
}

// while the breaker is open nobody waits. A page that waited for the upstream would take its
// retries' pauses at least.
func TestR15AnOpenBreakerAnswersAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	contact := r.to(r.get("/b/1?lang=en"), "contact")
	r.send(contact, anna)
	r.fallSilent()
	made := r.made()
	for _, u := range []string{"/b/1/service?lang=en", "/b/18/service?lang=en", "/b/1/datetime?lang=en", contact.url.String(), "/b/3?lang=lv"} {
		took := clock.Stopwatch()
		p := r.get(u)
		t.Logf("step %q in %v: %s", p.step(), took(), u)
	}
	for _, call := range r.made()[len(made):] {
		if call.Method == http.MethodGet {
			t.Errorf("%s was asked behind an open breaker", call.Path)
		}
	}
}
