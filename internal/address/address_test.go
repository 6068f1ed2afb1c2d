package address

import (
	"fmt"
	"net/netip"
	"testing"

	"okoshko/internal/testclock"
)

// TestS17ClientAddress: the client is the right-most hop that is no listed proxy, and behind one that is not listed, or
// does not say for whom it asks, anybody may be.
func TestS17ClientAddress(t *testing.T) {
	trusted := ParseProxies([]string{"10.0.0.7", "10.1.0.0/16", "fd00::/8"})
	for _, tt := range []struct {
		name, peer, forwarded string
		other                 bool
		want                  string
		shared                bool
		proxy                 string
	}{
		{"no proxy", "203.0.113.9", "", false, "203.0.113.9", false, ""},
		{"a header from a stranger", "203.0.113.9", "198.51.100.1", false, "203.0.113.9", false, "203.0.113.9"},
		{"another header from a stranger", "203.0.113.9", "", true, "203.0.113.9", false, "203.0.113.9"},
		{"a listed proxy", "10.0.0.7", "203.0.113.9", false, "203.0.113.9", false, ""},
		{"a listed proxy that says it twice", "10.0.0.7", "203.0.113.9", true, "203.0.113.9", false, ""},
		{"a spoofed hop left of the real one", "10.0.0.7", "1.2.3.4, 203.0.113.9", false, "203.0.113.9", false, "203.0.113.9"},
		{"a chain of proxies", "10.0.0.7", "1.2.3.4, 203.0.113.9, 10.1.2.3", false, "203.0.113.9", false, "203.0.113.9"},
		{"a hop with a port", "10.0.0.7", "203.0.113.9:4711", false, "203.0.113.9", false, ""},
		{"an IPv6 hop with a port", "10.0.0.7", "[2001:db8::1]:4711", false, "2001:db8::1", false, ""},
		{"a proxy that says nothing", "10.0.0.7", "", false, "10.0.0.7", true, "10.0.0.7"},
		{"garbage", "10.0.0.7", "203.0.113.9, unknown", false, "10.0.0.7", true, "10.0.0.7"},
		{"a neighbour of a listed proxy", "10.0.0.8", "203.0.113.9", false, "10.0.0.8", true, "10.0.0.8"},
		{"an unlisted proxy of a network of its own", "172.17.0.1", "", true, "172.17.0.1", true, "172.17.0.1"},
		{"an unlisted proxy inside a listed one", "10.0.0.7", "203.0.113.9, 192.168.1.1", false, "192.168.1.1", true, "192.168.1.1"},
		{"a customer of the house's own network", "192.168.1.5", "", false, "192.168.1.5", false, ""},
		{"this machine", "127.0.0.1", "", false, "127.0.0.1", true, ""},
		{"this machine's proxy", "127.0.0.1", "203.0.113.9", false, "127.0.0.1", true, "127.0.0.1"},
		{"a cloud's own network", "100.64.3.4", "203.0.113.9", false, "100.64.3.4", true, "100.64.3.4"},
		{"IPv6 proxy", "fd00::1", "2001:db8:1:2:3::4", false, "2001:db8:1:2:3::4", false, ""},
		{"IPv4 inside IPv6", "::ffff:10.0.0.7", "::ffff:203.0.113.9", false, "203.0.113.9", false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := trusted.Sender(netip.MustParseAddr(tt.peer), tt.forwarded, tt.other)
			proxy := ""
			if got.Proxy.IsValid() {
				proxy = got.Proxy.String()
			}
			if got.Addr.String() != tt.want || got.Shared != tt.shared || proxy != tt.proxy {
				t.Errorf("sender = %s, shared %v, proxy %q, want %s, %v, %q", got.Addr, got.Shared, proxy, tt.want, tt.shared, tt.proxy)
			}
			if (len(got.Rings()) == 0) != tt.shared {
				t.Errorf("rings = %v", got.Rings())
			}
		})
	}
}

func TestRings(t *testing.T) {
	for addr, want := range map[string]string{
		"203.0.113.9":          "[{203.0.113.9/32 1} {203.0.113.0/24 4}]",
		"2001:db8:1:2:3:4:5:6": "[{2001:db8:1:2::/64 1} {2001:db8:1::/56 2} {2001:db8:1::/48 4}]",
	} {
		if got := fmt.Sprint(Sender{Addr: netip.MustParseAddr(addr)}.Rings()); got != want {
			t.Errorf("rings of %s = %s, want %s", addr, got, want)
		}
	}
}

// TestAProxyIsToldOfOnce: at once where it stands in a network of ours, and on the net when it names many.
func TestAProxyIsToldOfOnce(t *testing.T) {
	w := NewWatch(testclock.Standing().Now)
	told := map[string]int{}
	see := func(proxy, names string, shared bool) {
		if w.Note(Sender{Proxy: netip.MustParseAddr(proxy), For: names, Shared: shared}) {
			told[proxy]++
		}
	}
	for i := range 100 {
		see("10.0.0.8", "203.0.113.9", true)
		see("198.51.100.1", fmt.Sprint("203.0.113.", i), false)
		see("198.51.100.2", "192.168.0.5", false) // a customer whose browser says where it stands at home
	}
	if w.Note(Sender{}) {
		t.Error("nobody's proxy is told of")
	}
	if fmt.Sprint(told) != "map[10.0.0.8:1 198.51.100.1:1]" {
		t.Errorf("told = %v", told)
	}
	for i := range 1000 {
		see(fmt.Sprintf("198.18.%d.%d", i/256, i%256), "x", false)
	}
	list := w.List()
	if len(w.seen) > maxUnlisted || len(list) != 2 || list[0].Times != 100 || !list[0].Shared || list[1].Shared {
		t.Errorf("%d are remembered, listed are %v", len(w.seen), list)
	}
}

// FuzzClient: whatever the header says, the client is the peer, or an address that a listed proxy wrote.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.9", "1.2.3.4, 203.0.113.9", "203.0.113.9, 10.0.0.7", "::1%eth0", "[::1]:80", "203.0.113.9:80", ",,,", "unknown", "\x00", "10.0.0.7,10.0.0.7"} {
		f.Add(seed)
	}
	trusted := ParseProxies([]string{"10.0.0.0/8"})
	proxy, stranger := netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("203.0.113.9")
	f.Fuzz(func(t *testing.T, forwarded string) {
		if got := trusted.Sender(stranger, forwarded, false); got.Addr != stranger || got.Shared {
			t.Fatalf("a stranger's header makes the client %+v", got)
		}
		got := trusted.Sender(proxy, forwarded, false)
		if !got.Addr.IsValid() || got.Addr.Zone() != "" {
			t.Fatalf("client(%q) = %+v", forwarded, got)
		}
		// What a client puts to the left of the proxy's own entry changes nothing.
		if with := trusted.Sender(proxy, "198.51.100.1,"+forwarded, false); !trusted.include(got.Addr) && with.Addr != got.Addr {
			t.Fatalf("client(%q) = %v, with a spoofed hop %v", forwarded, got.Addr, with.Addr)
		}
		if !got.Shared && len(got.Rings()) < 2 {
			t.Fatalf("nobody counts %+v", got)
		}
	})
}
