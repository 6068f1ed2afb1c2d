package soak

import (
	"math/rand/v2"
	"strings"
	"testing"
	"text/tabwriter"

	"okoshko/bench/browse"
)

// TestWhatIsNotSoIsFound compares what customers were told with what stands at the upstream.
func TestWhatIsNotSoIsFound(t *testing.T) {
	t.Parallel()
	stands := map[string]int{"booked": 1, "twice": 2, "hidden": 1, "quiet": 1, "likely": 1}
	got := check([]outcome{
		{phone: "booked", pressed: true, said: saysBooked},
		{phone: "likely", pressed: true, said: saysLikely},
		{phone: "refused", pressed: true, said: saysRefused},
		{phone: "unsure", pressed: true, said: "unsure"},
		{phone: "gone", left: "left"},
		{phone: "invented", pressed: true, said: saysBooked},
		{phone: "hidden", pressed: true, said: saysRefused},
		{phone: "twice", pressed: true, said: saysBooked},
		{phone: "quiet", left: "left"},
	}, func(phone string) int { return stands[phone] })
	if got.wrong != 3 || got.twice != 1 || got.untrue[saysBooked] != 1 || got.untrue[saysRefused] != 1 || got.untrue[saysNothing] != 1 {
		t.Errorf("wrong %d, twice %d, untrue %v, want 3 and 1: a booking that is not there, one that was denied, one that nobody pressed for", got.wrong, got.twice, got.untrue)
	}
	if got.shoppers != 9 || got.left != 2 || got.visits[saysBooked] != 3 {
		t.Errorf("shoppers %d, left %d, visits %v", got.shoppers, got.left, got.visits)
	}
}

// TestObjectivesAreComputedFromCounters reads what Prometheus reads.
func TestObjectivesAreComputedFromCounters(t *testing.T) {
	t.Parallel()
	c := parse(`# HELP okoshko_page_seconds Time.
okoshko_page_seconds_bucket{outcome="shown",le="0.3"} 90
okoshko_page_seconds_bucket{outcome="shown",le="1"} 190
okoshko_page_seconds_bucket{outcome="shown",le="10"} 196
okoshko_page_seconds_bucket{outcome="failed",le="1"} 4
okoshko_page_seconds_count{outcome="shown"} 196
okoshko_page_seconds_count{outcome="failed"} 4
okoshko_page_seconds_count{outcome="refused"} 500
okoshko_booking_answer_seconds_bucket{answer="booked",le="10"} 9
okoshko_booking_answer_seconds_bucket{answer="unknown",le="10"} 1
okoshko_booking_answer_seconds_bucket{answer="failed",le="10"} 1
okoshko_booking_answer_seconds_count{answer="booked"} 10
okoshko_booking_answer_seconds_count{answer="unknown"} 1
okoshko_booking_answer_seconds_count{answer="failed"} 1
`)
	for i, want := range []struct{ part, of float64 }{{0.95, 200}, {10.0 / 12, 12}} {
		if part, of := both[i].reached(c); part != want.part || of != want.of {
			t.Errorf("%s: %v of %v, want %v of %v", both[i].name, part, of, want.part, want.of)
		}
	}
	if part, of := both[1].reached(counters{}); part != 0 || of != 0 {
		t.Errorf("of nothing %v of %v is reached", part, of)
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	objectives(w, c)
	_ = w.Flush()
	for _, want := range []string{"99.5     95.00", "99.95    83.33", "booked 10, unknown 1, failed 1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

// TestWhatAPageSays reads the last page of a shopper.
func TestWhatAPageSays(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`<main data-step="done"><div class="outcome booked">`:   "booked",
		`<main data-step="done"><div class="outcome unlikely">`: "unlikely",
		`<main data-step="done">`:                               saysNothing,
		`<main data-step="confirm">`:                            saysRefused,
		`<main data-step="datetime">`:                           saysRefused,
	} {
		if got := saying(browse.Page{Status: 200, Body: body}); got != want {
			t.Errorf("%s says %q, want %q", body, got, want)
		}
	}
	if got := saying(browse.Page{Status: 502, Body: `<main data-step="error" data-error="down">`}); got != saysNothing {
		t.Errorf("an error page says %q", got)
	}
}

// TestTheWeatherIsTheSameAgain draws what a seed draws, and finds every kind in it.
func TestTheWeatherIsTheSameAgain(t *testing.T) {
	t.Parallel()
	one, two := rand.New(rand.NewPCG(7, 2)), rand.New(rand.NewPCG(7, 2))
	seen, still := map[string]bool{}, 0
	const spells = 400
	for range spells {
		a, b := draw(one), draw(two)
		if a != b {
			t.Fatalf("%+v, and then %+v", a, b)
		}
		if a.name == "" {
			still++
			continue
		}
		seen[a.name] = true
	}
	if len(seen) != len(kinds) || still < spells/4 || still > spells/2 {
		t.Errorf("%d kinds of %d, and %d calm spells of %d", len(seen), len(kinds), still, spells)
	}
}
