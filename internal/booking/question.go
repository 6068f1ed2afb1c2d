package booking

import (
	"context"
	"sync"
	"time"

	"okoshko/internal/upstream/budget"
)

// question is one call of the upstream that may serve several who ask the same, and its answer once done is closed.
type question[T any] struct {
	name    string
	company int
	ticket  budget.Ticket
	done    chan struct{}
	answer  T
	err     error
	at      time.Time // of the answer
	void    bool      // something has been booked or changed since it was put
}

func (q *question[T]) over() bool {
	select {
	case <-q.done:
		return true
	default:
		return false
	}
}

// questions are those under way and those answered a moment ago. Equal ones are one call.
type questions[T any] struct {
	now  func() time.Time
	kept time.Duration // how long an answer serves whoever asks the same

	mu  sync.Mutex
	put map[string]*question[T]
}

func newQuestions[T any](now func() time.Time, kept time.Duration) *questions[T] {
	return &questions[T]{now: now, kept: kept, put: map[string]*question[T]{}}
}

const (
	// questionTakes bounds a question with its wait for a turn, apart from the customer who happened to ask it first.
	questionTakes = 12 * time.Second
	// maxQuestions bounds the answers that are kept.
	maxQuestions = 1000
)

// ask gives the answer to a question about a company by a call that is under way, by one of a moment ago whose answer
// serves, or by a call of its own. The call goes on when the customer goes away, and stands where the most urgent of
// those who wait for it would.
func (q *questions[T]) ask(ctx context.Context, name string, company int, serves func(T) bool, call func(context.Context) (T, error)) (T, error) {
	for again := false; ; again = true {
		one, mine := q.find(name, company, serves)
		if mine {
			go q.call(context.WithoutCancel(ctx), one, call)
		} else {
			one.ticket.Join(budget.PriorityOf(ctx), budget.PayerOf(ctx))
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if one.err == nil || mine || again {
			return one.answer, one.err
		}
		// Whoever asked first may have no calls left; this one may have.
	}
}

// find is the question that answers, and whether it is still to be put.
func (q *questions[T]) find(name string, company int, serves func(T) bool) (one *question[T], mine bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	one = q.put[name]
	if one != nil && !one.void && (!one.over() || !q.stale(one) && serves(one.answer)) {
		return one, false
	}
	one = &question[T]{name: name, company: company, done: make(chan struct{})}
	if len(q.put) >= maxQuestions {
		for old, was := range q.put {
			if was.over() && q.stale(was) {
				delete(q.put, old)
			}
		}
	}
	if len(q.put) < maxQuestions {
		q.put[name] = one
	}
	return one, true
}

// stale says whether a question that is over answers nothing any more. The caller holds the lock.
func (q *questions[T]) stale(one *question[T]) bool {
	return one.void || one.err != nil || q.now().Sub(one.at) >= q.kept
}

func (q *questions[T]) call(ctx context.Context, one *question[T], call func(context.Context) (T, error)) {
	ctx, cancel := context.WithTimeout(budget.WithTicket(ctx, &one.ticket), questionTakes)
	defer cancel()
	answer, err := call(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	one.answer, one.err, one.at = answer, err, q.now()
	if q.stale(one) && q.put[one.name] == one {
		delete(q.put, one.name)
	}
	close(one.done)
}

// forget drops what is known of a company: a visit of it has been booked, moved or cancelled.
func (q *questions[T]) forget(company int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, one := range q.put {
		if one.company == company {
			one.void = true
		}
	}
}
