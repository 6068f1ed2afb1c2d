// Package checkout has the pages from the contact step to the end of a booking: contact, code, confirm and done, and what
// answers a refusal.
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

// Options are what Handlers are made of.
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

// Handlers answer requests of customers who have chosen and are about to book.
type Handlers struct {
	Options
	forgotten guard.Lately // the days of salons that a refusal has shown to be outdated
}

// New makes Handlers.
func New(o Options) *Handlers { return &Handlers{Options: o} }
