package catalog

import (
	"context"
	"time"

	"okoshko/internal/flow"
)

// What the page of windows needs: it lists what is free soon, and must cost the upstream next to nothing.

// ResolvePlace is Resolve as far as city and company. The other choices stay as they are, so that they cause no question.
func (c *Catalog) ResolvePlace(ctx context.Context, lang string, form *Bookform, choices flow.Choices) (*Selection, error) {
	journey := form.Journey.On(c.now().UTC().Format(time.DateOnly))
	r := &resolver{catalog: c, ctx: ctx, lang: lang, bookform: form, Selection: &Selection{
		Journey: journey, Choices: journey.Apply(choices), Sole: map[flow.Step]bool{},
	}}
	for _, check := range []func() error{r.city, r.company} {
		if err := check(); err != nil {
			return r.Selection, err
		}
	}
	r.Open = journey.Next(r.Choices)
	return r.Selection, nil
}

// MastersLately is Masters for a page that is content with what is known. The list is asked for only where it is missing or older
// than every, and where may says that a call can be spent on it. Else the list that is cached will do; ok is false where
// there is none.
func (c *Catalog) MastersLately(ctx context.Context, lang string, company *Company, f Filter, every time.Duration, may func() bool) (masters []Master, ok bool) {
	k := staffKey(lang, company.ID, f)
	found, known := cachedValue[staff](c, k)
	switch {
	case onlyCached(ctx): // whoever forbids the call wants to know that it is missing
		masters, err := c.Masters(ctx, lang, company, f)
		return masters, err == nil
	case known && c.now().Sub(found.asked) < max(every, c.slotAges(company.ID).Hard):
		return c.CachedMasters(ctx, lang, company, f)
	case !known && c.cache.asking.underWay(k), may():
		masters, err := c.renewed(ctx, lang, company, f)
		if err == nil {
			return masters, true
		}
	}
	depsOf(ctx).until(c.now().Add(lowerBoundFor)) // by then it may be known, or be asked for
	return c.CachedMasters(ctx, lang, company, f)
}

// underWay says whether a question is being asked.
func (a *asking) underWay(k key) bool {
	if a.some.Load() == 0 {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tickets[k] != nil
}
