// Package clock makes clocks that show another time than the machine's, and measures what has passed. Everything else
// takes the clock that it is handed.
package clock

import "time"

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
