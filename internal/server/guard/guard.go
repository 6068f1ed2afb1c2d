// Package guard limits what one sender may cause: pages that are drawn, calls to the booking API, tries of links, bookings.
// It counts by address and network, by phone and by link. It also makes and reads the signed tokens of forms.
package guard

import (
	"log/slog"
	"time"

	"okoshko/internal/address"
	"okoshko/internal/booking"
	"okoshko/internal/quota"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/store"
)

// Options configure a Guard.
type Options struct {
	Desk           *booking.Desk
	Sessions       *session.Store // of forms that are being filled in
	Quotas         *quota.Quotas
	Limits         Limits
	PublicURL      string                    // origin of the widget; "" = as the request says
	Operator       string                    // the value of OperatorHeader; "" = no request is the operator's
	TrustedProxies []string                  // addresses and ranges whose X-Forwarded-For is believed
	Proxies        *address.Watch            // counts proxies that TrustedProxies does not list
	Room           func(store.Visitor) error // store.ErrFull when a visitor may store nothing more; nil: there is always room
	Ahead          *Ahead                    // nil: nothing is asked ahead
	Plenty         func() bool               // whether calls are plenty; nil: always
	Scarce         func() bool               // whether calls are scarce
	AgentsCalls    int                       // calls a minute that all assistants together may cause
	Watch          response.Watch
	Log            *slog.Logger
	Now            func() time.Time
}

// Guard counts requests and refuses those above the limits.
type Guard struct {
	Options
	proxies          address.Proxies
	drawn, submitted *flood // requests for pages, and forms that were sent
	fetched          *flood // pages that were fetched ahead and caused calls
	asked            *flood // requests of assistants
	told             Lately // limits that were logged a moment ago
}

// New returns a Guard that has counted nothing.
func New(o Options) *Guard {
	return &Guard{
		Options: o, proxies: address.ParseProxies(o.TrustedProxies), drawn: newFlood(drawnPerAddress), submitted: newFlood(submittedPerAddress), fetched: newFlood(fetchedPerAddress),
		asked: newFlood(drawnPerAddress),
	}
}
