// Package servertest is a small harness for tests of pages: a server over a sandbox that is spoken to by HTTP, a store
// in memory and a handed clock, and a visitor who follows links and sends forms. It takes milliseconds, so every test
// has one of its own. The tests of the whole program, with its configuration and its files, are in internal/app.
package servertest

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/metrics"
	"okoshko/internal/quota"
	"okoshko/internal/sandbox"
	"okoshko/internal/server"
	"okoshko/internal/session"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/locales"
	"okoshko/web/static"
)

// Site is a server on a sandbox of its own, with a visitor.
type Site struct {
	Visitor
	Widget *server.Server
	Clock  *testclock.Clock
	Scarce atomic.Bool // whether calls are scarce
}

// uncompressed asks for pages as they are: packing and unpacking them would take a tenth of a test's time.
var uncompressed = &http.Transport{DisableCompression: true}

// New starts a site on the demo salons, by a clock that goes on from where those of all tests begin. The options of its server may
// be changed.
func New(t *testing.T, change ...func(*server.Options)) *Site {
	t.Helper()
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now, HookDelay: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box.Handler())
	Cleanup(t, api.Close)
	box.SetURL(api.URL)
	site := &Site{
		Visitor: Visitor{T: t, API: api.URL, Box: box, HTTP: &http.Client{Transport: uncompressed}, Now: clock.Now},
		Clock:   clock,
	}
	site.Widget = assemble(t, api.URL, clock, site.Scarce.Load, change)
	site.URL = site.serve(t, site.Widget)
	return site
}

// serve answers on a port of its own until the test ends.
func (s *Site) serve(t *testing.T, widget *server.Server) (url string) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- widget.App().Listener(ln) }()
	Cleanup(t, func() {
		s.HTTP.CloseIdleConnections()
		_ = widget.App().ShutdownWithTimeout(time.Second)
		widget.Close()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

// assemble makes the server with all that stands behind it.
func assemble(t *testing.T, api string, clock *testclock.Clock, scarce func() bool, change []func(*server.Options)) *server.Server {
	t.Helper()
	client, err := upstream.New(upstream.Options{BaseURL: api, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	Cleanup(t, client.Close)
	day := catalog.Ages{Fresh: time.Minute, Soft: 5 * time.Minute, Hard: time.Hour}
	slots := catalog.Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second}
	read, err := catalog.New(catalog.Options{
		Client: client, BaseURL: api, Now: clock.Now, MaxEntries: 1000, Bookforms: day, Entries: day, Dates: day, Slots: slots, Hooks: true, Scarce: scarce,
		Patience: time.Minute, // a slow machine leaves nothing out of a page
	})
	if err != nil {
		t.Fatal(err)
	}
	Cleanup(t, read.Close)
	kept, counts := store.NewMemory(clock.Now), metrics.New("test")
	quotas, log := quota.New(kept, clock.Now), slog.New(slog.DiscardHandler)
	keys := [][]byte{bytes.Repeat([]byte{1}, 64)}
	sessions, err := session.New(session.Options{Backend: kept, Keys: keys, Lifetime: time.Hour, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	signedIn, err := session.New(session.Options{Backend: kept, Keys: keys, Lifetime: time.Hour, Cookie: session.AccountCookie, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	options := server.Options{
		Catalog: read, Desk: booking.New(booking.Options{Client: client, Store: kept, Quotas: quotas, Now: clock.Now, Log: log, Watch: counts, ConsentKept: time.Hour}),
		Sessions: sessions, SignedIn: signedIn, Accounts: account.New(client), Quotas: quotas, Texts: present{texts}, Assets: assets, Log: log, Now: clock.Now,
		Frames: frames.Rules{All: []string{"*"}}, Strangers: frames.NewStrangers(clock.Now), PictureHosts: csp.SourcesOf(api),
		RequestTimeout: 8 * time.Second, ReadTimeout: 5 * time.Second, Watch: counts,
	}
	for _, f := range change {
		f(&options)
	}
	return server.New(options)
}

// present are the texts of our own files alone.
type present struct{ *i18n.Bundle }

func (p present) Present(lang string) *i18n.Localizer { return p.Localizer(lang) }
