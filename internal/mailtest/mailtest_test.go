package mailtest

import (
	"strconv"
	"testing"
)

// TestAServerEndsThatHasNotBegun: many servers end at once, some of them before they listen.
func TestAServerEndsThatHasNotBegun(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			Start(t, Options{})
		})
	}
}
