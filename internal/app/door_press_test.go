package app

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

var _ = addDoor("17 S-29 a press before the page can have been read does nothing", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, "OKOSHKO_LIMITS_PRESS_AGE=500ms")
	pressed := func(what string, p page, calls func() int, done func(page) bool) page {
		t.Helper()
		before := calls()
		for _, wait := range []time.Duration{0, 62 * time.Millisecond, 437 * time.Millisecond} {
			clock.Add(wait)
			again := r.send(p, nil)
			if again.status != http.StatusOK || !saysEarly(again) || again.step() != p.step() || calls() != before {
				t.Fatalf("%s: a press after %v leads to %q: %s", what, wait, again.step(), again.alert())
			}
			if wait > 400*time.Millisecond {
				p = again // its own time begins anew
			}
		}
		clock.Add(501 * time.Millisecond)
		if p = r.send(p, nil); !done(p) || calls() != before+1 {
			t.Fatalf("%s: the next press leads to %q: %s", what, p.step(), p.alert())
		}
		return p
	}
	made := func() int { return r.calls(http.MethodPost, "/book_record/") }
	done := pressed("booking", r.toAhead(r.get("/b/1?lang=en"), "confirm"), made, func(p page) bool { return p.step() == "done" })

	record := r.press(done, "main a[rel=record]")
	move := r.press(record, "main a[data-move]")
	move = r.get(move.Find("main a[data-date]").Last().AttrOr("href", "")) // a day far enough ahead to be cancelled
	record = pressed("moving", r.press(move, "main a[data-slot]"), func() int { return r.calls(http.MethodPut, "/book_record/") }, func(p page) bool { return p.step() == "record" })
	pressed("cancelling", r.press(record, "main a[data-cancel]"), func() int { return r.calls(http.MethodDelete, "/user/records/") }, func(p page) bool { return p.step() == "cancelled" })
})

var _ = addDoor("17 S-29 a contact form that books is held to it as well, and loses nothing", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, "OKOSHKO_LIMITS_PRESS_AGE=500ms")
	for _, f := range r.box.Forms() {
		if f.Broken {
			continue
		}
		contact := r.toAhead(r.get("/b/"+strconv.Itoa(f.ID)+"?lang=en"), "contact") // not a time that a second later is too near
		if contact.Find("main form[data-press]").Length() == 0 {
			continue
		}
		before := len(r.online())
		p := r.send(contact, anna)
		if len(r.online()) != before || !saysEarly(p) || p.Find("[name=fullname]").AttrOr("value", "") != anna["fullname"] {
			t.Fatalf("form %d: a press at once leads to %q: %s", f.ID, p.step(), p.alert())
		}
		clock.Add(time.Second)
		if p = r.send(p, nil); p.step() != "done" || len(r.online()) != before+1 {
			t.Fatalf("form %d: the next press leads to %q: %s", f.ID, p.step(), p.alert())
		}
		return
	}
	t.Fatal("no form of the sandbox books from its contact step")
})

// saysEarly says whether a page tells that its button was pressed too early.
func saysEarly(p page) bool {
	words, ok := p.Find("main form[data-press='500'] [data-early]").Attr("data-early")
	return ok && words != "" && strings.Contains(p.alert(), words)
}
