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

// ErrManyCalls says that an address has caused as many questions to the booking API as it may.
var ErrManyCalls = errors.New("server: too many questions from one address")

// callsWindow is the time in which the questions of an address are counted.
const callsWindow = time.Minute

// OperatorCalls is what the operator's page and its preview may ask the booking API in a minute: whoever looks takes no
// call that a customer needs.
var OperatorCalls = quota.Limit{Name: "calls-operator", Of: "operator", Max: 30, Window: callsWindow}

// OperatorHeader says that a request is passed on by the operator's listener of the same process. Its value is known to
// the process alone.
const OperatorHeader = "X-Okoshko-Operator"

func (s *Guard) isOperator(c *fiber.Ctx) bool {
	said := c.Request().Header.Peek(OperatorHeader)
	return s.Operator != "" && subtle.ConstantTimeCompare(said, []byte(s.Operator)) == 1
}

// rareService is how far back each service more than one puts what a page asks: what goes with two services is asked by
// few customers, and by a crawler for every two that there are.
const rareService = 3

// localOnlyCached marks a request that may ask the booking API nothing.
type localOnlyCached struct{}

// LimitCalls keeps one address from using up the calls that all share, by whatever method. What a request asks the booking
// API is counted for its address and the networks around it, where the call is made; while none is left, browse pages are
// made of what is kept, and others wait. Nothing that a request asks is more urgent than looking about, until it has
// shown that somebody books: see pay.
func (s *Guard) LimitCalls(c *fiber.Ctx) error {
	s.meet(c)
	c.SetUserContext(budget.WithPayer(budget.WithCeiling(c.UserContext(), budget.P1), s.payer(c)))
	browse := urls.IsForm(c.Path())
	if !browse && !response.IsPrivatePage(c) {
		return c.Next()
	}
	if s.drawn.over(s.rings(c), s.Now()) {
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
	// A form that is sent has a part of the account to itself, and a visit's page looks at what its link is first.
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
	}
	return s.manyCalls(c)
}

// manyCalls is the answer to whoever has caused too many questions.
func (s *Guard) manyCalls(c *fiber.Ctx) error {
	s.tell(c, "questions held back", "calls-address")
	return ErrManyCalls
}

// Pay lets what a request asks from here on go before those who look about. It is for a form whose token is ours, fresh
// and made for what the form does, as far as forms from this address go.
func (s *Guard) Pay(c *fiber.Ctx, form session.Token) {
	if s.submitted.over(s.rings(c), s.Now()) {
		s.tell(c, "form not preferred", "presses-address")
		return
	}
	c.SetUserContext(budget.Paid(c.UserContext(), form.Session))
}

// tell counts a limit that is reached again and again, and logs it once a minute.
func (s *Guard) tell(c *fiber.Ctx, what, limit string) {
	s.Watch.Limit(limit)
	if s.told.Once(limit, s.Now(), time.Minute) {
		s.Log.Warn(what, "id", response.RequestID(c), "route", c.Route().Path, "limit", limit)
	}
}

// IsOnlyCached says whether a request may ask the booking API nothing.
func IsOnlyCached(c *fiber.Ctx) bool { return c.Locals(localOnlyCached{}) != nil }
