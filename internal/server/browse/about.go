package browse

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// ShowAbout shows the page about a company. It needs no call that other pages do not need.
func (s *Handlers) ShowAbout(c *fiber.Ctx) error {
	v, err := s.Pages.Read(c, flow.Contact)
	if err != nil {
		return err
	}
	if v.Company == nil {
		return s.Pages.Redirect(c, v, v.Open)
	}
	company := v.Company
	if !page.Tells(company) {
		return fiber.ErrNotFound
	}
	v.Page = urls.About
	view := pages.SalonPage{
		Base: s.Pages.Base(c, v, company.Title), Short: company.Short, AboutHTML: company.About, Photos: company.Photos,
		Place: address(company), MapURL: page.MapURL(company), Schedule: company.Schedule,
		SiteURL: company.Site, Site: strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(company.Site, "https://"), "http://"), "/"),
		Calls: page.CallLine(company.Phone), BackURL: v.URL(v.FirstChoice(), v.PlaceOnly()),
	}
	for _, line := range company.Phones {
		view.More = append(view.More, page.CallLine(line))
	}
	view.Summary, view.Progress = nil, nil
	return s.Pages.Browse(c, v, pages.SalonView(view))
}
