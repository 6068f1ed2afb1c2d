package waiting

import (
	"strings"
	"testing"
)

// TestFindWishes finds the wishes of an address however it is written, those of nobody else, and counts what the keys do not open.
func TestFindWishes(t *testing.T) {
	r := newRig(t)
	mine, err := r.Ask(t.Context(), r.wish(), nil)
	if err != nil {
		t.Fatal(err)
	}
	other := r.wish()
	other.Channel.Email = "not." + anna
	if _, err := r.Ask(t.Context(), other, nil); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{anna, " " + strings.ToUpper(anna)} {
		found, unread, err := FindWishes(t.Context(), r.store, testKeys, email, r.clock.Now())
		if err != nil || unread != 0 || len(found) != 1 || found[0].Secret != mine.Secret {
			t.Errorf("of %q: %+v, %d unread, %v", email, found, unread, err)
		}
	}
	none, unread, err := FindWishes(t.Context(), r.store, [][]byte{[]byte("fedcba9876543210fedcba9876543210")}, anna, r.clock.Now())
	if err != nil || unread != 2 || len(none) != 0 {
		t.Errorf("with another key: %+v, %d unread, %v", none, unread, err)
	}
	if late, _, err := FindWishes(t.Context(), r.store, testKeys, anna, r.clock.Now().Add(2*unconfirmedFor)); err != nil || len(late) != 0 {
		t.Errorf("after it has ended: %+v, %v", late, err)
	}
}
