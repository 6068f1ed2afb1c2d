package app

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/testclock"
)

// catalogCalls are the paths of the calls since a moment that the catalogue has made.
func (r *rig) catalogCalls(since int) (out []string) {
	for _, c := range r.made()[since:] {
		if c.Method == "GET" {
			out = append(out, c.Path)
		}
	}
	return out
}

// TestARestartIsWarm ends the program and starts it again on the same file: the pages that it had drawn cost no call. What is too old
// is asked for, and a time that was booked just before the end is not shown.
func TestARestartIsWarm(t *testing.T) {
	t.Parallel()
	clock := testclock.StandingAt(testclock.BetweenSlots())
	file := "OKOSHKO_STORE_PATH=" + filepath.Join(t.TempDir(), "warm.db")
	r := newRigAt(t, clock.Now, file)
	var pages []string
	p := r.get("/b/1?lang=en")
	for pages = append(pages, p.url.RequestURI()); p.step() != "datetime"; pages = append(pages, p.url.RequestURI()) {
		p = r.onward(p)
	}
	again := func() *rig {
		t.Helper()
		if err := r.app.Close(); err != nil {
			t.Fatal(err)
		}
		next := newRigAt(t, clock.Now, file, "OKOSHKO_UPSTREAM_BASE_URL="+r.api)
		next.box, next.api = r.box, r.api
		return next
	}
	next := again()
	clock.Add(5 * time.Second)
	before := next.asked()
	for _, page := range pages {
		if q := next.get(page); q.status != 200 || q.url.RequestURI() != page {
			t.Errorf("%s leads to %s with %d", page, q.url.RequestURI(), q.status)
		}
	}
	if calls := next.catalogCalls(before); len(calls) != 0 {
		t.Errorf("after a restart the same pages cost %q", calls)
	}
	// The booking takes the first time of the page, and the program ends at once.
	shown := func(r *rig) (out []string) {
		r.get(pages[len(pages)-1]).Find("main a[data-slot]").Each(func(_ int, s *goquery.Selection) { out = append(out, s.AttrOr("data-slot", "")) })
		return out
	}
	r = next
	first := shown(r)[0]
	r.to(r.get(pages[len(pages)-1]), "done")
	if n := len(r.online()); n != 1 {
		t.Fatalf("%d records, want a booking", n)
	}
	next = again()
	booked := r.latest()
	if start, err := time.Parse(time.RFC3339, first); err != nil || !start.Equal(booked.Start) {
		t.Fatalf("booked %v, want the first time %s", booked.Start, first)
	}
	if slots := shown(next); slices.Contains(slots, first) && !next.box.Free(booked.Company, 0, booked.Services, booked.Start) {
		t.Errorf("after a restart %v are shown, among them the time that was booked before it", slots)
	}
	clock.Add(time.Hour)
	before = next.asked()
	next.get(pages[len(pages)-1])
	if len(next.catalogCalls(before)) == 0 {
		t.Error("after an hour the times cost no call")
	}
}
