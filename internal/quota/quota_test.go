package quota

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"okoshko/internal/store"
)

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }
func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func phone(of string, most int) Limit {
	return Limit{Name: "phone", Of: of, Max: most, Window: time.Hour}
}

func address(of string, most int) Limit {
	return Limit{Name: "address", Of: of, Max: most, Window: 10 * time.Minute}
}

func TestTakeUsesUp(t *testing.T) {
	c := newClock()
	q := New(store.NewMemory(c.now), c.now)
	for i := range 5 {
		v, err := q.Take(context.Background(), phone("a", 5))
		if err != nil || !v.OK || v.Near != (i >= 3) {
			t.Fatalf("take %d = %+v, %v", i+1, v, err)
		}
		c.pass(time.Minute)
	}
	v, err := q.Take(context.Background(), phone("a", 5))
	if err != nil || v.OK || v.Limit.Name != "phone" || v.After != 55*time.Minute {
		t.Fatalf("take 6 = %+v, %v, want none for 55 minutes", v, err)
	}
	if v, err = q.Take(context.Background(), phone("b", 5)); err != nil || !v.OK {
		t.Fatalf("another phone = %+v, %v", v, err)
	}
	c.pass(v.After + 55*time.Minute)
	if v, err = q.Take(context.Background(), phone("a", 5)); err != nil || !v.OK {
		t.Fatalf("after the window = %+v, %v", v, err)
	}
}

func TestNothingIsTakenWhenOneIsFull(t *testing.T) {
	c := newClock()
	q := New(store.NewMemory(c.now), c.now)
	take := func(of string) Verdict {
		v, err := q.Take(context.Background(), phone(of, 3), address("here", 2))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	take("a")
	take("b")
	for range 10 { // the address is full: the phone must not lose anything by it
		if v := take("c"); v.OK || v.Limit.Name != "address" {
			t.Fatalf("a full address = %+v", v)
		}
	}
	c.pass(10 * time.Minute)
	if v := take("c"); !v.OK {
		t.Fatalf("after the window = %+v", v)
	}
	if v, err := q.Look(context.Background(), phone("c", 2)); err != nil || !v.OK {
		t.Fatalf("look = %+v, %v", v, err)
	}
}

// TestNeverMoreInAnyWindow takes at random times and counts in every window.
func TestNeverMoreInAnyWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		q := New(store.NewMemory(c.now), c.now)
		l := phone("a", rapid.IntRange(1, 6).Draw(t, "max"))
		var taken []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "takes") {
			c.pass(time.Duration(rapid.Int64Range(0, int64(l.Window)/3).Draw(t, "pause")))
			looked, err := q.Look(context.Background(), l)
			if err != nil {
				t.Fatal(err)
			}
			v, err := q.Take(context.Background(), l)
			if err != nil || looked.OK != v.OK {
				t.Fatalf("look %+v, take %+v, %v", looked, v, err)
			}
			if v.OK {
				taken = append(taken, c.now())
			} else if v.After <= 0 || v.After > l.Window {
				t.Fatalf("after = %s", v.After)
			}
		}
		for i := range taken {
			n := 0
			for _, at := range taken[i:] {
				if at.Sub(taken[i]) < l.Window {
					n++
				}
			}
			if n > l.Max {
				t.Fatalf("%d in a window of %d", n, l.Max)
			}
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	c := newClock()
	q := New(store.NewMemory(c.now), c.now)
	var wg sync.WaitGroup
	var got atomic.Int32
	for range 30 {
		wg.Go(func() {
			if v, err := q.Take(context.Background(), phone("a", 7)); err == nil && v.OK {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	if got.Load() != 7 {
		t.Fatalf("taken = %d, want 7", got.Load())
	}
}

func TestHoldsOverARestartAndKeepsNobodyByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quota.db")
	c := newClock()
	take := func() Verdict {
		s, err := store.OpenFile(path, store.FileOptions{Now: c.now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		l := phone("+37120000001", 1)
		v, err := New(s, c.now).Take(context.Background(), l)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := s.Get(context.Background(), l.key())
		if err != nil || bytes.Contains(append(raw, l.key()...), []byte("20000001")) {
			t.Fatalf("the store holds %q under %q, %v", raw, l.key(), err)
		}
		return v
	}
	if first, second := take(), take(); !first.OK || second.OK {
		t.Fatalf("first %+v, after a restart %+v", first, second)
	}
}
