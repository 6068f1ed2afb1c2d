package budget

import (
	"time"
)

// slow lowers the limits after the upstream has said "too many requests".
type slow struct {
	factor     float64 // of the limits; 1 as long as the upstream does not complain
	recoverAt  time.Time
	blocked    time.Time // no call at all before
	background time.Time // no P2 and P3 before
}

// down lowers the limits to a factor, unless they are lower already.
func (s *slow) down(factor float64, now time.Time) {
	s.factor = min(s.factor, max(factor, minFactor))
	s.recoverAt = now.Add(recoverEvery)
	s.background = now.Add(calm)
}

// tooMany halves the limits, and stops all calls for as long as the upstream has asked for.
func (s *slow) tooMany(retryAfter time.Duration, now time.Time) {
	s.down(s.factor/2, now)
	if until := now.Add(min(retryAfter, maxRetryAfter)); until.After(s.blocked) {
		s.blocked = until
	}
}

// recover raises the factor with time.
func (s *slow) recover(now time.Time) {
	for s.factor < 1 && !now.Before(s.recoverAt) {
		s.factor = min(1, s.factor+recoverBy)
		s.recoverAt = s.recoverAt.Add(recoverEvery)
	}
}

// wait is how long a call of a priority must wait, even if there is room.
func (s *slow) wait(p Priority, now time.Time) time.Duration {
	wait := max(0, s.blocked.Sub(now))
	if p >= P2 {
		wait = max(wait, s.background.Sub(now))
	}
	return wait
}
