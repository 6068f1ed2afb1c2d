// Package budget spends the calls that the upstream allows to one address: so many a second and
// so many a minute, the urgent ones first.
package budget

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Priority says who goes first.
type Priority int

// The priorities, the most urgent first.
const (
	P0 Priority = iota // somebody who has shown that he books, changes a visit or signs in
	P1                 // a person is waiting for a page
	P2                 // a refresh of what is still served
	P3                 // a warm-up
)

type priorityKey struct{}

// WithPriority marks the calls made under a context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the priority of a context's calls: P1 unless it says otherwise, and never more than its ceiling.
func PriorityOf(ctx context.Context) Priority {
	p := P1
	if said, ok := ctx.Value(priorityKey{}).(Priority); ok {
		p = said
	}
	return max(p, CeilingOf(ctx))
}

type ceilingKey struct{}

// WithCeiling says how urgent the calls under a context may be at most, whatever they say of themselves: what a call is
// for does not make it urgent, what its sender has shown does.
func WithCeiling(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, ceilingKey{}, p)
}

// CeilingOf is how urgent a context's calls may be at most: P0 where nobody has said less.
func CeilingOf(ctx context.Context) Priority {
	p, _ := ctx.Value(ceilingKey{}).(Priority)
	return p
}

type paidKey struct{}

// Paid is a context of somebody who has shown that he books, so that what he waits for is as urgent as a booking. It
// lifts the ceiling. The customer is told from others at the same address by a name that stands for nothing else.
func Paid(ctx context.Context, customer string) context.Context {
	return WithCeiling(context.WithValue(ctx, paidKey{}, customer), P0)
}

// customerOf is who has paid for a context's calls, "" for nobody.
func customerOf(ctx context.Context) string {
	customer, _ := ctx.Value(paidKey{}).(string)
	return customer
}

// WaitsAt is the priority of what a person under a context waits for: P0 for whoever has paid, else P1.
func WaitsAt(ctx context.Context) Priority {
	if customerOf(ctx) != "" {
		return P0
	}
	return max(P1, CeilingOf(ctx))
}

// ErrSpent says that no call could be had within the priority's patience.
var ErrSpent = errors.New("budget: no call left in time")

// Options are the limits of a Gate.
type Options struct {
	PerSecond int // calls in any second
	PerMinute int // calls in any minute
	Now       func() time.Time
	Speed     float64 // of Now's clock against the real one, for load tests in scaled time; default 1
	Observe   Observe // nil: nobody looks
}

// Observe is told how long a call waited for its turn, and whether it got it.
type Observe func(p Priority, granted bool, waited time.Duration)

// String names a priority for an operator.
func (p Priority) String() string { return [...]string{"P0", "P1", "P2", "P3"}[p] }

// real is how long the real clock runs while Now's runs for d.
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
	granted calls // of everybody
	looked  calls // of those whom P0 goes before
	flights []*flight
	line    line
	timer   *time.Timer
	slow    slow
}

// slow is what has become of the limits since the upstream said "too many".
type slow struct {
	factor     float64 // of the limits; 1 when all is well
	recoverAt  time.Time
	blocked    time.Time // no call at all before
	background time.Time // no P2 and P3 before
}

// down slows to a factor of the limits, if they are not slower yet.
func (s *slow) down(factor float64, now time.Time) {
	s.factor = min(s.factor, max(factor, minFactor))
	s.recoverAt = now.Add(recoverEvery)
	s.background = now.Add(calm)
}

// tooMany halves the limits, and stops all calls for as long as the upstream has asked for.
func (s *slow) tooMany(retryAfter time.Duration, now time.Time) {
	s.down(s.factor/2, now)
	if until := now.Add(min(retryAfter, maxRetryAfter)); until.After(s.blocked) {
		s.blocked = until
	}
}

// recover lets the factor grow with time.
func (s *slow) recover(now time.Time) {
	for s.factor < 1 && !now.Before(s.recoverAt) {
		s.factor = min(1, s.factor+recoverBy)
		s.recoverAt = s.recoverAt.Add(recoverEvery)
	}
}

// wait is how long a priority must wait because of it, whatever room there is.
func (s *slow) wait(p Priority, now time.Time) time.Duration {
	wait := max(0, s.blocked.Sub(now))
	if p >= P2 {
		wait = max(wait, s.background.Sub(now))
	}
	return wait
}

// window is one limit; keep of its calls are for P0 alone. The others may make the rest of them, however
// many P0 makes of its own: what bookings need is not taken from those who look.
type window struct {
	length time.Duration
	limit  int
	keep   int
}

// calls are when calls were let through in the last minute, the oldest first.
type calls []time.Time

// note adds a call, and drops those that no window holds any more.
func (c calls) note(now time.Time) calls {
	old := 0
	for old < len(c) && now.Sub(c[old]) >= minute {
		old++
	}
	return append(c[old:], now)
}

// in counts the calls of a window that ends now.
func (c calls) in(length time.Duration, now time.Time) int {
	n := 0
	for i := len(c) - 1; i >= 0 && now.Sub(c[i]) < length; i-- {
		n++
	}
	return n
}

// wait is how long a window has no room for one more, beside some that are late to come into it.
func (c calls) wait(room, late int, length time.Duration, now time.Time) time.Duration {
	switch room -= late; {
	case room <= 0 && late > 0:
		return lateEvery
	case room <= 0:
		return length
	case len(c) < room:
		return 0
	default:
		// The room-th latest call must leave the window.
		return max(0, c[len(c)-room].Add(length).Sub(now))
	}
}

// windowsOf are both limits.
func windowsOf(perSecond, perMinute int) [2]window {
	return [2]window{
		{second, perSecond, reserve(perSecond)},
		{minute, perMinute, reserve(perMinute)},
	}
}

// room is how many calls a window takes: of everybody for P0, and of those after P0 what is not kept for
// it. What nobody waits for has a part of that, so that it stops first when calls grow scarce.
func (w window) room(p Priority, factor float64) int {
	room := max(1, int(float64(w.limit)*factor))
	if p == P0 {
		return room
	}
	room = max(room-w.keep, 0)
	if p == P1 || room == 0 {
		return room
	}
	if w.length == second {
		return 1 // never two in a row before a person
	}
	parts := refreshParts
	if p == P3 {
		parts = warmUpParts
	}
	return max(1, room*parts/allParts)
}

// roomFor is the room for a payer who has had so many calls lately: of those that people who look may make in a minute,
// whoever has had many leaves a part to whoever has had few. Without that those who ask all the time use up the minute
// in the first two thirds of it, and nobody at all is let through in the rest.
func (w window) roomFor(p Priority, factor float64, share int) int {
	room := w.room(p, factor)
	if p != P1 || w.length != minute || room == 0 {
		return room
	}
	switch {
	case share >= 2*few:
		return max(1, room*4/5)
	case share >= few:
		return max(1, room*9/10)
	default:
		return room
	}
}

// few calls are what a customer needs to come to the contact form where others look at the same salon.
const few = 6

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
	// maxRetryAfter bounds what an upstream may ask for.
	maxRetryAfter = time.Minute
)

// patience is how long a priority waits for its turn. A person who waits longer gets a page that says
// so and asks again by itself; on a cold start one page needs more calls than a second allows, and whoever
// comes first should see it and no excuse. Refreshes and warm-ups take what is free and do not queue: what they
// would bring is served stale meanwhile.
var patience = map[Priority]time.Duration{P0: 5 * time.Second, P1: 2500 * time.Millisecond, P2: 0, P3: 0}

// New makes a Gate.
func New(o Options) *Gate {
	o = o.withDefaults()
	return &Gate{options: o, now: o.Now, slow: slow{factor: 1}, windows: windowsOf(o.PerSecond, o.PerMinute), line: newLine()}
}

// reserve is a sixth of a limit, at least one call, so that a booking never waits behind a crowd
// that only looks.
func reserve(limit int) int {
	if limit < 2 {
		return 0
	}
	return max(1, limit/6)
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

// bring moves a waiter forward to where somebody stands who waits for the same call.
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

// leave gives up waiting, unless the turn came at the same moment: then the call is made.
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

// Report tells the gate how the upstream answered: "too many" halves the rate at once and stops
// background calls for a while; the rate then grows back.
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
	Lost                   bool    // the shared store does not answer, and each process keeps to its share
}

// Scarce says whether calls are scarce: somebody waits for one, or two thirds of those that people may cause in a minute
// are used. A stale answer then stays in use, so that calls are left for questions that have no answer yet.
func (g *Gate) Scarce() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.windows[1]
	return scarce(g.looked.in(w.length, g.now()), w.room(P1, g.slow.factor), len(g.line.queue))
}

// scarce is the rule of Scarce.
func scarce(used, room, waiting int) bool { return used*3 >= room*2 || waiting > 0 }

// Busy says whether a person who asks now would have to wait, if only for the others of the same second.
func (g *Gate) Busy() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.line.queue) > 0 || g.delay(P1, 0, g.now()) > 0
}

// Close releases what the gate holds: nothing.
func (g *Gate) Close() {}

// Stats reads the gate's state.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	return Stats{LastSecond: g.granted.in(time.Second, now), LastMinute: g.granted.in(time.Minute, now), Waiting: len(g.line.queue), Factor: g.slow.factor}
}

// dispatch lets through whoever may go now. The caller holds the lock.
func (g *Gate) dispatch() {
	for len(g.line.queue) > 0 {
		w := g.line.queue[0]
		if g.delay(w.priority, w.share, g.now()) > 0 {
			return // whoever comes after it has no more room than it has
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
}

// delay is how long a priority must wait for room in both windows, for whoever has had so many calls lately. The caller
// holds the lock.
func (g *Gate) delay(p Priority, share int, now time.Time) time.Duration {
	g.slow.recover(now)
	wait := g.slow.wait(p, now)
	for _, w := range g.windows {
		wait = max(wait, g.granted.wait(w.room(P0, g.slow.factor), g.late(w.length, false, now), w.length, now))
		if p > P0 {
			wait = max(wait, g.looked.wait(w.roomFor(p, g.slow.factor, share), g.late(w.length, true, now), w.length, now))
		}
	}
	return wait
}
