package visits

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The acts that change a visit. The token of a form names its act.
const (
	ActCancel = "cancel"
	ActMove   = "move"
)

// ShowCancel asks whether the visit is to be cancelled. Opening the page changes nothing.
func (s *Handlers) ShowCancel(c *fiber.Ctx, o *visitPage) error {
	permit := o.visit.MayCancel(s.Now())
	if !permit.OK || o.change.Open() {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther) // the visit's page says why
	}
	token, err := o.mint(c, s, ActCancel)
	if err != nil {
		return err
	}
	view := pages.CancelPage{
		Base: o.base(c, s, o.Text.T("widget.cancel.title")), Action: o.url(urls.VisitCancel), Token: token,
		Visit: page.RecordVisit(o.Request, o.visit), Text: o.Text.T("widget.cancel.text"), Until: o.Deadline(ActCancel, permit),
		Submit: o.Text.T("widget.cancel.submit"), Press: s.Guard.Press(o.Text), BackURL: o.url(urls.VisitShown), BackLabel: o.Text.T("widget.cancel.keep"),
	}
	if o.visit.MayMove(s.Now()).OK {
		view.MoveURL, view.MoveLabel = o.url(urls.VisitMove), o.Text.T("widget.move.instead")
	}
	view.Visit.RecordID = o.visit.ID
	return response.Render(c, fiber.StatusOK, pages.CancelView(view))
}

// SubmitCancel cancels the visit. The same form may arrive several times; the visit is cancelled once.
func (s *Handlers) SubmitCancel(c *fiber.Ctx, o *visitPage) error {
	if o.visit.Status == booking.StatusCancelled {
		return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther) // the visit is cancelled already, by this form or by another one
	}
	if !o.expired && s.Guard.Early(o.token) {
		o.Notices = append(o.Notices, page.NoticeEarly)
	}
	if o.expired || s.Guard.Early(o.token) {
		return s.ShowCancel(c, o)
	}
	change, err := s.Desk.Cancel(c.UserContext(), o.token.Nonce, o.Lang, o.visit)
	if err != nil {
		return err // the same form may be under way in another request
	}
	s.invalidate(o, change)
	if change.State == booking.StateRefused {
		return s.notChanged(c, o, change.Refusal)
	}
	return c.Redirect(o.url(urls.VisitShown), fiber.StatusSeeOther)
}

// sayOther makes the visit's page say that a change by another form is under way.
const sayOther = urls.QuerySay + "=other"

// notChanged answers a refused change with the visit's present page and the reason.
func (s *Handlers) notChanged(c *fiber.Ctx, o *visitPage, r booking.Refusal) error {
	if r.Reason == booking.ReasonGone {
		// The visit was changed or deleted meanwhile, so it must be read again before its page is shown.
		var err error
		if o, err = s.openVisit(c, s.Desk.OpenToChange); err != nil {
			return s.askToSignIn(c, err)
		}
	}
	alert := layout.Alert{Kind: "error", Text: o.Text.T("widget.change.refused")}
	switch r.Reason {
	case booking.ReasonDuplicate:
		return c.Redirect(o.url(urls.VisitShown, sayOther), fiber.StatusSeeOther)
	case booking.ReasonNotSent:
		alert.Text = o.Text.T("widget.change.not_sent")
	default:
		if r.Words != "" {
			alert.Text = o.Text.T("widget.change.words", "words", r.Words) + " " + alert.Text
		}
		alert.Link = page.CallLink(o.Text, o.Company.Phone)
	}
	return s.renderRecord(c, o, fiber.StatusUnprocessableEntity, alert)
}

// freed tells those who wait for a time of what a change has given back.
func (s *Handlers) freed(o *visitPage, change booking.Change) {
	v := waiting.VisitChange{Company: o.Company.ID, Record: o.visit.ID, Master: o.visit.MasterID, From: change.From, Length: o.visit.Length, To: change.To}
	for _, service := range o.visit.Services {
		v.Services = append(v.Services, service.ID)
	}
	if err := s.Wishes.VisitChanged(context.Background(), v); err != nil {
		s.Log.Warn("those who wait were not told of a time that was given back", "company", o.Company.ID, "error", err)
	}
}

// invalidate drops the cached answers of the days that a change concerns.
func (s *Handlers) invalidate(o *visitPage, change booking.Change) {
	for _, at := range []time.Time{change.From, change.To} {
		if !at.IsZero() {
			s.Catalog.Invalidate(o.Company, at)
		}
	}
	if o.visit.GroupEvent != 0 {
		s.Catalog.InvalidateGroupEvents(o.Company.ID)
		return
	}
	if change.State == booking.StateDone {
		s.freed(o, change)
	}
}
