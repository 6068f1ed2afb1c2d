//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/app"
	"okoshko/internal/servertest"
)

// schemes are the two that every page is looked at in.
var schemes = []string{"light", "dark"}

func (b *browser) scheme(name string) {
	b.t.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, params); err != nil {
		b.t.Fatal(err)
	}
}

// axe is the source of the accessibility checker, installed by make setup.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v; make setup installs it", err)
	}
	return string(source)
}

// rules are what axe looks for. By night only colours are others: nothing comes, goes or moves with the scheme.
var rules = map[string]string{
	"light": `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`,
	"dark":  `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`,
}

// judge is what axe finds by some rules: one line for each that is broken.
const judge = `axe.run(document, {runOnly: %s, resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.id + ": " + v.help + "\n    " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + "\n    " + n.failureSummary.replaceAll("\n", "\n    ")).join("\n    ")).join("\n"))`

// accessible fails the test when axe finds anything on the page, by day or by night, when the page does not fit a
// narrow screen or large letters, or when a control is covered.
func (b *browser) accessible(source string) {
	b.t.Helper()
	ask[string](b, "%s; 'loaded'", source)
	for _, scheme := range schemes {
		b.scheme(scheme)
		found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(judge, rules[scheme]), chromedp.EvalAwaitPromise))
		if err != nil {
			b.t.Fatal(err)
		}
		if found != "" {
			b.shot("axe-" + scheme)
			b.t.Errorf("step %q, %s:\n%s", b.step(), scheme, found)
		}
	}
	b.fits()
	b.pressable()
	b.named()
}

// clipped names what the keyboard comes to in a box that shows nothing of it, also once it has the focus.
const clipped = `(() => {
  ` + clippedAway + `
  const before = document.activeElement;
  const out = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter((e) => e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }) && !e.closest("[inert]"))
    .filter((e) => (e.focus({ preventScroll: true }), clipped(e) || e.getBoundingClientRect().width < 2 || e.getBoundingClientRect().height < 2));
  before?.focus?.({ preventScroll: true });
  return out.map((e) => e.outerHTML.slice(0, 120)).join("\n");
})()`

// names are the words of all controls, in the order of the page; null for one that is not drawn at this width.
const names = `(() => {
  const words = (e) => [...e.childNodes].map((n) => n.nodeType === 3 ? n.data : n.nodeType === 1 && n.ariaHidden !== "true" && n.checkVisibility() ? words(n) : "").join("");
  return [...document.querySelectorAll("a[href], button, summary")].filter((e) => e.ariaHidden !== "true")
    .map((e) => e.checkVisibility({ visibilityProperty: true }) ? (e.ariaLabel ?? words(e)).replace(/\s+/g, " ").trim() : null);
})()`

// named fails the test when a control is called something else on a phone than on a desktop, begins with a mark, or is reached by
// the keyboard where nobody sees it.
func (b *browser) named() {
	b.t.Helper()
	defer b.do(chromedp.EmulateViewport(b.width, 900))
	var narrow []*string
	for _, width := range []int64{360, 1280} {
		b.do(chromedp.EmulateViewport(width, 900))
		if found := ask[string](b, "%s", clipped); found != "" {
			b.shot("clipped")
			b.t.Errorf("step %q, %d px, has the focus and is not seen:\n%s", b.step(), width, found)
		}
		all := ask[[]*string](b, "%s", names)
		for i, name := range all {
			if name == nil {
				continue
			}
			if first, _ := utf8.DecodeRuneInString(*name); *name == "" || strings.ContainsRune(",.:;·–—-|", first) {
				b.t.Errorf("step %q, %d px: a control is called %q", b.step(), width, *name)
			}
			if i < len(narrow) && narrow[i] != nil && *narrow[i] != *name {
				b.t.Errorf("step %q: %q is called %q on a phone", b.step(), *name, *narrow[i])
			}
		}
		narrow = all
	}
}

// wide names what sticks out of the page to its side, unless it scrolls by itself.
const wide = `(() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return "";
  const sticks = (e) => e.checkVisibility() && (e.getBoundingClientRect().right > room + 1 || e.getBoundingClientRect().left < -1);
  const out = [...document.body.querySelectorAll("*")].filter((e) => sticks(e) && ![...e.children].some(sticks));
  return "page of " + document.documentElement.scrollWidth + ": " + out.slice(0, 4).map((e) => e.outerHTML.slice(0, 120)).join("\n");
})()`

// cut names the texts that end before they are said.
const cut = `[...document.body.querySelectorAll("a, button, h1, h2, h3, p, dt, dd, label, span.strong, td")]
  .filter((e) => !e.closest(".unseen, .skip, .days, .steps") && getComputedStyle(e).overflow === "hidden" && e.clientWidth > 1 && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
  .map((e) => e.outerHTML.slice(0, 120)).join("\n")`

// low names the times and days that a finger would miss.
const low = `[...document.querySelectorAll("[data-slot], [data-date]")].filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 120)).join("\n")`

func (b *browser) fits() {
	b.t.Helper()
	defer b.do(chromedp.EmulateViewport(b.width, 900))
	for _, room := range []struct {
		name  string
		width int64
		size  string
	}{{"320 px", 320, ""}, {"letters twice as large", 640, "200%"}, {"letters twice as large on 320 px", 320, "200%"}} {
		b.do(chromedp.EmulateViewport(room.width, 900))
		ask[string](b, "document.documentElement.style.fontSize = %q", room.size)
		for what, expression := range map[string]string{"too wide": wide, "cut off": cut, "too low": low} {
			if room.width < 640 && room.size != "" && expression == cut {
				continue // nine letters are a line: names in rows end with what fits
			}
			if found := ask[string](b, "%s", expression); found != "" {
				b.shot("narrow")
				b.t.Errorf("step %q, %s, %s:\n%s", b.step(), room.name, what, found)
			}
		}
	}
	ask[string](b, "document.documentElement.style.fontSize = ''")
}

// TestEveryStepIsAccessible walks a chain, which has every step, in every language.
func TestEveryStepIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	for i, lang := range []string{"en", "ru", "lv", "et", "lt", "de", "uk"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			a := start(t) // of its own, since others use up its calls
			b := newBrowser(t, options{width: []int64{360, 1280}[i%2]})
			seen := map[string]bool{}
			b.look = func(b *browser) {
				seen[b.step()] = true
				b.accessible(source)
				if b.step() == "contact" && !b.has("[name=code]") {
					// The same page with everything wrong with it.
					b.press("main form[method=post] [type=submit]:not([name])")
					if got := ask[string](b, "document.activeElement.className"); !strings.Contains(got, "alert") {
						t.Errorf("the errors do not have the focus, %q has", got)
					}
					b.accessible(source)
				}
			}
			b.open(fmt.Sprintf("%s/b/3?lang=%s", a.URL, lang))
			// The second branch of the first city confirms phones by a code.
			b.look(b)
			b.press("main a[data-city='52']")
			b.look(b)
			b.press("main a[data-company='602']")
			b.walk(a, "done")
			b.press("main a[rel=record]")
			b.look(b)
			// Where no code is asked for, the confirmation is a step of its own.
			b.open(fmt.Sprintf("%s/b/3?city=52&company=601&lang=%s", a.URL, lang))
			b.walk(a, "confirm")
			for _, step := range []string{"city", "company", "service", "datetime", "contact", "done", "record"} {
				if !seen[step] {
					t.Errorf("step %q was not looked at", step)
				}
			}
		})
	}
}

// TestOtherPagesAreAccessible looks at what is beside the way, and at other salons' colours.
func TestOtherPagesAreAccessible(t *testing.T) {
	t.Parallel()
	a := start(t)
	source := axe(t)
	b := newBrowser(t, options{width: 360})
	b.look = func(b *browser) { b.accessible(source) }
	for _, path := range []string{
		"/", "/nothing", "/b/991", "/b/24", "/b/15", "/b/15/master", "/b/18/master?services=801001&lang=en", "/b/18?lang=de", "/b/18/service?q=zzz&lang=en", "/b/18/service?services=801001&lang=en",
		"/b/17/events?lang=en", "/b/1/privacy", "/b/1/accessibility?lang=de", "/b/3/accessibility?lang=en", "/b/1/about", "/b/1/windows?lang=en", "/b/18/windows?lang=de&group=801900", "/b/18/windows?lang=de&services=801001", "/b/3/windows?lang=ru", "/b/1/master/50101?services=501001", "/b/23?lang=de", "/b/18/service?services=garbage&lang=en",
		"/showcase", "/showcase/code-prove", "/showcase/contact",
	} {
		b.open(a.URL + path)
		b.accessible(source)
		b.shot("page")
	}
	for _, form := range []int{15, 18, 22, 24} {
		b.open(fmt.Sprintf("%s/b/%d", a.URL, form))
		b.walk(a, "contact")
	}
}

// TestBookingByKeyboard books with the Tab and Enter keys only.
func TestBookingByKeyboard(t *testing.T) {
	t.Parallel()
	a := start(t)
	before := len(online(a))
	b := newBrowser(t, options{})
	b.open(a.URL + "/b/8?lang=en") // the calendar comes first
	b.enter("main a[data-date]:not([aria-current])")
	want := b.attribute("main a[data-slot]", "aria-label")
	if !strings.Contains(want, ":") || !strings.Contains(want, ",") {
		t.Errorf("a time is named %q", want)
	}
	b.enter("main a[data-slot]")
	b.enter(servertest.Takes)
	if b.step() == "master" {
		b.enter("main a[data-staff]")
	}
	b.bookByKeys(a, before)
}

// bookByKeys fills in the contact form and books, with keys only.
func (b *browser) bookByKeys(a *app.App, before int) {
	b.t.Helper()
	for _, field := range []struct{ name, text string }{{"fullname", "Anna"}, {"phone", phone}} {
		b.tabTo("[name=" + field.name + "]")
		b.do(chromedp.KeyEvent(field.text))
	}
	b.tabTo("[name=accept_personal_data]")
	b.do(chromedp.KeyEvent(" "))
	b.enter(send)
	b.enter(send)
	b.booked(a, before)
}

// tabTo goes on by Tab to the first control that fits.
func (b *browser) tabTo(selector string) {
	b.t.Helper()
	for range 150 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if !ask[bool](b, "document.activeElement.matches(%q)", selector) {
			continue
		}
		if !ask[bool](b, "getComputedStyle(document.activeElement).outlineStyle !== 'none' || getComputedStyle(document.activeElement, '::after').outlineStyle !== 'none'") {
			b.t.Errorf("the focus is not to be seen on %s", selector)
		}
		return
	}
	b.t.Fatalf("step %q: no way to %q by keyboard", b.step(), selector)
}

// enter goes on by Tab to the first control that fits, and presses it by Enter.
func (b *browser) enter(selector string) {
	b.t.Helper()
	b.tabTo(selector)
	b.leave(selector, chromedp.KeyEvent(kb.Enter))
}
