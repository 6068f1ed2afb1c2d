//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheBrowserProvesByItself fills in what nobody sees, as a program would, and presses once: the script
// solves the puzzle and goes on.
func TestTheBrowserProvesByItself(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{width: 360})
	b.open(a.URL + "/b/1")
	b.walk(a, "contact")
	b.introduce("Анна", phone)
	ask[string](b, "document.querySelector('[name=homepage]').value = 'https://spam.example'")
	b.click(send)
	b.do(chromedp.WaitReady(chromedp.CSS("main[data-step=confirm]")))
	b.book(a)
}
