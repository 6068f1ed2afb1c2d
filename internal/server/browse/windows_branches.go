package browse

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// branches returns the branches of a chain, the soonest first. It costs no call: the list of branches has the nearest time of each.
func (s *Handlers) branches(c *fiber.Ctx, v *page.Request) ([]*catalog.Company, error) {
	companies, err := s.Catalog.Companies(c.UserContext(), v.Lang, v.Form.GroupID)
	if err != nil {
		return nil, err
	}
	companies = slices.DeleteFunc(slices.Clone(companies), func(company *catalog.Company) bool {
		return company.Closed || v.Choices.City != 0 && company.CityID != v.Choices.City
	})
	late := func(company *catalog.Company) int { // those of which nothing is known come last
		if company.NextSlot.After(s.Now()) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(companies, func(a, b *catalog.Company) int {
		return cmp.Or(cmp.Compare(late(a), late(b)), a.NextSlot.Compare(b.NextSlot))
	})
	return companies, nil
}

// showBranches lists the branches of a chain.
func (s *Handlers) showBranches(c *fiber.Ctx, v *page.Request, listed bool) error {
	companies, err := s.branches(c, v)
	if err != nil {
		return err
	}
	view := pages.WindowsPage{Base: s.windowsBase(c, v)}
	view.Feeds = feeds(v)
	if v.Choices.City != 0 && v.Journey.Has(flow.City) && !v.Sole[flow.City] {
		link := layout.Link{Title: v.CityTitle(v.City), URL: windowsURL(v, v.Choices.Fresh(), listed), Current: true}
		view.Filters = []pages.WindowFilter{{Name: "city", Title: v.Text.T("widget.step.city"), Links: []layout.Link{link}}}
		begin(&view.Base, link.Title)
	}
	for _, company := range companies {
		view.Branches = append(view.Branches, pages.Company{
			ID: company.ID, Title: company.Title, Address: address(company), Nearest: s.nearest(v, company), LogoURL: company.LogoURL,
			URL: windowsURL(v, atBranch(v, company), listed),
		})
	}
	if len(view.Branches) == 0 {
		view.EmptyText = v.Text.T("widget.company.none")
	}
	s.markSoonest(view.Branches, companies)
	if listed {
		listOnWebsite(&view, "")
	}
	return s.Pages.Browse(c, v, pages.WindowsView(view))
}
