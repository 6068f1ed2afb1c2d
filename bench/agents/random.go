package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"okoshko/bench/rig"
	"okoshko/internal/clock"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// walk is somebody who calls tools at random, with what the tools have said before, what people say, and what attackers send.
type walk struct {
	luck                               *rand.Rand
	forms, branches, services, masters []any
	starts                             []any
}

func newWalk(seed uint64) *walk {
	w := &walk{
		luck:  rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // a load, not a secret
		forms: []any{-1, 0, 2, 990, 1 << 40, "1", nil}, branches: []any{0, -5, 601, "x"}, services: []any{0, 1, -1},
		masters: []any{0, -1, 1 << 33}, starts: []any{"", "tomorrow", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59+14:00"},
	}
	for _, form := range listed {
		w.forms = append(w.forms, form, form, form)
	}
	return w
}

func (w *walk) pick(of ...any) any { return of[w.luck.IntN(len(of))] }

// next draws a call.
func (w *walk) next() (tool string, in map[string]any) {
	in = map[string]any{}
	maybe := func(name string, of ...any) {
		if w.luck.IntN(3) > 0 {
			in[name] = w.pick(of...)
		}
	}
	tool, _ = w.pick("find_salon", "find_services", "find_times", "find_times", "visit_link", "visit_link", "windows", "book", "cancel_visit").(string)
	if tool != "find_salon" {
		in["form"] = w.pick(w.forms...)
		maybe("branch", w.branches...)
	}
	maybe("language", "ru", "en", "lv", "xx", "'")
	some := func() []any {
		out := []any{}
		for range w.luck.IntN(3) {
			out = append(out, w.pick(w.services...))
		}
		return out
	}
	switch tool {
	case "find_salon":
		maybe("query", "", "первоцвет", "Malva", "' OR 1=1 --", strings.Repeat("x", 500))
		maybe("city", "Рига", "Moscow", "?")
	case "find_services":
		maybe("query", "стрижка", "manicure", "<script>", "../../book_record")
		maybe("max_price", 0, 2000, -1, 1e300)
	case "find_times":
		maybe("services", some(), some())
		maybe("from", "tomorrow", "завтра", "weekend", "2030-01-01", "blue", "0000-00-00")
		maybe("to", "next friday", "2031-01-01")
		maybe("part", "evening", "после 17", "25:00", "\x00")
		maybe("master", "any", "Елена", "50101", "Ω")
	case "visit_link":
		maybe("services", some(), some())
		maybe("master", w.masters...)
		maybe("start", w.starts...)
	case "windows":
		maybe("services", some())
	default: // tools that do not exist, with what would be needed to book
		in["phone"], in["fullname"], in["appointments"] = "+79160000000", "A", []any{map[string]any{"id": 1}}
	}
	return tool, in
}

// learn takes what an answer names.
func (w *walk) learn(answer any) {
	const most = 60
	add := func(to *[]any, value any) {
		if len(*to) < most {
			*to = append(*to, value)
		}
	}
	switch v := answer.(type) {
	case []any:
		for _, one := range v {
			w.learn(one)
		}
	case map[string]any:
		for name, value := range v {
			switch name {
			case "branch":
				add(&w.branches, value)
			case "id":
				add(&w.services, value)
			case "master":
				if _, is := value.(float64); is {
					add(&w.masters, value)
				}
			case "start":
				add(&w.starts, value)
			default:
				w.learn(value)
			}
		}
	}
}

// tally counts what became of calls of tools.
type tally struct {
	mu                                sync.Mutex
	calls, answers, advised, unknowns int
	failed                            []string
}

// sequence calls some tools one after the other.
func (w *walk) sequence(ctx context.Context, a *assistant, t *tally) {
	for range 1 + w.luck.IntN(8) {
		tool, in := w.next()
		result, err := a.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: in})
		if ctx.Err() != nil {
			return
		}
		t.mu.Lock()
		t.calls++
		switch {
		case err != nil && (strings.HasPrefix(tool, "book") || strings.HasPrefix(tool, "cancel")) && strings.Contains(err.Error(), "unknown tool"):
			t.unknowns++
		case err != nil:
			t.failed = append(t.failed, fmt.Sprintf("%s(%v): %v", tool, in, err))
		case result.IsError:
			t.advised++
		default:
			t.answers++
		}
		t.mu.Unlock()
		if err == nil && !result.IsError {
			w.learn(result.StructuredContent)
		}
	}
}

const (
	walkers = 16
	// perSession is how many sequences go through one session: the door keeps none, and each sequence begins anew in what it knows.
	perSession = 50
)

// playRandom sends random sequences of tools, each from another address, past an upstream with its limits, and looks for a write.
func playRandom(ctx context.Context, out io.Writer, sequences int) error {
	dir, err := os.MkdirTemp("", "okoshko-agents-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	live := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Now: live.Now, Delay: sandbox.Street})
	if err != nil {
		return err
	}
	api, stop, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	binary, err := rig.Build(ctx, dir)
	if err != nil {
		return err
	}
	process, err := rig.Start(ctx, binary, dir, live.Now(), rig.Settings(api, "OKOSHKO_STORE_PATH="+filepath.Join(dir, "random.db"),
		"OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1", "OKOSHKO_AGENTS_MCP=on", "OKOSHKO_AGENTS_FORMS="+joined(listed)), nil)
	if err != nil {
		return err
	}
	defer process.Kill()
	passed := clock.Stopwatch()
	var t tally
	var failed error
	jobs := make(chan int)
	var wg sync.WaitGroup
	base := &http.Transport{MaxIdleConnsPerHost: walkers}
	defer base.CloseIdleConnections()
	for range walkers {
		wg.Go(func() {
			for n := range jobs {
				a, err := connect(ctx, base, process.URL, []string{"ru", "en", ""}[n%3], address(n))
				if err != nil {
					t.mu.Lock()
					failed = errors.Join(failed, err)
					t.mu.Unlock()
					continue
				}
				for i := range min(perSession, sequences-n) {
					newWalk(uint64(n+i)).sequence(ctx, a, &t) //nolint:gosec // a number of sequences
				}
				a.close()
			}
		})
	}
	for n := 0; n < sequences && ctx.Err() == nil; n += perSession {
		jobs <- n
	}
	close(jobs)
	wg.Wait()
	writes, reads := 0, 0
	for _, c := range box.Calls() {
		if c.Method == http.MethodGet {
			reads++
		} else {
			writes++
			fmt.Fprintln(out, "a write:", c.Method, c.Path)
		}
	}
	peak := box.Peak()
	fmt.Fprintf(out, "%d random sequences of %d calls of tools in %.0f s: %d answers, %d advised, %d unknown tools, %d failed\n", sequences, t.calls, passed().Seconds(),
		t.answers, t.advised, t.unknowns, len(t.failed))
	fmt.Fprintf(out, "the upstream has seen %d reads and %d writes (goal 0), %d at most in 1 s (its limit is 5) and %d in 60 s (200), %d refused\n", reads, writes, peak.Second, peak.Minute, peak.Refused)
	fmt.Fprintf(out, "visits at the upstream that this program has made: %d\n\n", len(box.Booked()))
	slices.Sort(t.failed)
	for _, line := range t.failed[:min(len(t.failed), 5)] {
		fmt.Fprintln(out, "failed:", line)
	}
	if writes > 0 || peak.Refused > 0 || len(box.Booked()) > 0 || len(t.failed) > 0 || reads == 0 {
		failed = errors.Join(failed, errMissed)
	}
	return failed
}

// address is that of the n-th caller, in a network of its own.
func address(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>8&255, n&255, 1+n>>16&127) }
