package budget

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestACallCountsFromWhenItLeaves: what is held up between its turn and its departure does not arrive together with the
// calls after it.
func TestACallCountsFromWhenItLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 5, PerMinute: 200})
		var left []time.Time
		held := make([]*Departure, 5)
		for i := range held {
			ctx, departure := WithDeparture(WithPriority(t.Context(), P0))
			if err := gate.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			held[i] = departure
		}
		time.Sleep(1500 * time.Millisecond) // longer than the window of a second
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 5 {
				if err := gate.Wait(WithPriority(t.Context(), P0)); err != nil {
					t.Error(err)
				}
				left = append(left, time.Now())
			}
		}()
		synctest.Wait()
		if len(left) != 0 {
			t.Fatalf("%d go while five before them have not left", len(left))
		}
		start := time.Now()
		for _, departure := range held {
			departure.Now()
			departure.Now()
		}
		<-done
		for i, at := range left {
			if at.Sub(start) < second {
				t.Errorf("call %d leaves %v after the five that were held up", i+1, at.Sub(start))
			}
		}
		if n := gate.Stats().LastMinute; n != 10 {
			t.Errorf("%d calls are counted, want 10", n)
		}
	})
}

// TestACallThatNeverLeavesIsForgotten: a breaker may stop it, or its caller.
func TestACallThatNeverLeavesIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 5, PerMinute: 200})
		for range 5 {
			ctx, _ := WithDeparture(WithPriority(t.Context(), P0))
			if err := gate.Wait(ctx); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		if err := gate.Wait(WithPriority(t.Context(), P0)); err != nil || time.Since(start) > longestFlight+lateEvery {
			t.Errorf("the next call: %v after %v", err, time.Since(start))
		}
		if n := len(gate.flights); n > 1 {
			t.Errorf("%d calls are still on their way", n)
		}
	})
}
