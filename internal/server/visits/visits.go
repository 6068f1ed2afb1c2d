// Package visits has the pages of one visit. They show, cancel and move the visit, and send it to calendars. A visit is opened
// by its link, or by its customer, who has signed in.
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
	"okoshko/internal/server/wishes"
	"okoshko/internal/session"
	"okoshko/internal/waiting"
)

// Handlers answer requests for the pages of one visit.
type Handlers struct {
	Pages     *page.Builder
	WishForms *wishes.Handlers
	Times     *times.Times
	Customers *customers.Sessions
	Guard     *guard.Guard
	Catalog   *catalog.Catalog
	Desk      *booking.Desk
	Wishes    *waiting.Desk  // nil: no wishes are taken
	SignedIn  *session.Store // of customers who have signed in
	Log       *slog.Logger
	Now       func() time.Time
}
