//go:build e2e

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"okoshko/internal/app"
	"okoshko/internal/sandbox"
)

// ways are the two in which every journey of an owner is walked. Without a script and without cookies a
// visit's own pages must do all the same; the account needs its cookie.
var ways = map[string]options{
	"scripts and cookies off": {noScript: true, noCookies: true, width: 360},
	"scripts on":              {},
}

// ownVisit books at a form and opens the visit's page. The visit is on the second free day: nearer ones the salon may
// no longer let its customers move or cancel.
func (b *browser) ownVisit(a *app.App, form int) sandbox.Record {
	b.t.Helper()
	before := len(online(a))
	b.open(fmt.Sprintf("%s/b/%d?lang=en", a.URL, form))
	b.walk(a, "datetime")
	b.open(ask[string](b, `[...document.querySelectorAll("main a[data-date]")].at(1).href`))
	b.book(a)
	b.booked(a, before)
	records := online(a)
	return records[len(records)-1]
}

// now is a record as it stands.
func now(b *browser, a *app.App, id int) sandbox.Record {
	b.t.Helper()
	for _, r := range a.Sandbox.Booked() {
		if r.ID == id {
			return r
		}
	}
	b.t.Fatalf("no record %d", id)
	return sandbox.Record{}
}

const send = "main form[method=post] [type=submit]:not([name])"

func TestCancel(t *testing.T) {
	t.Parallel()
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			a := start(t)
			b := newBrowser(t, o)
			record := b.ownVisit(a, 1)
			b.press("main a[data-cancel]")
			b.shot("question")
			if now(b, a, record.ID).Deleted {
				t.Fatal("the question has cancelled the visit")
			}
			b.press(send)
			b.shot("cancelled")
			if !now(b, a, record.ID).Deleted || b.step() != "cancelled" || !b.has("main .badge.cancelled") || b.has("main a[data-cancel]") {
				t.Fatalf("step %q: %s", b.step(), b.text("main"))
			}
			if ics := b.attribute("main a[href*='visit.ics']", "href"); !strings.Contains(ics, record.Hash) {
				t.Errorf("the calendar file is at %q", ics)
			}
		})
	}
}

// later moves the visit to the last day in sight.
func (b *browser) later() {
	b.t.Helper()
	b.press("main a[data-move]")
	b.shot("calendar")
	b.open(ask[string](b, `[...document.querySelectorAll("main a[data-date]")].at(-1).href`))
	b.press("main a[data-slot]")
	b.shot("move")
	b.press(send)
	b.shot("moved")
}

func TestMove(t *testing.T) {
	t.Parallel()
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			a := start(t)
			b := newBrowser(t, o)
			record := b.ownVisit(a, 1)
			b.later()
			after := now(b, a, record.ID)
			if after.Start.Equal(record.Start) || after.Deleted || !b.has("main .badge.moved") {
				t.Fatalf("moved from %v to %v: %s", record.Start, after.Start, b.text("main"))
			}
			if shown := b.attribute("main time", "datetime"); !strings.HasPrefix(shown, after.Start.Format("2006-01-02T15:04")) {
				t.Errorf("the page shows %s, the salon has %v", shown, after.Start)
			}
			if got := b.attribute("main [data-record]", "data-record"); got != strconv.Itoa(record.ID) || len(online(a)) != 1 {
				t.Errorf("record %s of %d", got, len(online(a)))
			}
			if o.noScript == b.has("main [data-print]:not([hidden])") {
				t.Error("the button that prints shows without a script, or does not show with one")
			}
		})
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]options{"scripts off": {noScript: true, width: 360}, "scripts on": {}} {
		t.Run(name, func(t *testing.T) {
			a := start(t)
			b := newBrowser(t, o)
			b.open(a.URL + "/b/1?lang=en")
			b.press("[data-account]")
			b.shot("sign-in")
			b.fill("phone", "+7 900 111-22-33")
			b.press(send)
			b.shot("code")
			b.fill("code", lastCode(b, a.Sandbox))
			b.press(send)
			b.shot("visits")
			if b.step() != "me" || ask[int](b, `document.querySelectorAll("main [data-record]").length`) < 2 {
				t.Fatalf("step %q: %s", b.step(), b.text("main"))
			}
			b.press("main [data-record] a[rel=record]")
			b.shot("visit")
			if b.step() != "record" {
				t.Fatalf("a visit of the list leads to %q", b.step())
			}
			b.open(a.URL + "/me/1/profile?lang=en")
			b.shot("profile")
			b.fill("fullname", "Anna New")
			b.press(send)
			if got := b.attribute("main [name=fullname]", "value"); got != "Anna New" || !b.has("main [role=status]") {
				t.Errorf("the name is %q, the form %q", got, b.attribute("main form", "action"))
			}
			b.open(a.URL + "/b/1?lang=en")
			b.walk(a, "contact")
			if got := b.attribute("main [name=fullname]", "value"); got != "Anna New" {
				t.Errorf("the contact step has the name %q", got)
			}
			b.open(a.URL + "/me/1?lang=en")
			b.press("main [data-leave]")
			if b.step() != "me" || !b.has("main [name=phone]") {
				t.Errorf("after signing out: step %q", b.step())
			}
		})
	}
}

// TestSignInWithoutCookies ends in the offer of a tab of its own.
func TestSignInWithoutCookies(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{noCookies: true, width: 360})
	b.open(a.URL + "/me/1?lang=en")
	b.fill("phone", "+7 900 111-22-33")
	b.press(send)
	b.fill("code", lastCode(b, a.Sandbox))
	b.press(send)
	b.shot("no-cookie")
	if b.has("main [data-leave]") || b.attribute("main [role=status] a", "target") != "_blank" {
		t.Errorf("without cookies: %s", b.text("main"))
	}
}

// TestOwnPagesAreAccessible looks at every page of a visit and of the account, right and wrong, in the
// two languages with the longest words, on a phone and on a desktop.
func TestOwnPagesAreAccessible(t *testing.T) {
	t.Parallel()
	a := start(t)
	source := axe(t)
	for i, lang := range []string{"ru", "de"} {
		t.Run(lang, func(t *testing.T) {
			b := newBrowser(t, options{width: []int64{360, 1280}[i%2]})
			b.phone = fmt.Sprintf("+7916123460%d", i)
			look := func() { b.accessible(source) }
			record := b.ownVisit(a, 18)
			home := fmt.Sprintf("%s/r/18/801/%d/%s", a.URL, record.ID, record.Hash)
			for _, below := range []string{"", "/move", "/cancel"} {
				b.open(home + below + "?lang=" + lang)
				look()
			}
			b.open(home + "/move?lang=" + lang)
			b.open(ask[string](b, `[...document.querySelectorAll("main a[data-date]")].at(-1).href`))
			b.press("main a[data-slot]")
			look()
			b.open(home + "/move?slot=2020-01-01T10:00:00%2B03:00&lang=" + lang) // a time that is gone
			look()
			b.open(home + "/cancel?lang=" + lang)
			b.press(send)
			look()
			b.open(strings.Replace(home, record.Hash, "0", 1) + "?lang=" + lang)
			look()

			b.open(a.URL + "/me/1?lang=" + lang)
			look()
			b.press(send)
			look()
			b.open(a.URL + "/me/1/password?lang=" + lang)
			look()
			b.fill("login", "anna@example.com")
			b.fill("password", "wrong")
			b.press(send)
			look()
			b.fill("password", "sandbox")
			b.press(send)
			look()
			for _, below := range []string{"/profile", "/profile/phone", "/profile/password"} {
				b.open(a.URL + "/me/1" + below + "?lang=" + lang)
				look()
				b.shot(strings.ReplaceAll(below, "/", "-"))
			}
			b.press(send)
			look()
		})
	}
}

// TestEndIsToldAhead warns before the sign-in ends, and puts that off with what is typed left alone.
func TestEndIsToldAhead(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{width: 360})
	b.open(a.URL + "/me/1/password?lang=en")
	b.fill("login", "anna@example.com")
	b.fill("password", "sandbox")
	b.press(send)
	// The first long wait of a page is a short one.
	hurry := `{ const wait = setTimeout; window.setTimeout = (f, ms) => { if (ms < 60000) return wait(f, ms); window.setTimeout = wait; return wait(f, 50); }; }`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hurry}); err != nil {
		t.Fatal(err)
	}
	b.open(a.URL + "/me/1/profile?lang=en")
	b.fill("fullname", "Anna Typed")
	shown := chromedp.CSS("main [data-ending][role=alert] a")
	b.do(chromedp.WaitVisible(shown))
	b.shot("ending")
	b.click(string(shown))
	b.do(chromedp.WaitNotVisible(shown))
	if got := ask[string](b, "document.querySelector('main [name=fullname]').value"); got != "Anna Typed" || !strings.Contains(b.attribute("main form", "action"), "/me/1/profile?lang=en") {
		t.Errorf("the name is %q, the form %q", got, b.attribute("main form", "action"))
	}
}
