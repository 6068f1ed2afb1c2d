package app

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"okoshko/internal/clock"
	"okoshko/internal/testclock"
)

// fetch is a GET with headers; the body is unpacked.
func (r *rig) fetch(ref string, header map[string]string) (status int, got http.Header, body string) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.absolute(nil, ref), http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	var in io.Reader = bytes.NewReader(raw)
	switch resp.Header.Get("Content-Encoding") {
	case "br":
		in = brotli.NewReader(in)
	case "gzip":
		if in, err = gzip.NewReader(in); err != nil {
			r.t.Fatal(err)
		}
	}
	if raw, err = io.ReadAll(in); err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(raw)
}

// kept counts the requests that were answered with a kept page.
func (r *rig) kept() int { return strings.Count(r.log.String(), "kept=true") }

// keptIn is kept as soon as it is so many: a request is logged after it is answered.
func (r *rig) keptIn(n int) int {
	for passed := clock.Stopwatch(); r.kept() < n && passed() < patience; {
		<-time.After(10 * time.Millisecond)
	}
	return r.kept()
}

func TestKeptPagesAreTheSamePages(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, testclock.Standing().Now) // what may still be kept grows less by the second
	datetime := r.to(r.get("/b/1"), "datetime").url
	for _, ref := range []string{"/b/1/service?lang=ru", "/b/3/city?lang=lv", datetime.String()} {
		// An answer that the first drawing did not wait for may have come since, and then the page is drawn once more.
		wrong := r.keptDiffers(ref)
		for again := 0; len(wrong) > 0 && again < 2; again++ {
			wrong = r.keptDiffers(ref)
		}
		for _, what := range wrong {
			t.Errorf("%s: %s", ref, what)
		}
	}
}

// keptDiffers says how the kept copies of a page, one in each encoding, differ from the page that was drawn.
func (r *rig) keptDiffers(ref string) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	_, first, drawn := r.fetch(ref, nil)
	before := r.kept()
	for _, encoding := range []string{"identity", "br", "gzip"} {
		status, header, body := r.fetch(ref, map[string]string{"Accept-Encoding": encoding})
		if status != http.StatusOK || body != drawn {
			say("as %s: status %d, a page of %d bytes, want the %d that were drawn", encoding, status, len(body), len(drawn))
		}
		for _, name := range []string{"ETag", "Cache-Control", "Content-Type", "Content-Security-Policy", "Vary", "Referrer-Policy", "Permissions-Policy", "X-Content-Type-Options"} {
			if got, want := header.Values(name), first.Values(name); strings.Join(got, "|") != strings.Join(want, "|") {
				say("as %s: %s = %q, want %q", encoding, name, got, want)
			}
		}
		if id := header.Get("X-Request-Id"); id == "" || id == first.Get("X-Request-Id") {
			say("X-Request-Id = %q, want one of its own", id)
		}
	}
	if status, _, body := r.fetch(ref, map[string]string{"If-None-Match": first.Get("ETag")}); status != http.StatusNotModified || body != "" {
		say("with its tag = %d, want 304", status)
	}
	if got := r.keptIn(before+4) - before; got != 4 {
		say("%d of 4 answers were kept pages", got)
	}
	return wrong
}

var lifetimes = regexp.MustCompile(`(?:s-maxage|stale-while-revalidate)=(\d+)`)

// TestR17CopiesOfPagesEndWithTheirTimes: what others keep counts too, so a copy's whole life ends 45 s after the
// question for the times on it.
func TestR17CopiesOfPagesEndWithTheirTimes(t *testing.T) {
	t.Parallel()
	c := testclock.RunningFrom(testclock.BetweenSlots())
	r := newRigAt(t, c.Now)
	life := func(ref string) (seconds int) {
		t.Helper()
		_, header, body := r.fetch(ref, nil)
		if strings.Contains(ref, "city?") == strings.Contains(body, "data-slot=") {
			t.Errorf("%s has other choices on it than expected", ref)
		}
		for _, part := range lifetimes.FindAllStringSubmatch(header.Get("Cache-Control"), -1) {
			n, err := strconv.Atoi(part[1])
			if err != nil {
				t.Fatal(err)
			}
			seconds += n
		}
		return seconds
	}
	city := r.get("/b/3/city?lang=en").url.String()
	master := r.to(r.get("/b/1?lang=en"), "master").url.String()
	datetime := r.to(r.get("/b/1?lang=en"), "datetime").url.String()
	for _, ref := range []string{master, datetime} {
		if got := life(ref); got < 30 || got > 45 {
			t.Errorf("%s: copies live for %d s, want 45 at most", ref, got)
		}
	}
	if got := life(city); got != 60 {
		t.Errorf("a page without times: copies live for %d s, want 60", got)
	}
	const later = 12
	c.Add(later * time.Second) // still fresh, so that nothing is asked for again
	kept := r.kept()
	if got := life(datetime); got > 45-later || got < 45-later-5 {
		t.Errorf("%d s later copies live for %d s, want %d", later, got, 45-later)
	}
	if r.keptIn(kept+1) != kept+1 {
		t.Error("the page was drawn anew")
	}
}

func TestKeptPagesEndWithTheirAnswers(t *testing.T) {
	t.Parallel()
	c := testclock.Running()
	r := newRigAt(t, c.Now)
	p := r.to(r.get("/b/1"), "datetime")
	ref := p.url.String()
	taken := p.Find("main a[data-slot]").First().AttrOr("data-slot", "")
	_, _, before := r.fetch(ref, nil)
	r.to(p, "done")
	if _, _, body := r.fetch(ref, nil); !strings.Contains(before, taken) || strings.Contains(body, taken) {
		t.Errorf("after the booking of %s the page still offers it", taken)
	}
	// The upstream falls silent: a page with times may live as long as the times, and no longer.
	r.fetch(ref, nil)
	r.fault(`{"path":"","status":503}`)
	c.Add(44 * time.Second)
	if status, _, _ := r.fetch(ref, nil); status != http.StatusOK && status != http.StatusBadGateway {
		t.Errorf("44 s later = %d", status)
	}
	c.Add(2 * time.Second)
	if _, _, body := r.fetch(ref, nil); strings.Contains(body, "data-slot=") {
		t.Error("46 s later the page still shows times")
	}
}

func TestPagesThatDependOnTheVisitorAreNotKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 3 {
		for _, ref := range []string{"/b/1/service?services=x", "/b/1/service?lang=ru&notice=link", "/b/424242/service"} {
			r.fetch(ref, nil)
		}
	}
	if n := r.kept(); n != 0 {
		t.Errorf("%d answers were kept pages, want none", n)
	}
	if status, _, _ := r.fetch("/b/1/service?lang=ru", map[string]string{"Content-Encoding": "gzip"}); status != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed request = %d, want 415", status)
	}
	r.fetch("/b/1/service?lang=ru", nil)
	if status, _, _ := r.fetch("/b/1/service?lang=ru", map[string]string{"Content-Encoding": "gzip"}); status != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed request for a kept page = %d, want 415", status)
	}
}
