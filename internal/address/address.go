// Package address says who sends a request, as far as addresses tell: through which proxies it came, and which networks
// it comes from. It is pure.
package address

import (
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the machines in front of the widget whose word about the sender is taken.
type Proxies []netip.Prefix

// ParseProxies reads addresses and ranges; the configuration has checked them.
func ParseProxies(list []string) Proxies {
	var out Proxies
	for _, entry := range list {
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			out = append(out, prefix.Masked())
		} else if addr, err := netip.ParseAddr(entry); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return out
}

func (p Proxies) include(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// Sender is who sends a request.
type Sender struct {
	Addr netip.Addr
	// Shared says that Addr is a proxy's, behind which anybody may be: no limit may take all of them for one.
	Shared bool
	// Proxy is a machine that hands requests on and is not listed, or is listed and does not say for whom. The zero Addr
	// when there is none.
	Proxy  netip.Addr
	Listed bool // Proxy is listed
	// For is what Proxy says whom a request is from; nobody has checked it.
	For string
}

// Sender finds who sends a request: the peer, or, when the peer is a listed proxy, the right-most hop of X-Forwarded-For
// that is none. What stands left of it anybody may have written. Forwards says whether any other header says that a
// request was handed on.
func (p Proxies) Sender(peer netip.Addr, forwardedFor string, forwards bool) Sender {
	s := Sender{Addr: peer.Unmap().WithZone("")}
	hops := strings.Split(forwardedFor, ",")
	if strings.TrimSpace(forwardedFor) == "" {
		hops = nil
	}
	listed := p.include(s.Addr)
	for ; listed && len(hops) > 0; listed = p.include(s.Addr) {
		last := len(hops) - 1
		hop, ok := parseHop(hops[last])
		if !ok {
			break
		}
		s.Addr, hops, forwards = hop, hops[:last], false
	}
	forwards = forwards || len(hops) > 0
	switch {
	case listed, s.Addr.IsLoopback():
		s.Shared = true
	case forwards && local(s.Addr):
		s.Shared = true
	}
	if forwards || listed {
		s.Proxy, s.Listed = s.Addr, listed
		if len(hops) > 0 {
			s.For = strings.TrimSpace(hops[len(hops)-1])
		}
	}
	return s
}

// parseHop reads one hop. Some proxies write the port too.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	hop, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		hop = withPort.Addr()
	}
	return hop.Unmap().WithZone(""), true
}

// carriers is the range that providers and clouds use inside their own networks (RFC 6598).
var carriers = netip.MustParsePrefix("100.64.0.0/10")

// local says whether an address is of no customer on the net: of this machine or of a network of its own.
func local(addr netip.Addr) bool {
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || carriers.Contains(addr)
}

// Ring is one of the networks around an address.
type Ring struct {
	Network netip.Prefix
	Factor  int // how many times as much as the innermost one it may do
}

// rings are the lengths of the networks that limits count by. One customer has a whole IPv6 /64, often a /56, and may
// have a /48; an IPv4 /24 is a provider's, behind which many are.
var rings = map[bool][]struct{ bits, factor int }{
	true:  {{32, 1}, {24, 4}},
	false: {{64, 1}, {56, 2}, {48, 4}},
}

// Rings are the networks around the sender, the innermost first; none when anybody may be behind the address.
func (s Sender) Rings() []Ring {
	if s.Shared || !s.Addr.IsValid() {
		return nil
	}
	var out []Ring
	for _, r := range rings[s.Addr.Is4()] {
		if network, err := s.Addr.Prefix(r.bits); err == nil {
			out = append(out, Ring{network, r.factor})
		}
	}
	return out
}
