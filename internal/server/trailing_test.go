package server

import (
	"strings"
	"testing"
)

func TestStreetGlue(t *testing.T) {
	t.Run("E7 what trails a link", func(t *testing.T) {
		const visit = "/r/1/501/1000001/0123456789abcdef0123456789abcdef"
		for path, want := range map[string]string{
			visit + ".": visit, visit + ")": visit, visit + ",": visit, visit + "»": visit, visit + "%C2%BB": visit, visit + "%22": visit,
			visit + ").": visit, visit + "%E2%80%9D": visit, visit + "%E2%80%8B": visit, visit + "&gt;": visit, visit + "%20": visit, visit + "…": visit,
			visit + "/visit.ics.": visit + "/visit.ics", visit + "/cancel)": visit + "/cancel", "/b/1.": "/b/1", "/b/1/service,": "/b/1/service",
			"/me/1!": "/me/1", visit + "/).": visit + "/", "/b/1/success-order/5/abc»": "/b/1/success-order/5/abc",
		} {
			if got, changed := withoutTrailing(path, ""); got != want || !changed {
				t.Errorf("withoutTrailing(%q) = %q, %v, want %q", path, got, changed, want)
			}
		}
		for _, path := range []string{visit, visit + "/visit.ics", "/b/1", "/b/1/service", "/b/1/company/501/personal/menu", "/b/%zz.", visit + "x"} {
			if got, changed := withoutTrailing(path, ""); changed {
				t.Errorf("withoutTrailing(%q) = %q", path, got)
			}
		}
		for query, want := range map[string]string{
			"lang=ru.": "lang=ru", "lang=ru%C2%BB": "lang=ru", "services=1,2&lang=ru).": "services=1,2&lang=ru", "lang=ru&gt;": "lang=ru", "attempt=0a)": "attempt=0a",
			"slot=2026-10-14T10:00:00%2B03:00.": "slot=2026-10-14T10%3A00%3A00%2B03%3A00",
		} {
			if got, changed := withoutTrailing(visit, query); got != visit+"?"+want || !changed {
				t.Errorf("withoutTrailing(?%s) = %q, %v, want ?%s", query, got, changed, want)
			}
		}
		for _, query := range []string{"lang=ru", "q=фен.", "utm_campaign=Sale!", "q=%zz.", "lang", "slot=2026-10-14T10:00:00%2B03:00", "a=1&amp", "o=m-1s5"} {
			if got, changed := withoutTrailing(visit, query); changed {
				t.Errorf("withoutTrailing(?%s) = %q", query, got)
			}
		}
	})
}

// FuzzWithoutTrailing: the address has no trailing characters any more, and stays on this site.
func FuzzWithoutTrailing(f *testing.F) {
	f.Add("/r/1/2/3/abc.", "lang=ru)")
	f.Add("/b/1/%2e%2e//evil.example.", "a=&gt;&gt;")
	f.Fuzz(func(t *testing.T, path, query string) {
		if len(path) == 0 || path[0] != '/' {
			return
		}
		address, changed := withoutTrailing(path, query)
		if !changed {
			return
		}
		next, more, _ := strings.Cut(address, "?")
		if again, still := withoutTrailing(next, more); still && more == "" {
			t.Fatalf("withoutTrailing(%q, %q) = %q, and that has some still: %q", path, query, address, again)
		}
		if address == "" || address[0] != '/' {
			t.Fatalf("withoutTrailing(%q, %q) = %q", path, query, address)
		}
	})
}
