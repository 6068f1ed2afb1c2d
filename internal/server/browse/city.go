package browse

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/search"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// ShowCity lists the cities in which a chain has companies.
func (s *Handlers) ShowCity(c *fiber.Ctx, v *page.Request) error {
	cities, err := s.Catalog.Cities(c.UserContext(), v.Lang, v.Form.GroupID)
	if err != nil {
		return err
	}
	inOrder := v.Text.Collation()
	slices.SortStableFunc(cities, func(a, b catalog.City) int {
		if a.Title == "" || b.Title == "" {
			return cmp.Compare(len(b.Title), len(a.Title)) // branches without a city come last
		}
		return inOrder(a.Title, b.Title)
	})
	view := pages.CityPage{Base: s.Pages.Base(c, v, v.Text.T("header.select_town"))}
	suggested := v.Journey.Preselected(flow.City, v.Choices)
	query := page.Searched(c.Query(urls.QuerySearch))
	wanted := search.Looking(query)
	view.Search = v.Finder(len(cities), query)
	for _, city := range cities {
		title := v.CityTitle(city)
		if !wanted.Finds(title) {
			continue
		}
		view.Cities = append(view.Cities, pages.City{
			ID: city.ID, Title: title, Note: v.Text.N("widget.city.companies", city.Companies),
			URL:      v.Next(v.Journey.Set(flow.City, v.Choices, flow.Choice{ID: city.ID})),
			Selected: city.ID == suggested.City,
		})
	}
	view.Search.Found = v.Found(query, len(view.Cities))
	begin(&view.Base, outcome(view.Search, v.Text.T("widget.city.none")))
	view.NextURL, view.Windows = v.GoOn(suggested), s.windowsOfFirstPage(c, v)
	return s.Pages.Browse(c, v, pages.CityView(view))
}
