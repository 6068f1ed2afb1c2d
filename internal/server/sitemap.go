package server

import (
	"html"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// origin returns the origin of absolute addresses.
func (s *Server) origin(c *fiber.Ctx) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	return c.BaseURL()
}

// showSitemap lists the first pages of the forms that the operator tells the world of, in each of their languages, and of a chain's
// branches. It is made of cached answers and costs no call; a form that is not cached has the address that leads to its first page.
func (s *Server) showSitemap(c *fiber.Ctx) error {
	if len(s.Found) == 0 {
		return fiber.ErrNotFound
	}
	origin := s.origin(c)
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
	for _, form := range s.Found {
		for _, languages := range s.listed(c, form) {
			for _, one := range languages {
				if one.Lang == page.AnyLanguage {
					continue // it leads to one of the others
				}
				b.WriteString("<url><loc>" + html.EscapeString(origin+one.URL) + "</loc>")
				if len(languages) > 1 {
					for _, other := range languages {
						b.WriteString(`<xhtml:link rel="alternate" hreflang="` + other.Lang + `" href="` + html.EscapeString(origin+other.URL) + `"/>`)
					}
				}
				b.WriteString("</url>\n")
			}
		}
	}
	b.WriteString("</urlset>\n")
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationXMLCharsetUTF8)
	return c.SendString(b.String())
}

// listed returns the pages of a form that a sitemap lists, each in its languages.
func (s *Server) listed(c *fiber.Ctx, id int) (out [][]layout.Link) {
	known, _ := catalog.OnlyCached(c.UserContext())
	form, err := s.Catalog.Bookform(known, id)
	if err != nil {
		return [][]layout.Link{{{URL: urls.Form(id)}}}
	}
	lang := s.pages.Language(c, form, "")
	first := s.pages.New(c, form, form.Journey.Apply(flow.Choices{Lang: lang}), "")
	page.Forget(c)
	add := func(v *page.Request) {
		v.Page = urls.Page(v.Journey.Next(v.Choices))
		if languages := v.Alternates(); languages != nil {
			out = append(out, languages)
			return
		}
		out = append(out, []layout.Link{{URL: v.Next(v.PlaceOnly())}})
	}
	if form.GroupEventsOnly {
		return [][]layout.Link{{{URL: urls.FormPage(id, urls.Events)}}}
	}
	add(first)
	if form.GroupID == 0 || first.Choices.Company != 0 {
		return out
	}
	companies, err := s.Catalog.Companies(known, first.Lang, form.GroupID)
	if err != nil {
		return out
	}
	for _, company := range companies {
		if company.Closed || first.Choices.City != 0 && company.CityID != first.Choices.City {
			continue
		}
		branch := s.pages.New(c, form, first.Choices, "")
		page.Forget(c)
		if form.Journey.Has(flow.City) {
			branch.Choices = form.Journey.Set(flow.City, branch.Choices, flow.Choice{ID: company.CityID})
		}
		branch.Choices = form.Journey.Set(flow.Company, branch.Choices, flow.Choice{ID: company.ID})
		add(branch)
	}
	return out
}
