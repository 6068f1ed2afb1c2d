package times

import (
	"cmp"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/web/templates/pages"
)

// nearestSlots is how many free times are offered instead of a lost one.
const nearestSlots = 3

// NearSlots returns the view of the slots that Near has found. The text who names the master.
func NearSlots(v *page.Request, near []catalog.Slot, who string, choose func(start time.Time) string) []pages.NearSlot {
	out := make([]pages.NearSlot, len(near))
	for i, slot := range near {
		day, clock := v.Text.Date(slot.Start), v.Text.Time(slot.Start)
		out[i] = pages.NearSlot{ISO: slot.Start.Format(page.ISO), Time: clock, Day: day, Label: pages.Join(", ", clock, day, who), URL: choose(slot.Start)}
	}
	return out
}

// Near returns the free times nearest to a lost one: of its day and, when these are too few, of the days around it. Times in
// useless are left out. Each day costs at most one call.
func (s *Times) Near(c *fiber.Ctx, company *catalog.Company, offers func(time.Time) bool, filter catalog.Filter, lost time.Time, useless ...time.Time) ([]catalog.Slot, error) {
	unfit := func(x catalog.Slot) bool {
		return !offers(x.Start) || x.Start.Equal(lost) || slices.ContainsFunc(useless, x.Start.Equal)
	}
	day := lost.Format(time.DateOnly)
	var found []catalog.Slot
	for _, of := range flow.DaysOf(lost) {
		offered, err := s.Catalog.Slots(c.UserContext(), company, of, filter)
		if err != nil {
			return nil, err
		}
		found = append(found, offered...)
	}
	found = slices.DeleteFunc(found, unfit)
	if len(found) < nearestSlots {
		dates, err := s.Catalog.Dates(c.UserContext(), company, filter)
		if err != nil {
			return nil, err
		}
		days := dates.Near(day)
		for _, other := range days[:min(len(days), nearestSlots)] {
			more, err := s.Catalog.Slots(c.UserContext(), company, other, filter)
			if err != nil {
				return nil, err
			}
			if found = slices.DeleteFunc(append(found, more...), unfit); len(found) >= nearestSlots {
				break
			}
		}
	}
	slices.SortStableFunc(found, func(a, b catalog.Slot) int {
		return cmp.Compare(a.Start.Sub(lost).Abs(), b.Start.Sub(lost).Abs())
	})
	found = found[:min(len(found), nearestSlots)]
	slices.SortFunc(found, func(a, b catalog.Slot) int { return a.Start.Compare(b.Start) })
	return found, nil
}
