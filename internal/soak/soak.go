// Package soak lets shoppers browse and book while the upstream fails at random, over real HTTP on both sides. It prints which objectives
// were reached, what customers were told, and whether the upstream holds what they were told: the command "okoshko soak".
package soak

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"okoshko/bench/browse"
	"okoshko/internal/clock"
)

// Upstream is the sandbox, as far as nobody but a test may look into it.
type Upstream interface {
	Code(phone string) string // of the text message that a phone has got last
	Visits(phone string) int  // that stand
}

// Options say who comes, and where to.
type Options struct {
	URL      string // of the widget
	Metrics  string // where the widget tells its counters
	Sandbox  string // where faults are set
	Upstream Upstream
	Salons   int
	Seed     uint64
	Rate     float64       // shoppers a minute
	For      time.Duration // how long they come
}

// buyers is the part of the shoppers who want to book.
const buyers = 0.4

// last is how long the last ones may take.
const last = 5 * time.Minute

// Run lets shoppers come and prints the table. It fails when a customer was told what is not so, or when one has a visit twice. Missed
// objectives are no failure: the faults are many times as many as an upstream's.
func Run(ctx context.Context, o Options, out io.Writer) error {
	fmt.Fprintf(out, "shoppers for %v, %.0f a minute; the same faults again with -seed %d\n\n", o.For, o.Rate, o.Seed)
	outcomes, spells, err := o.play(ctx)
	if err != nil {
		return err
	}
	counted, err := read(ctx, o.Metrics)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	objectives(t, counted)
	told := check(outcomes, o.Upstream.Visits)
	told.print(t)
	fmt.Fprintln(t, "\nweather\tspells")
	for _, name := range slices.Sorted(maps.Keys(spells)) {
		fmt.Fprintf(t, "%s\t%d\n", name, spells[name])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if told.wrong > 0 || told.twice > 0 {
		return fmt.Errorf("%d customers were told what is not so, %d have a visit twice", told.wrong, told.twice)
	}
	return nil
}

// play lets the shoppers come, and waits for the last ones and for what the upstream does late.
func (o Options) play(ctx context.Context) (outcomes []outcome, spells map[string]int, err error) {
	rng := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // a load, not a secret
	coming, stop := context.WithTimeout(ctx, o.For)
	defer stop()
	var changing sync.WaitGroup
	changing.Go(func() { spells, err = weather(coming, o.Sandbox, rand.New(rand.NewPCG(o.Seed, 2))) }) //nolint:gosec // the same
	shopping, end := context.WithTimeout(ctx, o.For+last)
	defer end()
	net := browse.Open(64)
	defer net.Close()
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := 1; coming.Err() == nil; n++ {
		s := &shopper{
			Options: o, rng: rand.New(rand.NewPCG(o.Seed, uint64(n)+2)), //nolint:gosec // the same
			browser: net.Browser(fmt.Sprintf("198.18.%d.%d", n/250%250, 1+n%250)), phone: fmt.Sprintf("7916%07d", n), salon: 1 + rng.IntN(o.Salons), buys: rng.Float64() < buyers,
		}
		all.Go(func() {
			one := s.shop(shopping)
			mu.Lock()
			defer mu.Unlock()
			outcomes = append(outcomes, one)
		})
		clock.Pause(coming, time.Duration(-math.Log(1-rng.Float64())/o.Rate*float64(time.Minute))) // Poisson arrivals
	}
	changing.Wait()
	all.Wait()
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	clock.Pause(ctx, settled)
	return outcomes, spells, err
}

// settled is when the upstream has done what it does late, after the faults have ended.
const settled = 10 * time.Second

// told is what customers were told, and how much of it is so.
type told struct {
	shoppers, left, wrong, twice int
	said                         map[string]int
	visits                       map[string]int // that stand, of those who were told the same
	untrue                       map[string]int
	reasons                      map[string]int
}

// check compares what each customer was told with what the upstream holds.
func check(outcomes []outcome, visits func(phone string) int) told {
	t := told{shoppers: len(outcomes), said: map[string]int{}, visits: map[string]int{}, untrue: map[string]int{}, reasons: map[string]int{}}
	for _, o := range outcomes {
		n := visits(o.phone)
		if n > 1 {
			t.twice++
		}
		if !o.pressed {
			if o.left != "" {
				t.left++
				t.reasons[o.left]++
			}
			if n == 0 {
				continue
			}
			o.said = saysNothing // a visit of somebody who has not pressed would be one
		}
		t.said[o.said]++
		t.visits[o.said] += n
		claimed := o.said == saysBooked || o.said == saysLikely
		denied := o.said == saysRefused || o.said == saysUnlikely || !o.pressed
		if claimed && n == 0 || denied && n > 0 {
			t.untrue[o.said]++
			t.wrong++
		}
	}
	return t
}

func (t told) print(w io.Writer) {
	pressed := 0
	for _, n := range t.said {
		pressed += n
	}
	fmt.Fprintf(w, "\n%d shoppers came, %d pressed the button that books, %d left before\n", t.shoppers, pressed, t.left)
	for _, reason := range slices.Sorted(maps.Keys(t.reasons)) {
		fmt.Fprintf(w, "  %s\t%d\n", reason, t.reasons[reason])
	}
	fmt.Fprintln(w, "\ncustomers were told\tcustomers\tvisits at the upstream\tnot so")
	for _, said := range slices.Sorted(maps.Keys(t.said)) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", said, t.said[said], t.visits[said], t.untrue[said])
	}
	fmt.Fprintf(w, "told what is not so\t%d\nbooked twice\t%d\n", t.wrong, t.twice)
}

// readWithin is how long the counters may take.
const readWithin = 10 * time.Second

// read asks the widget for its counters.
func read(ctx context.Context, address string) (counters, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return parse(string(text)), nil
}
