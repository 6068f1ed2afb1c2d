package browse

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// filters fills the links that narrow the list, and returns in words what it is narrowed to.
func (s *Handlers) filters(c *fiber.Ctx, view *pages.WindowsPage, w *windows) (chosen []string) {
	add := func(name, title string, links []layout.Link) {
		if len(links) == 0 {
			return
		}
		view.Filters = append(view.Filters, pages.WindowFilter{Name: name, Title: title, Links: links})
		for _, link := range links {
			if link.Current {
				chosen = append(chosen, link.Title)
			}
		}
	}
	add("branch", w.Text.T("widget.step.company"), s.branchLinks(c, w))
	add("group", w.Text.T("widget.service.categories"), w.groupLinks())
	add("service", w.Text.T("widget.step.service"), w.serviceLinks())
	add("master", w.Text.T("widget.step.master"), w.masterLinks())
	return chosen
}

// branchLinks returns the chosen branch of a chain, and the others where they are few. Where the form fixes the city, they are those in it.
func (s *Handlers) branchLinks(c *fiber.Ctx, w *windows) (links []layout.Link) {
	if !w.Journey.Has(flow.Company) || w.Sole[flow.Company] && w.Sole[flow.City] {
		return nil
	}
	companies, err := s.Catalog.Companies(c.UserContext(), w.Lang, w.Form.GroupID)
	if err != nil {
		return nil
	}
	companies = slices.DeleteFunc(slices.Clone(companies), func(company *catalog.Company) bool {
		return company.Closed || !w.Journey.Has(flow.City) && w.Choices.City != 0 && company.CityID != w.Choices.City
	})
	for _, company := range companies {
		switch {
		case company.ID == w.Company.ID:
			links = append(links, layout.Link{Title: company.Title, URL: w.url(w.Choices.Fresh(), 0), Current: true})
		case len(companies) <= fewBranches:
			links = append(links, layout.Link{Title: company.Title, URL: w.url(atBranch(w.Request, company), 0)})
		}
	}
	if len(companies) < 2 {
		return nil
	}
	return links
}

// groupLinks returns the groups of services, of which there must be several.
func (w *windows) groupLinks() (links []layout.Link) {
	if !w.Journey.Has(flow.Service) {
		return nil
	}
	for _, category := range w.offered.Categories {
		if category.ID == 0 || category.Title == "" || !slices.ContainsFunc(category.Services, w.offers) {
			continue
		}
		link := layout.Link{Title: category.Title, Current: category.ID == w.group}
		if link.Current {
			link.URL = w.url(w.Choices, 0)
		} else {
			link.URL = w.url(w.Journey.Clear(flow.Service, w.Choices), category.ID)
		}
		links = append(links, link)
	}
	if !slices.ContainsFunc(links, func(link layout.Link) bool { return link.Current }) {
		w.group = 0
	}
	return links
}

// serviceLinks returns the chosen services.
func (w *windows) serviceLinks() (links []layout.Link) {
	if !w.Journey.Has(flow.Service) {
		return nil
	}
	for _, service := range w.Services {
		left := slices.DeleteFunc(slices.Clone(w.Choices.Services), func(id int) bool { return id == service.ID })
		links = append(links, layout.Link{
			Title: service.Title, URL: w.url(w.Journey.Set(flow.Service, w.Choices, flow.Choice{Services: left}), w.group), Current: true,
		})
	}
	return links
}

// masterLinks returns the masters, of whom there must be several.
func (w *windows) masterLinks() (links []layout.Link) {
	if len(w.masters) < 2 {
		return nil
	}
	for i := range w.masters {
		m := &w.masters[i]
		if m.ID == w.Choices.Master {
			links = append(links, layout.Link{Title: m.Name, URL: w.url(w.Journey.Clear(flow.Master, w.Choices), w.group), Current: true})
			continue
		}
		links = append(links, layout.Link{Title: m.Name, URL: w.url(w.Journey.Set(flow.Master, w.Choices, flow.Choice{ID: m.ID}), w.group)})
	}
	return links
}
