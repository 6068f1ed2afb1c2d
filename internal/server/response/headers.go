package response

import (
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
)

// RequestIDHeader has the id of a request, in the request and in its answer.
const RequestIDHeader = "X-Request-Id"

var acceptableRequestID = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

// RequestID is the id of a request, which stands in its log line and on its error page.
func RequestID(c *fiber.Ctx) string { return string(c.Response().Header.Peek(RequestIDHeader)) }

// RouteStep is the form and the step of a request's route, "" for routes of no step.
func RouteStep(c *fiber.Ctx) (form int, step string) {
	which := urls.PageOfRoute(c.Route().Path)
	form, err := c.ParamsInt(urls.PathForm)
	if which == "" || err != nil {
		return 0, ""
	}
	return form, string(which)
}

// IsPrefetch says whether a browser asks for a page before anybody wants it: to have it at hand, or to show a picture of it.
// Browsers have said so under four names.
func IsPrefetch(c *fiber.Ctx) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		said := strings.ToLower(c.Get(name))
		if strings.Contains(said, "prefetch") || strings.Contains(said, "prerender") || strings.Contains(said, "preview") {
			return true
		}
	}
	return false
}

// MakePrivate marks an answer as a page that belongs to one visitor.
func MakePrivate(c *fiber.Ctx) {
	SetPrivate(c.Set)
	TellOrigin(c)
}

// TellOrigin lets the forms of a private page say where they come from. A browser that is told to send no referrer sends
// "Origin: null" too, and at an address without https it sends no Sec-Fetch-Site either, as old ones do at any: then nothing
// tells our own page from another website's. Such a browser is told to send the origin alone, which is no secret.
func TellOrigin(c *fiber.Ctx) {
	if c.GetRespHeader(fiber.HeaderReferrerPolicy) == noReferrer && c.Get(SecFetchSite) == "" && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
		c.Set(fiber.HeaderReferrerPolicy, "strict-origin")
	}
}

const noReferrer = "no-referrer"

// SecFetchSite says in a request whether it comes from a page of the same origin.
const SecFetchSite = "Sec-Fetch-Site"

// SetPrivate sets the headers of a page that belongs to one visitor.
func SetPrivate(set func(name, value string)) {
	set(fiber.HeaderReferrerPolicy, noReferrer)
	set("X-Robots-Tag", NoRobots)
}

// NoRobots is the X-Robots-Tag of pages that no search engine may list.
const NoRobots = "noindex, nofollow"

// IsWidgetOrigin says whether an origin is the widget's own, by its configuration or by the request's host.
func IsWidgetOrigin(origin, publicURL string, host []byte) bool {
	return origin == publicURL || HostOf(origin) == string(host)
}

// HostOf is the host of an origin, with its port.
func HostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// RefusedStatus is the status of a form's answer: 422 where something typed was refused, else 200.
func RefusedStatus(refused bool) int {
	if refused {
		return fiber.StatusUnprocessableEntity
	}
	return fiber.StatusOK
}

// IsPrivatePage says whether a request is for a page that belongs to one person.
func IsPrivatePage(c *fiber.Ctx) bool { return urls.IsPrivate(c.Path()) }
