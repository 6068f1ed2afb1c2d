// Package testclock holds the clocks that tests and benches hand to the program, to the sandbox and to the
// stores. All of them begin at the same instant, so that a test sees the same day whenever it runs.
package testclock

import (
	"fmt"
	"os"
	"sync"
	"time"

	"okoshko/internal/clock"
)

// Env names the environment variable that begins all clocks at another instant, given by RFC 3339, or at the
// machine's own time with the value "real".
const Env = "OKOSHKO_TEST_NOW"

// fixed is the instant at which clocks begin where the environment names none: an ordinary Wednesday in the
// middle of a month, during the opening hours of every salon of the sandbox.
const fixed = "2026-10-14T10:00:00+03:00"

// Start is the instant at which every clock begins. It panics where the environment names none that can be read,
// because no test has a meaning then.
func Start() time.Time {
	value := os.Getenv(Env) //nolint:forbidigo // the tests' own variable, not the product's
	switch value {
	case "":
		value = fixed
	case "real":
		return time.Now() //nolint:forbidigo // it was asked for
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", Env, err))
	}
	return at
}

// Clock is a clock in the hands of a test.
type Clock struct {
	mu     sync.Mutex
	at     time.Time
	passed func() time.Duration // since it showed at; nil for a clock that stands
}

// Running is a clock that begins at Start and goes on at the real pace.
func Running() *Clock { return RunningFrom(Start()) }

// RunningFrom is a clock that begins at an instant of the test's own and goes on at the real pace.
func RunningFrom(at time.Time) *Clock {
	return &Clock{at: at, passed: clock.Stopwatch()}
}

// BetweenSlots is Start a minute after the quarter of an hour that it is in: no time that can be chosen passes for some minutes. Pages
// are kept for a shorter while when one on them is about to.
func BetweenSlots() time.Time { return Start().Truncate(15 * time.Minute).Add(time.Minute) }

// Standing is a clock that shows Start until a test moves it.
func Standing() *Clock { return StandingAt(Start()) }

// StandingAt is a clock that shows an instant of the test's own until the test moves it.
func StandingAt(at time.Time) *Clock { return &Clock{at: at} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.passed == nil {
		return c.at
	}
	return c.at.Add(c.passed())
}

// Stop lets a clock that goes on stand from now on: what follows may take as long as the machine likes.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.passed != nil {
		c.at, c.passed = c.at.Add(c.passed()), nil
	}
}

// Add moves the clock by a duration.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Set moves the clock to an instant.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
	if c.passed != nil {
		c.passed = clock.Stopwatch()
	}
}

// Patience is how long tests wait for what has to come: a machine that does much else at the time is slow.
const Patience = time.Minute

// Until waits until something is so, by the machine's own clock or by that of a bubble, and fails the test when it is not after
// Patience. What says what should be so.
func Until(t interface {
	Helper()
	Fatalf(format string, arguments ...any)
}, what string, so func() bool,
) {
	t.Helper()
	for passed := clock.Stopwatch(); !so(); <-time.After(2 * time.Millisecond) {
		if passed() > Patience {
			t.Fatalf("not within %v: %s", Patience, what)
		}
	}
}
