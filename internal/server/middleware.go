package server

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
)

// setRequestID gives every request an id, which stands in its log line and on its error page.
func setRequestID(c *fiber.Ctx) error {
	id := response.AcceptedID(c.Request().Header.Peek(response.RequestIDHeader))
	c.Set(response.RequestIDHeader, id)
	c.SetUserContext(booking.OfRequest(c.UserContext(), id))
	return c.Next()
}

// accessLog writes one line for a request. The line names the route and never the address: a path holds record hashes,
// and a query may hold anything.
func accessLog(log *slog.Logger, now func() time.Time, watch response.Watch) fiber.Handler {
	return func(c *fiber.Ctx) error {
		start := now()
		err := c.Next()
		if err != nil {
			// The error handler sets the status, so it must run before the line is written.
			if herr := c.App().Config().ErrorHandler(c, err); herr != nil {
				c.Status(fiber.StatusInternalServerError)
			}
		}
		took := now().Sub(start)
		watch.Request(c.Route().Path, c.Response().StatusCode(), took)
		if outcome := response.PageOutcome(c); outcome != "" {
			watch.CustomerPage(outcome, took)
		}
		if answer := response.BookingAnswer(c, err); answer != "" {
			watch.BookingAnswer(answer, took)
		}
		if form, step := shownStep(c); step != "" {
			watch.Step(form, step)
		}
		level := slog.LevelInfo
		if c.Response().StatusCode() >= fiber.StatusInternalServerError {
			level = slog.LevelError
		}
		log.LogAttrs(c.UserContext(), level, "request",
			slog.String("id", response.RequestID(c)), slog.String("method", c.Method()), slog.String("route", c.Route().Path),
			slog.Int("status", c.Response().StatusCode()), slog.Int64("ms", took.Milliseconds()), slog.Int("bytes", len(c.Response().Body())))
		return nil
	}
}

// startSpan starts a span for the request. The spans of the calls that the request causes are its children.
func (s *Server) startSpan(c *fiber.Ctx) error {
	ctx, end := s.Span(c.UserContext(), response.RequestID(c), c.Get("Traceparent"))
	c.SetUserContext(ctx)
	err := c.Next()
	end(c.Method(), c.Route().Path, c.Response().StatusCode())
	return err
}

// shownStep returns the step whose page a GET request was answered with, "" for other requests. The page of the confirm
// step answers a sent form and is counted where it is drawn.
func shownStep(c *fiber.Ctx) (form int, step string) {
	status := c.Response().StatusCode()
	if c.Method() != fiber.MethodGet || status != fiber.StatusOK && status != fiber.StatusNotModified {
		return 0, ""
	}
	return response.RouteStep(c)
}

// recoverPanics turns a panic into an error: one broken page must not end the program.
func recoverPanics(log *slog.Logger) fiber.Handler {
	return func(c *fiber.Ctx) (err error) {
		defer func() {
			if p := recover(); p != nil {
				log.Error("panic", "id", response.RequestID(c), "route", c.Route().Path, "stack", string(debug.Stack()))
				err = fiber.ErrInternalServerError
			}
		}()
		return c.Next()
	}
}

// deadline limits the time of a request. Fiber's own context is never cancelled, so every wait for the upstream needs
// this context.
func deadline(d time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), d)
		defer cancel()
		c.SetUserContext(ctx)
		return c.Next()
	}
}

// allowMethods refuses the methods that no page uses.
func allowMethods(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost:
		return c.Next()
	}
	c.Set(fiber.HeaderAllow, "GET, HEAD, POST")
	return fiber.ErrMethodNotAllowed
}

// refuseCompressedBodies refuses compressed request bodies: Fiber would inflate them without a limit.
func refuseCompressedBodies(c *fiber.Ctx) error {
	if c.Get(fiber.HeaderContentEncoding) != "" {
		return fiber.ErrUnsupportedMediaType
	}
	return c.Next()
}

// setHeaders sets the headers that every answer carries. Pages replace the content policy by their own.
func (s *Server) setHeaders(c *fiber.Ctx) error {
	s.baseHeaders(c.Path(), func(name, value string) { c.Set(name, value) })
	response.TellOrigin(c)
	return c.Next()
}

// baseHeaders calls set for each header that every answer to a path carries. Browsers are told to use https alone only
// where the widget's public address is known to have https.
func (s *Server) baseHeaders(path string, set func(name, value string)) {
	set(fiber.HeaderXContentTypeOptions, "nosniff")
	set(fiber.HeaderReferrerPolicy, "strict-origin-when-cross-origin")
	set("Permissions-Policy", permissionsPolicy)
	set(fiber.HeaderCacheControl, "no-store")
	set(fiber.HeaderContentSecurityPolicy, unframed)
	if strings.HasPrefix(s.PublicURL, "https://") {
		set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	if urls.IsPrivate(path) {
		response.SetPrivate(set)
	}
}

// permissionsPolicy turns off the features of a browser that no page of the widget needs.
const permissionsPolicy = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), " +
	"fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), " +
	"midi=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// answerPrefetch answers a prefetch of a browse page as the page itself, while calls are plenty, and any other one from cached answers
// or with "Too Early": then a page that may never be opened must cost the upstream no call.
func (s *Server) answerPrefetch(c *fiber.Ctx) error {
	if !response.IsPrefetch(c) {
		return c.Next()
	}
	if fetchable(c.Path()) && s.guard.MayFetchAhead(c) {
		if err := c.Next(); err != nil || c.Response().StatusCode() >= fiber.StatusBadRequest {
			return tooEarly(c) // the browser asks again when the link is pressed
		}
		return nil
	}
	ctx, lacked := catalog.OnlyCached(c.UserContext())
	c.SetUserContext(ctx)
	err := c.Next()
	if !lacked() {
		return err
	}
	return tooEarly(c) // an answer was missing, so what the handler has drawn may be wrong
}

// tooEarly answers a prefetch that cannot be answered before its link is pressed.
func tooEarly(c *fiber.Ctx) error {
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderETag)
	c.Response().Header.Del(fiber.HeaderContentEncoding)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStatus(fiber.StatusTooEarly)
}

// fetchable says whether a path is of a page that browsers are told to fetch ahead (layout.Ahead).
func fetchable(address string) bool {
	return urls.IsForm(address) && slices.Contains([]urls.Page{urls.City, urls.Company, urls.Service, urls.Master, urls.Datetime}, urls.Page(path.Base(address)))
}

// private marks a page below a form's path as private. Pages below "/r" and "/me" are marked by baseHeaders.
func private(c *fiber.Ctx) error {
	response.MakePrivate(c)
	return c.Next()
}

// requireSameOrigin refuses a changing request when the browser says that it comes from a page of another origin. A client
// that sends neither Sec-Fetch-Site nor Origin is no browser: it carries no cookies of a victim, and still needs a token.
func requireSameOrigin(publicURL string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		switch c.Get(response.SecFetchSite) {
		case "same-origin", "none":
			return c.Next()
		case "":
			origin := c.Get(fiber.HeaderOrigin)
			if origin == "" || response.IsWidgetOrigin(origin, publicURL, c.Request().Host()) {
				return c.Next()
			}
			if origin == "null" {
				return errNoOrigin
			}
		}
		if c.Get(fiber.HeaderOrigin) == "null" && response.Framed(&c.Request().Header) {
			return errSandboxed
		}
		return fiber.ErrForbidden
	}
}

// errSandboxed says that a website shows the widget in a frame whose sandbox attribute takes its origin away. Such a frame has no
// origin that its forms could come from, and any website can make one.
var errSandboxed = fmt.Errorf("%w: sandboxed frame", fiber.ErrForbidden)

// errNoOrigin says that a browser hides the origin of a form ("Origin: null"). Without https no browser sends
// Sec-Fetch-Site either, so nothing shows that the form comes from this widget.
var errNoOrigin = fmt.Errorf("%w: no origin", fiber.ErrForbidden)
