package sandbox

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// limiter counts calls per address in two exact sliding windows. A refused call
// does not count.
type limiter struct {
	perSecond, perMinute int

	mu     sync.Mutex
	served map[string][]time.Time // within the last minute, oldest first
	most   Peak
}

// Peak is how busy the busiest address has been since the start, as the limits count: what was let
// through, and what was refused.
type Peak struct{ Second, Minute, Refused int }

// Peak says how close anybody has come to the limits.
func (s *Sandbox) Peak() Peak {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	return s.limits.most
}

// maxAddresses bounds the memory; a sandbox sees a handful.
const maxAddresses = 10000

func newLimiter(perSecond, perMinute int) *limiter {
	return &limiter{perSecond: perSecond, perMinute: perMinute, served: make(map[string][]time.Time)}
}

func (l *limiter) allow(address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.served) > maxAddresses {
		clear(l.served)
	}
	recent := after(l.served[address], now.Add(-time.Minute))
	l.served[address] = recent
	last := len(after(recent, now.Add(-time.Second)))
	if len(recent) >= l.perMinute || last >= l.perSecond {
		l.most.Refused++
		return false
	}
	l.served[address] = append(recent, now)
	l.most.Second, l.most.Minute = max(l.most.Second, last+1), max(l.most.Minute, len(recent)+1)
	return true
}

// after drops the leading times that are not later than the bound.
func after(times []time.Time, bound time.Time) []time.Time {
	i, _ := slices.BinarySearchFunc(times, bound, func(t, b time.Time) int {
		if t.After(b) {
			return 1
		}
		return -1
	})
	return times[i:]
}

// maxCalls bounds the call log.
const maxCalls = 2000

type callLog struct {
	mu    sync.Mutex
	calls []Call
}

func (l *callLog) add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= maxCalls {
		l.calls = slices.Delete(l.calls, 0, len(l.calls)-maxCalls+1)
	}
	l.calls = append(l.calls, c)
}

func (l *callLog) list() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

func (l *callLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// showCalls counts the logged calls by route and lists the last ones.
func (s *Sandbox) showCalls(w http.ResponseWriter, _ *http.Request) {
	calls := s.calls.list()
	counts := make(map[string]int)
	for _, c := range calls {
		counts[c.Method+" "+c.Pattern]++
	}
	writeJSON(w, http.StatusOK, object{"total": len(calls), "counts": counts, "calls": calls}, false)
}

// resetAll lays the seed anew.
func (s *Sandbox) resetAll(w http.ResponseWriter, _ *http.Request) {
	if err := s.Reset(); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
