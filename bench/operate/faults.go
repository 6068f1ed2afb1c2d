package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"okoshko/internal/clock"
)

// People come before, during and after a fault of the store.
const (
	faultPeople = 48
	faultPause  = 700 * time.Millisecond // between two people who come
	faultBegins = 16 * time.Second       // after the first one
	faultLasts  = 10 * time.Second
	faultAfter  = faultBegins + faultLasts + 2*time.Second // who comes then meets nothing of the fault any more
	mended      = 5 * time.Second                          // in which everything works again by itself
)

// fault is what happens to a store.
type fault struct {
	begin, end func(ctx context.Context) error
	ready      string // what /readyz says of the store meanwhile; it answers 200 all the same
	lost       bool   // whether okoshko_store_lost is 1 meanwhile
	books      bool   // whether people book all the same
}

// seen is what an operator sees during a fault.
type seen struct {
	status  map[int]bool
	store   map[string]int // what /readyz said of the store
	lost    bool
	lostFor time.Duration // after the end of the fault
}

// play lets people come while a fault begins and ends.
func (f *fleet) play(ctx context.Context, what fault) ([]line, error) {
	var around sync.WaitGroup
	var failed error
	s := seen{status: map[int]bool{}, store: map[string]int{}}
	around.Go(func() {
		if !clock.Pause(ctx, faultBegins) {
			return
		}
		if failed = what.begin(ctx); failed != nil {
			return
		}
		f.on.say("the fault begins")
		for passed := clock.Stopwatch(); passed() < faultLasts; clock.Pause(ctx, 500*time.Millisecond) {
			for i := range f.processes {
				status, text := f.ready(ctx, i)
				s.status[status] = true
				s.store[storeSays(text)]++
				s.lost = s.lost || f.gauge(ctx, i, "okoshko_store_lost") == 1
			}
		}
		if failed = what.end(context.WithoutCancel(ctx)); failed != nil {
			return
		}
		f.on.say("the fault is over")
		passed := clock.Stopwatch()
		for i := range f.processes {
			for f.gauge(ctx, i, "okoshko_store_lost") != 0 && passed() < time.Minute {
				clock.Pause(ctx, 50*time.Millisecond)
			}
		}
		s.lostFor = passed()
	})
	who := buyers(faultPeople, faultPause)
	o := serve(ctx, f.URL, f.box, who)
	around.Wait()
	if failed != nil {
		return nil, failed
	}
	o.story(f.on)
	f.on.say("/readyz said meanwhile: %s", strings.Join(slices.Sorted(maps.Keys(s.store)), "; "))
	later, booked := 0, 0
	for _, b := range who {
		if b.After >= faultAfter {
			later++
			if o.Told[b.Phone] {
				booked++
			}
		}
	}
	lines := []line{
		told("people who booked, of "+strconv.Itoa(o.people), "%d", len(o.Told)),
		told("people who saw an error page, by its kind", "%s", counts(o.Kinds)),
		holds("/readyz answers 200 meanwhile, and says it", len(s.status) == 1 && s.status[200] && s.store[what.ready] > 0),
		holds("okoshko_store_lost is "+one(what.lost)+" meanwhile", s.lost == what.lost),
		none("requests without an answer of the program (no connection, 502, 503, 504)", o.wire.lost()),
		within("until okoshko_store_lost is 0 again", s.lostFor, mended),
		atLeast("people who came afterwards and booked, of "+strconv.Itoa(later), booked, later),
	}
	if what.books {
		lines = append(lines, atLeast("people who booked all the same, of "+strconv.Itoa(o.people), len(o.Told), o.people))
	}
	return append(lines, o.truth()...), nil
}

func one(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// storeSays is the line of /readyz on the store.
func storeSays(text string) string {
	for l := range strings.SplitSeq(text, "\n") {
		if state, rest, ok := strings.Cut(l, "store "); ok {
			return strings.TrimSpace(state) + ": " + strings.TrimSpace(rest)
		}
	}
	return "nothing"
}

// counts writes out how many there were of each kind.
func counts(kinds map[string]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
