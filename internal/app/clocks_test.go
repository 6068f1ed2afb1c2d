package app

import (
	"sync"
	"time"
)

// handClock is a clock that goes only when a test moves it.
type handClock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *handClock { return &handClock{at: time.Now()} }

func (h *handClock) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *handClock) add(d time.Duration) { h.set(h.now().Add(d)) }

func (h *handClock) set(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}
