package booking

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestS15ACodeWorksOnce books with one code from many forms, at an upstream that takes any code any number of times.
func TestS15ACodeWorksOnce(t *testing.T) {
	r := newRig(t)
	order := func(n int, code string) Order {
		o := r.order(t, n)
		o.Code, o.Contact.Phone = code, "79161234567"
		return o
	}
	// The upstream refuses the first: its code has not served.
	r.fault(t, map[string]any{"path": "/book_record/", "method": http.MethodPost, "status": 422, "times": 1})
	first := order(0, "1234")
	if a, err := r.desk.Confirm(t.Context(), "refused", first); err != nil || a.State != StateRefused || a.Refusal.Reason == ReasonSpent {
		t.Fatalf("Confirm = %+v, %v, want the upstream's refusal", a, err)
	}
	var wg sync.WaitGroup
	var booked, spent atomic.Int32
	for i := range 5 {
		o := order(i, "1234")
		wg.Go(func() {
			a, err := r.desk.Confirm(t.Context(), "form "+string(rune('a'+i)), o)
			switch {
			case err != nil:
				t.Error(err)
			case a.State == StateBooked:
				booked.Add(1)
			case a.Refusal.Reason == ReasonSpent:
				spent.Add(1)
			}
		})
	}
	wg.Wait()
	// A time that the first has taken may be why another is refused, before its code is looked at.
	if booked.Load() != 1 || spent.Load() == 0 || r.online() != 1 {
		t.Fatalf("%d booked, %d told that the code has served, %d records; want 1, some, 1", booked.Load(), spent.Load(), r.online())
	}
	if a, err := r.desk.Confirm(t.Context(), "another code", order(0, "9999")); err != nil || a.State != StateBooked {
		t.Errorf("another code: %+v, %v", a, err)
	}
	if unused, _, err := r.desk.SpendCode(t.Context(), "79161234567", "1234", "sign in"); err != nil || unused {
		t.Errorf("the code of a booking signs in: %v, %v", unused, err)
	}
	if unused, _, err := r.desk.SpendCode(t.Context(), "79160000000", "1234", "another phone"); err != nil || !unused {
		t.Errorf("another phone's equal code: %v, %v", unused, err)
	}
	if unused, _, err := r.desk.SpendCode(t.Context(), "79160000000", "1234", "another phone"); err != nil || !unused {
		t.Errorf("the same form again: %v, %v", unused, err)
	}
	r.clock.Add(codeLives + time.Second)
	if unused, _, err := r.desk.SpendCode(t.Context(), "79161234567", "1234", "later"); err != nil || !unused {
		t.Errorf("a later code of the same digits: %v, %v", unused, err)
	}
}
