//go:build e2e

// Package engines walks the core journeys in three engines: Chromium, Firefox and WebKitGTK. Each is driven through its own door of the
// WebDriver standard, and presses by pointer and keys. "make engines" prints a table of all journeys in all engines.
package engines

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/servertest"
)

const (
	phone  = "+79161234567"
	narrow = 360
	send   = "main form[method=post] [type=submit]:not([name])"
)

// What the website's pages hold.
const (
	script = `<script async src="WIDGET/embed/v1.js"></script>`
	inline = `<okoshko-booking form="2" style="display:block;min-height:800px"><a href="WIDGET/b/2?lang=en">Book online</a></okoshko-booking>` + script
	plain  = `<iframe src="WIDGET/b/2?lang=en" title="Booking" width="100%" height="1500"></iframe>`
	popup  = `<p><a href="#other">Other</a></p><okoshko-booking form="1" mode="popup"><a id="book" href="WIDGET/b/1?lang=en">Book online</a></okoshko-booking><p style="height:2000px">More</p>` + script
	told   = `<iframe src="WIDGET` + tellCookie + `" title="Cookie"></iframe>`
)

// Expressions that find the frame of a page of the website.
const (
	plainFrame  = "document.querySelector('iframe')"
	inlineFrame = "document.querySelector('okoshko-booking').shadowRoot.querySelector('iframe')"
	dialog      = "document.querySelector('okoshko-booking').shadowRoot.querySelector('dialog')"
)

func website() map[string]string {
	return map[string]string{"/inline": inline, "/plain": plain, "/popup": popup, "/told": told}
}

// journey is a way through the widget.
type journey struct {
	name string
	options
	walk func(w *window, s *site)
}

func journeys() []journey {
	return []journey{
		{"books, scripts on", options{}, books(1)},
		{"books in a chain, scripts off", options{noScript: true, width: narrow}, books(3)},
		{"books, scripts and cookies off", options{noScript: true, cookies: noneCookies, width: narrow}, books(1)},
		{"code by SMS, a wrong one first", options{width: narrow}, codeBySMS},
		{"signs in, cookies on", options{}, signsIn},
		{"in another site's frame, cookies on", options{}, inFrame("/inline", inlineFrame)},
		{"in another site's frame, its cookies blocked", options{cookies: ownCookies}, inFrame("/inline", inlineFrame)},
		{"in another site's frame, all cookies blocked", options{cookies: noneCookies, width: narrow}, inFrame("/inline", inlineFrame)},
		{"in another site's frame, scripts and cookies off", options{noScript: true, cookies: noneCookies, width: narrow}, inFrame("/plain", plainFrame)},
		{"popup, focus and Esc", options{}, popups},
		{"moves a visit, scripts on", options{}, moves},
		{"moves a visit, scripts and cookies off", options{noScript: true, cookies: noneCookies, width: narrow}, moves},
		{"cancels a visit, scripts on", options{}, cancels},
		{"cancels a visit, scripts and cookies off", options{noScript: true, cookies: noneCookies, width: narrow}, cancels},
		{"books at 320 px", options{width: 320}, fits},
		{"books with text at 200 %", options{width: 640, large: true}, fits},
		{"books at 320 px with text at 200 %", options{width: 320, large: true}, fits},
	}
}

// TestEngines walks every journey in every engine.
func TestEngines(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			e.installed(t)
			for _, j := range journeys() {
				t.Run(j.name, func(t *testing.T) {
					t.Parallel()
					took := clock.Stopwatch()
					t.Cleanup(func() { note(t, j.name, e.name, took()) })
					s := newSite(t, website())
					w := openWindow(t, e, j.options)
					w.isAsSet(s)
					j.walk(w, s)
				})
			}
		})
	}
}

// isAsSet makes sure that the browser does what its settings say; without this a journey would prove less than its name says.
func (w *window) isAsSet(s *site) {
	w.t.Helper()
	want := map[cookies][2]string{allCookies: {"taken", "taken"}, ownCookies: {"taken", "refused"}, noneCookies: {"refused", "refused"}}[w.cookies]
	w.visit(s.widget + tellCookie)
	w.until("document.querySelector('main')?.dataset.cookie && document.readyState === 'complete'")
	if got := w.attribute("main", "data-cookie"); got != want[0] {
		w.fail("a cookie of the page's own site is %s, want %s", got, want[0])
	}
	if got, want := w.attribute("main", "data-script"), map[bool]string{true: "off", false: "on"}[w.noScript]; got != want {
		w.fail("scripts are %s, want %s", got, want)
	}
	if got := ask[int](w, "innerWidth"); got != w.width {
		w.fail("the window is %d pixels wide, want %d", got, w.width)
	}
	w.visit(s.salon + "/told")
	f := w.frame(plainFrame)
	f.until("document.querySelector('main')?.dataset.cookie && document.readyState === 'complete'")
	if got := f.attribute("main", "data-cookie"); got != want[1] {
		w.fail("a cookie of another site's frame is %s, want %s", got, want[1])
	}
	if w.large && !w.largeByScript {
		if got := ask[string](w, "getComputedStyle(document.documentElement).fontSize"); got != "32px" {
			w.fail("letters are of %s, want 32px", got)
		}
	}
}

// walk does what a customer does, by the page contract, until a step is reached.
func (w *window) walk(s *site, to string, look func()) {
	w.t.Helper()
	for range 25 {
		step := w.step()
		w.shot(step)
		if look != nil {
			look()
		}
		if step == to {
			return
		}
		switch step {
		case "city":
			w.press("main a[data-city]")
		case "company":
			w.press("main a[data-company]")
		case "service":
			if w.has("main [data-next]") {
				w.press("main [data-next]")
			} else {
				w.press(servertest.Takes)
			}
		case "master":
			w.press("main a[data-staff]")
		case "datetime":
			if !w.has("main a[data-slot]") {
				w.press("main a[data-date]")
			}
			w.press("main a[data-slot]")
		case "contact":
			if w.has("main [name=code]") {
				w.fill("code", s.code(w.t))
			} else {
				w.introduce()
			}
			w.press(send)
		case "confirm":
			w.press(send)
		default:
			w.fail("step %q is on no way to %q", step, to)
		}
	}
	w.fail("25 pages and no step %q", to)
}

// introduce fills in the contact form.
func (w *window) introduce() {
	w.t.Helper()
	w.fill("fullname", "Анна Тестова")
	w.fill("surname", "Тестова")
	w.fill("email", "anna@example.com")
	w.fill("phone", phone)
	if agree := "main [name=accept_personal_data]:not(:checked)"; w.has(agree) {
		w.click(first(agree))
		w.until("!%s", first(agree))
	}
}

// booked makes sure that one visit stands at the salon, and that the page shows it; its link is returned.
func (w *window) booked(s *site) (link string) {
	w.t.Helper()
	record := s.only(w.t)
	if got := w.attribute("main [data-record]", "data-record"); got != strconv.Itoa(record.ID) {
		w.fail("the page shows visit %q, want %d", got, record.ID)
	}
	link = w.attribute("main a[rel=record]", "href")
	if !strings.HasPrefix(link, "/r/") || !strings.Contains(link, record.Hash) {
		w.fail("the link to the visit is %q", link)
	}
	return link
}

func books(form int) func(w *window, s *site) {
	return func(w *window, s *site) {
		w.open(fmt.Sprintf("%s/b/%d?lang=en", s.widget, form))
		w.walk(s, "done", nil)
		w.booked(s)
		w.press("main a[rel=record]")
		w.shot("record")
		if step := w.step(); step != "record" {
			w.fail("the link to the visit leads to step %q", step)
		}
	}
}

func codeBySMS(w *window, s *site) {
	w.open(s.widget + "/b/2?lang=en")
	w.walk(s, "contact", nil)
	w.introduce()
	w.press(send)
	right := s.code(w.t)
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, right)
	w.fill("code", wrong)
	w.press(send)
	w.shot("wrong")
	if !w.has("main [name=code][aria-invalid=true]") || len(s.app.Sandbox.Booked()) != 0 {
		w.fail("a wrong code is not refused")
	}
	w.fill("code", right)
	w.press(send)
	w.walk(s, "done", nil)
	w.booked(s)
}

func signsIn(w *window, s *site) {
	w.open(s.widget + "/b/1?lang=en")
	w.press("[data-account]")
	w.fill("phone", "+79001112233")
	w.press(send)
	w.fill("code", s.code(w.t))
	w.press(send)
	for range 2 { // the second time because of the cookie alone
		if n := ask[int](w, "document.querySelectorAll('main [data-record]').length"); w.step() != "me" || n < 2 {
			w.fail("step %q, %d visits", w.step(), n)
		}
		w.shot("me")
		w.open(s.widget + "/me/1?lang=en")
	}
}

// inFrame books in a frame of another site, and cancels at the visit's own address.
func inFrame(page, frame string) func(w *window, s *site) {
	return func(w *window, s *site) {
		w.visit(s.salon + page)
		f := w.frame(frame)
		f.settle()
		f.walk(s, "done", nil)
		link := f.booked(s)
		if got := f.attribute("main a[rel=record]", "target"); got != "_blank" {
			w.fail("the visit's own page, which no frame may show, would open in %q", got)
		}
		if page == "/inline" {
			w.until("document.body.hasAttribute('data-booked')")
			// The frame is as high as its page, so the website has no second bar to scroll with.
			f.until("document.documentElement.scrollHeight <= innerHeight + 1")
		}
		w.open(s.widget + link)
		w.press("main a[data-cancel]")
		w.press(send)
		if w.step() != "cancelled" || !s.only(w.t).Deleted {
			w.fail("step %q", w.step())
		}
	}
}

func popups(w *window, s *site) {
	w.visit(s.salon + "/popup")
	w.until("customElements.get('okoshko-booking') || document.querySelector('okoshko-booking').shadowRoot")
	f := w.frame(inlineFrame)
	closed := func() {
		w.t.Helper()
		w.until("!%s.open", dialog)
		w.until("document.activeElement.id === 'book'")
	}
	w.click(first("#book"))
	w.until("%s?.open", dialog)
	f.settle()
	w.until("document.activeElement.localName === 'okoshko-booking'")
	f.until("document.hasFocus()")
	w.shot("open")
	f.keys(keyEscape)
	closed()
	w.keys(keyEnter) // the link has the focus again
	w.until("%s?.open", dialog)
	f.until("document.hasFocus()")
	f.keys(keyTab)
	f.until("document.activeElement.matches('a, button, input, summary')")
	f.keys(keyEscape)
	closed()
	w.click(first("#book"))
	f.walk(s, "done", nil)
	f.booked(s)
	w.until("document.body.hasAttribute('data-booked')")
	w.click(dialog + ".querySelector('button')")
	closed()
}

// visit books a visit on the second free day and opens its page. On nearer days the salon may allow no change.
func ownVisit(w *window, s *site) {
	w.t.Helper()
	w.open(s.widget + "/b/1?lang=en")
	w.walk(s, "datetime", nil)
	w.press(second)
	w.walk(s, "done", nil)
	w.booked(s)
	w.press("main a[rel=record]")
}

// second is the second of the free days, and another one than the open day.
const second = "main .strip li:has(a[data-date]) ~ li a[data-date]:not([aria-current])"

func moves(w *window, s *site) {
	ownVisit(w, s)
	before := s.only(w.t)
	w.press("main a[data-move]")
	w.shot("days")
	for w.press(second); !w.has("main a[data-slot]"); { // whom the salon had chosen may have nothing else on a day that was free before
		w.press(second)
	}
	w.press("main a[data-slot]")
	w.shot("question")
	w.press(send)
	w.shot("moved")
	after := s.only(w.t)
	if after.Start.Equal(before.Start) || after.Deleted || !w.has("main .badge.moved") {
		w.fail("moved from %v to %v", before.Start, after.Start)
	}
	if shown := w.attribute("main time", "datetime"); !strings.HasPrefix(shown, after.Start.Format("2006-01-02T15:04")) {
		w.fail("the page shows %s, the salon has %v", shown, after.Start)
	}
}

func cancels(w *window, s *site) {
	ownVisit(w, s)
	w.press("main a[data-cancel]")
	w.shot("question")
	if s.only(w.t).Deleted {
		w.fail("the question has cancelled the visit")
	}
	w.press(send)
	w.shot("cancelled")
	if w.step() != "cancelled" || !s.only(w.t).Deleted || w.has("main a[data-cancel]") {
		w.fail("step %q", w.step())
	}
}

// wide names what sticks out of the page to its side.
const wide = `(() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return "";
  const sticks = (e) => e.checkVisibility() && (e.getBoundingClientRect().right > room + 1 || e.getBoundingClientRect().left < -1);
  const out = [...document.body.querySelectorAll("*")].filter((e) => sticks(e) && ![...e.children].some(sticks));
  return "page of " + document.documentElement.scrollWidth + ": " + out.slice(0, 4).map((e) => e.outerHTML.slice(0, 120)).join("\n");
})()`

// fits books where nothing may stick out to the side of a page, and every control that is needed can be pressed.
func fits(w *window, s *site) {
	w.open(s.widget + "/b/1?lang=en")
	w.walk(s, "done", func() {
		if found := ask[string](w, "%s", wide); found != "" {
			w.fail("step %q is too wide: %s", w.step(), found)
		}
	})
	w.booked(s)
}

// versions of the engines, by name.
var versions sync.Map

// results of all journeys.
var results = struct {
	sync.Mutex
	said map[[2]string]string // by journey and engine
	took map[string]time.Duration
}{said: map[[2]string]string{}, took: map[string]time.Duration{}}

func note(t *testing.T, journey, engine string, took time.Duration) {
	said := "ok"
	if t.Failed() {
		said = "FAILED"
	}
	results.Lock()
	defer results.Unlock()
	results.said[[2]string{journey, engine}] = said
	results.took[engine] += took
}

// TestMain prints the table at the end.
func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Fprintln(os.Stdout, "\n"+table())
	os.Exit(code)
}

// table is what came of each journey in each engine.
func table() string {
	results.Lock()
	defer results.Unlock()
	var out strings.Builder
	fmt.Fprintf(&out, "%-50s", "journey")
	for _, e := range engines() {
		version, _ := versions.LoadOrStore(e.name, "did not start")
		fmt.Fprintf(&out, "  %-24s", fmt.Sprint(e.name, " ", version))
	}
	for _, j := range journeys() {
		fmt.Fprintf(&out, "\n%-50s", j.name)
		for _, e := range engines() {
			said := results.said[[2]string{j.name, e.name}]
			if said == "" {
				said = "not walked"
			}
			fmt.Fprintf(&out, "  %-24s", said)
		}
	}
	fmt.Fprintf(&out, "\n%-50s", "seconds of all, several at a time")
	for _, e := range engines() {
		fmt.Fprintf(&out, "  %-24.0f", results.took[e.name].Seconds())
	}
	return out.String()
}
