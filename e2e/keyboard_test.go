//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// stops counts the presses of Tab, and of Enter on some links that skip something, until the focus is on a control of a selector.
// It gives up after so many.
func (b *browser) stops(selector, skips string, most int) (n int, ok bool) {
	b.t.Helper()
	for n < most {
		b.do(chromedp.KeyEvent(kb.Tab))
		n++
		switch {
		case ask[bool](b, "document.activeElement.matches(%q)", selector):
			return n, true
		case skips != "" && ask[bool](b, "document.activeElement.matches(%q)", skips):
			b.do(chromedp.KeyEvent(kb.Enter))
			n++
		}
	}
	return n, false
}

// TestFewStopsToAChoice counts how often a customer presses Tab before the first choice of a page has the focus: on pages with
// many services, masters, branches and events.
func TestFewStopsToAChoice(t *testing.T) {
	t.Parallel()
	const most = 12
	a := start(t)
	town, _, stop := journey{services: 60, masters: 24, now: testclock.Start(), form: 1}.start(t)
	defer stop()
	for _, width := range []int64{phoneWidth, 1280} {
		b := newBrowser(t, options{width: width})
		count := func(name, choice, skips string) {
			t.Helper()
			if n, ok := b.stops(choice, skips, 100); !ok || n > most {
				t.Errorf("%d px, %s (step %q): the first choice has the focus after %d presses, want at most %d", width, name, b.step(), n, most)
			}
		}
		for _, tt := range []struct{ address, choice string }{
			{"/b/3/city", "main [data-city]"}, {"/b/3/company?city=52", "main [data-company]"}, {"/b/17/events", "main [data-event]"},
		} {
			b.open(a.URL + tt.address)
			count(tt.address, tt.choice, ".skip")
		}
		b.open(town.URL + "/b/1/service?lang=en")
		count("services", servertest.Takes, ".skip")
		b.press(servertest.Takes)
		datetime := ask[string](b, "location.href")
		if !b.has("main [data-masters]") || b.step() != "datetime" {
			t.Fatalf("step %q has no masters", b.step())
		}
		count("masters above the times", "main [data-staff]", "body > .skip")
		b.open(datetime)
		count("times", "main [data-slot]", ".skip")
		// A press on a day asks for its times.
		b.open(datetime)
		b.do(chromedp.Focus(chromedp.CSS("main .strip a[data-date]:not([aria-current])")))
		b.leave("a day", chromedp.KeyEvent(kb.Enter))
		if n, ok := b.stops("main [data-slot]", "", 20); !ok || n > 3 {
			t.Errorf("%d px: %d presses from a day to its times, want at most 3", width, n)
		}
		b.open(ask[string](b, "document.querySelector('main a[data-masters]').href"))
		count("list of masters", "main [data-staff]", ".skip")
		b.open(datetime)
		b.press("main [data-slot]")
		b.open(ask[string](b, "location.href"))
		count("contact", "main [name=fullname]", ".skip")
	}
}

// hidden is a script that says what lies over the control that has the focus, "" when nothing does: at its middle, and at the
// middle of its upper and lower edges.
const hidden = `(() => {
  const it = document.activeElement;
  const box = it.getBoundingClientRect();
  if (it === document.body || box.width < 2) return "";
  for (const y of [box.top + 2, box.top + box.height / 2, box.bottom - 2]) {
    const hit = document.elementFromPoint(box.left + box.width / 2, y);
    if (!hit || !(it.contains(hit) || hit.contains(it))) return it.outerHTML.slice(0, 120) + " at " + Math.round(y) + " is under " + (hit?.outerHTML.slice(0, 80) ?? "the edge");
  }
  return "";
})()`

// TestFocusIsNotCovered walks through long pages by Tab and back: what stays in sight at the top and at the foot of a page lies
// over nothing that has the focus.
func TestFocusIsNotCovered(t *testing.T) {
	t.Parallel()
	town, _, stop := journey{services: 60, masters: 24, now: testclock.Start(), form: 1}.start(t)
	defer stop()
	b := newBrowser(t, options{width: phoneWidth})
	walk := func(name string) {
		t.Helper()
		b.do(chromedp.EmulateViewport(phoneWidth, phoneHeight))
		for direction, key := range []chromedp.Action[chromedp.Void]{chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))} {
			walked := 0
			for range 300 {
				b.do(key)
				if ask[bool](b, "document.activeElement === document.body") {
					break
				}
				walked++
				if over := ask[string](b, "%s", hidden); over != "" {
					b.shot("under")
					t.Errorf("%s, direction %d: %s", name, direction, over)
				}
			}
			if walked < 20 {
				t.Errorf("%s, direction %d: only %d stops", name, direction, walked)
			}
		}
	}
	b.open(town.URL + "/b/1/service?lang=en")
	walk("services")
	b.press(servertest.Adds)
	walk("services, one chosen")
	b.press("main [data-next]")
	walk("times")
}
