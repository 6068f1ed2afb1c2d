package sandbox

import "time"

// span is a half-open interval of instants: [start, end).
type span struct{ start, end time.Time }

func (s span) overlaps(other span) bool {
	return s.start.Before(other.end) && other.start.Before(s.end)
}

func (s span) holds(other span) bool {
	return !other.start.Before(s.start) && !other.end.After(s.end)
}

// shift is one working day on the wall clock, in minutes from midnight. The
// zero shift is a day off.
type shift struct {
	from, to int
	breaks   [][2]int // in order, inside the shift
}

// on turns the shift into the stretches a master works on d without a pause.
func (s shift) on(d date, loc *time.Location) []span {
	if s.from >= s.to {
		return nil
	}
	var out []span
	from := s.from
	add := func(to int) {
		start, _ := d.at(from, loc)
		end, _ := d.at(to, loc)
		if start.Before(end) {
			out = append(out, span{start, end})
		}
	}
	for _, pause := range s.breaks {
		add(pause[0])
		from = pause[1]
	}
	add(s.to)
	return out
}

// freeStarts lists the points of the grid at which a visit of the given length
// fits: wholly inside one stretch of work, clear of everything busy, and not
// before notBefore.
func freeStarts(work, busy []span, grid []time.Time, length time.Duration, notBefore time.Time) []time.Time {
	var out []time.Time
	for _, start := range grid {
		if !start.Before(notBefore) && fits(work, busy, span{start, start.Add(length)}) {
			out = append(out, start)
		}
	}
	return out
}

func fits(work, busy []span, visit span) bool {
	inside := false
	for _, w := range work {
		if w.holds(visit) {
			inside = true
			break
		}
	}
	if !inside {
		return false
	}
	for _, b := range busy {
		if b.overlaps(visit) {
			return false
		}
	}
	return true
}
