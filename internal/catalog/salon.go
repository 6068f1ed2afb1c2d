package catalog

import (
	"context"
	"time"

	"okoshko/internal/flow"
)

// Salon is what is known of a bookform and of where it books, for somebody who wants to know what is wrong with it. A part that is not
// known is nil.
type Salon struct {
	Bookform  *Bookform
	Companies []*Company // of a chain; otherwise the bookform's own
	Company   *Company   // whose services and masters these are; nil in a chain without one that is chosen or fixed
	Services  *Services
	Masters   []Master  // with the slots of their nearest days, as they were when they were asked for
	Err       error     // why a part did not come; the parts after it are not known
	Asked     time.Time // when the oldest of the answers came; zero = nothing is known
}

// salonReader reads the parts of a Salon: by asking for what is not cached, or from the cache only.
type salonReader struct {
	ctx  context.Context
	c    *Catalog
	asks bool
	out  Salon
}

// Salon asks for a bookform and for what it books: a call each for the bookform, its companies, their services and their masters, of
// those that are not cached. lang is the language of the questions, by the bookform (an upstream language code). company chooses a
// branch of a chain; 0 is the one that the bookform fixes.
func (c *Catalog) Salon(ctx context.Context, lang func(*Bookform) string, form, company int) Salon {
	r := salonReader{ctx: ctx, c: c, asks: true}
	r.read(lang, form, company)
	return r.out
}

// CachedSalon is Salon as far as it is cached. It makes no call, and is not counted as a question.
func (c *Catalog) CachedSalon(lang func(*Bookform) string, form, company int) Salon {
	r := salonReader{ctx: context.Background(), c: c}
	r.read(lang, form, company)
	return r.out
}

// read reads part after part, until one is not known.
func (r *salonReader) read(lang func(*Bookform) string, id, company int) {
	var ok bool
	if r.out.Bookform, ok = part(r, about(questionForm, id), r.c.Bookform, id); !ok {
		return
	}
	form, speak := r.out.Bookform, lang(r.out.Bookform)
	if company == 0 {
		company = form.Journey.Apply(flow.Choices{}).Company
	}
	if form.GroupID != 0 {
		companies := func(ctx context.Context, group int) ([]*Company, error) { return r.c.Companies(ctx, speak, group) }
		if r.out.Companies, ok = part(r, about(questionCompanies, form.GroupID).in(speak), companies, form.GroupID); !ok {
			return
		}
	}
	if company == 0 {
		return
	}
	one := func(ctx context.Context, id int) (*Company, error) { return r.c.Company(ctx, speak, id) }
	if r.out.Company, ok = part(r, about(questionCompany, company).in(speak), one, company); !ok {
		return
	}
	r.out.Company = r.c.onClock(r.out.Company)
	if form.GroupID == 0 {
		r.out.Companies = []*Company{r.out.Company}
	}
	if form.GroupEventsOnly {
		return
	}
	services := func(ctx context.Context, id int) (*Services, error) { return r.c.Services(ctx, speak, id, Filter{}) }
	if r.out.Services, ok = part(r, about(questionServices, company).in(speak).by(Filter{}), services, company); !ok {
		return
	}
	masters := func(ctx context.Context, _ int) (staff, error) {
		found, err := cached(ctx, r.c.cache, staffKey(speak, company, Filter{}), r.c.staffAge(Filter{}), r.c.askStaff(speak, r.out.Company, Filter{}))
		if err == nil {
			r.c.mastersOf(ctx, speak, r.out.Company, Filter{}, found) // notes what the list says about other questions
		}
		return found, err
	}
	if found, ok := part(r, staffKey(speak, company, Filter{}), masters, company); ok {
		r.out.Masters = found.masters
		if r.out.Masters == nil {
			r.out.Masters = []Master{} // it is known that there are none
		}
	}
}

// part reads one part, and notes how old it is.
func part[T any](r *salonReader, k key, ask func(context.Context, int) (T, error), id int) (value T, ok bool) {
	if r.asks {
		if value, r.out.Err = ask(r.ctx, id); r.out.Err != nil && !remembered(r.out.Err) {
			return value, false
		}
	}
	e, cached := r.c.cache.entries.GetEntryQuietly(k)
	switch {
	case cached:
		if r.out.Asked.IsZero() || e.Value.loaded.Before(r.out.Asked) {
			r.out.Asked = e.Value.loaded
		}
	case r.asks && r.out.Asked.IsZero():
		r.out.Asked = r.c.now() // it was answered, and the cache did not take it
	}
	if r.asks {
		return value, r.out.Err == nil
	}
	if !cached {
		return value, false
	}
	r.out.Err = e.Value.err
	value, ok = e.Value.value.(T)
	return value, ok && r.out.Err == nil
}
