// Package observations is the arithmetic of one assumption: a master's day is the same day whichever service is asked
// for. What an answer says about visits of one length therefore says something about visits of another length on the same
// day. The package tells what exactly, and how far the answers of a company confirm the assumption.
//
// It is pure: the caller hands in the answers and the time, and keeps the results. docs/upstream-budget.md says when
// the catalogue uses them.
package observations

import (
	"slices"
	"time"
)

// Day is an answer about a master's day: the times at which a visit of a length may begin.
type Day struct {
	Length time.Duration
	Starts []time.Time // in order, each once
	Asked  time.Time   // when the question was put
}

// Exact are the starts of visits of another length, when the answer determines them; step is the company's grid.
//
// A master who is free for a length L from each of t, t+step … t+n·step is free for L+n·step from t, if L is at least
// one step; the converse holds too. A length between L+n·step and L+(n+1)·step lies between two such sets of starts. The
// answer determines its starts only where both sets are equal.
func (d Day) Exact(length, step time.Duration) ([]time.Time, bool) {
	switch {
	case length == d.Length:
		return d.Starts, true
	case length < d.Length:
		return nil, false
	case len(d.Starts) == 0:
		return nil, true
	case step <= 0 || d.Length < step:
		return nil, false
	}
	lower, upper := d.LowerBound(length, step), d.followed(int((length-d.Length)/step), step)
	return lower, len(lower) == len(upper)
}

// LowerBound are starts at which a visit of another length fits for sure. There may be more.
func (d Day) LowerBound(length, step time.Duration) []time.Time {
	switch {
	case length <= d.Length:
		return d.Starts
	case step <= 0 || d.Length < step:
		return nil
	default:
		return d.followed(int((length-d.Length+step-1)/step), step)
	}
}

// followed are the starts that n more starts follow, each one step after the other.
func (d Day) followed(n int, step time.Duration) []time.Time {
	var out []time.Time
	for _, start := range d.Starts {
		complete := true
		for i := 1; i <= n && complete; i++ {
			_, complete = slices.BinarySearchFunc(d.Starts, start.Add(time.Duration(i)*step), time.Time.Compare)
		}
		if complete {
			out = append(out, start)
		}
	}
	return out
}

// Without is the answer after a visit from start on was booked: the starts of visits that would overlap it are left out.
func (d Day) Without(start time.Time, length time.Duration) Day {
	d.Starts = slices.DeleteFunc(slices.Clone(d.Starts), func(at time.Time) bool { return Overlap(at, d.Length, start, length) })
	return d
}

// Overlap says whether two visits need the same time. The first one counts as a minute long where its length is not known.
func Overlap(a time.Time, lengthA time.Duration, b time.Time, lengthB time.Duration) bool {
	return a.Before(b.Add(lengthB)) && b.Before(a.Add(max(lengthA, time.Minute)))
}

// from leaves out the starts before a time.
func (d Day) from(t time.Time) []time.Time {
	i, _ := slices.BinarySearchFunc(d.Starts, t, time.Time.Compare)
	return d.Starts[i:]
}

// step is the shortest time between two starts, 0 when there are not two.
func (d Day) step() time.Duration {
	var out time.Duration
	for i := 1; i < len(d.Starts); i++ {
		if gap := d.Starts[i].Sub(d.Starts[i-1]); out == 0 || gap < out {
			out = gap
		}
	}
	return out
}

// Days are answers about one and the same day of a master, one for each length. The latest comes first.
type Days []Day

// Add adds an answer and compares it with the earlier ones. Answers that are maxAge old are dropped. The result is false,
// and nothing changes, when the same answer or a younger one for the same length is there.
func (l Days) Add(latest Day, maxAge time.Duration, e Evidence) (Days, Evidence, bool) {
	before := e
	e = e.withStep(latest.step())
	out := Days{latest}
	for _, d := range l {
		switch {
		case d.Length == latest.Length && !d.Asked.Before(latest.Asked):
			return l, before, false
		case latest.Asked.Sub(d.Asked) >= maxAge:
			continue
		}
		if !latest.Asked.Before(d.Asked) {
			e = e.Compare(d, latest)
		}
		if d.Length != latest.Length {
			out = append(out, d)
		}
	}
	return out, e, true
}

// Exact are the starts of visits of a length, and when the answer that determines them was asked for. Answers that are
// maxAge old or older are not used.
func (l Days) Exact(length, step time.Duration, now time.Time, maxAge time.Duration) (starts []time.Time, asked time.Time, ok bool) {
	for _, d := range l {
		if starts, ok := d.Exact(length, step); ok && now.Sub(d.Asked) < maxAge {
			return starts, d.Asked, true
		}
	}
	return nil, time.Time{}, false
}

// Without is the same answers after a visit was booked.
func (l Days) Without(start time.Time, length time.Duration) Days {
	out := make(Days, len(l))
	for i, d := range l {
		out[i] = d.Without(start, length)
	}
	return out
}
