// Package app wires the program from a configuration. The command and the browser tests start
// the same thing.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"okoshko/internal/admin"
	"okoshko/internal/catalog"
	"okoshko/internal/clock"
	"okoshko/internal/config"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/metrics"
	"okoshko/internal/push"
	"okoshko/internal/quota"
	"okoshko/internal/sandbox"
	"okoshko/internal/server"
	"okoshko/internal/server/guard"
	"okoshko/internal/store"
	"okoshko/internal/tracing"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// App is the running widget.
type App struct {
	URL     string           // where this machine reaches it
	Admin   string           // where the operator looks; "" = nowhere
	Sandbox *sandbox.Sandbox // nil with a real upstream
	Metrics *metrics.Metrics

	server   *server.Server
	drain    time.Duration
	shutdown time.Duration
	ready    atomic.Bool
	failed   chan error             // of a listener
	closers  []func()               // in the order of opening
	reached  atomic.Pointer[string] // URL, for what runs in the background
	settle   func()                 // waits until no question is asked behind the pages
}

// Main reads the configuration, serves until ctx ends, and shuts down. It prints the addresses.
func Main(ctx context.Context, path string, environ []string, out io.Writer) error {
	cfg, err := load(path, environ)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, clockOf(cfg), environ, out)
}

// MainAt is Main by another clock than the configuration's, with the environment alone: for the processes of tests and
// benches.
func MainAt(ctx context.Context, now func() time.Time, environ []string, out io.Writer) error {
	cfg, err := config.Load(config.DefaultPath, false, environ)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, now, environ, out)
}

// serve runs the program by a clock until ctx ends.
func serve(ctx context.Context, cfg config.Config, now func() time.Time, environ []string, out io.Writer) error {
	log := newLog(cfg, os.Stderr)
	spans, err := tracing.Start(environ, Version(), log)
	if err != nil {
		log.Error("no traces", "error", err) // no reason not to take bookings
	}
	a, err := startWith(beginning{cfg: cfg, log: log, now: now, spans: spans}) //nolint:contextcheck // what it starts ends with Close, not with ctx
	if err != nil {
		return err
	}
	a.greet(out)
	select {
	case <-ctx.Done():
	case err = <-a.failed:
	}
	return errors.Join(err, a.Close())
}

// Start brings everything up and listens. Close must be called on what it returns.
func Start(cfg config.Config, log *slog.Logger) (*App, error) {
	return startWith(beginning{cfg: cfg, log: log, now: clockOf(cfg)})
}

// clockOf is the clock by which the widget and the embedded sandbox live. The calls of the upstream are counted and
// timed by the machine's all the same.
func clockOf(cfg config.Config) func() time.Time {
	if cfg.Sandbox.Now.IsZero() {
		return time.Now
	}
	return clock.From(cfg.Sandbox.Now)
}

// StartAt is Start by another clock than the configuration's. The budget of calls keeps to it too where it runs so
// many times as fast as the real one; with speed 0 the budget keeps to the machine's.
func StartAt(cfg config.Config, log *slog.Logger, now func() time.Time, speed float64) (*App, error) {
	return startWith(beginning{cfg: cfg, log: log, now: now, speed: speed})
}

// Lines are what a program listens on and calls through, in place of the machine's network.
type Lines struct {
	Widget   net.Listener
	Upstream http.RoundTripper
	Push     func(*push.Options) // changes how notifications are sent; nil: nothing is changed
}

// StartOn is StartAt with the budget at the clock's pace and without a network: in a bubble of testing/synctest all that it does
// takes virtual time. The configuration must name no listener of the operator.
func StartOn(cfg config.Config, log *slog.Logger, now func() time.Time, lines Lines) (*App, error) {
	return startWith(beginning{cfg: cfg, log: log, now: now, speed: 1, lines: lines})
}

// megabyte is the unit of [cache] megabytes.
const megabyte = 1 << 20

// answersBytes is the part of the memory for what is kept that is for answers: three quarters, in bytes. As much may the answers
// take that processes share in the store.
func answersBytes(c config.Cache) int { return c.Megabytes * megabyte / 4 * 3 }

// charged counts what the operator's page asks the booking API. When that has no call left, it is made of what is kept.
func charged(ctx context.Context) context.Context { return quota.OnAccount(ctx, guard.OperatorCalls) }

// bounds are those of what visitors write who have proven nothing. An entry of theirs has half a kilobyte, about; one
// address may have a thirty-second of the room, and a network four times as much.
func bounds(cfg config.Config, now func() time.Time) store.BoundedOptions {
	const entry, addresses, networks = 512, 32, 8
	bytes := int64(cfg.Store.Visitors) * megabyte
	one := cfg.Store.EntriesPerAddress
	o := store.BoundedOptions{Now: now, All: store.Bound{Entries: int(bytes / entry), Bytes: bytes}}
	if one > 0 {
		o.Address = store.Bound{Entries: one, Bytes: bytes / addresses}
		o.Network = store.Bound{Entries: one * addresses / networks, Bytes: bytes / networks}
	}
	return o
}

// pictureSources are the hosts of pictures as a content security policy names them.
func pictureSources(cfg config.Config) csp.Sources {
	sources := csp.Sources{csp.Source(cfg.Upstream.BaseURL)}
	for _, host := range csp.SourcesOf(cfg.Pictures.Hosts...) {
		if host == csp.Any {
			host = csp.HTTPS
		}
		sources = append(sources, host)
	}
	return sources
}

// framesOf says who may frame which form.
func framesOf(cfg config.Embed) frames.Rules {
	rules := frames.Rules{All: cfg.Hosts, Forms: map[int]frames.Hosts{}}
	for form, hosts := range cfg.Forms {
		rules.Forms[form] = hosts
	}
	return rules
}

// gauges show the operator the calls that are left, the breakers and the cache.
func (a *App) gauges(g gate, client *upstream.Client, read *catalog.Catalog, kept *store.Bounded) {
	flag := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	a.Metrics.Gauge("breaker_read_open", "1 while reads of the booking API are not tried, or one tries.", func() float64 { return flag(client.Breakers().Read != "closed") })
	a.Metrics.Gauge("breaker_write_open", "The same of bookings and changes.", func() float64 { return flag(client.Breakers().Write != "closed") })
	a.Metrics.Gauge("cache_entries", "Answers in the catalogue's cache, about.", func() float64 { return float64(read.Answers()) })
	a.Metrics.Gauge("cache_bytes", "Memory that the answers in the catalogue's cache take, about.", func() float64 { return float64(read.Weight()) })
	a.Metrics.Gauge("hooks_reliable", "Companies whose hooks this process relies on.", func() float64 { return float64(read.Reliable()) })
	a.Metrics.Gauge("visitors_entries", "Entries in the store of visitors who have proven nothing, written by this process.", func() float64 { return float64(kept.Usage().Entries) })
	a.Metrics.Gauge("visitors_bytes", "The bytes of them, about.", func() float64 { return float64(kept.Usage().Bytes) })
	a.Metrics.Gauge("token_refused", "1 while the booking API does not accept the partner token.", func() float64 { return flag(client.TokenRefused()) })
	a.Metrics.Gauge("store_lost", "1 while the store does not take what is written, or does not answer: nobody can book.", func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		defer cancel()
		_, err := tryStore(ctx, kept)
		return flag(err != nil)
	})
	a.Metrics.Gauge("store_tight", "1 while the store is nearly full and visitors who have proven nothing are held back.", func() float64 { return flag(kept.Tight()) })
	a.Metrics.Gauge("budget_used_minute", "Calls of the booking API in the last minute, of all processes.", func() float64 { return float64(g.Stats().LastMinute) })
	a.Metrics.Gauge("budget_waiting", "Calls that wait for their turn.", func() float64 { return float64(g.Stats().Waiting) })
	a.Metrics.Gauge("budget_factor", "Part of the limits in use; below 1 after the API said \"too many\".", func() float64 { return g.Stats().Factor })
	a.Metrics.Gauge("budget_lost", "1 while the shared store does not answer and each process keeps to its share.", func() float64 { return flag(g.Stats().Lost) })
}

// storeTime is how long the store may take to say for a metric that it works.
const storeTime = 2 * time.Second

// sandboxToken is no secret: the sandbox listens on the loopback and holds invented people.
const sandboxToken = "sandbox"

// startSandbox runs the embedded upstream when no other is configured and points the
// configuration at it. From there on nothing knows which one it is.
func (a *App) startSandbox(cfg *config.Config, now func() time.Time) (*server.Demo, error) {
	if cfg.Upstream.BaseURL != "" {
		return nil, nil
	}
	box, err := sandbox.New(sandbox.Options{Seed: cfg.Sandbox.Seed, PartnerToken: sandboxToken, Now: now})
	if err != nil {
		return nil, err
	}
	url, stop, err := box.Start(context.Background(), cfg.Sandbox.Listen)
	if err != nil {
		return nil, fmt.Errorf("[sandbox] listen: %w", err)
	}
	a.onClose(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = stop(ctx) // nothing of the sandbox outlives the program anyway
	})
	a.Sandbox = box
	cfg.Upstream.BaseURL, cfg.Upstream.PartnerToken = url, sandboxToken
	return &server.Demo{InboxURL: url + box.InboxPath(), Forms: func(lang string) (forms []pages.DemoForm) {
		for _, f := range box.FormsIn(lang) {
			forms = append(forms, pages.DemoForm{ID: f.ID, Title: f.Title, Description: f.Description})
		}
		return forms
	}}, nil
}

// gate is what the budget of one process and that of several have in common.
type gate interface {
	upstream.Gate
	Scarce() bool
	Busy() bool
	Stats() budget.Stats
	Close()
}

func watchWaits(m *metrics.Metrics) budget.Observe {
	return func(p budget.Priority, granted bool, waited time.Duration) {
		outcome := "granted"
		if !granted {
			outcome = "refused"
		}
		m.Wait(p.String(), outcome, waited)
	}
}

// openStore opens what attempts and sessions live in, and the gate of the upstream, which the processes
// that share a store share too. A run on the sandbox without a path of its own uses a temporary file,
// since the sandbox forgets everything too.
func (a *App) openStore(cfg config.Config, now func() time.Time, limits budget.Options, log *slog.Logger) (store.Store, gate, error) {
	if cfg.Store.URL != "" {
		return a.openShared(cfg, limits)
	}
	path := cfg.Store.Path
	switch {
	case path != "":
	case a.Sandbox != nil:
		dir, err := os.MkdirTemp("", "okoshko-")
		if err != nil {
			return nil, nil, err
		}
		a.onClose(func() { _ = os.RemoveAll(dir) })
		path = filepath.Join(dir, "okoshko.db")
	default:
		path = config.DefaultStore
	}
	file, err := store.OpenFile(path, store.FileOptions{Now: now})
	if err != nil {
		return nil, nil, fmt.Errorf("[store] path: %w", err)
	}
	a.onClose(func() { _ = file.Close() })
	a.backUp(cfg.Store, file, log)
	return file, budget.New(limits), nil
}

func (a *App) openShared(cfg config.Config, limits budget.Options) (store.Store, gate, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	shared, err := store.OpenRedis(ctx, cfg.Store.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("[store] url: %w", err)
	}
	a.onClose(func() { _ = shared.Close() })
	gate := budget.NewShared(limits, budget.NewRedis(shared.Client(), cfg.Upstream.Processes), cfg.Upstream.Processes)
	a.onClose(gate.Close)
	return shared, gate, nil
}

// storePatience is how long the start waits for a shared store.
const storePatience = 5 * time.Second

// listen opens the ports before it returns, so that the addresses are true, and serves the widget behind.
// The operator's port is handed back; there is none when it is not wanted. A listener that is handed in takes the place of a port.
func (a *App) listen(cfg config.Config, widget net.Listener) (operator net.Listener, err error) {
	if widget == nil {
		if widget, err = a.open("server", cfg.Server.Listen); err != nil {
			return nil, err
		}
	}
	a.URL = "http://" + reachable(widget.Addr().String())
	a.reached.Store(&a.URL)
	if cfg.Admin.Listen != "" {
		if operator, err = a.open("admin", cfg.Admin.Listen); err != nil {
			return nil, err
		}
		a.Admin = "http://" + reachable(operator.Addr().String())
	}
	a.ready.Store(true)
	go func() {
		if err := a.server.Listen(widget); err != nil {
			a.failed <- err
		}
	}()
	return operator, nil
}

// open opens the port of a section of the configuration, or says plainly why it cannot.
func (a *App) open(section, address string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("[%s] listen: something else listens on %s already; choose another port, e.g. by OKOSHKO_%s_LISTEN", section, address, strings.ToUpper(section))
	case err != nil:
		return nil, fmt.Errorf("[%s] listen: %w", section, err)
	}
	a.onClose(func() { _ = ln.Close() }) // whoever serves on it has closed it already
	return ln, nil
}

// serve answers the operator. That ends after the widget has, so that its end can be watched.
func (a *App) serve(ln net.Listener, s *admin.Server) {
	a.onClose(func() { _ = s.Close() }) // nothing of it is worth waiting for
	go func() {
		if err := s.Serve(ln); err != nil {
			a.failed <- err
		}
	}()
}

// Ready says whether new requests should come here: from when it listens until it is told to stop.
func (a *App) Ready() bool { return a.ready.Load() }

// Close says that it is not ready, gives a proxy the time to hear of it, finishes the requests under way
// and releases everything, the last opened first.
func (a *App) Close() error {
	if a.ready.Swap(false) {
		a.server.Drain()
		time.Sleep(a.drain)
	}
	err := a.server.App().ShutdownWithTimeout(a.shutdown)
	a.release()
	return err
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

func (a *App) release() {
	for _, release := range slices.Backward(a.closers) {
		release()
	}
	a.closers = nil
}

// greet says where everything is.
func (a *App) greet(out io.Writer) {
	lines := "Okoshko listens on " + a.URL + "\n"
	if a.Admin != "" {
		lines += "The operator's page is " + a.Admin + "/\n"
	}
	if a.Sandbox != nil {
		lines += "No upstream is configured, so the embedded sandbox serves demo salons.\n" +
			"  demo salon   " + a.URL + urls.Home + "\n  first form   " + a.URL + urls.Form(1) + "\n"
	} else {
		lines += "A form is at " + a.URL + urls.FormTree + " and its number.\n"
	}
	_, _ = io.WriteString(out, lines)
}

func newLog(cfg config.Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// prepayments are what forms do with what is paid for in advance.
func prepayments(words map[int]string) map[int]catalog.Prepayment {
	out := make(map[int]catalog.Prepayment, len(words))
	for form, word := range words {
		out[form] = catalog.Prepayment(word)
	}
	return out
}
