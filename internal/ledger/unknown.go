package ledger

import (
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// maxUnknowns bounds the unknown entries that a ledger remembers. An operator no longer looks at more than these one
	// by one.
	maxUnknowns = 200
	// unknownFor is how long an unknown entry is shown to an operator.
	unknownFor = 72 * time.Hour
)

// unknowns are the entries that this process has read or written last as unknown.
type unknowns[T any] struct {
	mu   sync.Mutex
	byID map[string]T
}

// observe takes note of an entry as it is now.
func (l *Ledger[T, P]) observe(x T) {
	e, u := P(&x).entry(), &l.seen
	u.mu.Lock()
	defer u.mu.Unlock()
	if e.State != StateUnknown {
		delete(u.byID, e.ID)
		return
	}
	if _, known := u.byID[e.ID]; known || len(u.byID) < maxUnknowns {
		u.byID[e.ID] = x
	}
}

// Unknown are the entries that this process has last seen unknown, those sent last first. An entry is left out three
// days after it was sent.
func (l *Ledger[T, P]) Unknown() []T {
	u, now := &l.seen, l.now()
	sent := func(x T) time.Time { return P(&x).entry().Sent }
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.DeleteFunc(u.byID, func(_ string, x T) bool { return now.Sub(sent(x)) > unknownFor })
	return slices.SortedFunc(maps.Values(u.byID), func(a, b T) int { return sent(b).Compare(sent(a)) })
}
