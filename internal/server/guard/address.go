package guard

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/address"
	"okoshko/internal/quota"
	"okoshko/internal/upstream/budget"
)

// localSender is where a request keeps who sends it.
type localSender struct{}

// sender is who sends a request, and through which proxies it came.
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

// rings are the networks around whoever sends a request, none where that is a proxy which nobody has listed.
func (s *Guard) rings(c *fiber.Ctx) []quota.Ring {
	rings := s.sender(c).Rings()
	out := make([]quota.Ring, len(rings))
	for i, r := range rings {
		out[i] = quota.Ring{Network: r.Network.String(), Factor: r.Factor}
	}
	return out
}

// Around limits something for each of the networks around whoever sends a request, the wider ones to more of it. Where
// anybody may be behind the address there is no such limit: those of phones, forms and salons hold all the same.
func (s *Guard) Around(c *fiber.Ctx, name, of string, most int, window time.Duration) []quota.Limit {
	return quota.Around(s.rings(c), name, of, most, window)
}

// Within limits something to as much for each of the networks around whoever sends a request: what is about one phone or
// one visit does not become more in a wider network.
func (s *Guard) Within(c *fiber.Ctx, name, of string, most int, window time.Duration) []quota.Limit {
	rings := s.rings(c)
	for i := range rings {
		rings[i].Factor = 1
	}
	return quota.Around(rings, name, of, most, window)
}

// payer is on whose behalf a request's calls are made.
func (s *Guard) payer(c *fiber.Ctx) budget.Payer {
	var out budget.Payer
	for _, ring := range s.rings(c) {
		out = append(out, ring.Network)
	}
	return out
}

// meet takes note of whoever sends a request, and tells once of a proxy that nobody has listed.
func (s *Guard) meet(c *fiber.Ctx) {
	from := s.sender(c)
	if s.Proxies.Note(from) {
		s.Log.Warn("a proxy that [server] trusted_proxies does not list, or that does not say whom it asks for",
			"proxy", from.Proxy, "address_limits", !from.Shared)
	}
}
