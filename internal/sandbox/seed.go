package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // the salons live in six zones, wherever the program runs
)

// BlacklistedPhone is refused by book_record with code 434.
const BlacklistedPhone = "79990000434"

var (
	rouble  = currency{"₽", "RUB", 100, 50}
	hryvnia = currency{"₴", "UAH", 45, 10}
	euro    = currency{"€", "EUR", 1, 1}
	zloty   = currency{"zł", "PLN", 4, 5}
	krona   = currency{"kr", "SEK", 11, 10}
)

// plan describes a salon briefly; build makes a company of it.
type plan struct {
	company    company
	zone       string
	categories []string // of the common price list, in order of display
	only       []string // services to take; empty = all of the categories
	inactive   []string // listed, but not to be booked
	team       []member
	occupancy  int
	events     []eventPlan
	promotions map[string][]string // keys of texts, and of the services offered together
	quiet      bool                // the seed lays no visits
	own        own
}

// own is what a salon has of its own, beyond what all are made of: by the keys of its categories, services and events
// and by its masters' names. The fields go over those of the wire as they are.
type own struct {
	categories map[string]string // titles
	services   map[string]ownService
	masters    map[string]ownMaster
	events     map[string]object
}

type ownService struct {
	title    string
	min, max int // whole units of the currency
	more     object
}

type ownMaster struct {
	dearer int
	more   object
}

type member struct {
	name, spec string
	does       []string // categories
	pace       int      // per cent of the usual length
	pattern    pattern
	rating     float64
	photo      bool
	away       bool // takes no online bookings
}

type eventPlan struct {
	service  string
	member   int // index in the team
	weekdays []time.Weekday
	minute   int // of the day
	capacity int
}

type pattern int

const (
	weekdays pattern = iota
	oddShift
	evenShift
	lateShift
	everyDay
	nights
)

// week spells a pattern out: Sunday first, as time.Weekday counts.
func (p pattern) week() [7]shift {
	off := shift{}
	day := shift{10 * 60, 20 * 60, [][2]int{{14 * 60, 14*60 + 30}}}
	early := shift{9 * 60, 18 * 60, [][2]int{{13 * 60, 14 * 60}}}
	mid := shift{11 * 60, 21 * 60, [][2]int{{15 * 60, 16 * 60}}}
	late := shift{12 * 60, 22 * 60, [][2]int{{16*60 + 30, 17 * 60}}}
	night := shift{12 * 60, 26 * 60, [][2]int{{18 * 60, 18*60 + 30}}} // until two in the morning
	long := shift{10 * 60, 21 * 60, [][2]int{{13 * 60, 13*60 + 30}, {17 * 60, 17*60 + 15}}}
	switch p {
	case weekdays:
		return [7]shift{off, day, day, day, day, day, off}
	case oddShift:
		return [7]shift{off, early, off, early, off, early, early}
	case evenShift:
		return [7]shift{mid, off, mid, off, mid, off, mid}
	case lateShift:
		return [7]shift{late, off, off, late, late, late, late}
	case nights:
		return [7]shift{night, night, night, night, night, night, night}
	case everyDay:
		return [7]shift{long, long, long, long, long, long, long}
	}
	return [7]shift{}
}

// world is everything the seed lays down and nothing changes afterwards.
type world struct {
	companies []*company
	byNumber  map[int]*company
	forms     []form
	diaries   []*diary // in the order of the companies
	diaryOf   map[int]*diary
	events    []*event
	users     []*user
	dict      *dictionary
}

func (w *world) company(id int) *company { return w.byNumber[id] }

func newWorld(seed int64, now time.Time, zone string, dict *dictionary, town *Town) (*world, error) {
	w := &world{dict: dict, forms: seedForms(), byNumber: make(map[int]*company), diaryOf: make(map[int]*diary)}
	plans := salons()
	if town != nil {
		w.forms, plans = town.forms(), town.salons(dict)
	}
	zones := make(map[string]*time.Location)
	for _, p := range plans {
		name := cmp.Or(zone, p.zone)
		if zones[name] == nil {
			loaded, err := time.LoadLocation(name)
			if err != nil {
				return nil, fmt.Errorf("company %d: %w", p.company.id, err)
			}
			zones[name] = loaded
		}
		c := p.build(seed, dict, zones[name])
		w.companies = append(w.companies, c)
		w.byNumber[c.id] = c
		w.events = append(w.events, p.schedule(c, seed, now)...)
	}
	w.users = []*user{
		{id: 7001, name: "Анна Соколова", phone: "79001112233", email: "anna@example.com", password: "sandbox"},
		{id: 7002, name: "Борис Волков", phone: "79001112244", email: "boris@example.com", password: "sandbox", twoFactor: true},
	}
	for i, c := range w.companies {
		d := &diary{company: c, first: firstVisit + i*roomOf, seed: seed, now: now, quiet: plans[i].quiet}
		if c.id == 501 || c.id == 601 {
			d.customer = new(*w.users[0])
		}
		w.diaries, w.diaryOf[c.id] = append(w.diaries, d), d
	}
	return w, nil
}

func (p *plan) build(seed int64, dict *dictionary, zone *time.Location) *company {
	c := p.company
	c.zone = zone
	for i, key := range p.categories {
		c.categories = append(c.categories, category{c.id*1000 + 900 + i, 100 - 5*i, "category." + key, p.own.categories[key]})
	}
	byCategory := make(map[string][]*service)
	for _, t := range dict.services {
		at := slices.Index(p.categories, t.category)
		if at < 0 || len(p.only) > 0 && !slices.Contains(p.only, t.key) {
			continue
		}
		n := len(c.services) + 1
		s := service{
			id: c.id*1000 + n, category: c.categories[at].id, weight: 100 - n, key: t.key, title: t.title,
			comment: commentFor(t), min: c.currency.of(t.min), max: c.currency.of(max(t.min, t.max)),
			length: time.Duration(t.minutes) * time.Minute, active: !slices.Contains(p.inactive, t.key),
		}
		if mine, ok := p.own.services[t.key]; ok {
			s.min, s.max, s.more = mine.min, mine.max, mine.more
			for lang := range s.title {
				s.title[lang] = mine.title
			}
		}
		c.services = append(c.services, s)
	}
	for i := range c.services {
		s := &c.services[i]
		for at, cat := range c.categories {
			if cat.id == s.category {
				byCategory[p.categories[at]] = append(byCategory[p.categories[at]], s)
			}
		}
	}
	for i, key := range slices.Sorted(maps.Keys(p.promotions)) {
		offered := promotion{id: c.id*10 + i + 1, key: "promotion." + key}
		for _, s := range c.services {
			if slices.Contains(p.promotions[key], s.key) {
				offered.services = append(offered.services, s.id)
			}
		}
		c.promotions = append(c.promotions, offered)
	}
	for i, m := range p.team {
		built := m.build(&c, i, p.occupancy, seed, byCategory)
		built.dearer, built.more = p.own.masters[m.name].dearer, p.own.masters[m.name].more
		c.staff = append(c.staff, built)
		c.pastMidnight = c.pastMidnight || m.pattern == nights
	}
	return &c
}

func (m *member) build(c *company, index, occupancy int, seed int64, byCategory map[string][]*service) *master {
	id := c.id*100 + index + 1
	luck := newDice(seed, id)
	out := &master{
		id: id, weight: 100 - index, name: m.name, spec: "spec." + m.spec, years: 2 + luck.roll(15),
		rating: m.rating, votes: luck.roll(40), comments: luck.roll(30), photo: m.photo, bookable: !m.away,
		occupancy: occupancy + luck.roll(20) - 10, week: m.pattern.week(), zone: c.zone,
		lengths: make(map[int]time.Duration),
		daysOff: func(d date) bool { return holiday(d) || newDice(seed, id, d.ordinal()).roll(18) == 0 },
	}
	step := time.Duration(c.grid) * time.Minute
	for _, name := range m.does {
		for _, s := range byCategory[name] {
			paced := s.length * time.Duration(m.pace) / 100
			out.lengths[s.id] = max(paced.Round(15*time.Minute), min(step, 15*time.Minute))
		}
	}
	return out
}

func (k currency) of(euros int) int { return euros * k.perEuro / k.round * k.round }

func commentFor(t offer) string {
	switch {
	case t.key == "brow-tint" || t.key == "lash-extension" || t.key == "balayage":
		return "comment.patch"
	case t.category == "colour" || t.category == "care":
		return "comment.length"
	case t.key == "haircut-women" || t.key == "haircut-men":
		return "comment.first"
	}
	return ""
}

// schedule lays the group events from a week ago to six weeks ahead.
// holiday says whether all salons are closed: in the first week of January, as most salons of Russia are. So a form can
// be seen that has no free day within a week.
func holiday(d date) bool { return d.month == time.January && d.day <= 7 }

func (p *plan) schedule(c *company, seed int64, now time.Time) []*event {
	var out []*event
	today := dateOf(now.In(c.zone))
	for k, e := range p.events {
		at := slices.IndexFunc(c.services, func(s service) bool { return s.key == e.service })
		for day := -7; day <= 42; day++ {
			d := today.add(day)
			if at < 0 || holiday(d) || !slices.Contains(e.weekdays, d.weekday()) {
				continue
			}
			start, _ := d.at(e.minute, c.zone)
			out = append(out, &event{
				id: c.id*100000 + (d.ordinal()%1000)*10 + k, company: c.id, staff: c.staff[e.member].id,
				service: c.services[at].id, start: start, length: c.services[at].length,
				capacity: e.capacity, taken: newDice(seed, c.id, k, d.ordinal()).roll(e.capacity + 1), more: p.own.events[e.service],
			})
		}
	}
	slices.SortFunc(out, func(a, b *event) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.id, b.id))
	})
	return out
}
