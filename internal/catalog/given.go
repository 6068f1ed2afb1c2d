package catalog

import (
	"context"
	"slices"
	"time"

	"okoshko/internal/upstream"
)

// What one answer says about other questions is known to the process that has it (told.go). So that every process can tell as much as
// one alone could, each takes up the answers about times that the others share. It costs no call.

// takeUpTimeout bounds how long one answer may take to be taken up.
const takeUpTimeout = time.Second

// takeUpTries is how often it is looked at an answer while changes are told. Salons change less often than that.
const takeUpTries = 3

// Given takes up an answer that another process has shared, by the text of its question's key: those from which others are told
// (masters, days and slots), and those of which first pages are made. Any other one is found in the store when it is needed.
func (c *Catalog) Given(about string) {
	k, ok := readKey(about)
	if !ok || k.slot != "" {
		return
	}
	ctx, cancel := context.WithTimeout(upstream.OnlyShared(context.Background()), takeUpTimeout)
	defer cancel()
	switch k.question { // what a first page needs, so that one that may not ask can be shown too
	case questionForm:
		_, _ = c.Bookform(ctx, k.id)
		return
	case questionCompany:
		_, _ = c.Company(ctx, k.lang, k.id)
		return
	case questionServices:
		if k.services == "" && k.master == 0 {
			_, _ = c.Services(ctx, k.lang, k.id, Filter{})
		}
		return
	}
	if !slices.Contains([]string{questionStaff, questionDates, questionSlots}, k.question) {
		return
	}
	company, f, ok := c.companyOf(ctx, k)
	if !ok {
		return
	}
	switch k.question {
	case questionStaff:
		found, _, ok := takeUp(ctx, c, k, c.staffAge(f), c.askStaff(k.lang, company, f))
		if ok {
			found.told.Do(func() { c.propagate(k.lang, company, f, found) })
		}
	case questionDates:
		from, err := time.Parse(time.DateOnly, k.day)
		if err != nil {
			return
		}
		if days, asked, ok := takeUp(ctx, c, k, c.dateAges(k.id), c.datesOf(k.id, from, f)); ok {
			c.observeDays(k.id, f, days, asked)
		}
	case questionSlots:
		if slots, asked, ok := takeUp(ctx, c, k, c.slotAges(k.id), c.slotsOf(company, k, f)); ok {
			c.observeTimes(k.id, k.day, f, slots, asked)
		}
	}
}

// companyOf is the company of a question, and what narrows the question.
func (c *Catalog) companyOf(ctx context.Context, k key) (*Company, Filter, bool) {
	f := Filter{Master: k.master}
	services, ok := readServices(k.services)
	if !ok {
		return nil, f, false
	}
	f.Services = services
	lang := k.lang
	if lang == "" {
		known, _ := c.langs.Load(k.id)
		if lang, _ = known.(string); lang == "" {
			return nil, f, false // nobody has looked at it here
		}
	}
	cached, _ := OnlyCached(ctx)
	company, err := c.Company(cached, lang, k.id)
	if err != nil {
		company, err = c.Company(ctx, lang, k.id)
	}
	return company, f, err == nil
}

// takeUp puts a shared answer into the cache, unless there is one that is as young. What makes answers untrue may be told while one
// is on its way here, and then it is looked at again.
func takeUp[T any](ctx context.Context, c *Catalog, k key, ages Ages, ask func(context.Context) (T, error)) (value T, asked time.Time, ok bool) {
	for range takeUpTries {
		before := c.changes.Load()
		w := wishFor(k, ages)
		w.Only = true
		answer, age, err := c.cache.shared(ctx, k, w, func(ctx context.Context) (any, error) { return ask(ctx) })
		if e, in := c.cache.entries.GetIfPresent(k); ok && in && e.loaded.Equal(asked) {
			c.cache.entries.Invalidate(k) // which was put before the change was known
		}
		if value, ok = answer.(T); err != nil || !ok {
			return value, asked, false
		}
		asked = c.now().Add(-age)
		if ok = c.putYounger(k, value, ages, asked); !ok || c.changes.Load() == before {
			return value, asked, ok
		}
	}
	return value, asked, ok
}
