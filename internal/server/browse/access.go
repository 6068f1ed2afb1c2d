package browse

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// assessed is the day of the last assessment, as docs/accessibility-report.md has it.
var assessed = time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)

// ShowAccess shows the statement on accessibility. It does not need the upstream: while the salon cannot be read, the page has neither
// its name nor its phone.
func (s *Handlers) ShowAccess(c *fiber.Ctx) error {
	v, err := s.Pages.Read(c, flow.Contact)
	if problem := catalog.ProblemOf(err); problem == catalog.ProblemDown || problem == catalog.ProblemBusy {
		text := s.Pages.Texts.Localizer(s.Pages.WantedLanguage(c))
		view := s.statement(text, s.Pages.Blank(c, text))
		view.Heading, view.Step = view.Text.T("widget.access.title"), string(urls.Access)
		view.Title = view.Heading
		c.Set(fiber.HeaderCacheControl, "no-store")
		return response.Render(c, fiber.StatusOK, pages.AccessView(view))
	}
	if err != nil {
		return err
	}
	v.Page = urls.Access
	view := s.statement(v.Text, s.Pages.Base(c, v, v.Text.T("widget.access.title")))
	if v.Company != nil {
		view.Calls, view.Place = page.CallLine(v.Company.Phone), address(v.Company)
	}
	view.BackURL = v.StartURL()
	view.Summary, view.Progress = nil, nil
	return s.Pages.Browse(c, v, pages.AccessView(view))
}

// statement returns what is the same for every salon.
func (s *Handlers) statement(text *i18n.Localizer, base layout.Base) pages.AccessPage {
	return pages.AccessPage{Base: base, Date: text.DateYear(assessed), ContactURL: s.Pages.Access.Contact, AuthorityURL: s.Pages.Access.Authority}
}
