package guard

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/quota"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
)

// ErrManyCalls says that an address has caused as many calls to the booking API as it may.
var ErrManyCalls = errors.New("server: too many questions from one address")

// callsWindow is the time in which the calls of an address are counted.
const callsWindow = time.Minute

// OperatorCalls limits the calls that the operator's page and its preview may cause, so that calls are left for customers.
var OperatorCalls = quota.Limit{Name: "calls-operator", Of: "operator", Max: 30, Window: callsWindow}

// OperatorHeader marks a request that the operator's listener of the same process passes on. Its value is a secret that
// never leaves the process.
const OperatorHeader = "X-Okoshko-Operator"

func (s *Guard) isOperator(c *fiber.Ctx) bool {
	said := c.Request().Header.Peek(OperatorHeader)
	return s.Operator != "" && subtle.ConstantTimeCompare(said, []byte(s.Operator)) == 1
}

// rareService is by how many places each further chosen service puts a page's calls back in the queue. Few customers ask for
// two services together; a crawler asks for every pair.
const rareService = 3

// localOnlyCached marks in a request's locals that it may cause no call.
type localOnlyCached struct{}

// LimitCalls is a middleware that keeps one address from using up the calls that all customers share. A call is counted for
// the address and the networks around it when it is made. When none is left, browse pages are made of cached answers, and
// other pages are refused. Calls have the priority of browsing until Pay shows that the request is for a booking.
func (s *Guard) LimitCalls(c *fiber.Ctx) error {
	s.meet(c)
	c.SetUserContext(budget.WithPayer(budget.WithCeiling(c.UserContext(), budget.P1), s.payer(c)))
	browse := urls.IsForm(c.Path())
	if !browse && !response.IsPrivatePage(c) {
		return c.Next()
	}
	if c.Method() == fiber.MethodGet {
		c.SetUserContext(catalog.WaitOnce(c.UserContext()))
	}
	if s.drawn.over(s.Rings(c), s.Now()) {
		s.tell(c, "pages held back", "pages-address")
		return ErrFlood
	}
	if s.Limits.CallsPerAddress == 0 {
		return c.Next()
	}
	if more := strings.Count(c.Query(urls.QueryServices), ","); more > 0 {
		c.SetUserContext(budget.WithRare(c.UserContext(), more*rareService))
	}
	account := s.Around(c, "calls-address", "", s.Limits.CallsPerAddress, callsWindow)
	if s.isOperator(c) {
		account = []quota.Limit{OperatorCalls}
	}
	c.SetUserContext(quota.OnAccount(c.UserContext(), account...))
	// A form that is sent has its own part of the account, and the page of a visit decides in MayLook.
	if c.Method() == fiber.MethodPost || IsRecordPage(c) || !s.usedUp(c.UserContext(), quota.Sparing(account)...) && !s.noRoom(c) {
		return c.Next()
	}
	if browse {
		c.Locals(localOnlyCached{}, true)
		ctx, lacked := catalog.OnlyCached(c.UserContext())
		c.SetUserContext(ctx)
		if err := c.Next(); !lacked() {
			return err
		}
		if response.IsPart(c) { // what is known is shown already
			_ = s.manyCalls(c)
			c.Status(fiber.StatusTooManyRequests)
			return nil
		}
	}
	return s.manyCalls(c)
}

// manyCalls counts and logs that an address has caused too many calls, and returns ErrManyCalls.
func (s *Guard) manyCalls(c *fiber.Ctx) error {
	s.tell(c, "questions held back", "calls-address")
	return ErrManyCalls
}

// Pay gives the further calls of a request a higher priority than those of browse pages. It is for a form with a valid and
// fresh token for what the form does. An address that sends too many forms does not get the priority.
func (s *Guard) Pay(c *fiber.Ctx, form session.Token) {
	if s.submitted.over(s.Rings(c), s.Now()) {
		s.tell(c, "form not preferred", "presses-address")
		return
	}
	c.SetUserContext(budget.Paid(c.UserContext(), form.Session))
}

// tell counts that a limit was reached, and logs it at most once a minute.
func (s *Guard) tell(c *fiber.Ctx, what, limit string) {
	s.Watch.Limit(limit)
	if s.told.Once(limit, s.Now(), time.Minute) {
		s.Log.Warn(what, "id", response.RequestID(c), "route", c.Route().Path, "limit", limit)
	}
}

// IsOnlyCached says whether a request may cause no call, and is answered from cached answers.
func IsOnlyCached(c *fiber.Ctx) bool { return c.Locals(localOnlyCached{}) != nil }
