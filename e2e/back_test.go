//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// books is the button that goes on from the contact step.
const books = "main form[method=post] [type=submit]:not([name])"

// TestBack goes back by the browser's own button from pages that came as the answers to forms. None of them asks whether the
// form is to be sent once more, and what was typed is there.
func TestBack(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{width: 360})
	// The browser may show the page as it was, without loading it.
	back := func(steps ...string) {
		t.Helper()
		ask[string](b, "document.body.id = 'left', history.back(), ''")
		b.until("document.querySelector('body:not(#left) main[data-step]') !== null")
		if got := b.step(); !slices.Contains(steps, got) {
			t.Fatalf("Back leads to step %q, want %q: %s", got, steps, b.text("body"))
		}
	}
	name := func() string { return ask[string](b, "document.querySelector('[name=fullname]')?.value ?? ''") }
	b.open(a.URL + "/b/1?lang=en")
	b.walk(a, "contact")
	b.press(books) // with everything wrong
	b.walk(a, "confirm")
	back("contact")
	if got := name(); got != "Анна Тестова" {
		t.Errorf("Back from the confirmation: the name is %q", got)
	}
	b.walk(a, "done")
	// The page before was the answer to a form too. Its time is the customer's own by now: so says its button, and so does the page
	// when it is loaded anew.
	if back("confirm", "done"); b.step() == "confirm" {
		b.press(books)
	}
	if b.step() != "done" || len(online(a)) != 1 {
		t.Errorf("the same button once more leads to %q, with %d visits", b.step(), len(online(a)))
	}
	back("confirm", "done")
	b.leave("reload", chromedp.Reload())
	if text := b.text("main"); b.step() != "done" || strings.Contains(text, "no longer free") {
		t.Errorf("Back from the end: %s", text)
	}
	b.open(a.URL + "/b/2?lang=en")
	b.walk(a, "contact")
	b.introduce("Anna", phone)
	b.press(books)
	b.fill("code", "1")
	b.press(books)
	back("contact")
	if got := name(); got != "Anna" {
		t.Errorf("Back from a wrong code: the name is %q", got)
	}
}

// TestTypedTextSurvivesAChange types into the contact form, leaves it by the pencil beside the date or by the way back, and comes back
// with another time.
func TestTypedTextSurvivesAChange(t *testing.T) {
	t.Parallel()
	a := start(t)
	for name, o := range map[string]options{"scripts off": {noScript: true, width: 360}, "scripts on": {width: 360}} {
		b := newBrowser(t, o)
		b.open(a.URL + "/b/1?lang=en")
		b.walk(a, "contact")
		for i, way := range []string{"[data-summary=datetime] .edit", "header .back"} {
			typed := fmt.Sprint("Anna", i)
			b.fill("fullname", typed)
			b.fill("phone", phone)
			b.press(way)
			if step := b.step(); step != "datetime" {
				t.Fatalf("%s: %s leads to step %q", name, way, step)
			}
			b.press("main a[data-slot]")
			if got := ask[string](b, "document.querySelector('[name=fullname]').value + ' ' + document.querySelector('[name=phone]').value.replace(/[^+0-9]/g, '')"); got != typed+" "+phone {
				t.Errorf("%s: after %s and another time the form holds %q", name, way, got)
			}
		}
	}
}
