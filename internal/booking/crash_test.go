package booking

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/metrics"
	"okoshko/internal/quota"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

var errDead = errors.New("the process has ended")

// life is how far a process comes. Its steps are what it writes into the store and what it has the upstream do. From its
// last one on, nothing that it does reaches anybody, and no answer reaches it.
type life struct {
	last int  // the step at which it ends
	done bool // whether the store or the upstream still carries that step out

	mu    sync.Mutex
	steps int
	dead  bool
}

func (l *life) step(do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return errDead
	}
	l.steps++
	l.dead = l.steps == l.last
	if l.dead && !l.done {
		return errDead
	}
	if err := do(); err != nil || !l.dead {
		return err
	}
	return errDead
}

func (l *life) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// mortalStore is a store as a process sees it that ends.
type mortalStore struct {
	store.Store
	life *life
}

func (s mortalStore) Get(ctx context.Context, key string) ([]byte, error) {
	if s.life.over() {
		return nil, errDead
	}
	return s.Store.Get(ctx, key)
}

func (s mortalStore) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.life.step(func() error { return s.Store.Put(ctx, key, value, ttl) })
}

func (s mortalStore) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	err = s.life.step(func() (err error) { current, stored, err = s.Store.PutIfAbsent(ctx, key, value, ttl); return err })
	return current, stored && err == nil, err
}

func (s mortalStore) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	err = s.life.step(func() (err error) { swapped, err = s.Store.Swap(ctx, key, old, value, ttl); return err })
	return swapped && err == nil, err
}

func (s mortalStore) Delete(ctx context.Context, key string) error {
	return s.life.step(func() error { return s.Store.Delete(ctx, key) })
}

// mortal is a desk of a process that ends, over the rig's store and sandbox.
func (r *rig) mortal(t *testing.T, l *life) *Desk {
	t.Helper()
	sandbox := r.box.Handler()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		answer := httptest.NewRecorder()
		work := func() error { sandbox.ServeHTTP(answer, req); return nil }
		if req.Method != http.MethodGet {
			if l.step(work) != nil {
				panic(http.ErrAbortHandler)
			}
		} else if _ = work(); l.over() {
			panic(http.ErrAbortHandler)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(srv.Close)
	client, err := upstream.New(upstream.Options{BaseURL: srv.URL, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	s := mortalStore{r.store, l}
	return New(Options{
		Client: client, Store: s, Quotas: quota.New(s, r.clock.Now), Now: r.clock.Now, Log: slog.New(slog.DiscardHandler), Watch: metrics.New("test"),
	})
}

// crash is one thing that must happen once, as the test sees it from outside.
type crash struct {
	kind    string
	act     func(d *Desk, nonce string) // presses the button
	look    func() State                // what the next process says; "" = that nothing was pressed
	happens func() bool                 // whether it is so at the upstream
	sent    func() int                  // requests that reached the upstream
	proven  bool                        // whether a look can tell in the end
}

// TestTheProcessEndsAtEveryStep ends a process that books, cancels or moves before and after each of its writes and calls. Whatever
// the next process says is so, at once and later; the same button sends nothing a second time; and where nothing
// came of it, another press does it.
func TestTheProcessEndsAtEveryStep(t *testing.T) {
	for name, begin := range map[string]func(*testing.T, *rig) crash{
		"book, as a guest": func(t *testing.T, r *rig) crash { return r.crashBooking(t, Viewer{}) },
		"book, signed in":  func(t *testing.T, r *rig) crash { return r.crashBooking(t, r.signIn(t)) },
		"cancel":           func(t *testing.T, r *rig) crash { return r.crashChange(t, KindCancel) },
		"move":             func(t *testing.T, r *rig) crash { return r.crashChange(t, KindMove) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, proven, step := map[State]int{}, false, 1
			for ended := true; ended; step++ {
				for _, done := range []bool{false, true} {
					r := newRigOn(t, testclock.Standing())
					c, l := begin(t, r), &life{last: step, done: done}
					proven = c.proven
					before := c.sent()
					c.act(r.mortal(t, l), "nonce")
					if ended = l.over(); ended {
						seen[r.afterCrash(t, c, before, step, done)]++
					}
				}
			}
			if steps := step - 2; steps < 4 {
				t.Errorf("the process has only %d steps", steps)
			}
			if seen[""] == 0 || seen[StateRefused] == 0 || (seen[StateUnknown] == 0) != proven || seen[StateBooked]+seen[StateDone] == 0 {
				t.Errorf("the ends were %v: some kind of end is never reached", seen)
			}
		})
	}
}

// afterCrash looks with another process at what one has left that ended at a step, and is what it says in the end.
func (r *rig) afterCrash(t *testing.T, c crash, before, step int, done bool) State {
	t.Helper()
	r.restart(r.store)
	isSo := func(when string, state State) {
		t.Helper()
		well := state == StateBooked || state == StateDone
		if nothing := state == "" || state == StateRefused; well && !c.happens() || nothing && c.happens() {
			t.Errorf("step %d, carried out %v, %s: it is %q, and that it has happened is %v", step, done, when, state, c.happens())
		}
	}
	isSo("at once", c.look())
	r.clock.Add(time.Minute)
	isSo("after a minute", c.look())
	r.clock.Add(finishedAfter)
	state := c.look()
	isSo("in the end", state)
	switch unknown := r.desk.Unknown(); {
	case state.Open() && (c.proven || state != StateUnknown):
		t.Errorf("step %d, carried out %v: it stays %s", step, done, state)
	case state == StateUnknown && (len(unknown) != 1 || unknown[0].Kind != c.kind), state != StateUnknown && len(unknown) != 0:
		t.Errorf("step %d, carried out %v: it is %s, and the operator reads %+v", step, done, state, unknown)
	}
	sent := c.sent() - before
	c.act(r.desk, "nonce")
	if again := c.sent() - before; again > 1 || state != "" && again != sent {
		t.Errorf("step %d, carried out %v: sent %d times, and %d times after the same button", step, done, sent, again)
	}
	if c.look() == StateRefused {
		c.act(r.desk, "another nonce")
		if got := c.look(); !c.happens() || got == StateRefused {
			t.Errorf("step %d, carried out %v: tried again, it is %s", step, done, got)
		}
	}
	return state
}

func (r *rig) requests(method, path string) int {
	n := 0
	for _, call := range r.box.Calls() {
		if call.Method == method && strings.Contains(call.Path, path) {
			n++
		}
	}
	return n
}

// crashBooking books a time. A customer who has signed in can be told in the end.
func (r *rig) crashBooking(t *testing.T, who Viewer) crash {
	t.Helper()
	o := r.order(t, 0)
	if who.Phone != "" {
		o.Contact.Phone = who.Phone
	}
	last := ""
	return crash{
		kind: KindBooking, proven: who.Token != "",
		act: func(d *Desk, nonce string) {
			last = nonce
			_, _ = d.Confirm(context.Background(), nonce, o)
		},
		look: func() State {
			a, err := r.desk.LookInto(context.Background(), AttemptID(last), who)
			if errors.Is(err, ErrNoAttempt) {
				return ""
			}
			if err != nil {
				t.Fatal(err)
			}
			return a.State
		},
		happens: func() bool {
			n := 0
			for _, record := range r.box.Booked() {
				if !record.Deleted && record.Phone == o.Contact.Phone && record.Start.Equal(o.Appointments[0].Start) {
					n++
				}
			}
			if n > 1 {
				t.Errorf("%d records", n)
			}
			return n == 1
		},
		sent: func() int { return r.requests(http.MethodPost, "/book_record/") },
	}
}

// crashChange cancels a visit, or moves it.
func (r *rig) crashChange(t *testing.T, kind string) crash {
	t.Helper()
	ctx := context.Background()
	visit, to := r.booked(ctx, t, r.order(t, 0)), r.order(t, 3).Appointments[0].Start
	method, path := http.MethodDelete, "/user/records/"
	if kind == KindMove {
		method, path = http.MethodPut, "/book_record/"
	}
	return crash{
		kind: kind, proven: true,
		act: func(d *Desk, nonce string) {
			// As on the visit's page, which is opened anew before anything is done to the visit.
			if now, err := d.Open(ctx, "en-US", visit.key, time.UTC); err == nil {
				if kind == KindCancel {
					_, _ = d.Cancel(ctx, nonce, "en-US", now)
				} else {
					_, _ = d.Move(ctx, nonce, "en-US", now, to)
				}
			}
		},
		look: func() State {
			c, err := r.desk.LookIntoChange(ctx, r.open(ctx, t, visit.key))
			if err != nil {
				t.Fatal(err)
			}
			return c.State
		},
		happens: func() bool {
			for _, record := range r.box.Booked() {
				if record.ID == visit.ID {
					return kind == KindCancel && record.Deleted || kind == KindMove && record.Start.Equal(to)
				}
			}
			t.Fatal("the visit is gone")
			return false
		},
		sent: func() int { return r.requests(method, path) },
	}
}
