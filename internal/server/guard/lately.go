package guard

import (
	"maps"
	"sync"
	"time"
)

// Lately remembers what was done a moment ago. Its zero value is empty.
type Lately struct {
	mu sync.Mutex
	at map[string]time.Time
}

// Once says whether something has not been done within a time, and notes that it is done now.
func (l *Lately) Once(what string, now time.Time, within time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[string]time.Time{}
	}
	if now.Sub(l.at[what]) < within {
		return false
	}
	const most = 1000
	if len(l.at) >= most {
		maps.DeleteFunc(l.at, func(_ string, at time.Time) bool { return now.Sub(at) >= within })
	}
	if len(l.at) < most {
		l.at[what] = now
	}
	return true
}
