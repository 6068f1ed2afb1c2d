package server

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

func (s *Server) showCity(c *fiber.Ctx, v *pageRequest) error {
	cities, err := s.Catalog.Cities(c.UserContext(), v.lang, v.form.GroupID)
	if err != nil {
		return err
	}
	inOrder := v.text.Collation()
	slices.SortStableFunc(cities, func(a, b catalog.City) int {
		if a.Title == "" || b.Title == "" {
			return cmp.Compare(len(b.Title), len(a.Title)) // branches without a city come last
		}
		return inOrder(a.Title, b.Title)
	})
	page := pages.CityPage{Base: s.base(c, v, v.text.T("header.select_town"))}
	suggested := v.Journey.Preselected(flow.City, v.Choices)
	query := searched(c.Query(urls.QuerySearch))
	wanted := looking(query)
	page.Search = v.finder(len(cities), query)
	for _, city := range cities {
		title := v.cityTitle(city)
		if !wanted.finds(title) {
			continue
		}
		page.Cities = append(page.Cities, pages.City{
			ID: city.ID, Title: title, Note: v.text.N("widget.city.companies", city.Companies),
			URL:      v.next(v.Journey.Set(flow.City, v.Choices, flow.Choice{ID: city.ID})),
			Selected: city.ID == suggested.City,
		})
	}
	page.NextURL = v.goOn(suggested)
	return s.browse(c, v, pages.CityView(page))
}

// cityTitle is a city's title, and words of ours for branches that have no city.
func (v *pageRequest) cityTitle(city catalog.City) string {
	return cmp.Or(city.Title, v.text.T("widget.city.other"))
}

// goOn is the address that a preselected or earlier choice leads to, or "" when nothing is
// selected on this step.
func (v *pageRequest) goOn(suggested flow.Choices) string {
	if !v.Journey.Decided(flow.Step(v.page), suggested) {
		return ""
	}
	return v.next(suggested)
}
