package catalog

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"okoshko/internal/flow"
)

// Dates answers the working and the free days from today on, in order. The caller must not change them.
func (c *Catalog) Dates(ctx context.Context, company *Company, f Filter) (Dates, error) {
	all, err := c.days(ctx, company, f)
	if err != nil {
		return Dates{}, err
	}
	today := c.FirstDay(company)
	return Dates{Free: daysFrom(all.Free, today), Working: daysFrom(all.Working, today)}, nil
}

// days are all days of the answer. While calls are scarce, the days of each master serve too.
func (c *Catalog) days(ctx context.Context, company *Company, f Filter) (Dates, error) {
	if c.sparing() && !c.cache.has(datesKey(company, c.monthStart(company), f)) {
		if days, ok := c.deducedDays(ctx, company, f); ok {
			return days, nil
		}
	}
	return c.askDays(ctx, company, f)
}

// daysFrom leaves out the days before first; days must be in order.
func daysFrom(days []string, first string) []string {
	i, _ := slices.BinarySearch(days, first)
	return days[i:]
}

// FreeFrom answers the first free day that is not before a day; "" means that none is known.
func (d Dates) FreeFrom(day string) string {
	if left := daysFrom(d.Free, day); len(left) > 0 {
		return left[0]
	}
	return ""
}

// FreeBefore answers the last free day before a day; "" means that none is known.
func (d Dates) FreeBefore(day string) string {
	if i, _ := slices.BinarySearch(d.Free, day); i > 0 {
		return d.Free[i-1]
	}
	return ""
}

// FreeAfter answers the free days that are later than a day, in order.
func (d Dates) FreeAfter(day string) []string {
	i, found := slices.BinarySearch(d.Free, day)
	if found {
		i++
	}
	return d.Free[i:]
}

// Near are the other free days, the nearest to a day first.
func (d Dates) Near(day string) []string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return slices.Clone(d.Free)
	}
	near := slices.DeleteFunc(slices.Clone(d.Free), func(other string) bool { return other == day })
	distance := func(d string) time.Duration {
		t, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return math.MaxInt64
		}
		return t.Sub(at).Abs()
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
	return near
}

// Slots answers the slots of a day that are still to come, in the company's zone.
func (c *Catalog) Slots(ctx context.Context, company *Company, date string, f Filter) ([]Slot, error) {
	all, err := c.times(ctx, company, date, f)
	if err != nil {
		return nil, err
	}
	left := coming(depsOf(ctx), all, c.now())
	if len(left) == 0 {
		c.full(company, date, f)
	}
	return left, nil
}

// KnownSlots answers the slots of a day without a call, as far as they are known; false means that none is.
func (c *Catalog) KnownSlots(ctx context.Context, company *Company, date string, f Filter) ([]Slot, bool) {
	known, _ := OnlyCached(AcceptLowerBound(ctx))
	known, used := c.CollectDeps(known)
	slots, err := c.Slots(known, company, date, f)
	deps := depsOf(ctx)
	if err != nil {
		deps.until(c.now().Add(lowerBoundFor)) // by then they may be known
		return nil, false
	}
	deps.merge(used)
	return slots, true
}

// CachedSlots answers the slots of a day without a call, if all of them are known. A page that can do without them stays in use
// until they would have been known.
func (c *Catalog) CachedSlots(ctx context.Context, company *Company, date string, f Filter) ([]Slot, bool) {
	known, _ := OnlyCached(ctx)
	known, used := c.CollectDeps(known)
	slots, err := c.Slots(known, company, date, f)
	if err != nil || used.LowerBound() {
		return nil, false
	}
	depsOf(ctx).merge(used)
	return slots, true
}

// times answers all slots of a day, also those that have passed. Other answers that determine the slots come before a
// question, as long as they are as young as a fresh answer.
func (c *Catalog) times(ctx context.Context, company *Company, date string, f Filter) ([]Slot, error) {
	if c.cache.has(slotsKey(company.ID, date, f)) {
		return c.askTimes(ctx, company, date, f)
	}
	if c.sparing() {
		return c.slotsWhileScarce(ctx, company, date, f)
	}
	if slots, ok, _ := c.deduced(ctx, company, date, f, c.slotAges(company.ID).Fresh); ok {
		return slots, nil
	}
	return c.askTimes(ctx, company, date, f)
}

// coming leaves out the slots that have passed; slots must be in order.
func coming(deps *Deps, slots []Slot, now time.Time) []Slot {
	i := slices.IndexFunc(slots, func(s Slot) bool { return s.Start.After(now) })
	if i < 0 {
		return nil
	}
	deps.until(slots[i].Start)
	return slots[i:]
}

// Listed says whether the upstream itself has listed a slot, in answer to this very question and no longer ago than slots
// may be shown.
func (c *Catalog) Listed(company int, slot time.Time, date string, f Filter) bool {
	e, ok := c.cache.entries.GetIfPresent(slotsKey(company, date, f))
	times, is := e.value.([]Slot)
	return ok && is && c.now().Sub(e.loaded) < c.slotAges(company).Hard && slices.ContainsFunc(times, func(s Slot) bool { return s.Start.Equal(slot) })
}

// FirstDay is the first day that may still have slots. After midnight that is yesterday.
func (c *Catalog) FirstDay(company *Company) string {
	return slices.Min(flow.DaysOf(c.now().In(company.Location)))
}

// FreeAt looks for a slot at a time, and says under which day it is listed; "" means that the time is not free.
func (c *Catalog) FreeAt(ctx context.Context, company *Company, at time.Time, f Filter) (slot Slot, day string, err error) {
	for i, day := range flow.DaysOf(at.In(company.Location)) {
		offered, err := c.Slots(ctx, company, day, f)
		if err != nil && i == 0 {
			return Slot{}, "", err
		}
		if slot, ok := company.find(offered, at); ok {
			return slot, day, nil
		}
	}
	return Slot{}, "", nil
}
