package browse

import (
	"maps"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
)

// listed are the slots that the upstream lists under one day.
type listed struct {
	day   string
	slots []catalog.Slot
}

// known returns the slots of a master that may be shown: those that came with the list of masters, and those of the next days as
// far as they are cached. Nobody asks for slots without services where the services come first, so that none are cached.
func (s *Handlers) knownSlots(c *fiber.Ctx, w *windows, m *catalog.Master, services []int) (out []listed) {
	if len(m.Slots) > 0 {
		out = append(out, listed{m.Day, w.Offers(m.Slots)})
	}
	if len(services) == 0 && w.Journey.Has(flow.Service) && w.FirstChoice() == flow.Service {
		return out
	}
	first, err := time.Parse(time.DateOnly, s.Catalog.FirstDay(w.Company))
	if err != nil {
		return out
	}
	for i := range windowDays {
		day := first.AddDate(0, 0, i).Format(time.DateOnly)
		if len(m.Slots) > 0 && day == m.Day {
			continue
		}
		if slots, ok := s.Catalog.KnownSlots(c.UserContext(), w.Company, day, catalog.Filter{Services: services, Master: m.ID}); ok {
			out = append(out, listed{day, w.Offers(slots)})
		}
	}
	return out
}

// wantedMasters returns those of some masters whom the filter leaves.
func (w *windows) wantedMasters(masters []catalog.Master) []catalog.Master {
	if w.Choices.Master == 0 {
		return masters
	}
	return slices.DeleteFunc(slices.Clone(masters), func(m catalog.Master) bool { return m.ID != w.Choices.Master })
}

// freeDay is a day on which somebody is free, with those who are, who is free first being first.
type freeDay struct {
	date    string // YYYY-MM-DD
	begins  time.Time
	masters []freeMaster
}

// freeMaster is a master who is free on a day: at slots, or from about a time where the slots are too old to be shown.
type freeMaster struct {
	*catalog.Master
	listed string // the day under which the upstream lists the slots
	slots  []catalog.Slot
	about  time.Time
}

// first returns the first time at which the master is free.
func (m freeMaster) first() time.Time {
	if len(m.slots) > 0 {
		return m.slots[0].Start
	}
	return m.about
}

// windowList is what is free soon. The page, the feeds, the picture and the text for a salon's channels all show this list.
type windowList struct {
	days []freeDay
	rest []*catalog.Master // masters of whom it is not known when they are free
}

// list returns what is free soon, as far as it is known. It asks for nothing.
func (s *Handlers) list(c *fiber.Ctx, w *windows) (out windowList) {
	days := map[string]*freeDay{}
	at := func(m freeMaster) {
		begins := m.first()
		date := begins.Format(time.DateOnly)
		if days[date] == nil {
			days[date] = &freeDay{date: date, begins: begins}
		}
		days[date].masters = append(days[date].masters, m)
	}
	masters := w.wantedMasters(w.masters)
	for i := range masters {
		m := &masters[i]
		known := s.knownSlots(c, w, m, w.Choices.Services)
		shown := map[string]bool{}
		for _, of := range known {
			for _, slots := range byDate(of.slots) {
				shown[slots[0].Start.Format(time.DateOnly)] = true
				at(freeMaster{Master: m, listed: of.day, slots: slots})
			}
		}
		switch {
		case len(shown) > 0 && (m.Nearest.IsZero() || shown[m.Nearest.Format(time.DateOnly)]):
		case !m.Nearest.IsZero() && w.Journey.Offers(m.Nearest) && !slices.ContainsFunc(known, func(of listed) bool { return of.day == m.Day }):
			at(freeMaster{Master: m, listed: m.Day, about: m.Nearest})
		case len(shown) == 0 && m.Nearest.IsZero() && len(known) == 0:
			out.rest = append(out.rest, m)
		}
	}
	for _, date := range slices.Sorted(maps.Keys(days)) {
		slices.SortStableFunc(days[date].masters, func(a, b freeMaster) int { return a.first().Compare(b.first()) })
		out.days = append(out.days, *days[date])
	}
	return out
}

// byDate puts slots apart by the day of the calendar on which they begin: those after midnight are listed under the day before.
func byDate(slots []catalog.Slot) (out [][]catalog.Slot) {
	for i, slot := range slots {
		if i == 0 || slot.Start.Format(time.DateOnly) != slots[i-1].Start.Format(time.DateOnly) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], slot)
	}
	return out
}
