package server

import (
	"net"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// demoForm is the bookform of the demo salon. It has every language and every optional setting.
const demoForm = 18

// demoServices is how many services the website shows.
const demoServices = 3

// showDemo shows the website of the demo salon, with the widget embedded as on any website. With a real upstream there is
// no page at "/".
func (s *Server) showDemo(c *fiber.Ctx) error {
	if s.Demo == nil {
		return fiber.ErrNotFound
	}
	languages := s.Texts.Languages()
	lang := i18n.Match(c.Get(fiber.HeaderAcceptLanguage), languages, languages[0])
	if wanted, ok := i18n.Canonical(c.Query(urls.QueryLang)); ok {
		lang = wanted
	}
	text := s.Texts.Localizer(lang)
	widget := s.demoWidget(c)
	view := pages.DemoPage{
		Base: s.pages.Blank(c, text), InboxURL: s.Demo.InboxURL, StyleURL: s.Assets.URL("demo.css"),
		LoaderURL: widget + urls.Loader, Form: demoForm, BookURL: page.InLang(widget+urls.Form(demoForm), lang),
		Apart: text.T("widget.demo.apart", "page", response.HostOf(c.BaseURL()), "widget", response.HostOf(widget)),
	}
	view.Title, view.Step = text.T("widget.demo.title"), "demo"
	view.Salon.Name = "Malva"
	for _, code := range languages {
		view.Languages = append(view.Languages, layout.Link{
			Title: s.Texts.Name(code), Lang: i18n.Tag(code), URL: page.InLang(urls.Home, code), Current: code == text.Lang(),
		})
	}
	named := text.Lang()
	if !slices.Contains(languages, named) {
		named = languages[0]
	}
	for _, form := range s.Demo.Forms(named) {
		if named != text.Spoken() {
			form.Lang = i18n.Tag(named)
		}
		form.URL = urls.Form(form.ID)
		view.Forms = append(view.Forms, form)
	}
	if err := s.addSalon(c, &view, text); err != nil {
		s.Log.Warn("demo salon", "id", response.RequestID(c), "error", err)
	}
	response.SetPolicy(c, demoPolicy(widget))
	return response.Render(c, fiber.StatusOK, pages.DemoView(view))
}

// addSalon adds the salon's address, its phone and some of its services.
func (s *Server) addSalon(c *fiber.Ctx, view *pages.DemoPage, text *i18n.Localizer) error {
	lang := i18n.UpstreamCode(text.Lang())
	form, err := s.Catalog.Bookform(c.UserContext(), demoForm)
	if err != nil {
		return err
	}
	company, err := s.Catalog.Company(c.UserContext(), lang, form.CompanyID)
	if err != nil {
		return err
	}
	view.Salon = layout.Salon{Name: company.Title, Address: company.Address}
	page.Call(&view.Salon, company.Phone)
	services, err := s.Catalog.Services(c.UserContext(), lang, company.ID, catalog.Filter{})
	if err != nil {
		return err
	}
	for _, category := range services.Categories {
		if len(category.Services) == 0 || len(view.Services) == demoServices {
			continue
		}
		service := category.Services[0]
		view.Services = append(view.Services, pages.DemoService{
			ID: service.ID, Title: service.Title, Category: category.Title,
			Price: text.Price(service.Price, company.Currency),
		})
	}
	return nil
}

// demoWidget returns the origin under which the demo website embeds the widget. On the loopback it is the other of the names
// "localhost" and "127.0.0.1", so that website and widget are two sites, as they are in production.
func (s *Server) demoWidget(c *fiber.Ctx) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host, port, err := net.SplitHostPort(c.Hostname())
	if err != nil {
		return c.BaseURL()
	}
	switch strings.ToLower(host) {
	case "localhost":
		host = "127.0.0.1"
	case "127.0.0.1":
		host = "localhost"
	}
	return c.Protocol() + "://" + net.JoinHostPort(host, port)
}
