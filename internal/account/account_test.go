package account

import (
	"testing"

	"okoshko/internal/upstream"
)

func TestPhonesAreDigits(t *testing.T) {
	for written, want := range map[string]string{"79001112233": "79001112233", "+7 (900) 111-22-33": "79001112233", "": ""} {
		if got := customer(upstream.User{Phone: written}).Phone; got != want {
			t.Errorf("%q is kept as %q, want %q", written, got, want)
		}
	}
}
