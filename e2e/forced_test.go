//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/servertest"
)

// TestForcedColours looks at what pages draw by a ground alone, which a browser with forced colours paints over: the line of the
// steps, the plus of a card, the dots of free days and the mark of today. And the focus is seen on what is chosen.
func TestForcedColours(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{width: phoneWidth})
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, params); err != nil {
		t.Fatal(err)
	}
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
	for _, chosen := range []string{".strip .day[aria-current=true]"} {
		const ring = `(() => { const s = getComputedStyle(document.querySelector(%q)); return s.outlineStyle + s.outlineWidth })()`
		before := ask[string](b, ring, chosen)
		b.do(chromedp.KeyEvent(kb.Tab))
		b.do(chromedp.Focus(chromedp.CSS(chosen)))
		if after := ask[string](b, ring, chosen); before == after || before[:4] == "none" {
			t.Errorf("%s has the ring %s, and %s with the focus", chosen, before, after)
		}
	}
}
