package catalog

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/webhook"
)

// hookLine carries hooks to a catalogue, without a network.
type hookLine struct {
	to func(webhook.Hook)
}

func (l hookLine) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	hook, err := webhook.Read(body)
	if err != nil {
		return nil, err
	}
	l.to(hook)
	return httptest.NewRecorder().Result(), nil
}

// desks let the salons' desks book, cancel and move twice as much as the crowd books, as bench/rush does.
func (w *crowd) desks(done <-chan struct{}) {
	luck := rand.New(rand.NewPCG(3, 4))
	for did := 0; ; {
		select {
		case <-done:
			return
		case <-time.After(time.Second):
		}
		for ; did < 2*len(w.box.Booked()); did++ {
			work := []sandbox.DeskWork{sandbox.DeskBooks, sandbox.DeskBooks, sandbox.DeskCancels, sandbox.DeskMoves}[luck.IntN(4)]
			w.box.Desk(sandbox.TownCompany+zipf(luck, 10), work, luck)
			pass(time.Duration(luck.IntN(300)) * time.Millisecond)
		}
	}
}

// TestACrowdIsFedByHooks lets three hundred people a minute come to two towns whose desks work, in virtual time. Hooks come from
// the second one: its pages wait a third as long at most, and few times are gone when they are chosen.
func TestACrowdIsFedByHooks(t *testing.T) {
	without, with := hookedCrowd(t, false), hookedCrowd(t, true)
	if without.busy*100 < without.pages {
		t.Errorf("without hooks %d of %d pages had no answer: the crowd is too small to show anything", without.busy, without.pages)
	}
	if with.busy*5 > without.busy || with.p95*3 > without.p95 {
		t.Errorf("%d of %d pages had no answer, p95 %v; without hooks %d of %d, p95 %v",
			with.busy, with.pages, with.p95, without.busy, without.pages, without.p95)
	}
	if with.tried < 50 || with.lost*12 > with.tried {
		t.Errorf("%d of %d times were gone when they were chosen", with.lost, with.tried)
	}
	if with.reliable < 8 {
		t.Errorf("the hooks of %d salons are relied on, of ten", with.reliable)
	}
}

// met is what a crowd met.
type met struct {
	pages, busy, tried, lost int
	p95                      time.Duration
	calls                    int
	reliable                 int // salons whose hooks are relied on in the end
}

func hookedCrowd(t *testing.T, hooks bool) (m met) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newCrowd(t, hooks)
		defer w.processes[0].stop()
		done := make(chan struct{})
		var desks sync.WaitGroup
		desks.Go(func() { w.desks(done) })
		w.come(100, 8*time.Minute, 0)
		end := w.now().Add(4 * time.Minute)
		w.come(300, 4*time.Minute, 3*time.Minute)
		close(done)
		desks.Wait() // time stands still when the test ends
		calls := 0
		for _, c := range w.box.Calls() {
			if c.Time.Before(end) && c.Time.After(end.Add(-2*time.Minute)) {
				calls++
			}
		}
		slices.Sort(w.asked)
		m = met{pages: len(w.asked), busy: w.busy, tried: w.tried, lost: w.lost, p95: w.asked[len(w.asked)*95/100], reliable: w.processes[0].catalog.Reliable()}
		t.Logf("hooks %v: %+v, %d calls a minute", hooks, m, calls/2)
		if peak := w.box.Peak(); peak.Refused > 0 {
			t.Errorf("the upstream refused %d calls", peak.Refused)
		}
	})
	return m
}
