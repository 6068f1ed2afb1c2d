// Quiet lets visitors come to one salon one at a time, each of whom books, and prints how long they wait for their pages and
// how many calls of the booking API each one costs: "make quiet". The pauses in which nobody does anything are jumped over,
// by every clock, so that minutes take seconds; what is measured takes as long as it takes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"okoshko/bench/browse"
	"okoshko/bench/rig"
	"okoshko/internal/app"
	"okoshko/internal/clock"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

// What a quiet salon is to feel like. A call is long by the median of the upstream's answers.
const (
	goalFirst = 1.5 // calls that the first page may take
	goalBook  = 2.0 // calls that the press on the last button may take
	goalP50   = 60 * time.Millisecond
	goalP95   = 350 * time.Millisecond
	goalCold  = 8 // calls of a booking of a process that knows nothing
	goalWarm  = 4 // and of one that has just served another customer
)

// settle is how long visitors really stay on a page, at least: what the program asks in the background comes meanwhile.
const settle = 2 * time.Second

// scene is how long before each visitor nothing has happened.
type scene struct {
	name     string
	gap      time.Duration // 0 = a new process for each one
	visitors int
}

func main() {
	visitors := flag.Int("visitors", 5, "how many come in each scene")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, *visitors)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quiet:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, visitors int) error {
	fmt.Fprintf(out, "one salon, one visitor at a time, each of whom books; the API takes %v for an answer (p95 %v)\n\n", sandbox.Street.Median, sandbox.Street.P95)
	var rows []outcome
	for _, s := range []scene{
		{"cold", 0, visitors},                // a new process
		{"stale", 6 * time.Minute, visitors}, // all answers are older than fresh
		{"warm", time.Minute, visitors},
	} {
		row, err := play(ctx, s)
		if err != nil {
			return fmt.Errorf("scene %s: %w", s.name, err)
		}
		rows = append(rows, row)
	}
	table(out, rows)
	return judge(rows)
}

// outcome is a row: how long visitors waited, and what each cost.
type outcome struct {
	scene
	calls []int // of each visitor
	pages []*pageOutcome
}

// pageOutcome is what became of one page of the way, for all visitors of a scene together.
type pageOutcome struct {
	name   string
	took   []time.Duration
	asked  map[string]int // calls that were made while a visitor waited for the page
	behind map[string]int // and until the next page was asked for, by name
}

// The names of the pages that have goals of their own.
const (
	pageFirst = "first page"
	pageBook  = "Book"
)

// page is the page of a name.
func (r *outcome) page(name string) *pageOutcome {
	for _, p := range r.pages {
		if p.name == name {
			return p
		}
	}
	p := &pageOutcome{name: name, asked: map[string]int{}, behind: map[string]int{}}
	r.pages = append(r.pages, p)
	return p
}

// first, later and book are how long visitors waited for the first page, for the pages after it, and for the last button.
func (r *outcome) first() []time.Duration { return r.page(pageFirst).took }
func (r *outcome) book() []time.Duration  { return r.page(pageBook).took }
func (r *outcome) later() (out []time.Duration) {
	for _, p := range r.pages {
		if p.name != pageFirst && p.name != pageBook {
			out = append(out, p.took...)
		}
	}
	return out
}

// count counts calls by the names of their endpoints.
func count(in map[string]int, calls []sandbox.Call) {
	for _, c := range calls {
		name, _, _ := strings.Cut(strings.TrimPrefix(c.Pattern, "/"), "/{")
		if name == "book_record" && c.Method == http.MethodGet {
			name = "record read"
		}
		in[name]++
	}
}

// salon is one with its upstream and a process of the program.
type salon struct {
	box     *sandbox.Sandbox
	api     string
	jumped  atomic.Int64 // by how much the clock is ahead
	passed  func() time.Duration
	widget  *app.App
	dir     string
	started int
	visited int
}

func (s *salon) now() time.Time {
	return testclock.Start().Add(s.passed() + time.Duration(s.jumped.Load()))
}

// pass lets time pass in which nothing happens but what has begun.
func (s *salon) pass(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(min(settle, d)):
	case <-ctx.Done():
	}
	s.jumped.Add(int64(max(0, d-settle)))
}

func play(ctx context.Context, sc scene) (outcome, error) {
	r := outcome{scene: sc}
	s := &salon{passed: clock.Stopwatch()}
	town := rig.Town()
	town.Salons = 1
	var err error
	if s.box, err = sandbox.New(sandbox.Options{Town: town, Now: s.now, Delay: sandbox.Street}); err != nil {
		return r, err
	}
	api, stop, err := s.box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	s.api = api
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	if s.dir, err = os.MkdirTemp("", "okoshko-quiet-"); err != nil {
		return r, err
	}
	defer func() { _ = os.RemoveAll(s.dir) }()
	defer func() { s.close() }()
	luck := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a load, not a secret
	for n := range sc.visitors {
		if sc.gap == 0 || n == 0 {
			if err := s.restart(); err != nil { //nolint:contextcheck // what it starts ends with close
				return r, err
			}
			if sc.gap > 0 {
				// Somebody was here before.
				if err := s.visit(ctx, luck, new(outcome)); err != nil {
					return r, err
				}
			}
		}
		s.pass(ctx, max(sc.gap, settle))
		before := s.box.Calls()
		if err := s.visit(ctx, luck, &r); err != nil {
			return r, err
		}
		r.calls = append(r.calls, len(s.box.Calls())-len(before))
	}
	return r, nil
}

// restart begins with a process that knows nothing, at an upstream that has not been called in the last minute.
func (s *salon) restart() error {
	s.close()
	s.jumped.Add(int64(2 * time.Minute))
	s.started++
	store := filepath.Join(s.dir, strconv.Itoa(s.started)+".db") // an earlier process may have left answers in its own
	environ := append(rig.Settings(s.api, rig.Crowded()...), "OKOSHKO_STORE_PATH="+store)
	cfg, err := config.Load(filepath.Join(s.dir, "none.ini"), false, environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // written as in production, to where nobody reads it
	s.widget, err = app.StartAt(cfg, log, s.now, 1)
	return err
}

func (s *salon) close() {
	if s.widget != nil {
		_ = s.widget.Close()
		s.widget = nil
	}
}

var errPage = errors.New("not the page that was expected")

// visit is a customer who books: a service, mostly with some master, often on another day than the first.
func (s *salon) visit(ctx context.Context, luck *rand.Rand, r *outcome) error {
	net := browse.Open(1)
	defer net.Close()
	v := &visitor{salon: s, ctx: ctx, browser: net.Browser(""), outcome: r}
	if err := v.load(pageFirst, "service", func(b browse.Browser) (browse.Page, error) {
		return b.Get(ctx, s.widget.URL+urls.With(urls.Form(1), "lang=ru"))
	}); err != nil {
		return err
	}
	services := v.page.Cards("data-service")
	if len(services) == 0 {
		return fmt.Errorf("%w: no service", errPage)
	}
	s.pass(ctx, 8*time.Second)
	if err := v.follow("times", services[rig.Zipf(luck, len(services))], "datetime"); err != nil {
		return err
	}
	if masters := v.page.Choices("data-staff"); len(masters) > 1 && luck.IntN(2) == 0 {
		s.pass(ctx, 6*time.Second)
		if err := v.follow("another master", masters[1+luck.IntN(len(masters)-1)], "datetime"); err != nil {
			return err
		}
	}
	if days := v.page.Choices("data-date"); len(days) > 1 && luck.IntN(2) == 0 {
		s.pass(ctx, 6*time.Second)
		if err := v.follow("another day", days[1+luck.IntN(min(3, len(days)-1))], "datetime"); err != nil {
			return err
		}
	}
	slots := v.page.Choices("data-slot")
	if len(slots) == 0 {
		return fmt.Errorf("%w: no time", errPage)
	}
	s.pass(ctx, 6*time.Second)
	if err := v.follow("contact", slots[luck.IntN(len(slots))], "contact"); err != nil {
		return err
	}
	s.pass(ctx, 25*time.Second)
	s.visited++
	typed := url.Values{"fullname": {"Анна"}, "phone": {"+7916555" + fmt.Sprintf("%04d", s.visited)}, "email": {"anna@example.com"}, "accept_personal_data": {"on"}}
	if err := v.load("confirmation", "confirm", func(b browse.Browser) (browse.Page, error) { return b.Send(ctx, v.page, typed) }); err != nil {
		return err
	}
	s.pass(ctx, 7*time.Second)
	err := v.load(pageBook, "done", func(b browse.Browser) (browse.Page, error) { return b.Send(ctx, v.page, nil) })
	s.pass(ctx, settle)
	v.settle()
	return err
}

// visitor is where a customer is.
type visitor struct {
	*salon
	ctx     context.Context //nolint:containedctx // of one visit
	browser browse.Browser
	page    browse.Page
	outcome *outcome
	last    *pageOutcome // of the page that was loaded last
	calls   int          // that had been made when it came
}

// settle counts the calls that were made since the last page came.
func (v *visitor) settle() {
	if v.last != nil {
		count(v.last.behind, v.box.Calls()[v.calls:])
	}
}

func (v *visitor) follow(name string, l browse.Link, want string) error {
	return v.load(name, want, func(b browse.Browser) (browse.Page, error) { return b.Follow(v.ctx, v.page, l.Href) })
}

// load waits for a page, takes the time and counts the calls.
func (v *visitor) load(name, want string, fetch func(browse.Browser) (browse.Page, error)) error {
	v.settle()
	before := len(v.box.Calls())
	passed := clock.Stopwatch()
	p, err := fetch(v.browser)
	out := v.outcome.page(name)
	out.took = append(out.took, passed())
	calls := v.box.Calls()
	count(out.asked, calls[before:])
	v.last, v.calls = out, len(calls)
	if err != nil {
		return err
	}
	if p.Step() != want {
		return fmt.Errorf("%w: step %q %s, status %d, wanted %s", errPage, p.Step(), p.Kind(), p.Status, want)
	}
	v.page = p
	return nil
}

// percentile of some times.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func median(counts []int) int {
	if len(counts) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(counts))
	return sorted[len(sorted)/2]
}

// within are the goals of a scene; zero where it has none.
func (r outcome) within() (calls int) {
	switch r.name {
	case "cold":
		return goalCold
	case "warm":
		return goalWarm
	default:
		return 0
	}
}

func table(out io.Writer, rows []outcome) {
	first, book := inCalls(goalFirst), inCalls(goalBook)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scene\tquiet before\tvisitors\tfirst page p50 ms\tp95\tpages after p50 ms\tp95\tBook p50 ms\tp95\tcalls\tgoal\t")
	ms := func(times []time.Duration, p float64) string {
		return strconv.FormatInt(percentile(times, p).Milliseconds(), 10)
	}
	for _, r := range rows {
		goal := ""
		if n := r.within(); n > 0 {
			goal = fmt.Sprintf("≤ %d", n)
		}
		fmt.Fprintf(w, "%s\t%v\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t\n", r.name, r.gap, len(r.calls), ms(r.first(), .5), ms(r.first(), .95),
			ms(r.later(), .5), ms(r.later(), .95), ms(r.book(), .5), ms(r.book(), .95), median(r.calls), goal)
	}
	fmt.Fprintf(w, "goal\t\t\t≤ %d\t\t≤ %d\t≤ %d\t≤ %d\t\t\t\t\n", first.Milliseconds(), goalP50.Milliseconds(), goalP95.Milliseconds(), book.Milliseconds())
	_ = w.Flush()
	fmt.Fprintln(w, "\nscene\tpage\tseen\tp50 ms\tcalls a visitor waits for\tcalls behind the page\t")
	for _, r := range rows {
		for _, p := range r.pages {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t\n", r.name, p.name, len(p.took), ms(p.took, .5), asked(p.asked, len(p.took)), asked(p.behind, len(p.took)))
		}
	}
	_ = w.Flush()
}

// asked lists calls by how many of each a page costs.
func asked(calls map[string]int, pages int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if n := calls[name]; n == pages {
			out = append(out, name)
		} else {
			out = append(out, fmt.Sprintf("%s %.1f", name, float64(n)/float64(max(1, pages))))
		}
	}
	return strings.Join(out, ", ")
}

// inCalls is how long so many calls take one after another.
func inCalls(n float64) time.Duration { return time.Duration(n * float64(sandbox.Street.Median)) }

// judge names the goals that were missed.
func judge(rows []outcome) error {
	var wrong []error
	for _, r := range rows {
		for _, goal := range []struct {
			name string
			met  bool
		}{
			{"the first page", percentile(r.first(), .5) <= inCalls(goalFirst)},
			{"pages, p50", percentile(r.later(), .5) <= goalP50},
			{"pages, p95", percentile(r.later(), .95) <= goalP95},
			{"Book", percentile(r.book(), .5) <= inCalls(goalBook)},
			{"calls", r.within() == 0 || median(r.calls) <= r.within()},
		} {
			if !goal.met {
				wrong = append(wrong, fmt.Errorf("scene %s missed a goal: %s", r.name, goal.name))
			}
		}
	}
	return errors.Join(wrong...)
}
