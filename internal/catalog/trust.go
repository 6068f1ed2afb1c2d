package catalog

import (
	"slices"
	"sync"
	"time"

	"okoshko/internal/webhook"
)

// While a company's hooks tell of its changes, its times may live longer: what makes one untrue drops it. That the hooks do
// so is not believed but compared. Of some questions the last answer is kept aside, and dropped when anything tells of a change
// that concerns it. When the same question has been put again to the upstream, no time of the answer kept aside may be missing in
// the new one. No call is made for that: visitors put the questions.

const (
	// hookedFor is how long times live at a company whose hooks are relied on.
	hookedFor = 5 * time.Minute
	// hookedFresh is how long they are not asked for again.
	hookedFresh = 4 * time.Minute
	// comparedAfter is how old an answer is when it is compared: a younger one shows little.
	comparedAfter = 30 * time.Second
	// hookComes is how long a hook may take to come that explains a difference.
	hookComes = time.Minute
	// maxAside bounds the answers that are kept aside for a company, maxAsides those for all of them, and maxHooked the companies.
	maxAside, maxAsides, maxHooked = 128, 8192, 10_000
)

// hooked is what is known of companies that send hooks. A nil *hooked relies on nobody.
type hooked struct {
	now func() time.Time
	// listening says whether what other processes tell is heard.
	listening func() bool
	others    bool // there are other processes
	// differs is told that nothing has explained why an answer differs.
	differs func(company int)

	mu        sync.Mutex
	places    webhook.Places
	companies map[int]*hookedCompany
	asides    int // of all companies
}

type hookedCompany struct {
	trust     webhook.Trust
	suspended time.Time
	aside     map[key]aside
	differ    map[key]time.Time // questions whose answer differs, and since when
}

// aside is an answer that is kept aside.
type aside struct {
	slots []Slot
	asked time.Time
}

func newHooked(now func() time.Time, listening func() bool) *hooked {
	others := listening != nil
	if !others {
		listening = func() bool { return true }
	}
	return &hooked{now: now, listening: listening, others: others, companies: map[int]*hookedCompany{}}
}

// move notes that a hook has come, and answers where its record stood before; nil: that is not known.
func (h *hooked) move(hook webhook.Hook) *webhook.Place {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.companies[hook.Company]
	if one == nil {
		if len(h.companies) >= maxHooked {
			h.dropOldest()
		}
		one = &hookedCompany{aside: map[key]aside{}, differ: map[key]time.Time{}}
		h.companies[hook.Company] = one
	}
	one.trust = one.trust.Hooked(h.now())
	return h.places.Move(hook)
}

// dropOldest drops the company whose last hook came longest ago.
func (h *hooked) dropOldest() {
	oldest, at := 0, time.Time{}
	for id, one := range h.companies {
		if last := one.trust.Last(); oldest == 0 || last.Before(at) {
			oldest, at = id, last
		}
	}
	if one := h.companies[oldest]; one != nil {
		h.clearAside(one)
		delete(h.companies, oldest)
	}
}

func (h *hooked) clearAside(one *hookedCompany) {
	h.asides -= len(one.aside)
	clear(one.aside)
}

// touch drops the answers kept aside that a change concerns. It also explains why they differ.
func (h *hooked) touch(what change) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.companies[what.Company]
	if one == nil {
		return
	}
	for k := range one.aside {
		if what.untrue(k) {
			delete(one.aside, k)
			h.asides--
		}
	}
	for k := range one.differ {
		if what.untrue(k) {
			delete(one.differ, k)
		}
	}
}

// relies says whether a company's hooks are relied on.
func (h *hooked) relies(company int) bool {
	if h == nil {
		return false
	}
	holds, differs := h.holds(company)
	if differs {
		h.differs(company)
	}
	return holds && !differs && h.listening()
}

// holds says whether a company's hooks are trusted, and whether nothing has explained a difference.
func (h *hooked) holds(company int) (holds, differs bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.companies[company]
	if one == nil {
		return false, false
	}
	now := h.now()
	for _, since := range one.differ {
		differs = differs || now.Sub(since) >= hookComes
	}
	return one.trust.Holds(now), differs
}

// compare compares an answer about the slots of a day with the one kept aside, and keeps it aside itself.
func (h *hooked) compare(k key, slots []Slot, asked time.Time) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.companies[k.id]
	if one == nil {
		return
	}
	before, known := one.aside[k]
	if known && asked.Sub(before.asked) < comparedAfter {
		return
	}
	if known {
		switch compareSlots(before.slots, slots) {
		case slotsAgree:
			one.trust = one.trust.Agreed(h.now())
		case slotsTellNothing:
		case slotsDiffer:
			one.differ[k] = h.now()
		}
	}
	if len(one.aside) >= maxAside && !known {
		for other, a := range one.aside {
			if asked.Sub(a.asked) > 2*hookedFor {
				delete(one.aside, other)
				h.asides--
			}
		}
	}
	switch {
	case known:
	case len(one.aside) >= maxAside || h.asides >= maxAsides:
		return
	default:
		h.asides++
	}
	one.aside[k] = aside{slots: slots, asked: asked}
}

// distrust changes the trust in a company; false when that was done a moment ago.
func (h *hooked) distrust(company int, to func(webhook.Trust, time.Time) webhook.Trust) bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.companies[company]
	if one == nil || h.now().Sub(one.suspended) < time.Minute {
		return false
	}
	one.trust, one.suspended = to(one.trust, h.now()), h.now()
	h.clearAside(one)
	clear(one.differ)
	return true
}

// missed says that changes of companies may not have been heard.
func (h *hooked) missed() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.companies {
		h.clearAside(one)
	}
}

// reliable is how many companies' hooks are relied on now.
func (h *hooked) reliable() (n int) {
	if h == nil || !h.listening() {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.companies {
		if one.trust.Holds(h.now()) {
			n++
		}
	}
	return n
}

type verdict int

const (
	slotsTellNothing verdict = iota
	slotsAgree
	slotsDiffer
)

// compareSlots compares an answer about a day with a later one. They differ when a slot has gone, other than the first ones,
// which go with the time of the day. A slot that has come endangers nobody: a visit may have been moved from there, and its hook
// says only where it went.
func compareSlots(before, after []Slot) verdict {
	if len(before) == 0 || len(after) == 0 {
		return slotsTellNothing
	}
	i, _ := slices.BinarySearchFunc(before, after[0].Start, func(s Slot, t time.Time) int { return s.Start.Compare(t) })
	if i == len(before) {
		return slotsTellNothing
	}
	for _, s := range before[i:] {
		if _, found := slices.BinarySearchFunc(after, s.Start, func(s Slot, t time.Time) int { return s.Start.Compare(t) }); !found {
			return slotsDiffer
		}
	}
	return slotsAgree
}

// hooksDiffer stops relying on a company's hooks, in all processes, because they have not told of a change.
func (c *Catalog) hooksDiffer(company int) {
	if !c.distrust(company, webhook.Trust.Differed) {
		return
	}
	c.tell(change{Kind: changeDiffers, Company: company})
	c.log.Warn("hooks have not told of a change", "company", company)
	if c.cache.watch != nil {
		c.cache.watch.Disagrees("hooks")
	}
}

// Suspend stops relying on a company's hooks for a while, because more of them came than are applied.
func (c *Catalog) Suspend(company int) {
	if c.distrust(company, webhook.Trust.Suspended) {
		c.tell(change{Kind: changeSuspended, Company: company})
		c.log.Warn("more hooks than are applied", "company", company)
	}
}

func (c *Catalog) distrust(company int, to func(webhook.Trust, time.Time) webhook.Trust) bool {
	if !c.hooked.distrust(company, to) {
		return false
	}
	c.shorten(func(k key) bool { return k.id == company })
	return true
}

// Missed says that what other processes told may not have been heard for a moment.
func (c *Catalog) Missed() {
	if c.hooked == nil {
		return
	}
	c.hooked.missed()
	c.shorten(func(key) bool { return true })
}

// Reliable is how many companies' hooks are relied on.
func (c *Catalog) Reliable() int { return c.hooked.reliable() }

// slotAges is how long answers about a company's slots are good.
func (c *Catalog) slotAges(company int) Ages {
	ages := c.ages.slots
	if !c.hooked.relies(company) || ages.Hard >= hookedFor {
		return ages
	}
	return Ages{Fresh: max(ages.Fresh, hookedFresh), Soft: hookedFor, Hard: hookedFor, without: ages.Hard}
}

// dateAges is the same of answers about its days.
func (c *Catalog) dateAges(company int) Ages {
	ages := c.ages.dates
	if !c.hooked.relies(company) || ages.Fresh >= hookedFresh {
		return ages
	}
	return Ages{Fresh: hookedFresh, Soft: max(ages.Soft, hookedFor), Hard: max(ages.Hard, hookedFor), without: ages.Hard}
}

// shorten lets answers live no longer than without hooks.
func (c *Catalog) shorten(of func(key) bool) {
	for k := range c.cache.entries.Keys() {
		e, ok := c.cache.entries.GetIfPresent(k)
		if !ok || e.ages.without == 0 || !of(k) {
			continue
		}
		if c.now().Sub(e.loaded) >= e.ages.without {
			c.cache.entries.Invalidate(k)
			continue
		}
		ages := c.ages.slots
		if k.question == questionDates || k.question == questionCalendar {
			ages = c.ages.dates
		}
		e.ages = ages
		c.cache.correct(k, e, e.value)
	}
}
