package visits

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/page"
	"okoshko/internal/server/wishes"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/layout"
)

// wish is what the owner of a visit asks for who would like to have it earlier. Its second value says whether that can be: the visit
// can be moved, and there is a time before it.
func (o *visitPage) wish(now time.Time) (wishes.Subject, bool) {
	d := o.visit
	if o.who != nil || d.GroupEvent != 0 || o.change.Open() || !d.MayMove(now).OK || !d.Start.After(now) {
		return wishes.Subject{}, false
	}
	filter := o.moveFilter()
	if len(filter.Services) == 0 {
		return wishes.Subject{}, false
	}
	out := wishes.Subject{
		Services: filter.Services, Master: filter.Master, Fixed: d.Master, URL: o.url(urls.VisitWish),
		Visit: &waiting.Visit{Company: d.Company, Record: d.ID, Hash: o.address.Hash, Start: d.Start},
		Back:  layout.Back{Label: o.Text.T("widget.move.keep"), URL: o.url(urls.VisitShown)},
	}
	if d.Any {
		out.Fixed = o.Text.T("widget.master.any")
	}
	for _, row := range page.RecordVisit(o.Request, d).Services {
		out.Titles = append(out.Titles, row.Label)
	}
	return out, true
}

// wishLink returns the link to the form that asks for an earlier time; nil where nobody can be told.
func (s *Handlers) wishLink(o *visitPage) *layout.Link {
	if _, ok := o.wish(s.Now()); !ok || s.Pages.Waits == nil || !s.Pages.Waits() {
		return nil
	}
	return &layout.Link{Title: o.Text.T("widget.wish.earlier"), URL: o.url(urls.VisitWish)}
}

// ShowWish shows the form that asks for an earlier time. The visit is not changed.
func (s *Handlers) ShowWish(c *fiber.Ctx, o *visitPage) error {
	a, ok := s.earlier(c, o)
	if !ok {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther) // its page says why
	}
	return s.WishForms.Answer(c, o.Request, a)
}

// SubmitWish takes the form.
func (s *Handlers) SubmitWish(c *fiber.Ctx, o *visitPage) error {
	a, ok := s.earlier(c, o)
	if !ok {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther)
	}
	o.Notices = slices.DeleteFunc(o.Notices, func(n page.Notice) bool { return n == page.NoticeExpired }) // the form says so itself
	return s.WishForms.Submit(c, o.Request, a, o.token, o.expired)
}

// earlier is wish with the token of its form.
func (s *Handlers) earlier(c *fiber.Ctx, o *visitPage) (wishes.Subject, bool) {
	a, ok := o.wish(s.Now())
	a.Mint = func() (string, error) { return o.mint(c, s, wishes.Act) }
	return a, ok && s.wishLink(o) != nil
}
