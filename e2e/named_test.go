//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestFramesAreNamed listens to how a website's frame and window are called: by the words of the link, and where there are none by
// the booking's own title, in its language.
func TestFramesAreNamed(t *testing.T) {
	t.Parallel()
	a := start(t)
	e := &embedding{a: a, s: newSalon(t, a), b: newBrowser(t, options{alone: true})}
	t.Run("by the link", func(t *testing.T) {
		b := e.tab(t, inline+script)
		b.frame(e.s, "/b/1")
		b.quiet()
		if got := ask[string](b, itsFrame+".title"); got != "Book online" {
			t.Errorf("the frame is called %q", got)
		}
	})
	t.Run("by the booking", func(t *testing.T) {
		b := e.tab(t, `<okoshko-booking form="1" lang="ru"></okoshko-booking>`+script)
		f := b.frame(e.s, "/b/1")
		for _, lang := range []string{"ru", "en"} {
			ask[string](b, "document.querySelector('okoshko-booking').lang = %q", lang)
			f.until("document.documentElement.lang === %q", lang)
			b.until(itsFrame+".title === %q", ask[string](f.browser, "document.title"))
		}
	})
	t.Run("window", func(t *testing.T) {
		b := e.tab(t, `<a id="book" href="#okoshko-1">Book</a>`+script)
		b.until("!!customElements.get('okoshko-booking')")
		b.click("#book")
		f := b.frame(e.s, "/b/1")
		b.until("["+dialog+".ariaLabel, "+itsFrame+".title].every((name) => name === %q)", ask[string](f.browser, "document.title"))
	})
}

// TestTheFocusIsNotUnderTheFloatingButton walks a website by Tab: what has the focus is never under the button in the corner.
func TestTheFocusIsNotUnderTheFloatingButton(t *testing.T) {
	t.Parallel()
	a := start(t)
	e := &embedding{a: a, s: newSalon(t, a), b: newBrowser(t, options{alone: true, width: phoneWidth})}
	links := strings.Repeat(`<p style="height:60px;margin:0;text-align:end"><a href="/nowhere">a link of the website</a></p>`, 40)
	b := e.tab(t, links+`<p style="height:150px">The end</p>`+strings.Replace(popup, "popup", "float", 1)+script)
	b.until("!!customElements.get('okoshko-booking')")
	for i := range 40 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if over := ask[string](b, "%s", hidden); over != "" {
			t.Fatalf("link %d: %s", i+1, over)
		}
	}
}
