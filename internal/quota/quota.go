// Package quota limits how often something may be done: by a phone, from an address, or for a salon. It counts in the
// store, so the limits hold over restarts and for all processes that share the store.
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

// Limit allows something a number of times in any window of time.
type Limit struct {
	Name   string // the name of the counter, such as "sms-phone"
	Of     string // who or what is counted; only a digest of it is stored
	Max    int    // 0 = no limit
	Window time.Duration
}

// Ring is one of the networks around an address. The innermost one is what one customer has alone.
type Ring struct {
	Network string
	Factor  int // how many times as much as the innermost network it may use
}

// Around makes a limit for each of the networks around an address, so that many addresses in one network do not help.
// Without rings there is no limit.
func Around(rings []Ring, name, of string, most int, window time.Duration) []Limit {
	out := make([]Limit, len(rings))
	for i, ring := range rings {
		out[i] = Limit{Name: name, Of: ring.Network + of, Max: most * ring.Factor, Window: window}
	}
	return out
}

// Verdict is what limits say.
type Verdict struct {
	OK    bool
	Limit Limit         // the first limit that is used up, when not OK
	After time.Duration // how long until that limit allows one more, when not OK
	Near  bool          // four fifths or more of a limit are used up
	Used  []int         // how much of each limit is used up, in the order of the limits, including what Take has just taken

	at    time.Time
	taken []Limit
}

// Quotas counts in a store. Calls of one process wait for one another at a counter, and processes that share the store
// retry (store.Update). So many calls at once cannot exceed a limit.
type Quotas struct {
	store store.Store
	now   func() time.Time
	turns [turns]sync.Mutex

	mu   sync.Mutex
	held map[string]int // how much is held of each limit, by its key
}

// New makes Quotas.
func New(s store.Store, now func() time.Time) *Quotas {
	return &Quotas{store: s, now: now, held: map[string]int{}}
}

// turns is how many counters one process can change at the same time.
const turns = 64

// Take uses up one of each limit, or nothing when a limit has none left. Limits that belong to the caller alone should
// come first, so that a refused call does not touch a limit that others need. Take reads before it writes: a call that
// finds a limit used up costs the store no write.
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

// Note uses up what a Hold of the same limits has reserved, when what it was for has happened.
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

// GiveBack undoes a Take, when what it was for has not happened.
func (q *Quotas) GiveBack(ctx context.Context, v Verdict) error {
	ctx = context.WithoutCancel(ctx) // also for a caller who has gone away
	var err error
	for _, l := range v.taken {
		err = errors.Join(err, q.giveBack(ctx, l, v.at))
	}
	return err
}

// Look says what Take would say, and uses up nothing.
func (q *Quotas) Look(ctx context.Context, limits ...Limit) (Verdict, error) {
	return q.look(ctx, 0, limits)
}

// look says what is left of limits besides what is held; own is how much of that the caller holds.
func (q *Quotas) look(ctx context.Context, own int, limits []Limit) (Verdict, error) {
	all := Verdict{OK: true}
	now := q.now()
	for _, l := range limits {
		if l.Max == 0 {
			all.Used = append(all.Used, 0)
			continue
		}
		// What is held must be read first. A Hold that is noted in between then counts twice instead of not at all.
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

// Hold reserves one of each limit for something that is about to happen, or says that none is left. Only this process
// knows what is held, so that waiting costs no write. After a Hold that was OK, either Note or Release must be called.
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

// Release ends a Hold that was OK, when what it was for has not happened.
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

// giveBack removes the use of a moment.
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

// change replaces the times of a counter by what edit makes of them. An edit that returns nil leaves them as they are.
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

// full is the verdict of a limit that is used up.
func (l Limit) full(times []time.Time, now time.Time) Verdict {
	oldest := times[len(times)-l.Max]
	return Verdict{Limit: l, After: oldest.Add(l.Window).Sub(now), Near: true}
}

// key is the key of a counter in the store. It has a digest of the phone or address.
func (l Limit) key() string {
	sum := sha256.Sum256([]byte(l.Of))
	return "quota/" + l.Name + "/" + base64.RawURLEncoding.EncodeToString(sum[:15])
}

// turn is the lock that a counter uses.
func (l Limit) turn() int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(l.key())) // never fails
	return int(h.Sum32() % turns)
}

// stamp is the length of a time in the store, in bytes: Unix nanoseconds, big-endian.
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

// sparedPart is the part of a limit that Sparing leaves, one in so many.
const sparedPart = 6

// Sparing are limits with a sixth less, for calls that must leave the rest to more important ones.
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

// OnAccount is a context whose calls of the upstream count for limits.
func OnAccount(ctx context.Context, limits ...Limit) context.Context {
	return context.WithValue(ctx, accountKey{}, limits)
}

// AccountOf are the limits for which the calls of a context count.
func AccountOf(ctx context.Context) []Limit {
	limits, _ := ctx.Value(accountKey{}).([]Limit)
	return limits
}
