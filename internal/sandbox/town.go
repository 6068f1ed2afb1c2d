package sandbox

import (
	"fmt"
	"time"
)

// Town is a town of equal salons, for load tests: many services, masters who each do some of them,
// and diaries that fill up.
type Town struct {
	Salons, Services, Masters int
	Days                      int // ahead that can be booked
	Grid                      int // minutes between two possible starts; default 30
	Occupancy                 int // per cent of the near future that is taken
}

// TownCompany is the company of a town's first salon; its form is number 1, and so on.
const TownCompany = 5001

// departments are the categories that a master of a town may do, two departments each.
var departments = [][]string{{"hair", "colour"}, {"care", "men"}, {"nails", "feet"}, {"brows", "makeup", "face"}, {"massage", "epilation"}}

func (t *Town) forms() []form {
	out := make([]form, t.Salons)
	for i := range out {
		out[i] = form{
			id: i + 1, company: TownCompany + i, lang: russian, title: fmt.Sprintf("Salon %d", i+1), confirmation: asksForCode(i),
			description: "a salon of the town", steps: on("service", "master", "datetime"), langs: []language{russian, english},
		}
	}
	return out
}

// asksForCode: a third of the salons confirm the phone.
func asksForCode(salon int) bool { return salon%3 == 1 }

func (t *Town) salons(dict *dictionary) []plan {
	var categories, only []string
	for _, d := range departments {
		categories = append(categories, d...)
	}
	var listed []offer
	for _, o := range dict.services {
		for _, c := range categories {
			if o.category == c {
				listed = append(listed, o)
			}
		}
	}
	n := min(t.Services, len(listed))
	for i := range n {
		only = append(only, listed[i*len(listed)/n].key)
	}
	grid := t.Grid
	if grid == 0 {
		grid = 30
	}
	out := make([]plan, t.Salons)
	for i := range out {
		p := plan{
			company: company{
				recordType: 1,
				id:         TownCompany + i, city: 2, country: 1, speaks: russian, currency: rouble, phone: fmt.Sprintf("7495000%04d", i+1),
				address: fmt.Sprintf("ул. Садовая, %d", i+1), openFrom: "09:00", openTo: "22:00", grid: grid, delay: time.Hour,
				defaultLength: time.Hour, horizon: t.Days, smsConfirmation: asksForCode(i), smsEnabled: true,
				changeAllowed: true, deleteAllowed: true, active: true, short: "short.salon",
			},
			zone: "Europe/Moscow", categories: categories, only: only, occupancy: t.Occupancy,
		}
		for m := range t.Masters {
			first, second := departments[m%len(departments)], departments[(2*m+1)%len(departments)]
			p.team = append(p.team, member{
				name: fmt.Sprintf("Мастер %d", m+1), spec: "stylist", does: append(append([]string{}, first...), second...), pace: 100,
				pattern: []pattern{everyDay, oddShift, evenShift, weekdays, lateShift}[m%5], rating: 4.5, photo: true,
			})
		}
		out[i] = p
	}
	return out
}
