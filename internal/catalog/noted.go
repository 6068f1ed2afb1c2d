package catalog

import (
	"context"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/upstream/budget"
	"okoshko/internal/webhook"
)

// Whoever waits for a time to open (internal/waiting) is told what the upstream answers to anybody, and may have it asked.

// Noted is told of every answer about times and days as it comes, from the upstream or from another process. It must return at once, and
// must not use the catalogue.
type Noted interface {
	// Times are all times of a day, in order; none: there is no time on it.
	Times(of Asked, day string, slots []Slot)
	// Days are all free days from today on.
	Days(of Asked, free []string)
	// Nearest is the first free day.
	Nearest(of Asked, day string)
	// Changed says that the times of a master (0 = any) on some days (none = any) have changed, without saying how.
	Changed(company, master int, days []string)
}

// Asked is what an answer was asked about.
type Asked struct {
	Company  int
	Services []int
	Master   int       // 0 = any
	At       time.Time // when it was asked for
	Until    time.Time // until when a page may show it
}

// note tells of an answer.
func (c *Catalog) note(k key, value any, asked time.Time) {
	if c.noted == nil || k.slot != "" {
		return
	}
	services, ok := readServices(k.services)
	if !ok || len(services) == 0 {
		return
	}
	of := Asked{Company: k.id, Services: services, Master: k.master, At: asked, Until: asked.Add(c.ages.slots.Hard)}
	switch answer := value.(type) {
	case []Slot:
		if k.question == questionSlots {
			c.noted.Times(of, k.day, answer)
		}
	case Dates:
		c.noted.Days(of, answer.Free)
	case staff:
		c.noteStaff(of, answer.masters)
	}
}

// noteStaff tells of the slots in a list of masters, as propagate enters them into the cache.
func (c *Catalog) noteStaff(of Asked, masters []Master) {
	first, complete := "", true
	var slots []Slot
	for _, m := range masters {
		switch {
		case !m.Bookable:
			continue
		case len(m.Slots) == 0:
			complete = false
			continue
		case first == "" || m.Day < first:
			first, slots = m.Day, nil
		}
		if m.Day == first {
			slots = append(slots, m.Slots...)
		}
		with := of
		with.Master = m.ID
		c.noted.Nearest(with, m.Day)
		c.noted.Times(with, m.Day, m.Slots)
	}
	if complete && first != "" {
		c.noted.Nearest(of, first)
		c.noted.Times(of, first, inOrderOnce(slots))
	}
}

// noteEffect tells of what a hook says has changed.
func (c *Catalog) noteEffect(e webhook.Effect) {
	if c.noted != nil && e.Kind != webhook.Taken && concerns(e, about(questionSlots, e.Company).with(e.Master, "")) {
		c.noted.Changed(e.Company, e.Master, daysOf(e))
	}
}

// readServices reads what servicesKey has written.
func readServices(text string) (services []int, ok bool) {
	if text == "" {
		return nil, true
	}
	for id := range strings.SplitSeq(text, ",") {
		service, err := strconv.Atoi(id)
		if err != nil {
			return nil, false
		}
		services = append(services, service)
	}
	return services, true
}

// idle is a context whose calls give way to all others.
func idle(ctx context.Context) context.Context {
	return budget.WithCeiling(budget.WithPriority(ctx, budget.P3Watch), budget.P3Watch)
}

// AskIdly has the upstream asked for the times of a day, with "" for the free days, by a call of the least urgent class. An answer that
// is still fresh will do. Errors: those of the upstream; ProblemBusy when no call could be spared.
func (c *Catalog) AskIdly(ctx context.Context, lang string, id int, day string, f Filter) error {
	ctx = idle(ctx)
	company, err := c.Company(ctx, lang, id)
	if err != nil {
		return err
	}
	if day != "" {
		k := slotsKey(id, day, f)
		slots, asked, err := renew[[]Slot](ctx, c, k, loaderOf(c.cache, c.slotAges(id), c.slotsOf(company, k, f)))
		if err == nil {
			c.observeTimes(id, day, f, slots, asked)
		}
		return err
	}
	from := c.monthStart(company)
	days, asked, err := renew[Dates](ctx, c, datesKey(company, from, f), loaderOf(c.cache, c.dateAges(id), c.datesOf(id, from, f)))
	if err == nil {
		c.observeDays(id, f, days, asked)
	}
	return err
}

// renew is an answer that is fresh, asked for now where the cached one is not.
func renew[T any](ctx context.Context, c *Catalog, k key, l loader) (value T, asked time.Time, err error) {
	l.ages.Fresh = min(l.ages.Fresh, c.ages.slots.Fresh)
	l.reload = budget.P3Watch
	e, ok := c.cache.entries.GetIfPresent(k)
	switch {
	case !ok:
		e, err = c.cache.entries.Get(ctx, k, l)
	case e.err != nil || c.now().Sub(e.loaded) >= l.ages.Fresh:
		select {
		case r := <-c.cache.entries.Refresh(ctx, k, l):
			e, err = r.Value, r.Err
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err == nil {
		err = e.err
	}
	value, is := e.value.(T)
	if err == nil && !is {
		err = errNotCached
	}
	return value, e.loaded, err
}

// Known are the times of a day as they are known without a call; false where not all of them are.
func (c *Catalog) Known(ctx context.Context, lang string, id int, day string, f Filter) ([]Slot, bool) {
	cached, _ := OnlyCached(ctx)
	company, err := c.Company(cached, lang, id)
	if err != nil {
		return nil, false
	}
	return c.CachedSlots(ctx, company, day, f)
}

// Glimpse are times of a day that are free for sure, as far as answers to other questions tell without a call, and until when a page may
// show them. Unless all is true there may be more.
func (c *Catalog) Glimpse(ctx context.Context, lang string, id int, day string, f Filter) (slots []Slot, until time.Time, all, ok bool) {
	cached, _ := OnlyCached(AcceptLowerBound(ctx))
	company, err := c.Company(cached, lang, id)
	if err != nil {
		return nil, time.Time{}, false, false
	}
	if c.cache.has(slotsKey(id, day, f)) {
		return nil, time.Time{}, false, false // it was noted when it came
	}
	seen, used := c.CollectDeps(cached)
	// A little less than times may be old: the free days, which may be minutes old, then do not count as an answer for one of them.
	deduced, all, _ := c.deduced(seen, company, day, f, c.slotAges(id).Hard-time.Millisecond)
	if !all {
		deduced = c.lowerBound(seen, company, day, f)
	}
	now := c.now()
	return coming(nil, deduced, now), now.Add(used.MaxAge(now)), all, all || len(deduced) > 0
}

// KnownDays are the free days as they are known without a call. No free day is missing among them.
func (c *Catalog) KnownDays(ctx context.Context, lang string, id int, f Filter) ([]string, bool) {
	cached, _ := OnlyCached(ctx)
	cached, used := c.CollectDeps(cached)
	company, err := c.Company(cached, lang, id)
	if err != nil {
		return nil, false
	}
	days, err := c.Dates(cached, company, f)
	return days.Free, err == nil && !used.LowerBound()
}

// Length is how long services take with a master, as far as answers have said it; 0 = not known.
func (c *Catalog) Length(company, master int, services []int) time.Duration {
	return c.length(company, master, servicesKey(services))
}
