package browse

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// windowsOfGroup fills the services of a group, each with what is known to be free.
func (s *Handlers) windowsOfGroup(c *fiber.Ctx, view *pages.WindowsPage, w *windows) {
	for _, category := range w.offered.Categories {
		if category.ID != w.group {
			continue
		}
		known, _ := catalog.OnlyCached(c.UserContext()) // how long services take is not worth a call here
		w.lengths = s.Catalog.Lengths(known, w.Company.ID)
		for _, service := range category.Services {
			if w.offers(service) {
				if card, ok := s.windowService(c, w, service, category); ok {
					view.Services = append(view.Services, card)
				}
			}
		}
	}
	if len(view.Services) == 0 {
		view.EmptyText = w.Text.T("widget.service.none")
	}
}

// windowService returns a service with the first times of the day on which it is free first. ok is false where the wanted master
// does not do it.
func (s *Handlers) windowService(c *fiber.Ctx, w *windows, service *catalog.Service, category catalog.Category) (card pages.WindowService, ok bool) {
	choices := w.Journey.Set(flow.Service, w.Choices, flow.Choice{Services: []int{service.ID}})
	length := w.lengths[service.ID]
	if service.Length > 0 {
		length = catalog.LengthRange{Min: service.Length, Max: service.Length}
	}
	card = pages.WindowService{
		ID: service.ID, Title: service.Title, URL: w.Next(choices), For: forWhom(w.Request, service.Sex, pages.Join(" ", category.Title, service.Title)),
	}
	if length.Min > 0 {
		card.Facts = w.Text.DurationRange(length.Min, length.Max)
	}
	card.Facts = pages.Join(" · ", card.Facts, w.Cost(service.Price))
	masters, cached := s.Catalog.CachedMasters(c.UserContext(), w.Lang, w.Company, catalog.Filter{Services: choices.Services})
	if !cached {
		return card, true
	}
	card.Onward = &layout.Link{Title: w.Text.T("widget.datetime.show"), URL: card.URL}
	card.Spoken, card.URL = pages.Join(", ", card.Onward.Title, service.Title), w.url(choices, w.group)
	masters = w.wantedMasters(bookable(w.Request, masters))
	s.firstWindows(c, &card, w, choices, masters)
	return card, len(masters) > 0
}

// firstWindows fills the first times of a service, of whichever master has them. Where they are too old to be shown, it says about
// when somebody is free.
func (s *Handlers) firstWindows(c *fiber.Ctx, card *pages.WindowService, w *windows, choices flow.Choices, masters []catalog.Master) {
	type window struct {
		slot   catalog.Slot
		master *catalog.Master
	}
	var free []window
	for i := range masters {
		for _, of := range s.knownSlots(c, w, &masters[i], choices.Services) {
			for _, slot := range of.slots {
				free = append(free, window{slot, &masters[i]})
			}
		}
	}
	slices.SortStableFunc(free, func(a, b window) int { return a.slot.Start.Compare(b.slot.Start) })
	free = slices.CompactFunc(free, func(a, b window) bool { return a.slot.Start.Equal(b.slot.Start) })
	if len(free) == 0 {
		if first := soonest(masters); first != nil && w.Journey.Offers(first.Nearest) {
			card.Day = w.Text.T("widget.nearest", "day", w.Text.RelativeDay(first.Nearest, w.now), "time", w.Text.Time(first.Nearest))
		}
		return
	}
	card.Day = dayTitle(w.Text, free[0].slot.Start, w.now)
	for _, at := range free[:min(len(free), firstSlots)] {
		if at.slot.Start.Format(time.DateOnly) == free[0].slot.Start.Format(time.DateOnly) {
			card.Slots = append(card.Slots, w.slots([]catalog.Slot{at.slot}, choices, at.master, card.Title)...)
		}
	}
}
