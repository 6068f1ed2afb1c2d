// Package answers shares the upstream's answers between processes, through a Redis or Valkey server. What is shared is the
// data of an answer as it came, and when it was asked for: two versions of the program can read it, and nothing personal is
// among it, because only who wishes for a shared answer gets one, and that is who reads what may be booked.
//
// Of several processes that need an answer at the same time one asks the upstream, and the others wait for its answer. What
// a booking has made untrue is noted: an answer that was asked for before is not used any more where the note matters.
// While the server does not answer, each process asks the upstream itself.
package answers

import (
	"context"
	"sync"
	"time"
)

// Wish says which shared answer will do for a question.
type Wish struct {
	Topic  string        // whose notes matter, such as a company; "" = no notes
	About  string        // what the question is about, for Alone
	MaxAge time.Duration // how long ago the answer may have been asked for
	Newer  time.Duration // it must have been asked for later than so long ago; 0 = no matter
	Kept   time.Duration // how long it is kept for others
	Only   bool          // without a shared answer that will do, there is none
	// Untrue says whether a note makes an answer to the question untrue; nil: none does.
	Untrue func(note []byte) bool
	// Corrects says of a note that makes an answer untrue that the asker corrects the answer by it. Such notes are in Corrections
	// afterwards; nil: none does.
	Corrects func(note []byte) bool

	mu          sync.Mutex
	age         time.Duration
	corrections [][]byte
}

// Corrections are the notes by which the answer is to be corrected.
func (w *Wish) Corrections() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.corrections
}

// Age is how long ago the answer was asked for, the oldest one where there are several.
func (w *Wish) Age() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.age
}

func (w *Wish) took(age time.Duration, corrections ...[]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.corrections = append(w.corrections, corrections...)
	w.age = max(w.age, age)
}

type wishKey struct{}

// With is a context whose questions may be answered by shared answers.
func With(ctx context.Context, w *Wish) context.Context { return context.WithValue(ctx, wishKey{}, w) }

// Of is the wish of a context, nil where there is none.
func Of(ctx context.Context) *Wish {
	w, _ := ctx.Value(wishKey{}).(*Wish)
	return w
}

// AgeOf is how long ago the answers were asked for that a context's questions have got.
func AgeOf(ctx context.Context) time.Duration {
	if w := Of(ctx); w != nil {
		return w.Age()
	}
	return 0
}
