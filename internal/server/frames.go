package server

import (
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/valyala/fasthttp"

	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// It is the browser that keeps a page out of a frame, by the page's own policy; a website's visitors
// then see an empty frame. So a website that is known not to be allowed gets a page that can be seen
// there and leads out of it. docs/architecture.md says what cannot be known.

// guests lets a form's websites frame whatever is answered below its path, and turns others away.
func (s *Server) guests(c *fiber.Ctx) error {
	form := urls.FormIn(c.Path())
	setPolicy(c, closed.With(csp.FrameAncestors, s.ancestors(c.Path())...))
	origin, strange := s.stranger(&c.Request().Header, form)
	if !strange {
		return c.Next()
	}
	if s.Strangers.Note(form, origin) {
		s.Log.Warn("a website that may not frame this form tried to; [embed] hosts or [form N] hosts allows it", "form", form, "origin", origin)
	}
	text := s.Texts.Localizer(s.wantedLanguage(c))
	page := pages.StrangerPage{Base: s.blank(c, text), URL: string(c.Request().URI().PathOriginal())}
	if query := c.Request().URI().QueryString(); len(query) > 0 {
		page.URL += "?" + string(query)
	}
	page.Heading = text.T("widget.stranger.title")
	page.Title, page.Step, page.ErrorKind, page.Private = page.Heading, "error", string(kindStranger), true
	page.ScriptURL, page.IconURL = "", ""
	c.Set(fiber.HeaderContentSecurityPolicy, strangerPolicy)
	c.Set("X-Robots-Tag", noRobots)
	return render(c, fiber.StatusForbidden, pages.StrangerView(page))
}

// stranger is the website that asks for a page of a form in a frame and may not, as far as the request
// tells. Inside the frame the pages ask for each other, which says nothing of who frames them.
func (s *Server) stranger(request *fasthttp.RequestHeader, form int) (origin string, strange bool) {
	if form == 0 || !request.IsGet() || !framed(request) || string(request.Peek("Sec-Fetch-Site")) == "same-origin" {
		return "", false
	}
	hosts := s.Frames.For(form)
	origin, known := frames.OriginOf(string(request.Peek(fiber.HeaderReferer)))
	if !known || isWidgetOrigin(origin, s.PublicURL, request.Host()) || hosts.Allow(origin) {
		return "", false
	}
	return origin, true
}

// framed says whether a page is asked for by a frame, as far as the browser tells.
func framed(request *fasthttp.RequestHeader) bool {
	switch utils.UnsafeString(request.Peek("Sec-Fetch-Dest")) {
	case "iframe", "frame", "embed", "object":
		return true
	}
	return false
}

// wantedLanguage is the language for a page of which no form is known.
func (s *Server) wantedLanguage(c *fiber.Ctx) string {
	offered := s.Texts.Languages()
	for _, wanted := range []string{c.Query(urls.QueryLang), c.Query(urls.QueryHostLang)} {
		if lang, ok := i18n.Canonical(wanted); ok && slices.Contains(offered, lang) {
			return lang
		}
	}
	return i18n.Match(c.Get(fiber.HeaderAcceptLanguage), offered, offered[0])
}
