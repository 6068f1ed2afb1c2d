package catalog

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
)

// TestMastersOfSeveralServices compares who is told from the lists for one service with what the question for both
// answers, for every two services of every salon, and counts the calls.
func TestMastersOfSeveralServices(t *testing.T) {
	told, box := newCatalog(t)
	plain, _ := newCatalog(t)
	var scarce atomic.Bool
	told.busy = scarce.Load
	ctx := context.Background()
	ids := func(masters []Master) (out []int) {
		for _, m := range masters {
			out = append(out, m.ID)
		}
		slices.Sort(out)
		return out
	}
	compared := 0
	for _, id := range []int{501, 502, 601, 701} {
		company, err := told.Company(ctx, lang, id)
		if err != nil {
			t.Fatal(err)
		}
		services, err := told.Services(ctx, lang, id, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		all := services.IDs()
		for _, one := range all[1:] {
			if _, err := told.Masters(ctx, lang, company, Filter{Services: []int{one}}); err != nil {
				t.Fatal(err)
			}
		}
		// The list for the first service is missing: it is asked for once, whatever the other service is.
		scarce.Store(true)
		before := asked(box, "/book_staff/")
		for i, one := range all {
			for _, other := range all[i+1:] {
				f := Filter{Services: []int{one, other}}
				masters, ok := told.ableTogether(ctx, lang, company, f)
				if !ok {
					t.Fatalf("company %d, services %v: nothing is told", id, f.Services)
				}
				right, err := plain.Masters(ctx, lang, company, f)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := ids(masters), ids(right); !slices.Equal(got, want) {
					t.Errorf("company %d, services %v: masters %v, want %v", id, f.Services, got, want)
				}
				for _, m := range masters {
					// Both together may be longer than a master has time on any day, which is not known then.
					if k := slices.IndexFunc(right, func(r Master) bool { return r.ID == m.ID }); k >= 0 && right[k].Bookable && !m.Bookable {
						t.Errorf("company %d, services %v: master %d can be booked", id, f.Services, m.ID)
					}
					if len(m.Slots) > 0 || !m.Nearest.IsZero() {
						t.Errorf("company %d, services %v: times of one of them are told for both", id, f.Services)
					}
				}
				compared++
			}
		}
		if calls := asked(box, "/book_staff/") - before; calls > 1 {
			t.Errorf("company %d: %d calls, want one", id, calls)
		}
		scarce.Store(false)
	}
	if compared < 50 {
		t.Fatalf("only %d answers were compared", compared)
	}
}

// TestMastersOfSeveralServicesAreAsked where the lists do not tell, and while calls are to be had.
func TestMastersOfSeveralServicesAreAsked(t *testing.T) {
	c, box := newCatalog(t)
	ctx := context.Background()
	company, err := c.Company(ctx, lang, 501)
	if err != nil {
		t.Fatal(err)
	}
	services, err := c.Services(ctx, lang, 501, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	f := Filter{Services: services.IDs()[:2]}
	for _, scarce := range []bool{false, true} {
		c.busy = func() bool { return scarce }
		c.cache.entries.InvalidateAll()
		before := asked(box, "/book_staff/")
		if _, err := c.Masters(ctx, lang, company, f); err != nil {
			t.Fatal(err)
		}
		if calls := asked(box, "/book_staff/") - before; calls != 1 {
			t.Errorf("scarce %v: %d calls, want the one for both", scarce, calls)
		}
	}
}
