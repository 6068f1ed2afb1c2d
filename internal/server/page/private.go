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

// After how many seconds the page of an unfinished attempt or change reloads itself.
const (
	RefreshPending  = 2
	RefreshChecking = 10
)

// ReadAt reads a request for a page that is no step: with a form and a company, nothing chosen.
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

// ReadCompany reads a request for the page of a visit, nothing chosen. A company that the form does not book at is refused, so
// that the address of one salon never shows the visits of another.
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
	v.At(company)
	return v, nil
}

// CompaniesOf returns the ids of the companies that a form books at.
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

// InLang adds a language to an address. The language "" adds nothing.
func InLang(address, lang string) string {
	if lang == "" {
		return address
	}
	return urls.With(address, urls.Param(urls.QueryLang, lang))
}

// PrivateBase returns the layout of a private page that is no step.
func (s *Builder) PrivateBase(c *fiber.Ctx, v *Request, heading string) layout.Base {
	if v.Self == "" {
		v.Self = input.HereWith(c, urls.QueryDate, urls.QueryFrom, urls.QueryMonth, urls.QuerySlot)
	}
	b := s.Base(c, v, heading)
	b.Private, b.Progress, b.Summary = true, nil, nil
	return b
}

// AccountURL returns the address of the account at a form.
func AccountURL(form int, lang string) string {
	return InLang(urls.AccountOf(form, urls.AccountVisits), lang)
}
