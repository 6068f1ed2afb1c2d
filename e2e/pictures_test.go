//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"os"
	"testing"
)

// TestPictures takes a picture of every step of a chain, for whoever wants to look at them; make
// shots runs it. Without a folder for them it only checks that every step comes.
func TestPictures(t *testing.T) {
	t.Parallel()
	langs := []string{"en", "ru", "de"}
	if os.Getenv("OKOSHKO_TEST_SHOTS") == "" {
		langs = langs[2:]
	}
	form := cmp.Or(os.Getenv("OKOSHKO_TEST_SHOTS_FORM"), "3")
	a := start(t)
	for i, lang := range langs {
		for j, width := range []int64{360, 1280} {
			t.Run(fmt.Sprintf("%s-%d", lang, width), func(t *testing.T) {
				b := newBrowser(t, options{width: width})
				b.phone = fmt.Sprintf("+791623456%d%d", i, j)
				n, seen := 0, map[string]bool{}
				b.look = func(b *browser) {
					n++
					step := b.step()
					seen[step] = true
					for _, scheme := range schemes {
						b.scheme(scheme)
						b.shot(fmt.Sprintf("%02d-%s-%s", n, step, scheme))
					}
				}
				b.open(fmt.Sprintf("%s/b/%s?lang=%s", a.URL, form, lang))
				b.look(b)
				if form == "3" {
					b.press("main a[data-city='52']")
					b.look(b)
					b.press("main a[data-company='602']")
				}
				b.walk(a, "done")
				b.press("main a[rel=record]")
				b.look(b)
				if form == "3" && len(seen) != 7 {
					t.Errorf("steps seen: %v", seen)
				}
			})
		}
	}
}
