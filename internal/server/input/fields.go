package input

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// localFields is the key in a request's locals for the fields of its form.
type localFields struct{}

// BodyFields is a middleware that reads the fields of a POST request from its body. Handlers never read them from the
// address: browsers' histories and proxies' logs hold addresses, so a token or a typed text in one would leak. Only the
// encoding of the widget's own forms is accepted. A name that comes twice, or that is written as a list, is refused,
// because two programs could read it in two ways.
func BodyFields(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost {
		return c.Next()
	}
	encoding, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	switch encoding = strings.TrimSpace(encoding); {
	case encoding == "":
		return c.Next() // no form, so there is no token and the handler refuses
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

// Field returns a field of a request's form, "" when there is no such field or no form.
func Field(c *fiber.Ctx, name string) string {
	fields, _ := c.Locals(localFields{}).(url.Values)
	return fields.Get(name)
}

// HasField says whether a request's form has a field, filled in or not.
func HasField(c *fiber.Ctx, name string) bool {
	fields, _ := c.Locals(localFields{}).(url.Values)
	return fields.Has(name)
}
