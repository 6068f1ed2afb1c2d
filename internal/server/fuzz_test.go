package server

import (
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
