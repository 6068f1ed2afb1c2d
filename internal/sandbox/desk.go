package sandbox

import (
	"math/rand/v2"
	"time"
)

// A salon's desk books, cancels and moves visits in the salon's own diary, past the API: nobody who read free times
// before hears of it. Load tests let desks work, so that what a widget has cached can be wrong.

// DeskWork is one thing that a desk does.
type DeskWork int

// What a desk does. A visit that was booked through the API is its customer's, and a desk leaves it alone.
const (
	DeskBooks DeskWork = iota
	DeskCancels
	DeskMoves
)

// Desk does something in the diary of a company, as luck has it: with one of its masters, mostly in the next days. It
// says whether there was anything to do.
func (s *Sandbox) Desk(company int, work DeskWork, luck *rand.Rand) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := desk{state: s.state, company: s.state.company(company), luck: luck, now: s.options.Now()}
	if d.company == nil {
		return false
	}
	// Some masters have a day off, and some days are full.
	for range deskTries {
		m := d.company.staff[luck.IntN(len(d.company.staff))]
		offered := d.company.offeredBy(m)
		if !m.bookable || len(offered) == 0 {
			continue
		}
		if d.does(work, m, offered[luck.IntN(len(offered))].id) {
			return true
		}
	}
	return false
}

// Free says whether a visit can be booked. Master 0 is any of them.
func (s *Sandbox) Free(company, master int, services []int, start time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	at := s.state.company(company)
	if at == nil {
		return false
	}
	_, ok := s.state.slotAt(query{company: at, master: master, services: services, now: s.options.Now()}, start)
	return ok
}

const deskTries = 20

type desk struct {
	*state
	company *company
	luck    *rand.Rand
	now     time.Time
}

func (d desk) does(work DeskWork, m *master, service int) bool {
	day := d.day(m)
	if work == DeskBooks {
		to, ok := d.slot(query{company: d.company, master: m.id, services: []int{service}, now: d.now}, day)
		if ok {
			d.insert(&record{
				company: d.company.id, staff: m.id, seats: 1, hash: newSecret(), services: []int{service}, start: to.start, length: to.length,
				created: d.now, changed: d.now, name: clientNames[d.luck.IntN(len(clientNames))], masterChosen: true,
			})
		}
		return ok
	}
	r := d.visit(m, day)
	if r == nil {
		return false
	}
	if work == DeskCancels {
		r.deleted, r.changed = true, d.now
		d.changed(r, "delete")
		return true
	}
	to, ok := d.slot(query{company: d.company, master: m.id, services: r.services, now: d.now, except: r.id}, d.day(m))
	if ok = ok && !to.start.Equal(r.start); ok {
		d.shift(r, to, d.now)
	}
	return ok
}

// day is one on which a master works: the first one half of the time, the second a quarter, and so on.
func (d desk) day(m *master) date {
	day := dateOf(d.now.In(d.company.zone))
	out := day
	for range d.company.horizon + 1 {
		if len(m.work(day)) > 0 {
			if out = day; d.luck.IntN(2) == 0 {
				break
			}
		}
		day = day.add(1)
	}
	return out
}

// slot is one of those that are free on a day.
func (d desk) slot(q query, day date) (slot, bool) {
	free := d.slots(q, day)
	if len(free) == 0 {
		return slot{}, false
	}
	return free[d.luck.IntN(len(free))], true
}

// visit is one of a master's day that was not booked through the API and has not begun; nil where there is none.
func (d desk) visit(m *master, day date) *record {
	var out []*record
	for _, r := range d.diaryOf[d.company.id].open().byDay[staffDay{m.id, day}] {
		if !r.deleted && !r.fromApp && r.activity == 0 && r.start.After(d.now) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out[d.luck.IntN(len(out))]
}
