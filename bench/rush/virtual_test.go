package main

import (
	"flag"
	"iter"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/bench/bubble"
	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/sandbox"
	"okoshko/internal/urls"
)

var (
	testRates = flag.String("rates", "60", "shoppers a minute, separated by commas")
	testSeeds = flag.Int("seeds", 1, "how many crowds come; their outcomes are added up")
	testHooks = flag.Bool("hooks", false, "let the process get the hooks of the salons")
	testOpen  = flag.Duration("opening", time.Minute, "how long the town is open before anybody is counted")
	testLasts = flag.Duration("lasts", time.Minute, "how long each rate is counted")
)

// TestTheRushIsFedInVirtualTime lets the same shoppers come to the same program as rush does, in a bubble in which all waiting takes
// virtual time. So nothing depends on the machine: pages take what they wait for the API and for their turn, and drawing one takes
// nothing. "make rush-virtual" prints the table of it.
func TestTheRushIsFedInVirtualTime(t *testing.T) {
	rig.BeginClocks()
	sums := map[float64]outcome{}
	for seed := range *testSeeds {
		for _, o := range inVirtualTime(t, uint64(seed)) {
			sums[o.rate] = o.with(sums[o.rate])
		}
	}
	all := slices.SortedFunc(maps.Values(sums), func(a, b outcome) int { return int(a.rate - b.rate) })
	if testing.Verbose() {
		table(os.Stdout, all)
		ways(os.Stdout, all)
		endpoints(os.Stdout, all)
	}
	for _, o := range all {
		if o.peak.Second > 5 || o.peak.Minute > 200 || o.peak.Refused > 0 {
			t.Errorf("%.0f a minute: %d calls in a second, %d in a minute, %d refused", o.rate, o.peak.Second, o.peak.Minute, o.peak.Refused)
		}
		if o.rate > 100 {
			continue // the table shows what becomes of them
		}
		if p95 := shop.Percentile(o.Opened, .95); len(o.Opened) < int(o.rate*testLasts.Minutes()) || p95 > 2*time.Second || o.Errors > 0 {
			t.Errorf("%.0f a minute: %d pages, p95 %v, %d errors", o.rate, len(o.Opened), p95, o.Errors)
		}
	}
}

// with adds the outcome of another crowd.
func (o outcome) with(other outcome) outcome {
	if other.rate == 0 {
		return o
	}
	o.Opened, o.Sent, o.Pages = slices.Concat(o.Opened, other.Opened), slices.Concat(o.Sent, other.Sent), slices.Concat(o.Pages, other.Pages)
	o.Ways, o.calls = maps.Collect(bothOf(o.Ways, other.Ways, func(a, b []time.Duration) []time.Duration { return slices.Concat(a, b) })), maps.Collect(bothOf(o.calls, other.calls, func(a, b int) int { return a + b }))
	o.Shoppers, o.Looking, o.Errors, o.Left = o.Shoppers+other.Shoppers, o.Looking+other.Looking, o.Errors+other.Errors, o.Left+other.Left
	o.Tried, o.Lost, o.Taken, o.Booked = o.Tried+other.Tried, o.Lost+other.Lost, o.Taken+other.Taken, o.Booked+other.Booked
	o.desks, o.p0, o.minutes = o.desks+other.desks, o.p0+other.p0, o.minutes+other.minutes
	o.peak = sandbox.Peak{Second: max(o.peak.Second, other.peak.Second), Minute: max(o.peak.Minute, other.peak.Minute), Refused: o.peak.Refused + other.peak.Refused}
	return o
}

// bothOf are the entries of two maps, those of the same name added up.
func bothOf[V any](a, b map[string]V, add func(V, V) V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for name, value := range a {
			if more, in := b[name]; in {
				value = add(value, more)
			}
			if !yield(name, value) {
				return
			}
		}
		for name, value := range b {
			if _, in := a[name]; !in && !yield(name, value) {
				return
			}
		}
	}
}

// inVirtualTime plays one crowd.
func inVirtualTime(t *testing.T, seed uint64) (out []outcome) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := bubble.Options{Dir: dir, Seed: seed, PerMinute: perMinute, HookDelay: hookDelay}
		if *testHooks {
			o.Settings = append(o.Settings, "OKOSHKO_HOOKS_SECRET="+hookSecret)
		}
		town, err := bubble.Open(t.Context(), o)
		must(t, err)
		if *testHooks {
			must(t, town.Box.SetHooks(town.URL+urls.Hook(hookSecret)))
		}
		shop.Run(t.Context(), town.Shoppers(openingRate, 0), *testOpen, 0)
		for i, one := range strings.Split(*testRates, ",") {
			rate, err := strconv.ParseFloat(one, 64)
			must(t, err)
			o := outcome{rate: rate, setting: setting{cached: true, hooks: *testHooks}, calls: map[string]int{}, minutes: testLasts.Minutes()}
			began, before := town.Now(), town.Desks()
			o.Report = shop.Run(t.Context(), town.Shoppers(rate, uint64(i)+1), warm, *testLasts)
			o.desks = town.Desks() - before
			o.counted(town.Box.Calls(), began)
			o.peak.Refused = town.Box.Peak().Refused
			out = append(out, o)
		}
		must(t, town.Close())
	})
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
