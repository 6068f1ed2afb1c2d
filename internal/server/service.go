package server

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/web/templates/pages"
)

func (s *Server) showService(c *fiber.Ctx, v *visit) error {
	offered, err := s.Catalog.Services(c.UserContext(), v.lang, v.Company.ID, v.Filter(flow.Service))
	if err != nil {
		return err
	}
	chosen := v.Journey.Preselected(flow.Service, v.Choices)
	v.preview(offered, chosen)
	page := pages.ServicePage{
		Base:       s.base(c, v, v.text.T("header.select_service")),
		Chosen:     len(chosen.Services),
		ChosenText: v.text.N("widget.service.chosen", len(chosen.Services)),
		Total:      s.price(v),
		Duration:   s.duration(v),
		NextURL:    v.goOn(chosen),
		EmptyText:  v.text.T("service.noServicesAndEvents"),
	}
	s.offerEvents(c, v, &page.Base)
	for _, category := range offered.Categories {
		out := pages.Category{ID: category.ID, Title: category.Title}
		for _, service := range category.Services {
			out.Services = append(out.Services, v.serviceCard(service, chosen))
		}
		page.Categories = append(page.Categories, out)
	}
	return s.browse(c, v, pages.ServiceView(page))
}

// preview makes the totals count a preselected service that is not chosen yet.
func (v *visit) preview(offered *catalog.Services, chosen flow.Choices) {
	v.Services = nil
	for _, id := range chosen.Services {
		if service := offered.Find(id); service != nil {
			v.Services = append(v.Services, service)
		}
	}
}

// serviceCard is one service; a press adds it to the visit or takes it out again.
func (v *visit) serviceCard(service *catalog.Service, chosen flow.Choices) pages.Service {
	selected := slices.Contains(chosen.Services, service.ID)
	services, label := append(slices.Clone(chosen.Services), service.ID), "widget.service.add"
	if selected {
		label = "widget.service.remove"
		services = slices.DeleteFunc(services, func(id int) bool { return id == service.ID })
	}
	card := pages.Service{
		ID: service.ID, Title: service.Title, Comment: service.Comment, ImageURL: service.ImageURL,
		Price:    v.text.MoneyRange(service.PriceMin, service.PriceMax, v.Company.Currency),
		URL:      v.url(flow.Service, v.Journey.Set(flow.Service, v.Choices, flow.Choice{Services: services})),
		Selected: selected, Label: v.text.T(label, "title", service.Title),
	}
	if service.Length > 0 {
		card.Duration = v.text.Duration(service.Length)
	}
	return card
}
