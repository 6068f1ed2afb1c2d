package response

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
)

// RouteStep returns the form and the step of a request's route; the step is "" when the route has none.
func RouteStep(c *fiber.Ctx) (form int, step string) {
	which := urls.PageOfRoute(c.Route().Path)
	form, err := c.ParamsInt(urls.PathForm)
	if which == "" || err != nil {
		return 0, ""
	}
	return form, string(which)
}

// IsPrefetch says whether a browser fetches a page before its user has opened it, to have it at hand or to show a preview.
// Browsers name such a request in four headers.
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

// TellOrigin lets the forms of a private page say which origin they come from. A browser that may send no referrer sends
// "Origin: null" too. Without https, and from an old browser, there is no Sec-Fetch-Site either: then nothing tells a form of
// the widget from another website's. Such a browser may send the origin alone, which is no secret.
func TellOrigin(c *fiber.Ctx) {
	if c.GetRespHeader(fiber.HeaderReferrerPolicy) == noReferrer && c.Get(SecFetchSite) == "" && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
		c.Set(fiber.HeaderReferrerPolicy, "strict-origin")
	}
}

const noReferrer = "no-referrer"

// SecFetchSite is the header of a request that says whether it comes from a page of the same origin.
const SecFetchSite = "Sec-Fetch-Site"

// SetPrivate sets the headers of a page that belongs to one visitor.
func SetPrivate(set func(name, value string)) {
	set(fiber.HeaderReferrerPolicy, noReferrer)
	set("X-Robots-Tag", NoRobots)
}

// NoRobots is the X-Robots-Tag of pages that no search engine may list.
const NoRobots = "noindex, nofollow"

// IsWidgetOrigin says whether an origin is the widget's: its configured public address or the request's host.
func IsWidgetOrigin(origin, publicURL string, host []byte) bool {
	return origin == publicURL || HostOf(origin) == string(host)
}

// HostOf returns the host of an origin, with its port.
func HostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// RefusedStatus returns the status of the answer to a form: 422 when a typed value was refused, else 200.
func RefusedStatus(refused bool) int {
	if refused {
		return fiber.StatusUnprocessableEntity
	}
	return fiber.StatusOK
}

// IsPrivatePage says whether a request is for a page that belongs to one person.
func IsPrivatePage(c *fiber.Ctx) bool { return urls.IsPrivate(c.Path()) }
