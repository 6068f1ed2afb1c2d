package catalog

import (
	"context"
	"sync"
	"time"
)

// Trail is what a page was made of: which answers of the cache, and until when the clock lets them
// mean the same. A page whose trail still holds would be drawn as it was. A nil Trail notes nothing.
type Trail struct {
	mu      sync.Mutex
	parts   []part
	drawn   time.Time
	end     time.Time
	spoiled bool // an answer was missing, or older than it should be
	part    bool // there may be more times than were told
}

// part is one answer.
type part struct {
	key   string
	id    uint64
	fresh time.Time // until
	soft  time.Time // until
}

type trailKey struct{}

// turn is how often the clock may change a page by itself: days begin at a quarter of an hour of
// UTC in every zone there is, and with a day "today" and "tomorrow" become others.
const turn = 15 * time.Minute

// Trace begins a trail: what is asked under the context is noted.
func (c *Catalog) Trace(ctx context.Context) (context.Context, *Trail) {
	now := c.now()
	t := &Trail{drawn: now, end: now.Truncate(turn).Add(turn), parts: make([]part, 0, 8)}
	return context.WithValue(ctx, trailKey{}, t), t
}

func trailOf(ctx context.Context) *Trail {
	t, _ := ctx.Value(trailKey{}).(*Trail)
	return t
}

// note adds an answer.
func (t *Trail) note(key string, e entry, now time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	soft := e.loaded.Add(e.ages.Soft)
	for i := range t.parts {
		if t.parts[i].key == key && t.parts[i].id == e.id {
			return
		}
	}
	t.parts = append(t.parts, part{key: key, id: e.id, fresh: e.loaded.Add(e.ages.Fresh), soft: soft})
	t.spoiled = t.spoiled || now.After(soft)
}

// until notes that the clock changes the page at a time.
func (t *Trail) until(at time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Before(t.end) {
		t.end = at
	}
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

// recheck is how long a page may be sent without a look at whether its answers should be asked for
// again. Drawing it does that, so a page of answers that are no longer fresh is drawn once a second,
// however many people open it.
const recheck = time.Second

// Holds says whether a page with this trail would be drawn the same now. It asks nobody.
func (c *Catalog) Holds(t *Trail) bool {
	now := c.now()
	if now.Before(t.drawn) || !now.Before(t.end) {
		return false
	}
	young := now.Sub(t.drawn) < recheck
	for i := range t.parts {
		p := &t.parts[i]
		if now.After(p.soft) || now.After(p.fresh) && !young {
			return false
		}
		if e, ok := c.cache.entries.GetIfPresent(p.key); !ok || e.id != p.id {
			return false
		}
	}
	return true
}
