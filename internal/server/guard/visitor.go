package guard

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/session"
	"okoshko/internal/store"
)

// Visitor is a middleware that counts what a request stores for the visitor's address. A form of a visitor without room in the
// store is refused, because nothing that it causes could be counted. Browse pages need no room, and MayLook decides for links
// of visits.
func (s *Guard) Visitor(c *fiber.Ctx) error {
	c.SetUserContext(store.Of(c.UserContext(), s.visitorOf(c)))
	if c.Method() != fiber.MethodPost || IsRecordPage(c) || c.Cookies(session.AccountCookie) != "" || !s.noRoom(c) {
		return c.Next()
	}
	return store.ErrFull
}

// visitorOf returns the sender of a request as the store counts visitors: by the innermost and by the widest of the networks
// around the address. All senders behind a proxy that is not in TrustedProxies are one visitor.
func (s *Guard) visitorOf(c *fiber.Ctx) store.Visitor {
	rings := s.sender(c).Rings()
	if len(rings) == 0 {
		return store.Visitor{}
	}
	return store.Visitor{Address: rings[0].Network.String(), Network: rings[len(rings)-1].Network.String()}
}

// noRoom says whether the visitor may store nothing more.
func (s *Guard) noRoom(c *fiber.Ctx) bool {
	return s.Room != nil && errors.Is(s.Room(s.visitorOf(c)), store.ErrFull)
}
