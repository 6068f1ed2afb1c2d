//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/app"
	"okoshko/internal/clock"
	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// stays is a script that returns the controls that lead to the step they stand on: one of each kind, by its place among all controls.
// The kind is told by its marks and by where it stands.
const stays = `(() => {
  const doc = %[1]s, here = doc.location;
  const kinds = {};
  for (const [i, e] of [...doc.querySelectorAll("a[href], button")].entries()) {
    if (e.ariaCurrent) continue; // leads to what is shown already
    if (e.localName === "a" ? e.target || e.pathname !== here.pathname || e.host !== here.host : !e.form || e.tabIndex < 0) continue;
    if (e.form?.method === "post" && !new URL(e.formAction || e.form.action).pathname.startsWith(here.pathname)) continue;
    const place = e.closest("nav, ul, section, aside, header, table, form");
    const step = e.closest("main") ? doc.querySelector("main").dataset.step : "";
    kinds[[step, place?.className, e.localName, e.className, ...Object.keys(e.dataset), e.rel].join(" ")] = i;
  }
  return kinds;
})()`

// reach is a script that gives one of the controls the focus and opens what it is folded into.
const reach = `(() => {
  const doc = %[1]s;
  const it = [...doc.querySelectorAll("a[href], button")][%[2]d];
  for (let e = it.closest("details"); e; e = e.parentElement.closest("details")) e.open = true;
  if (it.form?.method === "get") it.form.elements.q.value = "a";
  it.focus();
  return { told: it.outerHTML.slice(0, 160), jumps: !!it.hash && it.search === doc.location.search, has: doc.activeElement === it, skip: it.className === "skip", title: doc.title };
})()`

// TestAPressOnTheSameStepIsNoticed presses one control of each kind that leads to the step it stands on: a day, an arrow, a master, a
// plus, a category, a language. A screen reader says what has come of it: something on the page has the focus, or the title is another.
func TestAPressOnTheSameStepIsNoticed(t *testing.T) {
	t.Parallel()
	a := start(t)
	pages := samePages(t, a)
	for name, o := range map[string]options{"scripts on": {width: phoneWidth}, "scripts off": {noScript: true, width: phoneWidth}, "frame": {alone: true, width: 1280}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, o)
			doc, show := "document", func(address string) { b.open(a.URL + address) }
			if name == "frame" {
				doc = "frames[0].document"
				show = func(address string) {
					b.open(host(t, a, address))
					b.until("frames[0].document.readyState === 'complete' && !!frames[0].document.querySelector('main')?.dataset.step")
				}
			}
			known := map[string]bool{}
			for _, address := range pages {
				show(address)
				for kind, control := range ask[map[string]int](b, stays, doc) {
					if known[kind] {
						continue
					}
					known[kind] = true
					show(address)
					at := ask[struct {
						Told  string `json:"told"`
						Title string `json:"title"`
						Jumps bool   `json:"jumps"`
						Has   bool   `json:"has"`
						Skip  bool   `json:"skip"`
					}](b, reach, doc, control)
					switch enter := chromedp.KeyEvent(kb.Enter); {
					case !at.Has: // not drawn at this width
						continue
					case at.Jumps:
						if at.Skip {
							b.do(enter)
							break
						}
						// By pointer: a key comes in parts, of which the last would go to the field that has the focus by then.
						b.do(pointAt(b, b.aim, doc+".activeElement"))
					case name == "frame":
						ask[string](b, "frames[0].document.body.dataset.old = 1, ''")
						b.do(enter)
						b.until("!!frames[0].document.querySelector('body:not([data-old]) main')")
					default:
						b.leave(at.Told, enter)
					}
					noticed := func() bool {
						return ask[bool](b, "%[1]s.activeElement !== %[1]s.body || %[1]s.title !== %[2]q", doc, at.Title)
					}
					// The browser moves the focus to a place in the page when it next draws it.
					for waited := clock.Stopwatch(); !noticed() && waited() < patience; {
						time.Sleep(20 * time.Millisecond)
					}
					if !noticed() {
						t.Errorf("%s: nothing is said after a press on %s", address, at.Told)
					}
				}
			}
			t.Logf("%d kinds", len(known))
			if len(known) < 20 {
				t.Errorf("%d kinds of controls: %v", len(known), known)
			}
		})
	}
}

// samePages are addresses of steps on which a press can stay.
func samePages(t *testing.T, a *app.App) []string {
	t.Helper()
	b := newBrowser(t, options{})
	address := func() string { return ask[string](b, "location.pathname + location.search") }
	out := []string{"/b/3/city?lang=en", "/b/3/company?city=52&lang=en", "/b/18/service?lang=en", "/b/18/service?lang=en&q=cut", "/b/17/events?lang=en"}
	b.open(a.URL + "/b/1?lang=en")
	b.press(servertest.Adds)
	out = append(out, address())
	b.press("main [data-next]")
	out = append(out, address())
	b.open(ask[string](b, "document.querySelector('main a[data-masters]').href"))
	out = append(out, address())
	b.walk(a, "contact")
	// The time as well as its day can be chosen already.
	return append(out, ask[string](b, "location.pathname.replace('contact', 'datetime') + location.search"), address())
}

// hurried has the script of a page that waits ask a hundred times as often, and counts how often it has asked. The page is in sight,
// whatever windows other tests have before it.
const hurried = `{
  Object.defineProperty(Document.prototype, "hidden", { get: () => false });
  const every = setInterval, get = fetch;
  window.asked = 0;
  window.setInterval = (f, ms) => every(f, ms >= 2000 ? ms / 100 : ms);
  window.fetch = (...what) => get(...what).finally(() => window.asked++);
}`

// TestAPageThatWaitsLeavesTheFocus reads the pages that wait for something by keyboard: while there is no news the focus stays on
// what has it, no page is loaded, and the title is what it was. News is told: as the title of a new page, and in a frame by the
// focus on its heading.
func TestAPageThatWaitsLeavesTheFocus(t *testing.T) {
	t.Parallel()
	hurry := func(b *browser) {
		t.Helper()
		if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hurried}); err != nil {
			t.Fatal(err)
		}
	}
	// wait reads a page that waits, in a window or a frame, and returns its title.
	wait := func(b *browser, win string) string {
		t.Helper()
		b.until("%[1]s.asked > 0 || !!%[1]s.document.querySelector('main:not([data-again])')", win)
		if !ask[bool](b, "!!%s.document.querySelector('main[data-again]')", win) {
			t.Fatalf("the page waits for nothing: %s", ask[string](b, "%s.document.body.innerText", win))
		}
		title := ask[string](b, "%[1]s.document.querySelector('[data-now]').focus(), %[1]s.document.body.dataset.old = 1, %[1]s.asked = 0, %[1]s.document.title", win)
		b.until("%s.asked > 3", win)
		if !ask[bool](b, "%[1]s.document.activeElement.matches('[data-now]') && %[1]s.document.body.matches('[data-old]') && %[1]s.document.title === %[2]q", win, title) {
			t.Errorf("without news the focus is on %s", ask[string](b, "%s.document.activeElement.outerHTML.slice(0, 200)", win))
		}
		return title
	}
	for win, o := range map[string]options{"window": {width: phoneWidth}, "frames[0]": {alone: true}} {
		clock := testclock.Running()
		a, box, stop := journey{services: 5, masters: 1, clock: clock, form: 1}.start(t)
		defer stop()
		b := newBrowser(t, o)
		hurry(b)
		b.open(a.URL + "/b/1?lang=en")
		b.walk(a, "confirm")
		// The visit is booked, the answer that says so is lost, and nobody can be asked.
		fault(t, box, http.MethodPost, `{"path": "book_record", "close": "after", "times": 1}`)
		b.press(send)
		fault(t, box, http.MethodPost, `{"path": "book_check", "status": 500}`)
		if o.alone {
			b.open(host(t, a, ask[string](b, "location.pathname + location.search")))
			b.until("!!frames[0].document.querySelector('main[data-step]') && frames[0].document.readyState === 'complete'")
		}
		title := wait(b, win)
		if !o.alone {
			if n := ask[int](b, "%s", linesOfNumber); n != 1 {
				t.Errorf("the number to call stands in %d lines", n)
			}
		}
		fault(t, box, http.MethodDelete, "")
		clock.Add(2 * time.Minute)
		b.until("!!%[1]s.document.querySelector('main:not([data-again])') && %[1]s.document.title && %[1]s.document.title !== %[2]q", win, title)
		if o.alone && !ask[bool](b, "frames[0].document.activeElement.matches('h1')") {
			t.Errorf("with news the focus is on %s", ask[string](b, "frames[0].document.activeElement.outerHTML.slice(0, 200)"))
		}
	}
	a := start(t, "OKOSHKO_UPSTREAM_PER_SECOND=1", "OKOSHKO_UPSTREAM_PER_MINUTE=1")
	b := newBrowser(t, options{width: phoneWidth})
	hurry(b)
	b.open(a.URL + "/b/1?lang=en") // takes the only call
	b.open(a.URL + "/b/2?lang=en")
	wait(b, "window")
}

// linesOfNumber is a script that returns how many lines the number on a button that dials it takes where there is little room.
const linesOfNumber = `(() => {
  const button = document.querySelector("main .button[href^='tel:']");
  button.style.cssText = "flex: none; inline-size: min-content; padding: 0; overflow-wrap: normal";
  const text = [...button.childNodes].find(({ data }) => data?.includes("+"));
  const number = document.createRange();
  number.setStart(text, text.data.indexOf("+"));
  number.setEnd(text, text.data.trimEnd().length);
  return number.getClientRects().length;
})()`

// fault sets a fault of the sandbox, or with the method DELETE ends all.
func fault(t *testing.T, box *sandbox.Sandbox, method, what string) {
	t.Helper()
	w := httptest.NewRecorder()
	if box.Handler().ServeHTTP(w, httptest.NewRequest(method, "/_sandbox/faults", strings.NewReader(what))); w.Code >= http.StatusBadRequest {
		t.Fatalf("%s fault %s: %d %s", method, what, w.Code, w.Body)
	}
}
