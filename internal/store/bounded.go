package store

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrFull says that a visitor who has proven nothing may not write any more for now.
var ErrFull = errors.New("store: no more room for visitors")

// Visitor is the person who writes, known by an address and the network around it. The zero Visitor stands for all
// visitors who cannot be told apart; they share one bound.
type Visitor struct{ Address, Network string }

type visitorKey struct{}

// Of is a context for writing on behalf of a visitor who has proven nothing.
func Of(ctx context.Context, v Visitor) context.Context {
	return context.WithValue(ctx, visitorKey{}, v)
}

// Proven is a context for writing what must be kept whoever caused it: a booking, or what a visitor does who has shown a
// code, a password or the link of a visit.
func Proven(ctx context.Context) context.Context {
	return context.WithValue(ctx, visitorKey{}, nil)
}

func visitorOf(ctx context.Context) (Visitor, bool) {
	v, ok := ctx.Value(visitorKey{}).(Visitor)
	return v, ok
}

// Bound is how much may be in a store. 0 means no bound.
type Bound struct {
	Entries int
	Bytes   int64
}

func (b Bound) holds(u Bound) bool {
	return (b.Entries == 0 || u.Entries <= b.Entries) && (b.Bytes == 0 || u.Bytes <= b.Bytes)
}

// BoundedOptions are the bounds for visitors who have proven nothing.
type BoundedOptions struct {
	Address Bound // for one address
	Network Bound // for one network
	All     Bound // for all together
	Now     func() time.Time
}

// Bounded is a Store that bounds what visitors may write who have proven nothing, so that no visitor can fill it. What is
// proven is always written. It counts the entries that this process has written and that have not expired. The count
// begins anew with the process, and processes that share a store count separately.
//
// A quarter of the room for all is a reserve. Only visitors from networks that have written little may use it, so that
// others can still book while one network fills the rest.
type Bounded struct {
	Store
	o BoundedOptions

	mu        sync.Mutex
	byKey     map[string]*share
	addresses map[string]Bound
	networks  map[string]Bound
	all       Bound
	ends      endings
}

// few is how many entries a network may have and still use the reserve: as many as two or three people need to book.
const few = 64

// entryOverhead is about how many bytes an entry takes besides its key and value.
const entryOverhead = 128

// share is one entry of a visitor.
type share struct {
	key     string
	visitor Visitor
	bytes   int64
	until   time.Time
	index   int // among the endings
}

// NewBounded bounds a store.
func NewBounded(s Store, o BoundedOptions) *Bounded {
	return &Bounded{Store: s, o: o, byKey: map[string]*share{}, addresses: map[string]Bound{}, networks: map[string]Bound{}}
}

// Put implements Store. Errors: ErrFull.
func (b *Bounded) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	undo, err := b.take(ctx, key, value, ttl)
	if err != nil {
		return err
	}
	if err = b.Store.Put(ctx, key, value, ttl); err != nil {
		undo()
	}
	return err
}

// PutIfAbsent implements Store. Errors: ErrFull.
func (b *Bounded) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	undo, err := b.take(ctx, key, value, ttl)
	if err != nil {
		return nil, false, err
	}
	if current, stored, err = b.Store.PutIfAbsent(ctx, key, value, ttl); err != nil || !stored {
		undo()
	}
	return current, stored, err
}

// Swap implements Store. Errors: ErrFull.
func (b *Bounded) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	undo, err := b.take(ctx, key, value, ttl)
	if err != nil {
		return false, err
	}
	if swapped, err = b.Store.Swap(ctx, key, old, value, ttl); err != nil || !swapped {
		undo()
	}
	return swapped, err
}

// Delete implements Store.
func (b *Bounded) Delete(ctx context.Context, key string) error {
	err := b.Store.Delete(ctx, key)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.drop(b.byKey[key])
	}
	return err
}

// Room says whether a visitor may write anything more. Errors: ErrFull.
func (b *Bounded) Room(v Visitor) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	return b.fits(v, Bound{1, entryOverhead})
}

// Usage is how much there is of visitors who have proven nothing.
func (b *Bounded) Usage() Bound {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	return b.all
}

// tight is a store that can say whether it is nearly full, whatever fills it.
type tight interface{ Tight() bool }

// Tight says whether the store is nearly full. Then visitors who have proven nothing are held back.
func (b *Bounded) Tight() bool {
	t, ok := b.Store.(tight)
	return ok && t.Tight()
}

// take counts an entry before it is written, so that many writes at once cannot exceed a bound. The function that it
// returns takes the count back.
func (b *Bounded) take(ctx context.Context, key string, value []byte, ttl time.Duration) (undo func(), err error) {
	v, unproven := visitorOf(ctx)
	nearlyFull := unproven && b.Tight()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	before := b.byKey[key]
	if !unproven {
		if before == nil {
			return func() {}, nil
		}
		old := *before
		b.drop(before) // from now on the entry is proven
		return func() { b.putBack(&old) }, nil
	}
	s := &share{key: key, visitor: v, bytes: int64(len(key) + len(value) + entryOverhead), until: b.o.Now().Add(ttl)}
	more := Bound{1, s.bytes}
	if before != nil {
		s.visitor = before.visitor // an entry that is written over still counts for the visitor who wrote it first
		more = Bound{0, s.bytes - before.bytes}
	}
	if more.Entries > 0 || more.Bytes > 0 {
		if err := b.fits(s.visitor, more); err != nil {
			return nil, err
		}
		if nearlyFull && b.networks[s.visitor.Network].Entries >= few {
			return nil, fmt.Errorf("%w: the store is nearly full", ErrFull)
		}
	}
	b.drop(before)
	b.add(s)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.byKey[key] == s {
			b.drop(s)
			b.add(before)
		}
	}, nil
}

func (b *Bounded) putBack(s *share) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byKey[s.key] == nil {
		b.add(s)
	}
}

// fits says whether a visitor may have so much more.
func (b *Bounded) fits(v Visitor, more Bound) error {
	if v.Address != "" && !b.o.Address.holds(plus(b.addresses[v.Address], more, 1)) {
		return fmt.Errorf("%w: of this address", ErrFull)
	}
	network := b.networks[v.Network]
	if v.Network != "" && !b.o.Network.holds(plus(network, more, 1)) {
		return fmt.Errorf("%w: of this network", ErrFull)
	}
	room := b.o.All
	if v.Network == "" || network.Entries >= few {
		room.Entries, room.Bytes = room.Entries-room.Entries/4, room.Bytes-room.Bytes/4
	}
	if !room.holds(plus(b.all, more, 1)) {
		return fmt.Errorf("%w: of all", ErrFull)
	}
	return nil
}

func (b *Bounded) add(s *share) {
	if s == nil {
		return
	}
	b.byKey[s.key] = s
	heap.Push(&b.ends, s)
	b.count(s, 1)
}

func (b *Bounded) drop(s *share) {
	if s == nil || b.byKey[s.key] != s {
		return
	}
	delete(b.byKey, s.key)
	heap.Remove(&b.ends, s.index)
	b.count(s, -1)
}

func (b *Bounded) count(s *share, times int) {
	one := Bound{1, s.bytes}
	b.all = plus(b.all, one, times)
	tally(b.addresses, s.visitor.Address, one, times)
	tally(b.networks, s.visitor.Network, one, times)
}

func tally(counts map[string]Bound, of string, one Bound, times int) {
	if of == "" {
		return
	}
	if counts[of] = plus(counts[of], one, times); counts[of].Entries == 0 {
		delete(counts, of)
	}
}

func plus(a, b Bound, times int) Bound {
	return Bound{a.Entries + times*b.Entries, a.Bytes + int64(times)*b.Bytes}
}

// forget drops what has expired.
func (b *Bounded) forget() {
	for now := b.o.Now(); len(b.ends) > 0 && !b.ends[0].until.After(now); {
		b.drop(b.ends[0])
	}
}

// endings are shares in a heap, the first to expire at its top.
type endings []*share

// Len implements heap.Interface.
func (e endings) Len() int { return len(e) }

// Less implements heap.Interface.
func (e endings) Less(i, j int) bool { return e[i].until.Before(e[j].until) }

// Swap implements heap.Interface.
func (e endings) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].index, e[j].index = i, j
}

// Push implements heap.Interface.
func (e *endings) Push(x any) {
	s, _ := x.(*share)
	s.index = len(*e)
	*e = append(*e, s)
}

// Pop implements heap.Interface.
func (e *endings) Pop() any {
	last := len(*e) - 1
	s := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return s
}
