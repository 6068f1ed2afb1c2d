package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/bench/browse"
	"okoshko/bench/rig"
	"okoshko/internal/clock"
	"okoshko/internal/nginxtest"
	"okoshko/internal/sandbox"
)

// upstreamDelay is how long the sandbox takes for an answer: shorter than the street's, so that many people are served in a scene.
var upstreamDelay = sandbox.Delay{Median: 60 * time.Millisecond, P95: 150 * time.Millisecond}

// key is that of the sessions, the same for all processes.
const key = "6f6b6f7368b76f2d6f7065726174652d6f6b6f7368b76f2d6f70657261746521"

// fleet is an installation: processes behind nginx, at an upstream.
type fleet struct {
	on        stage
	box       *sandbox.Sandbox
	settings  []string // of every process
	processes []*process
	operator  *browse.Connections
	URL       string   // of nginx
	closers   []func() // in the order of opening
}

// process is one of a fleet, with the addresses that it has after every start.
type process struct {
	*rig.Process
	widget, admin string
}

// open starts an upstream, so many processes and nginx before them. More settings are added to those of every process. Close must
// be called on what it returns.
func open(ctx context.Context, on stage, processes int, settings ...string) (_ *fleet, err error) {
	f := &fleet{on: on, operator: browse.Open(0)}
	f.onClose(f.operator.Close)
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if f.box, err = sandbox.New(sandbox.Options{Town: rig.Town(), NoLimits: true, Delay: upstreamDelay}); err != nil {
		return nil, err
	}
	api, stop, err := f.box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.onClose(func() { _ = stop(context.WithoutCancel(ctx)) })
	f.settings = append(rig.Settings(api, rig.Crowded()...),
		"OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1", "OKOSHKO_SERVER_DRAIN_DELAY=5s", "OKOSHKO_SESSION_KEYS="+key,
		"OKOSHKO_UPSTREAM_PER_SECOND=500", "OKOSHKO_UPSTREAM_PER_MINUTE=30000")
	f.settings = append(f.settings, settings...)
	widgets := make([]string, processes)
	for i := range widgets {
		p := &process{}
		for _, at := range []*string{&p.widget, &p.admin} {
			if *at, err = freeAddress(ctx); err != nil {
				return nil, err
			}
		}
		widgets[i] = p.widget
		f.processes = append(f.processes, p)
		if err := f.start(ctx, i); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp(on.dir, "nginx-")
	if err != nil {
		return nil, err
	}
	proxy, err := nginxtest.Run(ctx, filepath.Join("deploy", "nginx.conf"), dir, "listen 8080;", nginxtest.Widgets(dir, widgets...))
	if err != nil {
		return nil, err
	}
	f.onClose(func() { _ = proxy.Stop() }) //nolint:contextcheck // it is stopped also when ctx has ended
	f.URL = "http://" + proxy.Address
	return f, nil
}

// start starts a process at its addresses and waits until it says that it is ready.
func (f *fleet) start(ctx context.Context, i int) (err error) {
	p := f.processes[i]
	dir, err := os.MkdirTemp(f.on.dir, "process-")
	if err != nil {
		return err
	}
	settings := append(slices.Clip(f.settings), "OKOSHKO_SERVER_LISTEN="+p.widget, "OKOSHKO_ADMIN_LISTEN="+p.admin)
	if p.Process, err = rig.Start(ctx, f.on.binary, dir, time.Time{}, settings, f.on.log); err != nil {
		return err
	}
	running := p.Process
	f.onClose(func() {
		if running.Alive() {
			running.Kill()
		}
	})
	const patience = time.Minute
	passed := clock.Stopwatch()
	for status, _ := f.ready(ctx, i); status != http.StatusOK; status, _ = f.ready(ctx, i) {
		if passed() > patience || !clock.Pause(ctx, 20*time.Millisecond) {
			return errors.New("a process that was started does not become ready")
		}
	}
	return nil
}

// ready is what /readyz of a process says; without an answer the status is 0.
func (f *fleet) ready(ctx context.Context, i int) (status int, text string) {
	page, err := f.operator.Browser("").Get(ctx, "http://"+f.processes[i].admin+"/readyz")
	if err != nil {
		return 0, err.Error()
	}
	return page.Status, page.Body
}

// gauge is what /metrics of a process says of a gauge; -1 when it says nothing.
func (f *fleet) gauge(ctx context.Context, i int, name string) float64 {
	page, err := f.operator.Browser("").Get(ctx, "http://"+f.processes[i].admin+"/metrics")
	if err != nil {
		return -1
	}
	_, rest, ok := strings.Cut(page.Body, "\n"+name+" ")
	if !ok {
		return -1
	}
	text, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return value
}

// Close ends everything, the last opened first.
func (f *fleet) Close() {
	for len(f.closers) > 0 {
		last := len(f.closers) - 1
		f.closers[last]()
		f.closers = f.closers[:last]
	}
}

func (f *fleet) onClose(end func()) { f.closers = append(f.closers, end) }

func freeAddress(ctx context.Context) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}
