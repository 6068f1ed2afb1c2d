package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/sandbox"
)

// haste is how many times as fast as people these think: a bench has less time.
const haste = 4

// wire counts what came back for every request that was sent to an address.
type wire struct {
	mu     sync.Mutex
	asked  int
	forms  int
	broken map[string]int // errors of connections and answers of the proxy's own, 500 and more, by their kind and method
}

// see counts one request. An answer of the program carries the request's name; one of the proxy's own does not.
func (w *wire) see(r *http.Request, resp *http.Response, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if r.Method == http.MethodPost {
		w.forms++
	}
	if w.broken == nil {
		w.broken = map[string]int{}
	}
	switch {
	case r.Context().Err() != nil: // the visitor has gone
	case err != nil:
		w.broken[r.Method+" connection"]++
	case resp.StatusCode >= http.StatusInternalServerError && resp.Header.Get("X-Request-Id") == "":
		w.broken[fmt.Sprintf("%s %d", r.Method, resp.StatusCode)]++
	}
}

// lost is how many requests had no answer of the program.
func (w *wire) lost() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.broken {
		n += m
	}
	return n
}

// String says which ones.
func (w *wire) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(w.broken)) {
		parts = append(parts, fmt.Sprintf("%s ×%d", kind, w.broken[kind]))
	}
	return strings.Join(parts, ", ")
}

// buyers are people who come to book, one after the other with a pause, each from a network of their own; 256 at most.
func buyers(people int, pause time.Duration) []shop.Buyer {
	out := make([]shop.Buyer, people)
	for i := range out {
		out[i] = shop.Buyer{
			Salon: 1 + i%rig.Town().Salons, Phone: fmt.Sprintf("7916555%04d", i), From: fmt.Sprintf("198.18.%d.7", i),
			After: time.Duration(i) * pause,
		}
	}
	return out
}

// outcome is what became of people.
type outcome struct {
	shop.Report
	people int
	twice  int // visits beyond the first of one person
	untrue int // people who were told of a visit that is not there
	untold int // people who have a visit and were told neither that nor that it is not known
	wire   wire
}

// serve lets people book and compares what they were told with what stands at the upstream.
func serve(ctx context.Context, url string, box *sandbox.Sandbox, who []shop.Buyer) *outcome {
	o := &outcome{people: len(who)}
	o.Report = shop.Serve(ctx, shop.Options{URL: url, Speed: 1, Seed: 24, Code: rig.CodeOf(box), See: o.wire.see}, who, haste)
	visits := map[string]int{}
	for _, record := range box.Booked() {
		if !record.Deleted && record.APIID != "" {
			visits[record.Phone]++
		}
	}
	for _, b := range who {
		n := visits[b.Phone]
		o.twice += max(n-1, 0)
		switch {
		case o.Told[b.Phone] && n == 0:
			o.untrue++
		case !o.Told[b.Phone] && n > 0:
			o.untold++
		}
	}
	o.untold = max(o.untold-o.Unsure, 0)
	return o
}

// story tells what people met, for whoever looks why a goal was missed.
func (o *outcome) story(on stage) {
	on.say("%d people: %d booked, %d unsure, %d forms sent again, %d times taken meanwhile; %d requests, %d of them forms; pages p50 %d ms, p95 %d ms, most %d ms",
		o.people, len(o.Told), o.Unsure, o.Again, o.Taken, o.wire.asked, o.wire.forms, o.Percentile(.5).Milliseconds(), o.Percentile(.95).Milliseconds(), o.Percentile(1).Milliseconds())
	if o.Errors > 0 {
		on.say("error pages: %v", o.Kinds)
	}
	if broken := o.wire.String(); broken != "" {
		on.say("not answered by the program: %s", broken)
	}
	for _, why := range slices.Sorted(maps.Keys(o.Reasons)) {
		on.say("%d left: %s", o.Reasons[why], why)
	}
}

// truth are the lines that hold whatever happens to an installation.
func (o *outcome) truth() []line {
	return []line{
		none("visits booked twice", o.twice),
		none("people told of a visit that nobody has booked", o.untrue),
		none("people with a visit who were told something else", o.untold),
	}
}
