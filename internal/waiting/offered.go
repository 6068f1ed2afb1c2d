package waiting

import (
	"maps"
	"slices"
	"time"
)

// Answer is what the upstream has said about the times of a day, or what this program knows of them.
type Answer struct {
	Company  int
	Services []int // in order
	Master   int   // 0 = with any master
	Day      string
	Starts   []time.Time // in order
	Asked    time.Time
	Until    time.Time // until when a page may show it
	Partial  bool      // it was told from answers to other questions: what it has is offered, and there may be more
	Whole    bool      // of a Partial one: there is no more
}

// Freed is time that a cancel or a move of this program has given back.
type Freed struct {
	Company int
	Master  int
	Start   time.Time
	Length  time.Duration
	At      time.Time
}

// offered is what was offered on a day when it was last seen, as far as it suits the wish, by the master that the answer was about.
type offered map[int]seen

// seen are the starts of one answer.
type seen struct {
	Asked  int64    `json:"a,omitempty"` // Unix milliseconds
	Starts []minute `json:"s,omitempty"` // in order
}

// minute is a time that can be booked: Unix minutes.
type minute int64

func minuteOf(at time.Time) minute { return minute(at.Unix() / secondsOfMinute) }

func (m minute) in(zone *time.Location) time.Time {
	return time.Unix(int64(m)*secondsOfMinute, 0).In(zone)
}

const (
	secondsOfMinute = 60
	minutesOfDay    = 24 * 60
	dayLength       = 24 * time.Hour
)

// opening is an opening that was noticed.
type opening struct {
	Start   minute    `json:"start"`
	Master  int       `json:"master,omitempty"` // 0 = any
	Noticed time.Time `json:"noticed"`
	Told    time.Time `json:"told,omitzero"` // zero: it waits
}

// beside stands for no master and no answer: a time under it is offered, and makes nothing known of the day.
const beside = -1

const (
	// toldStays is how long an answer may still lack a time that was told without its counting as gone: answers of several processes,
	// whose clocks differ, may come in another order than they were asked for.
	toldStays = 2 * time.Minute
	// partialAfter is how old the last answer to a question itself must be before one is told from others: as old as those may be.
	partialAfter = 45 * time.Second
	// maxOpenings bounds the openings that a wish remembers. Those told longest ago are dropped first.
	maxOpenings = 64
	// maxStarts bounds the times that a wish remembers. Beyond it what single masters offer is not taken up for a wish with any of them.
	maxStarts = 3000
)

// concerns says whether an answer says anything about a wish.
func (e *entry) concerns(company int, services []int, master int, day string) bool {
	return e.Company == company && (e.Master == 0 || master == 0 || e.Master == master) && e.From <= day && day <= e.To && slices.Equal(e.Services, services)
}

// suits says whether a time on a day is wanted.
func (e *entry) suits(day string, at time.Time) bool {
	if at.After(e.Until) || !e.Before.IsZero() && !at.Before(e.Before) {
		return false
	}
	if e.Hours == (Hours{}) {
		return true
	}
	local := at.In(e.zone())
	minute := local.Hour()*60 + local.Minute()
	if local.Format(time.DateOnly) > day {
		minute += minutesOfDay
	}
	return e.Hours.From <= minute && minute < e.Hours.To
}

// take enters an answer into a wish. The times that are offered now and were not before are noticed as openings. The result says
// whether the wish has changed. What was offered before is not known by the first answer about a day, which therefore opens nothing.
func (e *entry) take(a Answer, now time.Time) (changed bool) {
	if !e.concerns(a.Company, a.Services, a.Master, a.Day) {
		return false
	}
	var starts []minute
	for _, at := range a.Starts {
		if e.suits(a.Day, at) {
			starts = append(starts, minuteOf(at))
		}
	}
	if a.Master == 0 && e.Master != 0 {
		// What nobody offers this master does not offer either. What somebody offers may be another one's.
		changed = e.remove(a.Day, starts, a.Asked, e.Master)
		return e.remove(a.Day, starts, a.Asked, beside) || changed
	}
	before, known := e.Days[a.Day][a.Master]
	if a.Partial {
		return e.add(a, starts, now)
	}
	if known && before.Asked >= a.Asked.UnixMilli() || !known && a.Master != 0 && e.starts() > maxStarts {
		return false
	}
	if _, ofAll := e.Days[a.Day][0]; known || ofAll {
		for _, at := range starts {
			if !e.isOffered(at) {
				changed = e.notice(opening{Start: at, Master: a.Master, Noticed: now}) || changed
			}
		}
	}
	next := slices.Clone(starts)
	for _, at := range before.Starts {
		if !slices.Contains(starts, at) && e.stays(at, a.Asked) {
			next = append(next, at)
		}
	}
	slices.Sort(next)
	changed = changed || !known || !slices.Equal(before.Starts, next)
	e.put(a.Day, a.Master, seen{a.Asked.UnixMilli(), next})
	for master := range e.Days[a.Day] {
		if master != a.Master && (a.Master == 0 || master == beside && e.Master != 0) {
			changed = e.remove(a.Day, starts, a.Asked, master) || changed
		}
	}
	return e.dropClosed() || changed
}

// add enters an answer that may not have all times. It opens what it has and closes nothing, and does not make a day known.
func (e *entry) add(a Answer, starts []minute, now time.Time) (changed bool) {
	one, known := e.Days[a.Day][a.Master]
	all, ofAll := e.Days[a.Day][0]
	if !known && !ofAll {
		return false
	}
	master := a.Master
	if !known {
		master, one = beside, e.Days[a.Day][beside]
	}
	// A younger answer to the question itself knows better, and what is as old as that may have been told from before it.
	if last := max(one.Asked, all.Asked); a.Asked.UnixMilli()-last < partialAfter.Milliseconds() {
		return false
	}
	next := slices.Clone(one.Starts)
	for _, at := range starts {
		if !e.isOffered(at) && e.notice(opening{Start: at, Master: a.Master, Noticed: now}) {
			next = append(next, at)
		}
	}
	if len(next) == len(one.Starts) {
		return false
	}
	slices.Sort(next)
	e.put(a.Day, master, seen{one.Asked, next})
	return true
}

// put enters what a master offers on a day.
func (e *entry) put(day string, master int, one seen) {
	if e.Days == nil {
		e.Days = map[string]offered{}
	}
	if e.Days[day] == nil {
		e.Days[day] = offered{}
	}
	e.Days[day][master] = one
}

// starts is how many times the wish remembers.
func (e *entry) starts() (n int) {
	for _, day := range e.Days {
		for _, one := range day {
			n += len(one.Starts)
		}
	}
	return n
}

// remove takes the times out of what a master has offered that are not among some, by an answer that was asked for later.
func (e *entry) remove(day string, starts []minute, asked time.Time, master int) (changed bool) {
	before, known := e.Days[day][master]
	if !known || before.Asked >= asked.UnixMilli() {
		return false
	}
	left := slices.DeleteFunc(slices.Clone(before.Starts), func(at minute) bool {
		return !slices.Contains(starts, at) && !e.stays(at, asked)
	})
	if len(left) == len(before.Starts) {
		return false
	}
	e.put(day, master, seen{before.Asked, left})
	e.dropClosed()
	return true
}

// stays says whether a time that an answer lacks was noticed after the answer was asked for, or told so shortly before that the answer
// may be an older one.
func (e *entry) stays(at minute, asked time.Time) bool {
	return slices.ContainsFunc(e.Openings, func(o opening) bool {
		return o.Start == at && (!o.Noticed.Before(asked) || !o.Told.IsZero() && !o.Told.Add(toldStays).Before(asked))
	})
}

// isOffered says whether a time was offered when it was last seen.
func (e *entry) isOffered(at minute) bool {
	for _, day := range e.Days {
		for _, one := range day {
			if slices.Contains(one.Starts, at) {
				return true
			}
		}
	}
	return false
}

// notice enters an opening. One that still waits is the same.
func (e *entry) notice(o opening) bool {
	if i := slices.IndexFunc(e.Openings, func(old opening) bool { return old.Start == o.Start }); i >= 0 {
		if e.Openings[i].Told.IsZero() {
			return false
		}
		e.Openings = slices.Delete(slices.Clone(e.Openings), i, i+1)
	}
	if len(e.Openings) >= maxOpenings {
		oldest := -1
		for i, old := range e.Openings {
			if !old.Told.IsZero() && (oldest < 0 || old.Told.Before(e.Openings[oldest].Told)) {
				oldest = i
			}
		}
		if oldest < 0 {
			return false // so many wait already
		}
		e.Openings = slices.Delete(slices.Clone(e.Openings), oldest, oldest+1)
	}
	e.Openings = append(slices.Clone(e.Openings), o)
	return true
}

// dropClosed drops the openings that wait and are offered no more.
func (e *entry) dropClosed() (changed bool) {
	left := slices.DeleteFunc(slices.Clone(e.Openings), func(o opening) bool { return o.Told.IsZero() && !e.isOffered(o.Start) })
	changed = len(left) < len(e.Openings)
	e.Openings = left
	return changed
}

// free enters a time that this program has given back: its own visit stood there, so it was not offered before. length is how long the
// wanted services take. Only the beginning of the time is sure; what else has become free the next answer says.
func (e *entry) free(f Freed, length time.Duration) (changed bool) {
	if length <= 0 || length > f.Length || e.Company != f.Company || e.Master != 0 && e.Master != f.Master {
		return false
	}
	day, at := f.Start.In(e.zone()).Format(time.DateOnly), minuteOf(f.Start)
	if day < e.From || day > e.To || !e.suits(day, f.Start) {
		return false
	}
	for master, one := range e.Days[day] {
		if master != f.Master && slices.Contains(one.Starts, at) {
			return false // another master has offered it
		}
	}
	if !e.notice(opening{Start: at, Master: f.Master, Noticed: f.At}) {
		return false
	}
	master := f.Master
	one, known := e.Days[day][master]
	if !known {
		master = beside
		one = e.Days[day][master]
	}
	if !slices.Contains(one.Starts, at) {
		one.Starts = append(slices.Clone(one.Starts), at)
		slices.Sort(one.Starts)
	}
	e.put(day, master, one)
	return true
}

// forget drops what is over: days that have passed, and openings whose time has.
func (e *entry) forget(now time.Time) {
	today := now.In(e.zone()).Add(-dayLength).Format(time.DateOnly) // after midnight the day before still has times
	maps.DeleteFunc(e.Days, func(day string, _ offered) bool { return day < today })
	e.Openings = slices.DeleteFunc(slices.Clone(e.Openings), func(o opening) bool { return !o.Start.in(e.zone()).After(now) })
}
