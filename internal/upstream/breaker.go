package upstream

import (
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// ErrOpen is the cause of an error of a call that was not made, because too many before it had failed.
var ErrOpen = circuitbreaker.ErrOpen

// breakers keep callers from waiting for an upstream that is down. Reads and writes have one each, because they fail for
// different reasons.
type breakers struct {
	read, write circuitbreaker.CircuitBreaker[any]

	tokenRefused atomic.Bool // the API answered last that it does not know the partner token
}

func newBreaker() circuitbreaker.CircuitBreaker[any] {
	const (
		failures = 0.5 // of the calls
		calls    = 20
	)
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(failures, calls, 30*time.Second).
		WithDelay(10 * time.Second).
		WithSuccessThreshold(1).
		Build()
}

// failed says whether an error counts as a failure of the upstream.
func failed(err error) bool {
	switch KindOf(err) {
	case KindUnavailable, KindTimeout, KindNetwork, KindChallenge:
		return true
	default:
		return false
	}
}

// Down says that so many reads have failed lately that none is tried at present.
func (c *Client) Down() bool { return c.breakers.read.IsOpen() }

// Breakers are the states of the circuit breakers: "closed" while calls are made, "open" while they are not, "half-open"
// while one call tries whether the upstream is back.
type Breakers struct{ Read, Write string }

// Breakers reads the states of the breakers.
func (c *Client) Breakers() Breakers {
	return Breakers{Read: c.breakers.read.State().String(), Write: c.breakers.write.State().String()}
}
