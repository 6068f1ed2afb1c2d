// Cluster lets shoppers come to one process of the widget, and then to several behind one address with a redis-server and a
// small round-robin proxy, and sets the two beside each other: "make cluster". Of the several, one process is killed and started
// again, and then all are restarted one after another. It runs in real time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/redistest"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// options say how much.
type options struct {
	processes   int
	rate        float64 // shoppers a minute
	warm, lasts time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.processes, "processes", 3, "how many share the calls")
	flag.Float64Var(&o.rate, "rate", 150, "shoppers a minute")
	flag.DurationVar(&o.warm, "warm", 90*time.Second, "how long shoppers come before anybody is counted")
	flag.DurationVar(&o.lasts, "lasts", 3*time.Minute, "how long they are counted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	dir, err := os.MkdirTemp("", "okoshko-cluster-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, err := rig.Build(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%.0f shoppers a minute, %v to warm up and %v counted; the API takes %v for an answer (p95 %v); desks do twice as much as the widget\n",
		o.rate, o.warm, o.lasts, sandbox.Street.Median, sandbox.Street.P95)
	one, err := play(ctx, out, binary, dir, 1, o)
	if err != nil {
		return err
	}
	several, err := play(ctx, out, binary, dir, o.processes, o)
	if err != nil {
		return err
	}
	table(out, one, several)
	return errors.Join(one.wrong(), several.wrong(), several.missed(one))
}

// outcome is what came of one row.
type outcome struct {
	processes int
	shop.Report
	calls     int // of the counted time
	peak      sandbox.Peak
	online    int // visits at the API of those who are counted
	twice     int
	untrue    int // people who were told of a visit that is not there
	untold    int // people who have a visit and were told something else
	byProcess []int
	desks     string
}

// play lets shoppers come to so many processes. Where there are several, they are troubled.
func play(ctx context.Context, out io.Writer, binary, dir string, processes int, o options) (r outcome, err error) {
	r.processes = processes
	store, err := redistest.Run() //nolint:contextcheck // it is stopped below
	if err != nil {
		return r, err
	}
	defer store.Stop()
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Town: rig.Town(), Now: clock.Now, Delay: sandbox.Street})
	if err != nil {
		return r, err
	}
	api, stopBox, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	defer func() { _ = stopBox(context.WithoutCancel(ctx)) }()
	environ := rig.Settings(api, rig.Crowded()...)
	environ = append(environ, "OKOSHKO_STORE_URL="+store.URL, fmt.Sprintf("OKOSHKO_UPSTREAM_PROCESSES=%d", processes), "OKOSHKO_UPSTREAM_PER_MINUTE=200")
	c := &cluster{front: newProxy(processes), children: make([]*rig.Process, processes), start: func() (*rig.Process, error) {
		return rig.Start(ctx, binary, dir, clock.Now(), environ, nil)
	}}
	defer c.kill()
	for i := range c.children {
		if err := c.put(i); err != nil {
			return r, err
		}
	}
	address, stopFront, err := c.front.listen(ctx)
	if err != nil {
		return r, err
	}
	defer stopFront()
	var desks rig.Desks
	working, rest := context.WithCancel(ctx)
	defer rest()
	go desks.Work(working, box, rig.Town().Salons, 1, 6)
	var wg sync.WaitGroup
	var failed error
	if processes > 1 {
		wg.Go(func() { failed = c.trouble(ctx, out, o) })
	}
	began := clock.Now()
	r.Report = shop.Run(ctx, shop.Options{
		URL: address, Salons: rig.Town().Salons, Rate: o.rate, Speed: 1, Seed: 6, Code: rig.CodeOf(box), Free: rig.Free(box),
	}, o.warm, o.lasts)
	wg.Wait()
	r.count(box, began.Add(o.warm), began.Add(o.warm+o.lasts))
	r.byProcess, r.desks = c.front.counts(), desks.String()
	return r, errors.Join(failed, ctx.Err())
}

// cluster is the processes and the proxy before them.
type cluster struct {
	front    *proxy
	start    func() (*rig.Process, error)
	children []*rig.Process
}

func (c *cluster) put(i int) (err error) {
	if c.children[i], err = c.start(); err == nil {
		c.front.put(i, c.children[i].URL)
	}
	return err
}

func (c *cluster) kill() {
	for _, p := range c.children {
		if p != nil && p.Alive() {
			p.Kill()
		}
	}
}

// trouble kills one process in the first half of the counted time and starts it again, and restarts all in the second half.
func (c *cluster) trouble(ctx context.Context, out io.Writer, o options) error {
	if !wait(ctx, o.warm+o.lasts/6) {
		return nil
	}
	c.children[1].Kill()
	fmt.Fprintf(out, "%v: process 2 killed\n", o.warm+o.lasts/6)
	if !wait(ctx, o.lasts/6) {
		return nil
	}
	if err := c.put(1); err != nil {
		return err
	}
	fmt.Fprintf(out, "%v: process 2 started again\n", o.warm+o.lasts/3)
	if !wait(ctx, o.lasts/6) {
		return nil
	}
	fmt.Fprintf(out, "%v: all restarted, one after another\n", o.warm+o.lasts/2)
	for i := range c.children {
		if err := c.children[i].Stop(); err != nil {
			return err
		}
		if err := c.put(i); err != nil {
			return err
		}
		if !wait(ctx, o.lasts/12) {
			return nil
		}
	}
	return nil
}

// count looks at the API.
func (r *outcome) count(box *sandbox.Sandbox, from, to time.Time) {
	r.peak = box.Peak()
	for _, call := range box.Calls() {
		if !call.Time.Before(from) && call.Time.Before(to) {
			r.calls++
		}
	}
	byPhone := map[string]int{}
	for _, record := range box.Booked() {
		if !record.Deleted && record.Phone != "" && record.APIID != "" {
			byPhone[record.Phone]++
		}
	}
	for phone, n := range byPhone {
		r.twice += n - 1
		if r.Typed[phone] {
			r.online += n
			if !r.Told[phone] {
				r.untold++
			}
		}
	}
	for phone := range r.Told {
		if byPhone[phone] == 0 {
			r.untrue++
		}
	}
}

// heldWithin is what p95 of the pages may be, as in rush.
const heldWithin = 450 * time.Millisecond

func (r *outcome) held() bool {
	return r.Percentile(.95) <= heldWithin && r.Errors == 0 && r.inLimits() && r.Lost*50 <= max(r.Tried, 1)
}

func (r *outcome) inLimits() bool {
	return r.peak.Second <= 5 && r.peak.Minute <= 200 && r.peak.Refused == 0
}

func table(out io.Writer, rows ...outcome) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nprocesses\tshoppers\theld\tgave up\tpages\tp50 ms\tp95\tp99\tmost\tlooking\tagain\terrors\tcalls\tmost in 1 s\tin 60 s\trefused\tbooked\tat the API\ttwice\tlost slots\ttaken\t")
	for _, r := range rows {
		held := "no"
		if r.held() {
			held = "yes"
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d/%d\t%d\t\n", r.processes, r.Shoppers, held, r.Left, len(r.Pages),
			r.Percentile(.5).Milliseconds(), r.Percentile(.95).Milliseconds(), r.Percentile(.99).Milliseconds(), r.Percentile(1).Milliseconds(), r.Looking, r.Again, r.Errors,
			r.calls, r.peak.Second, r.peak.Minute, r.peak.Refused, r.Booked, r.online, r.twice, r.Lost, r.Tried, r.Taken)
	}
	_ = w.Flush()
	for _, r := range rows {
		fmt.Fprintf(out, "%d: pages by process %v; desks %s; error pages %v; left %v\n", r.processes, r.byProcess, r.desks, r.Kinds, r.Reasons)
	}
}

// missed are the goals that several processes miss beside one.
func (r *outcome) missed(one outcome) error {
	const longest, more = 1500 * time.Millisecond, 1.1
	var missed []error
	for what, bad := range map[string]bool{
		"the rate is not held, which one process holds": one.held() && !r.held(),
		"calls are more than 1.1 times those of one":    float64(r.calls) > more*float64(one.calls),
		"a page took more than 1.5 s":                   r.Percentile(1) > longest,
		"somebody gave up":                              r.Left > one.Left,
	} {
		if bad {
			missed = append(missed, fmt.Errorf("goal missed: %s", what))
		}
	}
	return errors.Join(missed...)
}

// wrong is what must not be, with however many processes: something lost or made twice.
func (r *outcome) wrong() error {
	var wrong []error
	for what, bad := range map[string]bool{
		"a limit was exceeded":                        !r.inLimits(),
		"a visit was booked twice":                    r.twice > 0,
		"pages told of visits that nobody has booked": r.untrue > 0,
		"somebody was not told of a visit":            r.untold > r.Unsure,
		"a session, a code or an attempt was lost":    r.Kinds["not_found"]+r.Kinds["forbidden"]+r.Kinds["internal"] > 0,
		"the proxy itself did not hold":               r.Kinds["connection"] > 0,
	} {
		if bad {
			wrong = append(wrong, fmt.Errorf("%d processes: %s", r.processes, what))
		}
	}
	return errors.Join(wrong...)
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
	to    []*url.URL
	pages []int
	next  atomic.Uint64
}

func newProxy(processes int) *proxy {
	return &proxy{to: make([]*url.URL, processes), pages: make([]int, processes)}
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

func (p *proxy) counts() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.pages)
}

// pick is the next process that takes a connection.
func (p *proxy) pick() *url.URL {
	for range p.to {
		i := int(p.next.Add(1) % uint64(len(p.to))) //nolint:gosec // few
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
