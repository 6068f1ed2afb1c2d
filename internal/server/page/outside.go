package page

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/input"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// How often a page that does not know the end yet asks again, in seconds.
const (
	RefreshPending  = 2
	RefreshChecking = 10
)

// ReadAt is a visit for a page outside the steps: a form and one of its companies, nothing chosen.
func (s *Builder) ReadAt(c *fiber.Ctx, formID, companyID int, which urls.Page) (*Request, error) {
	form, err := s.Catalog.Bookform(c.UserContext(), formID)
	if err != nil {
		return nil, err
	}
	lang := s.Language(c, form, c.Query(urls.QueryLang))
	v := s.New(c, form, flow.Choices{Lang: lang}, which)
	v.apart = true
	company, err := s.Catalog.Company(c.UserContext(), v.Lang, companyID)
	if err != nil {
		return nil, err
	}
	v.Selection = &catalog.Selection{Journey: form.Journey, Choices: flow.Choices{Lang: lang}, Company: company}
	return v, nil
}

// ReadCompany is a visit with nothing chosen at one of a form's own companies. Another salon's company
// is no company here, so that one salon's address never shows what belongs to another.
func (s *Builder) ReadCompany(c *fiber.Ctx, formID, companyID int) (*Request, error) {
	form, err := s.Catalog.Bookform(c.UserContext(), formID)
	if err != nil {
		return nil, err
	}
	v := s.New(c, form, flow.Choices{Lang: s.Language(c, form, c.Query(urls.QueryLang))}, urls.Record)
	companies, err := s.CompaniesOf(c, v)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(companies, companyID) {
		return nil, booking.ErrNoRecord
	}
	company, err := s.Catalog.Company(c.UserContext(), v.Lang, companyID)
	if err != nil {
		return nil, err
	}
	v.Company = company
	return v, nil
}

// CompaniesOf are the companies that a form books at.
func (s *Builder) CompaniesOf(c *fiber.Ctx, v *Request) ([]int, error) {
	if v.Form.GroupID == 0 {
		return []int{v.Form.CompanyID}, nil
	}
	companies, err := s.Catalog.Companies(c.UserContext(), v.Lang, v.Form.GroupID)
	if err != nil {
		return nil, err
	}
	ids := make([]int, len(companies))
	for i, company := range companies {
		ids[i] = company.ID
	}
	return ids, nil
}

// InLang is an address in a language, "" being no language in particular.
func InLang(address, lang string) string {
	if lang == "" {
		return address
	}
	return urls.With(address, urls.Param(urls.QueryLang, lang))
}

// PrivateBase is the layout of a page that belongs to one person.
func (s *Builder) PrivateBase(c *fiber.Ctx, v *Request, heading string) layout.Base {
	if v.Self == "" {
		v.Self = input.HereWith(c, urls.QueryDate, urls.QueryFrom, urls.QueryMonth, urls.QuerySlot)
	}
	b := s.Base(c, v, heading)
	b.Private, b.Progress, b.Summary = true, nil, nil
	return b
}

// AccountURL is the account at a form.
func AccountURL(form int, lang string) string {
	return InLang(urls.AccountOf(form, urls.AccountVisits), lang)
}
