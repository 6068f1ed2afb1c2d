package sandbox

import (
	"sync"
	"time"
)

// How far the seed fills the diaries, in days around today.
const (
	diaryPast   = 30
	diaryFuture = 75
)

var clientNames = []string{"Мария", "Ольга", "Ирина", "Līga", "Ilze", "Anna", "Kristi", "Rasa", "Julia", "Олена", "Пётр", "Jānis"}

// diary is the visits of one salon. Those of the seed are laid when the first question about the salon comes: they are most of
// what a sandbox is made of, and most of those who start one ask about few salons.
type diary struct {
	company  *company
	first    int // the number of its first visit
	seed     int64
	now      time.Time // when the seed was laid
	quiet    bool      // the seed lays no visits
	customer *user     // who has been here before, as the seed made them; nil = nobody

	once  sync.Once // for laid and byDay, under which many may read at once
	laid  []*record // in the order of their numbers
	byDay map[staffDay][]*record
}

// roomOf is how many numbers a salon has for the visits of the seed. The busiest of all has 2,500.
const roomOf = 100_000

// open lays the seed's visits, unless that has been done.
func (d *diary) open() *diary {
	d.once.Do(func() {
		d.byDay = make(map[staffDay][]*record)
		if !d.quiet {
			d.fill()
		}
		if d.customer != nil {
			d.giveHistory(d.customer)
		}
		for i, r := range d.laid {
			r.id = d.first + i
			d.enter(r)
		}
	})
	return d
}

// enter puts a visit under its day.
func (d *diary) enter(r *record) {
	key := d.key(r)
	d.byDay[key] = append(d.byDay[key], r)
}

func (d *diary) key(r *record) staffDay {
	return staffDay{r.staff, dateOf(r.start.In(d.company.zone))}
}

// fill books visits so that a salon looks lived in: busy soon, emptier
// later, with a full day now and then.
func (d *diary) fill() {
	c, now := d.company, d.now
	for _, m := range c.staff {
		if !m.bookable {
			continue
		}
		today, offered := dateOf(now.In(c.zone)), c.offeredBy(m)
		if len(offered) == 0 {
			continue
		}
		for day := -diaryPast; day <= diaryFuture; day++ {
			d.fillDay(m, offered, today.add(day), day, newDice(d.seed, m.id, today.add(day).ordinal(), 1))
		}
	}
}

// offeredBy are the services that a master does.
func (c *company) offeredBy(m *master) (out []*service) {
	for i := range c.services {
		if _, ok := m.lengths[c.services[i].id]; ok {
			out = append(out, &c.services[i])
		}
	}
	return out
}

func (d *diary) fillDay(m *master, offered []*service, day date, ahead int, luck *dice) {
	c, now := d.company, d.now
	chance := m.occupancy
	if ahead > 0 {
		chance = m.occupancy * (120 - ahead) / 120
	}
	if luck.roll(16) == 0 {
		chance = 100
	}
	step := time.Duration(c.grid) * time.Minute
	for _, stretch := range m.work(day) {
		for t := stretch.start; t.Before(stretch.end); {
			s := offered[luck.roll(len(offered))]
			length := m.lengths[s.id]
			if luck.roll(100) >= chance || t.Add(length).After(stretch.end) {
				t = t.Add(step)
				continue
			}
			before := time.Duration(1+luck.roll(14)) * 24 * time.Hour
			created := t.Add(-before)
			if created.After(now) {
				created = now.Add(-before)
			}
			d.laid = append(d.laid, &record{
				company: c.id, staff: m.id, hash: newSecret(), services: []int{s.id}, start: t, length: length,
				seats: 1, created: created, changed: created, phone: "", name: clientNames[luck.roll(len(clientNames))],
				masterChosen: true, attendance: attendance(ahead),
			})
			t = t.Add((length + step - 1) / step * step)
		}
	}
}

func attendance(ahead int) int {
	if ahead < 0 {
		return 1
	}
	return 0
}

// giveHistory hands the customer a past and a coming visit of the company.
func (d *diary) giveHistory(u *user) {
	var past, next *record
	now := d.now
	for _, r := range d.laid {
		if r.start.Before(now.Add(-24*time.Hour)) && (past == nil || r.start.After(past.start)) {
			past = r
		}
		if r.start.After(now.Add(50*time.Hour)) && (next == nil || r.start.Before(next.start)) {
			next = r
		}
	}
	for _, r := range []*record{past, next} {
		if r != nil {
			r.phone, r.name, r.email, r.online, r.fromApp = u.phone, u.name, u.email, true, false
		}
	}
}
