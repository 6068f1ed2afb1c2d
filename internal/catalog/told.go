package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"okoshko/internal/observations"
)

// What an answer says about other questions is entered under their keys, and what it says about a master's day or days
// is entered into the observations.

// staff is an answer about who does some services, and when it was asked for.
type staff struct {
	masters []Master
	asked   time.Time
	told    *sync.Once // whether what it says about other questions has been entered
}

// able is who does some services, as the last list of masters has it.
type able struct {
	lang    string // that the list was asked for in
	masters []int  // that can be booked
	nearest map[int]string
	first   string // the earliest of these days; "" = the day of some master is not known
	asked   time.Time
}

// propagate enters the slots that come with a list of masters under the questions for these slots. The list has every
// slot of a master's nearest free day, as book_times has. The slots with any master on the earliest of these days are
// those of all masters together, because a master with a later nearest day has none on it.
func (c *Catalog) propagate(lang string, company *Company, f Filter, found staff) {
	if !f.Slot.IsZero() {
		return // narrowed by a time, the list has not everybody's slots
	}
	first, complete, ages := "", true, c.slotAges(company.ID)
	byDay := map[string][]Slot{}
	services, who := servicesKey(f.Services), able{lang: lang, nearest: map[int]string{}, asked: found.asked}
	for _, m := range found.masters {
		if !m.Bookable {
			continue
		}
		who.masters = append(who.masters, m.ID)
		if len(m.Slots) == 0 {
			complete = false // free some time, and the answer does not say when
			continue
		}
		byDay[m.Day] = append(byDay[m.Day], m.Slots...)
		if first == "" || m.Day < first {
			first = m.Day
		}
		with := f
		with.Master = m.ID
		c.putYounger(slotsKey(company.ID, m.Day, with), m.Slots, ages, found.asked)
		c.observeMaster(company.ID, m.Day, m.ID, services, m.Slots, found.asked)
		who.nearest[m.ID] = m.Day
	}
	if complete {
		who.first = first
	}
	c.put(ableKey(company.ID, services), who, c.ages.entries, found.asked)
	if complete && first != "" {
		c.putYounger(slotsKey(company.ID, first, f), inOrderOnce(byDay[first]), ages, found.asked)
	}
}

// putYounger enters an answer that came with another one or from another process, unless the cache has a younger one or this one is
// too old. The result is false then.
func (c *Catalog) putYounger(k key, value any, ages Ages, asked time.Time) bool {
	if c.now().Sub(asked) >= ages.Hard {
		return false
	}
	if old, ok := c.cache.entries.GetIfPresent(k); ok && !old.loaded.Before(asked) {
		return false
	}
	c.put(k, value, ages, asked)
	return true
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

// longest is how long a visit takes at most: with any master, as long as with the slowest. 0 when it is not known.
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

// class stands for all choices of services that the same masters do in the same time: with any master they have the same
// slots. "" when it is not known.
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

// observeTimes enters an answer about the slots of a day into the observations.
func (c *Catalog) observeTimes(company int, day string, f Filter, slots []Slot, asked time.Time) {
	services := servicesKey(f.Services)
	if f.Master != 0 {
		c.observeMaster(company, day, f.Master, services, slots, asked)
		return
	}
	who, _ := cachedValue[able](c, ableKey(company, services))
	if class := c.class(company, who, services); class != "" {
		c.putYounger(anyKey(company, day, class), slots, c.slotAges(company), asked)
	}
}

// observeMaster enters the slots of a master's day, and counts whether earlier answers had determined them.
func (c *Catalog) observeMaster(company int, day string, master int, services string, slots []Slot, asked time.Time) {
	length := c.length(company, master, services)
	if len(slots) > 0 && slots[0].Length > 0 {
		if slices.ContainsFunc(slots, func(s Slot) bool { return s.Length != slots[0].Length }) {
			return
		}
		if length != slots[0].Length {
			length = slots[0].Length
			c.observeLength(company, master, services, length, asked)
		}
	}
	if length == 0 {
		return
	}
	ages := c.slotAges(company)
	latest := observations.Day{Length: length, Starts: make([]time.Time, len(slots)), Asked: asked}
	for i, s := range slots {
		latest.Starts[i] = s.Start
	}
	c.observing.Lock()
	defer c.observing.Unlock()
	before, _ := cachedValue[observations.Evidence](c, evidenceKey(company))
	list, _ := cachedValue[observations.Days](c, observedKey(company, master, day))
	list, evidence, added := list.Add(latest, ages.Hard, before)
	if !added {
		return
	}
	if evidence != before {
		c.put(evidenceKey(company), evidence, c.ages.entries, c.now())
	}
	c.put(observedKey(company, master, day), list, ages, asked)
	if len(slots) == 0 {
		calendar, _ := cachedValue[observations.Calendar](c, calendarKey(company, master))
		calendar = calendar.AddFull(observations.FullDay{Day: day, Length: length, Asked: asked}, c.ages.dates.Hard)
		c.put(calendarKey(company, master), calendar, c.ages.dates, asked)
	}
}

// observeLength enters how long a master takes for services. Of single services there is also a list.
func (c *Catalog) observeLength(company, master int, services string, length time.Duration, asked time.Time) {
	c.put(lengthKey(company, master, services), length, c.ages.entries, asked)
	service, err := strconv.Atoi(services)
	if err != nil {
		return
	}
	c.observing.Lock()
	defer c.observing.Unlock()
	all, _ := cachedValue[map[int]time.Duration](c, lengthKey(company, master, ""))
	all = maps.Clone(all)
	if all == nil {
		all = map[int]time.Duration{}
	}
	all[service] = length
	c.put(lengthKey(company, master, ""), all, c.ages.entries, asked)
}

// shortest is the shortest service of a master whose length will do, as far as lengths are known; 0 = none.
func (c *Catalog) shortest(company, master int, willDo func(time.Duration) bool) (service int) {
	all, _ := cachedValue[map[int]time.Duration](c, lengthKey(company, master, ""))
	for id, length := range all {
		if willDo(length) && (service == 0 || length < all[service] || length == all[service] && id < service) {
			service = id
		}
	}
	return service
}

// observeDays enters an answer about a master's days.
func (c *Catalog) observeDays(company int, f Filter, days Dates, asked time.Time) {
	length := c.length(company, f.Master, servicesKey(f.Services))
	if f.Master == 0 || length == 0 {
		return
	}
	c.observing.Lock()
	defer c.observing.Unlock()
	calendar, _ := cachedValue[observations.Calendar](c, calendarKey(company, f.Master))
	answer := observations.FreeDays{Length: length, Free: days.Free, Working: days.Working, Asked: asked}
	if calendar, added := calendar.AddAnswer(answer, c.ages.dates.Hard); added {
		c.put(calendarKey(company, f.Master), calendar, c.ages.dates, asked)
	}
}
