package catalog

import (
	"context"
	"slices"
	"sync"

	"okoshko/internal/flow"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/answers"
)

// A page that lacks several answers asks for them side by side. What is begun here is asked for at once; the page joins the same
// calls when it comes to need their answers.

// begin asks in the background what a page is about to wait for. The answer is none of the page's deps until the page asks for it.
func (c *Catalog) begin(ctx context.Context, ask func(context.Context)) {
	c.behind.do(func() { ask(context.WithValue(ctx, depsKey{}, (*Deps)(nil))) })
}

// lacks says whether a page would have to wait for an answer.
func (c *Catalog) lacks(k key) bool {
	_, err := c.cache.usable(k)
	return err != nil
}

// BeginFirst begins what the first page of a salon needs that begins with its services: the company, its services and its masters.
// Without it each of them would wait for the one before. It asks nothing else than the page does.
func (c *Catalog) BeginFirst(ctx context.Context, lang string, form *Bookform, choices flow.Choices) {
	choices = form.Journey.Apply(choices)
	company := choices.Company
	if company == 0 || form.GroupEventsOnly || form.Journey.Next(choices) != flow.Service || !choices.Slot.IsZero() || choices.HasMaster ||
		len(form.Journey.Preselected(flow.Service, choices).Services) > 0 || onlyCached(ctx) || c.sparing() {
		return
	}
	var missing []func(context.Context)
	if c.lacks(about("company", company).in(lang)) {
		missing = append(missing, func(ctx context.Context) { _, _ = c.Company(ctx, lang, company) })
	}
	if c.lacks(about(questionServices, company).in(lang).by(Filter{})) {
		missing = append(missing, func(ctx context.Context) { _, _ = c.Services(ctx, lang, company, Filter{}) })
	}
	if k := staffKey(lang, company, Filter{}); form.Journey.Has(flow.Master) && c.lacks(k) {
		missing = append(missing, func(ctx context.Context) {
			_, _ = cached(ctx, c.cache, k, c.staffAge(Filter{}), c.askStaffOf(lang, company))
		})
	}
	if len(missing) < 2 {
		return
	}
	for _, ask := range missing {
		c.begin(ctx, ask)
	}
}

// askStaffOf is the question who works at a company that is not known yet, and is asked for at the same time.
func (c *Catalog) askStaffOf(lang string, id int) func(context.Context) (staff, error) {
	return func(ctx context.Context) (staff, error) {
		var company *Company
		var unknown error
		var known sync.WaitGroup
		known.Go(func() { company, unknown = c.Company(ctx, lang, id) })
		asked := c.now()
		raw, err := c.client.In(lang).Staff(ctx, id, upstream.StaffParams{})
		age := answers.AgeOf(ctx)
		known.Wait()
		if err == nil {
			err = unknown
		}
		if err != nil {
			return staff{}, err
		}
		if age > 0 {
			asked = c.now().Add(-age)
		}
		return staff{masters: c.masters(raw, company), asked: asked, told: &sync.Once{}}, nil
	}
}

// BeginTimes begins the question for the free days of a page of times that has a row of masters, while the masters are asked for. It
// asks nothing else than the page does, and nothing about services that are not known to be offered.
func (c *Catalog) BeginTimes(ctx context.Context, lang string, form *Bookform, choices flow.Choices) {
	journey := form.Journey
	choices = journey.Apply(choices)
	if choices.Company == 0 || choices.GroupEvent != 0 || len(choices.Services) == 0 || !journey.SharesPage() || onlyCached(ctx) || c.sparing() {
		return
	}
	known, _ := OnlyCached(context.WithValue(ctx, depsKey{}, (*Deps)(nil)))
	company, err := c.Company(known, lang, choices.Company)
	if err != nil || company.Closed || !choices.HasMaster && (!company.AnyMaster || journey.Preselected(flow.Master, choices).HasMaster) {
		return
	}
	offered, err := c.Services(known, lang, company.ID, Filter{})
	if err != nil || slices.ContainsFunc(choices.Services, func(id int) bool {
		service := offered.Find(id)
		return service == nil || form.BarsService(service) != BarNone
	}) {
		return
	}
	n := journey.Offered(choices)
	f := Filter{Services: n.Services, Master: n.Master, Slot: n.Slot}
	if c.lacks(datesKey(company, c.monthStart(company), f)) {
		c.begin(ctx, func(ctx context.Context) { _, _ = c.Dates(ctx, company, f) })
	}
}
