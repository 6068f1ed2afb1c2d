// Package catalog is the read side: what may be booked. It answers from a cache in front of the
// upstream, translates the upstream's wire types into the ones the pages need (zones resolved,
// pictures checked, HTML sanitised) and checks a customer's choices against what is offered now.
//
// Many people look and the upstream allows few calls, so equal questions are asked once and
// answers are kept as long as the configuration allows.
package catalog

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"time"

	"okoshko/internal/csp"
	"okoshko/internal/flow"
	"okoshko/internal/upstream"
)

// Options are what a Catalog is made of.
type Options struct {
	Client   *upstream.Client
	BaseURL  string   // origin of the upstream; pictures given without a host belong to it
	Pictures []string // https origins of pictures beside the upstream's; "*" = all
	Now      func() time.Time
	// Scarce says that calls are scarce: what is stale then stays in use up to its hard limit, what is known comes
	// before a question, and some of an answer is better than waiting for it. Busy says that whoever asks just now
	// has to wait: what is known of times and days comes before that too. nil: never.
	Scarce, Busy func() bool

	Prepayment map[int]Prepayment // what forms do with what is paid for in advance; the others book it

	Bookforms Ages // bookforms
	Entries   Ages // cities, companies, services, staff
	Dates     Ages
	Slots     Ages
	// MaxBytes bounds the memory that the answers take, about (0: as much as is usual), and MaxEntries their number.
	MaxBytes, MaxEntries int
	Watch                Watch        // nil: nobody looks
	Log                  *slog.Logger // nil: nobody reads
}

// Watch is told what an operator wants to count: a question to the cache and what came of it, "fresh",
// "stale", "miss" (the upstream was asked) or "error".
type Watch interface {
	Lookup(question, result string)
	// Disagrees counts that two parts of an answer say different things about something.
	Disagrees(about string)
}

// Catalog answers questions about what may be booked. It is safe for concurrent use; what it
// returns is shared and must not be changed.
type Catalog struct {
	client     *upstream.Client
	pictures   pictures
	now        func() time.Time
	cache      *cache
	ages       struct{ bookforms, entries, dates, slots Ages }
	sanitise   *sanitiser
	prepayment map[int]Prepayment
	busy       func() bool
	diaries    sync.Mutex // whoever adds to what is kept of a day
	log        *slog.Logger
	// The companies whose times show another clock than their zone: by their ids the zone of the times, and whether it was
	// logged.
	clocks, disagreed sync.Map
}

// New makes a Catalog.
func New(o Options) (*Catalog, error) {
	origin, err := url.Parse(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("catalog: base URL: %w", err)
	}
	c := &Catalog{
		client: o.Client, pictures: pictures{origin, csp.SourcesOf(o.Pictures...)}, now: o.Now, cache: newCache(o.MaxBytes, o.MaxEntries, o.Now, o.Scarce, o.Watch),
		sanitise: newSanitiser(), prepayment: o.Prepayment, log: o.Log,
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.busy = o.Busy; c.busy == nil {
		c.busy = func() bool { return false }
	}
	c.ages.bookforms, c.ages.entries, c.ages.dates, c.ages.slots = o.Bookforms, o.Entries, o.Dates, o.Slots
	return c, nil
}

// Down says that the upstream does not answer, so that what is shown is what was kept.
func (c *Catalog) Down() bool { return c.client.Down() }

// Scarce says that calls are scarce.
func (c *Catalog) Scarce() bool { return c.cache.scarce() }

// sparing says that a question about slots or days would make another visitor wait.
func (c *Catalog) sparing() bool { return c.cache.scarce() || c.busy() }

// Answers is how many answers the cache holds, about.
func (c *Catalog) Answers() int { return c.cache.entries.EstimatedSize() }

// Weight is about how many bytes the answers take.
func (c *Catalog) Weight() int { return int(c.cache.entries.WeightedSize()) } //nolint:gosec // bounded by MaxBytes

// Close stops the cache's goroutines.
func (c *Catalog) Close() { c.cache.close() }

// Bookform answers a bookform by its id. Errors: not found, and those of an upstream that is down.
func (c *Catalog) Bookform(ctx context.Context, id int) (*Bookform, error) {
	return cached(ctx, c.cache, about("form", id), c.ages.bookforms, func(ctx context.Context) (*Bookform, error) {
		raw, err := c.client.Bookform(ctx, id)
		if err != nil {
			return nil, err
		}
		return c.bookform(id, raw), nil
	})
}

// Company answers one company in a language (an upstream language code such as "lv-LV").
func (c *Catalog) Company(ctx context.Context, lang string, id int) (*Company, error) {
	company, err := cached(ctx, c.cache, about("company", id).in(lang), c.ages.entries, func(ctx context.Context) (*Company, error) {
		raw, err := c.client.In(lang).Company(ctx, id, upstream.CompanyParams{ForBooking: true})
		if err != nil {
			return nil, err
		}
		if raw.Location == upstream.Unzoned {
			raw.Location = c.askZone(ctx, id)
		}
		return c.company(raw), nil
	})
	if err != nil {
		return nil, err
	}
	return c.onClock(company), nil
}

// Companies answers the bookable companies of a chain, the more important first.
func (c *Catalog) Companies(ctx context.Context, lang string, group int) ([]*Company, error) {
	return cached(ctx, c.cache, about("companies", group).in(lang), c.ages.entries, func(ctx context.Context) ([]*Company, error) {
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

// Cities answers the cities in which a chain has bookable companies. In what order they are read is for the page's
// language to say.
func (c *Catalog) Cities(ctx context.Context, lang string, group int) ([]City, error) {
	companies, err := c.Companies(ctx, lang, group)
	if err != nil {
		return nil, err
	}
	byID := map[int]*City{}
	var cities []*City
	for _, company := range companies {
		if company.Closed {
			continue
		}
		city := byID[company.CityID]
		if city == nil {
			// The companies name their city, so the list of all the cities in the world is not asked for.
			city = &City{ID: company.CityID, Title: company.City}
			byID[company.CityID] = city
			cities = append(cities, city)
		}
		if city.ID == noCity && city.Title != company.City {
			city.Title = "" // of the branches without a city; each may have named another one
		}
		city.Companies++
	}
	if city := byID[noCity]; city != nil && slices.ContainsFunc(cities, func(other *City) bool { return other != city && other.Title == city.Title }) {
		city.Title = ""
	}
	out := make([]City, len(cities))
	for i, city := range cities {
		out[i] = *city
	}
	return out, nil
}

// Services answers what may be booked at a company, narrowed by what is already chosen.
func (c *Catalog) Services(ctx context.Context, lang string, company int, f Filter) (*Services, error) {
	return cached(ctx, c.cache, about("services", company).in(lang).by(f), c.age(f), func(ctx context.Context) (*Services, error) {
		raw, err := c.client.In(lang).Services(ctx, company, upstream.ServicesParams{Staff: f.Master, Datetime: f.Slot, Services: f.Services})
		if err != nil {
			return nil, err
		}
		whole, _ := cachedValue[*Services](c, about("services", company).in(lang).by(Filter{}))
		return c.services(raw).shared(whole, reflect.DeepEqual(f, Filter{})), nil
	})
}

// PricesOf are services as a master does them: with the master's own prices and lengths, where the upstream tells them
// (rest-api: book_services, staff_id). That is one kept answer for a master. It is asked for where a price is a range or is
// not named; one exact price is everybody's. Without the answer the services stay as they are.
func (c *Catalog) PricesOf(ctx context.Context, lang string, company int, services []*Service, master *Master) []*Service {
	if master == nil || !slices.ContainsFunc(services, func(s *Service) bool { return !s.Price.IsExact() }) {
		return services
	}
	if c.sparing() {
		ctx, _ = OnlyCached(ctx) // nobody waits for a hint
	}
	own, err := c.Services(ctx, lang, company, Filter{Master: master.ID})
	if err != nil {
		return services
	}
	out := slices.Clone(services)
	for i, service := range out {
		if theirs := own.Find(service.ID); theirs != nil {
			out[i] = theirs
		}
	}
	return out
}

// Masters answers who can do the chosen services, those who can be booked first. The one call
// brings everybody's nearest free day with its times too. They change more often than people do, so
// the times are left out once they are older than times may be, and what is said of the nearest one once it
// is older than free days may be; the rest of the answer lives on.
func (c *Catalog) Masters(ctx context.Context, lang string, company *Company, f Filter) ([]Master, error) {
	if masters := c.ableTogether(ctx, lang, company, f); masters != nil {
		return masters, nil
	}
	found, err := cached(ctx, c.cache, staffKey(lang, company.ID, f), c.age(f), c.askStaff(lang, company, f))
	if err != nil {
		return nil, err
	}
	return c.mastersOf(ctx, lang, company, f, found), nil
}

// ableTogether are the masters who do each of several services, while calls are scarce and nobody has asked for just
// these: the lists for one service are few, and there is no end to the choices of several that a crawler finds. One list
// that is lacking is asked for, because it serves more people. When a master is free for all of them, and whether on any day, nobody
// knows then. None are answered where the lists do not tell.
func (c *Catalog) ableTogether(ctx context.Context, lang string, company *Company, f Filter) []Master {
	if len(f.Services) < 2 || !f.Slot.IsZero() || !c.sparing() || c.cache.has(staffKey(lang, company.ID, f)) {
		return nil
	}
	lacking := 0
	for _, id := range f.Services {
		if !c.cache.has(staffKey(lang, company.ID, Filter{Services: []int{id}})) {
			lacking++
		}
	}
	if lacking > 1 {
		return nil
	}
	var out []Master
	for i, id := range f.Services {
		able, err := c.Masters(ctx, lang, company, Filter{Services: []int{id}})
		if err != nil {
			return nil
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
	return out
}

// MastersNow is Masters with times that can be chosen: while calls are to be had, the list is asked for again
// once they are too old.
func (c *Catalog) MastersNow(ctx context.Context, lang string, company *Company, f Filter) ([]Master, error) {
	found, ok := cachedValue[staff](c, staffKey(lang, company.ID, f))
	if !ok || c.sparing() || onlyCached(ctx) || c.now().Sub(found.asked) < c.ages.slots.Hard {
		return c.Masters(ctx, lang, company, f)
	}
	return c.renewed(ctx, lang, company, f)
}

// renewed asks for a list of masters again, unless it is as young as times may be. The old one stays when no
// new one comes.
func (c *Catalog) renewed(ctx context.Context, lang string, company *Company, f Filter) ([]Master, error) {
	k, ask := staffKey(lang, company.ID, f), c.askStaff(lang, company, f)
	e, ok := c.cache.entries.GetIfPresent(k)
	found, is := e.value.(staff)
	if ok && is && c.now().Sub(found.asked) >= c.ages.slots.Hard {
		c.cache.waitFresh(ctx, k, loaderOf(c.cache, c.age(f), ask), e)
	}
	return c.Masters(ctx, lang, company, f)
}

func (c *Catalog) askStaff(lang string, company *Company, f Filter) func(context.Context) (staff, error) {
	return func(ctx context.Context) (staff, error) {
		asked := c.now() // before the question, so that no time is taken for younger than it is
		raw, err := c.client.In(lang).Staff(ctx, company.ID, upstream.StaffParams{Services: f.Services, Datetime: f.Slot})
		if err != nil {
			return staff{}, err
		}
		return staff{masters: c.masters(raw, company), asked: asked, told: &sync.Once{}}, nil
	}
}

// mastersOf are the masters of an answer with what of their times is still true.
func (c *Catalog) mastersOf(ctx context.Context, lang string, company *Company, f Filter, found staff) []Master {
	found.told.Do(func() { c.tell(lang, company, f, found) }) // here, because a loader may not write to the cache
	now, deps := c.now(), depsOf(ctx)
	age := now.Sub(found.asked)
	for _, good := range []time.Duration{c.ages.slots.Hard, c.ages.dates.Soft} {
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
		if age > c.ages.slots.Hard {
			out[i].Slots = nil
		}
	}
	return out
}

// coming are the slots, in order of time, that are not over.
func coming(deps *Deps, slots []Slot, now time.Time) []Slot {
	i := slices.IndexFunc(slots, func(s Slot) bool { return s.Start.After(now) })
	if i < 0 {
		return nil
	}
	deps.until(slots[i].Start)
	return slots[i:]
}

// monthsAhead is how far ahead days are asked for, in one question. Few salons open their books further. It must not
// be more than twelve: the upstream may name days by their month alone (rest-api: book_dates).
const monthsAhead = 12

// Dates answers the working and the free days from today on, in order, for all months that are asked for at once.
// Nobody may write to them.
func (c *Catalog) Dates(ctx context.Context, company *Company, f Filter) (Dates, error) {
	all, err := c.days(ctx, company, f)
	if err != nil {
		return Dates{}, err
	}
	today := c.FirstDay(company)
	return Dates{Free: daysFrom(all.Free, today), Working: daysFrom(all.Working, today)}, nil
}

// daysFrom are those of days in order that are not before a day.
func daysFrom(days []string, first string) []string {
	i, _ := slices.BinarySearch(days, first)
	return days[i:]
}

// FreeFrom answers the first free day that is not before a day; "" means that none is known.
func (d Dates) FreeFrom(day string) string {
	if left := daysFrom(d.Free, day); len(left) > 0 {
		return left[0]
	}
	return ""
}

// FreeBefore answers the last free day before a day; "" means that none is known.
func (d Dates) FreeBefore(day string) string {
	if i, _ := slices.BinarySearch(d.Free, day); i > 0 {
		return d.Free[i-1]
	}
	return ""
}

// FirstFree answers the nearest free day from today on; "" means that none is known.
func (c *Catalog) FirstFree(ctx context.Context, company *Company, f Filter) (string, error) {
	all, err := c.Dates(ctx, company, f)
	return all.FreeFrom(""), err
}

// Near are the other free days, the nearest to a day first.
func (d Dates) Near(day string) []string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return slices.Clone(d.Free)
	}
	near := slices.DeleteFunc(slices.Clone(d.Free), func(other string) bool { return other == day })
	distance := func(d string) time.Duration {
		t, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return math.MaxInt64
		}
		return t.Sub(at).Abs()
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
	return near
}

// days answers for several months at once: one answer serves every page of the calendar and the
// question for the first free day. While calls are scarce, what is known of each master serves too.
func (c *Catalog) days(ctx context.Context, company *Company, f Filter) (Dates, error) {
	if c.sparing() && !c.cache.has(datesKey(company, c.monthStart(company), f)) {
		if days, ok := c.deducedDays(ctx, company, f); ok {
			return days, nil
		}
	}
	return c.askDays(ctx, company, f)
}

func (c *Catalog) askDays(ctx context.Context, company *Company, f Filter) (Dates, error) {
	from := c.monthStart(company)
	first, last := from.Format(time.DateOnly), from.AddDate(0, monthsAhead, -1).Format(time.DateOnly)
	days, came, err := cachedSince(ctx, c.cache, datesKey(company, from, f), c.ages.dates, func(ctx context.Context) (Dates, error) {
		raw, err := c.client.Dates(ctx, company.ID, upstream.DatesParams{Staff: f.Master, Services: f.Services, From: first, To: last})
		if err != nil {
			return Dates{}, err
		}
		return Dates{Free: raw.Booking, Working: raw.Working}, nil
	})
	if err == nil {
		c.observeDays(company.ID, f, days, came)
	}
	return days, err
}

// monthStart is the first day of the present month where the company is.
func (c *Catalog) monthStart(company *Company) time.Time {
	now := c.now().In(company.Location)
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// Slots answers the free times of a day, those already past left out, in the company's zone.
func (c *Catalog) Slots(ctx context.Context, company *Company, date string, f Filter) ([]Slot, error) {
	all, err := c.times(ctx, company, date, f)
	if err != nil {
		return nil, err
	}
	left := coming(depsOf(ctx), all, c.now())
	if len(left) == 0 {
		c.full(company, date, f)
	}
	return left, nil
}

// KnownSlots answers the times of a day without a question, as far as they are known.
func (c *Catalog) KnownSlots(ctx context.Context, company *Company, date string, f Filter) ([]Slot, bool) {
	known, _ := OnlyCached(AcceptLowerBound(ctx))
	known, made := c.CollectDeps(known)
	slots, err := c.Slots(known, company, date, f)
	deps := depsOf(ctx)
	if err != nil {
		deps.until(c.now().Add(lowerBoundFor)) // what is lacking may be known then
		return nil, false
	}
	deps.merge(made)
	return slots, true
}

// times answers all times of a day. What other answers tell comes before a question, as long as it is as
// young as an answer that would not be asked for again.
func (c *Catalog) times(ctx context.Context, company *Company, date string, f Filter) ([]Slot, error) {
	if c.cache.has(slotsKey(company.ID, date, f)) {
		return c.askTimes(ctx, company, date, f)
	}
	if c.sparing() {
		return c.scarce(ctx, company, date, f)
	}
	if slots, ok, _ := c.deduced(ctx, company, date, f, c.ages.slots.Fresh); ok {
		return slots, nil
	}
	return c.askTimes(ctx, company, date, f)
}

// Listed says whether the upstream itself has lately listed a time: in answer to this very question and no longer
// ago than times may be shown.
func (c *Catalog) Listed(company int, slot time.Time, date string, f Filter) bool {
	e, ok := c.cache.entries.GetIfPresent(slotsKey(company, date, f))
	times, is := e.value.([]Slot)
	return ok && is && c.now().Sub(e.loaded) < c.ages.slots.Hard && slices.ContainsFunc(times, func(s Slot) bool { return s.Start.Equal(slot) })
}

func (c *Catalog) askTimes(ctx context.Context, company *Company, date string, f Filter) ([]Slot, error) {
	all, came, err := cachedSince(ctx, c.cache, slotsKey(company.ID, date, f), c.ages.slots, func(ctx context.Context) ([]Slot, error) {
		raw, err := c.client.Times(ctx, company.ID, f.Master, date, f.Services)
		if err != nil {
			return nil, err
		}
		return c.slots(company, raw), nil
	})
	if err != nil {
		return nil, err
	}
	c.observeTimes(company.ID, date, f, all, came)
	return all, nil
}

// Invalidate drops what a booking changed, or what the upstream has just shown to be outdated: the times
// of a company's day around a time, also of its masters' nearest ones, its free days, and the services and masters of a slot.
// While calls are scarce the free days stay: a day too many among them is found out by who opens it.
func (c *Catalog) Invalidate(company *Company, at time.Time) {
	for _, day := range flow.DaysOf(at.In(company.Location)) {
		c.invalidateDay(company.ID, day)
	}
}

func (c *Catalog) invalidateDay(company int, date string) {
	for _, k := range c.keysOf(company) {
		gone := false
		switch k.question {
		case "slots", "any", "diary":
			gone = k.day == date
		case "dates", "days":
			gone = !c.cache.scarce()
		case "services", "staff":
			gone = k.slot != ""
		}
		switch {
		case gone:
			c.cache.entries.Invalidate(k)
		case k.question == "staff":
			c.dropNearest(k, date)
		}
	}
}

// Filter narrows a question by what is already chosen. The zero Filter narrows nothing.
type Filter struct {
	Services []int
	Master   int // 0 = any
	Slot     time.Time
}

// age is how long an answer narrowed so is good: with a slot it says who is free, as slots do.
func (c *Catalog) age(f Filter) Ages {
	if !f.Slot.IsZero() {
		return c.ages.slots
	}
	return c.ages.entries
}
