// Package account has the pages of a customer's account at a bookform: signing in and out, the list of visits, the profile and
// the password.
package account

import (
	"log/slog"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/quota"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
)

// Handlers answer requests for the pages of the account.
type Handlers struct {
	Pages     *page.Builder
	Codes     *codes.Service
	Customers *customers.Sessions
	Guard     *guard.Guard
	Catalog   *catalog.Catalog
	Desk      *booking.Desk
	Accounts  *account.Accounts
	Quotas    *quota.Quotas
	Sessions  *session.Store // of forms that are being filled in
	SignedIn  *session.Store // of customers who have signed in
	Watch     response.Watch
	Log       *slog.Logger
	Now       func() time.Time
}
