package input

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// Asked are some of a request's parameters, as a query has them.
func Asked(c *fiber.Ctx, names ...string) []string {
	var out []string
	for _, name := range names {
		if value := c.Query(name); value != "" {
			out = append(out, urls.Param(name, value))
		}
	}
	return out
}

// Switching says that a form was sent by one of the buttons that change the language.
func Switching(c *fiber.Ctx) bool { return Field(c, layout.SwitchName) != "" }

// Here is the address of a request without its language, and without what it was told once.
func Here(c *fiber.Ctx) string {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString())) // what can be read of it
	for _, name := range []string{urls.QueryLang, urls.QueryHostLang, urls.QueryNotice, urls.QuerySay, urls.QuerySignedIn, urls.QueryOpen} {
		query.Del(name)
	}
	path := (&url.URL{Path: c.Path()}).EscapedPath()
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// HereWith is the address of a request with some of its parameters alone.
func HereWith(c *fiber.Ctx, names ...string) string {
	return urls.With((&url.URL{Path: c.Path()}).EscapedPath(), Asked(c, names...)...)
}
