package server

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
)

// start sends a customer to the first step that is still to be decided, with the choices of the
// link kept and the language settled, so that every page after it is equal for everybody. It
// understands the upstream widget's own deep link too; what a link asks for and is no longer
// there is dropped with a word.
func (s *Server) start(c *fiber.Ctx) error {
	wish, ok := flow.ParseLink(c.Query(urls.QueryState))
	v, err := s.readRequestOr(c, flow.Contact, wish.Choices)
	if err != nil {
		return err
	}
	if !ok {
		v.notices = append(v.notices, noticeLink)
	}
	if v.Company != nil && wish.GroupEvents {
		return s.redirectEvents(c, v, urls.QueryDay+"="+wish.GroupEventsOn)
	}
	if v.toEvents(v.Open) {
		return s.redirectEvents(c, v)
	}
	if wish.LocalTime != "" && v.Company != nil && v.Choices.Slot.IsZero() {
		if err := s.wishTime(c, v, wish.LocalTime); err != nil {
			return err
		}
	}
	return s.redirect(c, v, v.Open)
}

// wishTime tries the time of a deep link, which is the company's own and so can be understood only
// once the company is known.
func (s *Server) wishTime(c *fiber.Ctx, v *pageRequest, local string) error {
	at, err := time.ParseInLocation("2006-01-02 15:04", local, v.Company.Location)
	if err != nil {
		v.notices = append(v.notices, noticeLink)
		return nil //nolint:nilerr // a time that is none is dropped with a word
	}
	choices := v.Choices
	choices.Slot, choices.Date = at, at.Format(time.DateOnly)
	selection, err := s.Catalog.Resolve(c.UserContext(), v.lang, v.form, choices, flow.Contact)
	if err != nil {
		return err
	}
	for _, dropped := range selection.Dropped {
		v.notices = append(v.notices, noticeDropped(dropped))
	}
	v.Selection = selection
	return nil
}
