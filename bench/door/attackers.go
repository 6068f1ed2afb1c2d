package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"okoshko/bench/browse"
	"okoshko/internal/clock"
	"okoshko/internal/urls"
)

// attackers are those who try to keep people out, and what they have found out before.
type attackers struct {
	url    string
	net    *browse.Connections
	tally  tally
	solver solver

	looks    []string // pages that show something
	contacts []string // contact pages of visits that can be booked, in the salon that asks for codes
	baskets  []string // contact pages of two visits, in the other; the first are visits that overlap, the last are not
	form     browse.Page
}

func (a *attackers) from(address string) browse.Browser {
	return a.net.Browser(address)
}

// get opens an address and counts the answer.
func (a *attackers) get(ctx context.Context, address, ref string) (browse.Page, bool) {
	p, err := a.from(address).Get(ctx, ref)
	return p, a.tally.add(ctx, p, err)
}

// send sends a form and counts the answer.
func (a *attackers) send(ctx context.Context, address string, p browse.Page, typed url.Values) (browse.Page, bool) {
	p, err := a.from(address).Send(ctx, p, typed)
	return p, a.tally.add(ctx, p, err)
}

// connections are as many as the attackers keep open.
const connections = 1300

// scouting is how long they may take to find out.
const scouting = 40 * time.Second

// scout walks through both salons as a visitor does, and notes the links that attacks use.
func scout(ctx context.Context, address string) (*attackers, error) {
	ctx, cancel := context.WithTimeout(ctx, scouting)
	defer cancel()
	a := &attackers{url: address, net: browse.Open(connections)}
	b := a.from("198.18.255.1")
	first, err := a.times(ctx, b, address+urls.Form(1))
	if err != nil {
		return nil, err
	}
	single, err := open(ctx, b, first, hrefs(first, "data-slot")[0])
	if err != nil {
		return nil, err
	}
	a.form = single
	add := hrefs(single, "data-add")
	if len(add) == 0 {
		return nil, errors.New("the contact page offers no second visit")
	}
	another, err := resolve(single, add[0])
	if err != nil {
		return nil, err
	}
	pages, err := a.days(ctx, b, another)
	if err != nil {
		return nil, err
	}
	for _, p := range pages {
		a.baskets = append(a.baskets, absolute(p, hrefs(p, "data-slot"))...)
	}
	if len(a.baskets) > 0 {
		last, err := open(ctx, b, browse.Page{}, a.baskets[len(a.baskets)-1])
		if err != nil || last.Step() != "contact" {
			return nil, fmt.Errorf("two visits end at step %q, status %d: %w", last.Step(), last.Status, err)
		}
	}
	if pages, err = a.days(ctx, b, address+urls.Form(2)); err != nil {
		return nil, err
	}
	for _, p := range pages {
		a.contacts = append(a.contacts, absolute(p, hrefs(p, "data-slot"))...)
		a.looks = append(a.looks, absolute(p, hrefs(p, "data-date"))...)
	}
	if len(a.baskets) < 2 || len(a.contacts) < 2 || len(a.looks) < 2 {
		return nil, fmt.Errorf("found %d, %d and %d links, want more", len(a.baskets), len(a.contacts), len(a.looks))
	}
	return a, nil
}

// times walks from a salon's first page to one with free times, taking the first of everything.
func (a *attackers) times(ctx context.Context, b browse.Browser, ref string) (browse.Page, error) {
	p, err := open(ctx, b, browse.Page{}, ref)
	for err == nil {
		var next []string
		switch {
		case p.Step() == "service":
			next = addresses(p.Cards("data-service"))
		case p.Step() == "master":
			next = hrefs(p, "data-staff")
		case p.Step() == "datetime" && len(hrefs(p, "data-slot")) > 0:
			return p, nil
		case p.Step() == "datetime":
			next = hrefs(p, "data-date")
			slices.Reverse(next)
		}
		if len(next) == 0 {
			return p, fmt.Errorf("the walk ends at step %q %s, status %d", p.Step(), p.Kind(), p.Status)
		}
		p, err = open(ctx, b, p, next[0])
	}
	return p, err
}

// days are the pages of some days with free times.
func (a *attackers) days(ctx context.Context, b browse.Browser, ref string) ([]browse.Page, error) {
	p, err := a.times(ctx, b, ref)
	if err != nil {
		return nil, err
	}
	out := []browse.Page{p}
	dates := hrefs(p, "data-date")
	for _, href := range dates[max(0, len(dates)-3):] {
		q, err := open(ctx, b, p, href)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// open follows a link, as often as the page says that it is still looking.
func open(ctx context.Context, b browse.Browser, at browse.Page, href string) (p browse.Page, err error) {
	for {
		if at.URL == nil {
			p, err = b.Get(ctx, href)
		} else {
			p, err = b.Follow(ctx, at, href)
		}
		if err != nil || p.Kind() != "busy" {
			return p, err
		}
		if !clock.Pause(ctx, max(p.Refresh(), time.Second)) {
			return p, ctx.Err()
		}
	}
}

func hrefs(p browse.Page, data string) []string { return addresses(p.Choices(data)) }

func addresses(links []browse.Link) []string {
	out := make([]string, len(links))
	for i, l := range links {
		out[i] = l.Href
	}
	return out
}

func resolve(p browse.Page, href string) (string, error) {
	u, err := p.URL.Parse(href)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func absolute(p browse.Page, hrefs []string) []string {
	var out []string
	for _, href := range hrefs {
		if ref, err := resolve(p, href); err == nil {
			out = append(out, ref)
		}
	}
	return out
}

// pace does something so many times a second until ctx ends or it was done often enough, whatever time it takes, but
// never more than some at once: what would be more is left out, as a machine leaves it out that has no more sockets.
func pace(ctx context.Context, perSecond float64, often, atOnce int, do func(n int)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	room := make(chan struct{}, atOnce)
	passed := clock.Stopwatch()
	for n := 0; n < often; {
		for due := int(passed().Seconds() * perSecond); n < min(due, often); n++ {
			select {
			case room <- struct{}{}:
				turn := n
				wg.Go(func() {
					do(turn)
					<-room
				})
			default:
			}
		}
		if !clock.Pause(ctx, 5*time.Millisecond) {
			return
		}
	}
}

// unbounded is more often than any scene lasts.
const unbounded = 1 << 30

// tally counts answers by their status.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
	sent int
}

// add counts an answer and says whether there was one.
func (t *tally) add(ctx context.Context, p browse.Page, err error) bool {
	if ctx.Err() != nil {
		return false // the scene is over
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]int{}
	}
	t.sent++
	if err != nil {
		t.seen["broken"]++
		return false
	}
	t.seen[strconv.Itoa(p.Status)]++
	return true
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sent == 0 {
		return ""
	}
	parts := []string{strconv.Itoa(t.sent) + " answers"}
	for _, status := range slices.Sorted(maps.Keys(t.seen)) {
		parts = append(parts, fmt.Sprintf("%s × %d", status, t.seen[status]))
	}
	return strings.Join(parts, ", ")
}

// solver answers puzzles one after the other and takes a fifth of a core at most: an attacker's own machine does not
// slow the program down, so neither may this.
type solver struct{ mu sync.Mutex }

func (s *solver) solve(ctx context.Context, p browse.Page) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return ""
	}
	passed := clock.Stopwatch()
	answer := p.Solve()
	clock.Pause(ctx, 4*passed())
	return answer
}

// lucky is a generator for a load.
func lucky(n uint64) *rand.Rand { return rand.New(rand.NewPCG(16, n)) } //nolint:gosec // a load, not a secret
