package browse_test

import (
	"strings"
	"testing"

	"okoshko/internal/servertest"
)

// TestWindowsOnAWebsite: a website lists the next times and nothing else of the page, and each opens the booking beside it.
func TestWindowsOnAWebsite(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	whole := site.Get("/b/18/windows?lang=en")
	p := site.Get("/b/18?mode=windows&lang=en")
	if p.Step() != "windows" || p.URL.Query().Get("mode") != "windows" {
		t.Fatalf("the list is at %s", p.URL)
	}
	if n := p.Find("header, footer, .languages, main [data-filter], .back").Length(); n != 0 {
		t.Errorf("%d parts belong to the website", n)
	}
	days, all := p.Find("main [data-opens] [data-day]").Length(), whole.Find("main [data-day]").Length()
	if days == 0 || days > 3 || days > all {
		t.Errorf("%d days of %d", days, all)
	}
	slots := p.Find("main a[data-slot]")
	if opening := p.Find("main [data-opens] a[data-slot][target=_blank]"); slots.Length() == 0 || opening.Length() != slots.Length() {
		t.Errorf("%d of %d times open a tab", opening.Length(), slots.Length())
	}
	if slots.First().AttrOr("href", "") != whole.Find("main a[data-slot]").First().AttrOr("href", "") {
		t.Error("a time leads elsewhere than on the page")
	}
	if more := p.Find("main a[data-windows]"); more.Length() != 1 || strings.Contains(more.AttrOr("href", ""), "mode=") || site.Get(more.AttrOr("href", "")).Find("header").Length() != 1 {
		t.Errorf("all times are at %q", more.AttrOr("href", ""))
	}
	// The booking itself opens in the place that a time leads to, whatever the mode.
	if next := site.Press(p, "main a[data-slot]"); next.Step() != "service" || next.URL.Query().Get("slot") == "" {
		t.Errorf("a time leads to %s", next.URL)
	}
	// In a chain the branch is chosen within the list, and can be changed there.
	chain := site.Get("/b/3?mode=windows&lang=en")
	one := site.Press(chain, "main a[data-company]")
	if chain.Step() != "windows" || one.URL.Query().Get("mode") != "windows" || one.Find("main [data-opens] a[data-slot]").Length() == 0 {
		t.Errorf("a branch leads to %s", one.URL)
	}
	if back := site.Press(one, "main [data-filter=branch] [aria-current]"); back.URL.Query().Get("mode") != "windows" || back.Find("main a[data-company]").Length() == 0 {
		t.Errorf("back leads to %s", back.URL)
	}
	// A form that has no windows is booked in the place of the list.
	if p := site.Get("/b/13?mode=windows&lang=en"); p.Step() == "windows" || p.Step() == "error" {
		t.Errorf("a form without windows is at step %q", p.Step())
	}
}
