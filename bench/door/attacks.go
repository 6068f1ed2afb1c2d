package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"

	"okoshko/bench/browse"
	"okoshko/internal/clock"
	"okoshko/internal/urls"
)

// attacker is the address of one who has no other.
const attacker = "192.0.2.66"

// networks are addresses that have nothing in common: each is of a /24 of its own.
func networks(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("198.18.%d.%d", i, 1+i%200)
	}
	return out
}

// flood asks for one contact page with a basket, for which there is nothing to keep, and every other time for one
// whose visits overlap, so that the upstream refuses it.
func flood(addresses int) func(context.Context, *attackers) {
	return func(ctx context.Context, a *attackers) {
		from := networks(addresses)
		pages := []string{a.baskets[0], a.baskets[len(a.baskets)-1]}
		pace(ctx, 7, unbounded, 200, func(n int) { a.get(ctx, from[n%len(from)], pages[n%len(pages)]) })
	}
}

// crawl follows links, and begins anew when there are none left.
func crawl(polite bool) func(context.Context, *attackers) {
	return func(ctx context.Context, a *attackers) {
		c := &crawler{attackers: a, polite: polite, luck: lucky(2), seen: map[string]bool{}}
		from := networks(50)
		if polite {
			if p, ok := a.get(ctx, from[0], a.url+urls.Robots); ok {
				if rules, err := robotstxt.FromStatusAndString(p.Status, p.Body); err == nil {
					c.rules = rules.FindGroup("bench")
				}
			}
		}
		pace(ctx, 10, unbounded, len(from), func(n int) {
			if ref := c.next(); ref != "" {
				if p, ok := a.get(ctx, from[n%len(from)], ref); ok {
					c.note(p)
				}
			}
		})
	}
}

// crawler knows which pages there are to open.
type crawler struct {
	*attackers
	polite bool
	rules  *robotstxt.Group // nil = everything may be opened

	mu   sync.Mutex
	luck *rand.Rand
	seen map[string]bool
	todo []string
}

// most is how many pages a crawler remembers.
const most = 50_000

// next is a page that has not been opened yet, any of them.
func (c *crawler) next() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.todo) == 0 {
		clear(c.seen)
		for i := range salons {
			c.add(c.url + urls.Form(1+i))
		}
	}
	if len(c.todo) == 0 {
		return "" // robots may not even open the first page
	}
	i, last := c.luck.IntN(len(c.todo)), len(c.todo)-1
	ref := c.todo[i]
	c.todo[i] = c.todo[last]
	c.todo = c.todo[:last]
	return ref
}

// note adds the links of a page.
func (c *crawler) note(p browse.Page) {
	if p.Status != http.StatusOK || c.polite && strings.Contains(p.Robots(), "nofollow") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range p.Links() {
		if c.polite && strings.Contains(" "+l.Rel+" ", " nofollow ") {
			continue
		}
		if u, err := p.URL.Parse(l.Href); err == nil {
			u.Fragment = ""
			c.add(u.String())
		}
	}
}

func (c *crawler) add(ref string) {
	path, ok := strings.CutPrefix(ref, c.url)
	if !ok || c.seen[ref] || len(c.seen) >= most || c.polite && c.rules != nil && !c.rules.Test(path) {
		return
	}
	c.seen[ref] = true
	c.todo = append(c.todo, ref)
}

// connect keeps many connections busy, of one address, with pages and forms that only the upstream has an answer to.
func connect(ctx context.Context, a *attackers) {
	var wg sync.WaitGroup
	for n := range connections {
		luck := lucky(uint64(n))
		wg.Go(func() {
			for pause := time.Duration(luck.IntN(1000)) * time.Millisecond; clock.Pause(ctx, pause); pause = time.Second {
				switch luck.IntN(3) {
				case 0:
					a.get(ctx, attacker, a.baskets[luck.IntN(len(a.baskets))])
				case 1:
					a.get(ctx, attacker, a.contacts[luck.IntN(len(a.contacts))])
				case 2:
					a.send(ctx, attacker, a.form, typed(7919_000_0000+n))
				}
			}
		})
	}
	wg.Wait()
}

// neighbours are many addresses of one network, each of a /64 of its own and seen once.
func neighbours(ctx context.Context, a *attackers) {
	const addresses, lasts = 20_000, 60
	pace(ctx, float64(addresses)/lasts, addresses, 2000, func(n int) {
		from := fmt.Sprintf("2001:db8:bad:%x::1", n)
		if n%2 == 0 {
			a.get(ctx, from, a.looks[n/2%len(a.looks)])
			return
		}
		p, ok := a.get(ctx, from, a.contacts[n/2%len(a.contacts)])
		if !ok || p.Step() != "contact" {
			return
		}
		p, ok = a.send(ctx, from, p, typed(7917_000_0000+n))
		for tries := 0; ok && p.Puzzle() && tries < 2; tries++ {
			p, ok = a.send(ctx, from, p, url.Values{"proof": {a.solver.solve(ctx, p)}})
		}
	})
}

// write sends one form again and again, each time for somebody else.
func write(ctx context.Context, a *attackers) {
	pace(ctx, 1265, unbounded, 256, func(n int) { a.send(ctx, attacker, a.form, typed(7918_000_0000+n)) })
}

func typed(phone int) url.Values {
	return url.Values{
		"fullname": {"Кто-то"}, "phone": {fmt.Sprintf("+%d", phone)}, "email": {"somebody@example.com"}, "accept_personal_data": {"on"},
	}
}
