package server

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/showcase"
)

// showShowcase shows every component in every state, and links to every page in every state. It is for developers and
// exists only with the embedded sandbox.
func (s *Server) showShowcase(c *fiber.Ctx) error {
	if s.Demo == nil {
		return fiber.ErrNotFound
	}
	view := showcase.Sheet{Base: s.pages.Blank(c, s.Texts.Localizer(s.Texts.Languages()[0]))}
	view.Heading, view.Title, view.Step = "Showcase", "Showcase", "showcase"
	view.Private, view.Scheme = true, scheme(c)
	view.ThemeCSS = showcase.StatesCSS
	response.SetPolicy(c, s.response.PagePolicy(c, view.ThemeCSS))
	for _, p := range s.showcase() {
		view.Pages = append(view.Pages, layout.Link{Title: p.Title, URL: urls.Showcase + "/" + p.Name})
	}
	return response.Render(c, fiber.StatusOK, showcase.SheetView(view))
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
	response.SetPolicy(c, s.response.PagePolicy(c, ""))
	return response.Render(c, fiber.StatusOK, all[i].View)
}

func (s *Server) showcase() []showcase.Page {
	return showcase.Pages(showcase.Options{
		Texts:     func(lang string) layout.Texts { return s.Texts.Localizer(lang) },
		ScriptURL: s.Assets.URL("app.js"), IconURL: s.Assets.URL("favicon.svg"),
	})
}

// scheme returns the colour scheme that the address asks for, "" for none.
func scheme(c *fiber.Ctx) string {
	if wish := c.Query(urls.QueryScheme); wish == "light" || wish == "dark" {
		return wish
	}
	return ""
}
