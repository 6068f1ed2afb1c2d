package upstream

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/clock"
)

// silent never answers. It notes how long each call was let wait.
type silent struct {
	mu    sync.Mutex
	waits []time.Duration
}

func (s *silent) RoundTrip(r *http.Request) (*http.Response, error) {
	passed := clock.Stopwatch()
	<-r.Context().Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits = append(s.waits, passed())
	return nil, r.Context().Err()
}

// TestR13EveryCallEndsInTime asks an upstream that takes calls and answers none, by virtual time.
func TestR13EveryCallEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := &silent{}
		c, err := New(Options{BaseURL: "http://api.example", PartnerToken: partner, Transport: wire})
		if err != nil {
			t.Fatal(err)
		}
		for name, ask := range map[string]func() error{
			"read":  func() error { _, err := c.Bookform(context.Background(), 1); return err },
			"check": func() error { return c.Check(context.Background(), 1, nil) },
			"book":  func() error { _, err := c.Book(context.Background(), 1, BookRequest{}); return err },
		} {
			if err := ask(); KindOf(err) != KindTimeout {
				t.Errorf("%s: %v, want a timeout", name, err)
			}
		}
		for i, waited := range wire.waits {
			if waited > 6*time.Second {
				t.Errorf("call %d waited %v, want at most 6 s", i, waited)
			}
		}
		if n := len(wire.waits); n < 3 {
			t.Errorf("calls = %d, want three at least", n)
		}
	})
	c, err := New(Options{BaseURL: "http://api.example", PartnerToken: partner})
	if err != nil {
		t.Fatal(err)
	}
	wire, ok := c.http.Transport.(*http.Transport)
	if !ok || wire.ResponseHeaderTimeout <= 0 || wire.ResponseHeaderTimeout > 4*time.Second || wire.TLSHandshakeTimeout <= 0 || wire.TLSHandshakeTimeout > time.Second {
		t.Errorf("the transport is %+v, want 1 s for TLS and 4 s for the first byte", c.http.Transport)
	}
}

// TestR13RedirectsAreNotFollowed: a token goes nowhere that the configuration does not name.
func TestR13RedirectsAreNotFollowed(t *testing.T) {
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		strayed.Add(1)
		_, _ = io.WriteString(w, `[]`)
	}))
	defer elsewhere.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/", status)
		})
		if _, err := c.Staff(context.Background(), 1, StaffParams{}); err == nil {
			t.Errorf("%d: a redirect is an answer", status)
		}
		if _, err := c.Book(context.Background(), 1, BookRequest{}); err == nil {
			t.Errorf("%d: a redirect is a booking", status)
		}
	}
	if n := strayed.Load(); n != 0 {
		t.Errorf("%d calls went where a redirect led", n)
	}
}

// wavering answers as it is told to, and may hold a call until it is let go.
type wavering struct {
	calls  atomic.Int32
	broken atomic.Bool
	hold   chan struct{} // nil = no call is held
}

func (w *wavering) RoundTrip(r *http.Request) (*http.Response, error) {
	w.calls.Add(1)
	status := http.StatusOK
	if w.broken.Load() {
		status = http.StatusBadGateway
	}
	if w.hold != nil {
		<-w.hold
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{"success":true,"data":null,"meta":[]}`)), Request: r}, nil
}

// TestR15ABreakerLetsOneCallTry: half of twenty calls in half a minute open the breaker. Ten seconds later one call tries
// whether the upstream is back, and what comes beside it is not sent.
func TestR15ABreakerLetsOneCallTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := &wavering{}
		c, err := New(Options{BaseURL: "http://api.example", PartnerToken: partner, Transport: wire})
		if err != nil {
			t.Fatal(err)
		}
		check := func() error { return c.Check(context.Background(), 1, nil) }
		for i := range 20 { // nine of twenty fail
			wire.broken.Store(i < 9)
			_ = check()
		}
		if got := c.Breakers().Write; got != "closed" || wire.calls.Load() != 20 {
			t.Fatalf("with 9 failures of 20 calls the breaker is %s after %d calls", got, wire.calls.Load())
		}
		time.Sleep(time.Minute) // what was is forgotten
		for i := range 20 {     // ten of twenty
			wire.broken.Store(i >= 10)
			_ = check()
		}
		if got := c.Breakers().Write; got != "open" {
			t.Fatalf("with 10 failures of 20 calls the breaker is %s", got)
		}
		before := wire.calls.Load()
		passed := clock.Stopwatch()
		for range 100 {
			if err := check(); KindOf(err) != KindUnavailable {
				t.Fatalf("behind an open breaker: %v", err)
			}
		}
		if n := wire.calls.Load() - before; n != 0 || passed() != 0 {
			t.Errorf("behind an open breaker %d calls were sent in %v", n, passed())
		}
		try := func(broken bool) {
			t.Helper()
			before := wire.calls.Load()
			wire.broken.Store(broken)
			wire.hold = make(chan struct{})
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() { _ = check() })
			}
			synctest.Wait()
			if n := wire.calls.Load() - before; n != 1 {
				t.Errorf("%d calls try whether the upstream is back, want 1", n)
			}
			close(wire.hold)
			wg.Wait()
			wire.hold = nil
		}
		time.Sleep(10*time.Second + time.Millisecond)
		try(true)
		if got := c.Breakers().Write; got != "open" {
			t.Errorf("after a call that tried in vain the breaker is %s", got)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		try(false)
		if got := c.Breakers().Write; got != "closed" || check() != nil {
			t.Errorf("with the upstream back the breaker is %s", got)
		}
	})
}
