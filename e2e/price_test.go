//go:build e2e

package e2e

import "testing"

// TestPricesAreRead at 320 px, beside whatever a card says of a service: no price is squeezed into a column of letters.
func TestPricesAreRead(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{width: 320})
	b.open(a.URL + "/b/25?lang=ru")
	if n := ask[int](b, `document.querySelectorAll("main .price").length`); n < 5 {
		t.Fatalf("%d prices", n)
	}
	if high := ask[string](b, `[...document.querySelectorAll("main .price")].filter(p => p.getBoundingClientRect().height > 3 * parseFloat(getComputedStyle(p).fontSize)).map(p => p.textContent).join("; ")`); high != "" {
		t.Errorf("prices of more than two lines: %s", high)
	}
}
