// Package shop is a crowd of shoppers: they come at random, look at a town's salons the way people do,
// and one in ten books, or all of them do. Rush, cluster and door measure what they meet.
package shop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"okoshko/bench/browse"
	"okoshko/bench/rig"
	"okoshko/internal/clock"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
)

// Options say who comes.
type Options struct {
	URL    string // of the widget
	Salons int
	Rate   float64 // shoppers a minute
	Speed  float64 // how many times as fast as the real clock theirs runs
	Seed   uint64
	// Code reads the text message that a phone has got last.
	Code func(phone string) string
	// Free says whether a visit can be booked at the upstream at this moment; nil when nobody can look there. A time that
	// was gone when it was pressed is lost then, whether the widget says so at once or only at the end.
	Free func(salon int, visit flow.Choices) bool
	Dial browse.Dial // nil: by the machine's network
	See  browse.See  // nil: nobody watches the requests
}

// Report is what the shoppers of the measured time have met. Times are by their own clock.
type Report struct {
	Shoppers  int // that came
	Left      int // that found nothing to book, or gave up
	Pages     []time.Duration
	Opened    []time.Duration            // those of them that a link led to
	Sent      []time.Duration            // those that a form or a button was sent for: contact, code, Book
	Ways      map[string][]time.Duration // the same by what was open and what came: "datetime to contact"
	Looking   int                        // pages that said "still looking" first
	Again     int                        // requests that were made again, because the connection broke, nobody was behind it, or the form came back
	Errors    int                        // error pages
	Kinds     map[string]int
	Tried     int // slots that somebody wanted
	Lost      int // of them gone when they were wanted: shown, and booked by another shopper or by the salon's desk
	Taken     int // of them free when they were wanted, and gone while this one was typing
	Booked    int
	Unsure    int // done pages that say anything but "booked"
	Attempted map[string]bool
	Typed     map[string]bool // phones that were typed into a form
	Told      map[string]bool // phones whose owners were told that their visit is booked
	Reasons   map[string]int  // why people left
}

// Percentile of the page times.
func (r *Report) Percentile(p float64) time.Duration { return Percentile(r.Pages, p) }

// Percentile of some times.
func Percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	all := slices.Sorted(slices.Values(times))
	return all[min(len(all)-1, int(p*float64(len(all))))]
}

// crowd is a run.
type crowd struct {
	Options
	net    *browse.Connections
	haste  float64 // how many times as fast as shoppers these people think
	mu     sync.Mutex
	report Report
}

func newCrowd(o Options) *crowd {
	net := browse.OpenOn(o.Dial, 256)
	if o.See != nil {
		net.Watch(o.See)
	}
	return &crowd{
		Options: o, net: net, haste: 1,
		report: Report{Kinds: map[string]int{}, Ways: map[string][]time.Duration{}, Attempted: map[string]bool{}, Typed: map[string]bool{}, Told: map[string]bool{}, Reasons: map[string]int{}},
	}
}

// Run lets shoppers come for a time, of which the first part is not counted, and waits for the last
// ones, who are counted when they came in the measured time.
func Run(ctx context.Context, o Options, warm, measured time.Duration) Report {
	c := newCrowd(o)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rng := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // a load, not a secret
	var wg sync.WaitGroup
	passed := clock.Stopwatch()
	for n := uint64(0); ; n++ {
		// Poisson arrivals.
		c.sleep(ctx, time.Duration(-math.Log(1-rng.Float64())/o.Rate*float64(time.Minute)))
		since := c.since(passed)
		if since >= warm+measured || ctx.Err() != nil {
			break
		}
		s := c.shopper(n)
		s.counted = since >= warm
		wg.Go(func() { s.visit(ctx) })
	}
	// Whoever is still under way after some minutes waits in vain.
	last := time.AfterFunc(time.Duration(float64(stragglers)/o.Speed), cancel)
	wg.Wait()
	last.Stop()
	c.net.Close()
	return c.report
}

// Buyer is somebody who comes to book and does not leave without.
type Buyer struct {
	Salon int
	Phone string        // digits, of nobody else
	From  string        // the address that a proxy says they come from
	After time.Duration // when they come
}

// Serve lets buyers come, each at their time, and waits for all of them. They think as shoppers do, but faster by
// a factor, because a bench has less time than people have.
func Serve(ctx context.Context, o Options, buyers []Buyer, haste float64) Report {
	c := newCrowd(o)
	c.haste = haste
	var wg sync.WaitGroup
	for n, b := range buyers {
		s := c.shopper(uint64(n))
		s.counted, s.buyer, s.browser = true, &b, c.net.Browser(b.From)
		wg.Go(func() {
			s.sleep(ctx, b.After)
			s.visit(ctx)
		})
	}
	wg.Wait()
	c.net.Close()
	return c.report
}

// shopper is the n-th person that comes.
func (c *crowd) shopper(n uint64) *shopper {
	return &shopper{
		crowd: c, browser: c.net.Browser(""),
		rng: rand.New(rand.NewPCG(c.Seed, n+2)), //nolint:gosec // a load, not a secret
	}
}

// untilKnown is how often a page that does not know yet is opened again.
const untilKnown = 15

// stragglers may take so long after the last one has come.
const stragglers = 3 * time.Minute

// since is what has passed by the shoppers' clock.
func (c *crowd) since(passed func() time.Duration) time.Duration {
	return time.Duration(float64(passed()) * c.Speed)
}

func (c *crowd) sleep(ctx context.Context, d time.Duration) {
	clock.Pause(ctx, time.Duration(float64(d)/c.Speed))
}

// shopper is one person.
type shopper struct {
	*crowd
	browser browse.Browser
	rng     *rand.Rand
	counted bool
	buyer   *Buyer // nil = looks around, and seldom books
	salon   int
	gone    bool   // the time that was pressed was not free at the upstream
	at      string // the step of the page that is open
}

var errGaveUp = errors.New("gave up")

// count changes the report when the shopper is counted.
func (s *shopper) count(change func(*Report)) {
	if !s.counted {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.report)
}

// think is the time that a person needs.
func (s *shopper) think(ctx context.Context, from, to int) {
	s.sleep(ctx, time.Duration((float64(from)+s.rng.Float64()*float64(to-from))/s.haste*float64(time.Second)))
}

// near picks the first half of the time, the second a quarter, and so on.
func (s *shopper) near(n int) int {
	i := 0
	for i < n-1 && s.rng.IntN(2) == 0 {
		i++
	}
	return i
}

func (s *shopper) visit(ctx context.Context) {
	s.count(func(r *Report) { r.Shoppers++ })
	switch err := s.shop(ctx); {
	case err == nil:
	case ctx.Err() == nil:
		s.count(func(r *Report) {
			r.Left++
			r.Reasons[err.Error()]++
		})
	case s.buyer != nil:
		s.count(func(r *Report) { r.Reasons["the time was over"]++ })
	}
}

// shop is the way through the pages.
func (s *shopper) shop(ctx context.Context) error {
	s.salon = 1 + rig.Zipf(s.rng, s.Salons)
	if s.buyer != nil {
		s.salon = s.buyer.Salon
	}
	p, err := s.get(ctx, s.URL+urls.With(urls.Form(s.salon), "lang=ru"), "service")
	if err != nil {
		return err
	}
	s.think(ctx, 4, 12)
	services := p.Cards("data-service")
	if len(services) == 0 {
		return errGaveUp
	}
	if p, err = s.follow(ctx, p, services[rig.Zipf(s.rng, len(services))], "datetime"); err != nil {
		return err
	}
	// The first one is "any", whose times are there already; half of the people take it.
	if masters := p.Choices("data-staff"); len(masters) > 1 && s.rng.IntN(2) == 0 {
		s.think(ctx, 3, 9)
		if p, err = s.follow(ctx, p, masters[1+s.rng.IntN(len(masters)-1)], "datetime"); err != nil {
			return err
		}
	}
	return s.look(ctx, p)
}

// look turns the calendar: one day, and each time with even chances another.
func (s *shopper) look(ctx context.Context, p browse.Page) (err error) {
	for {
		s.think(ctx, 3, 9)
		days := p.Choices("data-date")
		if len(days) == 0 {
			return errGaveUp
		}
		day := days[s.near(len(days))]
		if p.URL.Query().Get("date") != day.Value && !strings.Contains(p.Body, `data-slot="`+day.Value) {
			if p, err = s.follow(ctx, p, day, "datetime"); err != nil {
				return err
			}
		}
		if s.rng.IntN(2) == 0 && (s.buyer == nil || len(p.Choices("data-slot")) > 0) {
			break
		}
	}
	if s.buyer == nil && s.rng.IntN(10) != 0 {
		return nil
	}
	s.think(ctx, 3, 9)
	return s.book(ctx, p)
}

// book takes a time, types, and presses the last button.
func (s *shopper) book(ctx context.Context, p browse.Page) (err error) {
	for tries := 0; ; tries++ {
		slots := p.Choices("data-slot")
		if len(slots) == 0 || tries == 3 {
			return fmt.Errorf("%w at %d times after %d were gone", errGaveUp, len(slots), tries)
		}
		slot := slots[s.rng.IntN(len(slots))]
		s.gone = !s.free(slot)
		s.count(func(r *Report) { r.Tried++ })
		if p, err = s.follow(ctx, p, slot, "contact", "datetime"); err != nil {
			return err
		}
		if p.Step() != "contact" {
			s.count(func(r *Report) { r.Lost++ })
			s.think(ctx, 3, 6)
			continue
		}
		phone := fmt.Sprintf("7916%07d", s.rng.IntN(10_000_000))
		if s.buyer != nil {
			phone = s.buyer.Phone
		}
		if p, err = s.order(ctx, p, phone); err != nil {
			return err
		}
		if p.Step() == "datetime" && s.buyer != nil {
			s.missed()
			continue
		}
		return s.conclude(p, phone)
	}
}

// free says whether the visit that a link stands for can be booked, as far as anybody can look.
func (s *shopper) free(slot browse.Link) bool {
	ref, err := url.Parse(slot.Href)
	if err != nil || s.Free == nil {
		return true
	}
	visit, _ := flow.ParseChoices(ref.Query())
	return s.Free(s.salon, visit)
}

// missed counts a time that was refused at the end.
func (s *shopper) missed() {
	s.count(func(r *Report) {
		if s.gone {
			r.Lost++
		} else {
			r.Taken++
		}
	})
}

// order types, and presses the last button.
func (s *shopper) order(ctx context.Context, p browse.Page, phone string) (_ browse.Page, err error) {
	s.think(ctx, 15, 40)
	s.count(func(r *Report) { r.Typed[phone] = true })
	values := url.Values{"fullname": {"Анна"}, "phone": {"+" + phone}, "email": {"anna@example.com"}, "accept_personal_data": {"on"}}
	if p, err = s.send(ctx, p, values, "contact", "confirm", "datetime"); err != nil {
		return p, err
	}
	again := 0 // how often a form that came back was sent again
	for pressed := false; ; {
		offers := p.Buttons("data-slot")
		switch {
		case p.Step() == "contact" && p.Asks("code"):
			s.think(ctx, 5, 15)
			p, err = s.send(ctx, p, url.Values{"code": {s.Code(phone)}}, "confirm", "datetime", "done")
		case p.Step() == "confirm" && !pressed:
			pressed = true
			s.think(ctx, 3, 12)
			var code url.Values
			if p.Asks("code") { // beside the button that books
				code = url.Values{"code": {s.Code(phone)}}
			}
			p, err = s.send(ctx, p, code, "done", "datetime", "confirm")
		case (p.Step() == "contact" || p.Step() == "confirm") && again < patienceTries && s.buyer != nil:
			// It could not be sent just now, as the page says; what was typed is still there.
			again++
			s.count(func(r *Report) { r.Again++ })
			s.think(ctx, 3, 9)
			if p.Step() == "confirm" {
				values = nil
			}
			p, err = s.send(ctx, p, values, "contact", "confirm", "done", "datetime")
		case p.Step() == "datetime" && len(offers) > 0 && s.buyer != nil:
			// Another one was faster, and the page offers the times nearest to the one that is gone.
			s.missed()
			pressed, s.gone = false, false
			s.think(ctx, 3, 9)
			p, err = s.press(ctx, p, offers[s.rng.IntN(len(offers))], "confirm", "contact", "datetime")
		default:
			return s.settle(ctx, p)
		}
		if err != nil {
			return p, err
		}
	}
}

// settle waits until a page knows what has become of the visit.
func (s *shopper) settle(ctx context.Context, p browse.Page) (_ browse.Page, err error) {
	for range untilKnown {
		if p.Step() != "done" || p.Refresh() == 0 {
			break
		}
		s.sleep(ctx, 3*time.Second)
		if p, err = s.get(ctx, p.URL.String(), "done"); err != nil {
			return p, err
		}
	}
	return p, nil
}

// conclude counts what the last page says.
func (s *shopper) conclude(p browse.Page, phone string) error {
	switch {
	case p.Step() == "done" && strings.Contains(p.Body, "data-record="):
		s.count(func(r *Report) {
			r.Booked++
			r.Told[phone] = true
		})
	case p.Step() == "done":
		s.count(func(r *Report) { r.Unsure++ })
	case s.buyer != nil || p.Step() == "confirm":
		return fmt.Errorf("%w: the form was refused at step %q, status %d", errGaveUp, p.Step(), p.Status)
	default:
		s.missed()
	}
	if id := p.URL.Query().Get("attempt"); id != "" {
		s.mu.Lock()
		s.report.Attempted[id] = true
		s.mu.Unlock()
	}
	return nil
}

func (s *shopper) follow(ctx context.Context, p browse.Page, l browse.Link, want ...string) (browse.Page, error) {
	return s.load(ctx, want, opened, func() (browse.Page, error) { return s.browser.Follow(ctx, p, l.Href) })
}

func (s *shopper) get(ctx context.Context, ref string, want ...string) (browse.Page, error) {
	return s.load(ctx, want, opened, func() (browse.Page, error) { return s.browser.Get(ctx, ref) })
}

func (s *shopper) press(ctx context.Context, p browse.Page, b browse.Button, want ...string) (browse.Page, error) {
	return s.load(ctx, want, sent, func() (browse.Page, error) { return s.browser.Press(ctx, p, b) })
}

func (s *shopper) send(ctx context.Context, p browse.Page, values url.Values, want ...string) (browse.Page, error) {
	p, err := s.load(ctx, want, sent, func() (browse.Page, error) { return s.browser.Send(ctx, p, values) })
	for range puzzles {
		if err != nil || !p.Puzzle() {
			break
		}
		// The script solves it and sends the form while the person waits.
		asked := p
		p, err = s.load(ctx, want, sent, func() (browse.Page, error) { return s.browser.Send(ctx, asked, url.Values{"proof": {asked.Solve()}}) })
	}
	return p, err
}

const (
	// patienceTries is how often a person tries again what went wrong.
	patienceTries = 4
	// patience is how long a person lets a page look.
	patience = time.Minute
	// puzzles is how many a person lets the browser solve for one form.
	puzzles = 3
)

// way is how a shopper comes to a page.
type way bool

const (
	opened way = false // by a link
	sent   way = true  // by a form
)

// load fetches a page; one that is still looking asks again by itself, and all the waiting is the page's.
func (s *shopper) load(ctx context.Context, want []string, by way, fetch func() (browse.Page, error)) (browse.Page, error) {
	passed := clock.Stopwatch()
	for try := 0; ; try++ {
		p, err := fetch()
		if ctx.Err() != nil {
			if s.buyer != nil { // who would have waited on
				s.count(func(r *Report) { r.Pages = append(r.Pages, s.since(passed)) })
			}
			return p, ctx.Err()
		}
		if (err != nil || p.Step() == "" && p.Status >= http.StatusInternalServerError) && try < patienceTries {
			s.count(func(r *Report) { r.Again++ })
			s.sleep(ctx, time.Second)
			continue // the person presses again
		}
		if err == nil && p.Kind() == "busy" && s.since(passed) < patience {
			s.count(func(r *Report) { r.Looking++ })
			s.sleep(ctx, max(p.Refresh(), time.Second))
			continue
		}
		took := s.since(passed)
		passage := s.at + " to " + p.Step()
		s.at = p.Step()
		s.count(func(r *Report) {
			r.Pages = append(r.Pages, took)
			if by == sent {
				r.Sent = append(r.Sent, took)
			} else {
				r.Opened = append(r.Opened, took)
			}
			r.Ways[passage] = append(r.Ways[passage], took)
			switch {
			case err != nil:
				r.Errors++
				r.Kinds["connection"]++
			case p.Step() == "error":
				r.Errors++
				r.Kinds[p.Kind()]++
			}
		})
		if err != nil {
			return p, err
		}
		if !slices.Contains(want, p.Step()) && p.Step() != "datetime" {
			return p, fmt.Errorf("%w at step %q %s, status %d, wanted %v", errGaveUp, p.Step(), p.Kind(), p.Status, want)
		}
		return p, nil
	}
}
