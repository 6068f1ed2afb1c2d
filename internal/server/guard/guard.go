// Package guard counts who asks for what, and holds back whoever asks for more than one visitor can want: by address and
// network, by phone, by link, by form. It also makes and reads the signed tokens of forms.
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

// Options are what a Guard is made of.
type Options struct {
	Desk           *booking.Desk
	Sessions       *session.Store // of forms that are being filled in
	Quotas         *quota.Quotas
	Limits         Limits
	PublicURL      string                    // origin of the widget; "" = as the request says
	Operator       string                    // the value of OperatorHeader; "" = no request is the operator's
	TrustedProxies []string                  // addresses and ranges whose X-Forwarded-For is believed
	Proxies        *address.Watch            // told of proxies that are not among them
	Room           func(store.Visitor) error // whether a visitor may write anything more; nil: always
	Watch          response.Watch
	Log            *slog.Logger
	Now            func() time.Time
}

// Guard counts requests.
type Guard struct {
	Options
	proxies          address.Proxies
	drawn, submitted *flood // requests for pages, and forms that were sent
	told             Lately // limits that the log has told of
}

// New makes a Guard that has counted nothing.
func New(o Options) *Guard {
	return &Guard{Options: o, proxies: address.ParseProxies(o.TrustedProxies), drawn: newFlood(drawnPerAddress), submitted: newFlood(submittedPerAddress)}
}
