// Package ledger keeps account of what the upstream must be asked to do once and never twice: to book a visit, to cancel
// it, to move it. A network cannot promise that, for an answer may be lost after the work was done. So an entry is
// written into the store before anything is sent, and it goes one way only:
//
//	new → sent → booked or done | refused | unknown
//
// Two rules follow, and they hold whenever a process ends and however many processes share the store:
//
//   - A request leaves only after its entry was stored as sent, by the one call that changed it from new to sent. Two
//     presses of a button are one entry, so they are one request.
//   - An entry that was sent and has no answer becomes unknown. It is never sent again. What became of it is found out
//     by looking at the upstream, which is the business of whoever uses the ledger.
package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"okoshko/internal/store"
)

// Entry is the part of an entry that the ledger works with. What is to be kept is a struct that embeds it, so the two
// are stored as one flat JSON object.
type Entry struct {
	ID      string    `json:"id"`
	State   State     `json:"state"` // set by the ledger alone
	Created time.Time `json:"created"`
	Sent    time.Time `json:"sent,omitzero"` // zero: nothing has been sent
	// Ended is when the entry came into its state, if nobody is at work on it any more: the answer came, was given up, or was found out
	// later. Zero: it is new or sent, or an older version wrote it.
	Ended time.Time `json:"ended,omitzero"`

	// Unwritten says that the store did not take this end of the entry. Other readers will find it sent, and later unknown.
	Unwritten bool `json:"-"`

	stored []byte // what stood in the store when the entry was last read or written
}

func (e *Entry) entry() *Entry { return e }

// pointer is a pointer to a struct that embeds an Entry.
type pointer[T any] interface {
	*T
	entry() *Entry
}

// Kind is what the entries of one ledger have in common.
type Kind[T any] struct {
	Name   string // in errors
	Prefix string // of the keys in the store
	// KeepFor is how long the store keeps an entry from a moment on.
	KeepFor func(x T, now time.Time) time.Duration
	// Unproven says that an entry shows nothing of the visitor who made it, so that it counts against what visitors may
	// write. Nil: every entry is made by somebody who has shown a right to it.
	Unproven func(x T) bool
	// NotSent notes in an entry that nothing was sent. The ledger calls it for an entry whose process ended before.
	NotSent func(x *T)
	// Upgrade turns an entry as an older version of the program stored it into one of this version. Nil: they are equal.
	Upgrade func(x T) T
	// Count is told of every entry that has come to an end or is not known any more.
	Count func(x T)
}

// Ledger keeps entries of one kind. It is safe for concurrent use, also by several processes over one store.
type Ledger[T any, P pointer[T]] struct {
	kind  Kind[T]
	store store.Store
	now   func() time.Time
	seen  unknowns[T]
}

// New makes a Ledger.
func New[T any, P pointer[T]](kind Kind[T], s store.Store, now func() time.Time) *Ledger[T, P] {
	return &Ledger[T, P]{kind: kind, store: s, now: now, seen: unknowns[T]{byID: map[string]T{}}}
}

// Begin writes down a new entry, unless one of its ID is there already: then first is false, and the entry that is there
// is the business of whoever began it. Await tells what becomes of that one.
func (l *Ledger[T, P]) Begin(ctx context.Context, x T) (begun T, first bool, err error) {
	e := P(&x).entry()
	e.State, e.Created, e.Sent, e.Ended = StateNew, l.now(), time.Time{}, time.Time{}
	raw := encode(x)
	if _, first, err = l.store.PutIfAbsent(l.as(ctx, x), l.key(e.ID), raw, l.kind.KeepFor(x, l.now())); err != nil {
		return x, false, fmt.Errorf("%s: write down: %w", l.kind.Name, err)
	}
	e.stored = raw
	return x, first, nil
}

// Send marks a new entry as sent. Only when it says yes may the caller send the request. It says no when the store does
// not answer, and when a reader has given the entry up because it was new for too long.
func (l *Ledger[T, P]) Send(ctx context.Context, x T) (sent T, yes bool) {
	P(&x).entry().Sent = l.now()
	sent, yes, err := l.swap(l.as(ctx, x), x, StateSent)
	return sent, err == nil && yes
}

// End writes down how an entry has ended, over whatever stands there: a reader may have found it unknown meanwhile. When
// the store fails, the entry is returned all the same, because the customer who waits must hear the truth. It is
// Unwritten then, and the error says why.
func (l *Ledger[T, P]) End(ctx context.Context, x T, to State) (ended T, err error) {
	e := P(&x).entry()
	e.pass(to, l.now())
	l.observe(x)
	l.kind.Count(x)
	raw, keep := encode(x), l.kind.KeepFor(x, l.now())
	err = l.store.Put(l.as(ctx, x), l.key(e.ID), raw, keep)
	if errors.Is(err, store.ErrFull) {
		// The end of an entry is worth its room, whoever made it.
		err = l.store.Put(store.Proven(ctx), l.key(e.ID), raw, keep)
	}
	if err != nil {
		e.Unwritten = true
		return x, fmt.Errorf("%s: write down its end: %w", l.kind.Name, err)
	}
	e.stored = raw
	return x, nil
}

// Amend writes an entry anew, as long as it stands as it was last read: by Read, or by the call that returned it. Nothing
// is written when somebody else was faster.
func (l *Ledger[T, P]) Amend(ctx context.Context, x T, to State) (amended T, written bool, err error) {
	from := P(&x).entry().State
	if amended, written, err = l.swap(l.as(ctx, x), x, to); written && from != to {
		l.kind.Count(amended)
	}
	if written {
		l.observe(amended)
	}
	return amended, written, err
}

// Read reads an entry. One that is overdue reads as refused when it was not sent and as unknown when it was, and that is
// written down before it is believed: should its process be alive, it then does not send. Errors: store.ErrNotFound.
func (l *Ledger[T, P]) Read(ctx context.Context, id string) (T, error) {
	for {
		x, err := l.find(ctx, id)
		if err != nil {
			return x, err
		}
		to, overdue := P(&x).entry().overdue(l.now())
		if !overdue {
			l.observe(x)
			return x, nil
		}
		if to == StateRefused {
			l.kind.NotSent(&x)
		}
		after, written, err := l.swap(store.Proven(ctx), x, to)
		if err != nil {
			var none T
			return none, err
		}
		if written {
			l.kind.Count(after)
			l.observe(after)
			return after, nil
		}
	}
}

// Recall reads every entry of the store that is open, so that those of processes that have ended are among Unknown, and says how many
// are still open.
func (l *Ledger[T, P]) Recall(ctx context.Context) (open int, err error) {
	err = l.store.Each(ctx, l.kind.Prefix, func(key string, value []byte) error {
		var e Entry
		if json.Unmarshal(value, &e) != nil {
			return nil //nolint:nilerr // what cannot be read is no entry of this version
		}
		if !e.State.Open() {
			return nil
		}
		x, err := l.Read(ctx, strings.TrimPrefix(key, l.kind.Prefix))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil && P(&x).entry().State.Open() {
			open++
		}
		return err
	})
	return open, err
}

// Each shows every entry as Read would return it, in no order, and writes nothing, so that it may look at the store of a program that
// runs, or at a copy of it. An entry that cannot be read is left out; the others are shown, and the error says so.
func (l *Ledger[T, P]) Each(ctx context.Context, see func(x T)) error {
	var unread []error
	err := l.store.Each(ctx, l.kind.Prefix, func(_ string, value []byte) error {
		x, err := l.decode(value)
		if err != nil {
			unread = append(unread, err)
			return nil
		}
		e := P(&x).entry()
		if to, overdue := e.overdue(l.now()); overdue {
			if e.State = to; to == StateRefused {
				l.kind.NotSent(&x)
			}
		}
		see(x)
		return nil
	})
	return errors.Join(append(unread, err)...)
}

// ErrOpen says that it is not known yet what becomes of an entry.
var ErrOpen = errors.New("ledger: the entry is open")

// Erase removes an entry that has come to an end, so that a further press of its button is a new one. The caller knows that there is
// none. Errors: ErrOpen, when it may still be sent or what was sent may still be found out.
func (l *Ledger[T, P]) Erase(ctx context.Context, x T) error {
	e := P(&x).entry()
	if e.At(l.now()).Open() {
		return ErrOpen
	}
	return l.store.Delete(ctx, l.key(e.ID))
}

// Has says whether there is an entry of an ID.
func (l *Ledger[T, P]) Has(ctx context.Context, id string) (bool, error) {
	_, err := l.store.Get(ctx, l.key(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

const (
	// awaitFor bounds the wait of a repeated press for the first one's outcome. The page then says that it is under way,
	// and asks again.
	awaitFor   = 6 * time.Second
	awaitEvery = 100 * time.Millisecond
)

// Await reads an entry as Read does, and waits for some seconds until nobody is at work on it any more.
func (l *Ledger[T, P]) Await(ctx context.Context, id string) (T, error) {
	wait, cancel := context.WithTimeout(ctx, awaitFor)
	defer cancel()
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		x, err := l.Read(context.WithoutCancel(ctx), id)
		if err != nil || P(&x).entry().State.Ended() {
			return x, err
		}
		select {
		case <-tick.C:
		case <-wait.Done():
			return x, nil
		}
	}
}

// find is an entry as it stands in the store.
func (l *Ledger[T, P]) find(ctx context.Context, id string) (x T, err error) {
	raw, err := l.store.Get(ctx, l.key(id))
	if err != nil {
		return x, err
	}
	return l.decode(raw)
}

// decode is a stored entry as this version understands it.
func (l *Ledger[T, P]) decode(raw []byte) (x T, err error) {
	if err := json.Unmarshal(raw, &x); err != nil {
		var none T
		return none, fmt.Errorf("%s: read: %w", l.kind.Name, err)
	}
	if l.kind.Upgrade != nil {
		x = l.kind.Upgrade(x)
	}
	P(&x).entry().stored = raw
	return x, nil
}

// swap writes an entry in a state where it stands as it was last read.
func (l *Ledger[T, P]) swap(ctx context.Context, x T, to State) (after T, written bool, err error) {
	after = x
	e := P(&after).entry()
	e.pass(to, l.now())
	raw := encode(after)
	written, err = l.store.Swap(ctx, l.key(e.ID), e.stored, raw, l.kind.KeepFor(after, l.now()))
	if written {
		e.stored = raw
	}
	return after, written, err
}

// pass changes the state at a moment. A way that is not in the table is a fault of the program, whose entry is then sent and later
// unknown, as if the process had ended.
func (e *Entry) pass(to State, now time.Time) {
	if !e.State.may(to) {
		panic("ledger: an entry went from " + string(e.State) + " to " + string(to))
	}
	if e.State != to && to.Ended() {
		e.Ended = now
	}
	e.State = to
}

// as is the context that an entry is written under.
func (l *Ledger[T, P]) as(ctx context.Context, x T) context.Context {
	if l.kind.Unproven != nil && l.kind.Unproven(x) {
		return ctx
	}
	return store.Proven(ctx)
}

func (l *Ledger[T, P]) key(id string) string { return l.kind.Prefix + id }

// encode cannot fail: an entry holds nothing that JSON cannot.
func encode(x any) []byte {
	raw, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	return raw
}
