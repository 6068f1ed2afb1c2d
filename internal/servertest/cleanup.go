package servertest

import "testing"

// Cleanup is t.Cleanup for what is large: f and all that it refers to are given up once f has run. The package testing keeps the
// functions that it has run until the last test of the process ends, and with them every sandbox and every program of every test.
func Cleanup(t testing.TB, f func()) {
	t.Helper()
	t.Cleanup(func() {
		t.Helper()
		f()
		f = nil
	})
}
