package sandbox

import (
	"time"
)

// How far the seed fills the diaries, in days around today.
const (
	diaryPast   = 30
	diaryFuture = 75
)

var clientNames = []string{"Мария", "Ольга", "Ирина", "Līga", "Ilze", "Anna", "Kristi", "Rasa", "Julia", "Олена", "Пётр", "Jānis"}

// fillDiaries books visits so that a salon looks lived in: busy soon, emptier
// later, with a full day now and then.
func (w *world) fillDiaries(c *company, seed int64, now time.Time) {
	for _, m := range c.staff {
		if !m.bookable {
			continue
		}
		today, offered := dateOf(now.In(c.zone)), c.offeredBy(m)
		if len(offered) == 0 {
			continue
		}
		for day := -diaryPast; day <= diaryFuture; day++ {
			w.fillDay(c, m, offered, now, today.add(day), day, newDice(seed, m.id, today.add(day).ordinal(), 1))
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

func (w *world) fillDay(c *company, m *master, offered []*service, now time.Time, d date, ahead int, luck *dice) {
	chance := m.occupancy
	if ahead > 0 {
		chance = m.occupancy * (120 - ahead) / 120
	}
	if luck.roll(16) == 0 {
		chance = 100
	}
	step := time.Duration(c.grid) * time.Minute
	for _, stretch := range m.work(d) {
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
			w.records = append(w.records, &record{
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
func (w *world) giveHistory(u *user, company int, now time.Time) {
	var past, next *record
	for _, r := range w.records {
		if r.company != company {
			continue
		}
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
