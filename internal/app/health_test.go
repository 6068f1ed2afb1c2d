package app

import "testing"

// An image that holds nothing but the program resolves no names, and nobody can open http://[::]:8080.
func TestWhatListensEverywhereIsReachedAtTheLoopback(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8080":           "127.0.0.1:8080",
		"0.0.0.0:8080":    "127.0.0.1:8080",
		"[::]:8080":       "127.0.0.1:8080",
		"[::1]:8080":      "[::1]:8080",
		"10.0.0.7:8080":   "10.0.0.7:8080",
		"widget.lan:8080": "widget.lan:8080",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("reachable(%q) = %q, want %q", listen, got, want)
		}
	}
}
