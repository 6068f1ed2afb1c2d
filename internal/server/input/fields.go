package input

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// localFields is where a changing request keeps the fields of its form.
type localFields struct{}

// BodyFields reads the fields of a changing request from its body and from nowhere else: an address is written
// into histories and logs of proxies, so neither a token nor what a person types may be taken from it, and what
// it says never goes before what the form says. Only the encoding of our own forms is read. A name that comes
// twice, or that is written as a list, could mean one thing here and another elsewhere, so it is refused.
func BodyFields(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost {
		return c.Next()
	}
	encoding, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	switch encoding = strings.TrimSpace(encoding); {
	case encoding == "":
		return c.Next() // no form, and so without a token
	case !strings.EqualFold(encoding, fiber.MIMEApplicationForm):
		return fiber.ErrUnsupportedMediaType
	}
	fields, err := url.ParseQuery(string(c.Body()))
	if err != nil {
		return fiber.ErrBadRequest
	}
	for name, values := range fields {
		if len(values) != 1 || strings.ContainsAny(name, "[]") {
			return fiber.ErrBadRequest
		}
	}
	c.Locals(localFields{}, fields)
	return c.Next()
}

// Field is a field of a request's form, "" when the form has none of that name or the request is no form.
func Field(c *fiber.Ctx, name string) string {
	fields, _ := c.Locals(localFields{}).(url.Values)
	return fields.Get(name)
}

// HasField says whether a request's form has a field, filled in or not.
func HasField(c *fiber.Ctx, name string) bool {
	fields, _ := c.Locals(localFields{}).(url.Values)
	return fields.Has(name)
}
