package server

import (
	"context"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/quota"
)

// How often a link may open nothing. A hash has 128 bits, so these limits do not keep guessers from
// guessing right; they keep them from spending the salon's calls.
const (
	missWindow      = 10 * time.Minute
	missesOfAddress = 10
	missesOfRecord  = 5
)

// missLimits are the three counters of links without a visit: of the one who tries, of the visit that
// is tried, and of the two together.
func (s *Server) missLimits(c *fiber.Ctx, record int) (address, visit, both quota.Limit) {
	who := household(s.client(c))
	address = quota.Limit{Name: "miss-address", Of: who, Max: missesOfAddress, Window: missWindow}
	visit = quota.Limit{Name: "miss-record", Of: itoa(record), Max: missesOfRecord, Window: missWindow}
	both = quota.Limit{Name: "miss-both", Of: who + "|" + itoa(record), Max: 1, Window: missWindow}
	return address, visit, both
}

// household is the network that one customer has whole: an IPv4 address, or an IPv6 /64.
func household(addr netip.Addr) string {
	if addr.Is4() {
		return addr.String()
	}
	return neighbours(addr)
}

// triesLinks says whether a request for a visit is to be refused before anything is looked up. An
// address that missed too often is refused everything. A visit that was tried too often is closed to
// whoever missed it already and to nobody else: its rightful owner, who comes with the right link from
// an address of his own, must not be locked out by somebody else's guesses.
func (s *Server) triesLinks(c *fiber.Ctx, record int) bool {
	address, visit, both := s.missLimits(c, record)
	if s.usedUp(c.UserContext(), address) {
		return true
	}
	return record != 0 && s.usedUp(c.UserContext(), visit) && s.usedUp(c.UserContext(), both)
}

// usedUp says whether a limit has none left. While the store is away nobody is counted: the hash alone
// protects then.
func (s *Server) usedUp(ctx context.Context, l quota.Limit) bool {
	verdict, err := s.Quotas.Look(ctx, l)
	if err != nil {
		s.Log.Error("limit not read", "limit", l.Name, "error", err)
		return false
	}
	return !verdict.OK
}

// miss counts a link without a visit and is the error to answer it with.
func (s *Server) miss(c *fiber.Ctx, record int) error {
	c.Locals(localVisit{}, (*visit)(nil)) // the answer must not depend on how far the request got
	answer, limitedBy := errNoVisit, ""
	address, visit, both := s.missLimits(c, record)
	limits := []quota.Limit{both, visit, address}
	if record == 0 {
		limits = limits[2:] // a link that names no record is nobody's visit to guard
	}
	for _, l := range limits {
		verdict, err := s.Quotas.Take(c.UserContext(), l)
		if err != nil {
			s.Log.Error("limit not counted", "limit", l.Name, "error", err)
		} else if !verdict.OK && l.Name != both.Name {
			answer, limitedBy = errTooOften, l.Name
			s.Watch.Limit(l.Name)
		}
	}
	s.Log.Warn("no visit for a link", "id", requestID(c), "route", c.Route().Path, "limited", limitedBy != "", "limit", limitedBy)
	return answer
}
