package input

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// Asked returns those of some query parameters that a request has, encoded for another query.
func Asked(c *fiber.Ctx, names ...string) []string {
	var out []string
	for _, name := range names {
		if value := c.Query(name); value != "" {
			out = append(out, urls.Param(name, value))
		}
	}
	return out
}

// Switching says whether a form was sent by a button that changes the language.
func Switching(c *fiber.Ctx) bool { return Field(c, layout.SwitchName) != "" }

// Here returns the address of a request without its language and without parameters that matter to one request only, such as
// notices.
func Here(c *fiber.Ctx) string {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString())) // ParseQuery returns the parameters that it could read
	for _, name := range []string{urls.QueryLang, urls.QueryHostLang, urls.QueryNotice, urls.QueryUnfit, urls.QuerySay, urls.QuerySignedIn, urls.QueryOpen, urls.QueryAgain} {
		query.Del(name)
	}
	path := (&url.URL{Path: c.Path()}).EscapedPath()
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// HereWith returns the address of a request with some of its parameters and no others.
func HereWith(c *fiber.Ctx, names ...string) string {
	return urls.With((&url.URL{Path: c.Path()}).EscapedPath(), Asked(c, names...)...)
}
