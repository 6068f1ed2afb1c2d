// Package checkout has the pages from the contact step to the end of a booking: contact, code, confirm and done. It also
// decides which page answers a refusal.
package checkout

import (
	"log/slog"
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
	Watch     response.Watch
	Log       *slog.Logger
	Now       func() time.Time
}

// Handlers answer the requests of customers who have chosen an appointment and book it.
type Handlers struct {
	Options
	invalidated guard.Lately // days whose cached answers a refusal has invalidated a moment ago
}

// New returns Handlers.
func New(o Options) *Handlers { return &Handlers{Options: o} }
