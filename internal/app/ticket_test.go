package app

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"okoshko/internal/testclock"
)

// books selects the button that goes on.
const books = "main form[method=post] button[type=submit]:not([name])"

// TestConfirmWithinContact books at forms whose operator has the confirm step drawn within the contact step.
func TestConfirmWithinContact(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_FORM_1_CONFIRM=with-contact", "OKOSHKO_FORM_2_CONFIRM=with-contact")
	contact := r.to(r.get("/b/1?lang=en"), "contact")
	if got := contact.Find(books).Text(); strings.TrimSpace(got) != "Book" {
		t.Errorf("the button of the contact page says %q", got)
	}
	// What is booked stands on the same page as the button.
	if contact.Find("main .ticket time").Length() != 1 {
		t.Errorf("the page does not show what its button books:\n%s", contact.Find("main").Text())
	}
	done := r.send(contact, anna)
	if done.step() != "done" || len(r.online()) != 1 {
		t.Fatalf("the button leads to %q with %d records", done.step(), len(r.online()))
	}
	if again := r.send(contact, anna); again.url.String() != done.url.String() || r.calls(http.MethodPost, "/book_record/") != 1 {
		t.Errorf("pressed again it leads to %s", again.url)
	}
	if p := r.get(strings.Replace(contact.url.RequestURI(), "/contact", "/confirm", 1)); p.step() == "confirm" {
		t.Error("the confirm step has a page of its own too")
	}
	// Where a code is asked for, the first button sends it and the second one books.
	code := r.send(r.to(r.get("/b/2?lang=en"), "contact"), anna)
	if !asksForCode(code) || code.Find("main .ticket time").Length() != 1 || strings.TrimSpace(code.Find(books).Text()) != "Book" {
		t.Fatalf("the button of the contact page leads to %q:\n%s", code.step(), code.Find("main").Text())
	}
	wrong := r.send(code, map[string]string{"code": wrongCode(r.code(), 1)})
	if !asksForCode(wrong) || wrong.alert() == "" || len(r.online()) != 1 {
		t.Fatalf("a wrong code leads to %q with %d records", wrong.step(), len(r.online()))
	}
	if p := r.send(wrong, map[string]string{"code": r.code()}); p.step() != "done" || len(r.online()) != 2 {
		t.Errorf("the right code leads to %q with %d records", p.step(), len(r.online()))
	}
}

// TestCodeStandsBesideTheButtonThatBooks checks that a code which cannot be right leads to no further page either, and that
// what was typed of it stays when the page is shown again for another reason.
func TestCodeStandsBesideTheButtonThatBooks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.askCode("+79161234567")
	for _, code := range []string{"", "12345678901"} {
		if q := r.send(p, map[string]string{"code": code}); !asksForCode(q) || q.Find("main [name=code][aria-invalid=true]").Length() != 1 || q.status != http.StatusUnprocessableEntity {
			t.Errorf("the code %q leads to %q, status %d", code, q.step(), q.status)
		}
	}
	if n := r.calls(http.MethodPost, "/book_record/"); n != 0 {
		t.Errorf("the upstream was asked to book %d times", n)
	}
	action, values := r.form(p)
	values.Set("code", "1234")
	values.Set("switch", "1")
	q := r.post(strings.Replace(action, "lang=ru", "lang=en", 1), values)
	if got := q.Find("main [name=code]").AttrOr("value", ""); !asksForCode(q) || got != "1234" {
		t.Errorf("in another language the field holds %q", got)
	}
	if got := p.Find("main .typed").Text(); !strings.Contains(got, anna["fullname"]) || !strings.Contains(got, "123-45-67") {
		t.Errorf("who books with it: %q", got)
	}
	if done := r.send(p, map[string]string{"code": r.code()}); done.step() != "done" || len(r.online()) != 1 {
		t.Errorf("the right code leads to %q with %d records", done.step(), len(r.online()))
	}
}

// TestVisitsStandInOrderOfTime chooses the later visit first.
func TestVisitsStandInOrderOfTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	two := r.addVisit(r.to(r.get("/b/1?lang=en"), "contact"))
	q := two.url.Query()
	// The same order with the visits chosen the other way round.
	first := strings.Split(q.Get("basket"), "_")
	later := strings.Join([]string{q.Get("services"), q.Get("master"), q.Get("slot")}, "_")
	q.Set("services", first[0])
	q.Set("master", first[1])
	q.Set("slot", first[2])
	q.Set("basket", later)
	q.Del("date")
	p := r.get("/b/1/contact?" + q.Encode())
	for range 3 {
		var starts, lengths []string
		for _, visit := range p.Find("main .ticket .item, main .visit").EachIter() {
			starts = append(starts, visit.Find("time").AttrOr("datetime", ""))
			if strings.Contains(visit.Text(), "Duration:") {
				lengths = append(lengths, visit.Find("time").Text())
			}
		}
		if len(starts) != 2 || !slices.IsSorted(starts) || len(lengths) != 2 {
			t.Errorf("step %q: the visits begin at %q, and %d have a length\n%s", p.step(), starts, len(lengths), p.Find("main").Text())
		}
		if p.step() == "done" {
			return
		}
		p = r.onward(p)
	}
	t.Errorf("the order ends at %q", p.step())
}

// TestTitlesBeginWithWhatHasHappened listens to what a screen reader says first: the title of the page.
func TestTitlesBeginWithWhatHasHappened(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	begins := func(p page, want string) {
		t.Helper()
		if title := p.Find("title").Text(); !strings.HasPrefix(title, strings.TrimRight(want, ".")) {
			t.Errorf("step %q: the title is %q, want it to begin with %q", p.step(), title, want)
		}
	}
	contact := r.toAhead(r.get("/b/1?lang=en"), "contact")
	// One more visit does not stand under the first one's title and heading.
	service := r.press(contact, "[data-add]")
	number := strings.ReplaceAll(says(t, "en", "widget.summary.visit"), "<%- number %>", "")
	if h1 := service.Find("h1").Text(); service.step() != "service" || !strings.HasPrefix(h1, strings.TrimSpace(number)) {
		t.Errorf("one more visit begins under %q", h1)
	}
	begins(service, strings.TrimSpace(number))
	visit := r.press(r.to(contact, "done"), "main a[rel=record]")
	gone := r.send(r.press(visit, "main a[data-cancel]"), nil)
	if gone.step() != "cancelled" {
		t.Fatalf("step %q: %s", gone.step(), gone.Find("main").Text())
	}
	begins(gone, says(t, "en", "widget.cancel.done"))
	// After a cancellation another time can be chosen, and nothing pretends to lead to the visit from its own page.
	if got := gone.Find("main .actions a").First(); strings.TrimSpace(got.Text()) != says(t, "en", "widget.record.rebook") || !strings.Contains(got.AttrOr("href", ""), "services=") {
		t.Errorf("after a cancellation: %q leads to %q", got.Text(), got.AttrOr("href", ""))
	}
	if got := visit.Find("main .button[rel=record]").Length(); got != 0 {
		t.Errorf("%d buttons of the visit's page lead to itself", got)
	}
}

// TestBackToContact goes back from each page after the contact form, by the button in the header. What was typed stays, without
// cookies too.
func TestBackToContact(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	proof := nearly(t, testclock.Running().Now)
	for name, tt := range map[string]struct {
		*rig
		page
	}{
		"confirm": {r, r.to(r.get("/b/1?lang=en"), "confirm")},
		"code":    {r, r.send(r.to(r.get("/b/2?lang=en"), "contact"), anna)},
		"proof":   {proof, proof.send(proof.to(proof.get("/b/2?lang=en"), "contact"), anna)},
	} {
		p := tt.page
		if name == "code" && !asksForCode(p) || name == "proof" && !asksForProof(p) {
			t.Fatalf("%s: step %q: %s", name, p.step(), p.Find("main").Text())
		}
		back := p.Find("header .back")
		if got := back.AttrOr("aria-label", ""); back.Length() != 1 || got != "Back: Your details" {
			t.Errorf("%s: %d controls lead back, named %q", name, back.Length(), got)
			continue
		}
		if !p.Find("main form[method=post]").Is("#" + back.AttrOr("form", "")) {
			t.Errorf("%s: the control is of the form %q", name, back.AttrOr("form", ""))
		}
		_, values := tt.form(p)
		values.Set(back.AttrOr("name", ""), back.AttrOr("value", ""))
		contact := tt.post(tt.absolute(p.url, back.AttrOr("formaction", "")), values)
		if got := contact.Find("main [name=fullname]").AttrOr("value", ""); contact.step() != "contact" || got != anna["fullname"] {
			t.Errorf("%s: back leads to %q, where the name is %q", name, contact.step(), got)
		}
	}
}

// TestBackFromDone opens the pages before the done page once more, as a browser's Back does. Their time is taken, by this very
// customer, who reads that it is booked; nobody else does, and the session that was typed into is gone.
func TestBackFromDone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own, _ := r.browser()
	contact := own.to(own.get("/b/1?lang=en"), "contact")
	done := own.to(contact, "done")
	before := contact.url.RequestURI()
	for _, address := range []string{before, strings.Replace(before, "/contact", "/confirm", 1)} {
		if p := own.get(address); p.url.String() != done.url.String() {
			t.Errorf("back to %s leads to %s", address, p.url)
		}
		if p := r.get(address); p.step() != "datetime" {
			t.Errorf("somebody else is led to %q", p.step())
		}
	}
	// Another time is none that was booked.
	if p := own.to(own.get("/b/1?lang=en"), "contact"); p.step() != "contact" {
		t.Errorf("the next visit leads to %q", p.step())
	}
	if p := own.to(own.get("/b/1?lang=en"), "contact"); p.Find("main [name=fullname]").AttrOr("value", "") != "" {
		t.Error("what was typed is still there")
	}
}
