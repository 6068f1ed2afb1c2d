package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/input"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// A page that has to wait longer for a call than its reader would shows at once what is known: the salon, what is chosen and
// what it costs, the masters, the days. In the place of the rest it says that this is still looked for. It asks for itself again
// until it is whole, and no cache keeps it.

// AgainLooking is after how many seconds such a page asks for itself again.
const AgainLooking = 3

// kindLooking is the data-error of such a page, as of an error page of which nothing is known at all.
const kindLooking = "busy"

// Look marks the layout of a page of which a part is still looked for.
func (s *Builder) Look(c *fiber.Ctx, v *Request, b *layout.Base) {
	again := urls.With(input.Here(c), append(input.Asked(c, urls.QueryNotice, urls.QueryUnfit), urls.Param(urls.QueryLang, v.Text.Lang()))...)
	b.ErrorKind, b.Private, b.Looking = kindLooking, true, v.Text.T("widget.error.busy.text")
	b.Title = pages.Join(", ", v.Text.T("widget.error.busy.title"), b.Title)
	b.Canonical, b.Card = "", nil
	b.Waiting = Again(c, v.Text, AgainLooking, again)
	SetLooking(c)
}

// SetLooking sets the headers of an answer of which a part is still looked for.
func SetLooking(c *fiber.Ctx) {
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(AgainLooking))
	c.Set(fiber.HeaderCacheControl, "no-store")
}

// SendPart sends a page of which a part is still looked for, as Look has marked its layout.
func (s *Builder) SendPart(c *fiber.Ctx, view templ.Component) error {
	response.MarkPart(c)
	return response.Render(c, fiber.StatusServiceUnavailable, view)
}

// lookedFor are the steps that may be looked for. The confirm step answers a form.
var lookedFor = []urls.Page{urls.City, urls.Company, urls.Service, urls.Master, urls.Datetime, urls.Contact}

// Looking returns the page of a step that is still looked for, with the salon and with what is chosen as far as that is known;
// false where the request is for no step.
func (s *Builder) Looking(c *fiber.Ctx, v *Request) (pages.LookingPage, bool) {
	step, _, _ := strings.Cut(string(urls.PageOfRoute(c.Route().Path)), "/") // of a page below a step, the step
	if c.Route().Path == urls.FormRoute {
		step = string(v.Journey.PageOf(v.Journey.Next(v.Choices)))
	}
	which := urls.Page(step)
	key := "widget.title." + step
	switch {
	case which == urls.Events:
		key = "widget.event.title"
	case which == urls.City:
		key = "header.select_town"
	case !slices.Contains(lookedFor, which):
		return pages.LookingPage{}, false
	}
	if v.Company != nil {
		v.At(v.Company)
	}
	v.Page, v.Item = which, 0
	view := pages.LookingPage{Base: s.Base(c, v, v.Text.T(key))}
	s.Look(c, v, &view.Base)
	if view.Salon.PhoneHref != "" {
		view.Actions = append(view.Actions, Dial(v.Text, view.Salon.Phone, view.Salon.PhoneHref))
	}
	return view, true
}
