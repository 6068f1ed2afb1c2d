package browse

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
)

// FromWidget redirects a link of the upstream's own widget to the same page of this one. The link's path is either written
// behind the form's path, or, for a visit, the whole link is the parameter "link". The redirect does not check whether the
// visit or the company exists; the page that it leads to does.
func (s *Handlers) FromWidget(c *fiber.Ctx) error {
	form, ok := input.PlainID(c.Params(urls.PathForm))
	if !ok {
		return fiber.ErrNotFound
	}
	known, err := s.Catalog.Bookform(c.UserContext(), form)
	if err != nil {
		return err
	}
	below := urls.BelowForm(c.Path(), c.Params(urls.PathForm))
	if target, ok := flow.ParseWidgetPage(below); ok {
		return s.toPage(c, known, target)
	}
	raw := c.Query(urls.QueryLink)
	if raw == "" {
		raw = below + "?" + string(c.Request().URI().QueryString())
	}
	link, ok := flow.ParseRecordLink(raw)
	if !ok || link.Bookform != 0 && link.Bookform != form {
		return guard.ErrNoVisit
	}
	if link.Company == 0 && known.GroupID == 0 {
		link.Company = known.CompanyID
	}
	if link.Company == 0 {
		return guard.ErrNoVisit
	}
	lang, _ := i18n.Canonical(cmp.Or(c.Query(urls.QueryLang), link.Lang))
	return c.Redirect(page.InLang(urls.Visit{Form: form, Company: link.Company, Record: link.Record, Hash: link.Hash}.Path(urls.VisitShown), lang), fiber.StatusSeeOther)
}

// toPage redirects a page of the upstream's widget to the start of the booking here. Start reads the state and the campaign's
// tags, which are passed on.
func (s *Handlers) toPage(c *fiber.Ctx, form *catalog.Bookform, target flow.WidgetPage) error {
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return fiber.ErrNotFound
	}
	at := urls.Form(form.ID)
	choices := target.Choices
	choices.Lang, _ = i18n.Canonical(query.Get(urls.QueryLang))
	choices.Tags = flow.ParseTags(query)
	if form.GroupID != 0 && choices.Company != 0 {
		// A chain's form may ask for the city first, which the widget's address leaves out.
		branches, err := s.Catalog.Companies(c.UserContext(), s.Pages.Language(c, form, choices.Lang), form.GroupID)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(branches, func(b *catalog.Company) bool { return b.ID == choices.Company }); i >= 0 {
			choices.City = branches[i].CityID
		}
	}
	if target.GroupEvent != 0 {
		at = urls.Item(form.ID, urls.Events, target.GroupEvent)
	} else if o := query.Get(urls.QueryState) + target.State; o != "" {
		at = urls.With(at, urls.Param(urls.QueryState, o))
	}
	if chosen := choices.Encode(); chosen != "" {
		at = urls.With(at, chosen)
	}
	return c.Redirect(at, fiber.StatusSeeOther)
}
