//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/app"
	"okoshko/internal/servertest"
)

const (
	inline  = `<okoshko-booking form="1" style="display:block;min-height:800px"><a href="WIDGET/b/1?lang=en">Book online</a></okoshko-booking>`
	inline2 = `<okoshko-booking form="2" style="display:block;min-height:800px"><a href="WIDGET/b/2?lang=en">Book online</a></okoshko-booking>`
	popup   = `<okoshko-booking form="1" mode="popup"><a id="book" href="WIDGET/b/1?lang=en">Book online</a></okoshko-booking>`
)

// itsFrame is the expression for the frame of the first booking on a page.
const itsFrame = "document.querySelector('okoshko-booking').shadowRoot.querySelector('iframe')"

// embedding is what the tests of this file share: one widget, one website, one Chromium.
type embedding struct {
	a *app.App
	s *salon
	b *browser
	n int // customers so far
}

// tab is a tab of its own, with a customer of its own.
func (e *embedding) tab(t *testing.T, body string) *browser {
	t.Helper()
	b := e.b.tab(t)
	e.n++
	b.phone = fmt.Sprintf("+791612345%02d", e.n) // nobody can be at two places at a time
	b.visit(e.s.page(body))
	return b
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	a := start(t)
	e := &embedding{a: a, s: newSalon(t, a), b: newBrowser(t, options{alone: true})}
	for _, tt := range []struct {
		name string
		test func(*testing.T)
	}{
		{"inline books and tells", e.inlineBooks},
		{"history is the website's own", e.history},
		{"nothing jumps", e.scroll},
		{"height settles at every width", e.heights},
		{"height wavers", e.band},
		{"nothing moves while it loads", e.still},
		{"popup", e.popup},
		{"popup by keys", e.popupByKeys},
		{"corner of the popup", e.corner},
		{"Esc closes one thing", e.escape},
		{"float", e.float},
		{"windows", e.windows},
		{"windows by keys", e.windowsByKeys},
		{"windows without the script or its frame's", e.windowsPlain},
		{"a button with nothing but an address", e.hash},
		{"several on a page", e.several},
		{"mounted and unmounted", e.mounts},
		{"late and twice", e.lateAndTwice},
		{"called before the script came", e.queue},
		{"strict content policy", e.strict},
		{"pinned by its hash", e.pinned},
		{"dark website", e.dark},
		{"ground of the website", e.ground},
		{"look changes in place", e.look},
		{"moved while somebody types", e.moved},
		{"floating in a box", e.boxed},
		{"floating beside a booking on the page", e.shaded},
		{"links from the address bar", e.copied},
		{"prefill", e.prefill},
		{"messages that are refused", e.refused},
		{"counters", e.counters},
		{"moved and cancelled", e.changes},
		{"error", e.failure},
		{"without the script", e.plain},
		{"refused frame", e.refusedFrame},
	} {
		t.Run(tt.name, tt.test)
	}
}

type told struct {
	Type string
	Data json.RawMessage
}

// log is what frames have said to the page, one type after another.
func (b *browser) log(types ...string) (out []told) {
	b.t.Helper()
	raw := ask[string](b, "JSON.stringify(log.filter((m) => m?.okoshko))")
	var all []told
	if err := json.Unmarshal([]byte(raw), &all); err != nil {
		b.t.Fatal(err)
	}
	for _, m := range all {
		if len(types) == 0 || slices.Contains(types, m.Type) {
			out = append(out, m)
		}
	}
	return out
}

func (b *browser) events() string {
	b.t.Helper()
	return ask[string](b, "JSON.stringify(events)")
}

// quiet waits until what is under way between page and frame has arrived.
func (b *browser) quiet() {
	b.t.Helper()
	const frames = `new Promise((done) => { let n = 4; const next = () => (n-- ? requestAnimationFrame(next) : done(true)); next() })`
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](frames, chromedp.EvalAwaitPromise)); err != nil {
		b.t.Fatal(err)
	}
}

// inlineBooks books in a frame of the page and looks at what the page heard.
func (e *embedding) inlineBooks(t *testing.T) {
	b := e.tab(t, inline+"<footer>The end</footer>"+script)
	f := b.frame(e.s, "/b/1")
	before := len(online(e.a))
	for _, step := range []string{"service", "datetime", "contact", "confirm", "done"} {
		heights := len(b.log("height"))
		f.to(e.a, step)
		b.until("log.some((m) => m.type === 'step' && m.data.step === %q)", step)
		f.quiet()
		b.quiet()
		if n := len(b.log("height")) - heights; step != "service" && n > 2 {
			t.Errorf("step %q took %d messages to find its height", step, n)
		}
		want := ask[float64](f.browser, "document.documentElement.getBoundingClientRect().height")
		if got := ask[float64](b, "document.querySelector('okoshko-booking').getBoundingClientRect().height"); got < want || got > max(want, 800)+4 {
			t.Errorf("step %q is %g high, its frame %g", step, want, got)
		}
		if small := ask[string](f.browser, `[...document.querySelectorAll("input:not([type=hidden], [type=checkbox], [tabindex='-1']), select, textarea")].filter((e) => parseFloat(getComputedStyle(e).fontSize) < 16).map((e) => e.outerHTML).join()`); small != "" {
			t.Errorf("step %q: a phone would zoom at %s", step, small)
		}
		if f.has("[autofocus]") {
			t.Errorf("step %q takes the focus", step)
		}
	}
	if n := len(online(e.a)) - before; n != 1 {
		t.Errorf("records = %d, want 1", n)
	}
	var got []string
	var events [][]json.RawMessage
	if err := json.Unmarshal([]byte(b.events()), &events); err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		got = append(got, strings.Trim(string(event[0]), `"`))
	}
	if want := "ready step step step submit step submit step booked"; strings.Join(got, " ") != want {
		t.Errorf("events = %q, want %q", strings.Join(got, " "), want)
	}
	all := b.events() + ask[string](b, "JSON.stringify(log)")
	for _, never := range []string{"Анна", "7916", b.phone[1:], "example.com", online(e.a)[len(online(e.a))-1].Hash} {
		if strings.Contains(all, never) {
			t.Errorf("the website was told %q", never)
		}
	}
	b.shot("done")
}

// history: a walk through the steps adds nothing, so Back leads where the visitor came from.
func (e *embedding) history(t *testing.T) {
	first := e.s.page("<h1>First</h1>")
	b := e.tab(t, "<h1>Nothing</h1>")
	b.visit(first)
	b.visit(e.s.page(inline2 + script))
	f := b.frame(e.s, "/b/2")
	entries := ask[int](b, "history.length")
	f.to(e.a, "contact")
	f.press(last) // with nothing typed
	if got := ask[int](b, "history.length"); got != entries {
		t.Errorf("the history grew from %d to %d entries", entries, got)
	}
	ask[string](b, "history.back(), ''")
	b.until("location.href === %q", first)
}

// scroll: the page stays where it is while the frame's top is in sight, and comes back to it when a
// step begins above.
func (e *embedding) scroll(t *testing.T) {
	b := e.tab(t, `<div style="height:600px">Above</div>`+inline+`<div style="height:3000px">Below</div>`+script)
	b.do(chromedp.EmulateViewport(b.width, 3000)) // so high that what is pressed is in sight
	f := b.frame(e.s, "/b/1")
	b.until("log.some((m) => m.type === 'height')")
	if got := ask[float64](b, "scrollY"); got != 0 {
		t.Errorf("loading scrolled the page to %g", got)
	}
	scroll := func(to int) { ask[string](b, "scrollTo(0, %d), ''", to) }
	scroll(200)
	f.press(servertest.Takes)
	b.until("log.some((m) => m.type === 'step' && m.data.step === 'datetime')")
	b.quiet()
	if got := ask[float64](b, "scrollY"); got != 200 {
		t.Errorf("a step in sight scrolled the page to %g", got)
	}
	// On another day: what is left of this one another test has just booked.
	f.press("main .strip a[data-date]:not([aria-current])")
	b.quiet()
	scroll(800)
	f.press("main a[data-slot]")
	b.until("log.some((m) => m.type === 'step' && m.data.step === 'contact')")
	b.quiet()
	if got := ask[float64](b, "Math.abs(document.querySelector('okoshko-booking').getBoundingClientRect().top)"); got > 1 {
		t.Errorf("a step above the window is %g away from its top", got)
	}
	scroll(620)
	f.press(last)
	b.quiet()
	if got := ask[string](f.browser, "document.activeElement.className"); !strings.Contains(got, "alert") {
		t.Errorf("the errors do not have the focus, %q has", got)
	}
}

// heights: from a phone to a desktop, in steps, on the longest step and on the calendar.
func (e *embedding) heights(t *testing.T) {
	b := e.tab(t, strings.ReplaceAll(inline, "b/1", "b/18")+script)
	ask[string](b, "document.querySelector('okoshko-booking').setAttribute('form', '18'), ''")
	f := b.frame(e.s, "/b/18")
	for _, step := range []string{"service", "datetime"} {
		f.to(e.a, step)
		for width := int64(320); width <= 1280; width += 80 {
			before := len(b.log("height"))
			b.do(chromedp.EmulateViewport(width, 900))
			f.until("innerWidth < %d", width+1)
			f.quiet()
			b.quiet()
			f.until("Math.abs(innerHeight - Math.max(800, document.documentElement.getBoundingClientRect().height)) < 5")
			f.quiet()
			if n := len(b.log("height")) - before; n > 2 {
				t.Errorf("step %q at %d pixels took %d messages: %v", step, width, n, b.log("height")[before:])
			}
			if out := ask[string](f.browser, "%s", wide); out != "" {
				t.Errorf("step %q at %d pixels: %s", step, width, out)
			}
		}
	}
}

// band: what grows is told at once, what wavers is not.
func (e *embedding) band(t *testing.T) {
	b := e.tab(t, inline+script)
	f := b.frame(e.s, "/b/1")
	b.until("log.some((m) => m.type === 'height')")
	f.quiet()
	for _, step := range []struct{ pad, messages int }{{21, 1}, {20, 0}, {21, 0}, {18, 0}, {22, 1}, {10, 1}, {10, 0}} {
		before := len(b.log("height"))
		ask[string](f.browser, "document.body.style.paddingBottom = '%dpx', ''", step.pad)
		f.quiet()
		ask[string](f.browser, "parent.postMessage('after %d', '*'), ''", before)
		b.until("log.at(-1) === 'after %d'", before)
		if n := len(b.log("height")) - before; n != step.messages {
			t.Errorf("%d pixels more than at first took %d messages, want %d", step.pad, n, step.messages)
		}
	}
}

// still: nothing in sight is moved by the coming of the frame.
func (e *embedding) still(t *testing.T) {
	b := e.tab(t, `<script>var shift = 0; new PerformanceObserver((list) => { for (const s of list.getEntries()) shift += s.value }).observe({ type: "layout-shift", buffered: true })</script>
<h1 style="margin:0;height:120px">Salon</h1>`+inline+`<footer>The end</footer>`+script)
	f := b.frame(e.s, "/b/1")
	b.until("log.some((m) => m.type === 'step')")
	f.quiet()
	b.quiet()
	if got := ask[float64](b, "shift"); got != 0 {
		t.Errorf("layout shift of %g", got)
	}
	if !ask[bool](b, "document.querySelector('okoshko-booking').getBoundingClientRect().height > 1000") {
		t.Error("the frame has not grown, so this proves nothing")
	}
}

// key presses a key wherever the focus is.
func (b *browser) key(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key))
}

// own counts the widget's frames in a page; they stand in shadow trees, which "frames" does not know.
const own = "[...document.querySelectorAll('okoshko-booking')].filter((e) => e.shadowRoot?.querySelector('iframe')).length"

const dialog = "document.querySelector('okoshko-booking').shadowRoot.querySelector('dialog')"

func (e *embedding) popup(t *testing.T) {
	b := e.tab(t, `<p><a href="#other">Other</a></p>`+popup+`<p style="height:2000px">More</p>`+script)
	b.until("!!customElements.get('okoshko-booking')")
	if got := ask[string](b, "performance.getEntriesByType('resource').map((r) => r.name).filter((n) => n.startsWith(%q)).join()", e.s.widget); got != e.s.widget+"/embed/v1.js" {
		t.Errorf("before anybody wants to book the page asks for %s", got)
	}
	for range 2 {
		b.click("#book")
		b.until(dialog + "?.open")
		b.frame(e.s, "/b/1")
		b.until("log.some((m) => m.type === 'ready')")
		b.until("document.activeElement.localName === 'okoshko-booking'")
		if got := ask[string](b, "(%s).querySelector('button').ariaLabel", dialog); got != "Close" {
			t.Errorf("the button is called %q", got)
		}
		b.shot("open")
		b.key(kb.Escape)
		b.until("!" + dialog + ".open")
		if got := ask[string](b, "document.activeElement.id"); got != "book" {
			t.Errorf("after Esc the focus is on %q", got)
		}
	}
	// What was chosen waits.
	b.click("#book")
	f := b.frame(e.s, "/b/1")
	f.to(e.a, "done")
	b.until("events.some(([type]) => type === 'booked')")
	if len(b.log("height")) > 0 {
		t.Error("a dialog was told a height, which it has by itself")
	}
	b.do(chromedp.EmulateViewport(360, 640))
	b.shot("phone")
	b.do(pointAt(b, b.aim, dialog+".querySelector('button')"))
	b.until("!" + dialog + ".open")
	if got := ask[float64](b, "scrollY"); got != 0 {
		t.Errorf("the page was scrolled to %g", got)
	}
}

// popupByKeys opens the window by Enter beside a booking that stands on the page. The focus is in the window from its
// first opening on, wherever it is when the booking comes, and goes back to the link when the window closes.
func (e *embedding) popupByKeys(t *testing.T) {
	const (
		dialog = "document.querySelector('[mode=popup]').shadowRoot.querySelector('dialog')"
		active = "document.activeElement.closest('[mode=popup]')?.shadowRoot.activeElement?.localName ?? document.activeElement.localName"
	)
	for before, at := range []string{"dialog", "button", "iframe"} { // presses of Tab before the booking comes
		s := newSalon(t, e.a)
		release := s.hold(t, e.a, "/b/1")
		b := e.b.tab(t)
		b.visit(s.page(inline2 + popup + `<p><a href="#after">After</a></p>` + script))
		beside := b.frame(s, "/b/2")
		opens := func() {
			t.Helper()
			b.key(kb.Enter)
			b.until("%s?.open", dialog)
		}
		closes := func(how func()) {
			t.Helper()
			how()
			b.until("!%s.open", dialog)
			if got := ask[string](b, "document.activeElement.id"); got != "book" {
				t.Errorf("with the window closed the focus is on %q", got)
			}
		}
		esc := func() { b.key(kb.Escape) }

		b.until("events.some(([type]) => type === 'ready')")
		ask[string](b, "document.querySelector('#book').focus(), ''")
		opens()
		if got := ask[string](b, "[%[1]s.ariaLabel, %[1]s.querySelector('button').ariaLabel].join()", dialog); got != "Book online,Close" {
			t.Errorf("the window and its button are called %q", got)
		}
		b.key(kb.Tab)
		closes(esc)
		opens()
		for range before {
			b.key(kb.Tab)
		}
		if got := ask[string](b, active); got != at {
			t.Fatalf("after Tab × %d the focus is on %q, want %q", before, got, at)
		}
		release()
		f := b.frame(s, "/b/1")
		f.until("document.hasFocus()")
		stops := 0
		for ; ask[bool](f.browser, "document.hasFocus()") && stops < 60; stops++ {
			b.key(kb.Tab)
		}
		// Behind the last control are the browser's own, of which this browser has none.
		if got := ask[string](b, active); stops < 20 || got != "body" || ask[bool](beside.browser, "document.hasFocus()") {
			t.Errorf("after Tab × %d the focus is on %q, behind the window: %v", stops, got, ask[bool](beside.browser, "document.hasFocus()"))
		}
		closes(func() { b.do(pointAt(b, b.aim, dialog+".querySelector('button')")) })

		opens()
		f.until("document.hasFocus()")
		b.key(kb.Tab)
		if got := ask[string](f.browser, "document.activeElement.localName"); got != "a" {
			t.Errorf("opened again, Tab leads to %q", got)
		}
		closes(esc)
	}
}

// windowed is the window of a form with many services and languages.
func (e *embedding) windowed(t *testing.T) (*browser, *inner) {
	t.Helper()
	b := e.tab(t, strings.ReplaceAll(strings.ReplaceAll(popup, `"1"`, `"18"`), "b/1", "b/18")+script)
	b.until("!!customElements.get('okoshko-booking')")
	b.click("#book")
	f := b.frame(e.s, "/b/18")
	f.until("document.documentElement.dataset.embed === 'popup' && document.hasFocus()")
	f.to(e.a, "service")
	return b, f
}

// corner: on a phone nothing that can be pressed lies under the button that closes the window, however far the booking
// is scrolled and however low the window is.
func (e *embedding) corner(t *testing.T) {
	b, f := e.windowed(t)
	for _, height := range []int64{640, 360} {
		b.do(chromedp.EmulateViewport(360, height))
		f.until("innerHeight === %d", height)
		at := ask[string](b, "(() => { const box = %s.querySelector('button').getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2].join() })()", dialog)
		under := ask[string](f.browser, `(() => {
  const under = new Set();
  for (let y = 0; y < document.documentElement.scrollHeight; y += 20) {
    scrollTo({ top: y, behavior: "instant" });
    under.add(document.elementFromPoint(%s)?.closest("a, button, summary, input")?.outerHTML.slice(0, 100));
  }
  return [...under].filter(Boolean).slice(0, 4).join("\n");
})()`, at)
		if under != "" {
			t.Errorf("%d px high, under the button that closes lies\n%s", height, under)
		}
		ask[string](f.browser, "scrollTo(0, 700), ''")
		b.quiet()
		b.shot(strconv.FormatInt(height, 10))
	}
}

// escape closes one thing at a time: what is typed into the search and the open menu go before the window.
func (e *embedding) escape(t *testing.T) {
	b, f := e.windowed(t)
	f.click("#search")
	b.key("cut")
	f.until("document.querySelector('#search').value === 'cut'")
	b.key(kb.Escape)
	f.until("document.querySelector('#search').value === ''")
	f.click(".languages summary")
	f.until("document.querySelector('.languages').open")
	b.key(kb.Tab)
	b.key(kb.Escape)
	f.until("!document.querySelector('.languages').open && document.activeElement.localName === 'summary'")
	if !ask[bool](b, dialog+".open") {
		t.Error("what closed within the window closed the window too")
	}
	b.key(kb.Escape)
	b.until("!" + dialog + ".open")
}

// corner is how far the floating button is from the window's corner, down and to the right, in CSS pixels.
func (b *browser) corner() string {
	b.t.Helper()
	return ask[string](b, "(() => { const r = document.querySelector('#book').getBoundingClientRect(); return [innerHeight - r.bottom, document.documentElement.clientWidth - r.right].map(Math.round).join() })()")
}

func (e *embedding) float(t *testing.T) {
	b := e.tab(t, `<p style="height:2000px">Salon</p>`+strings.Replace(popup, "popup", "float", 1)+script)
	b.until("!!customElements.get('okoshko-booking')")
	b.quiet()
	b.shot("closed")
	at := b.corner()
	if at != "16,16" {
		t.Errorf("the button is %s from the corner", at)
	}
	b.click("#book")
	b.frame(e.s, "/b/1")
	b.until(dialog + "?.open")
}

const windows = `<okoshko-booking form="1" mode="windows" lang="en" track="dataLayer"><a href="WIDGET/b/1?lang=en">Book online</a></okoshko-booking>`

// booking is the expression for the dialog that a press on a time opens.
const booking = "document.querySelector('okoshko-booking[mode=popup]')?.shadowRoot.querySelector('dialog')"

// listing is a tab whose list has times: the first page of the form asks for them where they are too old to be listed. Lists get none
// while calls are not plenty, so that the widget is the test's own.
func (e *embedding) listing(t *testing.T, body string) (*embedding, *browser) {
	t.Helper()
	a := start(t)
	e = &embedding{a: a, s: newSalon(t, a), b: e.b}
	b := e.tab(t, "")
	b.open(e.a.URL + "/b/1/service?lang=en")
	b.visit(e.s.page(body))
	return e, b
}

// windows lists the next times on the page. A press on one opens the booking in a window, with master and time chosen.
func (e *embedding) windows(t *testing.T) {
	e, b := e.listing(t, "<script>dataLayer = []</script><h1>A salon</h1>"+windows+"<footer>The end</footer>"+script)
	f := b.frame(e.s, "/b/1/windows")
	b.until("%s.className === 'on' && document.querySelector('okoshko-booking').offsetHeight > 200", itsFrame)
	b.until("Math.abs(%s.clientHeight - document.querySelector('okoshko-booking').offsetHeight) < 1", itsFrame)
	if n := ask[int](f.browser, "document.querySelectorAll('header, footer, .languages, [data-filter]').length"); n != 0 {
		t.Errorf("the list has %d parts that the website has itself", n)
	}
	if wide := ask[bool](f.browser, "document.documentElement.scrollHeight > innerHeight + 1"); wide {
		t.Error("the list scrolls inside")
	}
	b.shot("windows")
	before := len(online(e.a))
	for range 2 { // the same time again opens the same window
		slot := ask[string](f.browser, "document.querySelector('a[data-slot]').dataset.slot")
		b.do(pointAt(f.browser, f.aim, first("a[data-slot]")))
		b.until(booking + "?.open")
		if n := ask[int](b, "document.querySelectorAll('okoshko-booking').length"); n != 2 {
			t.Errorf("the page has %d bookings", n)
		}
		in := b.frame(e.s, "/b/1/service")
		in.until("!!document.querySelector('main[data-step=service]')")
		if at := ask[string](in.browser, "new URL(location).searchParams.get('slot')"); !servertest.SameTime(t, at, slot) {
			t.Errorf("%s opens the booking of %q", slot, at)
		}
		b.shot("open")
		b.key(kb.Escape)
		b.until("!(" + booking + ").open")
		b.until("document.activeElement.localName === 'okoshko-booking' && document.activeElement.getAttribute('mode') === 'windows'")
	}
	b.do(pointAt(f.browser, f.aim, first("a[data-slot]")))
	b.until(booking + "?.open")
	b.frame(e.s, "/b/1/service").to(e.a, "done")
	b.until("events.some(([type]) => type === 'booked') && dataLayer.some(({ event }) => event === 'okoshko_booked')")
	if n := len(online(e.a)); n != before+1 {
		t.Errorf("%d bookings, want one", n-before)
	}
}

// windowsByKeys presses a time by Enter. The focus is in the window, and goes back to the list.
func (e *embedding) windowsByKeys(t *testing.T) {
	e, b := e.listing(t, windows+script)
	f := b.frame(e.s, "/b/1/windows")
	b.until("%s.className === 'on'", itsFrame)
	f.until("!!document.querySelector('a[data-slot]')")
	ask[string](f.browser, "document.querySelector('a[data-slot]').focus(), ''")
	b.key(kb.Enter)
	b.until(booking + "?.open")
	b.frame(e.s, "/b/1/service")
	b.until("document.activeElement.getAttribute('mode') === 'popup'")
	b.key(kb.Escape)
	b.until("!(" + booking + ").open")
	b.until("document.activeElement.getAttribute('mode') === 'windows'")
}

// windowsPlain: without the loader a time opens the booking in a tab of its own; without the scripts of the frame the website's own link
// books.
func (e *embedding) windowsPlain(t *testing.T) {
	e, b := e.listing(t, `<iframe src="WIDGET/b/1?mode=windows&lang=en" title="Free times" width="100%" height="720"></iframe>`)
	f := b.frame(e.s, "/b/1/windows")
	f.until("!!document.querySelector('a[data-slot]')")
	b.do(pointAt(f.browser, f.aim, first("a[data-slot]")))
	if tab := b.opened(e.s.widget + "/b/1/service"); tab.step() != "service" {
		t.Errorf("the tab is at step %q", tab.step())
	}
	for _, policy := range []string{"", "default-src 'none'; script-src 'nonce-test' WIDGET; style-src 'unsafe-inline'"} {
		b := e.b.tab(t)
		body := windows
		if policy != "" {
			body += script
		}
		b.visit(e.s.guarded(body, policy))
		if policy != "" {
			b.until("!!customElements.get('okoshko-booking')")
			b.quiet()
		}
		b.press("okoshko-booking a")
		if b.step() != "service" {
			t.Errorf("the link leads to step %q", b.step())
		}
	}
}

// hash opens a booking by the address of a link.
func (e *embedding) hash(t *testing.T) {
	b := e.tab(t, `<a id="book" href="#okoshko-1">Book</a>`+script)
	b.until("!!customElements.get('okoshko-booking')")
	b.click("#book")
	b.frame(e.s, "/b/1")
	if got := ask[string](b, "location.hash"); got != "" {
		t.Errorf("the address became %q", got)
	}
}

// several: each frame has its own booking, height and events.
func (e *embedding) several(t *testing.T) {
	b := e.tab(t, inline+strings.ReplaceAll(inline, `"1"`, `"5"`)+script)
	one := b.frame(e.s, "/b/1")
	ask[string](b, "scrollTo(0, 3000), ''")
	five := b.frame(e.s, "/b/5")
	five.to(e.a, "contact")
	one.to(e.a, "datetime")
	b.until("events.filter(([type]) => type === 'ready').length === 2")
	b.until("events.some(([type, { form, step }]) => form === 5 && step === 'contact') && events.some(([type, { form, step }]) => form === 1 && step === 'datetime')")
	if got := ask[bool](b, "events.some(([type, { form, step }]) => form === 1 && step === 'contact')"); got {
		t.Error("an event of one booking was taken for the other's")
	}
}

// mounts: a single-page website takes the element out and puts it in again.
func (e *embedding) mounts(t *testing.T) {
	b := e.tab(t, `<div id="view"></div>`+script)
	b.until("!!customElements.get('okoshko-booking')")
	html, err := json.Marshal(strings.ReplaceAll(inline, "WIDGET", e.s.widget))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		ask[string](b, "view.innerHTML = %s, ''", html)
		b.until("events.filter(([type]) => type === 'ready').length === %d", n+1)
		ask[string](b, "view.innerHTML = '', ''")
		b.until(own + " === 0")
	}
	// The same element, taken elsewhere and given another form.
	ask[string](b, "view.innerHTML = %s, ''", html)
	b.until("events.filter(([type]) => type === 'ready').length === 11")
	ask[string](b, "{ const it = view.firstChild; it.remove(); document.body.append(it) } ''")
	b.until("events.filter(([type]) => type === 'ready').length === 12 && " + own + " === 1")
	ask[string](b, "document.querySelector('okoshko-booking').setAttribute('form', '5'), ''")
	b.until("events.at(-1)[1].form === 5 && " + own + " === 1")
}

func (e *embedding) lateAndTwice(t *testing.T) {
	b := e.tab(t, inline)
	inject := "document.head.append(Object.assign(document.createElement('script'), { src: '" + e.s.widget + "/embed/v1.js' })), ''"
	b.until("document.readyState === 'complete'")
	ask[string](b, "%s", inject)
	ask[string](b, "%s", inject)
	f := b.frame(e.s, "/b/1")
	ask[string](b, "%s", inject)
	f.to(e.a, "datetime")
	b.until("events.some(([type, { step }]) => step === 'datetime')")
	if got := ask[int](b, "%s + events.filter(([type]) => type === 'ready').length", own); got != 2 {
		t.Error("there is more than one frame and one introduction")
	}
}

// queue: the three lines of docs/embedding.md take calls until the script comes.
func (e *embedding) queue(t *testing.T) {
	b := e.tab(t, `<script>
window.okoshko ??= { q: [] };
okoshko.on ??= (...a) => okoshko.q.push(["on", ...a]);
okoshko.open ??= (...a) => okoshko.q.push(["open", ...a]);
var heard = [];
okoshko.on("step", (data, element) => heard.push(data.step + " " + element.localName));
okoshko.open({ form: 1, service: 501001, prefill: { fullname: "Anna" } });
</script>`)
	if b.has("okoshko-booking") {
		t.Error("something has come before the script")
	}
	ask[string](b, "document.head.append(Object.assign(document.createElement('script'), { src: '%s/embed/v1.js' })), ''", e.s.widget)
	f := b.frame(e.s, "/b/1")
	b.until("heard[0] === 'datetime okoshko-booking'") // the service is chosen
	f.to(e.a, "contact")
	if got := ask[string](f.browser, "document.querySelector('[name=fullname]').value"); got != "Anna" {
		t.Errorf("the name is %q", got)
	}
	ask[string](b, "%s.close(), okoshko.open({ form: 1, service: 501001 }), ''", dialog)
	if got := ask[int](b, "document.querySelectorAll('okoshko-booking').length"); got != 1 {
		t.Errorf("%d elements after opening the same again", got)
	}
}

// strict: the website allows the script and the frame, and nothing else.
func (e *embedding) strict(t *testing.T) {
	b := e.b.tab(t)
	csp := "default-src 'none'; script-src 'nonce-test' WIDGET; frame-src WIDGET; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'"
	b.visit(e.s.guarded(`<script nonce="test">var against = []; document.addEventListener("securitypolicyviolation", (e) => against.push(e.violatedDirective + " " + e.blockedURI))</script>`+
		strings.ReplaceAll(inline, ` style="display:block;min-height:800px"`, "")+
		`<okoshko-booking mode="float"><a id="book" href="WIDGET/b/5?lang=en">Book</a></okoshko-booking>`+script, csp))
	b.frame(e.s, "/b/1")
	b.until("log.some((m) => m.type === 'height')")
	b.until("parseFloat(document.querySelector('okoshko-booking').style.height) > 1000")
	ask[string](b, "document.body.append(Object.assign(document.createElement('p'), { style: 'height: 2000px' })), scrollTo(0, 9999), ''")
	b.until("document.querySelector('#book').checkVisibility({ checkVisibilityCSS: true })") // no booking in sight below it
	b.click("#book")
	b.frame(e.s, "/b/5")
	b.until("events.filter(([type]) => type === 'ready').length === 2")
	if got := ask[string](b, "against.join()"); got != "" {
		t.Errorf("against the website's policy: %s", got)
	}
	b.shot("strict")
}

// pinned: a website may name the hash of the version that it has looked at.
func (e *embedding) pinned(t *testing.T) {
	loader := newestLoader(t)
	tag := `<script async src="WIDGET/embed/` + loader.Version + `/embed.js" integrity="%s" crossorigin="anonymous"></script>`
	b := e.tab(t, inline+fmt.Sprintf(tag, loader.Integrity))
	b.frame(e.s, "/b/1")
	b = e.tab(t, inline+fmt.Sprintf(tag, "sha384-"+strings.Repeat("A", 64)))
	b.until("document.readyState === 'complete'")
	if ask[bool](b, "!!customElements.get('okoshko-booking')") {
		t.Error("a script of another hash runs")
	}
}

// dark: the booking stands on the website's own dark ground, whether the website says that it is dark
// or only is.
func (e *embedding) dark(t *testing.T) {
	for name, css := range map[string]string{
		"says so": ":root { color-scheme: dark }", "only is": "body { background: #102030; color: #eee }", "both": ":root { color-scheme: dark } body { background: #102030 }",
	} {
		b := e.tab(t, "<style>"+css+"</style>"+inline+script)
		f := b.frame(e.s, "/b/1")
		b.until("log.some((m) => m.type === 'height')")
		got := ask[string](f.browser, "[document.documentElement.dataset.scheme, getComputedStyle(document.body).backgroundColor].join()")
		if got != "dark,rgba(0, 0, 0, 0)" {
			t.Errorf("%s: the frame is %s", name, got)
		}
		if got := ask[string](b, "getComputedStyle("+itsFrame+").colorScheme"); got != "dark" {
			t.Errorf("%s: a frame of scheme %q would have a ground of its own", name, got)
		}
		b.shot(strings.ReplaceAll(name, " ", "-"))
	}
}

// ground: the booking's scheme is that of the ground it stands on, in whatever notation the website writes its colours.
func (e *embedding) ground(t *testing.T) {
	for css, want := range map[string]string{
		"body { color: oklch(0.145 0 0); background: white }":                                          "light",
		"body { color: #808080; background: white }":                                                   "light",
		"body { color: #808080 }":                                                                      "light",
		"body { color: #15803d; background: #fff }":                                                    "light",
		"body { color: #f87171; background: black }":                                                   "dark",
		"body { color: color(srgb .9 .9 .9); background: black }":                                      "dark",
		"html { background: oklch(0.2 0.02 250) } body { color: #999 }":                                "dark",
		"body { background: #111; color: #eee } section { background: rgb(255 255 255); color: #222 }": "light",
		"body { background: rgb(0 0 0 / 2%); color: #111 }":                                            "light",
		"body { background: linear-gradient(#111, #222); color: #eee }":                                "dark",
		"* { transition: all 2s } body { background: #101010; color: #fff }":                           "dark",
		":root { color-scheme: only dark }":                                                            "dark",
		":root { color-scheme: light dark }":                                                           "light", // the browser of the tests wants light
	} {
		b := e.tab(t, "<style>"+css+"</style><section>"+inline+"</section>"+script)
		b.until("!!document.querySelector('okoshko-booking').shadowRoot?.querySelector('iframe')")
		if got := ask[string](b, "new URL("+itsFrame+".src).searchParams.get('scheme')"); got != want {
			t.Errorf("%s: scheme %q, want %q", css, got, want)
		}
	}
}

// look: another language and another scheme come to where the customer is, and what is typed stays.
func (e *embedding) look(t *testing.T) {
	b := e.tab(t, inline+script)
	f := b.frame(e.s, "/b/1")
	f.to(e.a, "contact")
	f.set("fullname", "Boris")
	ask[string](b, "document.querySelector('okoshko-booking').setAttribute('scheme', 'dark'), ''")
	f.until("document.documentElement.dataset.scheme === 'dark'")
	if got := ask[string](b, "getComputedStyle("+itsFrame+").colorScheme"); got != "dark" {
		t.Errorf("a frame of scheme %q would have a ground of its own", got)
	}
	ask[string](b, "document.querySelector('okoshko-booking').setAttribute('lang', 'ru'), ''")
	f.until("document.documentElement.lang === 'ru' && document.querySelector('main').dataset.step === 'contact'")
	if got := ask[string](f.browser, "document.querySelector('[name=fullname]').value + document.documentElement.dataset.scheme"); got != "Borisdark" {
		t.Errorf("after the change the page has %q", got)
	}
	if n := ask[int](b, "events.filter(([type]) => type === 'ready').length"); n != 1 {
		t.Errorf("the booking was loaded %d times", n)
	}
	f.press(last) // the next page comes in the same look
	if got := ask[string](f.browser, "document.documentElement.lang + document.documentElement.dataset.scheme + new URL(location).searchParams.get('scheme')"); got != "rudarkdark" {
		t.Errorf("the next page is %q", got)
	}
}

// moved: a website that takes the element elsewhere, or gives it another mode, has the frame loaded anew; the customer
// is where he was, with what he typed.
func (e *embedding) moved(t *testing.T) {
	b := e.tab(t, `<div id="left"></div>`+inline+script)
	f := b.frame(e.s, "/b/1")
	f.to(e.a, "contact")
	f.set("fullname", "Boris")
	f.set("accept_personal_data", "")
	ask[string](f.browser, "document.querySelector('[name=fullname]').dispatchEvent(new Event('input', { bubbles: true })), ''")
	for n, change := range []string{
		"left.append(document.querySelector('okoshko-booking'))",
		"document.querySelector('okoshko-booking').setAttribute('mode', 'popup'), document.querySelector('okoshko-booking').open()",
		"document.querySelector('okoshko-booking').setAttribute('mode', 'inline')",
	} {
		ask[string](b, "%s, ''", change)
		b.until("events.filter(([type]) => type === 'ready').length === %d", n+2)
		f = b.frame(e.s, "/contact")
		f.until("document.querySelector('[name=fullname]')?.value === 'Boris' && document.querySelector('[name=accept_personal_data]').checked")
	}
	f.set("phone", b.phone)
	f.to(e.a, "done")
	if got := ask[int](f.browser, "sessionStorage.length"); got != 0 {
		t.Errorf("after the booking the tab remembers %d things", got)
	}
}

// boxed: a floating button stays in its corner wherever the website has put the element.
func (e *embedding) boxed(t *testing.T) {
	for _, css := range []string{"transform: translate(0)", "filter: blur(0)", "will-change: transform", "contain: paint", "backdrop-filter: blur(1px)", "overflow: hidden; position: relative; z-index: 0"} {
		b := e.tab(t, `<div style="height:300px;`+css+`">`+strings.Replace(popup, "popup", "float", 1)+`</div><p style="height:3000px;background:#eee;position:relative;z-index:5">Salon</p>`+script)
		b.until("!!customElements.get('okoshko-booking')")
		ask[string](b, "scrollTo(0, 1000), ''")
		at := b.corner()
		if at != "16,16" {
			t.Errorf("%s: the button is %s from the corner", css, at)
		}
		b.click("#book")
		b.until(dialog + "?.open")
	}
}

// shaded: as long as a booking on the page is in sight, no floating button lies over it.
func (e *embedding) shaded(t *testing.T) {
	b := e.tab(t, `<p style="height:3000px">Salon</p>`+inline+`<p style="height:3000px">Salon</p>`+strings.Replace(popup, "popup", "float", 1)+script)
	seen := "document.querySelector('#book').checkVisibility({ checkVisibilityCSS: true })"
	b.until("!!customElements.get('okoshko-booking') && " + seen)
	ask[string](b, "document.querySelector('okoshko-booking').scrollIntoView(), ''")
	b.until("!" + seen)
	ask[string](b, "scrollTo(0, 0), ''")
	b.until(seen)
	ask[string](b, "document.querySelector('okoshko-booking').scrollIntoView(), ''")
	b.until("!" + seen)
	ask[string](b, "document.querySelector('okoshko-booking').remove(), ''")
	b.until(seen)
}

// copied: a link that the salon has copied from the address bar is the form's, with its choices.
func (e *embedding) copied(t *testing.T) {
	for link, want := range map[string]string{
		"/b/1/service?lang=ru": "/b/1?lang=ru", "/b/1/": "/b/1", "/b/1/master/501": "/b/1", "/b/1/events/517": "/b/1", "/b/1/datetime?services=501001&master=0": "/b/1?services=501001&master=0",
	} {
		b := e.tab(t, `<okoshko-booking><a href="WIDGET`+link+`">Book</a></okoshko-booking>`+script)
		b.until("!!document.querySelector('okoshko-booking').shadowRoot?.querySelector('iframe')")
		got := ask[string](b, "(() => { const url = new URL("+itsFrame+".src); url.searchParams.delete('scheme'); url.searchParams.delete('hl'); return url.pathname + url.search })()")
		if got != want {
			t.Errorf("%s: the frame shows %s, want %s", link, got, want)
		}
	}
}

// prefill: shown in fields in which nothing stands, and sent by nobody but the customer.
func (e *embedding) prefill(t *testing.T) {
	b := e.tab(t, inline+`<script>document.querySelector("okoshko-booking").prefill = { fullname: "Anna Smith", phone: "+79161112233", email: "anna@example.com" }</script>`+script)
	f := b.frame(e.s, "/b/1")
	before := len(online(e.a))
	f.to(e.a, "contact")
	got := ask[string](f.browser, "['fullname', 'phone', 'email', 'comment'].map((n) => document.querySelector(`[name=${n}]`).value).join()")
	if got != "Anna Smith,+7 916 111-22-33,anna@example.com," {
		t.Errorf("the fields hold %q", got)
	}
	f.set("fullname", "Boris")
	ask[string](b, "document.querySelector('okoshko-booking').prefill = { fullname: 'Carl', comment: 'By the window' }, ''")
	f.until("document.querySelector('[name=comment]').value === 'By the window'")
	if got := ask[string](f.browser, "document.querySelector('[name=fullname]').value"); got != "Boris" {
		t.Errorf("what was typed became %q", got)
	}
	f.quiet()
	if f.step() != "contact" || len(online(e.a)) != before {
		t.Error("the form sent itself")
	}
	if at := ask[string](f.browser, "location.href"); strings.Contains(at, "Anna") || strings.Contains(at, "916") {
		t.Errorf("the address holds what was handed over: %s", at)
	}
}

// refused: a message with a wrong origin, source, version or key is none, in both directions.
func (e *embedding) refused(t *testing.T) {
	b := e.tab(t, inline+`<iframe id="other" srcdoc="other"></iframe>`+script)
	f := b.frame(e.s, "/b/1")
	b.until("events.some(([type]) => type === 'step')")
	known := b.events()
	height := ask[string](b, "document.querySelector('okoshko-booking').style.height")
	// To the website: from the page itself, from another frame, and from the widget's own frame with
	// something wrong.
	good := `{ okoshko: 1, type: "height", data: { height: 5555 } }`
	ask[string](b, `postMessage(%s, "*"), ''`, good)
	ask[string](b, `other.contentWindow.eval('parent.postMessage(%s, "*")'), ''`, good)
	for _, bad := range []string{
		`{ okoshko: 2, type: "height", data: { height: 5555 } }`, `{ okoshko: "1", type: "height", data: { height: 5555 } }`, `{ type: "height", data: { height: 5555 } }`,
		`{ okoshko: 1, type: "height", data: { height: 5555, more: 1 } }`, `{ okoshko: 1, type: "height", data: { height: 5555 }, more: 1 }`, `{ okoshko: 1, type: "height", data: {} }`,
		`{ okoshko: 1, type: "height", data: null }`, `{ okoshko: 1, type: "height", data: { height: "5555px;color:red" } }`, `{ okoshko: 1, type: "height", data: { height: -1 } }`,
		`{ okoshko: 1, type: "constructor", data: {} }`, `{ okoshko: 1, type: "__proto__", data: {} }`, `{ okoshko: 1, type: "init", data: { popup: false, prefill: {} } }`,
		`{ okoshko: 1, type: "step", data: { form: 1, step: "done", phone: "1" } }`, `null`, `"height"`, `5`, `[]`,
	} {
		ask[string](f.browser, "parent.postMessage(%s, '*'), ''", bad)
	}
	ask[string](f.browser, "parent.postMessage('the last one', '*'), ''")
	b.until("log.includes('the last one')")
	if got := b.events(); got != known {
		t.Errorf("events that were none: %s", got)
	}
	if got := ask[string](b, "document.querySelector('okoshko-booking').style.height"); got != height {
		t.Errorf("the height became %s", got)
	}
	ask[string](f.browser, "parent.postMessage(%s, '*'), ''", good)
	b.until("document.querySelector('okoshko-booking').style.height === '5555px'") // so the bad ones were heard, and dropped
	ask[string](f.browser, "parent.postMessage({ okoshko: 1, type: 'height', data: { height: 1e9 } }, '*'), ''")
	b.until("document.querySelector('okoshko-booking').style.height === '20000px'") // there is an end to growing

	// To the widget: the same, from another frame and from the page with something wrong.
	f.to(e.a, "contact")
	inside := itsFrame + ".contentWindow"
	good = `{ okoshko: 1, type: "init", data: { popup: false, prefill: { fullname: "Mallory" } } }`
	ask[string](b, `other.contentWindow.eval('parent.%s.postMessage(%s, "*")'), ''`, strings.ReplaceAll(inside, "'", "`"), good)
	for _, bad := range []string{
		`{ okoshko: 2, type: "init", data: { popup: false, prefill: { fullname: "Mallory" } } }`, `{ okoshko: 1, type: "init", data: { popup: false, prefill: { fullname: "Mallory" } }, more: 1 }`,
		`{ okoshko: 1, type: "init", data: { popup: false, prefill: { fullname: "Mallory" }, more: 1 } }`, `{ okoshko: 1, type: "init", data: { popup: 0, prefill: { fullname: "Mallory" } } }`,
		`{ okoshko: 1, type: "init", data: { popup: false, prefill: { fullname: "Mallory", code: "1234" } } }`, `{ okoshko: 1, type: "init", data: { popup: false, prefill: { fullname: 5 } } }`,
		`{ okoshko: 1, type: "init", data: { popup: false, prefill: { "x],[name=fullname": "Mallory" } } }`, `{ okoshko: 1, type: "init", data: { prefill: { fullname: "Mallory" } } }`,
		`{ okoshko: 1, type: "fill", data: { popup: false, prefill: { fullname: "Mallory" } } }`, `{ okoshko: 1, type: "booked", data: { id: "x" } }`, `null`, `"init"`,
	} {
		ask[string](b, "%s.postMessage(%s, '*'), ''", inside, bad)
	}
	ask[string](b, `%s.postMessage({ okoshko: 1, type: "init", data: { popup: false, prefill: { comment: "the last one" } } }, '*'), ''`, inside)
	f.until("document.querySelector('[name=comment]').value === 'the last one'")
	if got := ask[string](f.browser, "document.querySelector('[name=fullname]').value"); got != "" {
		t.Errorf("a message that was none filled in %q", got)
	}
}

// counters: the form's own and those that the website names are told, if the website has them.
func (e *embedding) counters(t *testing.T) {
	b := e.tab(t, `<script>
var calls = [], dataLayer = [];
const note = (name) => (...args) => calls.push([name, ...args]);
var ym = note("ym"), gtag = note("gtag"), fbq = note("fbq"), VK = { Retargeting: { Init: note("VK.Init"), Event: note("VK.Event") } };
</script>`+strings.ReplaceAll(strings.Replace(inline, "<okoshko-booking", `<okoshko-booking track="dataLayer ym:77777 gtag"`, 1), "b/1", "b/18")+script)
	ask[string](b, "document.querySelector('okoshko-booking').setAttribute('form', '18'), ''")
	f := b.frame(e.s, "/b/18")
	f.to(e.a, "done")
	b.until("events.some(([type]) => type === 'booked')")
	booked := ask[string](b, "JSON.stringify(events.find(([type]) => type === 'booked')[1])")
	for _, want := range []string{
		`["ym",50217133,"reachGoal","okoshko_booked",` + booked + `]`, `["ym",77777,"reachGoal","okoshko_booked",` + booked + `]`,
		`["fbq","trackSingle","123456789012345","Schedule",` + booked, `["fbq","trackSingleCustom","123456789012345","okoshko_step",{"form":18,"step":"datetime"}`,
		`["VK.Init","VK-RTRG-123456-AbCdE"],["VK.Event","okoshko_booked"]`, `"send_to":"G-DEMO123456"`, `["gtag","event","okoshko_booked",` + booked + `]`,
	} {
		if got := ask[string](b, "JSON.stringify(calls)"); !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if got := ask[string](b, "JSON.stringify(dataLayer.at(-1))"); got != `{"event":"okoshko_booked","okoshko":`+booked+`}` {
		t.Errorf("dataLayer has %s", got)
	}
	if got := ask[string](f.browser, "performance.getEntriesByType('resource').map((r) => r.name).filter((n) => !n.startsWith(location.origin) && !n.startsWith('data:')).join()"); strings.Contains(got, "yandex") || strings.Contains(got, "google") {
		t.Errorf("the widget itself loads %s", got)
	}

	// A website without these counters, and one that wants none.
	for _, track := range []string{"", "off"} {
		b := e.tab(t, `<script>var calls = []; function ym(...a) { calls.push(a); if (a[2].endsWith("ready")) throw new Error("broken") }</script>`+
			strings.ReplaceAll(strings.Replace(inline, "<okoshko-booking", `<okoshko-booking track="`+track+`"`, 1), `form="1"`, `form="18"`)+script)
		b.frame(e.s, "/b/18")
		b.until("events.some(([type]) => type === 'step')")
		if got := ask[int](b, "calls.length"); (got > 1) == (track == "off") {
			t.Errorf("track=%q: %d calls", track, got)
		}
	}
}

// changes: the visit's own page has a tab of its own, as long as that was opened from the widget, the
// website hears of what is done there.
func (e *embedding) changes(t *testing.T) {
	b := e.tab(t, inline+script)
	f := b.frame(e.s, "/b/1")
	f.to(e.a, "done")
	record := online(e.a)[len(online(e.a))-1]
	f.click("main a[rel=record]")
	visit := b.opened(e.s.widget + "/r/1/")
	visit.until("!!document.querySelector('main[data-step=record]')")
	visit.press("main [data-move]")
	if !visit.has("main a[data-slot]") {
		visit.press("main a[data-date]")
	}
	visit.press("main a[data-slot]")
	visit.press(last)
	b.until("events.at(-1)[0] === 'moved'")
	visit.press("main [data-cancel]")
	visit.press(last)
	b.until("events.at(-1)[0] === 'cancelled'")
	if !now(b, e.a, record.ID).Deleted {
		t.Error("the visit stands")
	}
	visit.do(chromedp.Reload())
	visit.until("document.readyState === 'complete'")
	// What it says again goes the same way as this, before it.
	ask[string](f.browser, "addEventListener('message', ({ data }) => data === 'ping' && parent.postMessage('pong', '*')), ''")
	ask[string](visit, "opener.postMessage('ping', location.origin), ''")
	b.until("log.includes('pong')")
	if got := ask[int](b, "events.filter(([type]) => type === 'cancelled').length"); got != 1 {
		t.Errorf("the website heard %d times of one cancellation", got)
	}
	all := b.events()
	if strings.Contains(all, record.Hash) || strings.Contains(all, strconv.Itoa(record.ID)) {
		t.Errorf("the website was told which visit it is: %s", all)
	}
}

// opened is the tab that was opened with an address that begins so.
func (b *browser) opened(address string) *browser {
	b.t.Helper()
	var found *browser
	b.poll(func() bool {
		infos, err := chromedp.Targets(b.ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, info := range infos {
			if info.Type == "page" && strings.HasPrefix(info.URL, address) {
				ctx, cancel := chromedp.NewContext(b.root, chromedp.WithTargetID(info.TargetID))
				b.t.Cleanup(cancel)
				found = b.in(b.t, ctx)
				return true
			}
		}
		return false
	}, "a tab of "+address)
	return found
}

func (e *embedding) failure(t *testing.T) {
	b := e.tab(t, strings.ReplaceAll(inline, `form="1"`, `form="992"`)+script)
	b.frame(e.s, "/b/992")
	b.until("events.some(([type, { kind }]) => type === 'error' && kind === 'down')")
}

// plain: where no script may stand, a frame or the link alone.
func (e *embedding) plain(t *testing.T) {
	b := e.tab(t, `<iframe src="WIDGET/b/1?lang=en" title="Booking" width="100%" height="720" loading="lazy" style="border:0"></iframe>`)
	f := b.frame(e.s, "/b/1")
	f.to(e.a, "done")
	for _, m := range b.log() {
		if m.Type != "hello" {
			t.Errorf("a website that has not introduced itself is told %s", m.Type)
		}
	}
	b = e.tab(t, `<iframe src="WIDGET/b/1?lang=en" title="Booking" width="100%" height="720" `+
		`sandbox="allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads allow-top-navigation-by-user-activation"></iframe>`)
	b.frame(e.s, "/b/1").to(e.a, "done")
	b = e.tab(t, inline)
	b.press("okoshko-booking a")
	if b.step() != "service" {
		t.Errorf("the link leads to step %q", b.step())
	}
}

// refusedFrame: the website's policy lets the script in and forgets the frame. The link is still there.
func (e *embedding) refusedFrame(t *testing.T) {
	b := e.b.tab(t)
	b.visit(e.s.guarded(inline+script, "default-src 'none'; script-src 'nonce-test' WIDGET; style-src 'unsafe-inline'"))
	b.until("!!customElements.get('okoshko-booking')")
	b.quiet()
	b.press("okoshko-booking a")
	if b.step() != "service" {
		t.Errorf("the link leads to step %q", b.step())
	}
}

// TestEmbedWithoutCookies books and cancels in a frame of another site with the cookies of other sites
// blocked, with every cookie and all storage blocked, and without any script at all.
func TestEmbedWithoutCookies(t *testing.T) {
	t.Parallel()
	a := start(t, "OKOSHKO_LIMITS_FORM_AGE=0s")
	for i, tt := range []struct {
		name string
		options
	}{
		{"cookies of other sites blocked", options{noOthers: true}},
		{"all cookies and storage blocked", options{noCookies: true, width: 360}},
		{"scripts, cookies and storage blocked", options{noCookies: true, dumb: true, width: 360}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.alone = true
			b, s := newBrowser(t, tt.options), newSalon(t, a)
			if tt.noCookies {
				s.closeStorage(t, a)
			}
			b.phone = fmt.Sprintf("+791612346%02d", i)
			b.visit(s.page(inline2 + script + `<noscript><iframe src="WIDGET/b/2?lang=en" title="Booking" width="100%" height="1500"></iframe></noscript>`))
			f := b.frame(s, "/b/2")
			if closed := f.closed(); closed != (tt.noCookies && !tt.dumb) {
				t.Fatalf("storage is closed: %v", closed) // no script, nothing to close it for
			}
			f.to(a, "contact")
			f.on(a)
			if !f.has("main [name=code]") {
				t.Fatalf("no code is asked for: %s", f.text("main"))
			}
			f.to(a, "done")
			record := online(a)[len(online(a))-1]
			link := f.attribute("main a[rel=record]", "href")
			if f.attribute("main a[rel=record]", "target") != "_blank" || !strings.Contains(link, record.Hash) {
				t.Fatalf("the link to the visit is %q", link)
			}
			b.shot("booked")
			if kept, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{}); err != nil || tt.noCookies && len(kept.Cookies) > 0 {
				t.Errorf("%d cookies are kept, %v", len(kept.Cookies), err)
			}
			b.open(s.widget + link)
			b.press("main [data-cancel]")
			b.press(last)
			if b.step() != "cancelled" || !now(b, a, record.ID).Deleted {
				t.Errorf("step %q: %s", b.step(), b.text("main"))
			}
		})
	}
}

// closed says whether the frame has no storage.
func (f *inner) closed() bool {
	return ask[bool](f.browser, "(() => { try { localStorage.setItem('x', '1'); return false } catch { return true } })()")
}
