package budget

import (
	"time"
)

// window is one limit; keep of its calls are for P0 alone. The others may make the rest of them, however
// many P0 makes of its own: what bookings need is not taken from those who look.
type window struct {
	length time.Duration
	limit  int
	keep   int
}

// windowsOf are both limits.
func windowsOf(perSecond, perMinute int) [2]window {
	return [2]window{
		{second, perSecond, reserve(perSecond)},
		{minute, perMinute, reserve(perMinute)},
	}
}

// reserve is a sixth of a limit, at least one call, so that a booking never waits behind a crowd
// that only looks.
func reserve(limit int) int {
	if limit < 2 {
		return 0
	}
	return max(1, limit/6)
}

// room is how many calls a window takes: of everybody for P0, and of those after P0 what is not kept for
// it. What nobody waits for has a part of that, so that it stops first when calls grow scarce.
func (w window) room(p Priority, factor float64) int {
	room := max(1, int(float64(w.limit)*factor))
	if p == P0 {
		return room
	}
	room = max(room-w.keep, 0)
	if p == P1 || room == 0 {
		return room
	}
	if w.length == second {
		return 1 // never two in a row before a person
	}
	parts := refreshParts
	if p == P3 {
		parts = warmUpParts
	}
	return max(1, room*parts/allParts)
}

// few calls are what a customer needs to come to the contact form where others look at the same salon.
const few = 6

// roomFor is the room for a payer who has had so many calls lately: of those that people who look may make in a minute,
// whoever has had many leaves a part to whoever has had few. Without that those who ask all the time use up the minute
// in the first two thirds of it, and nobody at all is let through in the rest.
func (w window) roomFor(p Priority, factor float64, share int) int {
	room := w.room(p, factor)
	if p != P1 || w.length != minute || room == 0 {
		return room
	}
	switch {
	case share >= 2*few:
		return max(1, room*4/5)
	case share >= few:
		return max(1, room*9/10)
	default:
		return room
	}
}

// calls are when calls were let through in the last minute, the oldest first.
type calls []time.Time

// note adds a call, and drops those that no window holds any more.
func (c calls) note(now time.Time) calls {
	old := 0
	for old < len(c) && now.Sub(c[old]) >= minute {
		old++
	}
	return append(c[old:], now)
}

// in counts the calls of a window that ends now.
func (c calls) in(length time.Duration, now time.Time) int {
	n := 0
	for i := len(c) - 1; i >= 0 && now.Sub(c[i]) < length; i-- {
		n++
	}
	return n
}

// wait is how long a window has no room for one more, beside some that are late to come into it.
func (c calls) wait(room, late int, length time.Duration, now time.Time) time.Duration {
	switch room -= late; {
	case room <= 0 && late > 0:
		return lateEvery
	case room <= 0:
		return length
	case len(c) < room:
		return 0
	default:
		// The room-th latest call must leave the window.
		return max(0, c[len(c)-room].Add(length).Sub(now))
	}
}
