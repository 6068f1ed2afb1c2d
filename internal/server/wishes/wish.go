package wishes

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// find reads the wish of a request's secret. Every secret that opens nothing gets the same answer.
func (s *Handlers) find(c *fiber.Ctx) (waiting.Wish, error) {
	w, err := s.Desk.Find(c.UserContext(), c.Params(urls.PathSecret))
	if errors.Is(err, waiting.ErrNone) {
		page.Forget(c)
		return w, guard.ErrNoVisit
	}
	return w, err
}

// request reads a request for the page of a wish.
func (s *Handlers) request(c *fiber.Ctx, w waiting.Wish) (*page.Request, error) {
	v, err := s.Pages.ReadAt(c, w.Form, w.Company, urls.Waiting)
	if err != nil {
		return nil, err
	}
	v.At(v.Company)
	return v, nil
}

// Show shows a wish. It changes nothing.
func (s *Handlers) Show(c *fiber.Ctx) error {
	w, err := s.find(c)
	if err != nil {
		return err
	}
	v, err := s.request(c, w)
	if err != nil {
		return err
	}
	v.Self = urls.WishOf(w.Secret, urls.WishShown)
	text := v.Text
	view := pages.WishPage{
		Base: s.Pages.PrivateBase(c, v, text.T("widget.wish.wish_title")), Status: "waiting", Badge: text.T("widget.wish.waiting"), Text: text.T("widget.wish.waiting_text"),
		Rows: s.rows(c, v, w), First: text.T("widget.wish.first"), EndURL: address(v, w, urls.WishEnd), End: text.T("widget.wish.end"),
	}
	if w.Confirmed.IsZero() {
		view.Status, view.Badge, view.Text = "asked", text.T("widget.wish.asked"), text.T("widget.wish.confirm_text")
		view.ConfirmURL, view.Confirm = address(v, w, urls.WishConfirm), text.T("widget.wish.confirm_submit")
	}
	if w.Visit != nil {
		view.Stays = text.T("widget.wish.stays", "when", v.When(w.Visit.Start.In(w.Zone)))
	}
	return response.Render(c, fiber.StatusOK, pages.WishView(view))
}

// address is the address of one of a wish's pages.
func address(v *page.Request, w waiting.Wish, which urls.WishPage) string {
	return page.InLang(urls.WishOf(w.Secret, which), v.Text.Lang())
}

// rows returns what is waited for.
func (s *Handlers) rows(c *fiber.Ctx, v *page.Request, w waiting.Wish) []pages.Row {
	a := Subject{Services: w.Services, Fixed: v.Text.T("widget.master.any")}
	if offered, err := s.Catalog.Services(c.UserContext(), v.Lang, w.Company, catalog.Filter{}); err == nil {
		for _, id := range w.Services {
			if service := offered.Find(id); service != nil {
				a.Titles = append(a.Titles, service.Title)
			}
		}
	}
	if w.Master != 0 {
		a.Fixed = s.Catalog.MasterName(c.UserContext(), v.Lang, v.Company, w.Master)
	}
	days := times.DayTitle(v, w.From)
	if w.To != w.From {
		days += " – " + times.DayTitle(v, w.To)
	}
	return append(about(v, a),
		pages.Row{Label: v.Text.T("widget.wish.days"), Value: days},
		pages.Row{Label: v.Text.T("widget.wish.hours"), Value: hours(v, w.Hours)})
}

// hours returns a part of the day in words.
func hours(v *page.Request, of waiting.Hours) string {
	for _, part := range partsOfDay {
		if part.hours == of {
			return partOfDay(v, part.name)
		}
	}
	at := func(minutes int) string {
		return v.Text.Time(time.Date(2000, 1, 1, 0, minutes, 0, 0, time.UTC))
	}
	return at(of.From) + " – " + at(of.To)
}

// Confirm confirms a wish.
func (s *Handlers) Confirm(c *fiber.Ctx) error {
	_, err := s.Desk.Confirm(c.UserContext(), c.Params(urls.PathSecret))
	if errors.Is(err, waiting.ErrNone) {
		page.Forget(c)
		return guard.ErrNoVisit
	}
	if err != nil {
		return err
	}
	return c.Redirect(page.InLang(urls.WishOf(c.Params(urls.PathSecret), urls.WishShown), c.Query(urls.QueryLang)), fiber.StatusSeeOther)
}

// End ends a wish and says so, in the look of its form where the wish is still known. A secret that opens nothing gets the same words.
func (s *Handlers) End(c *fiber.Ctx) error {
	w, found := s.Desk.Find(c.UserContext(), c.Params(urls.PathSecret))
	if err := s.Desk.End(c.UserContext(), c.Params(urls.PathSecret)); err != nil {
		return err
	}
	view := pages.WishEnded{}
	text := s.Pages.Texts.Localizer(s.Pages.WantedLanguage(c))
	if found == nil {
		if v, err := s.request(c, w); err == nil { // the wish has ended, whatever its salon answers
			v.Self, text = urls.WishOf(w.Secret, urls.WishShown), v.Text
			view.Base, view.Onward = s.Pages.PrivateBase(c, v, ""), &layout.Link{Title: text.T("widget.windows.onward"), URL: v.StartURL()}
			view.Languages = nil // the page of the wish is gone in every language
		} else {
			page.Forget(c)
		}
	}
	if view.Onward == nil {
		view.Base = s.Pages.Blank(c, text)
		view.Private, view.Step = true, string(urls.Waiting)
	}
	view.Heading, view.Text = text.T("widget.wish.ended_title"), text.T("widget.wish.ended_text")
	view.Title = view.Heading
	return response.Render(c, fiber.StatusOK, pages.WishEndedView(view))
}

// ToShown leads from the addresses of a wish's forms to its page.
func (s *Handlers) ToShown(c *fiber.Ctx) error {
	return c.Redirect(page.InLang(urls.WishOf(c.Params(urls.PathSecret), urls.WishShown), c.Query(urls.QueryLang)), fiber.StatusSeeOther)
}

// EndAtOnce ends a wish for a mail program, whose form has no token and is from no page of ours (RFC 8058). Who sends it knows the
// secret.
func (s *Handlers) EndAtOnce(c *fiber.Ctx) error {
	if err := s.Desk.End(c.UserContext(), c.Params(urls.PathSecret)); err != nil {
		return err
	}
	return c.Status(fiber.StatusOK).Type("txt").SendString("OK\n")
}
