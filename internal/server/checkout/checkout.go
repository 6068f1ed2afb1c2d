// Package checkout has the pages from the contact step to the end of a booking: contact, code, confirm and done. It also
// decides which page answers a refusal.
package checkout

import (
	"log/slog"
	"maps"
	"sync"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/session"
	"okoshko/internal/waiting"
)

// Options configure Handlers.
type Options struct {
	Pages     *page.Builder
	Times     *times.Times
	Codes     *codes.Service
	Customers *customers.Sessions
	Guard     *guard.Guard
	Catalog   *catalog.Catalog
	Desk      *booking.Desk
	Sessions  *session.Store // of forms that are being filled in
	SignedIn  *session.Store // of customers who have signed in
	Wishes    *waiting.Desk  // nil: no wishes are taken
	Watch     response.Watch
	Log       *slog.Logger
	Now       func() time.Time
}

// Handlers answer the requests of customers who have chosen an appointment and book it.
type Handlers struct {
	Options
	invalidated guard.Lately // days whose cached answers a refusal has invalidated a moment ago
	justBooked  justBooked
}

// justBooked holds the attempts that were booked a moment ago and whose page nobody has opened yet. It is of this process: a page that
// another one draws reads the visit. Its zero value is empty.
type justBooked struct {
	mu sync.Mutex
	at map[string]time.Time
}

const (
	// bookedNow is how long after a booking its page need not read what was booked.
	bookedNow = 10 * time.Second
	// mostBooked bounds the attempts that wait for their page.
	mostBooked = 1000
)

// note notes that an attempt has booked.
func (b *justBooked) note(id string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at == nil {
		b.at = map[string]time.Time{}
	}
	if len(b.at) >= mostBooked {
		maps.DeleteFunc(b.at, func(_ string, at time.Time) bool { return now.Sub(at) >= bookedNow })
	}
	if len(b.at) < mostBooked {
		b.at[id] = now
	}
}

// take says whether an attempt was booked a moment ago and its page is opened for the first time.
func (b *justBooked) take(id string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, ok := b.at[id]
	delete(b.at, id)
	return ok && now.Sub(at) < bookedNow
}

// New returns Handlers.
func New(o Options) *Handlers { return &Handlers{Options: o} }
