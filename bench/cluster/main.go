// Cluster starts a real redis-server and three processes of the widget behind one address and a small
// round-robin proxy, lets shoppers come, kills one process in the middle and starts it again, and looks
// at what has become of the budget, the sessions and the bookings: "make cluster". It runs in real time.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/redistest"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

const (
	processes = 3
	rate      = 15 // shoppers a minute: every process has a cache of its own
	lasts     = 3 * time.Minute
	killAt    = 80 * time.Second
	againAt   = 110 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "okoshko-cluster-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, err := rig.Build(ctx, dir)
	if err != nil {
		return err
	}
	store, err := redistest.Run() //nolint:contextcheck // it is stopped below
	if err != nil {
		return err
	}
	defer store.Stop()
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Town: rig.Town(), Now: clock.Now, Delay: sandbox.Street})
	if err != nil {
		return err
	}
	api, stopBox, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = stopBox(context.WithoutCancel(ctx)) }()
	environ := rig.Settings(api, rig.Crowded()...)
	environ = append(environ, "OKOSHKO_STORE_URL="+store.URL, fmt.Sprintf("OKOSHKO_UPSTREAM_PROCESSES=%d", processes))
	front := &proxy{}
	children := make([]*rig.Process, processes)
	for i := range children {
		if children[i], err = rig.Start(ctx, binary, dir, clock.Now(), environ, nil); err != nil {
			return err
		}
		front.put(i, children[i].URL)
		defer func() { children[i].Kill() }()
	}
	address, stopFront, err := front.listen(ctx)
	if err != nil {
		return err
	}
	defer stopFront()
	fmt.Fprintf(out, "%d processes, one redis-server, %d shoppers a minute for %v; the API takes %v for an answer (p95 %v); desks do twice as much as the widget\n",
		processes, rate, lasts, sandbox.Street.Median, sandbox.Street.P95)
	var desks rig.Desks
	working, rest := context.WithCancel(ctx)
	defer rest()
	go desks.Work(working, box, rig.Town().Salons, 1, 6)
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() {
		if !wait(ctx, killAt) {
			return
		}
		children[1].Kill()
		fmt.Fprintf(out, "%v: process 2 killed\n", killAt)
		if !wait(ctx, againAt-killAt) {
			return
		}
		again, err := rig.Start(ctx, binary, dir, clock.Now(), environ, nil)
		if err != nil {
			failed = err
			return
		}
		children[1] = again
		front.put(1, again.URL)
		fmt.Fprintf(out, "%v: process 2 started again\n\n", againAt)
	})
	report := shop.Run(ctx, shop.Options{
		URL: address, Salons: rig.Town().Salons, Rate: rate, Speed: 1, Seed: 6, Code: rig.CodeOf(box), Free: rig.Free(box),
	}, 0, lasts)
	wg.Wait()
	if failed != nil {
		return failed
	}
	fmt.Fprintln(out, "desks:", &desks)
	return judge(out, &report, box, front)
}

// judge prints what came of it and fails when something was lost or made twice.
func judge(out io.Writer, r *shop.Report, box *sandbox.Sandbox, front *proxy) error {
	peak := box.Peak()
	byPhone := map[string]int{}
	online := 0
	for _, record := range box.Booked() {
		if !record.Deleted && record.Phone != "" && record.APIID != "" {
			online++
			byPhone[record.Phone]++
		}
	}
	twice := 0
	for _, n := range byPhone {
		twice += n - 1
	}
	fmt.Fprintf(out, "shoppers %d, of whom gave up %d; pages %d: p50 %d ms, p95 %d ms, p99 %d ms; still looking %d; pressed again %d; error pages %d %v\n",
		r.Shoppers, r.Left, len(r.Pages), r.Percentile(.5).Milliseconds(), r.Percentile(.95).Milliseconds(), r.Percentile(.99).Milliseconds(), r.Looking, r.Again, r.Errors, r.Kinds)
	fmt.Fprintf(out, "pages by process: %v\n", front.counts())
	fmt.Fprintf(out, "calls of all processes: at most %d in a second and %d in a minute; refused by the API: %d\n", peak.Second, peak.Minute, peak.Refused)
	fmt.Fprintf(out, "bookings: told %d, very likely %d, at the API %d, made twice %d; slots lost %d of %d, taken while typing %d\n", r.Booked, r.Unsure, online, twice, r.Lost, r.Tried, r.Taken)
	var wrong []error
	for what, bad := range map[string]bool{
		"a limit was exceeded":                       peak.Second > 5 || peak.Minute > 200 || peak.Refused > 0,
		"a visit was booked twice":                   twice > 0,
		"what the pages told is not what was booked": r.Booked > online || r.Booked+r.Unsure < online,
		"a session, a code or an attempt was lost":   r.Kinds["not_found"]+r.Kinds["forbidden"]+r.Kinds["internal"] > 0,
		"the proxy itself did not hold":              r.Kinds["connection"] > 0,
	} {
		if bad {
			wrong = append(wrong, errors.New(what))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	fmt.Fprintln(out, "the budget held in sum; no session, code or attempt was lost; nothing was booked twice")
	return nil
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// proxy gives every request to the next process. One that takes no connection is passed over; a request
// that was taken and broke is answered with 502, as by any balancer.
type proxy struct {
	mu    sync.Mutex
	to    [processes]*url.URL
	pages [processes]int
	next  atomic.Uint64
}

func (p *proxy) put(i int, address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to[i] = u
}

func (p *proxy) counts() [processes]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pages
}

// pick is the next process that takes a connection.
func (p *proxy) pick() *url.URL {
	for range processes {
		i := int(p.next.Add(1) % processes)
		p.mu.Lock()
		u := p.to[i]
		p.mu.Unlock()
		conn, err := net.DialTimeout("tcp", u.Host, time.Second) //nolint:noctx // bounded
		if err != nil {
			continue
		}
		_ = conn.Close()
		p.mu.Lock()
		p.pages[i]++
		p.mu.Unlock()
		return u
	}
	return &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
}

func (p *proxy) listen(ctx context.Context) (address string, stop func(), err error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	handler := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(p.pick())
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(ln) }()
	return "http://" + ln.Addr().String(), func() { _ = server.Close() }, nil
}
