// Rush lets crowds of shoppers come to a town of salons behind one address of the booking API, whose
// limits are strict, and prints how many it takes: "make rush". It runs in scaled time, every clock
// the same number of times as fast, the limits' and the cache's too.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/app"
	"okoshko/internal/clock"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

// speed is how many times as fast as the real clock everything runs.
var speed = 10.0

// By the scaled clock. The town opens before anybody is counted, so that the process knows what seldom changes, as
// one does that has run for a while.
var opening = 8 * time.Minute

const (
	openingRate = 100
	warm        = time.Minute
	measured    = 2 * time.Minute
)

// hookDelay is how long after a change its hook comes, and hookSecret ends the address that it comes to.
const (
	hookDelay  = 5 * time.Second
	hookSecret = "0123456789abcdef01234567"
)

// perMinute is what the widget may call: all of the upstream's 200, which it takes half a second longer for.
const perMinute = 200

var (
	rates    = []float64{30, 60, 100, 150, 200, 300}
	offRates = []float64{3, 6, 9}
)

func main() {
	flag.Float64Var(&speed, "speed", speed, "how many times as fast as the real clock everything runs, at most 10")
	flag.DurationVar(&opening, "opening", opening, "how long the town is open before anybody is counted")
	flag.Func("rates", "shoppers a minute, separated by commas, instead of the whole curve", func(list string) error {
		rates, offRates = nil, nil
		for one := range strings.SplitSeq(list, ",") {
			rate, err := strconv.ParseFloat(one, 64)
			if err != nil {
				return err
			}
			rates = append(rates, rate)
		}
		return nil
	})
	hooks := flag.Bool("hooks", false, "let one process get the hooks of the salons and another one not, instead of one with a cache and one without")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, *hooks)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rush:", err)
		os.Exit(1)
	}
}

// outcome is one row.
type outcome struct {
	rate float64
	setting
	shop.Report
	desks int // what the salons' own desks have done
	peak  sandbox.Peak
	calls map[string]int // in the measured time, by endpoint
	p0    int

	minutes float64 // measured
}

// setting is how a process is run.
type setting struct{ cached, hooks bool }

// heldWithin is what p95 of the pages may be: less than a call's, so most pages wait for none.
const heldWithin = 450 * time.Millisecond

// held: fast pages (the wait of one that is still looking is its own; forms that are sent have a goal of their own), no error page, no call over the
// limit, few lost slots.
func (o outcome) held() bool {
	return shop.Percentile(o.Opened, .95) <= heldWithin && o.Errors == 0 && o.peak.Refused == 0 &&
		o.peak.Second <= 5 && o.peak.Minute <= 200 && o.Lost*50 <= max(o.Tried, 1)
}

func run(ctx context.Context, out io.Writer, hooks bool) error {
	t := rig.Town()
	fmt.Fprintf(out, "%d salons × %d services × %d masters × %d days, whose desks book, cancel and move twice as many visits as the widget\n"+
		"the API takes %v for an answer (p95 %v) and allows 5 calls a second and 200 a minute, the widget 5 in 1.1 s and %d in 60.5 s\n"+
		"every clock %.0f times as fast; one process runs for %v and meets the rates one after the other: %v to warm up and %v measured, by it\n\n",
		t.Salons, t.Services, t.Masters, t.Days, sandbox.Street.Median, sandbox.Street.P95, perMinute, speed, opening, warm, measured)
	var on, off []outcome
	var onErr, offErr error
	var both sync.WaitGroup
	if hooks {
		fmt.Fprintf(out, "one process gets a hook %v after each change, the other one gets none\n\n", hookDelay)
		both.Go(func() { off, offErr = curve(ctx, rates, setting{cached: true}) })
	} else {
		both.Go(func() { off, offErr = curve(ctx, offRates, setting{}) })
	}
	both.Go(func() { on, onErr = curve(ctx, rates, setting{cached: true, hooks: hooks}) })
	both.Wait()
	if err := errors.Join(onErr, offErr); err != nil {
		return err
	}
	table(out, append(slices.Clone(on), off...))
	ways(out, on)
	endpoints(out, on)
	if hooks {
		endpoints(out, off)
	} else if len(off) > 0 {
		compare(out, on, off)
	}
	return ctx.Err()
}

// compare sets what held with the cache beside the runs without it.
func compare(out io.Writer, on, off []outcome) {
	best, bestOff := most(on), most(off)
	fmt.Fprintf(out, "\nheld with the cache: %.0f shoppers a minute; without: ", best)
	if bestOff > 0 {
		fmt.Fprintf(out, "%.0f, ratio %.1f\n", bestOff, best/bestOff)
	} else {
		fmt.Fprintf(out, "not even %.0f, ratio over %.0f\n", off[0].rate, best/off[0].rate)
	}
	for _, o := range on {
		if o.rate == best {
			fmt.Fprintf(out, "calls for a shopper: %.2f with the cache at %.0f a minute, %.1f without it at %.0f; ratio %.1f\n",
				o.perShopper(), o.rate, off[0].perShopper(), off[0].rate, off[0].perShopper()/o.perShopper())
		}
	}
}

// perShopper is how many calls one costs.
func (o outcome) perShopper() float64 {
	total := 0
	for _, n := range o.calls {
		total += n
	}
	return float64(total) / o.minutes / o.rate
}

func most(outcomes []outcome) float64 {
	best := 0.0
	for _, o := range outcomes {
		if o.held() {
			best = max(best, o.rate)
		}
	}
	return best
}

// curve lets one process meet the rates, one after the other: from the second on it knows what seldom changes.
func curve(ctx context.Context, rates []float64, how setting) ([]outcome, error) {
	passed := clock.Stopwatch()
	now := func() time.Time {
		return testclock.Start().Add(time.Duration(float64(passed()) * speed))
	}
	box, err := sandbox.New(sandbox.Options{Town: rig.Town(), Now: now, Delay: sandbox.Street.Faster(speed), HookDelay: time.Duration(float64(hookDelay) / speed)})
	if err != nil {
		return nil, err
	}
	api, stop, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	dir, err := os.MkdirTemp("", "okoshko-rush-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	environ := rig.Settings(api, rig.Crowded()...)
	environ = append(environ, fmt.Sprintf("OKOSHKO_UPSTREAM_PER_MINUTE=%d", perMinute),
		"OKOSHKO_STORE_PATH="+filepath.Join(dir, "rush.db"), "OKOSHKO_SESSION_LIFETIME=24h")
	if how.hooks {
		environ = append(environ, "OKOSHKO_HOOKS_SECRET="+hookSecret)
	}
	if !how.cached {
		// A tenth of a second: one page asks each question once, the next page asks again.
		for _, kind := range []string{"FORM", "CATALOG", "DATES", "SLOTS"} {
			for _, age := range []string{"FRESH", "SOFT", "HARD"} {
				environ = append(environ, "OKOSHKO_CACHE_"+kind+"_"+age+"=100ms")
			}
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "none.ini"), false, environ)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // written as in production, to where nobody reads it
	//nolint:contextcheck // what it starts ends with Close
	widget, err := app.StartAt(cfg, log, now, speed)
	if err != nil {
		return nil, err
	}
	defer func() { _ = widget.Close() }()
	if how.hooks {
		if err := box.SetHooks(widget.URL + urls.Hook(hookSecret)); err != nil {
			return nil, err
		}
	}
	shoppers := func(rate float64, seed uint64) shop.Options {
		return shop.Options{URL: widget.URL, Salons: rig.Town().Salons, Rate: rate, Speed: speed, Seed: seed, Code: rig.CodeOf(box), Free: rig.Free(box)}
	}
	var desks rig.Desks
	working, rest := context.WithCancel(ctx)
	defer rest()
	go desks.Work(working, box, rig.Town().Salons, speed, 1)
	if how.cached {
		shop.Run(ctx, shoppers(openingRate, 0), opening, 0)
	}
	var out []outcome
	for i, rate := range rates {
		o := outcome{rate: rate, setting: how, calls: map[string]int{}, minutes: measured.Minutes()}
		began, before := now(), desks.Sum()
		o.Report = shop.Run(ctx, shoppers(rate, uint64(i)+1), warm, measured)
		o.desks = desks.Sum() - before
		o.counted(box.Calls(), began)
		o.peak.Refused = box.Peak().Refused
		out = append(out, o)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// counted takes what the API has seen since a rate began: the most calls of any second and any minute since
// then, and how many there were of each kind in the measured time.
func (o *outcome) counted(calls []sandbox.Call, began time.Time) {
	from, to := began.Add(warm), began.Add(warm+time.Duration(o.minutes*float64(time.Minute)))
	// They are listed as they were answered.
	slices.SortStableFunc(calls, func(a, b sandbox.Call) int { return a.Time.Compare(b.Time) })
	second, minute := 0, 0
	for i, c := range calls {
		for c.Time.Sub(calls[second].Time) >= time.Second {
			second++
		}
		for c.Time.Sub(calls[minute].Time) >= time.Minute {
			minute++
		}
		if c.Time.Before(began) {
			continue
		}
		o.peak.Second, o.peak.Minute = max(o.peak.Second, i-second+1), max(o.peak.Minute, i-minute+1)
		if c.Time.Before(from) || c.Time.After(to) {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(c.Pattern, "/"), "/")
		if c.Method == "POST" {
			o.p0++
		}
		if name == "book_record" && c.Method == "GET" {
			name = "record read"
		}
		o.calls[name]++
	}
}

func table(out io.Writer, outcomes []outcome) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "shoppers/min\tcache\thooks\theld\tbookings/min\tdesks/min\tcalls/min\tcalls/shopper\tmost in 1 s\tin 60 s\tP0\tpages p50 ms\tp95\tp99\tforms p50 ms\tp95\tlooking\terrors\tlost slots\ttaken\tleft\t")
	for _, o := range outcomes {
		total := 0
		for _, n := range o.calls {
			total += n
		}
		minutes := o.minutes
		cache, hooks, held := "on", "off", "yes"
		if !o.cached {
			cache = "off"
		}
		if o.hooks {
			hooks = "on"
		}
		if !o.held() {
			held = "no"
		}
		fmt.Fprintf(w, "%.0f\t%s\t%s\t%s\t%.1f\t%.1f\t%.0f\t%.2f\t%d\t%d\t%.0f%%\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d/%d\t%d\t%d\t\n", o.rate, cache, hooks, held,
			float64(o.Booked)/minutes, float64(o.desks)/(minutes+warm.Minutes()), float64(total)/minutes, float64(total)/minutes/o.rate, o.peak.Second, o.peak.Minute,
			100*float64(o.p0)/float64(max(total, 1)), shop.Percentile(o.Opened, .5).Milliseconds(), shop.Percentile(o.Opened, .95).Milliseconds(),
			shop.Percentile(o.Opened, .99).Milliseconds(), shop.Percentile(o.Sent, .5).Milliseconds(), shop.Percentile(o.Sent, .95).Milliseconds(),
			o.Looking, o.Errors, o.Lost, o.Tried, o.Taken, o.Left)
	}
	_ = w.Flush()
}

// ways says which pages take how long: p50 and p95 of each way from a step to the next.
func ways(out io.Writer, outcomes []outcome) {
	byName(out, "pages: p50 and p95 ms", outcomes, func(o outcome) iter.Seq[string] { return maps.Keys(o.Ways) }, func(o outcome, name string) string {
		times := o.Ways[name]
		return fmt.Sprintf("%d: %d, %d", len(times), shop.Percentile(times, .5).Milliseconds(), shop.Percentile(times, .95).Milliseconds())
	})
}

func endpoints(out io.Writer, outcomes []outcome) {
	byName(out, "calls/min by endpoint", outcomes, func(o outcome) iter.Seq[string] { return maps.Keys(o.calls) }, func(o outcome, name string) string {
		return fmt.Sprintf("%.1f", float64(o.calls[name])/o.minutes)
	})
}

// byName writes a table with a row for each name that an outcome has and a column for each rate.
func byName(out io.Writer, title string, outcomes []outcome, namesOf func(outcome) iter.Seq[string], cell func(outcome, string) string) {
	names := map[string]bool{}
	for _, o := range outcomes {
		for name := range namesOf(o) {
			names[name] = true
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\t", title)
	for _, o := range outcomes {
		fmt.Fprintf(w, "%.0f\t", o.rate)
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(w, "%s\t", name)
		for _, o := range outcomes {
			fmt.Fprintf(w, "%s\t", cell(o, name))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}
