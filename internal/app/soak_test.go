package app

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestSoakTellsWhatCustomersWereTold runs the command for some seconds.
func TestSoakTellsWhatCustomersWereTold(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("shoppers take their time")
	}
	var out strings.Builder
	if err := Soak(t.Context(), soakOptions{lasts: 5 * time.Second, rate: 120, seed: 1}, nil, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"-seed 1", "a page within 1 s", "an answer to a booking within 10 s", "shoppers came", "told what is not so  0", "booked twice         0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	if err := Soak(t.Context(), soakOptions{rate: 1}, nil, io.Discard); err == nil {
		t.Error("it runs for no time")
	}
}
