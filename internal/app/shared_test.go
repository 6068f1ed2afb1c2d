package app

import (
	"strings"
	"sync"
	"testing"

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
