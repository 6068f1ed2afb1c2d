package catalog

import (
	"context"
	"slices"
	"time"
)

// Masters answers who can do the chosen services; masters who can be booked come first. The same call brings the slots of
// each master's nearest free day. Slots change more often than masters do: they are left out once they are older than
// slots may be, and the nearest time once it is older than free days may be. The rest of the answer stays in use.
func (c *Catalog) Masters(ctx context.Context, lang string, company *Company, f Filter) ([]Master, error) {
	if masters, ok := c.ableTogether(ctx, lang, company, f); ok {
		return masters, nil
	}
	found, err := cached(ctx, c.cache, staffKey(lang, company.ID, f), c.staffAge(f), c.askStaff(lang, company, f))
	if err != nil {
		return nil, err
	}
	return c.mastersOf(ctx, lang, company, f, found), nil
}

// ableTogether are the masters who do each of several services, from the lists of masters for each one. It is used while
// calls are scarce and these very services have not been asked about yet: there are few lists for one service, while a
// crawler finds ever new choices of several. One missing list is asked for, because it serves other visitors too. When a
// master is free for all the services is not known then. The result is false where the lists do not tell.
func (c *Catalog) ableTogether(ctx context.Context, lang string, company *Company, f Filter) ([]Master, bool) {
	if len(f.Services) < 2 || !f.Slot.IsZero() || !c.sparing() || c.cache.has(staffKey(lang, company.ID, f)) {
		return nil, false
	}
	missing := 0
	for _, id := range f.Services {
		if !c.cache.has(staffKey(lang, company.ID, Filter{Services: []int{id}})) {
			missing++
		}
	}
	if missing > 1 {
		return nil, false
	}
	var out []Master
	for i, id := range f.Services {
		able, err := c.Masters(ctx, lang, company, Filter{Services: []int{id}})
		if err != nil {
			return nil, false
		}
		if i == 0 {
			out = slices.Clone(able)
		}
		both := out[:0]
		for _, m := range out {
			if k := slices.IndexFunc(able, func(other Master) bool { return other.ID == m.ID }); k >= 0 {
				m.Bookable = m.Bookable && able[k].Bookable
				both = append(both, m)
			}
		}
		out = both
	}
	for i := range out {
		out[i].Nearest, out[i].Slots = time.Time{}, nil
	}
	return out, true
}

// CachedMasters is Masters without a call. A page that can do without the list stays in use until it would have been known.
func (c *Catalog) CachedMasters(ctx context.Context, lang string, company *Company, f Filter) ([]Master, bool) {
	known, _ := OnlyCached(ctx)
	known, used := c.CollectDeps(known)
	masters, err := c.Masters(known, lang, company, f)
	if err != nil {
		return nil, false
	}
	depsOf(ctx).merge(used)
	return masters, true
}

// MasterName returns the name of a master who can be booked for something; "" = not known. It costs at most the list of all masters,
// which the page of services asks for too; while calls are scarce only a cached list is used.
func (c *Catalog) MasterName(ctx context.Context, lang string, company *Company, id int) string {
	if c.sparing() {
		ctx, _ = OnlyCached(ctx)
	}
	all, err := c.Masters(ctx, lang, company, Filter{})
	if err != nil {
		return ""
	}
	if i := slices.IndexFunc(all, func(m Master) bool { return m.ID == id && m.Bookable }); i >= 0 {
		return all[i].Name
	}
	return ""
}

// MastersNow is Masters with slots that can be chosen: unless calls are scarce, the list is asked for again once its slots
// are too old.
func (c *Catalog) MastersNow(ctx context.Context, lang string, company *Company, f Filter) ([]Master, error) {
	found, ok := cachedValue[staff](c, staffKey(lang, company.ID, f))
	if !ok || c.sparing() || onlyCached(ctx) || c.now().Sub(found.asked) < c.slotAges(company.ID).Hard {
		return c.Masters(ctx, lang, company, f)
	}
	return c.renewed(ctx, lang, company, f)
}

// MastersWithTimes is Masters for a page that shows the slots of a master's nearest day, 0 = of any: unless these are cached, the list,
// which has them all, is asked for again, and no question is about the day alone.
func (c *Catalog) MastersWithTimes(ctx context.Context, lang string, company *Company, f Filter, master int) ([]Master, error) {
	who, _ := cachedValue[able](c, ableKey(company.ID, servicesKey(f.Services)))
	day, of := who.nearest[master], f
	if of.Master = master; master == 0 {
		day = who.first
	}
	if day == "" || c.cache.has(slotsKey(company.ID, day, of)) {
		return c.Masters(ctx, lang, company, f)
	}
	return c.MastersNow(ctx, lang, company, f)
}

// renewed asks for a list of masters again, unless it is as young as slots may be. The old list stays in use when no new
// one comes.
func (c *Catalog) renewed(ctx context.Context, lang string, company *Company, f Filter) ([]Master, error) {
	k, ask := staffKey(lang, company.ID, f), c.askStaff(lang, company, f)
	e, ok := c.cache.entries.GetIfPresent(k)
	found, is := e.value.(staff)
	if ok && is && c.now().Sub(found.asked) >= c.slotAges(company.ID).Hard {
		c.cache.waitFresh(ctx, k, loaderOf(c.cache, c.staffAge(f), ask), e)
	}
	return c.Masters(ctx, lang, company, f)
}

// mastersOf are the masters of an answer, with those of their slots that are still true.
func (c *Catalog) mastersOf(ctx context.Context, lang string, company *Company, f Filter, found staff) []Master {
	found.told.Do(func() { c.propagate(lang, company, f, found) }) // here, because a loader may not write to the cache
	now, deps := c.now(), depsOf(ctx)
	age, shown := now.Sub(found.asked), c.slotAges(company.ID).Hard
	for _, good := range []time.Duration{shown, c.ages.dates.Soft} {
		if age <= good {
			deps.until(found.asked.Add(good))
			break
		}
	}
	out := slices.Clone(found.masters)
	for i := range out {
		out[i].Slots = coming(deps, out[i].Slots, now)
		if age <= c.ages.dates.Soft && len(out[i].Slots) > 0 {
			out[i].Nearest = out[i].Slots[0].Start
		}
		if age > shown {
			out[i].Slots = nil
		}
	}
	return out
}

// PricesOf are services as a master does them: with the master's own prices and lengths, where the upstream tells them
// (rest-api: book_services, staff_id). One answer serves a master. It is asked for only where a price is a range or is not
// named, because one exact price holds for all masters. Without the answer the services stay as they are.
func (c *Catalog) PricesOf(ctx context.Context, lang string, company int, services []*Service, master *Master) []*Service {
	if !pricesVary(services, master) {
		return services
	}
	if c.sparing() {
		ctx, _ = OnlyCached(ctx) // a hint is not worth a wait
	}
	return c.priced(ctx, lang, company, services, master)
}

// pricesVary says whether a master may do some of the services at another price than others do.
func pricesVary(services []*Service, master *Master) bool {
	return master != nil && slices.ContainsFunc(services, func(s *Service) bool { return !s.Price.IsExact() })
}

// PricesSoon is PricesOf for a page that waits for the answer only shortly.
func (c *Catalog) PricesSoon(ctx context.Context, lang string, company int, services []*Service, master *Master) []*Service {
	if !pricesVary(services, master) {
		return services
	}
	f := Filter{Master: master.ID}
	k := about(questionServices, company).in(lang).by(f)
	if _, ok := soon(ctx, c, k, func(ctx context.Context) (*Services, error) { return c.Services(ctx, lang, company, f) }); !ok {
		depsOf(ctx).until(c.now().Add(lowerBoundFor)) // by then they may be known
		return services
	}
	return c.priced(ctx, lang, company, services, master)
}

// priced are services with a master's prices, as far as these are known.
func (c *Catalog) priced(ctx context.Context, lang string, company int, services []*Service, master *Master) []*Service {
	byMaster, err := c.Services(ctx, lang, company, Filter{Master: master.ID})
	if err != nil {
		return services
	}
	out := slices.Clone(services)
	for i, service := range out {
		if theirs := byMaster.Find(service.ID); theirs != nil {
			out[i] = theirs
		}
	}
	return out
}
