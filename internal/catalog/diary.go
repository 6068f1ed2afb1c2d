package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A master's day is the same day whichever service is asked for. What one answer says about it serves other
// services too, as far as that can be proved, while calls are scarce. docs/upstream-budget.md says when.

// seen is an answer about a master's day: when a visit of a length may begin, in order.
type seen struct {
	length time.Duration
	starts []time.Time
	asked  time.Time
}

// fitting are the starts of a visit of another length, as far as the answer tells, on a salon's grid of a
// step. Whoever is free for L from each of t, t+step … t+n·step is free for L+n·step from t, if L covers a
// step; and the other way round. Between two steps a start is certain for the next longer visit and possible
// for the next shorter one, and the answer tells only when both say the same.
func (s seen) fitting(length, step time.Duration) ([]time.Time, bool) {
	switch {
	case length == s.length:
		return s.starts, true
	case length < s.length:
		return nil, false
	case len(s.starts) == 0:
		return nil, true
	case step <= 0 || s.length < step:
		return nil, false
	}
	certain, possible := s.certain(length, step), s.inRow(int((length-s.length)/step), step)
	return certain, len(certain) == len(possible)
}

// certain are the starts that a visit of another length has for sure, however many it may have besides.
func (s seen) certain(length, step time.Duration) []time.Time {
	switch {
	case length <= s.length:
		return s.starts
	case step <= 0 || s.length < step:
		return nil
	default:
		return s.inRow(int((length-s.length+step-1)/step), step)
	}
}

// inRow are the starts that n more follow, each a step after the other.
func (s seen) inRow(n int, step time.Duration) []time.Time {
	var out []time.Time
	for _, t := range s.starts {
		row := true
		for i := 1; i <= n && row; i++ {
			_, row = slices.BinarySearchFunc(s.starts, t.Add(time.Duration(i)*step), time.Time.Compare)
		}
		if row {
			out = append(out, t)
		}
	}
	return out
}

// gap is the shortest time between two starts, 0 when there are not two.
func (s seen) gap() time.Duration {
	var out time.Duration
	for i := 1; i < len(s.starts); i++ {
		if d := s.starts[i].Sub(s.starts[i-1]); out == 0 || d < out {
			out = d
		}
	}
	return out
}

// from drops the starts before a time.
func (s seen) from(t time.Time) []time.Time {
	i, _ := slices.BinarySearchFunc(s.starts, t, time.Time.Compare)
	return s.starts[i:]
}

// without drops the starts of visits that a visit takes the time of.
func (s seen) without(t Sold) seen {
	s.starts = slices.DeleteFunc(slices.Clone(s.starts), func(at time.Time) bool { return t.overlaps(Slot{Start: at, Length: s.length}) })
	return s
}

// proof is what a company's answers say about each other: its grid, and how often what one of them told about
// another question was the answer to it.
type proof struct {
	step           time.Duration
	agreed, broken int
}

const (
	// enoughProofs must have agreed, and of so many at most one may not have: what others have booked in
	// between makes two answers differ now and then.
	enoughProofs = 3
	brokenOf     = 20
	// keptProofs bounds the memory, so that a salon whose habits change is found out.
	keptProofs = 400
)

func (p proof) holds() bool { return p.agreed >= enoughProofs && p.broken*brokenOf <= p.agreed }

func (p proof) with(agreed bool) proof {
	if agreed {
		p.agreed++
	} else {
		p.broken++
	}
	if p.agreed+p.broken > keptProofs {
		p.agreed, p.broken = p.agreed/2, p.broken/2
	}
	return p
}

// compare looks whether an earlier answer about a day has told a later one. What says nothing is no proof.
func (p proof) compare(earlier, later seen) proof {
	told, ok := earlier.fitting(later.length, p.step)
	if !ok || len(told) == 0 && len(later.starts) == 0 {
		return p
	}
	if len(later.starts) > 0 {
		// What has passed between the two, or is too soon now, was right then.
		told = seen{starts: told}.from(later.starts[0])
	}
	return p.with(slices.EqualFunc(told, later.starts, time.Time.Equal))
}

// freeDays is what is known of a master's free days.
type freeDays struct {
	answers []seenDays
	none    []seenNone
}

// seenDays is an answer about a master's free days, for visits of a length.
type seenDays struct {
	length time.Duration
	days   Dates
	asked  time.Time
}

// seenNone is a day that had no time for a visit of a length, and so has none for a longer one.
type seenNone struct {
	day    string
	length time.Duration
	asked  time.Time
}

// able is who does some services, as the last list of masters has it.
type able struct {
	lang    string // that it was asked in
	masters []int  // that can be booked
	nearest map[int]string
	first   string // the nearest of these days; "" = not everybody's is known
	asked   time.Time
}

// cachedValue is the value of the answer under a key, if there is one.
func cachedValue[T any](c *Catalog, k key) (T, bool) {
	e, ok := c.cache.entries.GetIfPresent(k)
	value, is := e.value.(T)
	return value, ok && is
}

func (c *Catalog) put(k key, value any, ages Ages, asked time.Time) {
	c.cache.entries.Set(k, c.cache.entry(k, value, ages, asked))
}

// length is how long a master takes for services, 0 when no answer has said it.
func (c *Catalog) length(company, master int, services string) time.Duration {
	length, _ := cachedValue[time.Duration](c, lengthKey(company, master, services))
	return length
}

// longest is how long a visit takes at most: with any master, as long as whoever is slowest. 0 when it is not known.
func (c *Catalog) longest(company int, f Filter) time.Duration {
	services := servicesKey(f.Services)
	if f.Master != 0 {
		return c.length(company, f.Master, services)
	}
	who, _ := cachedValue[able](c, ableKey(company, services))
	var out time.Duration
	for _, m := range who.masters {
		out = max(out, c.length(company, m, services))
	}
	return out
}

// observe enters an answer about a master's day into the diary, and looks whether the diary knew it.
func (c *Catalog) observe(company int, day string, master int, services string, slots []Slot, asked time.Time) {
	length := c.length(company, master, services)
	if len(slots) > 0 && slots[0].Length > 0 {
		if slices.ContainsFunc(slots, func(s Slot) bool { return s.Length != slots[0].Length }) {
			return
		}
		if length != slots[0].Length {
			length = slots[0].Length
			c.put(lengthKey(company, master, services), length, c.ages.entries, asked)
		}
	}
	if length == 0 {
		return
	}
	now := seen{length: length, starts: make([]time.Time, len(slots)), asked: asked}
	for i, s := range slots {
		now.starts[i] = s.Start
	}
	c.diaries.Lock()
	defer c.diaries.Unlock()
	p, _ := cachedValue[proof](c, proofKey(company))
	before := p
	if gap := now.gap(); gap > 0 && (p.step == 0 || gap < p.step) {
		p.step = gap
	}
	k := diaryKey(company, master, day)
	earlier, _ := cachedValue[[]seen](c, k)
	list := []seen{now}
	for _, e := range earlier {
		if e.length == length && !e.asked.Before(asked) {
			return // known already
		}
		if asked.Sub(e.asked) >= c.ages.slots.Hard {
			continue
		}
		if !asked.Before(e.asked) {
			p = p.compare(e, now)
		}
		if e.length != length {
			list = append(list, e)
		}
	}
	if p != before {
		c.put(proofKey(company), p, c.ages.entries, c.now())
	}
	c.put(k, list, c.ages.slots, asked)
	if len(slots) == 0 {
		c.observeNone(company, master, seenNone{day, length, asked})
	}
}

// observeNone notes that a day has no time. The caller holds the lock.
func (c *Catalog) observeNone(company, master int, none seenNone) {
	k := daysKey(company, master)
	known, _ := cachedValue[freeDays](c, k)
	known.none = slices.DeleteFunc(slices.Clone(known.none), func(n seenNone) bool {
		return n.day == none.day && n.length >= none.length || none.asked.Sub(n.asked) >= c.ages.dates.Hard
	})
	known.none = append(known.none, none)
	c.put(k, known, c.ages.dates, none.asked)
}

// observeTimes enters an answer about a day.
func (c *Catalog) observeTimes(company int, day string, f Filter, slots []Slot, asked time.Time) {
	services := servicesKey(f.Services)
	if f.Master != 0 {
		c.observe(company, day, f.Master, services, slots, asked)
		return
	}
	who, _ := cachedValue[able](c, ableKey(company, services))
	if class := c.class(company, who, services); class != "" {
		c.learn(anyKey(company, day, class), slots, c.ages.slots, asked)
	}
}

// fromDiary are the times of a master's day, if answers for other services tell them.
func (c *Catalog) fromDiary(ctx context.Context, company *Company, day string, master int, services string, within time.Duration) ([]Slot, bool) {
	length := c.length(company.ID, master, services)
	p, ok := cachedValue[proof](c, proofKey(company.ID))
	if length == 0 || !ok || !p.holds() {
		return nil, false
	}
	k, now := diaryKey(company.ID, master, day), c.now()
	e, ok := c.cache.entries.GetIfPresent(k)
	list, is := e.value.([]seen)
	if !ok || !is {
		return nil, false
	}
	for _, s := range list {
		starts, tells := s.fitting(length, p.step)
		if !tells || now.Sub(s.asked) >= within {
			continue
		}
		deps := depsOf(ctx)
		deps.add(e, now)
		deps.until(s.asked.Add(within))
		return slotsAt(starts, length, company.Location), true
	}
	return nil, false
}

func slotsAt(starts []time.Time, length time.Duration, zone *time.Location) []Slot {
	out := make([]Slot, len(starts))
	for i, at := range starts {
		out[i] = Slot{Start: at.In(zone), Length: length}
	}
	return out
}

// lowerBound are times of a day that there are for sure, though there may be more.
func (c *Catalog) lowerBound(ctx context.Context, company *Company, day string, f Filter) []Slot {
	services, masters := servicesKey(f.Services), []int{f.Master}
	if f.Master == 0 {
		who, _ := cachedValue[able](c, ableKey(company.ID, services))
		masters = who.masters
	}
	p, _ := cachedValue[proof](c, proofKey(company.ID))
	now, deps := c.now(), depsOf(ctx)
	var out []Slot
	for _, m := range masters {
		slots, ok := c.ofMaster(ctx, company, day, m, services, c.ages.slots.Hard)
		out = append(out, slots...)
		length := c.length(company.ID, m, services)
		if ok || length == 0 || !p.holds() {
			continue
		}
		list, _ := cachedValue[[]seen](c, diaryKey(company.ID, m, day))
		for _, s := range list {
			if until := s.asked.Add(c.ages.slots.Hard); now.Before(until) {
				deps.until(until)
				out = append(out, slotsAt(s.certain(length, p.step), length, company.Location)...)
			}
		}
	}
	if out = inOrderOnce(out); len(coming(deps, out, now)) == 0 {
		return nil
	}
	deps.until(now.Add(lowerBoundFor))
	deps.markLowerBound()
	return out
}

// lowerBoundFor is how long a page that lacks something is good.
const lowerBoundFor = 5 * time.Second

func inOrderOnce(slots []Slot) []Slot {
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(slots, func(a, b Slot) bool { return a.Start.Equal(b.Start) })
}

// ofMaster are the times of a master's day as far as they are known without asking, none older than within.
func (c *Catalog) ofMaster(ctx context.Context, company *Company, day string, master int, services string, within time.Duration) ([]Slot, bool) {
	k, now := about("slots", company.ID).on(day).with(master, services), c.now()
	if e, ok := c.cache.entries.GetIfPresent(k); ok && e.err == nil && now.Sub(e.loaded) < within {
		if slots, is := e.value.([]Slot); is {
			depsOf(ctx).add(e, now)
			return slots, true
		}
	}
	if slots, ok := c.fromDiary(ctx, company, day, master, services, within); ok {
		return slots, true
	}
	if within < c.ages.slots.Hard {
		return nil, false
	}
	// Who does not work, or has no time for less, has none.
	if days, ok := c.daysFromDiary(ctx, company, master, services); ok && !slices.Contains(days.Free, day) {
		return nil, true
	}
	return nil, false
}

// together are the times of a day with any master, from what is known of each; missing are the masters of whom
// nothing is.
func (c *Catalog) together(ctx context.Context, company *Company, day string, who able, services string, within time.Duration) (slots []Slot, missing []int) {
	for _, m := range who.masters {
		of, ok := c.ofMaster(ctx, company, day, m, services, within)
		if !ok {
			missing = append(missing, m)
			continue
		}
		slots = append(slots, of...)
	}
	return inOrderOnce(slots), missing
}

// class stands for all choices of services that the same masters do in the same time: with any master they
// have the same times. "" when it is not known.
func (c *Catalog) class(company int, who able, services string) string {
	var b strings.Builder
	for _, m := range who.masters {
		length := c.length(company, m, services)
		if length == 0 {
			return ""
		}
		fmt.Fprintf(&b, "%d=%d,", m, int(length/time.Second))
	}
	return b.String()
}

// deduced are the times of a day, if they can be told from answers to other questions, none older than within.
// missing are the masters of whom nothing is known.
func (c *Catalog) deduced(ctx context.Context, company *Company, day string, f Filter, within time.Duration) (slots []Slot, ok bool, missing []int) {
	services := servicesKey(f.Services)
	if f.Master != 0 {
		slots, ok = c.ofMaster(ctx, company, day, f.Master, services, within)
		return slots, ok, nil
	}
	who, known := cachedValue[able](c, ableKey(company.ID, services))
	if !known || len(who.masters) == 0 {
		return nil, false, nil
	}
	p, _ := cachedValue[proof](c, proofKey(company.ID))
	if class := c.class(company.ID, who, services); class != "" && p.holds() {
		k, now := anyKey(company.ID, day, class), c.now()
		if e, is := c.cache.entries.GetIfPresent(k); is && now.Sub(e.loaded) < within {
			slots, ok = e.value.([]Slot)
			depsOf(ctx).add(e, now)
			return slots, ok, nil
		}
	}
	slots, missing = c.together(ctx, company, day, who, services, within)
	return slots, len(missing) == 0, missing
}

// scarce answers times while calls are: from what is known, from what is known in part where that will do, and
// from the question that tells most.
func (c *Catalog) scarce(ctx context.Context, company *Company, day string, f Filter) ([]Slot, error) {
	slots, ok, missing := c.deduced(ctx, company, day, f, c.ages.slots.Hard)
	if ok {
		return slots, nil
	}
	part := acceptsLowerBound(ctx)
	if part {
		if slots = c.lowerBound(ctx, company, day, f); slots != nil {
			return slots, nil
		}
	}
	if onlyCached(ctx) {
		return c.askTimes(ctx, company, day, f)
	}
	who, _ := cachedValue[able](c, ableKey(company.ID, servicesKey(f.Services)))
	if day == who.nearest[f.Master] || f.Master == 0 && day != "" && day == who.first {
		// The list of masters has everybody's nearest day.
		if _, err := c.renewed(ctx, who.lang, company, Filter{Services: f.Services}); err == nil {
			if slots, ok, missing = c.deduced(ctx, company, day, f, c.ages.slots.Hard); ok {
				return slots, nil
			}
			if part {
				if slots = c.lowerBound(ctx, company, day, f); slots != nil {
					return slots, nil
				}
			}
		}
	}
	if len(missing) == 1 {
		if _, err := c.askTimes(ctx, company, day, Filter{Services: f.Services, Master: missing[0]}); err == nil {
			if slots, ok, _ = c.deduced(ctx, company, day, f, c.ages.slots.Hard); ok {
				return slots, nil
			}
		}
	}
	slots, err := c.askTimes(ctx, company, day, f)
	if err != nil && part && ProblemOf(err) == ProblemBusy {
		if known := c.lowerBound(ctx, company, day, f); known != nil {
			return known, nil
		}
	}
	return slots, err
}

type lowerBoundKey struct{}

// AcceptLowerBound is a context under which, while calls are scarce, some of the times of a day will do. Deps.LowerBound says
// whether it came to that.
func AcceptLowerBound(ctx context.Context) context.Context {
	return context.WithValue(ctx, lowerBoundKey{}, true)
}

func acceptsLowerBound(ctx context.Context) bool { return ctx.Value(lowerBoundKey{}) != nil }

// observeDays enters an answer about free days into the diary.
func (c *Catalog) observeDays(company int, f Filter, days Dates, asked time.Time) {
	length := c.length(company, f.Master, servicesKey(f.Services))
	if f.Master == 0 || length == 0 {
		return
	}
	c.diaries.Lock()
	defer c.diaries.Unlock()
	k := daysKey(company, f.Master)
	known, _ := cachedValue[freeDays](c, k)
	list := []seenDays{{length, days, asked}}
	for _, e := range known.answers {
		if e.length == length && !e.asked.Before(asked) {
			return
		}
		if e.length != length && asked.Sub(e.asked) < c.ages.dates.Hard {
			list = append(list, e)
		}
	}
	c.put(k, freeDays{list, known.none}, c.ages.dates, asked)
}

// daysFromDiary are a master's days for services, from an answer for others that take as long or a little
// less. A day too many may be among them, on which the longer visit does not fit; none is missing.
func (c *Catalog) daysFromDiary(ctx context.Context, company *Company, master int, services string) (Dates, bool) {
	length := c.length(company.ID, master, services)
	k, now := daysKey(company.ID, master), c.now()
	e, ok := c.cache.entries.GetIfPresent(k)
	known, is := e.value.(freeDays)
	if !ok || !is || length == 0 {
		return Dates{}, false
	}
	var best seenDays
	for _, s := range known.answers {
		if s.length <= length && s.length > best.length && now.Sub(s.asked) < c.ages.dates.Hard {
			best = s
		}
	}
	if best.length == 0 {
		return Dates{}, false
	}
	depsOf(ctx).add(e, now)
	who, _ := cachedValue[able](c, ableKey(company.ID, services))
	nearest := who.nearest[master]
	if now.Sub(who.asked) >= c.ages.dates.Hard {
		nearest = ""
	}
	days := best.days
	days.Free = slices.DeleteFunc(slices.Clone(days.Free), func(day string) bool {
		return day < nearest || slices.ContainsFunc(known.none, func(n seenNone) bool {
			return n.day == day && n.length <= length && n.asked.After(best.asked) && now.Sub(n.asked) < c.ages.dates.Hard
		})
	})
	return days, true
}

// deducedDays are the days of a question, from what is known of each master.
func (c *Catalog) deducedDays(ctx context.Context, company *Company, f Filter) (Dates, bool) {
	services := servicesKey(f.Services)
	masters := []int{f.Master}
	if f.Master == 0 {
		who, ok := cachedValue[able](c, ableKey(company.ID, services))
		if !ok || len(who.masters) == 0 {
			return Dates{}, false
		}
		masters = who.masters
	}
	// The days of most masters will do for those of any.
	most, lacking := acceptsLowerBound(ctx), 0
	var out Dates
	asked := false
	for _, m := range masters {
		days, ok := c.daysFromDiary(ctx, company, m, services)
		switch {
		case ok:
		case f.Master == 0 && most && (lacking+1)*2 <= len(masters):
			lacking++
			continue
		case f.Master != 0 || asked || onlyCached(ctx):
			return Dates{}, false
		default:
			// One may be asked for: it tells more than the question with any master.
			asked = true
			var err error
			if days, err = c.askDays(ctx, company, Filter{Services: f.Services, Master: m}); err != nil {
				return Dates{}, false
			}
		}
		for _, day := range days.Free {
			// A day of which the times are known is free when there are some.
			if slots, known := c.ofMaster(ctx, company, day, m, services, c.ages.slots.Hard); !known || len(slots) > 0 {
				out.Free = append(out.Free, day)
			}
		}
		out.Working = append(out.Working, days.Working...)
	}
	if lacking > 0 {
		deps := depsOf(ctx)
		deps.until(c.now().Add(lowerBoundFor))
		deps.markLowerBound()
	}
	out.Free, out.Working = sortedDays(out.Free), sortedDays(out.Working)
	return out, len(out.Free) > 0 || lacking == 0
}

func sortedDays(days []string) []string {
	slices.Sort(days)
	return slices.Compact(days)
}
