package account

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/phone"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// pastVisits is how many past visits are listed.
const pastVisits = 20

// showVisits lists the customer's visits at the form's companies, the coming ones before the past ones.
func (s *Handlers) showVisits(c *fiber.Ctx, m *me) error {
	companies, err := s.companies(c, m)
	if err != nil {
		return err
	}
	list, err := s.Desk.CustomerVisits(c.UserContext(), m.Lang, m.who.Token, func(id int) *time.Location {
		if company := companies[id]; company != nil {
			return company.Location
		}
		return nil
	})
	if err != nil {
		return err
	}
	coming, past := split(list, s.Now())
	leave, err := m.mint(c, s, ActLeave)
	if err != nil {
		return err
	}
	view := pages.MePage{
		Base:    m.base(c, s, m.Text.T("widget.me.title")),
		BookURL: m.StartURL(), ProfileURL: m.url(urls.AccountProfile), LeaveURL: m.url(urls.AccountLeave), Token: leave,
	}
	if who := whoIs(m.who.Customer); who != "" {
		view.Who = m.Text.T("widget.me.who", "who", who)
	}
	for _, d := range coming {
		view.Coming = append(view.Coming, s.myVisit(m, d, companies[d.Company]))
	}
	for _, d := range past[:min(len(past), pastVisits)] {
		view.Past = append(view.Past, s.myVisit(m, d, companies[d.Company]))
	}
	return response.Render(c, fiber.StatusOK, pages.MeView(view))
}

// whoIs returns how the page names the customer: by name, else by a masked phone or e-mail, because others may see the screen.
// The upstream may have a phone or an e-mail as a name, which is masked too.
func whoIs(who account.Customer) string {
	for _, name := range []string{who.Name, who.Phone, who.Email} {
		digits := account.Digits(name)
		switch {
		case strings.Contains(name, "@"):
			name = input.MaskedEmail(name)
		case digits != "" && !strings.ContainsFunc(name, unicode.IsLetter):
			name = phone.Number(digits).Masked()
		}
		if name != "" {
			return name
		}
	}
	return ""
}

// companies returns the form's companies by their ids.
func (s *Handlers) companies(c *fiber.Ctx, m *me) (map[int]*catalog.Company, error) {
	if m.Form.GroupID == 0 {
		return map[int]*catalog.Company{m.at.ID: m.at}, nil
	}
	all, err := s.Catalog.Companies(c.UserContext(), m.Lang, m.Form.GroupID)
	if err != nil {
		return nil, err
	}
	out := map[int]*catalog.Company{}
	for _, company := range all {
		out[company.ID] = company
	}
	return out, nil
}

// split divides visits into coming ones, the next first, and past ones, the latest first. Cancelled visits are past.
func split(list []*booking.Visit, now time.Time) (coming, past []*booking.Visit) {
	for _, d := range list {
		if d.Start.After(now) && d.Status != booking.StatusCancelled {
			coming = append(coming, d)
		} else {
			past = append(past, d)
		}
	}
	slices.SortFunc(coming, func(a, b *booking.Visit) int { return a.Start.Compare(b.Start) })
	slices.SortFunc(past, func(a, b *booking.Visit) int { return b.Start.Compare(a.Start) })
	return coming, past
}

// myVisit returns the view of a visit in the list, with links to move and to cancel it.
func (s *Handlers) myVisit(m *me, d *booking.Visit, company *catalog.Company) pages.MyVisit {
	v := *m.Request
	selection := *m.Selection
	v.Selection = &selection
	v.At(company)
	out := pages.MyVisit{
		Visit: page.RecordVisit(&v, d), Status: string(d.Status), Badge: m.Text.T("widget.record.status." + string(d.Status)),
		Again: layout.Link{Title: m.Text.T("widget.record.repeat"), URL: v.Repeat(d)},
	}
	address := urls.Visit{Form: m.Form.ID, Company: d.Company, Record: d.ID}
	url := func(which urls.VisitPage) string {
		return urls.With(address.Path(which), urls.Param(urls.QueryLang, m.Choices.Lang))
	}
	out.Visit.RecordID, out.Visit.RecordURL = d.ID, url(urls.VisitShown)
	if d.MayMove(s.Now()).OK {
		out.MoveURL = url(urls.VisitMove)
	}
	if d.MayCancel(s.Now()).OK {
		out.CancelURL = url(urls.VisitCancel)
	}
	return out
}
