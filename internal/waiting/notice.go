package waiting

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/store"
)

// sighted names a question without its language.
type sighted struct {
	company  int
	services string
	master   int
	day      string // "" = the free days
}

func servicesKey(services []int) string {
	parts := make([]string, len(services))
	for i, id := range services {
		parts[i] = strconv.Itoa(id)
	}
	return strings.Join(parts, ",")
}

func (q Question) sighted() sighted {
	return sighted{q.Company, servicesKey(q.Services), q.Master, q.Day}
}

func (a Answer) sighted() sighted {
	return sighted{a.Company, servicesKey(a.Services), a.Master, a.Day}
}

// sight is what the upstream has said last to a question.
type sight struct {
	asked, until time.Time
	starts       map[minute]bool
	whole        bool     // of a glimpse: there is no more
	free         []string // of the free days
}

// heard is an answer that changes some wishes.
type heard struct {
	answer Answer
	keys   []string
}

// Notice takes up what the upstream has answered to anybody. It returns at once.
func (d *Desk) Notice(a Answer) {
	if d == nil {
		return
	}
	a.Services = slices.Compact(slices.Sorted(slices.Values(a.Services)))
	now := d.o.Now()
	var keys []string
	for key, e := range d.known(a.Company) {
		if !e.concerns(a.Company, a.Services, a.Master, a.Day) {
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return
	}
	one := sight{asked: a.Asked, until: a.Until, whole: a.Whole, starts: make(map[minute]bool, len(a.Starts))}
	for _, at := range a.Starts {
		one.starts[minuteOf(at)] = true
	}
	if !a.Partial && !d.look(a.sighted(), one) || a.Partial && !d.glimpsed(a.sighted(), one) {
		return
	}
	waits := false
	changed := slices.DeleteFunc(keys, func(key string) bool {
		e := d.lately(key)
		waits = waits || e != nil && len(e.waits(now)) > 0
		return e == nil || e.Confirmed.IsZero() || !e.would(func(e *entry) bool { return e.take(a, now) })
	})
	if len(changed) > 0 {
		select {
		case d.heard <- heard{a, changed}:
		default: // the next answer says the same
		}
	}
	if waits {
		d.wakeUp() // what waited for a young answer has one
	}
}

// NoticeDays takes up which days are free. On the others there is no time.
func (d *Desk) NoticeDays(days Days) {
	if d == nil {
		return
	}
	days.Services = slices.Compact(slices.Sorted(slices.Values(days.Services)))
	wanted := map[string]bool{}
	for _, e := range d.known(days.Company) {
		if e.concerns(days.Company, days.Services, days.Master, e.From) {
			for day := range daysOf(e.From, e.To) {
				wanted[day] = true
			}
		}
	}
	if len(wanted) == 0 {
		return
	}
	of := Question{Company: days.Company, Services: days.Services, Master: days.Master}
	if !d.look(of.sighted(), sight{asked: days.Asked, until: days.Until, free: days.Free}) {
		return
	}
	for _, day := range slices.Sorted(maps.Keys(wanted)) {
		of.Day = day
		if !slices.Contains(days.Free, day) {
			d.Notice(Answer{Company: days.Company, Services: days.Services, Master: days.Master, Day: day, Asked: days.Asked, Until: days.Until})
			continue
		}
		d.mu.Lock()
		if last, known := d.sights[of.sighted()]; known && len(last.starts) == 0 && last.asked.Before(days.Asked) {
			d.hints[of.sighted()] = days.Asked // something has opened on it
		}
		d.mu.Unlock()
	}
}

// NoticeNearest takes up that a day is the first one on which something is free. Before it there is no time.
func (d *Desk) NoticeNearest(a Answer) {
	if d == nil {
		return
	}
	services := slices.Compact(slices.Sorted(slices.Values(a.Services)))
	before := map[string]bool{}
	for _, e := range d.known(a.Company) {
		if e.concerns(a.Company, services, a.Master, e.From) && e.From < a.Day {
			for day := range daysOf(e.From, e.To) {
				before[day] = day < a.Day
			}
		}
	}
	for _, day := range slices.Sorted(maps.Keys(before)) {
		if before[day] {
			d.Notice(Answer{Company: a.Company, Services: services, Master: a.Master, Day: day, Asked: a.Asked, Until: a.Until})
		}
	}
}

// Changed says that the upstream has changed the times of a master (0 = any) on some days (none = any), or may have: the watch asks soon.
func (d *Desk) Changed(company, master int, days []string) {
	if d == nil {
		return
	}
	now := d.o.Now()
	for _, e := range d.known(company) {
		if e.Confirmed.IsZero() || e.Master != 0 && master != 0 && e.Master != master {
			continue
		}
		q := e.question()
		d.mu.Lock()
		if len(days) == 0 {
			d.hints[q.sighted()] = now
		}
		for _, day := range days {
			if e.From <= day && day <= e.To {
				q.Day = day
				d.hints[q.sighted()] = now
			}
		}
		d.mu.Unlock()
	}
}

// question is what a wish would ask, without a day.
func (e *entry) question() Question {
	return Question{Lang: e.Lang, Company: e.Company, Services: e.Services, Master: e.Master}
}

// look takes note of an answer, unless a younger one is known.
func (d *Desk) look(of sighted, one sight) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old, known := d.sights[of]; known && !old.asked.Before(one.asked) {
		return false
	}
	d.sights[of] = one
	if hint, is := d.hints[of]; is && !one.asked.Before(hint) {
		delete(d.hints, of)
	}
	return true
}

// glimpsed takes note of times that answers to other questions have told. What has been asked itself lately is known better.
func (d *Desk) glimpsed(of sighted, one sight) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.sights[of]; one.asked.Sub(old.asked) < partialAfter {
		return false
	}
	d.glimpses[of] = one
	return true
}

// see takes note of a time that this program has given back, as if an answer had said so.
func (d *Desk) see(e *entry, f Freed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := e.question()
	q.Master, q.Day = f.Master, f.Start.In(e.zone()).Format(time.DateOnly)
	one := d.sights[q.sighted()]
	starts := maps.Clone(one.starts)
	if starts == nil {
		starts = map[minute]bool{}
	}
	starts[minuteOf(f.Start)] = true
	d.sights[q.sighted()] = sight{asked: f.At, until: f.At.Add(freedFor), starts: starts}
}

// freedFor is how long a time that this program has given back is told without an answer of the upstream.
const freedFor = 30 * time.Second

// lately is a wish as it was read last, nil when it is not known.
func (d *Desk) lately(key string) *entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wishes[key]
}

// young says whether an answer that is young enough to be shown has an opening of a wish, and none that is younger lacks it.
func (d *Desk) young(e *entry, now time.Time) func(opening) bool {
	services := servicesKey(e.Services)
	return func(o opening) bool {
		at := o.Start.in(e.zone())
		masters := []int{0, e.Master, o.Master}
		days := []string{at.Format(time.DateOnly), at.Add(-dayLength).Format(time.DateOnly)}
		d.mu.Lock()
		defer d.mu.Unlock()
		var best sight
		has := false
		for _, day := range days {
			for _, master := range masters {
				of := sighted{e.Company, services, master, day}
				one, known := d.sights[of]
				if other, is := d.glimpses[of]; is && other.starts[o.Start] && now.Before(other.until) && other.asked.Sub(one.asked) >= partialAfter {
					one, known = other, true
				}
				if !known || day != days[0] && !one.starts[o.Start] || !one.asked.After(best.asked) {
					continue
				}
				switch with := one.starts[o.Start]; {
				case master == 0 && e.Master != 0 && with:
					continue // another master may offer it
				case master != 0 && e.Master == 0 && !with:
					continue // another master may offer it
				default:
					best, has = one, with
				}
			}
		}
		return has && now.Before(best.until)
	}
}

// enter enters an answer into the wishes that it changes.
func (d *Desk) enter(ctx context.Context, h heard) {
	now := d.o.Now()
	for _, key := range h.keys {
		after, err := d.edit(ctx, key, func(e *entry) error {
			if e.Confirmed.IsZero() || !e.take(h.answer, now) {
				return store.ErrUnchanged
			}
			return nil
		})
		d.after(key, after, err)
	}
	d.tellDue()
}

// after takes note of what has become of a change of a wish.
func (d *Desk) after(key string, e *entry, err error) {
	switch {
	case errors.Is(err, ErrNone):
		d.mu.Lock()
		delete(d.wishes, key)
		d.mu.Unlock()
	case err != nil:
		d.o.Log.Warn("a wish could not be changed", "error", err)
	default:
		d.know(key, e)
	}
}
