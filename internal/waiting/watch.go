package waiting

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"okoshko/internal/store"
)

// The watch asks the upstream for what is wished for and nobody else asks for. One process has the turn to watch. The entry that says
// which one also has the calls of the last minute: a call is made only after it was noted there, by a compare-and-swap that fails when
// another process has taken the turn. So there are never more calls than are allowed, whoever believes to have the turn.

const (
	turnKey = "wishes/watch"
	// turnFor is how long a process may be silent that has the turn.
	turnFor = 10 * time.Second
	// turnStored is how long the entry is kept: longer than the calls count that it has.
	turnStored = 2 * time.Minute
	// renewEvery is how often the process that has the turn says that it is there.
	renewEvery = 3 * time.Second

	tickEvery = time.Second
	pollEvery = 2 * time.Second
	// restFor is how long an answer serves before the watch asks again, and restAfterFailure the pause after a question without one.
	restFor          = 45 * time.Second
	restAfterFailure = 15 * time.Second
	// mostGlimpses bounds the questions that are looked at without a call in a tick.
	mostGlimpses = 200
	// askTries is how often it is tried in the time of a tick to find a moment in which nobody else asks.
	askTries = 10
	// askFor bounds a question.
	askFor = 10 * time.Second
	// night is how long after midnight a day may still have times.
	night = (maxHour - minutesOfDay) * time.Minute
	// keepSights is how long answers are remembered.
	keepSights = 15 * time.Minute
	// patience bounds the commands to the store in a tick.
	patience = 5 * time.Second
)

// lease says who watches, and when it has asked.
type lease struct {
	ID    string      `json:"id"`
	At    time.Time   `json:"at"`
	Calls []time.Time `json:"calls,omitempty"` // of the last minute
}

// Run notices, watches and tells until the context ends.
func (d *Desk) Run(ctx context.Context) {
	ctx = store.Proven(ctx)
	d.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case h := <-d.heard:
				d.enter(ctx, h)
			}
		}
	})
	for range senders {
		d.done.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case key := <-d.posts:
					d.post(ctx, key)
				}
			}
		})
	}
	tick := time.NewTicker(tickEvery / askTries)
	defer tick.Stop()
	defer d.done.Wait()
	d.Tick(ctx)
	for part := 1; ; {
		select {
		case <-ctx.Done():
			return
		case <-d.wake: // a tick would look at the same answers again, and wake itself
			d.tellDue()
		case <-tick.C:
			if part%askTries == 0 {
				d.Tick(ctx)
			} else if d.spared {
				d.watch(ctx)
			}
			part++
		}
	}
}

// wakeUp has what is due sent without a wait for the next tick.
func (d *Desk) wakeUp() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Tick does what is to be done now: it reads wishes that have changed, has sent what is due, and asks one question. Run calls it every
// second.
func (d *Desk) Tick(ctx context.Context) {
	now := d.o.Now()
	if now.Sub(d.polled) >= pollEvery {
		bounded, cancel := context.WithTimeout(ctx, patience)
		err := d.poll(bounded)
		cancel()
		if err == nil {
			d.polled = now
		}
		d.tidy(now)
	}
	d.tellDue()
	d.glimpse(ctx, d.questions())
	d.tellDue()
	d.watch(ctx)
}

// tidy forgets what is over.
func (d *Desk) tidy(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.wishes, func(_ string, e *entry) bool { return !now.Before(e.ends()) })
	old := now.Add(-keepSights)
	maps.DeleteFunc(d.sights, func(_ sighted, s sight) bool { return s.asked.Before(old) })
	maps.DeleteFunc(d.glimpses, func(_ sighted, s sight) bool { return !now.Before(s.until) })
	for _, at := range []map[sighted]time.Time{d.hints, d.tried} {
		maps.DeleteFunc(at, func(_ sighted, t time.Time) bool { return t.Before(old) })
	}
}

// watch asks one question, if this process has the turn and there is one to ask.
func (d *Desk) watch(ctx context.Context) {
	now := d.o.Now()
	all := d.questions()
	if d.o.CallsPerMinute == 0 {
		return
	}
	if len(all) == 0 || (d.turn.ID != d.me || now.Sub(d.turn.At) >= renewEvery) && !d.take(ctx, now, false) {
		return
	}
	if d.o.Upstream.Scarce() || d.callsIn(now) >= d.o.CallsPerMinute {
		return
	}
	q, ok := d.next(all, now)
	if !ok || !d.take(ctx, now, true) {
		return
	}
	d.mu.Lock()
	d.tried[q.sighted()] = now
	d.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	err := d.o.Upstream.Ask(bounded, q)
	d.spared = errors.Is(err, ErrNoCall)
	kind, outcome := "times", "asked"
	if q.Day == "" {
		kind = "days"
	}
	switch {
	case errors.Is(err, ErrNoCall):
		outcome = "spared"
		d.turn.Calls = d.turn.Calls[:max(0, len(d.turn.Calls)-1)]
		d.mu.Lock()
		delete(d.tried, q.sighted())
		d.mu.Unlock()
	case err != nil:
		outcome = "failed"
	}
	d.o.Counts.WishCall(kind, outcome)
}

// glimpse takes up what answers to other questions tell, without a call: shoppers have asked about other services of the same masters.
func (d *Desk) glimpse(ctx context.Context, all []asked) {
	for range min(len(all), mostGlimpses) {
		d.turned = (d.turned + 1) % len(all)
		q := all[d.turned]
		if q.Day == "" {
			continue
		}
		if a, ok := d.o.Upstream.Glimpse(ctx, q.Question); ok {
			d.Notice(a)
		}
	}
}

// callsIn is how many calls were made in the last minute.
func (d *Desk) callsIn(now time.Time) (n int) {
	for _, at := range d.turn.Calls {
		if now.Sub(at) < time.Minute {
			n++
		}
	}
	return n
}

// take takes the turn or keeps it, and notes a call in it. The result is false when another process has it.
func (d *Desk) take(ctx context.Context, now time.Time, call bool) bool {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	mine := false
	var after lease
	err := store.Update(bounded, d.o.Store, turnKey, turnStored, func(old []byte) ([]byte, error) {
		var has lease
		mine = true
		if old != nil && json.Unmarshal(old, &has) == nil && has.ID != d.me && (call || now.Sub(has.At) < turnFor) {
			mine, after = false, has
			return nil, store.ErrUnchanged
		}
		calls := has.Calls
		if has.ID == d.me {
			calls = d.turn.Calls
		}
		after = lease{ID: d.me, At: now, Calls: slices.DeleteFunc(slices.Clone(calls), func(at time.Time) bool { return now.Sub(at) >= time.Minute })}
		if call {
			if len(after.Calls) >= d.o.CallsPerMinute {
				mine = false
				return nil, store.ErrUnchanged
			}
			after.Calls = append(after.Calls, now)
		}
		return json.Marshal(after)
	})
	if err != nil {
		return false
	}
	d.turn = after
	return mine
}

// asked is a question with when its answer was last asked for.
type asked struct {
	Question
	at   time.Time // zero: it is not known
	soon bool      // there is a reason to ask at once
}

// next is the question to ask now: one for which there is a reason first, then the one whose answer is oldest.
func (d *Desk) next(all []asked, now time.Time) (Question, bool) {
	var best *asked
	for i := range all {
		one := &all[i]
		rest := restFor
		if one.soon {
			rest = 0
		}
		d.mu.Lock()
		tried, is := d.tried[one.sighted()]
		d.mu.Unlock()
		if !one.at.IsZero() && now.Sub(one.at) < rest || is && now.Sub(tried) < restAfterFailure {
			continue
		}
		if best == nil || one.soon && !best.soon || one.soon == best.soon && one.at.Before(best.at) {
			best = one
		}
	}
	if best == nil {
		return Question{}, false
	}
	return best.Question, true
}

// questions are all that is worth asking, each once for all wishes. A wish for one day asks for its times; one for several days asks which
// of them are free, and then for the times of those.
func (d *Desk) questions() []asked {
	now := d.o.Now()
	of := map[sighted]*asked{}
	var order []sighted
	add := func(q Question) *asked {
		k := q.sighted()
		if of[k] == nil {
			of[k] = &asked{Question: q}
			order = append(order, k)
		}
		return of[k]
	}
	for _, e := range d.known(0) {
		if e.Confirmed.IsZero() || !now.Before(e.Until) || d.o.Quiet.includes(now.In(e.zone())) {
			continue
		}
		q := e.question()
		first := max(e.From, now.Add(-night).In(e.zone()).Format(time.DateOnly))
		if first < e.To {
			add(q)
		}
		d.mu.Lock()
		days, known := d.sights[q.sighted()]
		d.mu.Unlock()
		for day := range daysOf(first, e.To) {
			if first < e.To && (!known || !slices.Contains(days.free, day)) {
				continue
			}
			q.Day = day
			add(q)
		}
		if e.mayTell(now, d.o.Quiet) {
			young := d.young(e, now)
			for _, o := range e.waits(now) {
				if young(o) {
					continue
				}
				// It waits for an answer that is young enough.
				q.Day = e.dayOf(o)
				add(q).soon = true
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]asked, 0, len(order))
	for _, k := range order {
		one := of[k]
		one.at = d.sights[k].asked
		if other := d.glimpses[k]; other.whole && !one.at.IsZero() && other.asked.After(one.at) {
			one.at = other.asked // nothing would be learnt
		}
		if hint, is := d.hints[k]; is && one.at.Before(hint) {
			one.soon = true
		}
		out = append(out, *one)
	}
	return out
}

// dayOf is the day under which an opening is listed.
func (e *entry) dayOf(o opening) string {
	for day, masters := range e.Days {
		for master, one := range masters {
			if master != beside && slices.Contains(one.Starts, o.Start) {
				return day
			}
		}
	}
	return o.Start.in(e.zone()).Format(time.DateOnly)
}
