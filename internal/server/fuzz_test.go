package server

import (
	"net/netip"
	"strings"
	"testing"
)

// FuzzPhone: a number is refused, or becomes digits that mean the same when they are read again and
// that its masked form does not tell.
func FuzzPhone(f *testing.F) {
	for _, seed := range []string{"+7 916 123-45-67", "89161234567", "+371 20000001", "٠٩١٦", "tel:+1;ext=5", "+", "0049 30 123456", "\u200b+7916\u20601234567", "1-800-FLOWERS"} {
		f.Add(seed, "RU")
		f.Add(seed, "DE")
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		normal, ok := normalPhone(raw, region)
		if !ok {
			return
		}
		if len(normal) < 5 || len(normal) > 17 || strings.Trim(normal, "0123456789") != "" {
			t.Fatalf("normalPhone(%q, %q) = %q", raw, region, normal)
		}
		if again, ok := normalPhone("+"+normal, region); !ok || again != normal {
			t.Fatalf("%q reads as %q, %v", normal, again, ok)
		}
		masked := maskedPhone(normal)
		digits := 0
		for _, r := range masked {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if digits > len(normal)/2+2 {
			t.Fatalf("%q masked is %q", normal, masked)
		}
	})
}

// FuzzClient: whatever the header says, the client is the peer, or an address that a listed proxy wrote.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.9", "1.2.3.4, 203.0.113.9", "203.0.113.9, 10.0.0.7", "::1%eth0", "[::1]:80", "203.0.113.9:80", ",,,", "unknown", "\x00", "10.0.0.7,10.0.0.7"} {
		f.Add(seed)
	}
	trusted := newProxies([]string{"10.0.0.0/8"})
	proxy, stranger := netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("203.0.113.9")
	f.Fuzz(func(t *testing.T, forwarded string) {
		if got := trusted.client(stranger, forwarded); got != stranger {
			t.Fatalf("a stranger's header makes the client %s", got)
		}
		got := trusted.client(proxy, forwarded)
		if !got.IsValid() || got.Zone() != "" {
			t.Fatalf("client(%q) = %v", forwarded, got)
		}
		// What a client puts to the left of the proxy's own entry changes nothing.
		if with := trusted.client(proxy, "198.51.100.1,"+forwarded); !trusted.include(got) && with != got {
			t.Fatalf("client(%q) = %v, with a spoofed hop %v", forwarded, got, with)
		}
		if key := neighbours(got); key == "" || household(got) == "" {
			t.Fatalf("nobody counts %v", got)
		}
	})
}
