package catalog

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"okoshko/internal/upstream"
	"okoshko/internal/upstream/answers"
	"okoshko/internal/upstream/budget"
)

// Ages says how long an answer of one kind may be served. Until Fresh it is served as it is. Until Soft it is served at
// once, and asked for again in the background. Until Hard it is served only when the upstream gives no answer. After Hard
// it leaves the cache.
type Ages struct {
	Fresh, Soft, Hard time.Duration

	without time.Duration // what Hard would be if the company's hooks were not relied on; 0 = as Hard is
}

// usualBytes is the memory for answers where none is named.
const usualBytes = 48 << 20

const (
	// loadTimeout bounds one call together with its wait at the budget. It does not depend on the request that caused the
	// call: when one visitor goes away, the others who wait for the answer still get it.
	loadTimeout = 7 * time.Second
	// retryRefresh is the pause after a failed refresh, so that an upstream that is down is not asked by every page view.
	retryRefresh = 5 * time.Second
	// failedFor is how long a failure of the upstream is cached, so that a page that is opened often costs one call.
	failedFor = 5 * time.Second
	// refusedFor is how long it is cached that something is missing or may not be read: a dead link stays dead. A salon that
	// opens its form again is seen so soon.
	refusedFor = time.Minute
	// optionalFor is the same for what pages can do without.
	optionalFor = 10 * time.Minute
	// jitter spreads expiries by ±10 %, so that answers that came together are not asked for together again.
	jitter = 0.10
)

// entry is one cached answer: a value or, for a short time, the error that came instead.
type entry struct {
	value    any
	err      error
	ages     Ages
	loaded   time.Time
	replaced *atomic.Bool // set once another answer, or none, has taken its place
}

// cache holds answers by key, and makes one call of equal questions, however many visitors wait for the answer.
type cache struct {
	entries *otter.Cache[key, entry]
	now     func() time.Time
	scarce  func() bool
	watch   Watch
	note    func(k key, value any, asked time.Time) // told of every answer; nil: nobody is
	seed    maphash.Seed
	asking  asking
}

// asking holds the calls that are under way.
type asking struct {
	some    atomic.Int64 // how many; mostly 0, and then no lock is taken
	mu      sync.Mutex
	tickets map[key]*budget.Ticket
}

func (a *asking) begin(k key) (t *budget.Ticket, end func()) {
	t = new(budget.Ticket)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tickets[k] = t
	a.some.Store(int64(len(a.tickets)))
	return t, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.tickets[k] == t {
			delete(a.tickets, k)
		}
		a.some.Store(int64(len(a.tickets)))
	}
}

// join moves a call that is under way forward in the queue of the budget, to where the present visitor's would stand.
func (a *asking) join(ctx context.Context, k key) {
	if a.some.Load() == 0 {
		return
	}
	a.mu.Lock()
	t := a.tickets[k]
	a.mu.Unlock()
	if t != nil {
		t.Join(budget.WaitsAt(ctx), budget.PayerOf(ctx))
	}
}

func newCache(maxBytes, maxEntries int, now func() time.Time, scarce func() bool, watch Watch, background func(func())) *cache {
	if scarce == nil {
		scarce = func() bool { return false }
	}
	if maxBytes <= 0 {
		maxBytes = usualBytes
	}
	// Each entry is charged for its share of the memory at least, so that there are not more than maxEntries.
	least := (maxBytes + maxEntries - 1) / max(maxEntries, 1)
	return &cache{
		now: now, scarce: scarce, watch: watch,
		seed: maphash.MakeSeed(), asking: asking{tickets: map[key]*budget.Ticket{}},
		entries: otter.Must(&otter.Options[key, entry]{
			MaximumWeight: uint64(maxBytes),
			Weigher: func(k key, e entry) uint32 {
				return uint32(max(weigh(k, e), least)) //nolint:gosec // an answer has two megabytes at most
			},
			Executor:          background,
			RefreshCalculator: refreshAfter{now},
			Clock:             clock{now},
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[key, entry]) time.Duration {
				return e.Value.left(e.Value.ages.Hard, now)
			}),
			OnAtomicDeletion: func(e otter.DeletionEvent[key, entry]) {
				e.Value.replaced.Store(true)
				if e.Cause == otter.CauseOverflow && watch != nil {
					watch.Dropped()
				}
			},
			Logger: &otter.NoopLogger{}, // a failed refresh is already counted and logged by the client
		}),
	}
}

func (c *cache) close() { c.entries.StopAllGoroutines() }

// clock lets the cache age by the catalogue's clock.
type clock struct{ now func() time.Time }

func (c clock) NowNano() int64                          { return c.now().UnixNano() }
func (clock) Tick(every time.Duration) <-chan time.Time { return time.Tick(every) }

// left is how much is left of an age, which counts from when the answer was loaded or, where it came from elsewhere, asked for.
func (e entry) left(of time.Duration, now func() time.Time) time.Duration {
	return max(1, of-max(0, now().Sub(e.loaded)))
}

// refreshAfter makes an entry refresh in the background once it is no longer fresh.
type refreshAfter struct{ now func() time.Time }

func (r refreshAfter) RefreshAfterCreate(e otter.Entry[key, entry]) time.Duration {
	return e.Value.left(e.Value.ages.Fresh, r.now)
}

func (r refreshAfter) RefreshAfterUpdate(e otter.Entry[key, entry], _ entry) time.Duration {
	return e.Value.left(e.Value.ages.Fresh, r.now)
}

func (r refreshAfter) RefreshAfterReload(e otter.Entry[key, entry], _ entry) time.Duration {
	return e.Value.left(e.Value.ages.Fresh, r.now)
}

func (refreshAfter) RefreshAfterReloadFailure(_ otter.Entry[key, entry], err error) time.Duration {
	if refused(err) {
		return refusedFor
	}
	return retryRefresh
}

// loader asks the upstream for the answer under one key, independently of the request that needs it first.
type loader struct {
	cache   *cache
	ages    Ages
	refused time.Duration                // how long a refusal is cached
	reload  budget.Priority              // of a question whose older answer is still cached
	longer  func(value any) (Ages, bool) // of answers that are good for longer than ages; nil: none is
	ask     func(context.Context) (any, error)
	asked   *atomic.Bool // set when the answer was not cached
}

// loaderOf makes a loader that asks by ask. A reload has a lower priority than questions that a visitor waits for.
func loaderOf[T any](c *cache, ages Ages, ask func(context.Context) (T, error)) loader {
	return loader{cache: c, ages: ages, refused: refusedFor, reload: budget.P2, ask: func(ctx context.Context) (any, error) { return ask(ctx) }, asked: new(atomic.Bool)}
}

func (l loader) Load(ctx context.Context, k key) (entry, error) {
	l.asked.Store(true)
	value, age, err := l.detached(ctx, k, budget.WaitsAt(ctx), wishFor(k, l.ages))
	if err == nil {
		return l.entry(k, value, age), nil
	}
	if !remembered(err) {
		return entry{}, err
	}
	lasts := failedFor
	if refused(err) {
		lasts = l.refused
	}
	return entry{err: err, ages: Ages{Fresh: time.Hour, Soft: lasts, Hard: lasts}, loaded: l.cache.now(), replaced: new(atomic.Bool)}, nil
}

// Reload asks again. An answer that another process has asked for since will do while it is fresh.
func (l loader) Reload(ctx context.Context, k key, old entry) (entry, error) {
	w := wishFor(k, l.ages)
	w.MaxAge, w.Newer = l.ages.Fresh, max(time.Millisecond, l.cache.now().Sub(old.loaded))
	value, age, err := l.detached(ctx, k, l.reload, w)
	if err != nil {
		return entry{}, err
	}
	return l.entry(k, value, age), nil
}

// detached makes the call, and says how long ago its answer was asked for where that is shared. Other visitors who come to
// wait for the answer may move the call forward in the queue.
func (l loader) detached(ctx context.Context, k key, p budget.Priority, w *answers.Wish) (any, time.Duration, error) {
	ticket, end := l.cache.asking.begin(k)
	defer end()
	ctx, cancel := context.WithTimeout(budget.WithTicket(budget.WithPriority(context.WithoutCancel(ctx), p), ticket), loadTimeout)
	defer cancel()
	return l.cache.shared(ctx, k, w, l.ask)
}

// shared asks by ask, whose answer may be a shared one, and says how long ago that was asked for. Where it is older than a booking, it
// is corrected by that, as an answer in the cache is; where it cannot be, another one is asked for.
func (c *cache) shared(ctx context.Context, k key, w *answers.Wish, ask func(context.Context) (any, error)) (any, time.Duration, error) {
	began := c.now()
	value, age, err := c.whole(ctx, k, w, ask)
	if err == nil && c.note != nil {
		if age > 0 {
			began = c.now().Add(-age)
		}
		c.note(k, value, began)
	}
	return value, age, err
}

// whole is shared, without anybody being told.
func (c *cache) whole(ctx context.Context, k key, w *answers.Wish, ask func(context.Context) (any, error)) (any, time.Duration, error) {
	value, err := ask(answers.With(ctx, w))
	if err != nil || len(w.Corrections()) == 0 {
		return value, w.Age(), err
	}
	if value, ok := corrected(k, value, w.Corrections(), c.scarce()); ok {
		return value, w.Age(), nil
	}
	again := &answers.Wish{Topic: w.Topic, About: w.About, MaxAge: w.MaxAge, Newer: w.Newer, Kept: w.Kept, Only: w.Only, Untrue: w.Untrue}
	value, err = ask(answers.With(ctx, again))
	return value, again.Age(), err
}

func (l loader) entry(k key, value any, age time.Duration) entry {
	ages := l.ages
	if l.longer != nil {
		if longer, is := l.longer(value); is {
			ages = longer
		}
	}
	return l.cache.entry(k, value, ages, l.cache.now().Add(-age))
}

// entry is an answer that was loaded at a moment.
func (c *cache) entry(k key, value any, ages Ages, loaded time.Time) entry {
	// The spread depends on the key, so that a page view needs no random number.
	part := (float64(maphash.Comparable(c.seed, k)%1000)/500 - 1) * jitter
	spread := func(d time.Duration) time.Duration { return d + time.Duration(float64(d)*part) }
	// Hard is a promise, that no answer is shown that is older, and is not spread.
	return entry{value: value, loaded: loaded, replaced: new(atomic.Bool), ages: Ages{
		Fresh: min(spread(ages.Fresh), ages.Hard),
		Soft:  min(spread(ages.Soft), ages.Hard),
		Hard:  ages.Hard,

		without: ages.without,
	}}
}

// correct replaces the value of an answer. The answer stays as old as it was.
func (c *cache) correct(k key, e entry, value any) {
	e.value, e.replaced = value, new(atomic.Bool)
	c.entries.Set(k, e)
}

// remembered says whether an error is cached for a moment, because it is an answer of the upstream. An error of a call
// that was not made (budget spent, visitor gone, breaker open) is not.
func remembered(err error) bool {
	if errors.Is(err, upstream.ErrOpen) {
		return false
	}
	switch upstream.KindOf(err) {
	case upstream.KindBudget, upstream.KindCanceled:
		return false
	default:
		return true
	}
}

// refused says whether an error is the upstream's answer that something is missing or may not be read.
func refused(err error) bool {
	switch upstream.KindOf(err) {
	case upstream.KindUnauthorized, upstream.KindForbidden, upstream.KindNotFound, upstream.KindLicence:
		return true
	default:
		return false
	}
}

type onlyCachedKey struct{}

// OnlyCached is a context under which the upstream is not asked. missed says afterwards whether an answer was missing.
func OnlyCached(ctx context.Context) (_ context.Context, missed func() bool) {
	var missing atomic.Bool
	return context.WithValue(ctx, onlyCachedKey{}, &missing), missing.Load
}

type waitedKey struct{}

// WaitOnce is a context for a page that waits in vain for a call once at most: when no call has been left for one of its questions, the
// others are answered from cached answers, so that its reader sees what is known.
func WaitOnce(ctx context.Context) context.Context {
	return context.WithValue(ctx, waitedKey{}, new(atomic.Bool))
}

// waited says whether the page of a context has waited in vain.
func waited(ctx context.Context) bool {
	w, ok := ctx.Value(waitedKey{}).(*atomic.Bool)
	return ok && w.Load()
}

// noteWaited notes what has become of a question of a page.
func noteWaited(ctx context.Context, err error) {
	if w, ok := ctx.Value(waitedKey{}).(*atomic.Bool); ok && upstream.KindOf(err) == upstream.KindBudget {
		w.Store(true)
	}
}

// usable is an answer that is cached and young enough to be served at once.
func (c *cache) usable(k key) (entry, error) {
	if e, err := c.present(k); err == nil && c.now().Sub(e.loaded) <= e.ages.Soft {
		return e, nil
	}
	return entry{}, errNotCached
}

// present is an answer that is cached, whatever its age.
func (c *cache) present(k key) (entry, error) {
	if e, ok := c.entries.GetIfPresent(k); ok {
		return e, nil
	}
	return entry{}, errNotCached
}

// errNotCached says that there is no answer and the upstream is not asked.
var errNotCached = &upstream.Error{Kind: upstream.KindBudget, Op: "cache"}

// onlyCached says whether the upstream must not be asked.
func onlyCached(ctx context.Context) bool { return ctx.Value(onlyCachedKey{}) != nil }

// cached answers a question from the cache or by ask. The value is shared between callers, who must not change it.
func cached[T any](ctx context.Context, c *cache, k key, ages Ages, ask func(context.Context) (T, error)) (T, error) {
	value, _, err := cachedSince(ctx, c, k, ages, ask)
	return value, err
}

// cachedOptional is cached for what pages can do without: a refusal is cached for longer.
func cachedOptional[T any](ctx context.Context, c *cache, k key, ages Ages, ask func(context.Context) (T, error)) (T, error) {
	l := loaderOf(c, ages, ask)
	l.refused = optionalFor
	value, _, err := load[T](ctx, c, k, l)
	return value, err
}

// cachedSince is cached, and says when the answer came.
func cachedSince[T any](ctx context.Context, c *cache, k key, ages Ages, ask func(context.Context) (T, error)) (T, time.Time, error) {
	return load[T](ctx, c, k, loaderOf(c, ages, ask))
}

func load[T any](ctx context.Context, c *cache, k key, l loader) (T, time.Time, error) {
	var none T
	deps := depsOf(ctx)
	e, err := c.find(ctx, k, l)
	if err != nil {
		deps.markIncomplete()
		return none, time.Time{}, err
	}
	deps.add(e, c.now())
	if deps != nil && !c.holds(k, e) {
		deps.markIncomplete() // its flag would not be set when another answer comes
	}
	value, ok := e.value.(T)
	if !ok {
		return none, time.Time{}, errors.New("catalog: two kinds of answer under one key")
	}
	return value, e.loaded, nil
}

// find looks for an answer that may be served now, and counts what came of it. An entry with an error is an error.
func (c *cache) find(ctx context.Context, k key, l loader) (e entry, err error) {
	if missing, ok := ctx.Value(onlyCachedKey{}).(*atomic.Bool); ok {
		if e, err = c.usable(k); err != nil {
			missing.Store(true)
		}
	} else if waited(ctx) {
		if e, err = c.present(k); err == nil {
			return e, e.err
		}
	} else {
		c.asking.join(ctx, k)
		e, err = c.entries.Get(ctx, k, l)
		if upstream.KindOf(err) == upstream.KindBudget && !l.asked.Load() && ctx.Err() == nil {
			e, err = c.entries.Get(ctx, k, l) // the visitor who asked first may have no calls left, and this one may have
		}
		noteWaited(ctx, err)
	}
	c.count(k, e, err, l.asked.Load())
	if err == nil && e.err == nil && c.now().Sub(e.loaded) > e.ages.Soft && !c.scarce() {
		e = c.waitFresh(ctx, k, l, e)
	}
	if err == nil {
		err = e.err
	}
	return e, err
}

// has says whether an answer is cached.
func (c *cache) has(k key) bool {
	_, ok := c.entries.GetIfPresent(k)
	return ok
}

// holds says whether an answer is the one that is cached now.
func (c *cache) holds(k key, e entry) bool {
	in, ok := c.entries.GetEntryQuietly(k)
	return ok && in.Value.replaced == e.replaced
}

// count counts a question by its result.
func (c *cache) count(k key, e entry, err error, asked bool) {
	if c.watch == nil {
		return
	}
	result := "fresh"
	switch {
	case err != nil || e.err != nil:
		result = "error"
	case asked:
		result = "miss"
	case c.now().Sub(e.loaded) > e.ages.Fresh:
		result = "stale"
	}
	c.watch.Lookup(k.question, result)
}

// waitFresh reads an entry between Soft and Hard: the visitor waits for a new answer, and gets the old one when none
// comes.
func (c *cache) waitFresh(ctx context.Context, k key, l loader, old entry) entry {
	l.reload = budget.WaitsAt(ctx) // a visitor waits
	c.asking.join(ctx, k)
	select {
	case r := <-c.entries.Refresh(ctx, k, l):
		if r.Err == nil {
			return r.Value
		}
	case <-ctx.Done():
	}
	return old
}
