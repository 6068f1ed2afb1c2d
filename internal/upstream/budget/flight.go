package budget

import (
	"context"
	"slices"
	"sync"
	"time"
)

// flight is a call between its turn and the moment when it leaves. The upstream counts a call when it arrives. A call that
// is delayed, by a busy processor or a new connection, must not arrive together with the calls after it.
type flight struct {
	at     time.Time // of its turn
	looked bool      // below P0
}

// longestFlight is how long a call may take to leave. Afterwards its caller is taken to have given it up.
const longestFlight = 2 * time.Second

// Departure tells a gate when the call that had its turn under a context leaves.
type Departure struct {
	mu   sync.Mutex
	left func()
}

type departureKey struct{}

// WithDeparture makes a context for one call, and a Departure by which the caller says that it leaves. A call under another
// context counts from its turn on.
func WithDeparture(ctx context.Context) (context.Context, *Departure) {
	d := new(Departure)
	return context.WithValue(ctx, departureKey{}, d), d
}

func departureOf(ctx context.Context) *Departure {
	d, _ := ctx.Value(departureKey{}).(*Departure)
	return d
}

// Now says that the call leaves. Only the first time counts.
func (d *Departure) Now() {
	d.mu.Lock()
	left := d.left
	d.left = nil
	d.mu.Unlock()
	if left != nil {
		left()
	}
}

// board notes that a call has its turn and has not left. The caller holds the gate's lock.
func (g *Gate) board(d *Departure, p Priority, now time.Time) {
	if d == nil {
		return
	}
	f := &flight{now, p > P0}
	g.flights = append(g.flights, f)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = func() { g.depart(f) }
}

// depart counts a call from now on.
func (g *Gate) depart(f *flight) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	i := slices.Index(g.flights, f)
	if i < 0 || !now.After(f.at) {
		g.flights = slices.DeleteFunc(g.flights, func(x *flight) bool { return x == f })
		return
	}
	g.flights = slices.Delete(g.flights, i, i+1)
	g.granted = g.granted.move(f.at, now)
	if f.looked {
		g.looked = g.looked.move(f.at, now)
	}
	g.arm()
}

// move lets a call count from a later moment.
func (c calls) move(from, to time.Time) calls {
	i := slices.IndexFunc(c, from.Equal)
	if i < 0 {
		return c
	}
	return append(slices.Delete(c, i, i+1), to)
}

// late counts the calls that have not left, and had their turn so long ago that a window does not hold them. The caller
// holds the lock.
func (g *Gate) late(length time.Duration, onlyLooked bool, now time.Time) int {
	g.flights = slices.DeleteFunc(g.flights, func(f *flight) bool { return now.Sub(f.at) >= longestFlight })
	n := 0
	for _, f := range g.flights {
		if now.Sub(f.at) >= length && (f.looked || !onlyLooked) {
			n++
		}
	}
	return n
}
