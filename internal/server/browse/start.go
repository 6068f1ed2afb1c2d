package browse

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
)

// Start redirects to the first undecided step, with the choices of the link. The redirect names the language, so that every
// later page is equal for everybody. Start also reads the deep links of the upstream's widget. A choice that is no longer
// offered is dropped, and a notice says so.
func (s *Handlers) Start(c *fiber.Ctx) error {
	if c.Query(urls.QueryMode) == urls.ModeWindows {
		if v, err := s.Pages.ReadPlace(c, urls.Windows); err == nil && !v.ToEvents(flow.Master) && hasWindows(v.Form, v.Journey) {
			return c.Redirect(windowsURL(v, lookingAround(v), true), fiber.StatusSeeOther)
		}
	}
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
	return s.Pages.Redirect(c, v, v.Open, told(c, v)...)
}

// told passes on to the contact step which wish's message has led here. Other steps forget it: their pages are equal for everybody.
func told(c *fiber.Ctx, v *page.Request) []string {
	if v.Open != flow.Contact {
		return nil
	}
	return input.Asked(c, urls.QueryTold)
}

// wishTime chooses the time of a deep link. Such a time is in the company's zone, so it can be read only when the company is
// known.
func (s *Handlers) wishTime(c *fiber.Ctx, v *page.Request, local string) error {
	at, err := time.ParseInLocation("2006-01-02 15:04", local, v.Company.Location)
	if err != nil {
		v.Notices = append(v.Notices, page.NoticeLink)
		return nil //nolint:nilerr // a malformed time is dropped, and a notice says so
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
