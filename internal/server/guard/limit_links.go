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

// How often a link may open nothing. A hash has 128 bits, so these limits do not keep guessers from
// guessing right; they keep them from spending the salon's calls. Nor may they keep a right link shut because others
// at its owner's address, or strangers anywhere, have tried wrong ones.
const (
	missWindow = 10 * time.Minute
	// missesOfAddress and missesOfRecord are those that are answered like any other; whoever misses more often is told so.
	missesOfAddress = 10
	missesOfRecord  = 5
	// looksOfAddress are the links that are looked up for an address although they may open nothing. Beyond them
	// only links are that have opened their visit before.
	looksOfAddress = 60
	// missesOfLink is how often one and the same link is looked up in vain for an address.
	missesOfLink = 2
	// looksOfVisit are the questions a minute for a link that is known to open its visit, whatever else comes from its
	// address.
	looksOfVisit = 10
)

// missedLink counts how often one link was tried in vain from the networks around an address.
func (s *Guard) missedLink(c *fiber.Ctx, key booking.Key) []quota.Limit {
	return s.Within(c, "miss-link", "|"+key.Name(), missesOfLink, missWindow)
}

// missed counts how often the networks around an address have missed.
func (s *Guard) missed(c *fiber.Ctx, most int) []quota.Limit {
	return s.Around(c, "miss-address", "", most, missWindow)
}

// MayLook says whether a visit may be looked up by a key. A link that has opened its visit before always may, on an
// account of its own, so that nobody at the same address can use that up.
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

// usedUp says whether one of the limits has none left. While the store is away nobody is counted: the hash alone
// protects then.
func (s *Guard) usedUp(ctx context.Context, limits ...quota.Limit) bool {
	verdict, err := s.Quotas.Look(ctx, limits...)
	if err != nil {
		s.Log.Error("limit not read", "limit", limits[0].Name, "error", err)
		return false
	}
	return !verdict.OK
}

// Miss is the error to answer a link with that opens nothing. One that was looked up in vain counts; one that can be
// none by its looks has cost nothing, and does not.
func (s *Guard) Miss(c *fiber.Ctx, looked *booking.Key) error {
	limit := ""
	if s.usedUp(c.UserContext(), s.missed(c, missesOfAddress)...) {
		limit = "miss-address"
	}
	if looked != nil {
		for _, l := range append(s.missedLink(c, *looked), s.missed(c, looksOfAddress)...) {
			if _, err := s.Quotas.Take(c.UserContext(), l); err != nil {
				s.Log.Error("limit not counted", "limit", l.Name, "error", err)
			}
		}
		record := quota.Limit{Name: "miss-record", Of: strconv.Itoa(looked.Record), Max: missesOfRecord, Window: missWindow}
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

// IsRecordPage says whether a request is for a page that its address alone opens. Such a page is framed
// by nobody and asks nothing of others, so that its address stays with its owner.
func IsRecordPage(c *fiber.Ctx) bool { return urls.IsRecordLink(c.Path()) }

// What a request for a visit gets that opens none.
var (
	// ErrNoVisit is the one answer to a wrong hash, a wrong id, a wrong company, another's path and
	// whatever else there is no visit behind. Its page says nothing of which it was.
	ErrNoVisit = errors.New("server: no such visit for this link")
	// ErrTooOften says that somebody tries links.
	ErrTooOften = errors.New("server: too many links without a visit")
)
