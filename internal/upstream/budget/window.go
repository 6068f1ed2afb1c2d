package budget

import (
	"time"
)

// window is one limit. keep of its calls are reserved for P0. The other priorities may make the rest, however many calls P0
// makes, so that bookings do not take the calls of visitors who look.
type window struct {
	length time.Duration
	limit  int
	keep   int
}

// windowsOf makes the windows of both limits. Of a second nothing is reserved: P0 goes first in the queue, so it has its turn as soon as
// the first calls of the second have left it, and a reserve would make visitors wait while calls are unused.
func windowsOf(perSecond, perMinute int) [2]window {
	return [2]window{
		{second, perSecond, 0},
		{minute, perMinute, reserve(perMinute)},
	}
}

// reserve is the part of a limit that is reserved for P0: a sixth, at least one call.
func reserve(limit int) int {
	if limit < 2 {
		return 0
	}
	return max(1, limit/6)
}

// room is how many calls a window takes: all of them for P0, those that are not reserved for P1. Calls that no visitor
// waits for have a part of that, so that they stop first when calls grow scarce.
func (w window) room(p Priority, factor float64) int {
	room := max(1, int(float64(w.limit)*factor))
	if p == P0 {
		return room
	}
	keep := w.keep
	if factor < 1 { // the API has said "too many": bookings have their part of a second, too
		keep = reserve(w.limit)
	}
	room = max(room-keep, 0)
	if p == P1 || room == 0 {
		return room
	}
	if w.length == second {
		if p == P3Watch {
			return min(room, watchSecond) // it is so seldom that it delays nobody for long
		}
		return 1 // so that two in a row never delay a visitor
	}
	if p == P3Watch {
		return max(1, room*scarceParts/scarceAll)
	}
	parts := refreshParts
	if p == P3 {
		parts = warmUpParts
	}
	return max(1, room*parts/allParts)
}

// watchSecond is how many calls there may be in a second with one of the watch: two less than visitors may cause.
const watchSecond = 3

// few is how many calls a customer needs to reach the contact page of a salon that others look at too.
const few = 6

// roomFor is the room for a payer who has had share calls lately. A payer who has had many leaves a part of a minute's P1
// calls to payers who have had few. Without that, payers who ask all the time use up the minute in its first two thirds,
// and no visitor is let through in the rest. The watch has had watched calls in the last minute, which do not count against it:
// it has as many as it may make as long as visitors cause few.
func (w window) roomFor(p Priority, factor float64, share, watched int) int {
	room := w.room(p, factor)
	if p == P3Watch && w.length == minute && room > 0 {
		return min(room+watched, max(1, w.room(P1, factor)))
	}
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

// calls holds the times at which calls were let through in the last minute, the oldest first.
type calls []time.Time

// note adds a call, and drops calls that have left every window.
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

// wait is how long a window has no room for one more call; late calls have their turn and have not left yet.
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
