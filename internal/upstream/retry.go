package upstream

import (
	"errors"
	"sync"
	"time"
)

// A GET that failed on its way is tried once more, after a pause. The jitter keeps callers that failed together from
// trying again together.
const (
	retryPause  = 100 * time.Millisecond
	retryJitter = 200 * time.Millisecond
)

// worthRetrying says whether a second try may help: after a broken connection or a 5xx. It does not after a timeout, which
// has used up the caller's patience, after a refusal, and while the breaker is open.
func worthRetrying(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == KindNetwork || e.Kind == KindUnavailable) && !errors.Is(err, ErrOpen)
}

// retries keeps second tries below a tenth of the calls of any minute, so that they do not add to the load of an upstream
// that fails.
type retries struct {
	mu           sync.Mutex
	calls, again []time.Time // of the last minute
}

const (
	// oneOf so many calls may be a second try. That is less than a tenth, because a second try is counted before its pause
	// and its wait for a turn, and sent in a later minute.
	oneOf = 12
	// fewCalls is how many calls a minute is taken to have at least.
	fewCalls = 2 * oneOf
)

func recent(times []time.Time, now time.Time) []time.Time {
	i := 0
	for i < len(times) && now.Sub(times[i]) >= time.Minute {
		i++
	}
	return times[i:]
}

func (r *retries) note(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(recent(r.calls, now), now)
}

func (r *retries) allow(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.again = recent(r.calls, now), recent(r.again, now)
	if len(r.again)+1 > max(len(r.calls), fewCalls)/oneOf {
		return false
	}
	r.again = append(r.again, now)
	return true
}
