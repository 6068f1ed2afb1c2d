package browse

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// ShowPrivacy shows the salon's agreement on personal data.
func (s *Handlers) ShowPrivacy(c *fiber.Ctx) error {
	v, err := s.Pages.Read(c, flow.Contact)
	if err != nil {
		return err
	}
	if v.Company == nil {
		return s.Pages.Redirect(c, v, v.Open)
	}
	html, err := s.Catalog.Privacy(c.UserContext(), v.Lang, v.Company.ID)
	if err != nil {
		return err
	}
	if html == "" {
		return fiber.ErrNotFound
	}
	v.Page = urls.Privacy
	view := pages.PrivacyPage{Base: s.Pages.Base(c, v, v.Text.T("widget.contact.privacy")), HTML: html}
	view.Summary, view.Progress = nil, nil
	return s.Pages.Browse(c, v, pages.PrivacyView(view))
}
