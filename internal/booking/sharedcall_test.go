package booking

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/testclock"
)

// TestEqualCallsAreOne, also for whoever comes a moment later, and until something changes.
func TestEqualCallsAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := testclock.Standing()
		q := newSharedCalls[int](clock.Now, checkKept)
		var calls atomic.Int32
		open := make(chan struct{})
		ask := func(ctx context.Context, name string, serves func(int) bool) (int, error) {
			return q.ask(ctx, name, 501, serves, func(context.Context) (int, error) {
				n := calls.Add(1)
				<-open
				return int(n), nil
			})
		}
		gone, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { // who asks first goes away: the others get the answer all the same
			if _, err := ask(gone, "a", always); !errors.Is(err, context.Canceled) {
				t.Errorf("who went away got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if n, err := ask(t.Context(), "a", always); n != 1 || err != nil {
					t.Errorf("answer %d, %v", n, err)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(open)
		wg.Wait()
		expect := func(what, name string, want int32, serves func(int) bool) {
			t.Helper()
			if _, err := ask(t.Context(), name, serves); err != nil || calls.Load() != want {
				t.Errorf("%s: %d calls, want %d (%v)", what, calls.Load(), want, err)
			}
		}
		expect("a moment later", "a", 1, always)
		expect("another call", "b", 2, always)
		expect("an answer that does not serve", "a", 3, func(n int) bool { return n > 1 })
		q.invalidate(502)
		expect("a change elsewhere", "a", 3, always)
		q.invalidate(501)
		expect("a change here", "a", 4, always)
		clock.Add(checkKept)
		expect("later", "a", 5, always)
	})
}

// TestAFailureIsNobodyElses: who joined a call that failed asks once more, and what failed is not kept.
func TestAFailureIsNobodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newSharedCalls[int](testclock.Standing().Now, time.Minute)
		failed := errors.New("no calls left")
		first := func(context.Context) (int, error) {
			time.Sleep(time.Second)
			return 0, failed
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := q.ask(t.Context(), "a", 501, always, first); !errors.Is(err, failed) {
				t.Errorf("the first got %v", err)
			}
		})
		synctest.Wait()
		if n, err := q.ask(t.Context(), "a", 501, always, func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
			t.Errorf("the second got %d, %v", n, err)
		}
		wg.Wait()
	})
}

// TestNothingIsKeptThatIsNotToBe: what a call was told of a person goes with its answer.
func TestNothingIsKeptThatIsNotToBe(t *testing.T) {
	q := newSharedCalls[string](testclock.Standing().Now, 0)
	if _, err := q.ask(t.Context(), "a", 501, always, func(context.Context) (string, error) { return "Anna", nil }); err != nil {
		t.Fatal(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.byName) != 0 {
		t.Errorf("%d answers are kept", len(q.byName))
	}
}
