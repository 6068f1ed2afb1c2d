package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"okoshko/internal/clock"
)

// fault is one that the sandbox is told to have: docs/sandbox.md.
type fault struct {
	Path            string  `json:"path,omitempty"`
	Method          string  `json:"method,omitempty"`
	Status          int     `json:"status,omitempty"`
	Work            bool    `json:"work,omitempty"`
	Body            string  `json:"body,omitempty"`
	LatencyMS       int     `json:"latency_ms,omitempty"`
	AnswerLatencyMS int     `json:"answer_latency_ms,omitempty"`
	Close           string  `json:"close,omitempty"`
	LateMS          int     `json:"late_ms,omitempty"`
	Rate            float64 `json:"rate,omitempty"`
}

// kinds are the kinds of faults, each with what it may be. What a call of a booking is answered with says nothing of what has become of
// it: the sandbox has done some of them.
var kinds = []struct {
	name string
	of   func(rng *rand.Rand) fault
}{
	{"slow", func(rng *rand.Rand) fault { return fault{LatencyMS: 500 + rng.IntN(4000)} }},
	{"slow after the work", func(rng *rand.Rand) fault { return fault{AnswerLatencyMS: 1000 + rng.IntN(7000)} }},
	{"5xx", func(rng *rand.Rand) fault { return fault{Status: 500 + rng.IntN(4), Work: rng.IntN(2) == 0} }},
	{"429", func(*rand.Rand) fault { return fault{Status: http.StatusTooManyRequests} }},
	{"reset before the work", func(*rand.Rand) fault { return fault{Close: "before"} }},
	{"reset, and the work done later", func(rng *rand.Rand) fault { return fault{Close: "before", LateMS: 200 + rng.IntN(2500)} }},
	{"answer lost", func(*rand.Rand) fault { return fault{Close: "after"} }},
	{"half a body", func(*rand.Rand) fault { return fault{Close: "mid"} }},
	{"a body that is none", func(rng *rand.Rand) fault {
		return fault{Status: http.StatusOK, Work: rng.IntN(2) == 0, Body: "gar{bage"}
	}},
}

// places are the calls that a fault meets: all of them, those of times, and twice as often what books.
var places = []fault{
	{},
	{Path: "/book_times"},
	{Path: "/book_dates"},
	{Path: "/book_check"},
	{Path: "/book_record", Method: http.MethodPost},
	{Path: "/book_record", Method: http.MethodPost},
}

// spell is a time of one weather.
type spell struct {
	lasts time.Duration
	name  string // "" = nothing fails
	fault fault
}

// calm is the part of the spells in which nothing fails.
const calm = 0.4

// draw makes the next spell.
func draw(rng *rand.Rand) spell {
	s := spell{lasts: time.Duration(10+rng.IntN(30)) * time.Second}
	if rng.Float64() < calm {
		return s
	}
	kind, place := kinds[rng.IntN(len(kinds))], places[rng.IntN(len(places))]
	s.name, s.fault = kind.name, kind.of(rng)
	s.fault.Path, s.fault.Method, s.fault.Rate = place.Path, place.Method, 0.3+0.7*rng.Float64()
	return s
}

// weather changes the faults of a sandbox until ctx ends, and clears them then. It counts the spells of each kind.
func weather(ctx context.Context, sandboxURL string, rng *rand.Rand) (spells map[string]int, err error) {
	spells = map[string]int{}
	for ctx.Err() == nil {
		s := draw(rng)
		if err := tell(ctx, http.MethodDelete, sandboxURL, nil); err != nil {
			return spells, err
		}
		if s.name != "" {
			spells[s.name]++
			if err := tell(ctx, http.MethodPost, sandboxURL, s.fault); err != nil {
				return spells, err
			}
		} else {
			spells["nothing fails"]++
		}
		clock.Pause(ctx, s.lasts)
	}
	return spells, tell(ctx, http.MethodDelete, sandboxURL, nil)
}

// toldWithin is how long the sandbox may take to hear of a fault.
const toldWithin = 10 * time.Second

// tell sets a fault, or clears all, also when ctx has ended.
func tell(ctx context.Context, method, sandboxURL string, what any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), toldWithin)
	defer cancel()
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, sandboxURL+"/_sandbox/faults", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the sandbox takes no fault: %d", resp.StatusCode)
	}
	return nil
}
