package catalog

import (
	"slices"
	"sync"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/observations"
)

// When this program has booked a visit, cached answers must no longer show its time. Where it is known what they have to
// say instead, they are corrected; otherwise they are invalidated.

// Sold is a visit that this program has just booked.
type Sold struct {
	Company  *Company
	Services []int
	Master   int // 0 = any: the upstream has chosen one
	Start    time.Time
	Length   time.Duration // 0 = not known
}

// Booked corrects the cached answers after a booking, so that the next customer is not shown a slot that is sold. The slots
// of the master that overlap it go. Where the visit or the question does not say which master is meant, the answer is
// invalidated.
func (c *Catalog) Booked(t Sold) {
	if t.Length == 0 {
		c.Invalidate(t.Company, t.Start)
		return
	}
	c.booked(t)
	c.tell(change{Kind: changeSold, Company: t.Company.ID, Services: t.Services, Master: t.Master, At: t.Start.In(t.Company.Location), Length: t.Length})
}

func (c *Catalog) booked(t Sold) {
	days, keys := flow.DaysOf(t.Start.In(t.Company.Location)), c.keysOf(t.Company.ID)
	unable := c.unableOf(keys, t.Master)
	// Of a visit with any master it is not known whose time is sold; it may be each one's.
	who := able{masters: []int{t.Master}}
	if t.Master == 0 {
		who, _ = cachedValue[able](c, ableKey(t.Company.ID, servicesKey(t.Services)))
	}
	for _, k := range keys {
		switch {
		case k.question == questionDates && !unable[k.services]:
			for _, day := range days {
				c.soldOfDays(k, day, t)
			}
		case (k.question == questionSlots || k.question == questionAnyMaster) && slices.Contains(days, k.day):
			c.soldOfSlots(k, t)
		case k.question == questionObserved && slices.Contains(days, k.day) && slices.Contains(who.masters, k.master):
			c.soldOfObserved(k, t)
		case k.question == questionStaff && k.slot == "":
			c.soldOfStaff(k, t)
		case (k.question == questionStaff || k.question == questionServices) && k.slot != "":
			c.cache.entries.Invalidate(k)
		}
	}
}

func (t Sold) overlaps(s Slot) bool {
	return observations.Overlap(s.Start, s.Length, t.Start, t.Length)
}

// soldOfSlots corrects the slots of a day.
func (c *Catalog) soldOfSlots(k key, t Sold) {
	e, ok := c.cache.entries.GetIfPresent(k)
	times, isSlots := e.value.([]Slot)
	if !ok || !isSlots {
		return
	}
	switch left, ok := t.without(k, times, c.cache.scarce()); {
	case !ok:
		c.cache.entries.Invalidate(k)
	case len(left) < len(times):
		c.cache.correct(k, e, left)
	}
}

// without are the slots of a day without those that are sold; false when it is not known which are left.
func (t Sold) without(k key, times []Slot, scarce bool) ([]Slot, bool) {
	if k.master != 0 && t.Master != 0 && k.master != t.Master || !slices.ContainsFunc(times, t.overlaps) {
		return times, true
	}
	left := slices.DeleteFunc(slices.Clone(times), t.overlaps)
	// While calls are scarce, no call is spent on a slot that another master may still have.
	unsure := (k.master == 0 || t.Master == 0) && !scarce
	return left, !unsure && len(left) > 0
}

// soldOfObserved corrects the observations of the master's day.
func (c *Catalog) soldOfObserved(k key, t Sold) {
	c.observing.Lock()
	defer c.observing.Unlock()
	e, ok := c.cache.entries.GetIfPresent(k)
	list, is := e.value.(observations.Days)
	if !ok || !is {
		return
	}
	c.cache.correct(k, e, list.Without(t.Start, t.Length))
}

// soldOfDays invalidates an answer about free days that has the day of the visit, unless the day is known to have another
// slot.
func (c *Catalog) soldOfDays(k key, day string, t Sold) {
	e, ok := c.cache.entries.GetIfPresent(k)
	dates, isDates := e.value.(Dates)
	if !ok || !isDates || !slices.Contains(dates.Free, day) {
		return
	}
	if k.master != 0 && t.Master != 0 && k.master != t.Master {
		return
	}
	ofDay := k
	ofDay.question, ofDay.day = questionSlots, day
	times, _ := cachedValue[[]Slot](c, ofDay)
	if c.cache.scarce() || slices.ContainsFunc(times, func(s Slot) bool { return !t.overlaps(s) }) {
		return
	}
	c.cache.entries.Invalidate(k)
}

// unableOf are the choices of services that a master is known not to do, by the cached lists of masters.
func (c *Catalog) unableOf(keys []key, master int) map[string]bool {
	out := map[string]bool{}
	if master == 0 {
		return out
	}
	for _, k := range keys {
		if k.question != questionStaff || k.services == "" || k.master != 0 || k.slot != "" {
			continue
		}
		if found, ok := cachedValue[staff](c, k); ok {
			out[k.services] = !slices.ContainsFunc(found.masters, func(m Master) bool { return m.ID == master })
		}
	}
	return out
}

// soldOfStaff corrects the slots in a list of masters.
func (c *Catalog) soldOfStaff(k key, t Sold) {
	c.correctStaff(k, t.takesFrom)
}

// takesFrom takes the slots that are sold from a master, and says whether there were any.
func (t Sold) takesFrom(m *Master) bool {
	if t.Master != 0 && m.ID != t.Master || !slices.ContainsFunc(m.Slots, t.overlaps) {
		return false
	}
	m.Slots = slices.DeleteFunc(slices.Clone(m.Slots), t.overlaps)
	return true
}

// correctStaff changes the masters of a list, if change says that it has changed one.
func (c *Catalog) correctStaff(k key, change func(*Master) bool) {
	e, ok := c.cache.entries.GetIfPresent(k)
	found, isStaff := e.value.(staff)
	if !ok || !isStaff {
		return
	}
	masters, changed := slices.Clone(found.masters), false
	for i := range masters {
		changed = change(&masters[i]) || changed
	}
	if !changed {
		return
	}
	found.masters, found.told = masters, &sync.Once{}
	found.told.Do(func() {}) // its slots are under other keys already, and are corrected there
	c.cache.correct(k, e, found)
}

// full takes a day out of the cached free days that has turned out to have no slot: days are asked for more seldom than
// slots.
func (c *Catalog) full(company *Company, day string, f Filter) {
	k := datesKey(company, c.monthStart(company), f)
	e, ok := c.cache.entries.GetIfPresent(k)
	dates, isDates := e.value.(Dates)
	if !ok || !isDates || !slices.Contains(dates.Free, day) {
		return
	}
	dates.Free = slices.DeleteFunc(slices.Clone(dates.Free), func(d string) bool { return d == day })
	c.cache.correct(k, e, dates)
}

// Invalidate drops the answers that a booking changed, or that a refusal of the upstream has shown to be outdated: the
// slots of a company's day around a time, also those in lists of masters, its free days, and the services and masters of
// a slot. While calls are scarce the free days stay: a visitor who opens a day too many sees that it has no slot.
func (c *Catalog) Invalidate(company *Company, at time.Time) {
	c.invalidate(company, at)
	c.tell(change{Kind: changeDay, Company: company.ID, At: at.In(company.Location)})
}

func (c *Catalog) invalidate(company *Company, at time.Time) {
	for _, day := range flow.DaysOf(at.In(company.Location)) {
		c.invalidateDay(company.ID, day)
	}
}

func (c *Catalog) invalidateDay(company int, date string) {
	for _, k := range c.keysOf(company) {
		gone := false
		switch k.question {
		case questionSlots, questionAnyMaster, questionObserved:
			gone = k.day == date
		case questionDates, questionCalendar:
			gone = !c.cache.scarce()
		case questionServices, questionStaff:
			gone = k.slot != ""
		}
		switch {
		case gone:
			c.cache.entries.Invalidate(k)
		case k.question == questionStaff:
			c.dropNearest(k, date)
		}
	}
}

// dropNearest drops the slots of a day from a list of masters.
func (c *Catalog) dropNearest(k key, date string) {
	c.correctStaff(k, func(m *Master) bool {
		if len(m.Slots) == 0 || m.Day != date {
			return false
		}
		m.Slots = nil
		return true
	})
}
