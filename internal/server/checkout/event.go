package checkout

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/server/page"
)

// eventGone says whether the chosen group event is over, withdrawn or full. It must ask, because the upstream's refusal has
// no code for that (rest-api: "Создать запись в групповом событии").
func (s *Handlers) eventGone(c *fiber.Ctx, w *wizard) bool {
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	event, err := s.Catalog.GroupEvent(c.UserContext(), w.Lang, w.Company, w.Choices.GroupEvent)
	return errors.Is(err, catalog.ErrNoGroupEvent) || err == nil && event.Left < w.Choices.Seats
}

// eventLost redirects to the list of group events when the chosen one cannot be booked any more. The session keeps the draft.
func (s *Handlers) eventLost(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	w.Notices = []page.Notice{page.NoticeEvent}
	return s.Pages.RedirectEvents(c, w.Request)
}
