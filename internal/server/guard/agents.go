package guard

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/quota"
	"okoshko/internal/upstream/budget"
)

const (
	// agentsShare is the part of the calls of a minute that all assistants together may cause, one in so many: 15 %.
	agentsShare, agentsOf = 15, 100
	// agentsPlaces is by how many places the calls of assistants stand behind those of customers: behind one who has had many, so
	// that they also leave a fifth of a minute's calls to customers (budget: roomFor).
	agentsPlaces = 12
)

// AgentsCalls returns how many calls a minute all assistants together may cause, of so many that there are.
func AgentsCalls(perMinute int) int { return max(1, perMinute*agentsShare/agentsOf) }

// LimitAgents is a middleware for the door of assistants. Their calls have the priority of browsing, stand behind those of
// customers, and count for the address, as the calls of pages do, and for all assistants together. An address may use up half of
// what these have. When none is left, answers are made of what is cached.
func (s *Guard) LimitAgents(c *fiber.Ctx) error {
	s.meet(c)
	if s.asked.over(s.Rings(c), s.Now()) {
		s.tell(c, "assistants held back", "agents-address")
		return ErrFlood
	}
	ctx := budget.WithRare(budget.WithPayer(budget.WithCeiling(c.UserContext(), budget.P1), s.payer(c)), agentsPlaces)
	account := s.Around(c, "agents-address", "", max(1, s.AgentsCalls/2), callsWindow)
	if s.Limits.CallsPerAddress > 0 {
		account = append(account, s.Around(c, "calls-address", "", s.Limits.CallsPerAddress, callsWindow)...)
	}
	account = append(account, quota.Limit{Name: "calls-agents", Of: "agents", Max: s.AgentsCalls, Window: callsWindow})
	ctx = quota.OnAccount(ctx, account...)
	if s.Scarce() || s.usedUp(ctx, quota.Sparing(account)...) || s.noRoom(c) {
		s.tell(c, "questions of assistants held back", "calls-agents")
		c.Locals(localOnlyCached{}, true)
		ctx, _ = catalog.OnlyCached(ctx)
	}
	c.SetUserContext(ctx)
	return c.Next()
}

// MayAskForWindowsOf says whether a call may be spent on the windows of a company, for whoever asks: while calls are plenty, once in
// WindowsPause for all processes together.
func (s *Guard) MayAskForWindowsOf(ctx context.Context, company int) bool {
	if s.Plenty != nil && !s.Plenty() {
		return false
	}
	verdict, err := s.Quotas.Take(ctx, quota.Limit{Name: "calls-windows", Of: strconv.Itoa(company), Max: 1, Window: WindowsPause})
	return err == nil && verdict.OK
}
