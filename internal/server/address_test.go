package server

import (
	"net/netip"
	"testing"
)

// TestS17ClientAddress: the client is the right-most hop that is no listed proxy.
func TestS17ClientAddress(t *testing.T) {
	trusted := newProxies([]string{"10.0.0.7", "10.1.0.0/16", "fd00::/8"})
	for _, tt := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "203.0.113.9", "", "203.0.113.9"},
		{"a header from a stranger", "203.0.113.9", "198.51.100.1", "203.0.113.9"},
		{"a listed proxy", "10.0.0.7", "203.0.113.9", "203.0.113.9"},
		{"a spoofed hop left of the real one", "10.0.0.7", "1.2.3.4, 203.0.113.9", "203.0.113.9"},
		{"a chain of proxies", "10.0.0.7", "1.2.3.4, 203.0.113.9, 10.1.2.3", "203.0.113.9"},
		{"a proxy that says nothing", "10.0.0.7", "", "10.0.0.7"},
		{"garbage", "10.0.0.7", "203.0.113.9, unknown", "10.0.0.7"},
		{"a neighbour of a listed proxy", "10.0.0.8", "203.0.113.9", "10.0.0.8"},
		{"IPv6 proxy", "fd00::1", "2001:db8:1:2:3::4", "2001:db8:1:2:3::4"},
		{"IPv4 inside IPv6", "::ffff:10.0.0.7", "::ffff:203.0.113.9", "203.0.113.9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := trusted.client(netip.MustParseAddr(tt.peer), tt.forwarded); got.String() != tt.want {
				t.Errorf("client = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNeighbours(t *testing.T) {
	for addr, want := range map[string]string{
		"203.0.113.9":          "203.0.113.0/24",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
	} {
		if got := neighbours(netip.MustParseAddr(addr)); got != want {
			t.Errorf("neighbours(%s) = %s, want %s", addr, got, want)
		}
	}
}
