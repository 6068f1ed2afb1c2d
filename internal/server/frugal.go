package server

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/quota"
)

// errManyCalls says that an address has caused as many questions to the booking API as it may.
var errManyCalls = errors.New("server: too many questions from one address")

// callsWindow is the time in which the questions of an address are counted.
const callsWindow = time.Minute

// localFrugal marks a request that may ask the booking API nothing.
type localFrugal struct{}

// frugal keeps one address from using up the calls that all share. What a request asks the booking API is
// counted for its address; while that has none left, its browse pages are made of what is kept, and others
// wait. A changing request always goes through: limits of its own hold it back.
func (s *Server) frugal(c *fiber.Ctx) error {
	browse := strings.HasPrefix(c.Path(), "/b/")
	if s.Limits.CallsPerAddress == 0 || !browse && !strings.HasPrefix(c.Path(), "/r/") && !strings.HasPrefix(c.Path(), "/me/") {
		return c.Next()
	}
	from := s.client(c)
	if unlisted(from) {
		return c.Next()
	}
	limit := quota.Limit{Name: "calls-address", Of: household(from), Max: s.Limits.CallsPerAddress, Window: callsWindow}
	c.SetUserContext(quota.OnAccount(c.UserContext(), limit))
	if c.Method() == fiber.MethodPost || !s.usedUp(c.UserContext(), limit) {
		return c.Next()
	}
	if browse {
		c.Locals(localFrugal{}, true)
		ctx, lacked := catalog.OnlyKept(c.UserContext())
		c.SetUserContext(ctx)
		if err := c.Next(); !lacked() {
			return err
		}
	}
	s.Log.Warn("questions held back", "id", requestID(c), "route", c.Route().Path, "limit", limit.Name)
	s.Watch.Limit(limit.Name)
	return errManyCalls
}

// isFrugal says whether a request may ask the booking API nothing.
func isFrugal(c *fiber.Ctx) bool { return c.Locals(localFrugal{}) != nil }
