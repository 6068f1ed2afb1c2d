// Package clock makes clocks that show another time than the machine's, measures what has passed, and waits. Everything else
// takes the clock that it is handed.
package clock

import (
	"context"
	"time"
)

// From is a clock that shows at now and goes on from there at the real pace.
func From(at time.Time) func() time.Time {
	passed := Stopwatch()
	return func() time.Time { return at.Add(passed()) }
}

// Stopwatch tells how much time has passed since it was made.
func Stopwatch() (passed func() time.Duration) {
	begun := time.Now()
	return func() time.Duration { return time.Since(begun) }
}

// Pause waits for a time, until ctx ends at the latest. It says whether the time has passed.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
