package guard

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/address"
	"okoshko/internal/quota"
	"okoshko/internal/session"
	"okoshko/internal/store"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
)

// localSender is the key in a request's locals for its sender.
type localSender struct{}

// sender returns the sender of a request: its address, as far as trusted proxies name it.
func (s *Guard) sender(c *fiber.Ctx) address.Sender {
	if known, ok := c.Locals(localSender{}).(address.Sender); ok {
		return known
	}
	sender := address.Sender{Addr: netip.IPv6Unspecified(), Shared: true}
	if peer, ok := netip.AddrFromSlice(c.Context().RemoteIP()); ok {
		headers := c.GetReqHeaders()
		forwards := len(headers["Forwarded"]) > 0 || len(headers["X-Real-Ip"]) > 0
		sender = s.proxies.Sender(peer, strings.Join(headers[fiber.HeaderXForwardedFor], ","), forwards)
	}
	c.Locals(localSender{}, sender)
	return sender
}

// Rings returns the networks around the sender of a request. There are none behind a proxy that is not in TrustedProxies,
// because its address stands for many senders.
func (s *Guard) Rings(c *fiber.Ctx) []quota.Ring {
	rings := s.sender(c).Rings()
	out := make([]quota.Ring, len(rings))
	for i, r := range rings {
		out[i] = quota.Ring{Network: r.Network.String(), Factor: r.Factor}
	}
	return out
}

// Around returns a limit for each network around the sender of a request; a wider network may have more. Where Rings finds
// no network there is no such limit, and the limits of phones, forms and salons hold alone.
func (s *Guard) Around(c *fiber.Ctx, name, of string, most int, window time.Duration) []quota.Limit {
	return quota.Around(s.Rings(c), name, of, most, window)
}

// Within is Around with the same maximum for every network. It is for limits that concern one phone or one visit: a wider
// network needs no more tries of it.
func (s *Guard) Within(c *fiber.Ctx, name, of string, most int, window time.Duration) []quota.Limit {
	rings := s.Rings(c)
	for i := range rings {
		rings[i].Factor = 1
	}
	return quota.Around(rings, name, of, most, window)
}

// payer returns whom the budget counts a request's calls for.
func (s *Guard) payer(c *fiber.Ctx) budget.Payer {
	var out budget.Payer
	for _, ring := range s.Rings(c) {
		out = append(out, ring.Network)
	}
	return out
}

// meet notes the sender of a request, and logs once that a proxy is not in TrustedProxies.
func (s *Guard) meet(c *fiber.Ctx) {
	from := s.sender(c)
	if s.Proxies.Note(from) {
		s.Log.Warn("a proxy that [server] trusted_proxies does not list, or that does not say whom it asks for",
			"proxy", from.Proxy, "address_limits", !from.Shared)
	}
}

// Visitor is a middleware that counts what a request stores for the visitor's address. A form of a visitor without room in the
// store is refused, because nothing that it causes could be counted. Browse pages need no room, MayLook decides for links
// of visits, and the owner of a wish may always end it.
func (s *Guard) Visitor(c *fiber.Ctx) error {
	c.SetUserContext(store.Of(c.UserContext(), s.visitorOf(c)))
	if c.Method() != fiber.MethodPost || IsRecordPage(c) || urls.IsWish(c.Path()) || c.Cookies(session.AccountCookie) != "" || !s.noRoom(c) {
		return c.Next()
	}
	return store.ErrFull
}

// visitorOf returns the sender of a request as the store counts visitors: by the innermost and by the widest of the networks
// around the address. All senders behind a proxy that is not in TrustedProxies are one visitor.
func (s *Guard) visitorOf(c *fiber.Ctx) store.Visitor {
	rings := s.sender(c).Rings()
	if len(rings) == 0 {
		return store.Visitor{}
	}
	return store.Visitor{Address: rings[0].Network.String(), Network: rings[len(rings)-1].Network.String()}
}

// noRoom says whether the visitor may store nothing more.
func (s *Guard) noRoom(c *fiber.Ctx) bool {
	return s.Room != nil && errors.Is(s.Room(s.visitorOf(c)), store.ErrFull)
}
