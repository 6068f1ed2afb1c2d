package catalog

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/redistest"
	"okoshko/internal/sandbox"
	"okoshko/internal/upstream/answers"
	"okoshko/internal/upstream/budget"
)

// share starts a process that shares calls and answers with others through a store.
func (w *crowd) share(t *testing.T, store *redistest.Virtual, processes int) *process {
	t.Helper()
	client := store.Client(t)
	gate := budget.NewShared(budget.Options{PerSecond: 5, PerMinute: 200}, budget.NewRedis(client, processes), processes)
	shared := answers.New(answers.Options{Client: client, MaxBytes: 32 << 20, MaxEntries: 20_000})
	p := w.start(t, gate, shared, false, time.Millisecond)
	p.stop = func() {
		p.gone.Store(true)
		p.catalog.Close()
		shared.Close()
		gate.Close()
		_ = client.Close()
		p.catalog.Settle() // nothing may run when time stands still
	}
	return p
}

// metTogether is what a crowd meets that comes to one process, or to several that share a store, of which one may be killed in the
// counted time and started again so long afterwards. The upstream takes its time, and the salons' desks work.
func metTogether(t *testing.T, processes int, killed time.Duration) (m met) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, false, sandbox.Street)
		store := redistest.StartVirtual()
		for range processes {
			w.processes = append(w.processes, w.share(t, store, processes))
		}
		done := make(chan struct{})
		var others sync.WaitGroup
		others.Go(func() { w.desks(done) })
		w.come(60, time.Minute, 0)
		w.come(100, time.Minute, 0)
		if killed > 0 {
			others.Go(func() {
				pass(70 * time.Second)
				w.processes[1].stop()
				pass(killed)
				w.processes[1] = w.share(t, store, processes)
			})
		}
		const counted = 110 * time.Second
		end := w.now().Add(150 * time.Second)
		w.come(150, 150*time.Second, counted)
		close(done)
		others.Wait() // time stands still when the test ends
		for _, p := range w.processes {
			p.stop()
		}
		store.Stop()
		for _, c := range w.box.Calls() {
			if c.Time.Before(end) && c.Time.After(end.Add(-counted)) {
				m.calls++
			}
		}
		slices.Sort(w.asked)
		m.pages, m.busy, m.tried, m.lost = len(w.asked), w.busy, w.tried, w.lost
		m.p95 = w.asked[len(w.asked)*95/100]
		if peak := w.box.Peak(); peak.Second > 5 || peak.Minute > 200 || peak.Refused > 0 {
			t.Errorf("%d calls in a second, %d in a minute, %d refused", peak.Second, peak.Minute, peak.Refused)
		}
	})
	t.Logf("%d processes, one killed for %v: %d pages, p95 %v, %d without an answer, %d calls; %d of %d times gone", processes, killed, m.pages, m.p95, m.busy, m.calls, m.lost, m.tried)
	return m
}

// TestSeveralProcessesAreAsOne lets a hundred and fifty people a minute come to one process, and to three of which one is killed and
// started again, in virtual time. Three that know only what each has asked for itself let people wait twenty times as long.
func TestSeveralProcessesAreAsOne(t *testing.T) {
	one, three := metTogether(t, 1, 0), metTogether(t, 3, 20*time.Second)
	if three.p95 > 5*one.p95+time.Second {
		t.Errorf("p95 of three %v, of one %v", three.p95, one.p95)
	}
	if three.busy*100 > three.pages {
		t.Errorf("%d of %d pages of three had no answer; %d of %d of one", three.busy, three.pages, one.busy, one.pages)
	}
	if three.calls*4 > one.calls*5 {
		t.Errorf("three have made %d calls, one %d", three.calls, one.calls)
	}
}
