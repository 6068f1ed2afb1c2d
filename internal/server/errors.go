package server

import (
	"cmp"
	"context"
	"errors"
	"html"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/store"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// kind is the kind of an error page. It is the value of data-error and part of the keys of the page's texts.
type kind string

const (
	kindNotFound kind = "not_found"
	kindForged   kind = "forbidden" // a changing request that did not come from a form of the widget
	kindRequest  kind = "request"   // a request that no page of the widget makes
	kindOften    kind = "often"     // links without a visit were tried too often
	kindBusy     kind = "busy"      // too many people look at once; the page tries again by itself
	kindDown     kind = "down"      // the upstream does not answer
	kindLicence  kind = "licence"   // the salon may not take bookings now
	kindClosed   kind = "closed"    // the salon takes no bookings online
	kindInternal kind = "internal"
	kindStranger kind = "stranger" // a website frames the page and may not
)

// classify returns the kind of page and the status for an error. An unknown error is an internal one.
func classify(err error) (kind, int) {
	var fe *fiber.Error
	switch {
	case errors.Is(err, guard.ErrManyCalls), errors.Is(err, guard.ErrFlood), errors.Is(err, store.ErrFull):
		return kindBusy, fiber.StatusTooManyRequests
	case errors.Is(err, page.ErrClosed):
		return kindClosed, fiber.StatusForbidden
	case errors.Is(err, guard.ErrTooOften):
		return kindOften, fiber.StatusTooManyRequests
	case errors.Is(err, booking.ErrNoRecord), errors.Is(err, guard.ErrNoVisit):
		return kindNotFound, fiber.StatusNotFound
	case errors.As(err, &fe):
		switch {
		case fe.Code == fiber.StatusNotFound:
			return kindNotFound, fe.Code
		case fe.Code == fiber.StatusForbidden:
			return kindForged, fe.Code
		case fe.Code < fiber.StatusInternalServerError:
			return kindRequest, fe.Code
		}
		return kindInternal, fiber.StatusInternalServerError
	}
	switch catalog.ProblemOf(err) {
	case catalog.ProblemNotFound:
		return kindNotFound, fiber.StatusNotFound
	case catalog.ProblemLicence:
		return kindLicence, fiber.StatusServiceUnavailable
	case catalog.ProblemBusy:
		return kindBusy, fiber.StatusServiceUnavailable
	case catalog.ProblemDown:
		return kindDown, fiber.StatusBadGateway
	default:
		return kindInternal, fiber.StatusInternalServerError
	}
}

// fail is Fiber's error handler: it answers with an error page. The error itself goes to the log alone.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	// The request's deadline may have passed, and its error page must still be drawn.
	c.SetUserContext(context.WithoutCancel(c.UserContext()))
	k, status := classify(err)
	if status >= fiber.StatusInternalServerError {
		s.Log.Error("request failed", "id", response.RequestID(c), "route", c.Route().Path, "kind", k, "error", err)
	}
	if errors.Is(err, store.ErrFull) {
		s.Log.Warn("no room in the store", "id", response.RequestID(c), "route", c.Route().Path, "error", err)
		s.Watch.Limit("room")
	}
	if k == kindLicence {
		response.SetPageShown(c)
	}
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderETag)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if errors.Is(err, guard.ErrFlood) {
		return s.sendShort(c, k, status)
	}
	if k == kindBusy && c.Method() == fiber.MethodGet {
		if sent := s.lookOn(c, status); sent {
			return nil
		}
	}
	view := s.errorPage(c, k, status)
	if errors.Is(err, errNoOrigin) {
		view.Text, view.Heading = view.Base.Text.T("widget.error.forbidden.https"), view.Base.Text.T("widget.error.forbidden.https_title")
		view.Title = view.Heading
	}
	if errors.Is(err, errSandboxed) {
		// A link would open within the frame, too, so the address is a text.
		address := cmp.Or(s.pages.PublicURL, c.BaseURL()) + urls.Form(urls.FormIn(c.Path()))
		view.Text, view.Heading = view.Base.Text.T("widget.error.forbidden.sandbox", "address", address), view.Base.Text.T("widget.error.forbidden.https_title")
		view.Title, view.Actions = view.Heading, nil
	}
	if renderErr := response.Render(c, status, pages.ErrorView(view)); renderErr != nil {
		s.Log.Error("error page", "id", response.RequestID(c), "error", renderErr)
		c.Response().ResetBody()
		text := view.Base.Text
		return c.Status(fiber.StatusInternalServerError).SendString(text.T("widget.error.internal.title") + ". " + text.T("widget.error.internal.text"))
	}
	return nil
}

// lookOn answers with the step itself when it is still looked for, and says whether it did. What is known stands on it.
func (s *Server) lookOn(c *fiber.Ctx, status int) bool {
	v := page.Current(c)
	if v == nil || response.IsPrivatePage(c) {
		return false
	}
	view, ok := s.pages.Looking(c, v)
	return ok && response.Render(c, status, pages.LookingView(view)) == nil
}

// errorPage builds an error page. It has the form's language and salon when the request got far enough to know them, and
// offers what can be done next: try again, begin again, call.
func (s *Server) errorPage(c *fiber.Ctx, k kind, status int) pages.ErrorPage {
	v := page.Current(c)
	if v == nil && !response.IsPrivatePage(c) {
		v = s.knownForm(c)
	}
	var view pages.ErrorPage
	if v != nil {
		v.Page, v.Self, v.Notices = urls.Error, input.Here(c), nil
		view.Base = s.pages.Base(c, v, v.Text.T("widget.error."+string(k)+".title"))
	} else {
		text := s.Texts.Localizer(s.pages.WantedLanguage(c))
		view.Base = s.pages.Blank(c, text)
		view.Heading = text.T("widget.error." + string(k) + ".title")
		view.Title, view.Step = view.Heading, "error"
	}
	text := view.Base.Text
	view.ErrorKind, view.Private, view.Ref = string(k), true, response.RequestID(c)
	if response.IsPrivatePage(c) && status < fiber.StatusInternalServerError {
		view.Ref = "" // every answer for a missing visit is equal to the byte
	}
	view.Progress = nil
	view.Base.Text, view.Text = text, text.T("widget.error."+string(k)+".text")
	if k == kindBusy {
		page.SetLooking(c)
	}
	if k == kindBusy && c.Method() == fiber.MethodGet {
		again := input.Here(c)
		if v != nil {
			again = urls.With(again, urls.Param(urls.QueryLang, v.Text.Lang()))
		}
		view.Waiting = page.Again(c, text, page.AgainLooking, again)
	}
	if c.Method() == fiber.MethodGet && (k == kindDown || k == kindInternal) {
		view.Actions = append(view.Actions, layout.Link{Title: text.T("refresh"), URL: c.OriginalURL()})
	}
	if view.Salon.PhoneHref != "" {
		view.Actions = append(view.Actions, page.Dial(text, view.Salon.Phone, view.Salon.PhoneHref))
	}
	if k == kindDown && view.Salon.PhoneHref == "" {
		view.Text = text.T("widget.error.down.no_phone")
	}
	switch {
	case k == kindLicence && view.Salon.PhoneHref == "":
		view.Text = text.T("widget.error.licence.no_phone") // and the start leads back to this page
	case view.StartURL != "":
		view.Actions = append(view.Actions, layout.Link{Title: text.T("widget.error.restart"), URL: view.StartURL})
	}
	return view
}

// knownForm returns a request for the form of a path that no handler has read, nil when the path has none or the form's answer
// is not at hand: an address that does not exist costs no call.
func (s *Server) knownForm(c *fiber.Ctx) *page.Request {
	id := urls.FormIn(c.Path())
	if id == 0 {
		return nil
	}
	known, _ := catalog.OnlyCached(c.UserContext())
	form, err := s.pages.Catalog.Bookform(known, id)
	if err != nil {
		return nil
	}
	return s.pages.New(c, form, flow.Choices{Lang: s.pages.Language(c, form, c.Query(urls.QueryLang))}, urls.Error)
}

// sendShort answers with a short page, which costs less than a drawn error page and says the same.
func (s *Server) sendShort(c *fiber.Ctx, k kind, status int) error {
	if k == kindBusy {
		page.SetLooking(c)
	}
	response.MakePrivate(c) // the request may have ended before it was known whether the page is private
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(shortPage(s.Texts.Present(s.pages.WantedLanguage(c)), k))
}

// shortPage returns an error page of some hundred bytes, without styles and scripts.
func shortPage(text *i18n.Localizer, k kind) []byte {
	title := html.EscapeString(text.T("widget.error." + string(k) + ".title"))
	return []byte(`<!doctype html><html lang="` + i18n.Tag(text.Spoken()) + `" dir="` + i18n.Dir(text.Spoken()) + `"><head><meta charset="utf-8">` +
		`<meta name="viewport" content="width=device-width, initial-scale=1"><title>` + title + `</title></head>` +
		`<body><main data-step="error" data-error="` + string(k) + `"><h1>` + title + `</h1><p role="alert">` +
		html.EscapeString(text.T("widget.error."+string(k)+".text")) + `</p></main></body></html>`)
}
