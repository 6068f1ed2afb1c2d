// Package visits has the pages of one visit: for whoever holds its link, and for its customer who has signed in. They show,
// cancel and move it, and give it to calendars.
package visits

import (
	"log/slog"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/times"
	"okoshko/internal/session"
)

// Handlers answer requests for the pages of one visit.
type Handlers struct {
	Pages     *page.Builder
	Times     *times.Times
	Customers *customers.Sessions
	Guard     *guard.Guard
	Catalog   *catalog.Catalog
	Desk      *booking.Desk
	SignedIn  *session.Store // of customers who have signed in
	Log       *slog.Logger
	Now       func() time.Time
}
