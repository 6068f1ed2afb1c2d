package server

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// proxies are the machines in front of us whose word about the client is taken.
type proxies []netip.Prefix

// newProxies reads addresses and ranges; the configuration has checked them.
func newProxies(list []string) proxies {
	var out proxies
	for _, entry := range list {
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			out = append(out, prefix.Masked())
		} else if addr, err := netip.ParseAddr(entry); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return out
}

func (p proxies) include(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// client is who sends a request: the peer, or, when the peer is a listed proxy, the right-most hop
// of X-Forwarded-For that is none. What stands left of it anybody may have written.
func (p proxies) client(peer netip.Addr, forwarded string) netip.Addr {
	client := peer.Unmap()
	hops := strings.Split(forwarded, ",")
	for i := len(hops) - 1; i >= 0 && p.include(client); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap().WithZone("")
	}
	return client
}

// client is the address of whoever sends a request.
func (s *Server) client(c *fiber.Ctx) netip.Addr {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return netip.IPv6Unspecified()
	}
	return s.proxies.client(peer, strings.Join(c.GetReqHeaders()[fiber.HeaderXForwardedFor], ","))
}

// unlisted says that an address is the machine's own: there stands a proxy that nobody has listed, or the
// operator. Limits that would take all its customers for one leave it alone.
func unlisted(addr netip.Addr) bool { return addr.IsLoopback() }

// neighbours is the network that one customer is likely to have whole: limits count by it.
func neighbours(addr netip.Addr) string {
	bits := 64
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return addr.String()
	}
	return prefix.String()
}
