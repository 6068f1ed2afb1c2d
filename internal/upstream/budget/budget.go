// Package budget spends the calls that the upstream allows to one address: so many a second and
// so many a minute, the urgent ones first.
package budget

import (
	"container/heap"
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
	P0 Priority = iota // a booking: check, record, cancel, move, code, login
	P1                 // a person is waiting for a page
	P2                 // a refresh of what is still served
	P3                 // a warm-up
)

type priorityKey struct{}

// WithPriority marks the calls made under a context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the priority of a context's calls: P1 unless it says otherwise.
func PriorityOf(ctx context.Context) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok {
		return p
	}
	return P1
}

// ErrSpent says that no call could be had within the priority's patience.
var ErrSpent = errors.New("budget: no call left in time")

// Options are the limits of a Gate.
type Options struct {
	PerSecond int // calls in any second
	PerMinute int // calls in any minute
	Now       func() time.Time
}

// Gate lets calls through, never more than the limits in any second and any minute (exact sliding
// windows). It is safe for concurrent use.
type Gate struct {
	windows [2]window
	now     func() time.Time

	mu      sync.Mutex
	granted []time.Time // of the last minute, the oldest first
	queue   queue
	arrived uint64
	timer   *time.Timer
	// After the upstream said "too many": factor of the limits, and when to think again.
	factor     float64
	recoverAt  time.Time
	blocked    time.Time // no call at all before
	background time.Time // no P2 and P3 before
}

// window is one limit; keep of its calls are for P0 alone.
type window struct {
	length time.Duration
	limit  int
	keep   int
}

const (
	maxQueue = 1000 // waiters; more would only wait in vain
	// calm is how long background calls stop after the upstream said "too many".
	calm = time.Minute
	// recoverEvery and recoverBy: the halved rate grows back by a tenth every ten seconds.
	recoverEvery = 10 * time.Second
	recoverBy    = 0.1
	minFactor    = 0.1
	// maxRetryAfter bounds what an upstream may ask for.
	maxRetryAfter = time.Minute
)

// patience is how long a priority waits for its turn. A person waits longer than two seconds once,
// on a cold start, when one page needs more calls than a second allows. Refreshes and warm-ups take what is free
// and do not queue: what they would bring is served stale meanwhile.
var patience = map[Priority]time.Duration{P0: 5 * time.Second, P1: 2500 * time.Millisecond, P2: 0, P3: 0}

// New makes a Gate.
func New(o Options) *Gate {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Gate{
		now: o.Now, factor: 1,
		windows: [2]window{
			{time.Second, o.PerSecond, reserve(o.PerSecond)},
			{time.Minute, o.PerMinute, reserve(o.PerMinute)},
		},
	}
}

// reserve is a fifth of a limit, at least one call, so that a booking never waits behind a crowd
// that only looks.
func reserve(limit int) int {
	if limit < 2 {
		return 0
	}
	return max(1, limit/5)
}

// Wait returns when the caller may make one call. Errors: ErrSpent, and the context's own.
func (g *Gate) Wait(ctx context.Context) error {
	p := PriorityOf(ctx)
	g.mu.Lock()
	g.dispatch()
	if !g.queue.anyBefore(p) && g.delay(p, g.now()) == 0 {
		g.grant()
		g.mu.Unlock()
		return nil
	}
	if patience[p] == 0 || len(g.queue) >= maxQueue {
		g.mu.Unlock()
		return ErrSpent
	}
	g.arrived++
	w := &waiter{priority: p, order: g.arrived, ready: make(chan struct{})}
	heap.Push(&g.queue, w)
	g.arm()
	g.mu.Unlock()

	limit := time.NewTimer(patience[p])
	defer limit.Stop()
	select {
	case <-w.ready:
		return nil
	case <-limit.C:
		return g.leave(w, ErrSpent)
	case <-ctx.Done():
		return g.leave(w, ctx.Err())
	}
}

// leave gives up waiting, unless the turn came at the same moment: then the call is made.
func (g *Gate) leave(w *waiter, reason error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	default:
	}
	heap.Remove(&g.queue, w.index)
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
	now := g.now()
	g.factor = max(g.factor/2, minFactor)
	g.recoverAt = now.Add(recoverEvery)
	g.background = now.Add(calm)
	if until := now.Add(min(retryAfter, maxRetryAfter)); until.After(g.blocked) {
		g.blocked = until
	}
	g.arm()
}

// Stats is the gate's state for an operator.
type Stats struct {
	LastSecond, LastMinute int // calls let through
	Waiting                int
	Factor                 float64 // of the limits; below 1 after "too many"
}

// Stats reads the gate's state.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	return Stats{LastSecond: g.used(time.Second, now), LastMinute: g.used(time.Minute, now), Waiting: len(g.queue), Factor: g.factor}
}

// dispatch lets through whoever may go now. The caller holds the lock.
func (g *Gate) dispatch() {
	for len(g.queue) > 0 && g.delay(g.queue[0].priority, g.now()) == 0 {
		w, _ := heap.Pop(&g.queue).(*waiter)
		g.grant()
		close(w.ready)
	}
}

// arm sets the timer to when the first in the queue may go. The caller holds the lock.
func (g *Gate) arm() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	if len(g.queue) == 0 {
		return
	}
	g.timer = time.AfterFunc(g.delay(g.queue[0].priority, g.now()), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.dispatch()
		g.arm()
	})
}

// grant notes a call. The caller holds the lock.
func (g *Gate) grant() {
	now := g.now()
	old := 0
	for old < len(g.granted) && now.Sub(g.granted[old]) >= time.Minute {
		old++
	}
	g.granted = append(g.granted[old:], now)
}

// delay is how long a priority must wait for room in both windows. The caller holds the lock.
func (g *Gate) delay(p Priority, now time.Time) time.Duration {
	for g.factor < 1 && !now.Before(g.recoverAt) {
		g.factor = min(1, g.factor+recoverBy)
		g.recoverAt = g.recoverAt.Add(recoverEvery)
	}
	wait := max(0, g.blocked.Sub(now))
	if p >= P2 {
		wait = max(wait, g.background.Sub(now))
	}
	for _, w := range g.windows {
		room := max(1, int(float64(w.limit)*g.factor))
		if p > P0 {
			room = max(room-w.keep, 0)
		}
		if room == 0 {
			wait = max(wait, w.length)
			continue
		}
		if used := len(g.granted); used >= room {
			// The room-th latest call must leave the window.
			wait = max(wait, g.granted[used-room].Add(w.length).Sub(now))
		}
	}
	return wait
}

func (g *Gate) used(length time.Duration, now time.Time) int {
	n := 0
	for _, t := range g.granted {
		if now.Sub(t) < length {
			n++
		}
	}
	return n
}

// waiter is a call in the queue.
type waiter struct {
	priority Priority
	order    uint64
	index    int
	ready    chan struct{}
}

// queue is a heap: by priority, then by arrival.
type queue []*waiter

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].priority != q[j].priority {
		return q[i].priority < q[j].priority
	}
	return q[i].order < q[j].order
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	w, _ := x.(*waiter)
	w.index = len(*q)
	*q = append(*q, w)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	old := *q
	w := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return w
}

// anyBefore says whether somebody waits who goes before a newcomer of a priority.
func (q queue) anyBefore(p Priority) bool { return len(q) > 0 && q[0].priority <= p }
