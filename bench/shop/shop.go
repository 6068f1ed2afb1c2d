// Package shop is a crowd of shoppers: they come at random, look at a town's salons the way people do,
// and one in ten books. Rush and cluster measure what they meet.
package shop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"okoshko/internal/clock"
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
}

// Report is what the shoppers of the measured time have met. Times are by their own clock.
type Report struct {
	Shoppers  int // that came
	Left      int // that found nothing to book, or gave up
	Pages     []time.Duration
	Looking   int // pages that said "still looking" first
	Again     int // requests that were made again, because the connection broke or nobody was behind it
	Errors    int // error pages
	Kinds     map[string]int
	Tried     int // slots that somebody wanted
	Lost      int // of them gone when they were wanted: shown, and not free any more
	Taken     int // of them booked by somebody else while this one was typing
	Booked    int
	Unsure    int // done pages that say anything but "booked"
	Attempted map[string]bool
}

// Percentile of the page times.
func (r *Report) Percentile(p float64) time.Duration {
	if len(r.Pages) == 0 {
		return 0
	}
	all := slices.Sorted(slices.Values(r.Pages))
	return all[min(len(all)-1, int(p*float64(len(all))))]
}

// crowd is a run.
type crowd struct {
	Options
	http   *http.Client
	mu     sync.Mutex
	report Report
}

// Run lets shoppers come for a time, of which the first part is not counted, and waits for the last
// ones, who are counted when they came in the measured time.
func Run(ctx context.Context, o Options, warm, measured time.Duration) Report {
	c := &crowd{Options: o, report: Report{Kinds: map[string]int{}, Attempted: map[string]bool{}}, http: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 256, DisableCompression: false,
		},
	}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rng := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // a load, not a secret
	var wg sync.WaitGroup
	passed := clock.Stopwatch()
	for n := uint64(0); ; n++ {
		// Poisson arrivals.
		c.sleep(ctx, time.Duration(-math.Log(1-rng.Float64())/o.Rate*float64(time.Minute)))
		since := time.Duration(float64(passed()) * o.Speed)
		if since >= warm+measured || ctx.Err() != nil {
			break
		}
		s := &shopper{crowd: c, rng: rand.New(rand.NewPCG(o.Seed, n+2)), counted: since >= warm} //nolint:gosec // see above
		wg.Go(func() { s.visit(ctx) })
	}
	// Whoever is still under way after some minutes waits in vain.
	last := time.AfterFunc(time.Duration(float64(stragglers)/o.Speed), cancel)
	wg.Wait()
	last.Stop()
	c.http.CloseIdleConnections()
	return c.report
}

// untilKnown is how often a page that does not know yet is opened again.
const untilKnown = 15

// stragglers may take so long after the last one has come.
const stragglers = 3 * time.Minute

func (c *crowd) sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(time.Duration(float64(d) / c.Speed))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// shopper is one person.
type shopper struct {
	*crowd
	rng     *rand.Rand
	counted bool
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
	s.sleep(ctx, time.Duration(float64(from)+s.rng.Float64()*float64(to-from))*time.Second)
}

// zipf picks the n-th with a chance of one n-th of the first's.
func (s *shopper) zipf(n int) int {
	total := 0.0
	for i := range n {
		total += 1 / float64(i+1)
	}
	at := s.rng.Float64() * total
	for i := range n {
		if at -= 1 / float64(i+1); at < 0 {
			return i
		}
	}
	return n - 1
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
	if err := s.shop(ctx); err != nil && ctx.Err() == nil {
		s.count(func(r *Report) { r.Left++ })
	}
}

// shop is the way through the pages.
func (s *shopper) shop(ctx context.Context) error {
	p, err := s.get(ctx, s.URL+"/b/"+strconv.Itoa(1+s.zipf(s.Salons))+"?lang=ru", "service")
	if err != nil {
		return err
	}
	s.think(ctx, 4, 12)
	services := p.links("data-service")
	if len(services) == 0 {
		return errGaveUp
	}
	if p, err = s.follow(ctx, p, services[s.zipf(len(services))], "service"); err != nil {
		return err
	}
	s.think(ctx, 1, 4)
	next := p.links("data-next")
	if len(next) == 0 {
		return errGaveUp
	}
	if p, err = s.follow(ctx, p, next[0], "master"); err != nil {
		return err
	}
	if p.step() == "master" {
		s.think(ctx, 3, 9)
		masters := p.links("data-staff")
		if len(masters) == 0 {
			return errGaveUp
		}
		// The first card is "any"; half of the people take it.
		one := masters[0]
		if len(masters) > 1 && s.rng.IntN(2) == 0 {
			one = masters[1+s.rng.IntN(len(masters)-1)]
		}
		if p, err = s.follow(ctx, p, one, "datetime"); err != nil {
			return err
		}
	}
	return s.look(ctx, p)
}

// look turns the calendar: one day, and each time with even chances another.
func (s *shopper) look(ctx context.Context, p page) (err error) {
	for {
		s.think(ctx, 3, 9)
		days := p.links("data-date")
		if len(days) == 0 {
			return errGaveUp
		}
		day := days[s.near(len(days))]
		if p.url.Query().Get("date") != day.value && !strings.Contains(p.body, `data-slot="`+day.value) {
			if p, err = s.follow(ctx, p, day, "datetime"); err != nil {
				return err
			}
		}
		if s.rng.IntN(2) == 0 {
			break
		}
	}
	if s.rng.IntN(10) != 0 {
		return nil
	}
	s.think(ctx, 3, 9)
	return s.book(ctx, p)
}

// book takes a time, types, and presses the last button.
func (s *shopper) book(ctx context.Context, p page) (err error) {
	for tries := 0; ; tries++ {
		slots := p.links("data-slot")
		if len(slots) == 0 || tries == 3 {
			return errGaveUp
		}
		s.count(func(r *Report) { r.Tried++ })
		if p, err = s.follow(ctx, p, slots[s.rng.IntN(len(slots))], "contact", "datetime"); err != nil {
			return err
		}
		if p.step() == "contact" {
			break
		}
		s.count(func(r *Report) { r.Lost++ })
		s.think(ctx, 3, 6)
	}
	phone := fmt.Sprintf("7916%07d", s.rng.IntN(10_000_000))
	s.think(ctx, 15, 40)
	values := url.Values{"fullname": {"Анна"}, "phone": {"+" + phone}, "email": {"anna@example.com"}, "accept_personal_data": {"on"}}
	if p, err = s.send(ctx, p, values, "contact", "confirm", "datetime"); err != nil {
		return err
	}
	if p.step() == "contact" && p.asks("code") {
		s.think(ctx, 5, 15)
		if p, err = s.send(ctx, p, url.Values{"code": {s.Code(phone)}}, "confirm", "datetime"); err != nil {
			return err
		}
	}
	if p.step() == "confirm" {
		s.think(ctx, 3, 12)
		if p, err = s.send(ctx, p, nil, "done", "datetime"); err != nil {
			return err
		}
	}
	for range untilKnown {
		if p.step() != "done" || !strings.Contains(p.body, `http-equiv="refresh"`) {
			break
		}
		s.sleep(ctx, 3*time.Second)
		if p, err = s.get(ctx, p.url.String(), "done"); err != nil {
			return err
		}
	}
	switch {
	case p.step() == "done" && strings.Contains(p.body, "data-record="):
		s.count(func(r *Report) { r.Booked++ })
	case p.step() == "done":
		s.count(func(r *Report) { r.Unsure++ })
	default:
		s.count(func(r *Report) { r.Taken++ })
	}
	if id := p.url.Query().Get("attempt"); id != "" {
		s.mu.Lock()
		s.report.Attempted[id] = true
		s.mu.Unlock()
	}
	return nil
}

func (s *shopper) follow(ctx context.Context, p page, l link, want ...string) (page, error) {
	u, err := p.url.Parse(l.href)
	if err != nil {
		return page{}, err
	}
	return s.get(ctx, u.String(), want...)
}

func (s *shopper) get(ctx context.Context, ref string, want ...string) (page, error) {
	return s.load(ctx, want, func() (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, ref, http.NoBody)
	})
}

func (s *shopper) send(ctx context.Context, p page, values url.Values, want ...string) (page, error) {
	action, form := p.form()
	maps.Copy(form, values)
	u, err := p.url.Parse(action)
	if err != nil {
		return page{}, err
	}
	return s.load(ctx, want, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return req, err
	})
}

const (
	// patienceTries is how often a person lets a page look.
	patienceTries = 4
)

// load fetches a page; one that is still looking asks again by itself, and all the waiting is the page's.
func (s *shopper) load(ctx context.Context, want []string, request func() (*http.Request, error)) (page, error) {
	passed := clock.Stopwatch()
	for try := 0; ; try++ {
		p, err := s.once(request)
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
		if (err != nil || p.step() == "" && p.status >= http.StatusInternalServerError) && try < patienceTries {
			s.count(func(r *Report) { r.Again++ })
			s.sleep(ctx, time.Second)
			continue // the person presses again
		}
		if err == nil && p.kind() == "busy" && try < patienceTries {
			s.count(func(r *Report) { r.Looking++ })
			s.sleep(ctx, time.Second)
			continue
		}
		took := time.Duration(float64(passed()) * s.Speed)
		s.count(func(r *Report) {
			r.Pages = append(r.Pages, took)
			switch {
			case err != nil:
				r.Errors++
				r.Kinds["connection"]++
			case p.step() == "error":
				r.Errors++
				r.Kinds[p.kind()]++
			}
		})
		if err != nil {
			return p, err
		}
		if !slices.Contains(want, p.step()) && p.step() != "datetime" {
			return p, fmt.Errorf("%w at step %q, status %d, wanted %v", errGaveUp, p.step(), p.status, want)
		}
		return p, nil
	}
}

func (s *shopper) once(request func() (*http.Request, error)) (page, error) {
	req, err := request()
	if err != nil {
		return page{}, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return page{url: resp.Request.URL, status: resp.StatusCode, body: string(body)}, err
}
