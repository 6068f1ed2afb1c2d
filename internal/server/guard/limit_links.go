package guard

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/quota"
	"okoshko/internal/server/response"
	"okoshko/internal/store"
	"okoshko/internal/urls"
)

// How often a link may open nothing. Such a try is a miss. A hash has 128 bits, so nobody guesses one; the limits protect the
// calls that a guesser would use up. They must not close a right link because other people, at the owner's address or
// anywhere, have tried wrong ones.
const (
	missWindow = 10 * time.Minute
	// missesOfAddress and missesOfRecord are how many misses get the usual answer. Later ones are answered with ErrTooOften.
	missesOfAddress = 10
	missesOfRecord  = 5
	// looksOfAddress is how many misses an address may have before only links are looked up that have opened their visit
	// before.
	looksOfAddress = 60
	// missesOfLink is how often the same link is looked up in vain for an address.
	missesOfLink = 2
	// looksOfVisit is how many calls a minute a link that has opened its visit before may cause, whatever else comes from its
	// address.
	looksOfVisit = 10
)

// missedLink returns the limits of misses of one link from the networks around the sender.
func (s *Guard) missedLink(c *fiber.Ctx, key booking.Key) []quota.Limit {
	return s.Within(c, "miss-link", "|"+key.Name(), missesOfLink, missWindow)
}

// missed returns the limits of misses of any link from the networks around the sender.
func (s *Guard) missed(c *fiber.Ctx, most int) []quota.Limit {
	return s.Around(c, "miss-address", "", most, missWindow)
}

// MayLook returns nil when a visit may be looked up by a key, else the error to answer with. A link that has opened its visit
// before may always be looked up. Its calls are counted for the visit, so that others at the same address cannot use them up.
func (s *Guard) MayLook(c *fiber.Ctx, key booking.Key) error {
	account := quota.AccountOf(c.UserContext())
	if s.noRoom(c) && !s.Desk.Opened(c.UserContext(), key) {
		return store.ErrFull // a miss could not be counted
	}
	if !s.usedUp(c.UserContext(), s.missed(c, looksOfAddress)...) && !s.usedUp(c.UserContext(), s.missedLink(c, key)...) {
		if !s.usedUp(c.UserContext(), quota.Sparing(account)...) {
			return nil
		}
		if !s.Desk.Opened(c.UserContext(), key) {
			return s.manyCalls(c)
		}
	} else if !s.Desk.Opened(c.UserContext(), key) {
		s.Watch.Limit("miss-address")
		return ErrTooOften
	}
	ofVisit := quota.Limit{Name: "calls-visit", Of: key.Name(), Max: looksOfVisit, Window: time.Minute}
	c.SetUserContext(quota.OnAccount(c.UserContext(), ofVisit))
	return nil
}

// usedUp says whether one of some limits is reached. When the store does not answer it returns false: a customer must reach
// the visit, and the hash still protects it.
func (s *Guard) usedUp(ctx context.Context, limits ...quota.Limit) bool {
	verdict, err := s.Quotas.Look(ctx, limits...)
	if err != nil {
		s.Log.Error("limit not read", "limit", limits[0].Name, "error", err)
		return false
	}
	return !verdict.OK
}

// Miss returns the error to answer with when a link opens nothing. A miss counts when the link was looked up by a key. A link
// that is malformed has cost no call and does not count; its key is nil.
func (s *Guard) Miss(c *fiber.Ctx, key *booking.Key) error {
	limit := ""
	if s.usedUp(c.UserContext(), s.missed(c, missesOfAddress)...) {
		limit = "miss-address"
	}
	if key != nil {
		for _, l := range append(s.missedLink(c, *key), s.missed(c, looksOfAddress)...) {
			if _, err := s.Quotas.Take(c.UserContext(), l); err != nil {
				s.Log.Error("limit not counted", "limit", l.Name, "error", err)
			}
		}
		record := quota.Limit{Name: "miss-record", Of: strconv.Itoa(key.Record), Max: missesOfRecord, Window: missWindow}
		if verdict, err := s.Quotas.Take(c.UserContext(), record); err != nil {
			s.Log.Error("limit not counted", "limit", record.Name, "error", err)
		} else if !verdict.OK && limit == "" {
			limit = record.Name
		}
	}
	s.Log.Warn("no visit for a link", "id", response.RequestID(c), "route", c.Route().Path, "limited", limit != "", "limit", limit)
	if limit != "" {
		s.Watch.Limit(limit)
		return ErrTooOften
	}
	return ErrNoVisit
}

// IsRecordPage says whether a request is for a page that its address alone opens. No website may frame such a page, and it
// loads nothing from other hosts, so that its address is not disclosed.
func IsRecordPage(c *fiber.Ctx) bool { return urls.IsRecordLink(c.Path()) }

// The errors of a request for a visit that opens none.
var (
	// ErrNoVisit is the answer to a wrong hash, id, company or form. Its page does not say which of them is wrong.
	ErrNoVisit = errors.New("server: no such visit for this link")
	// ErrTooOften says that too many links were tried.
	ErrTooOften = errors.New("server: too many links without a visit")
)
