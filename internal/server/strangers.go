package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/csp"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// The browser enforces which websites may frame a page, by the page's content policy. The visitors of any other website
// see an empty frame. So a website that is known not to be allowed gets a page that any website may frame, with a link
// that opens the booking in a new tab. docs/architecture.md says which websites cannot be known.

// refuseStrangers sets who may frame the pages below a form's path, and sends the page for other websites to a frame of one.
func (s *Server) refuseStrangers(c *fiber.Ctx) error {
	form := urls.FormIn(c.Path())
	response.SetPolicy(c, response.Closed.With(csp.FrameAncestors, s.response.Ancestors(c.Path())...))
	origin, strange := s.response.Stranger(&c.Request().Header, form)
	if !strange {
		return c.Next()
	}
	if s.Strangers.Note(form, origin) {
		s.Log.Warn("a website that may not frame this form tried to; [embed] hosts or [form N] hosts allows it", "form", form, "origin", origin)
	}
	text := s.Texts.Localizer(s.pages.WantedLanguage(c))
	view := pages.StrangerPage{Base: s.pages.Blank(c, text), URL: string(c.Request().URI().PathOriginal())}
	if query := c.Request().URI().QueryString(); len(query) > 0 {
		view.URL += "?" + string(query)
	}
	view.Heading = text.T("widget.stranger.title")
	view.Title, view.Step, view.ErrorKind, view.Private = view.Heading, "error", string(kindStranger), true
	view.ScriptURL, view.IconURL = "", ""
	c.Set(fiber.HeaderContentSecurityPolicy, strangerPolicy)
	c.Set("X-Robots-Tag", response.NoRobots)
	return response.Render(c, fiber.StatusForbidden, pages.StrangerView(view))
}
