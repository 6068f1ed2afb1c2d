package sandbox

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Delay is how long the answers of the API take, as a log-normal distribution: most take about the median, a few
// take several times as long. The zero value is no delay. A delay is drawn for each call that the limits let
// through; half of it passes before the work and half between the work and the answer, as on a net. Faults add
// their own latency to it.
type Delay struct {
	Median, P95 time.Duration
}

// Street is the delay of a public API on an ordinary day. It is an assumption for load tests: nobody has measured
// the vendor's.
var Street = Delay{Median: 180 * time.Millisecond, P95: 500 * time.Millisecond}

// Faster is the delay by a clock that runs so many times as fast, for load tests in scaled time.
func (d Delay) Faster(times float64) Delay {
	return Delay{time.Duration(float64(d.Median) / times), time.Duration(float64(d.P95) / times)}
}

// maxDelay bounds the tail of the distribution, in medians.
const maxDelay = 20

func (d Delay) validate() error {
	switch {
	case d == Delay{}:
		return nil
	case d.Median <= 0 || d.P95 < d.Median:
		return errors.New("sandbox: the delay's median must be positive and its p95 not less")
	case d.P95 > maxLatency:
		return fmt.Errorf("sandbox: the delay's p95 must not exceed %v", maxLatency)
	}
	return nil
}

// lag draws delays.
type lag struct {
	Delay
	mu   sync.Mutex
	luck *rand.Rand
}

func newLag(d Delay, seed int64) *lag {
	return &lag{Delay: d, luck: rand.New(rand.NewPCG(newDice(seed, 500).next(), 0))} //nolint:gosec // nothing secret is made with it
}

// z95 is how many standard deviations the 95th percentile of a normal distribution lies above its median.
const z95 = 1.6448536269514722

func (l *lag) draw() time.Duration {
	if l.Median == 0 {
		return 0
	}
	l.mu.Lock()
	z := l.luck.NormFloat64()
	l.mu.Unlock()
	sigma := math.Log(float64(l.P95)/float64(l.Median)) / z95
	return min(time.Duration(float64(l.Median)*math.Exp(sigma*z)), maxDelay*l.Median)
}
