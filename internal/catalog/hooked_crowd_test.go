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
// the second one: nearly all get their pages at once there, and few times are gone when they are chosen.
func TestACrowdIsFedByHooks(t *testing.T) {
	run := func(hooks bool) (busy, pages int) {
		synctest.Test(t, func(t *testing.T) {
			w := newCrowd(t, hooks)
			defer w.catalog.Close()
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
			p95, peak := w.asked[len(w.asked)*95/100], w.box.Peak()
			busy, pages = w.busy, len(w.asked)
			t.Logf("hooks %v: %d pages, p95 %v, %d without an answer; %d of %d times gone when chosen; %d calls a minute; %d salons relied on",
				hooks, pages, p95, busy, w.lost, w.tried, calls/2, w.catalog.Reliable())
			if peak.Refused > 0 {
				t.Errorf("the upstream refused %d calls", peak.Refused)
			}
			if !hooks {
				return
			}
			if busy*500 > pages || p95 > 2*time.Second {
				t.Errorf("%d of %d pages had no answer, p95 %v", busy, pages, p95)
			}
			if w.tried < 50 || w.lost*12 > w.tried {
				t.Errorf("%d of %d times were gone when they were chosen", w.lost, w.tried)
			}
			if w.catalog.Reliable() < 8 {
				t.Errorf("the hooks of %d salons are relied on, of ten", w.catalog.Reliable())
			}
		})
		return busy, pages
	}
	if busy, pages := run(false); busy*100 < pages {
		t.Errorf("without hooks %d of %d pages had no answer: the crowd is too small to show anything", busy, pages)
	}
	run(true)
}
