//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestStreet books in a local network: its address has no https, so that the browser says neither where a form comes from
// nor keeps a cookie of ours.
func TestStreet(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, tt := range []struct {
		name string
		o    options
	}{
		{"W7 a page without https", options{names: "MAP salon.lan 127.0.0.1"}},
		{"W7 a page without https, scripts off", options{names: "MAP salon.lan 127.0.0.1", noScript: true, width: 360}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBrowser(t, tt.o)
			b.open(strings.Replace(a.URL, "127.0.0.1", "salon.lan", 1) + "/b/1?lang=en")
			b.walk(a, "done")
			if where := ask[string](b, "location.hostname + ' ' + isSecureContext"); b.step() != "done" || where != "salon.lan false" {
				t.Errorf("the walk ends at step %q, %s", b.step(), where)
			}
		})
	}
}
