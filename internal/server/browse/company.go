package browse

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/search"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// ShowCompany lists the companies of a city.
func (s *Handlers) ShowCompany(c *fiber.Ctx, v *page.Request) error {
	companies, err := s.Catalog.Companies(c.UserContext(), v.Lang, v.Form.GroupID)
	if err != nil {
		return err
	}
	view := pages.CompanyPage{Base: s.Pages.Base(c, v, v.Text.T("widget.title.company"))}
	suggested := v.Journey.Preselected(flow.Company, v.Choices)
	where := address
	if v.Choices.City != 0 { // and all of them are there
		where = func(company *catalog.Company) string { return company.Address }
	}
	query, near := page.Searched(c.Query(urls.QuerySearch)), 0
	wanted := search.Looking(query)
	for _, company := range companies {
		if company.Closed || v.Choices.City != 0 && company.CityID != v.Choices.City {
			continue
		}
		if near++; !wanted.Finds(company.Title, company.City, company.Address) {
			continue
		}
		view.Companies = append(view.Companies, pages.Company{
			ID: company.ID, Title: company.Title, Address: where(company), Short: company.Short, Schedule: company.Schedule,
			Nearest: s.nearest(v, company), LogoURL: company.LogoURL,
			URL:    v.Next(v.Journey.Set(flow.Company, v.Choices, flow.Choice{ID: company.ID})),
			MapURL: page.MapURL(company), MapLabel: pages.Join(": ", company.Title, v.Text.T("company.on_map")),
			Selected: company.ID == suggested.Company,
		})
	}
	view.Search = v.Finder(near, query)
	view.Search.Found = v.Found(query, len(view.Companies))
	begin(&view.Base, outcome(view.Search, v.Text.T("widget.company.none")))
	view.NextURL, view.Windows = v.GoOn(suggested), s.windowsOfFirstPage(c, v)
	s.markSoonest(view.Companies, companies)
	return s.Pages.Browse(c, v, pages.CompanyView(view))
}

// address returns where a company is. The city is left out where the address names it.
func address(company *catalog.Company) string {
	if strings.Contains(strings.ToLower(company.Address), strings.ToLower(company.City)) {
		return company.Address
	}
	return pages.Join(", ", company.City, company.Address)
}

// markSoonest marks the company with the first free slot. It costs no call, because the list of companies has the next slot of
// each (rest-api: forBooking=1).
func (s *Handlers) markSoonest(cards []pages.Company, companies []*catalog.Company) {
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

// nearest returns a company's first free slot in words, "" when it is unknown or past.
func (s *Handlers) nearest(v *page.Request, company *catalog.Company) string {
	if !company.NextSlot.After(s.Now()) {
		return ""
	}
	at := company.NextSlot.In(company.Location)
	return v.Text.T("widget.nearest", "day", v.Text.RelativeDay(at, s.Now().In(company.Location)), "time", v.Text.Time(at))
}
