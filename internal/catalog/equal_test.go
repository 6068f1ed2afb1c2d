package catalog

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// TestR21AThousandEqualViewsAreOneCall asks for the times of one day. The first who asks goes away while the call is under way, and
// all others get its answer.
func TestR21AThousandEqualViewsAreOneCall(t *testing.T) {
	t.Parallel()
	clock := testclock.StandingAt(testclock.BetweenSlots())
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	d := &doorman{api: box.Handler(), let: make(chan struct{}), arrived: make(chan string, 8)}
	api := httptest.NewServer(d)
	t.Cleanup(api.Close)
	client, err := upstream.New(upstream.Options{BaseURL: api.URL, PartnerToken: "sandbox", Gate: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ages := Ages{Fresh: time.Hour, Soft: 2 * time.Hour, Hard: 24 * time.Hour}
	c, err := New(Options{Client: client, BaseURL: api.URL, Now: clock.Now, Bookforms: ages, Entries: ages, Dates: ages, Slots: ages, MaxEntries: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	company, err := c.Company(t.Context(), lang, 501)
	if err != nil {
		t.Fatal(err)
	}
	dates, err := c.Dates(t.Context(), company, Filter{})
	if err != nil || len(dates.Free) < 3 {
		t.Fatalf("Dates = %v, %v", dates.Free, err)
	}
	before := d.made()
	d.held.Store(true)
	ask := func(ctx context.Context) error {
		slots, err := c.Slots(ctx, company, dates.Free[2], Filter{})
		if err == nil && len(slots) == 0 {
			t.Error("the answer holds no times")
		}
		return err
	}
	gone, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		_ = ask(gone)
	}()
	<-d.arrived
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if err := ask(t.Context()); err != nil {
				t.Errorf("Slots = %v", err)
			}
		})
	}
	leave()
	close(d.let)
	wg.Wait()
	<-left
	if n := d.made() - before; n != 1 {
		t.Errorf("calls = %d, want 1", n)
	}
}
