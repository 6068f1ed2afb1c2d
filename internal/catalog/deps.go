package catalog

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Deps are what a page depends on: the cached answers that it is made of, and the time until which the clock leaves
// their meaning unchanged. While the deps of a page are valid, the page would be drawn exactly as it was. The methods
// of a nil *Deps that add something do nothing, so that code which answers a question need not know whether anybody collects.
type Deps struct {
	mu         sync.Mutex
	replaced   []*atomic.Bool // one for each answer, set when another answer takes its place
	drawn      time.Time
	freshUntil time.Time
	validUntil time.Time
	shownUntil time.Time     // afterwards an answer would be older than it may ever be shown
	copied     time.Duration // how long a copy may be shown of which no hook tells; 0 = until shownUntil
	incomplete bool          // an answer was missing, or older than it should be
	lowerBound bool          // the slots are free for sure, and there may be more
}

type depsKey struct{}

// turn is how often the clock may change a page by itself. In every time zone days begin at a quarter of an hour of UTC,
// and at the beginning of a day the words "today" and "tomorrow" change their meaning.
const turn = 15 * time.Minute

// CollectDeps makes a context that collects: the answers to all questions that are asked under it are added to the deps.
func (c *Catalog) CollectDeps(ctx context.Context) (context.Context, *Deps) {
	now := c.now()
	end := now.Truncate(turn).Add(turn)
	d := &Deps{drawn: now, freshUntil: end, validUntil: end, shownUntil: end, replaced: make([]*atomic.Bool, 0, 8)}
	return context.WithValue(ctx, depsKey{}, d), d
}

func depsOf(ctx context.Context) *Deps {
	d, _ := ctx.Value(depsKey{}).(*Deps)
	return d
}

// add adds an answer.
func (d *Deps) add(e entry, now time.Time) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.replaced, e.replaced) {
		return
	}
	d.replaced = append(d.replaced, e.replaced)
	d.freshUntil = earlier(d.freshUntil, e.loaded.Add(e.ages.Fresh))
	soft := e.loaded.Add(e.ages.Soft)
	d.validUntil = earlier(d.validUntil, soft)
	d.shownUntil = earlier(d.shownUntil, e.loaded.Add(e.ages.Hard))
	d.copied = shorter(d.copied, e.ages.without)
	d.incomplete = d.incomplete || now.After(soft)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// shorter is the shorter of two times, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// until says that the clock changes the page at a time.
func (d *Deps) until(at time.Time) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.validUntil, d.shownUntil = earlier(d.validUntil, at), earlier(d.shownUntil, at)
}

// markIncomplete says that an answer was missing.
func (d *Deps) markIncomplete() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.incomplete = true
}

// merge adds all that other deps hold. Nothing may be added to those any more.
func (d *Deps) merge(other *Deps) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, replaced := range other.replaced {
		if !slices.Contains(d.replaced, replaced) {
			d.replaced = append(d.replaced, replaced)
		}
	}
	d.freshUntil, d.validUntil = earlier(d.freshUntil, other.freshUntil), earlier(d.validUntil, other.validUntil)
	d.shownUntil, d.copied = earlier(d.shownUntil, other.shownUntil), shorter(d.copied, other.copied)
	d.incomplete, d.lowerBound = d.incomplete || other.incomplete, d.lowerBound || other.lowerBound
}

// markLowerBound says that only some slots are known.
func (d *Deps) markLowerBound() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lowerBound = true
}

// LowerBound says whether there may be more slots than the page shows.
func (d *Deps) LowerBound() bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lowerBound
}

// Complete says whether no answer was missing, so that the page is worth keeping.
func (d *Deps) Complete() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.incomplete
}

// MaxAge is how long after a moment a copy of the page may be shown by a proxy or a browser. Like Valid it is for the
// deps of a page that has been drawn: nothing is added to them any more. A hook drops no copy, so a copy is good for as long as
// without hooks.
func (d *Deps) MaxAge(now time.Time) time.Duration {
	left := max(0, d.shownUntil.Sub(now))
	if d.copied != 0 {
		left = min(left, d.copied)
	}
	return left
}

// recheck is how long a page may be sent without a look at whether its answers should be asked for again. Drawing the
// page takes that look. So a page of answers that are no longer fresh is drawn once a second, however many visitors open it.
const recheck = time.Second

// Valid says whether the page would be drawn the same now. It asks the upstream nothing. It is called for every request,
// so it does not search the cache either: the cache sets a flag in an answer that it replaces.
func (d *Deps) Valid(now time.Time) bool {
	if now.Before(d.drawn) || !now.Before(d.validUntil) || now.After(d.freshUntil) && now.Sub(d.drawn) >= recheck {
		return false
	}
	for _, replaced := range d.replaced {
		if replaced.Load() {
			return false
		}
	}
	return true
}

// DepsUnder returns the deps that a context collects, nil where it collects none.
func DepsUnder(ctx context.Context) *Deps { return depsOf(ctx) }
