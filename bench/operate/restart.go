package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"okoshko/bench/browse"
	"okoshko/internal/clock"
	"okoshko/internal/redistest"
	"okoshko/internal/urls"
)

const (
	restartPeople = 62
	restartPause  = 700 * time.Millisecond // between two people who come
	restartBegins = 8 * time.Second        // after the first one
	restartRounds = 2
	readyEvery    = 50 * time.Millisecond
	restartLimit  = 20 * time.Second

	// What is sent past the people: so many requests a second, half of them forms, from so many networks. People are too few to
	// meet the moment at which a process closes its door.
	beats        = 80
	beatNetworks = 200
)

// playRestart restarts every process of two, one after the other, while people book, as docs/operations.md says it
// ("Without a gap"): the next one as soon as the one before it is ready.
func playRestart(ctx context.Context, on stage) ([]line, error) {
	store, err := redistest.Run() //nolint:contextcheck // it is stopped below
	if err != nil {
		return nil, err
	}
	defer store.Stop()
	f, err := openShared(ctx, on, store.URL)
	if err != nil {
		return nil, err
	}
	defer f.Close()

	var around sync.WaitGroup
	beating, enough := context.WithCancel(ctx)
	defer enough()
	var hammer wire
	around.Go(func() { err = errors.Join(err, beat(beating, f.URL, &hammer)) })
	var failed error
	var longest time.Duration
	restarts := 0
	var said atomic.Int32
	around.Go(func() {
		clock.Pause(ctx, restartBegins)
		for n := range restartRounds * len(f.processes) {
			i := n % len(f.processes)
			passed := clock.Stopwatch()
			ended, watch := context.WithCancel(ctx)
			around.Go(func() {
				for ended.Err() == nil {
					if status, text := f.ready(ended, i); status == http.StatusServiceUnavailable && strings.Contains(text, "told to stop") {
						watch()
						said.Add(1)
					}
					clock.Pause(ended, readyEvery)
				}
			})
			failed = f.processes[i].Stop()
			watch()
			if failed != nil {
				failed = fmt.Errorf("process %d: %w", i+1, failed)
				return
			}
			stopped := passed()
			if failed = f.start(ctx, i); failed != nil {
				return
			}
			restarts++
			longest = max(longest, passed())
			on.say("process %d: ended %.1f s after SIGTERM, ready again %.1f s later", i+1, stopped.Seconds(), (passed() - stopped).Seconds())
		}
	})
	o := serve(ctx, f.URL, f.box, buyers(restartPeople, restartPause))
	enough()
	around.Wait()
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	o.story(on)
	if broken := hammer.String(); broken != "" {
		on.say("of the others not answered by the program: %s", broken)
	}
	return append([]line{
		atLeast("restarts under load", restarts, restartRounds*len(f.processes)),
		atLeast("of them announced: /readyz answered 503 before the end", int(said.Load()), restarts),
		told("requests meanwhile", "%d by people and %d others, %d of all forms", o.wire.asked, hammer.asked, o.wire.forms+hammer.forms),
		none("requests without an answer of the program (no connection, 502, 503, 504)", o.wire.lost()+hammer.lost()),
		none("error pages that people saw", o.Errors),
		atLeast("people who booked, of "+strconv.Itoa(o.people), len(o.Told), o.people),
		within("longest restart of a process", longest, restartLimit),
	}, o.truth()...), nil
}

// beat asks for pages and sends forms that lack what must be typed, as steadily as it can, until ctx ends.
func beat(ctx context.Context, address string, see *wire) error {
	net := browse.Open(beatNetworks)
	net.Watch(see.see)
	defer net.Close()
	scout := net.Browser(beatFrom(0))
	first, err := scout.Get(ctx, address+urls.With(urls.Form(1), "lang=ru"))
	if err != nil {
		return err
	}
	contact, err := toContact(ctx, scout, first)
	if err != nil {
		return err
	}
	var under sync.WaitGroup
	defer under.Wait()
	tick := time.NewTicker(time.Second / beats)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		who := net.Browser(beatFrom(n))
		under.Go(func() {
			if n%2 == 0 {
				_, _ = who.Get(ctx, contact.URL.String()) // what went wrong was seen
				return
			}
			_, _ = who.Send(ctx, contact, url.Values{"fullname": {""}})
		})
	}
}

func beatFrom(n int) string { return fmt.Sprintf("198.19.%d.7", n%beatNetworks) }

// toContact takes the first of everything until the page asks who comes.
func toContact(ctx context.Context, b browse.Browser, p browse.Page) (_ browse.Page, err error) {
	for range 10 {
		var links []browse.Link
		switch p.Step() {
		case "contact":
			return p, nil
		case "service":
			links = p.Cards("data-service")
		case "datetime":
			if links = p.Choices("data-slot"); len(links) == 0 {
				links = p.Choices("data-date")
			}
		}
		if len(links) == 0 {
			break
		}
		if p, err = b.Follow(ctx, p, links[len(links)-1].Href); err != nil {
			return p, err
		}
	}
	return p, fmt.Errorf("no way to the contact form from step %q, status %d", p.Step(), p.Status)
}
