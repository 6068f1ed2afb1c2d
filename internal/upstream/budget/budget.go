// Package budget spends the calls that the upstream allows to one IP address, so many a second and so many a minute. Urgent
// calls go first, and among equally urgent ones those of a payer who has had few calls lately.
//
// A call waits at a Gate until it has its turn. priority.go says how urgent a call is, line.go holds the queue and who
// has had how many calls, window.go counts the calls of a second and of a minute, slow.go lowers the limits after "too
// many requests", and flight.go holds the calls that have their turn and have not left. Shared (shared.go) is a Gate for
// several processes, which count their calls together in a Log (redis.go). docs/upstream-budget.md has the rules.
package budget

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// ErrSpent says that there was no call for the caller in the time that its priority may wait.
var ErrSpent = errors.New("budget: no call left in time")

// Options are the limits of a Gate.
type Options struct {
	PerSecond int // calls in any second
	PerMinute int // calls in any minute
	Now       func() time.Time
	Speed     float64 // of Now's clock relative to the real one, for load tests in scaled time; default 1
	Observe   Observe // nil: none
}

// Observe is told how long a call waited for its turn, and whether it got it.
type Observe func(p Priority, granted bool, waited time.Duration)

// real is the real time in which Now's clock advances by d.
func (o Options) real(d time.Duration) time.Duration { return time.Duration(float64(d) / o.Speed) }

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the upstream counts by the real time
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Observe == nil {
		o.Observe = func(Priority, bool, time.Duration) {}
	}
	return o
}

// Gate lets calls through, never more than the limits in any second and any minute (exact sliding
// windows). It is safe for concurrent use.
type Gate struct {
	options Options
	windows [2]window
	now     func() time.Time

	mu      sync.Mutex
	granted calls // all calls
	looked  calls // calls below P0
	watched calls // calls of P3Watch
	flights []*flight
	line    line
	timer   *time.Timer
	slow    slow
}

const (
	// second is a tenth longer than the upstream's, because calls that leave in time do not arrive so:
	// five in it are four and a half a second, and never six when the net holds one back.
	second = 1100 * time.Millisecond
	// minute is half a second longer for the same reason.
	minute = time.Minute + 500*time.Millisecond
	// lateEvery is when it is looked again whether calls that had their turn have left.
	lateEvery = 50 * time.Millisecond
	// calm is how long background calls stop after the upstream said "too many".
	calm = time.Minute
	// recoverEvery and recoverBy: the halved rate grows back by a tenth every ten seconds.
	recoverEvery = 10 * time.Second
	recoverBy    = 0.1
	minFactor    = 0.1
	// A refresh goes while three fifths of a person's calls are unused, a warm-up while one is.
	refreshParts, warmUpParts, allParts = 3, 1, 5
	// scarceParts of scarceAll of them used is scarce.
	scarceParts, scarceAll = 2, 3
	// maxRetryAfter bounds what an upstream may ask for.
	maxRetryAfter = time.Minute
)

// patience is how long a call of a priority waits for its turn. A visitor who would have to wait longer gets a page that
// says so and asks again by itself. P1 is long enough for the first page after a cold start, which needs more calls than a
// second allows. Refreshes and warm-ups do not queue, because a stale answer is served meanwhile.
var patience = map[Priority]time.Duration{P0: 5 * time.Second, P1: 2500 * time.Millisecond, P2: 0, P3: 0, P3Watch: 0}

// New makes a Gate.
func New(o Options) *Gate {
	o = o.withDefaults()
	return &Gate{options: o, now: o.Now, slow: slow{factor: 1}, windows: windowsOf(o.PerSecond, o.PerMinute), line: newLine()}
}

// Wait returns when the caller may make one call. Errors: ErrSpent, and the context's own.
func (g *Gate) Wait(ctx context.Context) error {
	p, start := PriorityOf(ctx), g.now()
	err := g.wait(ctx, p)
	g.options.Observe(p, err == nil, g.now().Sub(start))
	return err
}

func (g *Gate) wait(ctx context.Context, p Priority) error {
	payer := payer(ctx, p)
	g.mu.Lock()
	g.dispatch()
	now := g.now()
	g.line.meet(customerOf(ctx), payer, now)
	if share := g.line.share(p, payer, now) + rare(ctx, p); g.delay(p, share, now) == 0 && !g.line.queue.anyBefore(p, share) {
		g.grant(p, payer, departureOf(ctx))
		g.mu.Unlock()
		return nil
	}
	if patience[p] == 0 {
		g.mu.Unlock()
		return ErrSpent
	}
	w, err := g.line.join(p, payer, rare(ctx, p), now)
	if err != nil {
		g.mu.Unlock()
		return err
	}
	w.departure = departureOf(ctx)
	w.limit = time.NewTimer(g.options.real(patience[p]))
	defer w.limit.Stop()
	g.arm()
	g.mu.Unlock()
	release := ticketOf(ctx).hold(func(s standing) { g.bring(w, s) })
	defer release()

	select {
	case <-w.ready:
		return w.refused
	case <-w.limit.C:
		return g.leave(w, ErrSpent)
	case <-ctx.Done():
		return g.leave(w, ctx.Err())
	}
}

// bring moves a waiter forward to the place of another visitor who waits for the same call.
func (g *Gate) bring(w *waiter, s standing) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.index < 0 {
		return
	}
	g.line.improve(w, s.priority, s.payer, g.now())
	g.dispatch()
	g.arm()
}

// leave gives up waiting. When the turn has come at the same moment, the call is made.
func (g *Gate) leave(w *waiter, reason error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.ready:
		return w.refused
	default:
	}
	g.line.remove(w)
	g.arm()
	return reason
}

// Report tells the gate the status of an answer. "Too many requests" halves the limits and stops background calls for a
// while; the limits then grow back.
func (g *Gate) Report(status int, retryAfter time.Duration) {
	if status != http.StatusTooManyRequests {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.slow.tooMany(retryAfter, g.now())
	g.arm()
}

// Stats is the gate's state for an operator.
type Stats struct {
	LastSecond, LastMinute int // calls let through
	Waiting                int
	Factor                 float64 // of the limits; below 1 after "too many"
	Lost                   bool    // the shared log does not answer, and each process keeps to its share
}

// Plenty says whether calls are plenty, so that warm-ups go: so few calls of the last minute are used of the limit that there is.
func (s Stats) Plenty(perMinute int) bool {
	return s.Waiting == 0 && s.Factor >= 1 && !s.Lost && s.LastMinute < windowsOf(1, perMinute)[1].room(P3, 1)
}

// Scarce says whether calls are scarce: somebody waits for one, or two thirds of those that people may cause in a minute
// are used; what the watch has used is not counted, so that it does not make calls scarce by itself. A stale answer then stays in use,
// so that calls are left for questions that have no answer yet.
func (g *Gate) Scarce() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	w, now := g.windows[1], g.now()
	return scarce(g.looked.in(w.length, now)-g.watched.in(w.length, now), w.room(P1, g.slow.factor), len(g.line.queue))
}

// scarce is the rule of Scarce.
func scarce(used, room, waiting int) bool { return used*scarceAll >= room*scarceParts || waiting > 0 }

// Busy says whether a call that a visitor needs now would have to wait, be it only for other calls of the same second.
func (g *Gate) Busy() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.line.queue) > 0 || g.delay(P1, 0, g.now()) > 0
}

// Close does nothing: a Gate holds no resources. A Shared does.
func (g *Gate) Close() {}

// Stats reads the gate's state.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	return Stats{LastSecond: g.granted.in(time.Second, now), LastMinute: g.granted.in(time.Minute, now), Waiting: len(g.line.queue), Factor: g.slow.factor}
}

// dispatch lets through the waiters that may go now. The caller holds the lock.
func (g *Gate) dispatch() {
	for len(g.line.queue) > 0 {
		w := g.line.queue[0]
		if g.delay(w.priority, w.share, g.now()) > 0 {
			return // waiters behind it have no more room
		}
		g.line.remove(w)
		g.grant(w.priority, w.payer, w.departure)
		close(w.ready)
	}
}

// arm sets the timer to when the first in the queue may go. The caller holds the lock.
func (g *Gate) arm() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	if len(g.line.queue) == 0 {
		return
	}
	g.timer = time.AfterFunc(g.options.real(g.delay(g.line.queue[0].priority, g.line.queue[0].share, g.now())), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.dispatch()
		g.arm()
	})
}

// grant notes a call. The caller holds the lock.
func (g *Gate) grant(p Priority, payer Payer, d *Departure) {
	now := g.now()
	g.board(d, p, now)
	g.line.charge(p, payer, now)
	g.granted = g.granted.note(now)
	if p > P0 {
		g.looked = g.looked.note(now)
	}
	if p == P3Watch {
		g.watched = g.watched.note(now)
	}
}

// delay is how long a call must wait for room in both windows; share is how many calls its payer has had lately. The caller
// holds the lock.
func (g *Gate) delay(p Priority, share int, now time.Time) time.Duration {
	g.slow.recover(now)
	wait := g.slow.wait(p, now)
	for _, w := range g.windows {
		wait = max(wait, g.granted.wait(w.room(P0, g.slow.factor), g.late(w.length, false, now), w.length, now))
		if p > P0 {
			wait = max(wait, g.looked.wait(w.roomFor(p, g.slow.factor, share, g.watched.in(minute, now)), g.late(w.length, true, now), w.length, now))
		}
	}
	return wait
}
