package server

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

func (s *Server) showCompany(c *fiber.Ctx, v *pageRequest) error {
	companies, err := s.Catalog.Companies(c.UserContext(), v.lang, v.form.GroupID)
	if err != nil {
		return err
	}
	page := pages.CompanyPage{Base: s.base(c, v, v.text.T("header.select_company"))}
	suggested := v.Journey.Preselected(flow.Company, v.Choices)
	query, near := searched(c.Query(urls.QuerySearch)), 0
	wanted := looking(query)
	for _, company := range companies {
		if company.Closed || v.Choices.City != 0 && company.CityID != v.Choices.City {
			continue
		}
		if near++; !wanted.finds(company.Title, company.City, company.Address) {
			continue
		}
		page.Companies = append(page.Companies, pages.Company{
			ID: company.ID, Title: company.Title, Address: join(", ", company.City, company.Address), Short: company.Short, Schedule: company.Schedule,
			Nearest: s.nearest(v, company), LogoURL: company.LogoURL,
			URL:    v.next(v.Journey.Set(flow.Company, v.Choices, flow.Choice{ID: company.ID})),
			MapURL: mapURL(company), MapLabel: join(": ", company.Title, v.text.T("company.on_map")),
			Selected: company.ID == suggested.Company,
		})
	}
	page.Search = v.finder(near, query)
	page.NextURL = v.goOn(suggested)
	s.markSoonest(page.Companies, companies)
	return s.browse(c, v, pages.CompanyView(page))
}

// markSoonest marks the branch that is free first among several. The list of branches has each one's
// next slot (forBooking=1), so it costs no call.
func (s *Server) markSoonest(cards []pages.Company, companies []*catalog.Company) {
	next := map[int]time.Time{}
	for _, company := range companies {
		next[company.ID] = company.NextSlot
	}
	first := -1
	for i, card := range cards {
		if at := next[card.ID]; at.After(s.Now()) && (first < 0 || at.Before(next[cards[first].ID])) {
			first = i
		}
	}
	if first >= 0 && len(cards) > 1 {
		cards[first].Soonest = true
	}
}

// nearest is the first free time of a company in words, "" when it is unknown or over.
func (s *Server) nearest(v *pageRequest, company *catalog.Company) string {
	if !company.NextSlot.After(s.Now()) {
		return ""
	}
	at := company.NextSlot.In(company.Location)
	return v.text.T("widget.nearest", "day", v.text.RelativeDay(at, s.Now().In(company.Location)), "time", v.text.Time(at))
}

// mapURL shows a company on a map that needs no key, "" when its place is unknown.
func mapURL(company *catalog.Company) string {
	if company.Lat == 0 && company.Lon == 0 {
		return ""
	}
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%f&mlon=%f#map=17/%f/%f", company.Lat, company.Lon, company.Lat, company.Lon)
}
