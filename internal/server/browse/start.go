package browse

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
)

// Start sends a customer to the first step that is still to be decided, with the choices of the
// link kept and the language settled, so that every page after it is equal for everybody. It
// understands the upstream widget's own deep link too; what a link asks for and is no longer
// there is dropped with a word.
func (s *Handlers) Start(c *fiber.Ctx) error {
	wish, ok := flow.ParseLink(c.Query(urls.QueryState))
	v, err := s.Pages.ReadOr(c, flow.Contact, wish.Choices)
	if err != nil {
		return err
	}
	if !ok {
		v.Notices = append(v.Notices, page.NoticeLink)
	}
	if v.Company != nil && wish.GroupEvents {
		return s.Pages.RedirectEvents(c, v, urls.QueryDay+"="+wish.GroupEventsOn)
	}
	if v.ToEvents(v.Open) {
		return s.Pages.RedirectEvents(c, v)
	}
	if wish.LocalTime != "" && v.Company != nil && v.Choices.Slot.IsZero() {
		if err := s.wishTime(c, v, wish.LocalTime); err != nil {
			return err
		}
	}
	return s.Pages.Redirect(c, v, v.Open)
}

// wishTime tries the time of a deep link, which is the company's own and so can be understood only
// once the company is known.
func (s *Handlers) wishTime(c *fiber.Ctx, v *page.Request, local string) error {
	at, err := time.ParseInLocation("2006-01-02 15:04", local, v.Company.Location)
	if err != nil {
		v.Notices = append(v.Notices, page.NoticeLink)
		return nil //nolint:nilerr // a time that is none is dropped with a word
	}
	choices := v.Choices
	choices.Slot, choices.Date = at, at.Format(time.DateOnly)
	selection, err := s.Catalog.Resolve(c.UserContext(), v.Lang, v.Form, choices, flow.Contact)
	if err != nil {
		return err
	}
	for _, dropped := range selection.Dropped {
		v.Notices = append(v.Notices, page.NoticeDropped(dropped))
	}
	v.Selection = selection
	return nil
}
