// Package quota says how often something may be done: by a phone, from an address, for a salon. The
// counts stand in the store, so they hold over restarts and for all processes that share it.
package quota

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"okoshko/internal/store"
)

// Limit allows something so many times in any window.
type Limit struct {
	Name   string // of the counter, "sms-phone"
	Of     string // whom it counts; only a digest of it is kept
	Max    int    // 0 = no limit
	Window time.Duration
}

// Ring is one of the networks around an address: the innermost one is what one customer has whole.
type Ring struct {
	Network string
	Factor  int // how many times the innermost one's share it has
}

// Around is a limit for each of the networks around an address. Whoever has many addresses in one of them is stopped by
// its share. A limit of no rings is none.
func Around(rings []Ring, name, of string, most int, window time.Duration) []Limit {
	out := make([]Limit, len(rings))
	for i, ring := range rings {
		out[i] = Limit{Name: name, Of: ring.Network + of, Max: most * ring.Factor, Window: window}
	}
	return out
}

// Verdict is what the limits say.
type Verdict struct {
	OK    bool
	Limit Limit         // the first that is used up, when not OK
	After time.Duration // until it lets one more through, when not OK
	Near  bool          // one of them is used up by four fifths or more
	Used  []int         // of each limit that was looked at, in their order, with what Take has just used up

	at    time.Time
	taken []Limit
}

// Quotas counts in a store. Those who count in one process take turns at a counter, those of several processes try
// again until nobody else was faster: so however many come at once, no more get through than the limits say.
type Quotas struct {
	store store.Store
	now   func() time.Time
	turns [turns]sync.Mutex

	mu   sync.Mutex
	held map[string]int // by key
}

// New makes Quotas.
func New(s store.Store, now func() time.Time) *Quotas {
	return &Quotas{store: s, now: now, held: map[string]int{}}
}

// turns is how many counters one process counts at the same time.
const turns = 64

// Take uses up one of each limit, or, when one of them has none left, nothing at all. Put the limits that the asker
// alone uses up first, so that whoever is refused touches none that others need. It looks before it writes: whoever
// comes to a limit that is used up costs the store no write, however many come.
func (q *Quotas) Take(ctx context.Context, limits ...Limit) (Verdict, error) {
	if v, err := q.Look(ctx, limits...); err != nil || !v.OK {
		return v, err
	}
	all := Verdict{OK: true, at: q.now()}
	for _, l := range limits {
		v, err := q.take(ctx, l, all.at)
		if err == nil && v.OK {
			all.Near = all.Near || v.Near
			all.Used, all.taken = append(all.Used, v.Used...), append(all.taken, l)
			continue
		}
		return v, errors.Join(err, q.GiveBack(ctx, all))
	}
	return all, nil
}

// Note uses up what a Hold of the same limits has kept, because it has come about.
func (q *Quotas) Note(ctx context.Context, limits ...Limit) error {
	now := q.now()
	var err error
	for _, l := range limits {
		_, failed := q.take(ctx, l, now)
		err = errors.Join(err, failed)
		q.Release(l)
	}
	return err
}

// GiveBack undoes a Take: what it was for has not come about.
func (q *Quotas) GiveBack(ctx context.Context, v Verdict) error {
	ctx = context.WithoutCancel(ctx) // whoever has gone away is owed it all the same
	var err error
	for _, l := range v.taken {
		err = errors.Join(err, q.giveBack(ctx, l, v.at))
	}
	return err
}

// Look says what Take would, and uses up nothing.
func (q *Quotas) Look(ctx context.Context, limits ...Limit) (Verdict, error) {
	return q.look(ctx, 0, limits)
}

// look says what is left of limits beside what is held, of which so many are the asker's own.
func (q *Quotas) look(ctx context.Context, own int, limits []Limit) (Verdict, error) {
	all := Verdict{OK: true}
	now := q.now()
	for _, l := range limits {
		if l.Max == 0 {
			all.Used = append(all.Used, 0)
			continue
		}
		// First what is held: what becomes taken in between counts twice rather than not at all.
		q.mu.Lock()
		held := q.held[l.key()] - own
		q.mu.Unlock()
		raw, err := q.store.Get(ctx, l.key())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return Verdict{}, fmt.Errorf("quota: read: %w", err)
		}
		times := recent(raw, now.Add(-l.Window))
		used := len(times) + held
		switch {
		case len(times) >= l.Max:
			return l.full(times, now), nil
		case used >= l.Max:
			return Verdict{Limit: l, After: time.Second, Near: true}, nil
		}
		all.Near = all.Near || l.near(used)
		all.Used = append(all.Used, used)
	}
	return all, nil
}

// Hold keeps one of each limit for something that is about to be taken, or says that none is left beside what is taken
// and held. What is held is known to this process alone, so that whoever waits costs no write; what comes of it
// is for Note, what does not for Release.
func (q *Quotas) Hold(ctx context.Context, limits ...Limit) (Verdict, error) {
	q.mu.Lock()
	for _, l := range limits {
		q.held[l.key()]++
	}
	q.mu.Unlock()
	v, err := q.look(ctx, 1, limits)
	if err != nil || !v.OK {
		q.Release(limits...)
	}
	return v, err
}

// Release ends a Hold that was OK, of which nothing has come.
func (q *Quotas) Release(limits ...Limit) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range limits {
		if q.held[l.key()]--; q.held[l.key()] <= 0 {
			delete(q.held, l.key())
		}
	}
}

func (q *Quotas) take(ctx context.Context, l Limit, now time.Time) (Verdict, error) {
	if l.Max == 0 {
		return Verdict{OK: true, Used: []int{0}}, nil
	}
	var v Verdict
	err := q.change(ctx, l, now, func(times []time.Time) []time.Time {
		if len(times) >= l.Max {
			v = l.full(times, now)
			return nil
		}
		v = Verdict{OK: true, Near: l.near(len(times) + 1), Used: []int{len(times) + 1}}
		return append(times, now)
	})
	return v, err
}

// giveBack takes one use of a moment out again.
func (q *Quotas) giveBack(ctx context.Context, l Limit, at time.Time) error {
	if l.Max == 0 {
		return nil
	}
	return q.change(ctx, l, q.now(), func(times []time.Time) []time.Time {
		i := slices.IndexFunc(times, at.Equal)
		if i < 0 {
			return nil
		}
		return slices.Delete(times, i, i+1)
	})
}

// change replaces the times of a counter by what edit makes of them; nil leaves them as they are.
func (q *Quotas) change(ctx context.Context, l Limit, now time.Time, edit func([]time.Time) []time.Time) error {
	turn := &q.turns[l.turn()]
	turn.Lock()
	defer turn.Unlock()
	err := store.Update(ctx, q.store, l.key(), l.Window, func(old []byte) ([]byte, error) {
		next := edit(recent(old, now.Add(-l.Window)))
		if next == nil {
			return nil, store.ErrUnchanged
		}
		return encode(next), nil
	})
	if err != nil {
		return fmt.Errorf("quota: count %s: %w", l.Name, err)
	}
	return nil
}

func (l Limit) near(used int) bool { return used*5 >= l.Max*4 }

// full is the verdict of a limit without any left.
func (l Limit) full(times []time.Time, now time.Time) Verdict {
	oldest := times[len(times)-l.Max]
	return Verdict{Limit: l, After: oldest.Add(l.Window).Sub(now), Near: true}
}

// key is where the times stand. Phones and addresses do not stand in the store as they are.
func (l Limit) key() string {
	sum := sha256.Sum256([]byte(l.Of))
	return "quota/" + l.Name + "/" + base64.RawURLEncoding.EncodeToString(sum[:15])
}

// turn is whose turns a counter takes part in.
func (l Limit) turn() int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(l.key())) // never fails
	return int(h.Sum32() % turns)
}

// stamp is the length of a time in the store: Unix nanoseconds, big-endian.
const stamp = 8

// recent reads the times after a moment, in order.
func recent(raw []byte, after time.Time) []time.Time {
	var out []time.Time
	for ; len(raw) >= stamp; raw = raw[stamp:] {
		if t := time.Unix(0, int64(binary.BigEndian.Uint64(raw))); t.After(after) { //nolint:gosec // written by encode
			out = append(out, t)
		}
	}
	return out
}

func encode(times []time.Time) []byte {
	out := make([]byte, 0, len(times)*stamp)
	for _, t := range times {
		out = binary.BigEndian.AppendUint64(out, uint64(t.UnixNano()))
	}
	return out
}

// sparedPart of a limit is left by whoever spares it.
const sparedPart = 6

// Sparing are limits for somebody who leaves a sixth of each to those who need it more.
func Sparing(limits []Limit) []Limit {
	out := slices.Clone(limits)
	for i := range out {
		if most := out[i].Max; most > 1 {
			out[i].Max -= max(1, most/sparedPart)
		}
	}
	return out
}

type accountKey struct{}

// OnAccount is a context under which calls of the upstream are counted for limits.
func OnAccount(ctx context.Context, limits ...Limit) context.Context {
	return context.WithValue(ctx, accountKey{}, limits)
}

// AccountOf are the limits that a context's calls count for.
func AccountOf(ctx context.Context) []Limit {
	limits, _ := ctx.Value(accountKey{}).([]Limit)
	return limits
}
