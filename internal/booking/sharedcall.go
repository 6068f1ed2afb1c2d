package booking

import (
	"context"
	"sync"
	"time"

	"okoshko/internal/upstream/budget"
)

// sharedCall is one call of the upstream for everybody who asks the same. Its answer is there once done is closed.
type sharedCall[T any] struct {
	name    string
	company int
	ticket  budget.Ticket
	done    chan struct{}
	answer  T
	err     error
	at      time.Time // of the answer
	invalid bool      // something has been booked or changed at the company since the call began
}

func (c *sharedCall[T]) answered() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// sharedCalls are the calls under way, and those that were answered a moment ago. Callers who ask the same share one call.
type sharedCalls[T any] struct {
	now  func() time.Time
	kept time.Duration // how long an answer is given to later callers

	mu     sync.Mutex
	byName map[string]*sharedCall[T]
}

func newSharedCalls[T any](now func() time.Time, kept time.Duration) *sharedCalls[T] {
	return &sharedCalls[T]{now: now, kept: kept, byName: map[string]*sharedCall[T]{}}
}

const (
	// sharedCallTakes bounds a call together with its wait in the budget. The customer who happened to ask first does not
	// bound it, because others wait for its answer too.
	sharedCallTakes = 12 * time.Second
	// maxSharedCalls bounds the calls that are remembered.
	maxSharedCalls = 1000
)

// ask gives the answer of a call under way of the same name, of one a moment ago whose answer serves, or of a new one. The
// call goes on when the caller goes away. In the budget it has the priority of the most urgent caller who waits for it.
func (s *sharedCalls[T]) ask(ctx context.Context, name string, company int, serves func(T) bool, call func(context.Context) (T, error)) (T, error) {
	for again := false; ; again = true {
		shared, mine := s.find(name, company, serves)
		if mine {
			go s.make(context.WithoutCancel(ctx), shared, call)
		} else {
			shared.ticket.Join(budget.PriorityOf(ctx), budget.PayerOf(ctx))
		}
		select {
		case <-shared.done:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if shared.err == nil || mine || again {
			return shared.answer, shared.err
		}
		// The call failed for the caller who made it, who may have no calls left. This caller may have some.
	}
}

// find is the call that answers a caller; mine says that the caller must make it.
func (s *sharedCalls[T]) find(name string, company int, serves func(T) bool) (shared *sharedCall[T], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shared = s.byName[name]
	if shared != nil && !shared.invalid && (!shared.answered() || !s.stale(shared) && serves(shared.answer)) {
		return shared, false
	}
	shared = &sharedCall[T]{name: name, company: company, done: make(chan struct{})}
	if len(s.byName) >= maxSharedCalls {
		for old, was := range s.byName {
			if was.answered() && s.stale(was) {
				delete(s.byName, old)
			}
		}
	}
	if len(s.byName) < maxSharedCalls {
		s.byName[name] = shared
	}
	return shared, true
}

// stale says whether an answer may not be given to later callers. The caller holds the lock.
func (s *sharedCalls[T]) stale(c *sharedCall[T]) bool {
	return c.invalid || c.err != nil || s.now().Sub(c.at) >= s.kept
}

func (s *sharedCalls[T]) make(ctx context.Context, shared *sharedCall[T], call func(context.Context) (T, error)) {
	ctx, cancel := context.WithTimeout(budget.WithTicket(ctx, &shared.ticket), sharedCallTakes)
	defer cancel()
	answer, err := call(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	shared.answer, shared.err, shared.at = answer, err, s.now()
	if s.stale(shared) && s.byName[shared.name] == shared {
		delete(s.byName, shared.name)
	}
	close(shared.done)
}

// invalidate drops the answers about a company, at which a visit has been booked, moved or cancelled.
func (s *sharedCalls[T]) invalidate(company int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, shared := range s.byName {
		if shared.company == company {
			shared.invalid = true
		}
	}
}
