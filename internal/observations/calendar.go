package observations

import (
	"slices"
	"time"
)

// Calendar is what is known of a master's free days. Days are written YYYY-MM-DD.
type Calendar struct {
	Answers []FreeDays // one for each length
	None    []FullDay
}

// FreeDays is an answer about a master's days: those on which a visit of a length can begin, and those on which the
// master works.
type FreeDays struct {
	Length        time.Duration
	Free, Working []string // in order
	Asked         time.Time
}

// FullDay is a day that had no start for a visit of a length. So it has none for a longer one.
type FullDay struct {
	Day    string
	Length time.Duration
	Asked  time.Time
}

// AddAnswer adds an answer and drops those that are maxAge old. The result is false, and nothing changes, when the same
// answer or a younger one for the same length is there.
func (c Calendar) AddAnswer(latest FreeDays, maxAge time.Duration) (Calendar, bool) {
	out := []FreeDays{latest}
	for _, a := range c.Answers {
		if a.Length == latest.Length && !a.Asked.Before(latest.Asked) {
			return c, false
		}
		if a.Length != latest.Length && latest.Asked.Sub(a.Asked) < maxAge {
			out = append(out, a)
		}
	}
	return Calendar{Answers: out, None: c.None}, true
}

// AddFull adds a day without a start. Days that say no more than it does, and those that are maxAge old, are dropped.
func (c Calendar) AddFull(full FullDay, maxAge time.Duration) Calendar {
	none := slices.DeleteFunc(slices.Clone(c.None), func(n FullDay) bool {
		return n.Day == full.Day && n.Length >= full.Length || full.Asked.Sub(n.Asked) >= maxAge
	})
	return Calendar{Answers: c.Answers, None: append(none, full)}
}

// UpperBound are days for visits of a length, from the answer for the nearest length that is not longer. No free day is
// missing. There may be days too many, on which a shorter visit fits and this one does not. Days before first, which is
// the master's nearest day or "", are left out, and so are days that had no start when they were asked about later.
func (c Calendar) UpperBound(length time.Duration, first string, now time.Time, maxAge time.Duration) (FreeDays, bool) {
	var best FreeDays
	for _, a := range c.Answers {
		if a.Length <= length && a.Length > best.Length && now.Sub(a.Asked) < maxAge {
			best = a
		}
	}
	if best.Length == 0 {
		return FreeDays{}, false
	}
	out := best
	out.Free = slices.DeleteFunc(slices.Clone(best.Free), func(day string) bool {
		return day < first || slices.ContainsFunc(c.None, func(n FullDay) bool {
			return n.Day == day && n.Length <= length && n.Asked.After(best.Asked) && now.Sub(n.Asked) < maxAge
		})
	})
	return out, true
}
