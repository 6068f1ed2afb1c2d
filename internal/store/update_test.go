package store

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	timing "okoshko/internal/clock"
)

// TestUpdateLosesNothing has many add to one number at the same time, from where there is none.
func TestUpdateLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, s Store, _ *clock) {
		const adders = 10
		add := func(old []byte) ([]byte, error) {
			n, _ := strconv.Atoi(string(old))
			return []byte(strconv.Itoa(n + 1)), nil
		}
		var wg sync.WaitGroup
		for range adders {
			wg.Go(func() {
				if err := Update(t.Context(), s, "n", time.Hour, add); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, err := s.Get(t.Context(), "n"); err != nil || string(got) != strconv.Itoa(adders) {
			t.Errorf("after %d additions there stands %q, %v", adders, got, err)
		}
	})
}

func TestUpdateLeavesWhatItsEditLeaves(t *testing.T) {
	each(t, func(t *testing.T, s Store, c *clock) {
		broken := errors.New("broken")
		for _, tt := range []struct{ edit, want error }{{ErrUnchanged, nil}, {broken, broken}} {
			edit := func([]byte) ([]byte, error) { return []byte("new"), tt.edit }
			if err := Update(t.Context(), s, "none", time.Hour, edit); !errors.Is(err, tt.want) {
				t.Errorf("Update with %v = %v, want %v", tt.edit, err, tt.want)
			}
			if _, err := s.Get(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
				t.Errorf("with %v something is written: %v", tt.edit, err)
			}
		}
		// What is written lives for as long as asked from the write on.
		for range 2 {
			if err := Update(t.Context(), s, "k", time.Hour, func([]byte) ([]byte, error) { return []byte("v"), nil }); err != nil {
				t.Fatal(err)
			}
			c.add(40 * time.Minute)
		}
		if _, err := s.Get(t.Context(), "k"); err != nil {
			t.Errorf("it did not live for as long as asked: %v", err)
		}
	})
}

// busyStore is a store in which somebody else is always faster.
type busyStore struct {
	Store
	swaps int
}

func (s *busyStore) Swap(context.Context, string, []byte, []byte, time.Duration) (bool, error) {
	s.swaps++
	return false, nil
}

// TestUpdateGivesUp after some seconds, or when nobody waits any more.
func TestUpdateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clock{}
		s := &busyStore{Store: NewMemory(c.now)}
		if err := s.Put(t.Context(), "k", []byte("old"), time.Hour); err != nil {
			t.Fatal(err)
		}
		edit := func([]byte) ([]byte, error) { return []byte("new"), nil }
		took := timing.Stopwatch()
		if err := Update(t.Context(), s, "k", time.Hour, edit); !errors.Is(err, ErrContended) || s.swaps != updateTries {
			t.Errorf("Update = %v after %d tries", err, s.swaps)
		}
		if took := took(); took == 0 || took > updateTries*longestPause*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.swaps = 0
		err := Update(ctx, s, "k", time.Hour, func([]byte) ([]byte, error) { cancel(); return []byte("new"), nil })
		if !errors.Is(err, context.Canceled) || s.swaps > 1 {
			t.Errorf("Update of somebody who has gone away = %v after %d tries", err, s.swaps)
		}
	})
}
