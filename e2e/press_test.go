//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestS29APressAtOnceDoesNothing clicks the button that books in the first moments of its page: nothing is booked, the
// page says why, and a press a moment later books. With scripts the page holds the click back by itself; a key goes to
// the server, and so does everything without scripts.
func TestS29APressAtOnceDoesNothing(t *testing.T) {
	t.Parallel()
	const button = "[data-press] [type=submit]:not([name])"
	for _, tt := range []struct {
		name     string
		noScript bool
		key      bool
	}{{"pointer", false, false}, {"key", false, true}, {"no scripts", true, false}} {
		t.Run(tt.name, func(t *testing.T) {
			a := start(t, "OKOSHKO_LIMITS_PRESS_AGE=4s")
			b := newBrowser(t, options{noScript: tt.noScript})
			b.open(a.URL + "/b/1?lang=en")
			b.walk(a, "confirm")
			words := b.attribute("[data-early]", "data-early")
			switch {
			case tt.key:
				b.do(chromedp.Focus(chromedp.CSS(button)))
				b.leave("a key", chromedp.KeyEvent("\r"))
			case tt.noScript:
				b.press(button)
			default:
				b.click(button)
			}
			if b.step() != "confirm" || len(online(a)) != 0 {
				t.Fatalf("the press at once leads to %q", b.step())
			}
			if !strings.Contains(b.text("main"), words) && !strings.Contains(b.text("[role=alert]"), words) || words == "" {
				t.Errorf("the page does not say that the press came too early")
			}
			b.until("performance.now() > 4500")
			b.press(button)
			if b.step() != "done" {
				t.Errorf("the next press leads to %q", b.step())
			}
		})
	}
}
