package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolterrors "go.etcd.io/bbolt/errors"

	"okoshko/internal/testclock"
)

// TestChangesShareATransaction holds the first one up until all others wait.
func TestChangesShareATransaction(t *testing.T) {
	const others = 50
	var c changes
	var runs atomic.Int32
	first, go1 := make(chan struct{}), make(chan struct{})
	run := func(all func(entries) error) error {
		if runs.Add(1) == 1 {
			close(first)
			<-go1
		}
		return all(entries{})
	}
	var done atomic.Int32
	write := func() {
		if err := c.make(func(entries) error { done.Add(1); return nil }, run); err != nil {
			t.Error(err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(write)
	<-first
	for range others {
		wg.Go(write)
	}
	testclock.Until(t, "the others wait", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.waiting) >= others
	})
	close(go1)
	wg.Wait()
	if runs.Load() != 2 || done.Load() != others+1 {
		t.Errorf("%d changes in %d transactions, want %d in 2", done.Load(), runs.Load(), others+1)
	}
	testclock.Until(t, "nobody writes once nobody waits", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !c.writing
	})
}

// TestAChangeThatFailsFailsAlone writes what cannot be written among what can.
func TestAChangeThatFailsFailsAlone(t *testing.T) {
	f, err := OpenFile(filepath.Join(t.TempDir(), "store.db"), FileOptions{Now: testclock.Standing().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			key := fmt.Sprintf("key %d", i)
			if i%10 == 0 {
				key = ""
			}
			err := f.Put(context.Background(), key, []byte("value"), time.Hour)
			if failed := errors.Is(err, bolterrors.ErrKeyRequired); failed != (key == "") || err != nil && !failed {
				t.Errorf("Put(%q) = %v", key, err)
			}
		})
	}
	wg.Wait()
	for i := range 100 {
		if i%10 == 0 {
			continue
		}
		if _, err := f.Get(context.Background(), fmt.Sprintf("key %d", i)); err != nil {
			t.Errorf("key %d: %v", i, err)
		}
	}
}

// TestOneOfManyIsStored has many at once put the same key, some of them together in a transaction.
func TestOneOfManyIsStored(t *testing.T) {
	f, err := OpenFile(filepath.Join(t.TempDir(), "store.db"), FileOptions{Now: testclock.Standing().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var stored, swapped atomic.Int32
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if i%7 == 0 {
				_ = f.Put(context.Background(), "", nil, time.Hour) // fails, so that the others are run again
			}
			if _, ok, err := f.PutIfAbsent(context.Background(), "one", []byte("first"), time.Hour); err != nil {
				t.Error(err)
			} else if ok {
				stored.Add(1)
			}
			if ok, err := f.Swap(context.Background(), "one", []byte("first"), []byte("second"), time.Hour); err != nil {
				t.Error(err)
			} else if ok {
				swapped.Add(1)
			}
		})
	}
	wg.Wait()
	if stored.Load() != 1 || swapped.Load() != 1 {
		t.Errorf("stored %d times and swapped %d times, want once each", stored.Load(), swapped.Load())
	}
}
