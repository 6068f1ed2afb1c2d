package waiting

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// glimpsed is a salon of which answers to other questions always tell the same.
type glimpsed struct {
	*salon
	looks atomic.Int64
}

func (g *glimpsed) Glimpse(_ context.Context, q Question) (Answer, bool) {
	g.looks.Add(1)
	a := g.answer(q)
	a.Partial = true
	return a, true
}

// TestWhatWaitsKeepsNobodyBusy: an opening that cannot be told now, because its owner was told lately, is looked at once a second and not
// again and again.
func TestWhatWaitsKeepsNobodyBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := testclock.Start().In(zone)
		clock := testclock.RunningFrom(time.Date(start.Year(), start.Month(), start.Day(), 12, 0, 0, 0, zone))
		r := &rig{t: t, clock: clock, store: store.NewMemory(clock.Now), post: &post{offers: Offers{true, true}}}
		s := &glimpsed{salon: &salon{now: clock.Now, free: map[string][]time.Time{}, spared: true}}
		r.salon = s.salon
		d, err := New(Options{
			Store: r.store, Quotas: quota.New(r.store, clock.Now), Keys: testKeys, Now: clock.Now, Messenger: r.post, Upstream: s, CallsPerMinute: 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.desks, r.Desk = []*Desk{d}, d
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			d.Run(ctx)
		}()
		w, err := d.Ask(ctx, r.wish(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Confirm(ctx, w.Secret); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		s.set(r.day(1), r.at(12, 0))
		pass(time.Minute)
		s.set(r.day(1), r.at(12, 0), r.at(13, 0))
		before := s.looks.Load()
		pass(10 * time.Minute)
		if got := s.looks.Load() - before; got > 10*60*askTries+askTries {
			t.Errorf("%d looks in ten minutes", got)
		}
		r.wantTold("12:00 ")
		pass(time.Hour)
		r.wantTold("12:00 ", "13:00 ")
		cancel()
		<-ended
	})
}
