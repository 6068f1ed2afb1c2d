package main

import (
	"context"
	"flag"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/bench/bubble"
	"okoshko/bench/rig"
	"okoshko/bench/shop"
)

var (
	testRate   = flag.Float64("rate", 60, "shoppers a minute")
	testAgents = flag.Float64("assistants", 200, "assistants a minute beside them")
	testSeeds  = flag.Int("seeds", 1, "how many crowds come; their outcomes are added up")
	testOpen   = flag.Duration("opening", time.Minute, "how long the town is open before anybody is counted")
	testLasts  = flag.Duration("lasts", time.Minute, "how long they are counted")
)

// TestShoppersDoNotFeelAssistants lets the same shoppers come twice in virtual time, the second time with assistants beside them.
// "make agents-virtual" prints what both have met at the rates of the goal.
func TestShoppersDoNotFeelAssistants(t *testing.T) {
	rig.BeginClocks()
	var alone, beside crowdRow
	for seed := range uint64(*testSeeds) {
		alone.add(inVirtualTime(t, seed, 0))
		beside.add(inVirtualTime(t, seed, *testAgents))
	}
	alone.name, beside.name = "without", "with assistants"
	if testing.Verbose() {
		_ = report(t.Output(), []crowdRow{alone, beside})
	}
	if beside.peak.Second > 5 || beside.peak.Minute > perMinute || beside.refused > 0 || beside.Errors > 0 || len(beside.agents.failed) > 0 {
		t.Errorf("%d calls in a second, %d in a minute, %d refused, %d error pages; failed: %v", beside.peak.Second, beside.peak.Minute, beside.refused, beside.Errors, beside.agents.failed)
	}
	if beside.agents.linked == 0 {
		t.Errorf("no assistant got a link: %+v", beside.agents)
	}
	const enough = 3 // one crowd has luck and another one has not
	if was, is := alone.Percentile(.95), beside.Percentile(.95); *testSeeds >= enough && is > was*5/4+100*time.Millisecond {
		t.Errorf("p95 of the pages %v, without assistants %v", is, was)
	}
}

// add adds what another crowd has met.
func (r *crowdRow) add(o crowdRow) {
	r.Pages, r.agents.took, r.agents.failed = slices.Concat(r.Pages, o.Pages), slices.Concat(r.agents.took, o.agents.took), slices.Concat(r.agents.failed, o.agents.failed)
	r.Shoppers, r.Looking, r.Errors, r.Lost, r.Tried, r.Booked = r.Shoppers+o.Shoppers, r.Looking+o.Looking, r.Errors+o.Errors, r.Lost+o.Lost, r.Tried+o.Tried, r.Booked+o.Booked
	r.agents.came, r.agents.linked, r.agents.none, r.agents.advised = r.agents.came+o.agents.came, r.agents.linked+o.agents.linked, r.agents.none+o.agents.none, r.agents.advised+o.agents.advised
	r.calls, r.refused = max(r.calls, o.calls), r.refused+o.refused
	r.peak.Second, r.peak.Minute = max(r.peak.Second, o.peak.Second), max(r.peak.Minute, o.peak.Minute)
}

// inVirtualTime plays a crowd with so many assistants a minute beside it.
func inVirtualTime(t *testing.T, seed uint64, assistants float64) (row crowdRow) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		town, err := bubble.Open(t.Context(), bubble.Options{Dir: dir, Seed: seed, PerMinute: perMinute, Settings: doorSettings()})
		if err != nil {
			t.Fatal(err)
		}
		shop.Run(t.Context(), town.Shoppers(100, 0), *testOpen, 0)
		spell, enough := context.WithCancel(t.Context())
		var others sync.WaitGroup
		base := &http.Transport{DialContext: town.Line.Dial, MaxIdleConnsPerHost: 256}
		if assistants > 0 {
			others.Go(func() { row.agents = swarm(spell, base, town.URL, assistants, 1) })
		}
		began := town.Now()
		row.Report = shop.Run(t.Context(), town.Shoppers(*testRate, 1), crowdWarm, *testLasts)
		took := town.Now().Sub(began)
		enough()
		others.Wait()
		base.CloseIdleConnections()
		row.calls = int(float64(callsSince(town.Box, began)) / took.Minutes())
		row.peak = town.Box.Peak()
		row.refused = row.peak.Refused
		if err := town.Close(); err != nil {
			t.Fatal(err)
		}
	})
	return row
}
