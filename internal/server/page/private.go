package page

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/input"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// After how many seconds the page of an unfinished attempt or change asks for itself again.
const (
	AgainPending  = 2
	AgainChecking = 10
)

const (
	// againFor is for how many seconds the script of a page that waits for something asks.
	againFor = 600
	// reloadEvery is after how many seconds such a page reloads itself where there is no script. Sooner, nobody could read it
	// who hears it or enlarges it.
	reloadEvery = 20
	// reloads is how often it does.
	reloads = 15
	// noReload in the address says that it does not.
	noReload = "off"
)

// Again returns how a page asks for itself every so many seconds. The address is the page's own, with its language.
func Again(c *fiber.Ctx, text layout.Texts, seconds int, address string) *layout.Waiting {
	out := &layout.Waiting{
		Seconds: seconds, Times: againFor / seconds, Now: layout.Link{Title: text.T("widget.again.now"), URL: address},
		Stop: layout.Link{Title: text.T("widget.again.stop"), URL: urls.With(address, urls.Param(urls.QueryAgain, noReload))},
	}
	before, _ := strconv.Atoi(c.Query(urls.QueryAgain))
	if c.Query(urls.QueryAgain) != noReload && before >= 0 && before < reloads {
		out.Reload = strconv.Itoa(reloadEvery) + "; url=" + urls.With(address, urls.Param(urls.QueryAgain, strconv.Itoa(before+1)))
	}
	return out
}

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
