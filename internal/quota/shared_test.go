package quota

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/redistest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// stores are all kinds of store, each as two processes would see it where several may share it.
func stores(t *testing.T) map[string][2]store.Store {
	t.Helper()
	now := testclock.Standing().Now
	memory := store.NewMemory(now)
	file, err := store.OpenFile(filepath.Join(t.TempDir(), "quota.db"), store.FileOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	server := redistest.Start(t)
	var shared [2]store.Store
	for i := range shared {
		one, err := store.OpenRedis(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = one.Close() })
		shared[i] = one
	}
	t.Cleanup(func() { _ = file.Close() })
	return map[string][2]store.Store{"memory": {memory, memory}, "file": {file, file}, "Redis": shared}
}

// TestNoMoreGetThroughAtOnce than one after another, whatever the store, from two processes; and nobody is turned away
// only because many count at the same time.
func TestNoMoreGetThroughAtOnce(t *testing.T) {
	for name, both := range stores(t) {
		t.Run(name, func(t *testing.T) {
			now := testclock.Standing().Now
			processes := []*Quotas{New(both[0], now), New(both[1], now)}
			limits := []Limit{{Name: "one", Of: name, Max: 1000, Window: time.Hour}, {Name: "many", Of: name, Max: 30, Window: time.Hour}}
			var got, failed atomic.Int32
			var wg sync.WaitGroup
			for i := range 120 {
				wg.Go(func() {
					v, err := processes[i%2].Take(t.Context(), limits...)
					if err != nil {
						failed.Add(1)
					} else if v.OK {
						got.Add(1)
					}
				})
			}
			wg.Wait()
			if got.Load() != 30 || failed.Load() != 0 {
				t.Errorf("%d of 30 were taken, %d failed", got.Load(), failed.Load())
			}
			v, err := processes[0].Look(t.Context(), limits[0])
			if err != nil || v.Used[0] != 30 {
				t.Errorf("of the other limit %v are used, %v: whoever was refused has not given back", v.Used, err)
			}
		})
	}
}

// TestGiveBack undoes what was taken, and that alone.
func TestGiveBack(t *testing.T) {
	for name, both := range stores(t) {
		t.Run(name, func(t *testing.T) {
			clock := testclock.Standing()
			q := New(both[0], clock.Now)
			limit := Limit{Name: "one", Of: name, Max: 2, Window: time.Hour}
			var taken []Verdict
			for range 2 {
				v, err := q.Take(t.Context(), limit, Limit{Name: "none"})
				if err != nil || !v.OK {
					t.Fatalf("take = %+v, %v", v, err)
				}
				taken = append(taken, v)
				clock.Add(time.Second)
			}
			if !slices.Equal(taken[1].Used, []int{2, 0}) {
				t.Errorf("used = %v", taken[1].Used)
			}
			for range 2 { // the second time there is nothing to give
				if err := q.GiveBack(t.Context(), taken[0]); err != nil {
					t.Fatal(err)
				}
			}
			if v, err := q.Look(t.Context(), limit); err != nil || v.Used[0] != 1 {
				t.Errorf("after one was given back %v are used, %v", v.Used, err)
			}
			if err := q.GiveBack(t.Context(), Verdict{}); err != nil {
				t.Errorf("nothing was taken: %v", err)
			}
		})
	}
}

// TestHoldsCountWithWhatIsTaken: what waits to be taken leaves no room for others, and costs no write.
func TestHoldsCountWithWhatIsTaken(t *testing.T) {
	clock := testclock.Standing()
	kept := &counted{Store: store.NewMemory(clock.Now)}
	q := New(kept, clock.Now)
	limit := Limit{Name: "calls", Of: "a", Max: 5, Window: time.Minute}
	if v, err := q.Take(t.Context(), limit); err != nil || !v.OK {
		t.Fatal(v, err)
	}
	wrote := kept.writes.Load()
	held := 0
	for range 20 {
		if v, err := q.Hold(t.Context(), limit); err != nil {
			t.Fatal(err)
		} else if v.OK {
			held++
		}
	}
	if held != 4 || kept.writes.Load() != wrote {
		t.Errorf("%d are held beside one of five, with %d writes", held, kept.writes.Load()-wrote)
	}
	if v, err := q.Hold(t.Context(), Limit{Name: "calls", Of: "b", Max: 5, Window: time.Minute}, Limit{Name: "none"}); err != nil || !v.OK {
		t.Errorf("another's hold = %+v, %v", v, err)
	}
	q.Release(limit)
	if v, err := q.Hold(t.Context(), limit); err != nil || !v.OK {
		t.Errorf("after one was released: %+v, %v", v, err)
	}
	if err := q.Note(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
	if v, err := q.Look(t.Context(), limit); err != nil || v.OK {
		t.Errorf("what has come about is free again: %+v, %v", v, err)
	}
	for range 3 {
		q.Release(limit)
	}
	if v, err := q.Look(t.Context(), limit); err != nil || v.Used[0] != 2 {
		t.Errorf("in the end %v are used, %v", v.Used, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.held) != 2 { // of b, and of the limit that is none
		t.Errorf("held = %v", q.held)
	}
}

// counted is a store whose writes are counted.
type counted struct {
	store.Store
	writes atomic.Int32
}

func (c *counted) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) ([]byte, bool, error) {
	c.writes.Add(1)
	return c.Store.PutIfAbsent(ctx, key, value, ttl)
}

func (c *counted) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	c.writes.Add(1)
	return c.Store.Swap(ctx, key, old, value, ttl)
}

// TestWhoIsRefusedCostsNoWrite, whichever of the limits has none left.
func TestWhoIsRefusedCostsNoWrite(t *testing.T) {
	clock := testclock.Standing()
	kept := &counted{Store: store.NewMemory(clock.Now)}
	q := New(kept, clock.Now)
	network := Limit{Name: "calls", Of: "network", Max: 2, Window: time.Minute}
	for i := range 50 {
		v, err := q.Take(t.Context(), Limit{Name: "calls", Of: fmt.Sprint("address ", i), Max: 2, Window: time.Minute}, network)
		if err != nil || v.OK != (i < 2) {
			t.Fatalf("take %d = %+v, %v", i, v, err)
		}
	}
	if n := kept.writes.Load(); n != 4 {
		t.Errorf("fifty takes of which two are let through cost %d writes", n)
	}
}

func TestAroundGrows(t *testing.T) {
	rings := []Ring{{"a/64", 1}, {"a/56", 2}, {"a/48", 4}}
	var got []string
	for _, l := range Sparing(Around(rings, "calls", "|1", 90, time.Minute)) {
		got = append(got, fmt.Sprint(l.Of, " ", l.Max))
	}
	if want := []string{"a/64|1 75", "a/56|1 150", "a/48|1 300"}; !slices.Equal(got, want) {
		t.Errorf("limits = %q, want %q", got, want)
	}
	if one := Sparing([]Limit{{Max: 1}, {Max: 0}, {Max: 2}}); one[0].Max != 1 || one[1].Max != 0 || one[2].Max != 1 {
		t.Errorf("sparing = %+v", one)
	}
	if len(Around(nil, "calls", "", 90, time.Minute)) != 0 {
		t.Error("limits of nobody's address")
	}
}
