package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// grants collects when calls were let through.
type grants struct {
	mu sync.Mutex
	at []time.Time
}

func (g *grants) note() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = append(g.at, time.Now())
}

// last is how many calls were let through in the time before now.
func (g *grants) last(length time.Duration) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, at := range g.at {
		if time.Since(at) < length {
			n++
		}
	}
	return n
}

// most is how many calls fell into any window of a length.
func (g *grants) most(window time.Duration) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.SortFunc(g.at, time.Time.Compare)
	best, from := 0, 0
	for to, t := range g.at {
		for t.Sub(g.at[from]) >= window {
			from++
		}
		best = max(best, to-from+1)
	}
	return best
}

func TestNoWindowHoldsMoreThanItsLimit(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			gate := New(Options{PerSecond: 5, PerMinute: 50})
			var let grants
			var wg sync.WaitGroup
			for range 600 {
				ctx := WithPriority(context.Background(), Priority(rng.IntN(4)))
				wg.Go(func() {
					if gate.Wait(ctx) == nil {
						let.note()
					}
				})
				time.Sleep(time.Duration(rng.IntN(400)) * time.Millisecond)
			}
			wg.Wait()
			if n := let.most(time.Second); n > 5 {
				t.Errorf("seed %d: %d calls in a second, want at most 5", seed, n)
			}
			if n := let.most(time.Minute); n > 50 {
				t.Errorf("seed %d: %d calls in a minute, want at most 50", seed, n)
			}
			if len(let.at) < 60 {
				t.Errorf("seed %d: only %d calls were let through", seed, len(let.at))
			}
		})
	}
}

func TestBookingsDoNotWaitBehindLookers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 5, PerMinute: 200})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_ = gate.Wait(ctx)
				}
			})
		}
		time.Sleep(30 * time.Second)
		for range 20 {
			start := time.Now()
			if err := gate.Wait(WithPriority(ctx, P0)); err != nil {
				t.Fatalf("P0: %v", err)
			}
			if waited := time.Since(start); waited > second {
				t.Errorf("P0 waited %v behind people who look", waited)
			}
			time.Sleep(time.Second)
		}
		cancel()
		wg.Wait()
	})
}

// TestBookingsTakeNothingFromLookers: what P0 does comes out of the part that is kept for it.
func TestBookingsTakeNothingFromLookers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 50, PerMinute: 50})
		for range 10 {
			if err := gate.Wait(WithPriority(t.Context(), P0)); err != nil {
				t.Fatal(err)
			}
		}
		looked := 0
		for gate.Wait(t.Context()) == nil {
			looked++
		}
		if looked != 40 {
			t.Errorf("%d looked after 10 bookings, want the 40 calls that are not kept for bookings", looked)
		}
	})
}

func TestUrgentGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 1, PerMinute: 100})
		_ = gate.Wait(WithPriority(context.Background(), P0))
		var mu sync.Mutex
		var order []Priority
		var wg sync.WaitGroup
		for _, p := range []Priority{P1, P1, P0} {
			wg.Go(func() {
				if gate.Wait(WithPriority(context.Background(), p)) == nil {
					mu.Lock()
					order = append(order, p)
					mu.Unlock()
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if len(order) == 0 || order[0] != P0 {
			t.Fatalf("order = %v, want P0 first", order)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 1, PerMinute: 1})
		if err := gate.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		for p, want := range patience {
			start := time.Now()
			if err := gate.Wait(WithPriority(context.Background(), p)); !errors.Is(err, ErrSpent) {
				t.Fatalf("P%d: Wait = %v, want ErrSpent", p, err)
			}
			if waited := time.Since(start); waited != want {
				t.Errorf("P%d waited %v, want %v", p, waited, want)
			}
		}
	})
}

func TestCallerMayGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 1, PerMinute: 100})
		if err := gate.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if err := gate.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Wait = %v, want the context's error", err)
		}
		if n := gate.Stats().Waiting; n != 0 {
			t.Fatalf("waiting = %d, want 0", n)
		}
	})
}

func TestTooManyHalvesTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := New(Options{PerSecond: 10, PerMinute: 600})
		gate.Report(http.StatusTooManyRequests, 2*time.Second)
		start := time.Now()
		if err := gate.Wait(WithPriority(context.Background(), P0)); err != nil || time.Since(start) != 2*time.Second {
			t.Fatalf("Wait = %v after %v, want it after the two seconds that were asked for", err, time.Since(start))
		}
		if err := gate.Wait(WithPriority(context.Background(), P2)); !errors.Is(err, ErrSpent) {
			t.Fatalf("P2 after 429: Wait = %v, want ErrSpent", err)
		}
		var let grants
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
			if gate.Wait(WithPriority(context.Background(), P0)) == nil {
				let.note()
			}
		}
		if n := let.most(time.Second); n > 5 {
			t.Errorf("%d calls in a second after 429, want at most half of ten", n)
		}
		if f := gate.Stats().Factor; f != 0.5 {
			t.Errorf("factor = %v, want 0.5", f)
		}
		time.Sleep(2 * time.Minute)
		if err := gate.Wait(WithPriority(context.Background(), P2)); err != nil {
			t.Errorf("P2 two minutes later: %v", err)
		}
		if f := gate.Stats().Factor; f != 1 {
			t.Errorf("factor two minutes later = %v, want 1", f)
		}
	})
}

func TestOtherAnswersChangeNothing(t *testing.T) {
	gate := New(Options{PerSecond: 10, PerMinute: 600})
	for _, status := range []int{200, 404, 422, 500, 503} {
		gate.Report(status, time.Minute)
	}
	if f := gate.Stats().Factor; f != 1 {
		t.Fatalf("factor = %v, want 1", f)
	}
}

func BenchmarkWait(b *testing.B) {
	gate := New(Options{PerSecond: 1 << 30, PerMinute: 1 << 30})
	for b.Loop() {
		if err := gate.Wait(context.Background()); err != nil {
			b.Fatal(err)
		}
		gate.granted, gate.looked = gate.granted[:0], gate.looked[:0]
	}
}

// TestTheWatchGoesUntilCallsAreScarce, where refreshes and warm-ups go no more, and never waits.
func TestTheWatchGoesUntilCallsAreScarce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{PerSecond: 1000, PerMinute: 180})
		may := func(p Priority) bool { return g.Wait(WithPriority(t.Context(), p)) == nil }
		look := func(n int) {
			for range n {
				if !may(P1) {
					t.Fatal("a visitor is not let through")
				}
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(2 * time.Second)
		}
		look(92)
		if may(P2) || may(P3) || g.Scarce() {
			t.Error("of 150 calls 92 are used, and a refresh or a warm-up goes")
		}
		for range 20 { // its own calls shut nobody out, not even itself
			time.Sleep(time.Second)
			if g.Scarce() || !may(P3Watch) {
				t.Fatal("visitors have not made calls scarce, and the watch is shut out")
			}
		}
		look(8)
		began := time.Now()
		if !g.Scarce() || may(P3Watch) {
			t.Error("calls are scarce, and the watch goes")
		}
		if time.Since(began) > 0 {
			t.Error("the watch waits")
		}
	})
}

// TestTheWatchOfSeveralProcessesGoesUntilCallsAreScarce: what the watch has asked in the last minute does not shut it out there either.
func TestTheWatchOfSeveralProcessesGoesUntilCallsAreScarce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewShared(Options{PerSecond: 1000, PerMinute: 180}, new(memoryLog), 1)
		defer s.Close()
		may := func(p Priority) bool { return s.Wait(WithPriority(t.Context(), p)) == nil }
		for range 92 {
			if !may(P1) {
				t.Fatal("a visitor is not let through")
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		for range 20 {
			time.Sleep(time.Second)
			if s.Scarce() || !may(P3Watch) {
				t.Fatalf("visitors have not made calls scarce, and the watch is shut out: %+v", s.Stats())
			}
		}
		for range 8 {
			_ = may(P1)
		}
		time.Sleep(2 * time.Second)
		if !s.Scarce() || may(P3Watch) {
			t.Error("calls are scarce, and the watch goes")
		}
	})
}

// TestR20BackgroundCallsStopForAMinute: after "too many" what is asked ahead and what only refreshes stays away for a minute, and
// what customers wait for does not.
func TestR20BackgroundCallsStopForAMinute(t *testing.T) {
	for p, want := range map[Priority][2]time.Duration{
		P0: {0, time.Second}, P1: {0, time.Second}, P2: {time.Minute, 61 * time.Second}, P3: {time.Minute, 61 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			gate := New(Options{PerSecond: 10, PerMinute: 600})
			gate.Report(http.StatusTooManyRequests, 0)
			complained := time.Now()
			for gate.Wait(WithPriority(context.Background(), p)) != nil && time.Since(complained) < 90*time.Second {
				time.Sleep(time.Second)
			}
			if at := time.Since(complained); at < want[0] || at > want[1] {
				t.Errorf("the first call of priority %d left after %v, want from %v to %v", p, at, want[0], want[1])
			}
		})
	}
}
