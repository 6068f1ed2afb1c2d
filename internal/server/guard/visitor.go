package guard

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/session"
	"okoshko/internal/store"
)

// Visitor makes what a request writes into the store the visitor's whose address it comes from: he has proven nothing
// so far. Whoever has no room left there has no form taken, because nothing that comes of it could be counted. Pages of
// what can be booked need no room, and links of visits are looked at one by one: see mayLook.
func (s *Guard) Visitor(c *fiber.Ctx) error {
	c.SetUserContext(store.Of(c.UserContext(), s.visitorOf(c)))
	if c.Method() != fiber.MethodPost || IsRecordPage(c) || c.Cookies(session.AccountCookie) != "" || !s.noRoom(c) {
		return c.Next()
	}
	return store.ErrFull
}

// visitorOf is who sends a request, as the store counts him: by the innermost and by the widest of the networks around
// him. Behind a proxy that nobody has listed all are one.
func (s *Guard) visitorOf(c *fiber.Ctx) store.Visitor {
	rings := s.sender(c).Rings()
	if len(rings) == 0 {
		return store.Visitor{}
	}
	return store.Visitor{Address: rings[0].Network.String(), Network: rings[len(rings)-1].Network.String()}
}

// noRoom says whether a visitor has filled what he may in the store.
func (s *Guard) noRoom(c *fiber.Ctx) bool {
	return s.Room != nil && errors.Is(s.Room(s.visitorOf(c)), store.ErrFull)
}
