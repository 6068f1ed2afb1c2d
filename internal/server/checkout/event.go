package checkout

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/server/page"
)

// eventGone says whether the chosen event is over, withdrawn or full by now. The upstream has no code of its own for that
// (rest-api: "Создать запись в групповом событии").
func (s *Handlers) eventGone(c *fiber.Ctx, w *wizard) bool {
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	event, err := s.Catalog.GroupEvent(c.UserContext(), w.Lang, w.Company, w.Choices.GroupEvent)
	return errors.Is(err, catalog.ErrNoGroupEvent) || err == nil && event.Left < w.Choices.Seats
}

// eventLost leads back to the list when the event or its places are gone. What was typed waits in
// the session.
func (s *Handlers) eventLost(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	w.Notices = []page.Notice{page.NoticeEvent}
	return s.Pages.RedirectEvents(c, w.Request)
}
