package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"okoshko/bench/browse"
	"okoshko/bench/rig"
	"okoshko/internal/clock"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// The goals of wishes.
const (
	goalRight = 95 // per cent that end on the right page in goalTools calls of tools
	goalTools = 4
	goalCold  = 2 // calls of the upstream where the salon has not been asked about
	goalWarm  = 0 // and where somebody else has just wished the same
)

// state is what the process knows when a wish comes.
type state struct {
	name   string
	says   string
	goal   int // calls of a wish; -1 = none is set
	rounds []round
}

// round is what became of one wish.
type round struct {
	wish  wish
	tools int
	calls int // of the upstream until the link was there, those in the background too
	asked map[string]int
	page  int // calls of the upstream for the page behind the link
	took  time.Duration
	wrong string
}

// stage is where wishes are played: a sandbox, and one process of the widget after the other.
type stage struct {
	clock  *testclock.Clock
	box    *sandbox.Sandbox
	api    string
	binary string
	dir    string
	stores int
}

// noMinute lifts the sandbox's limit of a minute: each process stands for one that has not called lately, and keeps to its own limits.
const noMinute = 100_000

// stages is how many wishes are played at the same time, each at an upstream of its own: they mostly wait.
const stages = 5

func playWishes(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "okoshko-agents-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, err := rig.Build(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d wishes in ru and en at %d forms; the API takes %v for an answer (p95 %v)\n\n", len(wishes), len(listed), sandbox.Street.Median, sandbox.Street.P95)
	var states [stages][]*state
	var failed [stages]error
	var wg sync.WaitGroup
	for i := range stages {
		wg.Go(func() { states[i], failed[i] = playSome(ctx, binary, filepath.Join(dir, strconv.Itoa(i)), i) })
	}
	wg.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}
	for _, more := range states[1:] {
		for i, s := range states[0] {
			s.rounds = append(s.rounds, more[i].rounds...)
		}
	}
	return judge(out, states[0]...)
}

// playSome plays each stages-th wish, from the first of a stage on.
func playSome(ctx context.Context, binary, dir string, first int) ([]*state, error) {
	s := &stage{clock: testclock.Running(), binary: binary, dir: dir}
	const private = 0o700
	if err := os.Mkdir(dir, private); err != nil {
		return nil, err
	}
	var err error
	if s.box, err = sandbox.New(sandbox.Options{Now: s.clock.Now, Delay: sandbox.Street, PerMinute: noMinute}); err != nil {
		return nil, err
	}
	api, stop, err := s.box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	s.api = api
	fresh := &state{name: "new", says: "a process that knows nothing", goal: -1}
	cold := &state{name: "cold", says: "the names of the listed salons are known, and nothing of what the salon offers", goal: goalCold}
	warm := &state{name: "warm", says: "somebody has just wished the same", goal: goalWarm}
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	for i := first; i < len(wishes); i += stages {
		w := wishes[i]
		if err := s.with(ctx, s.store(), func(p *rig.Process) error { return s.play(ctx, p, w, fresh) }); err != nil {
			return nil, err
		}
		store := s.store()
		if err := copyFile(names, store); err != nil {
			return nil, err
		}
		if err := s.with(ctx, store, func(p *rig.Process) error {
			return errors.Join(s.play(ctx, p, w, cold), s.play(ctx, p, w, warm))
		}); err != nil {
			return nil, err
		}
	}
	return []*state{fresh, cold, warm}, nil
}

// store names a file for a process to keep its answers in.
func (s *stage) store() string {
	s.stores++
	return filepath.Join(s.dir, strconv.Itoa(s.stores)+".db")
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from) //nolint:gosec // of this program
	if err != nil {
		return err
	}
	const private = 0o600
	return os.WriteFile(to, raw, private) //nolint:gosec // as above
}

// with runs something with a process, and stops it in order, so that its answers are in its store.
func (s *stage) with(ctx context.Context, store string, do func(*rig.Process) error) error {
	p, err := rig.Start(ctx, s.binary, s.dir, s.clock.Now(),
		rig.Settings(s.api, "OKOSHKO_STORE_PATH="+store, "OKOSHKO_AGENTS_MCP=on", "OKOSHKO_AGENTS_FORMS="+joined(listed)), nil)
	if err != nil {
		return err
	}
	if err := do(p); err != nil {
		p.Kill()
		return err
	}
	return p.Stop()
}

// names makes a store of a process whose directory has read the names of the listed salons, in both languages.
func (s *stage) names(ctx context.Context) (store string, err error) {
	store = s.store()
	return store, s.with(ctx, store, func(p *rig.Process) error {
		for _, lang := range []string{"ru", "en"} {
			a, err := connect(ctx, new(http.Transport), p.URL, lang, "")
			if err != nil {
				return err
			}
			a.close()
			s.settle(ctx)
		}
		return nil
	})
}

// calm is how long no call must have come for nothing more to be expected: longer than what holds back a warm-up and an answer
// together. settleMost bounds the wait.
const (
	calm       = 2500 * time.Millisecond
	settleMost = time.Minute
)

// settle waits until the widget calls no more, and returns how many calls there were at all.
func (s *stage) settle(ctx context.Context) int {
	n, since, passed := len(s.box.Calls()), clock.Stopwatch(), clock.Stopwatch()
	for since() < calm && passed() < settleMost && ctx.Err() == nil {
		clock.Pause(ctx, calm/20)
		if now := len(s.box.Calls()); now != n {
			n, since = now, clock.Stopwatch()
		}
	}
	return n
}

// play lets an assistant fulfil a wish, and opens the link.
func (s *stage) play(ctx context.Context, p *rig.Process, w wish, at *state) error {
	before := len(s.box.Calls())
	r := round{wish: w, asked: map[string]int{}}
	passed := clock.Stopwatch()
	a, err := connect(ctx, new(http.Transport), p.URL, w.lang, "")
	if err != nil {
		return err
	}
	defer a.close()
	got, err := a.fulfil(ctx, w)
	r.took, r.tools = passed(), a.calls
	after := s.settle(ctx)
	r.calls = after - before
	for _, c := range s.box.Calls()[before:after] {
		name, _, _ := strings.Cut(strings.TrimPrefix(c.Pattern, "/"), "/")
		r.asked[name]++
	}
	if err != nil {
		r.wrong = err.Error()
	} else {
		net := browse.Open(1)
		defer net.Close()
		page, err := net.Browser("").Get(ctx, got.visit.URL)
		if err != nil {
			return err
		}
		r.wrong = w.wrong(page, got, s.clock.Now())
		r.page = s.settle(ctx) - after
	}
	at.rounds = append(at.rounds, r)
	return ctx.Err()
}

// right is how many wishes ended on the right page in goalTools calls of tools.
func (s *state) right() (n int) {
	for _, r := range s.rounds {
		if r.wrong == "" && (r.tools <= goalTools || s.goal < 0) {
			n++
		}
	}
	return n
}

// within is how many wishes cost no more calls than the goal.
func (s *state) within() (n int) {
	for _, r := range s.rounds {
		if r.calls <= s.goal {
			n++
		}
	}
	return n
}

func judge(out io.Writer, states ...*state) (err error) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "state\tright page\tgoal\ttools most\tgoal\tcalls mean\tmost\tgoal\twithin\tfor the page behind\tms median\t\n")
	const percent = 100
	for _, s := range states {
		tools, calls, most, page := 0, 0, 0, 0
		var took []time.Duration
		for _, r := range s.rounds {
			tools, most = max(tools, r.tools), max(most, r.calls)
			calls, page, took = calls+r.calls, page+r.page, append(took, r.took)
		}
		n := len(s.rounds)
		slices.Sort(took)
		goal, within := "-", "-"
		if s.goal >= 0 {
			goal, within = fmt.Sprintf("≤ %d", s.goal), fmt.Sprintf("%d/%d", s.within(), n)
		}
		fmt.Fprintf(w, "%s\t%d/%d\t≥ %d %%\t%d\t≤ %d\t%.1f\t%d\t%s\t%s\t%.1f\t%d\t\n", s.name, s.right(), n, goalRight, tools, goalTools,
			float64(calls)/float64(n), most, goal, within, float64(page)/float64(n), took[n/2].Milliseconds())
		if s.goal >= 0 && (s.right()*percent < goalRight*n || s.within()*percent < goalRight*n) {
			err = errMissed
		}
	}
	if flushed := w.Flush(); flushed != nil {
		return flushed
	}
	fmt.Fprintln(out)
	for _, s := range states {
		fmt.Fprintf(out, "%s: %s\n", s.name, s.says)
	}
	for _, s := range states {
		for _, r := range s.rounds {
			if r.wrong != "" || s.goal >= 0 && (r.calls > s.goal || r.tools > goalTools) {
				fmt.Fprintf(out, "%s: %q: %d tools, %d calls %v: %s\n", s.name, r.wish.says, r.tools, r.calls, r.asked, r.wrong)
			}
		}
	}
	fmt.Fprintln(out)
	return err
}
