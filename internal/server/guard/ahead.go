package guard

import (
	"context"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/upstream/budget"
)

// Ahead asks in the background for what the next page of a customer is likely to need, while calls are plenty: its calls are
// warm-ups (budget.P3), which go only while less than a fifth of what visitors may cause in a minute is used, and never wait.
// There is one round for a page, of a question at a time.
type Ahead struct {
	plenty func() bool   // whether calls are plenty
	pause  time.Duration // before a question, so that it takes no call of a second in which a customer waits for one
	ctx    context.Context
	end    context.CancelFunc
	rounds sync.WaitGroup

	mu      sync.Mutex
	running int
	ended   bool
}

const (
	// AheadPause is a little longer than the second in which calls are counted.
	AheadPause = 1200 * time.Millisecond
	// mostRounds bounds the rounds that are under way at a time. Calls are plenty for a handful of visitors only.
	mostRounds = 16
)

// NewAhead returns an Ahead whose questions have a pause before them; plenty says whether calls are plenty. Close must be called on it.
func NewAhead(pause time.Duration, plenty func() bool) *Ahead {
	a := &Ahead{pause: pause, plenty: plenty}
	a.ctx, a.end = context.WithCancel(context.Background())
	return a
}

// Close ends the rounds that are under way.
func (a *Ahead) Close() {
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
	a.end()
	a.rounds.Wait()
}

// Wait waits until the rounds that are under way have ended.
func (a *Ahead) Wait() { a.rounds.Wait() }

// begin says whether there is room for one more round, and begins it.
func (a *Ahead) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended || a.running >= mostRounds {
		return false
	}
	a.running++
	a.rounds.Add(1)
	return true
}

func (a *Ahead) finish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running--
	a.rounds.Done()
}

// Question is a question whose answer a cache keeps for the next page.
type Question func(context.Context)

// AskAhead puts questions in the background, after the page of a request was sent. It does so for customers only: not for
// robots, previews and prefetches, nor for an address that has used up its calls.
func (s *Guard) AskAhead(c *fiber.Ctx, questions ...Question) {
	a := s.Ahead
	if a == nil || IsOnlooker(c) || IsOnlyCached(c) || s.isOperator(c) || !a.begin() {
		return
	}
	ctx := budget.WithPayer(budget.WithCeiling(a.ctx, budget.P3), s.payer(c))
	go func() {
		defer a.finish()
		for _, ask := range questions {
			select {
			case <-time.After(a.pause):
			case <-ctx.Done():
				return
			}
			ask(ctx)
		}
	}()
}

// fetchedPerAddress is for how many pages of a minute the browsers of an address may cause calls before their links are pressed.
const fetchedPerAddress = 6

// MayFetchAhead says whether a prefetch may cause the calls that its page needs: while calls are plenty, for browsers, some pages of an
// address in a minute. The page that follows needs no more calls then.
func (s *Guard) MayFetchAhead(c *fiber.Ctx) bool {
	return s.Ahead != nil && c.Method() == fiber.MethodGet && !isPreviewer(c) && !s.isOperator(c) && s.Ahead.plenty() && !s.fetched.over(s.Rings(c), s.Now())
}
