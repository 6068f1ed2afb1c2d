package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// bounded is a store with small bounds over one in memory.
func bounded(c *clock, tight bool) (*Bounded, *nearlyFull) {
	under := &nearlyFull{Memory: NewMemory(c.now)}
	under.tight.Store(tight)
	return NewBounded(under, BoundedOptions{
		Address: Bound{Entries: 50}, Network: Bound{Entries: 100}, All: Bound{Entries: 400}, Now: c.now,
	}), under
}

type nearlyFull struct {
	*Memory
	tight atomic.Bool
}

func (n *nearlyFull) Tight() bool { return n.tight.Load() }

// written is how many of many entries a visitor gets into a store.
func written(t *testing.T, s *Bounded, v Visitor, name string, most int) (n int) {
	t.Helper()
	for i := range most {
		err := s.Put(Of(t.Context(), v), name+strconv.Itoa(i), []byte("v"), time.Hour)
		switch {
		case err == nil:
			n++
		case !errors.Is(err, ErrFull):
			t.Fatal(err)
		}
	}
	return n
}

func TestVisitorsAreBounded(t *testing.T) {
	c := &clock{}
	s, _ := bounded(c, false)
	one := Visitor{"192.0.2.1", "192.0.2.0/24"}
	if n := written(t, s, one, "one", 500); n != 50 {
		t.Errorf("an address writes %d, want 50", n)
	}
	if err := s.Room(one); !errors.Is(err, ErrFull) {
		t.Errorf("Room = %v, want ErrFull", err)
	}
	// What stands may be written again, and be taken away; that makes room.
	if err := s.Put(Of(t.Context(), one), "one1", []byte("w"), time.Hour); err != nil {
		t.Errorf("writing again = %v", err)
	}
	if err := s.Delete(Of(t.Context(), one), "one1"); err != nil {
		t.Error(err)
	}
	if n := written(t, s, one, "another", 5); n != 1 {
		t.Errorf("in the room of one it writes %d", n)
	}
	all := 50
	for i := range 10 {
		all += written(t, s, Visitor{"192.0.2." + strconv.Itoa(i+2), "192.0.2.0/24"}, fmt.Sprint("neighbour", i, "-"), 500)
	}
	if all != 100 {
		t.Errorf("a network writes %d, want 100", all)
	}
	// What is proven is always written, and is nobody's share any more.
	before := s.Usage().Entries
	if err := s.Put(Proven(Of(t.Context(), one)), "one2", nil, 72*time.Hour); err != nil {
		t.Errorf("what is proven = %v", err)
	}
	if err := s.Put(t.Context(), "ours", nil, time.Hour); err != nil {
		t.Errorf("our own = %v", err)
	}
	if after := s.Usage().Entries; after != before-1 {
		t.Errorf("%d entries of visitors, want %d", after, before-1)
	}
	c.add(time.Hour)
	if u := s.Usage(); u != (Bound{}) || len(s.addresses)+len(s.networks)+len(s.byKey)+len(s.ends) != 0 {
		t.Errorf("an hour later %+v, %d addresses, %d networks", u, len(s.addresses), len(s.networks))
	}
	if err := s.Room(one); err != nil {
		t.Errorf("Room an hour later = %v", err)
	}
}

// TestAReserveIsForWhoeverHasLittle fills the store from some networks, as fast as they can.
func TestAReserveIsForWhoeverHasLittle(t *testing.T) {
	c := &clock{}
	s, under := bounded(c, false)
	s.o.Address.Entries, s.o.Network.Entries, s.o.All.Entries = 60, 200, 800
	var wg sync.WaitGroup
	for i := range 4 {
		network := fmt.Sprintf("198.51.%d.0/24", i)
		for j := range 4 {
			wg.Go(func() {
				for k := range 200 {
					_ = s.Put(Of(context.Background(), Visitor{network + strconv.Itoa(j), network}), fmt.Sprint(network, j, k), nil, time.Hour)
				}
			})
		}
	}
	wg.Wait()
	if n := s.Usage().Entries; n < 600 || n > 600+few {
		t.Fatalf("%d entries, want 600, and a few of a network that came late", n)
	}
	if n := written(t, s, Visitor{"203.0.113.1", "203.0.113.0/24"}, "person", 200); n < few/2 || n > few {
		t.Errorf("somebody new writes %d, want about %d", n, few)
	}
	under.tight.Store(true)
	if n := written(t, s, Visitor{"198.51.0.0/240", "198.51.0.0/24"}, "more", 5); n != 0 {
		t.Errorf("a store that is nearly full takes %d more", n)
	}
}

// TestWhatIsNotWrittenIsNotCounted lets writes fail and come to nothing, and compares the count with the store.
func TestWhatIsNotWrittenIsNotCounted(t *testing.T) {
	c := &clock{}
	s, under := bounded(c, false)
	rng := rand.New(rand.NewPCG(1, 2))
	ctx, cancelled := Of(t.Context(), Visitor{"a", "n"}), func() context.Context {
		ctx, cancel := context.WithCancel(Of(context.Background(), Visitor{"a", "n"}))
		cancel()
		return ctx
	}()
	for range 2000 {
		key, at := "k"+strconv.Itoa(rng.IntN(40)), ctx
		switch rng.IntN(8) {
		case 0:
			at = cancelled
		case 1:
			at = Proven(ctx)
		}
		switch rng.IntN(4) {
		case 0:
			_ = s.Put(at, key, []byte("v"), time.Minute)
		case 1:
			_, _, _ = s.PutIfAbsent(at, key, []byte("v"), time.Minute)
		case 2:
			_, _ = s.Swap(at, key, []byte("v"), []byte("v"), time.Minute)
		default:
			_ = s.Delete(at, key)
		}
		if rng.IntN(50) == 0 {
			c.add(20 * time.Second)
		}
		usage := s.Usage()
		for key := range s.byKey {
			if _, err := under.Get(t.Context(), key); err != nil {
				t.Fatalf("%s is counted and does not stand: %v", key, err)
			}
		}
		if usage.Entries != len(s.byKey) || usage.Entries != len(s.ends) || usage != s.addresses["a"] || usage != s.networks["n"] {
			t.Fatalf("%+v in all, %+v of the address, %d keys, %d endings", usage, s.addresses["a"], len(s.byKey), len(s.ends))
		}
	}
}
