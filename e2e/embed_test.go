//go:build e2e

package e2e

import (
	"testing"
)

func TestEmbed(t *testing.T) {
	a := start(t)
	s := newSalon(t, a)
	b := newBrowser(t, options{})
	t.Run("inline", func(t *testing.T) {
		b := b.tab(t)
		b.visit(s.page(`<h1>Salon</h1><okoshko-booking form="1" style="display:block;min-height:640px"><a href="WIDGET/b/1">Book</a></okoshko-booking><footer>The end</footer>` + script))
		f := b.frame(s, "/b/1")
		t.Log(f.step())
		f.to(a, "done")
		b.shot("done")
		t.Log(ask[string](b, "JSON.stringify(events)"), ask[string](b, "JSON.stringify(log)"))
	})
}
