package app

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/clock"
	"okoshko/internal/redistest"
)

// twins are two processes behind one address: a rig and a second program on the same sandbox and the
// same store.
func twins(t *testing.T, environ ...string) (r, other *rig) {
	t.Helper()
	server := redistest.Start(t)
	environ = append(environ, "OKOSHKO_STORE_URL="+server.URL, "OKOSHKO_UPSTREAM_PROCESSES=2")
	r = newRig(t, environ...)
	second := newRig(t, append(environ, "OKOSHKO_UPSTREAM_BASE_URL="+r.api)...)
	second.box, second.api = r.box, r.api
	return r, second
}

// at is a page of one process as if it had come from another.
func (r *rig) at(p page) page {
	u := *p.url
	u.Host = strings.TrimPrefix(r.app.URL, "http://")
	p.url = &u
	return p
}

func TestProcessesShareSessionsCodesAndAttempts(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	p := a.to(a.get("/b/2"), "contact") // asks for a code
	p = b.send(b.at(p), anna)
	if p.Find("main [name=code]").Length() != 1 {
		t.Fatalf("step %q, want the form for the code\n%s", p.step(), p.Find("main").Text())
	}
	if !strings.Contains(p.Find("main").Text(), anna["fullname"]) {
		t.Fatalf("step %q, want what was typed at the other process\n%s", p.step(), p.Find("main").Text())
	}
	code := map[string]string{"code": a.code()}
	var wg sync.WaitGroup
	ends := make([]string, 10)
	for i := range ends {
		r := []*rig{a, b}[i%2]
		wg.Go(func() { ends[i] = r.send(r.at(p), code).url.RequestURI() })
	}
	wg.Wait()
	for _, end := range ends {
		if end != ends[0] || !strings.Contains(end, "/done?attempt=") {
			t.Errorf("one press leads to %s, another to %s", ends[0], end)
		}
	}
	if n := len(a.online()); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
	if n := a.calls("POST", "/book_code"); n != 1 {
		t.Errorf("%d codes were sent, want 1", n)
	}
}

// TestProcessesShareAnswers opens at one process the pages that another one has drawn, and books there the time that both show.
func TestProcessesShareAnswers(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	p := a.to(a.get("/b/1?lang=en"), "datetime")
	made := a.made()
	if q := b.to(b.get("/b/1?lang=en"), "datetime"); q.url.RequestURI() != p.url.RequestURI() {
		t.Fatalf("the other process leads to %s, want %s", q.url.RequestURI(), p.url.RequestURI())
	}
	b.app.settle()
	for _, c := range a.made()[len(made):] {
		if c.Method == "GET" {
			t.Errorf("the other process has asked for %s, which the first one knows", c.Path)
		}
	}
	if p.Find("main a[data-slot]").Length() == 0 {
		t.Fatal("the page has no time")
	}
	if done := b.to(b.get("/b/1?lang=en"), "done"); done.step() != "done" || len(a.online()) != 1 {
		t.Fatalf("step %q with %d records, want a booking", done.step(), len(a.online()))
	}
	sold := a.latest().Start
	shows := func(p page) bool {
		return p.Find("main a[data-slot]").FilterFunction(func(_ int, slot *goquery.Selection) bool {
			at, err := time.Parse(time.RFC3339, slot.AttrOr("data-slot", ""))
			return err == nil && at.Equal(sold)
		}).Length() > 0
	}
	if !shows(p) {
		t.Fatal("the time that was booked was not on the page before")
	}
	for passed := clock.Stopwatch(); shows(a.get(p.url.RequestURI())); {
		if passed() > 20*time.Second { // after 45 the time would leave the page by itself
			t.Fatal("the process that did not book goes on showing the time")
		}
	}
}
