package address

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// maxUnlisted bounds the proxies that are remembered: whoever asks may look like one.
	maxUnlisted = 50
	// manyNames is how many different senders a machine on the net must name before it is taken for a proxy: a customer's
	// own browser may name one or two.
	manyNames = 20
)

// Unlisted is a machine that hands requests on, which trusted_proxies does not list, or whose requests do not say whom
// they are from.
type Unlisted struct {
	Proxy       netip.Addr
	Listed      bool // it is listed, and does not say whom its requests are from
	Shared      bool // what it hands on is under no limit of addresses
	Times       int
	First, Last time.Time

	names map[string]bool // up to manyNames
}

// Watch remembers such machines, and says once of each that it is there. It is safe for concurrent use.
type Watch struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[netip.Addr]*Unlisted
}

// NewWatch makes a Watch that has seen nothing.
func NewWatch(now func() time.Time) *Watch { return &Watch{now: now, seen: map[netip.Addr]*Unlisted{}} }

// Note takes a request into account, and says whether its proxy is to be told of now.
func (w *Watch) Note(s Sender) (tell bool) {
	if !s.Proxy.IsValid() {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.seen[s.Proxy]
	if u == nil {
		if len(w.seen) >= maxUnlisted {
			w.makeRoom()
		}
		u = &Unlisted{Proxy: s.Proxy, Listed: s.Listed, Shared: s.Shared, First: w.now(), names: map[string]bool{}}
		w.seen[s.Proxy] = u
	}
	told := u.proven()
	u.Times++
	u.Last = w.now()
	if len(u.names) < manyNames {
		const longest = 45 // characters of an address
		u.names[s.For[:min(len(s.For), longest)]] = true
	}
	return !told && u.proven()
}

// proven says whether a machine is a proxy: on the net anybody may write that a request was handed on.
func (u *Unlisted) proven() bool { return u.Times > 0 && (u.Shared || len(u.names) >= manyNames) }

// makeRoom forgets the machine that has been quiet for longest. The caller holds the lock.
func (w *Watch) makeRoom() {
	var quiet *Unlisted
	for _, u := range w.seen {
		if quiet == nil || u.proven() == quiet.proven() && u.Last.Before(quiet.Last) || quiet.proven() && !u.proven() {
			quiet = u
		}
	}
	delete(w.seen, quiet.Proxy)
}

// List is every proxy that is remembered, the busiest first.
func (w *Watch) List() []Unlisted {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Unlisted
	for _, u := range w.seen {
		if u.proven() {
			one := *u
			one.names = nil
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b Unlisted) int {
		if a.Times != b.Times {
			return b.Times - a.Times
		}
		return a.Proxy.Compare(b.Proxy)
	})
	return out
}
