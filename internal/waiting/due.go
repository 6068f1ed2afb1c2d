package waiting

import (
	"slices"
	"time"
)

// Quiet is a part of each day in which nobody is told of anything, in minutes since midnight. It may go over midnight.
type Quiet struct{ From, To int }

// includes says whether a time is in it, by its own clock.
func (q Quiet) includes(at time.Time) bool {
	minute := at.Hour()*60 + at.Minute()
	if q.From <= q.To {
		return q.From <= minute && minute < q.To
	}
	return q.From <= minute || minute < q.To
}

const (
	// tellEvery is how often a wish is told of openings at most.
	tellEvery = time.Hour
	// mostAtOnce bounds the openings in a message. Further ones are told in the next one.
	mostAtOnce = 12
	// claimed is how long a claim stands for a process that is sending. It is longer than sending may take.
	claimed = 2 * time.Minute
	// sendFor bounds the sending of a message.
	sendFor = 30 * time.Second
)

// pauses are the pauses after messages that were not sent, the last one again and again.
var pauses = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute}

func pauseAfter(tries int) time.Duration { return pauses[min(max(tries, 1), len(pauses))-1] }

// mayTell says whether anything may be told now.
func (e *entry) mayTell(now time.Time, q Quiet) bool {
	return !e.Confirmed.IsZero() && now.Before(e.Until) && e.Claim == nil && !now.Before(e.Next) &&
		(e.Told.IsZero() || now.Sub(e.Told) >= tellEvery) && !q.includes(now.In(e.zone()))
}

// waits are the openings that wait to be told and are still to come, the earliest first.
func (e *entry) waits(now time.Time) (out []opening) {
	for _, o := range e.Openings {
		if o.Told.IsZero() && o.Start.in(e.zone()).After(now) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b opening) int { return int(a.Start - b.Start) })
	return out
}

// due are the openings to be told now: those of an answer that is young enough.
func (e *entry) due(now time.Time, q Quiet, young func(opening) bool) []opening {
	if !e.mayTell(now, q) {
		return nil
	}
	out := slices.DeleteFunc(e.waits(now), func(o opening) bool { return !young(o) })
	return out[:min(len(out), mostAtOnce)]
}

// resolve ends a claim whose process must have died. What it was to tell counts as told: it may have been. The link that confirms a
// wish is sent once more, because without it the wish would be lost.
func (e *entry) resolve(now time.Time) bool {
	if e.Claim == nil || now.Sub(e.Claim.At) < claimed {
		return false
	}
	if len(e.Claim.Starts) == 0 && e.Tries > 0 {
		e.Linked = true // it may have been sent twice already
	}
	if len(e.Claim.Starts) == 0 {
		e.Tries++
	}
	e.Claim = nil
	return true
}

// claim claims openings for a message.
func (e *entry) claimFor(id string, openings []opening, now time.Time) {
	c := &claim{ID: id, At: now, Before: e.Told}
	told := slices.Clone(e.Openings)
	for i := range told {
		if slices.ContainsFunc(openings, func(o opening) bool { return o.Start == told[i].Start }) {
			c.Starts = append(c.Starts, told[i].Start)
			told[i].Told = now
		}
	}
	e.Openings, e.Claim = told, c
	if len(c.Starts) > 0 {
		e.Told = now
	}
}

// sent ends a claim whose message was sent, or may have been.
func (e *entry) sent() {
	if len(e.Claim.Starts) == 0 {
		e.Linked = true
	}
	e.Claim, e.Tries, e.Next = nil, 0, time.Time{}
}

// notSent ends a claim whose message was certainly not sent: its openings wait again.
func (e *entry) notSent(now time.Time) {
	waiting := slices.Clone(e.Openings)
	for i := range waiting {
		if slices.Contains(e.Claim.Starts, waiting[i].Start) {
			waiting[i].Told = time.Time{}
		}
	}
	e.Openings, e.Told = waiting, e.Claim.Before
	e.Tries++
	e.Claim, e.Next = nil, now.Add(pauseAfter(e.Tries))
	e.dropClosed()
}
