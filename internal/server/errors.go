package server

import (
	"context"
	"errors"
	"html"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/store"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// kind is what an error page is about; it stands in data-error and names the page's texts.
type kind string

const (
	kindNotFound kind = "not_found"
	kindForged   kind = "forbidden" // a changing request that did not come from our form
	kindRequest  kind = "request"   // a request that no page of ours makes
	kindOften    kind = "often"     // links without a visit were tried too often
	kindBusy     kind = "busy"      // too many people look at once; the page tries again by itself
	kindDown     kind = "down"      // the upstream does not answer
	kindLicence  kind = "licence"   // the salon may not take bookings now
	kindClosed   kind = "closed"    // the salon takes no bookings online
	kindInternal kind = "internal"
	kindStranger kind = "stranger" // a frame of a website that may not have one
)

// busyRetry is when the page of a busy moment asks again, in seconds.
const busyRetry = 3

// errClosed says that a salon takes no bookings online.
var errClosed = errors.New("server: no online bookings")

// classify says which page and status an error gets. What is not known is our own fault.
func classify(err error) (kind, int) {
	var fe *fiber.Error
	switch {
	case errors.Is(err, errManyCalls), errors.Is(err, errFlood), errors.Is(err, store.ErrFull):
		return kindBusy, fiber.StatusTooManyRequests
	case errors.Is(err, errClosed):
		return kindClosed, fiber.StatusForbidden
	case errors.Is(err, errTooOften):
		return kindOften, fiber.StatusTooManyRequests
	case errors.Is(err, booking.ErrNoRecord), errors.Is(err, errNoVisit):
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

// fail turns an error into a page. The error itself goes to the log and nowhere else.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	// The request's own time may be over; its error page is drawn all the same.
	c.SetUserContext(context.WithoutCancel(c.UserContext()))
	k, status := classify(err)
	if status >= fiber.StatusInternalServerError {
		s.Log.Error("request failed", "id", requestID(c), "route", c.Route().Path, "kind", k, "error", err)
	}
	if errors.Is(err, store.ErrFull) {
		s.Log.Warn("no room in the store", "id", requestID(c), "route", c.Route().Path, "error", err)
		s.Watch.Limit("room")
	}
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderETag)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if errors.Is(err, errFlood) {
		return s.sendShort(c, k, status)
	}
	page := s.errorPage(c, k, status)
	if errors.Is(err, errNoOrigin) {
		page.Text = page.Base.Text.T("widget.error.forbidden.https")
	}
	if renderErr := render(c, status, pages.ErrorView(page)); renderErr != nil {
		s.Log.Error("error page", "id", requestID(c), "error", renderErr)
		c.Response().ResetBody()
		text := page.Base.Text
		return c.Status(fiber.StatusInternalServerError).SendString(text.T("widget.error.internal.title") + ". " + text.T("widget.error.internal.text"))
	}
	return nil
}

// errorPage speaks the language of the visit, when the request got far enough to have one, and
// offers what can be done next: try again, begin again, call.
func (s *Server) errorPage(c *fiber.Ctx, k kind, status int) pages.ErrorPage {
	v := currentRequest(c)
	var page pages.ErrorPage
	if v != nil {
		v.page, v.self, v.notices = urls.Error, here(c), nil
		page.Base = s.base(c, v, v.text.T("widget.error."+string(k)+".title"))
	} else {
		text := s.Texts.Localizer(s.wantedLanguage(c))
		page.Base = s.blank(c, text)
		page.Heading = text.T("widget.error." + string(k) + ".title")
		page.Title, page.Step = page.Heading, "error"
	}
	text := page.Base.Text
	page.ErrorKind, page.Private, page.Ref = string(k), true, requestID(c)
	if isPrivatePage(c) && status < fiber.StatusInternalServerError {
		page.Ref = "" // equal to the byte, whatever there was no visit for
	}
	page.Progress = nil
	page.Base.Text, page.Text = text, text.T("widget.error."+string(k)+".text")
	if k == kindBusy {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(busyRetry))
	}
	if k == kindBusy && c.Method() == fiber.MethodGet {
		page.RefreshSec = busyRetry
	}
	if c.Method() == fiber.MethodGet && (k == kindBusy || k == kindDown || k == kindInternal) {
		page.Actions = append(page.Actions, layout.Link{Title: text.T("refresh"), URL: c.OriginalURL()})
	}
	if page.Salon.PhoneHref != "" {
		page.Actions = append(page.Actions, layout.Link{Title: page.Salon.Phone, URL: page.Salon.PhoneHref})
	}
	if page.StartURL != "" {
		page.Actions = append(page.Actions, layout.Link{Title: text.T("widget.error.restart"), URL: page.StartURL})
	}
	return page
}

// sendShort answers without drawing a page: some hundred bytes that say what the page of an error would.
func (s *Server) sendShort(c *fiber.Ctx, k kind, status int) error {
	if k == kindBusy {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(busyRetry))
	}
	makePrivate(c) // it may not even have been looked whose page it is
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(shortPage(s.Texts.Present(s.wantedLanguage(c)), k))
}

// shortPage is the page of an error by itself: no styles, no scripts, nothing to load.
func shortPage(text *i18n.Localizer, k kind) []byte {
	title := html.EscapeString(text.T("widget.error." + string(k) + ".title"))
	return []byte(`<!doctype html><html lang="` + i18n.Tag(text.Spoken()) + `" dir="` + i18n.Dir(text.Spoken()) + `"><head><meta charset="utf-8">` +
		`<meta name="viewport" content="width=device-width, initial-scale=1"><title>` + title + `</title></head>` +
		`<body><main data-step="error" data-error="` + string(k) + `"><h1>` + title + `</h1><p role="alert">` +
		html.EscapeString(text.T("widget.error."+string(k)+".text")) + `</p></main></body></html>`)
}
