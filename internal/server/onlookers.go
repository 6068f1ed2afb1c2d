package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// belongsToOne says whether the page of a path belongs to one person: a visit, an account, the end of a booking.
func belongsToOne(path string) bool {
	return urls.IsPrivate(path) || urls.IsDone(path)
}

// answerOnlookers answers an onlooker's request for a page of one person without reading what the page shows. A prefetch is
// refused until the link is pressed; other onlookers get a page with a link and nothing else. The answer does not depend on
// whether there is a visit.
func (s *Server) answerOnlookers(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodPost || !belongsToOne(c.Path()) || !guard.IsOnlooker(c) || c.Method() == fiber.MethodGet && !response.IsPrefetch(c) && c.Query(urls.QueryOpen) != "" {
		return c.Next()
	}
	response.MakePrivate(c)
	switch {
	case response.IsPrefetch(c):
		return c.SendStatus(fiber.StatusTooEarly)
	case c.Method() == fiber.MethodHead:
		c.Status(fiber.StatusOK).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return nil
	}
	text := s.Texts.Present(s.pages.WantedLanguage(c))
	view := pages.GlancePage{Base: s.pages.Blank(c, text), Text: text.T("widget.glance.text"), Open: text.T("widget.glance.open")}
	view.URL = urls.With(input.Here(c), urls.QueryOpen+"=1")
	view.Heading, view.Step = text.T("header.record"), string(urls.Record)
	if urls.IsWish(c.Path()) {
		view.Heading, view.Step = text.T("widget.wish.wish_title"), string(urls.Waiting)
		view.Text, view.Open = text.T("widget.wish.glance"), text.T("widget.wish.glance_open")
	}
	view.Title, view.Private = view.Heading, true
	return response.Render(c, fiber.StatusOK, pages.GlanceView(view))
}
