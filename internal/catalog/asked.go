package catalog

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"okoshko/internal/upstream"
	"okoshko/internal/upstream/answers"
)

// This file holds the questions that are put to the upstream, except those about group events and lengths, which have
// files of their own. cache.go makes equal questions one call.

// Filter narrows a question by what is already chosen. The zero Filter narrows nothing.
type Filter struct {
	Services []int
	Master   int // 0 = any
	Slot     time.Time
}

// age is how long an answer to a narrowed question is good. With a slot it says who is free, as answers about slots do.
func (c *Catalog) age(f Filter) Ages {
	if !f.Slot.IsZero() {
		return c.ages.slots
	}
	return c.ages.entries
}

// staffAge is age for who does the services. When masters are free next comes with the answer, so it is asked for again as soon as
// free days are.
func (c *Catalog) staffAge(f Filter) Ages {
	ages := c.age(f)
	ages.Fresh = min(ages.Fresh, c.ages.dates.Fresh)
	return ages
}

// Bookform answers a bookform by its id.
func (c *Catalog) Bookform(ctx context.Context, id int) (*Bookform, error) {
	return cached(ctx, c.cache, about(questionForm, id), c.ages.bookforms, func(ctx context.Context) (*Bookform, error) {
		raw, err := c.client.Bookform(ctx, id)
		if err != nil {
			return nil, err
		}
		return c.bookform(id, raw), nil
	})
}

// Company answers one company in a language (an upstream language code such as "lv-LV").
func (c *Catalog) Company(ctx context.Context, lang string, id int) (*Company, error) {
	k := about(questionCompany, id).in(lang)
	if _, seen := c.languages.Load(k.lang); !seen {
		c.languages.Store(k.lang, true)
	}
	company, err := cached(ctx, c.cache, k, c.ages.entries, func(ctx context.Context) (*Company, error) {
		raw, err := c.client.In(lang).Company(ctx, id, upstream.CompanyParams{ForBooking: true})
		if err != nil {
			return nil, err
		}
		if raw.Location == upstream.Unzoned {
			raw.Location = c.askZone(ctx, id)
			if raw.Location == upstream.Unzoned && upstream.IsOnlyShared(ctx) {
				return nil, errNoZone // another one may know it, who may ask
			}
		}
		c.langs.Store(id, lang)
		return c.company(raw), nil
	})
	if err != nil {
		return nil, err
	}
	return c.onClock(company), nil
}

// errNoZone says that a company's zone is not among the shared answers.
var errNoZone = &upstream.Error{Kind: upstream.KindBudget, Op: "zone"}

// askZone asks for the nearest slots of a company that names no zone. Their offset is its zone.
func (c *Catalog) askZone(ctx context.Context, company int) *time.Location {
	nearest, err := c.client.NearestSeances(ctx, company, 0)
	if err != nil {
		return upstream.Unzoned // the company can be shown without it
	}
	for _, s := range nearest {
		if start, _ := s.In(upstream.Unzoned); start.Location() != upstream.Unzoned {
			return start.Location()
		}
	}
	return upstream.Unzoned
}

// Companies answers the bookable companies of a chain, those that the chain ranks higher first.
func (c *Catalog) Companies(ctx context.Context, lang string, group int) ([]*Company, error) {
	return cached(ctx, c.cache, about(questionCompanies, group).in(lang), c.ages.entries, func(ctx context.Context) ([]*Company, error) {
		var all []*Company
		for raw, err := range c.client.In(lang).AllCompanies(ctx, upstream.CompaniesParams{Group: group, Active: true, ForBooking: true}) {
			if err != nil {
				return nil, err
			}
			all = append(all, c.company(raw))
		}
		slices.SortStableFunc(all, func(a, b *Company) int { return cmp.Compare(b.Priority, a.Priority) })
		return all, nil
	})
}

// Services answers what may be booked at a company, narrowed by what is already chosen.
func (c *Catalog) Services(ctx context.Context, lang string, company int, f Filter) (*Services, error) {
	return cached(ctx, c.cache, about(questionServices, company).in(lang).by(f), c.age(f), func(ctx context.Context) (*Services, error) {
		raw, err := c.client.In(lang).Services(ctx, company, upstream.ServicesParams{Staff: f.Master, Datetime: f.Slot, Services: f.Services})
		if err != nil {
			return nil, err
		}
		whole, _ := cachedValue[*Services](c, about(questionServices, company).in(lang).by(Filter{}))
		return c.services(raw).shared(whole, reflect.DeepEqual(f, Filter{})), nil
	})
}

// askStaff is the question who does some services.
func (c *Catalog) askStaff(lang string, company *Company, f Filter) func(context.Context) (staff, error) {
	return func(ctx context.Context) (staff, error) {
		asked := c.now() // before the call, so that no slot counts as younger than it is
		raw, err := c.client.In(lang).Staff(ctx, company.ID, upstream.StaffParams{Services: f.Services, Datetime: f.Slot})
		if err != nil {
			return staff{}, err
		}
		if age := answers.AgeOf(ctx); age > 0 {
			asked = c.now().Add(-age)
		}
		found := staff{masters: c.masters(raw, company), asked: asked, told: &sync.Once{}}
		if f.Slot.IsZero() {
			for _, m := range found.masters {
				with := f
				with.Master = m.ID
				c.hooked.compare(slotsKey(company.ID, m.Day, with), m.Slots, asked)
			}
		}
		return found, nil
	}
}

// monthsAhead is how far ahead days are asked for, in one question. Few salons open their books further. It must not
// be more than twelve: the upstream may name days by their month alone (rest-api: book_dates).
const monthsAhead = 12

// askDays asks for days, all months at once: one answer serves every page of the calendar and tells the first free day.
func (c *Catalog) askDays(ctx context.Context, company *Company, f Filter) (Dates, error) {
	from := c.monthStart(company)
	days, came, err := cachedSince(ctx, c.cache, datesKey(company, from, f), c.dateAges(company.ID), c.datesOf(company.ID, from, f))
	if err == nil {
		c.observeDays(company.ID, f, days, came)
	}
	return days, err
}

// datesOf is the question for the days of the months from one on.
func (c *Catalog) datesOf(company int, from time.Time, f Filter) func(context.Context) (Dates, error) {
	first, last := from.Format(time.DateOnly), from.AddDate(0, monthsAhead, -1).Format(time.DateOnly)
	return func(ctx context.Context) (Dates, error) {
		raw, err := c.client.Dates(ctx, company, upstream.DatesParams{Staff: f.Master, Services: f.Services, From: first, To: last})
		if err != nil {
			return Dates{}, err
		}
		return Dates{Free: raw.Booking, Working: raw.Working}, nil
	}
}

// monthStart is the first day of the present month where the company is.
func (c *Catalog) monthStart(company *Company) time.Time {
	now := c.now().In(company.Location)
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// askTimes asks for the slots of a day.
func (c *Catalog) askTimes(ctx context.Context, company *Company, date string, f Filter) ([]Slot, error) {
	k := slotsKey(company.ID, date, f)
	all, came, err := cachedSince(ctx, c.cache, k, c.slotAges(company.ID), c.slotsOf(company, k, f))
	if err != nil {
		return nil, err
	}
	c.observeTimes(company.ID, date, f, all, came)
	return all, nil
}

// slotsOf is the question for the slots of a day.
func (c *Catalog) slotsOf(company *Company, k key, f Filter) func(context.Context) ([]Slot, error) {
	return func(ctx context.Context) ([]Slot, error) {
		asked := c.now()
		raw, err := c.client.Times(ctx, company.ID, f.Master, k.day, f.Services)
		if err != nil {
			return nil, err
		}
		slots := c.slots(company, raw)
		c.hooked.compare(k, slots, asked.Add(-answers.AgeOf(ctx)))
		return slots, nil
	}
}

// Question is a question of the salon on the contact page (rest-api: custom_fields of a bookform).
type Question = upstream.CustomField

// QuestionOption is an answer that a question with a list offers.
type QuestionOption = upstream.FieldValue

// Questions answers the salon's questions of a bookform, in one call, for as long as the bookform itself. An upstream that
// does not know of such questions has none.
func (c *Catalog) Questions(ctx context.Context, lang string, form int) ([]Question, error) {
	return cachedOptional(ctx, c.cache, about("fields", form).in(lang), c.ages.bookforms, func(ctx context.Context) ([]Question, error) {
		fields, err := c.client.In(lang).CustomFields(ctx, form)
		if upstream.KindOf(err) == upstream.KindNotFound {
			return []Question{}, nil
		}
		return fields, err
	})
}

// Privacy answers a company's agreement on personal data as sanitised HTML, "" when it has none. The call is made only
// when a visitor opens the page of the agreement.
func (c *Catalog) Privacy(ctx context.Context, lang string, company int) (string, error) {
	return cachedOptional(ctx, c.cache, about(questionPrivacy, company).in(lang), c.ages.bookforms, func(ctx context.Context) (string, error) {
		raw, err := c.client.In(lang).Privacy(ctx, company)
		if upstream.KindOf(err) == upstream.KindNotFound {
			return "", nil
		}
		return c.sanitise.document(raw), err
	})
}
