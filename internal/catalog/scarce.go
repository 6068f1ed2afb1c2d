package catalog

import (
	"context"
	"slices"
	"time"

	"okoshko/internal/observations"
)

// While calls are scarce, slots and days are told from answers to other questions, as far as that can be proved, and only
// a part of the slots may be told. docs/upstream-budget.md says when.

type lowerBoundKey struct{}

// AcceptLowerBound is a context for a page that can do with some of a day's slots while calls are scarce.
// Deps.LowerBound says whether it got only some.
func AcceptLowerBound(ctx context.Context) context.Context {
	return context.WithValue(ctx, lowerBoundKey{}, true)
}

func acceptsLowerBound(ctx context.Context) bool { return ctx.Value(lowerBoundKey{}) != nil }

// lowerBoundFor is how long a page that lacks some slots or days is good.
const lowerBoundFor = 5 * time.Second

// scarceTimes is the question for the slots of a day while calls are scarce. Its methods are the attempts to answer it.
type scarceTimes struct {
	*Catalog
	ctx     context.Context
	company *Company
	day     string
	filter  Filter
	unknown []int // the masters of whose day nothing is known
}

// slotsWhileScarce tries to answer with the fewest calls, then asks.
func (c *Catalog) slotsWhileScarce(ctx context.Context, company *Company, day string, f Filter) ([]Slot, error) {
	q := &scarceTimes{Catalog: c, ctx: ctx, company: company, day: day, filter: f}
	attempts := []func() ([]Slot, bool){
		q.fromCache,         // no call
		q.fromMasters,       // one call, which answers most other questions too
		q.fromUnknownMaster, // one call, which answers for any master and for this one
		q.fromShorter,       // one call, which answers for more services of the master than the wanted one
	}
	if onlyCached(ctx) {
		attempts = attempts[:1]
	}
	for _, attempt := range attempts {
		if slots, ok := attempt(); ok {
			return slots, nil
		}
	}
	slots, err := c.askTimes(ctx, company, day, f)
	if err != nil && ProblemOf(err) == ProblemBusy {
		if slots, ok := q.lowerBound(); ok {
			return slots, nil
		}
	}
	return slots, err
}

// fromCache answers from what is cached: with all slots, or with a lower bound where that is accepted.
func (q *scarceTimes) fromCache() ([]Slot, bool) {
	if slots, ok := q.deduced(); ok {
		return slots, true
	}
	return q.lowerBound()
}

// fromMasters asks for the list of masters again when it says that the day is the nearest one of the master, or of all of
// them: it has every slot of each master's nearest day.
func (q *scarceTimes) fromMasters() ([]Slot, bool) {
	who, _ := cachedValue[able](q.Catalog, ableKey(q.company.ID, servicesKey(q.filter.Services)))
	nearest := who.nearest[q.filter.Master]
	if q.filter.Master == 0 {
		nearest = who.first
	}
	if q.day == "" || q.day != nearest {
		return nil, false
	}
	if _, err := q.renewed(q.ctx, who.lang, q.company, Filter{Services: q.filter.Services}); err != nil {
		return nil, false
	}
	return q.fromCache()
}

// fromUnknownMaster asks for one master, when this one alone is missing for the slots with any master.
func (q *scarceTimes) fromUnknownMaster() ([]Slot, bool) {
	if len(q.unknown) != 1 {
		return nil, false
	}
	if _, err := q.askTimes(q.ctx, q.company, q.day, Filter{Services: q.filter.Services, Master: q.unknown[0]}); err != nil {
		return nil, false
	}
	return q.deduced()
}

// fromShorter asks about the master's shortest service whose answer determines the wanted one, because their lengths differ by
// whole steps.
func (q *scarceTimes) fromShorter() ([]Slot, bool) {
	evidence, ok := cachedValue[observations.Evidence](q.Catalog, evidenceKey(q.company.ID))
	length := q.length(q.company.ID, q.filter.Master, servicesKey(q.filter.Services))
	if q.filter.Master == 0 || length == 0 || !ok || !evidence.Holds() {
		return nil, false
	}
	shorter := q.shortest(q.company.ID, q.filter.Master, func(l time.Duration) bool { return evidence.Determines(l, length) })
	if shorter == 0 {
		return nil, false
	}
	if _, err := q.askTimes(q.ctx, q.company, q.day, Filter{Services: []int{shorter}, Master: q.filter.Master}); err != nil {
		return nil, false
	}
	return q.deduced()
}

// deduced answers from other answers, and notes which masters it lacks.
func (q *scarceTimes) deduced() (slots []Slot, ok bool) {
	slots, ok, q.unknown = q.Catalog.deduced(q.ctx, q.company, q.day, q.filter, q.slotAges(q.company.ID).Hard)
	return slots, ok
}

// lowerBound answers with slots that are free for sure, where the page accepts that and there are some.
func (q *scarceTimes) lowerBound() ([]Slot, bool) {
	if !acceptsLowerBound(q.ctx) {
		return nil, false
	}
	slots := q.Catalog.lowerBound(q.ctx, q.company, q.day, q.filter)
	return slots, len(slots) > 0
}

// deduced are the slots of a day, if answers to other questions determine them, none of them older than maxAge. unknown
// are the masters of whose day nothing is known.
func (c *Catalog) deduced(ctx context.Context, company *Company, day string, f Filter, maxAge time.Duration) (slots []Slot, ok bool, unknown []int) {
	services := servicesKey(f.Services)
	if f.Master != 0 {
		slots, ok = c.slotsOfMaster(ctx, company, day, f.Master, services, maxAge)
		return slots, ok, nil
	}
	who, known := cachedValue[able](c, ableKey(company.ID, services))
	if !known || len(who.masters) == 0 {
		return nil, false, nil
	}
	evidence, _ := cachedValue[observations.Evidence](c, evidenceKey(company.ID))
	if class := c.class(company.ID, who, services); class != "" && evidence.Holds() {
		k, now := anyKey(company.ID, day, class), c.now()
		if e, is := c.cache.entries.GetIfPresent(k); is && now.Sub(e.loaded) < maxAge {
			slots, ok = e.value.([]Slot)
			depsOf(ctx).add(e, now)
			return slots, ok, nil
		}
	}
	for _, m := range who.masters {
		of, ok := c.slotsOfMaster(ctx, company, day, m, services, maxAge)
		if !ok {
			unknown = append(unknown, m)
		}
		slots = append(slots, of...)
	}
	return inOrderOnce(slots), len(unknown) == 0, unknown
}

// slotsOfMaster are the slots of a master's day as far as they are cached or determined by cached answers, none older
// than maxAge.
func (c *Catalog) slotsOfMaster(ctx context.Context, company *Company, day string, master int, services string, maxAge time.Duration) ([]Slot, bool) {
	k, now := about(questionSlots, company.ID).on(day).with(master, services), c.now()
	if e, ok := c.cache.entries.GetIfPresent(k); ok && e.err == nil && now.Sub(e.loaded) < maxAge {
		if slots, is := e.value.([]Slot); is {
			depsOf(ctx).add(e, now)
			return slots, true
		}
	}
	if slots, ok := c.slotsObserved(ctx, company, day, master, services, maxAge); ok {
		return slots, true
	}
	if maxAge < c.slotAges(company.ID).Hard {
		return nil, false
	}
	// A master who does not work on the day, or has no time for a shorter visit, has none.
	if days, ok := c.daysObserved(ctx, company, master, services); ok && !slices.Contains(days.Free, day) {
		return nil, true
	}
	return nil, false
}

// slotsObserved are the slots of a master's day, if answers for other services determine them.
func (c *Catalog) slotsObserved(ctx context.Context, company *Company, day string, master int, services string, maxAge time.Duration) ([]Slot, bool) {
	length := c.length(company.ID, master, services)
	evidence, ok := cachedValue[observations.Evidence](c, evidenceKey(company.ID))
	if length == 0 || !ok || !evidence.Holds() {
		return nil, false
	}
	now := c.now()
	e, ok := c.cache.entries.GetIfPresent(observedKey(company.ID, master, day))
	list, is := e.value.(observations.Days)
	if !ok || !is {
		return nil, false
	}
	starts, asked, ok := list.Exact(length, evidence.Step, now, maxAge)
	if !ok {
		return nil, false
	}
	deps := depsOf(ctx)
	deps.add(e, now)
	deps.until(asked.Add(maxAge))
	return slotsAt(starts, length, company.Location), true
}

func slotsAt(starts []time.Time, length time.Duration, zone *time.Location) []Slot {
	out := make([]Slot, len(starts))
	for i, at := range starts {
		out[i] = Slot{Start: at.In(zone), Length: length}
	}
	return out
}

// lowerBound are slots of a day that are free for sure, though there may be more; nil when none is still to come.
func (c *Catalog) lowerBound(ctx context.Context, company *Company, day string, f Filter) []Slot {
	services, masters := servicesKey(f.Services), []int{f.Master}
	if f.Master == 0 {
		who, _ := cachedValue[able](c, ableKey(company.ID, services))
		masters = who.masters
	}
	evidence, _ := cachedValue[observations.Evidence](c, evidenceKey(company.ID))
	now, deps, shown := c.now(), depsOf(ctx), c.slotAges(company.ID).Hard
	var out []Slot
	for _, m := range masters {
		slots, ok := c.slotsOfMaster(ctx, company, day, m, services, shown)
		out = append(out, slots...)
		length := c.length(company.ID, m, services)
		if ok || length == 0 || !evidence.Holds() {
			continue
		}
		list, _ := cachedValue[observations.Days](c, observedKey(company.ID, m, day))
		for _, d := range list {
			if until := d.Asked.Add(shown); now.Before(until) {
				deps.until(until)
				out = append(out, slotsAt(d.LowerBound(length, evidence.Step), length, company.Location)...)
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

func inOrderOnce(slots []Slot) []Slot {
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(slots, func(a, b Slot) bool { return a.Start.Equal(b.Start) })
}

// daysObserved are a master's days for services, from an answer for others that take as long or a little less. There may
// be a day too many among them, on which the longer visit does not fit. No free day is missing.
func (c *Catalog) daysObserved(ctx context.Context, company *Company, master int, services string) (Dates, bool) {
	length, now := c.length(company.ID, master, services), c.now()
	e, ok := c.cache.entries.GetIfPresent(calendarKey(company.ID, master))
	calendar, is := e.value.(observations.Calendar)
	if !ok || !is || length == 0 {
		return Dates{}, false
	}
	who, _ := cachedValue[able](c, ableKey(company.ID, services))
	nearest := who.nearest[master]
	if now.Sub(who.asked) >= c.ages.dates.Hard {
		nearest = ""
	}
	days, ok := calendar.UpperBound(length, nearest, now, c.ages.dates.Hard)
	if !ok {
		return Dates{}, false
	}
	oldest := days.Asked // a calendar is as young as the last of its answers, and this is told from one of them
	if nearest != "" {
		oldest = earlier(oldest, who.asked)
	}
	deps := depsOf(ctx)
	deps.add(e, now)
	deps.until(oldest.Add(c.ages.dates.Hard))
	return Dates{Free: days.Free, Working: days.Working}, true
}

// deducedDays are the days of a question, from what is known of each master. One master may be asked about: the answer
// tells more than the one for any master does.
func (c *Catalog) deducedDays(ctx context.Context, company *Company, f Filter) (Dates, bool) {
	services, masters := servicesKey(f.Services), []int{f.Master}
	if f.Master == 0 {
		who, ok := cachedValue[able](c, ableKey(company.ID, services))
		if !ok || len(who.masters) == 0 {
			return Dates{}, false
		}
		masters = who.masters
	}
	var out Dates
	mayAsk, unknown, shown := f.Master == 0 && !onlyCached(ctx), 0, c.slotAges(company.ID).Hard
	for _, m := range masters {
		days, ok := c.daysObserved(ctx, company, m, services)
		if !ok && f.Master == 0 && acceptsLowerBound(ctx) && (unknown+1)*2 <= len(masters) {
			unknown++ // the days of most masters will do for those of any
			continue
		}
		if !ok && mayAsk {
			var err error
			days, err = c.askDays(ctx, company, Filter{Services: f.Services, Master: m})
			mayAsk, ok = false, err == nil
		}
		if !ok {
			return Dates{}, false
		}
		for _, day := range days.Free {
			// A day whose slots are known is free when there are some.
			if slots, known := c.slotsOfMaster(ctx, company, day, m, services, shown); !known || len(slots) > 0 {
				out.Free = append(out.Free, day)
			}
		}
		out.Working = append(out.Working, days.Working...)
	}
	if unknown > 0 {
		deps := depsOf(ctx)
		deps.until(c.now().Add(lowerBoundFor))
		deps.markLowerBound()
	}
	out.Free, out.Working = sortedDays(out.Free), sortedDays(out.Working)
	return out, len(out.Free) > 0 || unknown == 0
}

func sortedDays(days []string) []string {
	slices.Sort(days)
	return slices.Compact(days)
}
