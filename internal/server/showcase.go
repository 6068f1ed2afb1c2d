package server

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/showcase"
)

// showShowcase shows every component in every state, and the pages there are to look at. It is for
// developers and stands only beside the sandbox.
func (s *Server) showShowcase(c *fiber.Ctx) error {
	if s.Demo == nil {
		return fiber.ErrNotFound
	}
	page := showcase.Sheet{Base: s.blank(c, s.Texts.Localizer(s.Texts.Languages()[0]))}
	page.Heading, page.Title, page.Step = "Showcase", "Showcase", "showcase"
	page.Private, page.Scheme = true, scheme(c)
	page.ThemeCSS = showcase.StatesCSS
	setPolicy(c, s.pagePolicy(c, page.ThemeCSS))
	for _, p := range s.showcase() {
		page.Pages = append(page.Pages, layout.Link{Title: p.Title, URL: urls.Showcase + "/" + p.Name})
	}
	return render(c, fiber.StatusOK, showcase.SheetView(page))
}

// showShowcasePage shows one page of the widget in one state.
func (s *Server) showShowcasePage(c *fiber.Ctx) error {
	if s.Demo == nil {
		return fiber.ErrNotFound
	}
	all := s.showcase()
	i := slices.IndexFunc(all, func(p showcase.Page) bool { return p.Name == c.Params(urls.PathPage) })
	if i < 0 {
		return fiber.ErrNotFound
	}
	setPolicy(c, s.pagePolicy(c, ""))
	return render(c, fiber.StatusOK, all[i].View)
}

func (s *Server) showcase() []showcase.Page {
	return showcase.Pages(showcase.Options{
		Texts:     func(lang string) layout.Texts { return s.Texts.Localizer(lang) },
		ScriptURL: s.Assets.URL("app.js"), IconURL: s.Assets.URL("favicon.svg"),
	})
}

// scheme is "light" or "dark" where the address says so.
func scheme(c *fiber.Ctx) string {
	if wish := c.Query(urls.QueryScheme); wish == "light" || wish == "dark" {
		return wish
	}
	return ""
}
