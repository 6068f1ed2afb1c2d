package waiting

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// scenes is how many scenes of faults are played. make waiting plays 200.
var scenes = flag.Int("scenes", 4, "scenes of faults")

var (
	errLost = errors.New("the store does not answer")
	errDead = errors.New("the process is dead")
)

// faulty is the store of a process, as that finds it.
type faulty struct {
	store.Store
	*world
	dies int // after so many commands; 0 = not
	dead bool
}

// before decides what becomes of a command: whether it is carried out, and with which error it ends.
func (f *faulty) before() (do bool, fails error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dies > 0 {
		if f.dies--; f.dies == 0 {
			f.dead = true
			return f.rng.IntN(2) == 0, errDead
		}
	}
	switch {
	case f.dead:
		return false, errDead
	case f.lost:
		return f.rng.IntN(8) == 0, errLost // the answer may be lost alone
	}
	return true, nil
}

func (f *faulty) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

func (f *faulty) Get(ctx context.Context, key string) ([]byte, error) {
	if _, err := f.before(); err != nil {
		return nil, err
	}
	return f.Store.Get(ctx, key)
}

func (f *faulty) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	do, fails := f.before()
	if do {
		if err := f.Store.Put(ctx, key, value, ttl); err != nil {
			return err
		}
	}
	return fails
}

func (f *faulty) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	do, fails := f.before()
	if do {
		current, stored, err = f.Store.PutIfAbsent(ctx, key, value, ttl)
	}
	if fails != nil {
		return nil, false, fails
	}
	return current, stored, err
}

func (f *faulty) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	do, fails := f.before()
	if do {
		swapped, err = f.Store.Swap(ctx, key, old, value, ttl)
	}
	if fails != nil {
		return false, fails
	}
	return swapped, err
}

func (f *faulty) Delete(ctx context.Context, key string) error {
	do, fails := f.before()
	if do {
		if err := f.Store.Delete(ctx, key); err != nil {
			return err
		}
	}
	return fails
}

// pass lets time pass; only for use inside synctest, whose clock it is.
func pass(d time.Duration) { <-time.After(d) }

// toldOf is a message that has reached somebody.
type toldOf struct {
	secret string
	start  time.Time
	at     time.Time
}

// world is what a scene plays in: a salon, a store that may be lost, a mail server that may be down, and processes that die.
type world struct {
	t     *testing.T
	clock *testclock.Clock
	store store.Store
	salon *salon

	mu    sync.Mutex
	rng   *rand.Rand
	lost  bool
	down  bool                         // mail
	gone  map[string]bool              // subscriptions that have ended
	links map[string]int               // how many links were sent
	told  []toldOf                     // messages that have arrived
	spans map[time.Time][][2]time.Time // when times were open; a span without an end is open
	slots map[time.Time]bool           // that are open now
	procs [3]*proc
}

// proc is a process.
type proc struct {
	*Desk
	store *faulty
	stop  context.CancelFunc
	ended chan struct{}
}

// line is the Messenger of a process.
type line struct {
	*world
	store *faulty
}

func (l line) Offers() Offers { return Offers{Email: true, Push: true} }

func (l line) Confirm(_ context.Context, w Wish) error {
	return l.deliver(func() { l.links[w.Secret]++ }, w)
}

func (l line) Tell(_ context.Context, w Wish, openings []Opening) error {
	return l.deliver(func() {
		for _, o := range openings {
			l.told = append(l.told, toldOf{w.Secret, o.Start.UTC(), l.clock.Now()})
		}
	}, w)
}

// deliver delivers or fails, in all the ways in which that may happen.
func (l line) deliver(arrives func(), w Wish) error {
	pass(200 * time.Millisecond)
	if l.store.isDead() {
		return errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case w.Channel.Push != nil && l.gone[w.Secret]:
		return Gone(errors.New("410"))
	case l.down:
		return Temporary(errors.New("no connection"))
	}
	switch l.rng.IntN(20) {
	case 0:
		return Temporary(errors.New("greylisted"))
	case 1:
		arrives()
		return ErrUnknown // the connection broke after the message
	case 2:
		return ErrUnknown
	}
	arrives()
	return nil
}

// start starts a process, in the place of one that has died.
func (w *world) start(i int) {
	s := &faulty{Store: w.store, world: w}
	d, err := New(Options{
		Store: s, Quotas: quota.New(w.store, w.clock.Now), Keys: testKeys, Now: w.clock.Now, Messenger: line{w, s}, Upstream: w.salon,
		CallsPerMinute: 20, Quiet: Quiet{},
	})
	if err != nil {
		w.t.Error(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &proc{Desk: d, store: s, stop: stop, ended: make(chan struct{})}
	w.procs[i] = p
	w.salon.mu.Lock()
	w.salon.desks = append(w.salon.desks, d)
	w.salon.mu.Unlock()
	go func() {
		defer close(p.ended)
		d.Run(ctx)
	}()
}

// kill kills a process within its next commands, and starts another one.
func (w *world) kill(i int) {
	w.mu.Lock()
	p := w.procs[i]
	p.store.dies = 1 + w.rng.IntN(6)
	w.mu.Unlock()
	pass(time.Duration(w.pick(4000)) * time.Millisecond)
	w.mu.Lock()
	p.store.dead = true
	w.mu.Unlock()
	p.stop()
	<-p.ended
	w.salon.mu.Lock()
	w.salon.desks = slices.DeleteFunc(slices.Clone(w.salon.desks), func(d *Desk) bool { return d == p.Desk })
	w.salon.mu.Unlock()
	w.start(i)
}

func (w *world) pick(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.IntN(n)
}

// turn opens or closes a time.
func (w *world) turn(start time.Time, open bool) {
	w.mu.Lock()
	now := w.clock.Now()
	spans := w.spans[start]
	if w.slots[start] != open {
		if open {
			spans = append(spans, [2]time.Time{now, {}})
		} else {
			spans[len(spans)-1][1] = now
		}
	}
	w.slots[start], w.spans[start] = open, spans
	var free []time.Time
	for at, is := range w.slots {
		if is {
			free = append(free, at)
		}
	}
	w.mu.Unlock()
	w.salon.set(start.In(zone).Format(time.DateOnly), free...)
}

// play plays a scene.
func play(t *testing.T, seed uint64) {
	start := testclock.Start().In(zone)
	noon := time.Date(start.Year(), start.Month(), start.Day(), 12, 0, 0, 0, zone)
	clock := testclock.RunningFrom(noon)
	w := &world{
		t: t, clock: clock, store: store.NewMemory(clock.Now), salon: &salon{now: clock.Now, free: map[string][]time.Time{}}, rng: rand.New(rand.NewPCG(seed, 21)),
		gone: map[string]bool{}, links: map[string]int{}, spans: map[time.Time][][2]time.Time{}, slots: map[time.Time]bool{},
	}
	for i := range w.procs {
		w.start(i)
	}
	day := time.Date(noon.Year(), noon.Month(), noon.Day()+2, 0, 0, 0, 0, zone)
	var wishes []Wish
	for i := range 12 {
		one := Wish{
			Form: 1, Company: 7, Lang: "lv", Services: []int{10}, Master: 5, From: day.Format(time.DateOnly), To: day.Format(time.DateOnly), Zone: zone,
			Channel: Channel{Email: fmt.Sprintf("a%d@mail.example", i)}, Consent: Consent{Version: "v1", Lang: "lv"},
		}
		if i%4 == 3 {
			one.Channel = Channel{Push: testSubscription(i)}
		}
		taken, err := w.procs[i%3].Ask(t.Context(), one, nil)
		if err != nil {
			t.Error(err)
			return
		}
		wishes = append(wishes, taken)
	}
	// The links are sent while processes die and the mail is down, too.
	w.fault()
	pass(2 * time.Hour)
	confirmed := map[string]bool{}
	for i, one := range wishes {
		w.mu.Lock()
		links := w.links[one.Secret]
		w.mu.Unlock()
		if links > 2 {
			t.Errorf("%d links were sent for a wish", links)
		}
		if _, err := w.procs[i%3].Confirm(t.Context(), one.Secret); err != nil {
			t.Errorf("confirm: %v", err)
			return
		}
		confirmed[one.Secret] = true
	}
	starts := []time.Time{day.Add(10 * time.Hour).UTC(), day.Add(11 * time.Hour).UTC(), day.Add(12 * time.Hour).UTC()}
	for range 8 {
		w.turn(starts[w.pick(3)], w.pick(2) == 0)
		if w.pick(2) == 0 {
			w.salon.look(Question{Company: 7, Services: []int{10}, Master: 5, Day: day.Format(time.DateOnly)})
		}
		if w.pick(3) == 0 {
			w.mu.Lock()
			w.gone[wishes[3].Secret] = true
			w.mu.Unlock()
		}
		w.fault()
		pass(time.Duration(5+w.pick(60)) * time.Minute)
	}
	// Everything is well again: a new time is told to everybody who is still there.
	pass(2 * time.Hour)
	last := day.Add(20 * time.Hour).UTC()
	w.turn(last, true)
	pass(90 * time.Minute)
	w.mu.Lock()
	told, gone := slices.Clone(w.told), w.gone
	w.mu.Unlock()
	for _, one := range wishes {
		_, err := w.procs[0].Find(t.Context(), one.Secret)
		if gone[one.Secret] {
			continue // it ends with the first message to it
		}
		if err != nil {
			t.Errorf("a wish is lost: %v", err)
		}
	}
	reached := map[string]bool{}
	for i, a := range told {
		for _, b := range told[:i] {
			if a.secret == b.secret && a.start.Equal(b.start) && !w.closedBetween(a.start, b.at, a.at) {
				t.Errorf("%v was told twice, at %v and %v", a.start, b.at, a.at)
			}
		}
		if !w.wasOpen(a.start, a.at) {
			t.Errorf("%v was told at %v, and was not open within the age of an answer: %v", a.start, a.at, w.spans[a.start])
		}
		reached[a.secret] = reached[a.secret] || a.start.Equal(last)
	}
	missed := 0
	for _, one := range wishes {
		if !gone[one.Secret] && !reached[one.Secret] {
			missed++
		}
	}
	// A message of twenty may not arrive, and nobody knows of it: it is not sent again.
	if missed > 4 {
		t.Errorf("%d of %d were not told of the last time", missed, len(wishes))
	}
	for _, p := range w.procs {
		p.stop()
		<-p.ended
	}
}

// fault lets something go wrong, or nothing.
func (w *world) fault() {
	set := func(to *bool, lasts time.Duration) {
		w.mu.Lock()
		*to = true
		w.mu.Unlock()
		pass(lasts)
		w.mu.Lock()
		*to = false
		w.mu.Unlock()
	}
	pass(time.Duration(w.pick(60_000)) * time.Millisecond)
	lasts := time.Duration(1+w.pick(300)) * time.Second
	switch w.pick(5) {
	case 0:
		w.kill(w.pick(3))
	case 1:
		set(&w.lost, lasts)
	case 2:
		set(&w.down, lasts)
	case 3:
		for i := range w.procs {
			w.kill(i)
		}
	}
}

// closedBetween says whether a time was closed at some moment between two.
func (w *world) closedBetween(start, from, to time.Time) bool {
	return slices.ContainsFunc(w.spans[start], func(s [2]time.Time) bool {
		return !s[1].IsZero() && s[1].After(from.Add(-time.Minute)) && s[1].Before(to)
	})
}

// wasOpen says whether a time was open at a moment, or so shortly before that a page might show it.
func (w *world) wasOpen(start, at time.Time) bool {
	return slices.ContainsFunc(w.spans[start], func(s [2]time.Time) bool {
		return !s[0].After(at) && (s[1].IsZero() || s[1].Add(45*time.Second+sendFor).After(at))
	})
}

// TestScenesOfFaults plays scenes in which processes are killed between any two commands to the store, the store does not answer or loses
// its answers, the mail is down, messages are lost without a word, and subscriptions end: nothing is told twice and no wish is lost.
func TestScenesOfFaults(t *testing.T) {
	for seed := range *scenes {
		synctest.Test(t, func(t *testing.T) { play(t, uint64(seed)) })
		if t.Failed() {
			t.Fatalf("scene %d", seed)
		}
	}
	t.Logf("%d scenes: nothing told twice, no wish lost", *scenes)
}
