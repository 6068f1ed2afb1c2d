package catalog

import (
	"slices"
	"sync"
	"time"

	"okoshko/internal/flow"
)

// What one answer says about other questions.

// staff is who can do some services, and when that was so.
type staff struct {
	masters []Master
	asked   time.Time
	told    *sync.Once // whether the free times in it have been told to the other questions
}

// tell gives the nearest free times of a list of masters to the questions for these times. The list has
// every time of a master's nearest free day, as book_times has. Who is free first with any master is
// the union of those who are free on the first of these days: the others have nothing on it.
func (c *Catalog) tell(lang string, company *Company, f Filter, found staff) {
	if !f.Slot.IsZero() {
		return // narrowed by a time, the list is not everybody's
	}
	first, all := "", true
	byDay := map[string][]Slot{}
	services, who := servicesKey(f.Services), able{lang: lang, nearest: map[int]string{}, asked: found.asked}
	for _, m := range found.masters {
		if !m.Bookable {
			continue
		}
		who.masters = append(who.masters, m.ID)
		if len(m.Slots) == 0 {
			all = false // free some time, and the answer does not say when
			continue
		}
		day := m.Day
		byDay[day] = append(byDay[day], m.Slots...)
		if first == "" || day < first {
			first = day
		}
		with := f
		with.Master = m.ID
		c.learn(slotsKey(company.ID, day, with), m.Slots, c.ages.slots, found.asked)
		c.observe(company.ID, day, m.ID, services, m.Slots, found.asked)
		who.nearest[m.ID] = day
	}
	if all {
		who.first = first
	}
	c.put(ableKey(company.ID, services), who, c.ages.entries, found.asked)
	if all && first != "" {
		c.learn(slotsKey(company.ID, first, f), inOrderOnce(byDay[first]), c.ages.slots, found.asked)
	}
}

// learn keeps an answer that came with another one, unless a younger is there.
func (c *Catalog) learn(k key, value any, ages Ages, asked time.Time) {
	if c.now().Sub(asked) >= ages.Hard {
		return
	}
	if old, ok := c.cache.entries.GetIfPresent(k); ok && !old.loaded.Before(asked) {
		return
	}
	c.put(k, value, ages, asked)
}

// dropNearest drops the nearest times on a day from a list of masters.
func (c *Catalog) dropNearest(k key, date string) {
	c.correctStaff(k, func(m *Master) bool {
		if len(m.Slots) == 0 || m.Day != date {
			return false
		}
		m.Slots = nil
		return true
	})
}

// Sold is a visit that this program has just booked.
type Sold struct {
	Company  *Company
	Services []int
	Master   int // 0 = any: the upstream has chosen one
	Start    time.Time
	Length   time.Duration // 0 = not known
}

// Booked corrects what is kept by a visit of our own, so that the next customer is not shown a time that
// we have sold. The times of the master go that overlap it. Where it is not known who is meant, by the
// visit or by the question, the answer is asked for again.
func (c *Catalog) Booked(t Sold) {
	if t.Length == 0 {
		c.Invalidate(t.Company, t.Start)
		return
	}
	days, keys := flow.DaysOf(t.Start.In(t.Company.Location)), c.keysOf(t.Company.ID)
	unable := c.unableOf(keys, t.Master)
	// Of whom nobody knows who it is, each may be.
	who := able{masters: []int{t.Master}}
	if t.Master == 0 {
		who, _ = cachedValue[able](c, ableKey(t.Company.ID, servicesKey(t.Services)))
	}
	for _, k := range keys {
		switch {
		case k.question == "dates" && !unable[k.services]:
			for _, day := range days {
				c.soldOfDays(k, day, t)
			}
		case (k.question == "slots" || k.question == "any") && slices.Contains(days, k.day):
			c.sold(k, t)
		case k.question == "diary" && slices.Contains(days, k.day) && slices.Contains(who.masters, k.master):
			c.soldOfDiary(k, t)
		case k.question == "staff" && k.slot == "":
			c.soldOfStaff(k, t)
		case (k.question == "staff" || k.question == "services") && k.slot != "":
			c.cache.entries.Invalidate(k)
		}
	}
}

func (t Sold) overlaps(s Slot) bool {
	return s.Start.Before(t.Start.Add(t.Length)) && t.Start.Before(s.Start.Add(max(s.Length, time.Minute)))
}

// sold corrects the times of a day.
func (c *Catalog) sold(k key, t Sold) {
	if k.master != 0 && t.Master != 0 && k.master != t.Master {
		return
	}
	e, ok := c.cache.entries.GetIfPresent(k)
	times, isSlots := e.value.([]Slot)
	if !ok || !isSlots || !slices.ContainsFunc(times, t.overlaps) {
		return
	}
	left := slices.DeleteFunc(slices.Clone(times), t.overlaps)
	// While calls are scarce, a time that somebody else may still have is rather not shown than asked for.
	unsure := (k.master == 0 || t.Master == 0) && !c.cache.scarce()
	if unsure || len(left) == 0 {
		c.cache.entries.Invalidate(k)
		return
	}
	c.cache.correct(k, e, left)
}

// soldOfDiary corrects what is known of the master's day.
func (c *Catalog) soldOfDiary(k key, t Sold) {
	c.diaries.Lock()
	defer c.diaries.Unlock()
	e, ok := c.cache.entries.GetIfPresent(k)
	list, is := e.value.([]seen)
	if !ok || !is {
		return
	}
	left := make([]seen, len(list))
	for i, s := range list {
		left[i] = s.without(t)
	}
	c.cache.correct(k, e, left)
}

// soldOfDays drops the free days of a question that the visit concerns, unless the day is known to have
// another time for it.
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
	ofDay.question, ofDay.day = "slots", day
	times, _ := cachedValue[[]Slot](c, ofDay)
	if slices.ContainsFunc(times, func(s Slot) bool { return !t.overlaps(s) }) {
		return
	}
	c.cache.entries.Invalidate(k)
}

// unableOf lists the choices of services that a master is known not to do, by the lists of masters under keys.
func (c *Catalog) unableOf(keys []key, master int) map[string]bool {
	out := map[string]bool{}
	if master == 0 {
		return out
	}
	for _, k := range keys {
		if k.question != "staff" || k.services == "" || k.master != 0 || k.slot != "" {
			continue
		}
		if found, ok := cachedValue[staff](c, k); ok {
			out[k.services] = !slices.ContainsFunc(found.masters, func(m Master) bool { return m.ID == master })
		}
	}
	return out
}

// soldOfStaff corrects the nearest times of the masters in a list.
func (c *Catalog) soldOfStaff(k key, t Sold) {
	c.correctStaff(k, func(m *Master) bool {
		if t.Master != 0 && m.ID != t.Master || !slices.ContainsFunc(m.Slots, t.overlaps) {
			return false
		}
		m.Slots = slices.DeleteFunc(slices.Clone(m.Slots), t.overlaps)
		return true
	})
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
	found.told.Do(func() {}) // what it knew is corrected where it was told
	c.cache.correct(k, e, found)
}

// full takes a day that has turned out to have no time left out of the free days, which are asked for
// more seldom.
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
