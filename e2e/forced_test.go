//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/servertest"
)

// forcedColours has the browser paint pages in a few colours of the system's.
func (b *browser) forcedColours() {
	b.t.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, params); err != nil {
		b.t.Fatal(err)
	}
}

// TestForcedColours looks at what pages draw by a ground alone, which a browser with forced colours paints over: the line of the
// steps, the plus of a card, the dots of free days and the mark of today.
func TestForcedColours(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{width: phoneWidth})
	b.forcedColours()
	seen := func(selector, part string) {
		t.Helper()
		const ground = `[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility()).map((e) => getComputedStyle(e, %q).backgroundColor === getComputedStyle(document.body).backgroundColor)`
		switch hidden := ask[[]bool](b, ground, selector, part); {
		case len(hidden) == 0:
			t.Errorf("step %q has no %s", b.step(), selector)
		case hidden[0]:
			t.Errorf("step %q: %s%s cannot be seen", b.step(), selector, part)
		}
	}
	b.open(a.URL + "/b/1?lang=en")
	seen(".line > .current", "")
	seen(".mark", "::after")
	b.press(servertest.Takes)
	seen(".line > .done", "")
	seen(".strip .today .day", "::after")
	seen(".strip a:not([aria-current]) small:empty", "::before")
}

// rings is a script that returns the controls on which the focus changes no outline, neither theirs nor that of what is drawn over
// them, and how many controls are said to be current.
const rings = `(() => {
  const outline = (...of) => { const s = getComputedStyle(...of); return s.outlineStyle === "none" ? "none" : [s.outlineStyle, s.outlineWidth, s.outlineColor].join(" "); };
  const drawn = (e) => [outline(e), outline(e, "::after")].join();
  for (const e of document.querySelectorAll("details")) e.open = true;
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((e) => e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }));
  const wrong = all.filter((e) => {
    document.activeElement.blur();
    const before = drawn(e);
    e.focus({ preventScroll: true, focusVisible: true });
    return drawn(e) === before || drawn(e) === "none,none";
  });
  return { wrong: wrong.map((e) => e.outerHTML.slice(0, 160)), current: all.filter((e) => e.ariaCurrent).length };
})()`

// ringed fails the test when the focus is not seen on a control, and returns how many controls are said to be current.
func (b *browser) ringed() (current int) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Tab)) // of who presses keys
	found := ask[struct {
		Wrong   []string `json:"wrong"`
		Current int      `json:"current"`
	}](b, "%s", rings)
	for _, control := range found.Wrong {
		b.t.Errorf("step %q: the focus is not seen on %s", b.step(), control)
	}
	return found.Current
}

// TestForcedColoursShowTheFocus gives the focus to every control of every step: a ring is seen on it, also on what is chosen and has
// a ring for that already.
func TestForcedColoursShowTheFocus(t *testing.T) {
	t.Parallel()
	a := start(t)
	pages := samePages(t, a)
	b := newBrowser(t, options{width: phoneWidth})
	b.forcedColours()
	current := 0
	b.look = func(b *browser) { current += b.ringed() }
	for _, address := range pages {
		b.open(a.URL + address)
		b.look(b)
	}
	b.walk(a, "done") // from the contact step
	b.press("main a[rel=record]")
	b.look(b)
	if current < 12 {
		t.Errorf("only %d controls are current", current)
	}
}
