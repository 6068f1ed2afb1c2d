package server

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// tells says whether there is more to say of a salon than its name and place.
func tells(company *catalog.Company) bool {
	return company.About != "" || company.Short != "" || company.Site != "" || company.Schedule != "" || len(company.Photos)+len(company.Phones) > 0
}

// aboutURL leads to what there is to say of the salon, "" where there is nothing.
func (v *pageRequest) aboutURL() string {
	if v.Company == nil || !tells(v.Company) || v.page == urls.About {
		return ""
	}
	return v.pageURL(urls.About, 0, v.placeOnly())
}

// showAbout tells about the salon: it asks nothing that the other pages have not asked.
func (s *Server) showAbout(c *fiber.Ctx) error {
	v, err := s.readRequest(c, flow.Contact)
	if err != nil {
		return err
	}
	if v.Company == nil {
		return s.redirect(c, v, v.Open)
	}
	company := v.Company
	if !tells(company) {
		return fiber.ErrNotFound
	}
	v.page = urls.About
	page := pages.SalonPage{
		Base: s.base(c, v, company.Title), Short: company.Short, AboutHTML: company.About, Photos: company.Photos,
		Place: join(", ", company.City, company.Address), MapURL: mapURL(company), Schedule: company.Schedule,
		SiteURL: company.Site, Site: strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(company.Site, "https://"), "http://"), "/"),
		Calls: callLine(company.Phone), BackURL: v.url(v.firstChoice(), v.placeOnly()),
	}
	for _, line := range company.Phones {
		page.More = append(page.More, callLine(line))
	}
	page.Summary, page.Progress = nil, nil
	return s.browse(c, v, pages.SalonView(page))
}
