package server

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/i18n"
)

// fromElsewhere leads a link of the upstream's own widget to the visit's page here: one whose address
// begins with the form and goes on as the widget's does, or one that is handed over whole as "link".
// Nothing is asked of the upstream for it; whether there is such a visit is for the visit's page to say.
func (s *Server) fromElsewhere(c *fiber.Ctx) error {
	form, ok := plainID(c.Params("form"))
	if !ok {
		return fiber.ErrNotFound
	}
	known, err := s.Catalog.Form(c.UserContext(), form)
	if err != nil {
		return err
	}
	raw := c.Query("link")
	if raw == "" {
		raw = "company/" + c.Params("*") + "?" + string(c.Request().URI().QueryString())
	}
	link, ok := flow.ParseRecordLink(raw)
	if !ok || link.Form != 0 && link.Form != form {
		return errNoVisit
	}
	if link.Company == 0 && known.GroupID == 0 {
		link.Company = known.CompanyID
	}
	if link.Company == 0 {
		return errNoVisit
	}
	lang, ok := i18n.Canonical(firstOf(c.Query("lang"), link.Lang))
	if !ok {
		lang = ""
	}
	return c.Redirect(recordURL(form, link.Company, link.Record, link.Hash, "", url.QueryEscape(lang)), fiber.StatusSeeOther)
}
