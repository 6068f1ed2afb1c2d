package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"okoshko/bench/browse"
	"okoshko/internal/clock"
	"okoshko/internal/urls"
)

// What a shopper may be told in the end, beside the outcomes that a done page names (docs/outcomes.md).
const (
	saysBooked   = "booked"
	saysLikely   = "likely"
	saysRefused  = "refused"
	saysUnlikely = "unlikely"
	saysNothing  = "nothing: an error page, or none"
)

// shopper is one person, who looks at pages and may book.
type shopper struct {
	Options
	browser browse.Browser
	rng     *rand.Rand
	salon   int
	phone   string // digits; nobody else's
	buys    bool
}

// outcome is what became of a shopper.
type outcome struct {
	phone   string
	pressed bool   // the button that books, at least once
	said    string // at the end, "" for one who did not press
	left    string // why one who did not press left
}

var errLeft = errors.New("left")

// shop goes through the pages.
func (s *shopper) shop(ctx context.Context) outcome {
	out := outcome{phone: s.phone}
	p, err := s.choose(ctx)
	if err == nil && s.buys {
		p, err = s.order(ctx, p, &out)
	}
	switch {
	case out.pressed && err != nil:
		out.said = saysNothing
	case out.pressed:
		out.said = saying(p)
	case err != nil:
		out.left = err.Error()
	}
	return out
}

// saying reads what the last page says of a booking.
func saying(p browse.Page) string {
	switch p.Step() {
	case "done":
		_, rest, ok := strings.Cut(p.Body, `class="outcome `)
		if word, _, _ := strings.Cut(rest, `"`); ok && word != "" {
			return word
		}
		return saysNothing
	case "error":
		if p.Status >= http.StatusInternalServerError || p.Kind() == "" {
			return saysNothing
		}
		return saysRefused
	default:
		return saysRefused // the form again, or other times, with what is in the way
	}
}

// choose looks for a service and a time: the page that it returns is the contact step. Who does not buy stops at the times.
func (s *shopper) choose(ctx context.Context) (browse.Page, error) {
	p, err := s.load(ctx, func() (browse.Page, error) { return s.browser.Get(ctx, s.URL+urls.With(urls.Form(s.salon), "lang=ru")) }, "service")
	if err != nil {
		return p, err
	}
	cards := p.Cards("data-service")
	if len(cards) == 0 {
		return p, fmt.Errorf("%w: no services", errLeft)
	}
	s.think(ctx, 2, 8)
	if p, err = s.follow(ctx, p, cards[s.rng.IntN(len(cards))].Href, "datetime"); err != nil {
		return p, err
	}
	for range 1 + s.rng.IntN(3) {
		s.think(ctx, 2, 6)
		days := p.Choices("data-date")
		if len(days) == 0 {
			return p, fmt.Errorf("%w: no days", errLeft)
		}
		if p, err = s.follow(ctx, p, days[s.rng.IntN(min(len(days), 10))].Href, "datetime"); err != nil {
			return p, err
		}
	}
	if !s.buys {
		return p, nil
	}
	slots := p.Choices("data-slot")
	if len(slots) == 0 {
		return p, fmt.Errorf("%w: no times", errLeft)
	}
	s.think(ctx, 2, 6)
	return s.follow(ctx, p, slots[s.rng.IntN(len(slots))].Href, "contact")
}

// presses is how often a person sends forms before giving up.
const presses = 8

// order types, and presses what books. What was pressed and came back is pressed again, as people do.
func (s *shopper) order(ctx context.Context, p browse.Page, out *outcome) (browse.Page, error) {
	typed := url.Values{"fullname": {"Анна"}, "phone": {"+" + s.phone}, "email": {"anna@example.com"}, "accept_personal_data": {"on"}}
	for range presses {
		s.think(ctx, 5, 12) // longer than a form may be sent at the earliest
		step, values := p.Step(), url.Values{}
		switch {
		case p.Asks("code"):
			values.Set("code", s.Upstream.Code(s.phone))
		case step == "contact":
			values = typed
		}
		if step == "confirm" || p.Asks("code") {
			out.pressed = true
		}
		sent := p
		next, err := s.load(ctx, func() (browse.Page, error) { return s.browser.Send(ctx, sent, values) })
		if err != nil {
			return next, err
		}
		p = next
		if action, _ := p.Form(); action == "" || p.Step() == "done" || p.Step() == "datetime" || p.Step() == "error" {
			return s.settle(ctx, p)
		}
	}
	return p, nil
}

// looks is how often a page that does not know yet is opened again: some three minutes.
const looks = 20

// settle waits until a page knows what has become of the booking.
func (s *shopper) settle(ctx context.Context, p browse.Page) (browse.Page, error) {
	for range looks {
		again := p.Refresh()
		if p.Step() != "done" || again == 0 {
			break
		}
		clock.Pause(ctx, again)
		next, err := s.load(ctx, func() (browse.Page, error) { return s.browser.Get(ctx, p.URL.String()) }, "done")
		if err != nil {
			if ctx.Err() != nil {
				return p, err
			}
			continue // the page that is open stays open
		}
		p = next
	}
	return p, nil
}

func (s *shopper) follow(ctx context.Context, p browse.Page, href string, want ...string) (browse.Page, error) {
	return s.load(ctx, func() (browse.Page, error) { return s.browser.Follow(ctx, p, href) }, want...)
}

// tries is how often a person presses again what led to an error.
const tries = 4

// load opens a page. One that is still looking asks again by itself; an error is tried again.
func (s *shopper) load(ctx context.Context, fetch func() (browse.Page, error), want ...string) (p browse.Page, err error) {
	for range tries {
		if p, err = fetch(); ctx.Err() != nil {
			return p, ctx.Err()
		}
		if err == nil && p.Status < http.StatusInternalServerError && p.Kind() != "busy" {
			break
		}
		clock.Pause(ctx, max(p.Refresh(), 2*time.Second))
	}
	switch {
	case err != nil:
		return p, err
	case p.Step() == "error" || p.Step() == "":
		return p, fmt.Errorf("%w: an error page of the kind %q", errLeft, p.Kind())
	}
	if len(want) > 0 && !slices.Contains(want, p.Step()) {
		return p, fmt.Errorf("%w: the step is %q, not %q", errLeft, p.Step(), want[0])
	}
	return p, nil
}

// think is the time that a person needs, in seconds.
func (s *shopper) think(ctx context.Context, from, to float64) {
	clock.Pause(ctx, time.Duration((from+s.rng.Float64()*(to-from))*float64(time.Second)))
}
