package catalog

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Trail is what a page was made of: which answers of the cache, and until when the clock lets them
// mean the same. A page whose trail still holds would be drawn as it was. A nil Trail notes nothing.
type Trail struct {
	mu      sync.Mutex
	gone    []*atomic.Bool // of each answer
	drawn   time.Time
	fresh   time.Time // until
	end     time.Time
	last    time.Time // until when anybody may show it: no answer is older then than it may ever be
	spoiled bool      // an answer was missing, or older than it should be
	part    bool      // there may be more times than were told
}

type trailKey struct{}

// turn is how often the clock may change a page by itself: days begin at a quarter of an hour of
// UTC in every zone there is, and with a day "today" and "tomorrow" become others.
const turn = 15 * time.Minute

// Trace begins a trail: what is asked under the context is noted.
func (c *Catalog) Trace(ctx context.Context) (context.Context, *Trail) {
	now := c.now()
	end := now.Truncate(turn).Add(turn)
	t := &Trail{drawn: now, fresh: end, end: end, last: end, gone: make([]*atomic.Bool, 0, 8)}
	return context.WithValue(ctx, trailKey{}, t), t
}

func trailOf(ctx context.Context) *Trail {
	t, _ := ctx.Value(trailKey{}).(*Trail)
	return t
}

// note adds an answer.
func (t *Trail) note(e entry, now time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.Contains(t.gone, e.gone) {
		return
	}
	t.gone = append(t.gone, e.gone)
	t.fresh = earlier(t.fresh, e.loaded.Add(e.ages.Fresh))
	soft := e.loaded.Add(e.ages.Soft)
	t.end = earlier(t.end, soft)
	t.last = earlier(t.last, e.loaded.Add(e.ages.Hard))
	t.spoiled = t.spoiled || now.After(soft)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// until notes that the clock changes the page at a time.
func (t *Trail) until(at time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end, t.last = earlier(t.end, at), earlier(t.last, at)
}

// spoil notes that something was missing.
func (t *Trail) spoil() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spoiled = true
}

// join adds all that another trail has noted, which nobody adds to any more.
func (t *Trail) join(other *Trail) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, gone := range other.gone {
		if !slices.Contains(t.gone, gone) {
			t.gone = append(t.gone, gone)
		}
	}
	t.fresh, t.end = earlier(t.fresh, other.fresh), earlier(t.end, other.end)
	t.last = earlier(t.last, other.last)
	t.spoiled, t.part = t.spoiled || other.spoiled, t.part || other.part
}

// inPart notes that some times only are known.
func (t *Trail) inPart() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = true
}

// InPart says whether there may be more times than were told.
func (t *Trail) InPart() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.part
}

// Whole says whether a page with this trail is worth keeping.
func (t *Trail) Whole() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.spoiled
}

// Left is how long after a moment a page with this trail may be shown by whoever keeps a copy of it. Like Holds
// it is for a page that is drawn, whose trail nobody adds to.
func (t *Trail) Left(now time.Time) time.Duration {
	return max(0, t.last.Sub(now))
}

// recheck is how long a page may be sent without a look at whether its answers should be asked for
// again. Drawing it does that, so a page of answers that are no longer fresh is drawn once a second,
// however many people open it.
const recheck = time.Second

// Holds says whether a page with this trail would be drawn the same now. It asks nobody, and it is
// asked so often that the answers of the cache themselves say when they are replaced.
func (t *Trail) Holds(now time.Time) bool {
	if now.Before(t.drawn) || !now.Before(t.end) || now.After(t.fresh) && now.Sub(t.drawn) >= recheck {
		return false
	}
	for _, gone := range t.gone {
		if gone.Load() {
			return false
		}
	}
	return true
}
