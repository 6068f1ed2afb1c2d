package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/web/templates/pages"
)

// showDemo is the sandbox's demo salon. With a real upstream there is nothing at "/".
func (s *Server) showDemo(c *fiber.Ctx) error {
	if s.Demo == nil {
		return fiber.ErrNotFound
	}
	languages := s.Texts.Languages()
	lang := i18n.Match(c.Get(fiber.HeaderAcceptLanguage), languages, languages[0])
	if wanted, ok := i18n.Canonical(c.Query("lang")); ok {
		lang = wanted
	}
	page := pages.DemoPage{Base: s.blank(c, s.Texts.Localizer(lang)), InboxURL: s.Demo.InboxURL}
	page.Heading = page.Text.T("widget.demo.title")
	page.Title, page.Step = page.Heading, "demo"
	for _, form := range s.Demo.Forms {
		form.URL = "/b/" + itoa(form.ID)
		page.Forms = append(page.Forms, form)
	}
	return render(c, fiber.StatusOK, pages.DemoView(page))
}

// asset serves a static file under its content hash, for ever; under any other name there is none.
func (s *Server) asset(c *fiber.Ctx) error {
	file, ok := s.Assets.Lookup(c.Params("hash"), c.Params("name"))
	if !ok {
		return fiber.ErrNotFound
	}
	body, encoding := file.For(c.Get(fiber.HeaderAcceptEncoding))
	c.Set(fiber.HeaderContentType, file.ContentType)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Vary(fiber.HeaderAcceptEncoding)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	return c.Send(body)
}
