package page

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// RefusalPage answers with a refusal that no change of the form can avoid. The page says what the customer can do instead.
func (s *Builder) RefusalPage(c *fiber.Ctx, v *Request, reason booking.Reason) error {
	v.Page = urls.Error
	view := pages.ErrorPage{
		Base: s.Base(c, v, v.Text.T("widget.refused."+string(reason)+".title")),
		Text: v.Text.T("widget.refused." + string(reason) + ".text"),
		Ref:  response.RequestID(c),
	}
	view.ErrorKind, view.Private = string(reason), true
	if href := view.Salon.PhoneHref; href != "" {
		view.Actions = append(view.Actions, Dial(v.Text, view.Salon.Phone, href))
	}
	view.Actions = append(view.Actions, layout.Link{Title: v.Text.T("widget.error.restart"), URL: view.StartURL})
	return response.Render(c, fiber.StatusUnprocessableEntity, pages.ErrorView(view))
}

// ErrClosed says that a company takes no bookings online.
var ErrClosed = errors.New("server: no online bookings")
