// Package codes has everything about a code that is sent by text message: its limits, the puzzle that stands before the
// message near a limit, and the page that asks for the code.
package codes

import (
	"log/slog"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/quota"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/response"
)

// Service sends codes and asks for them.
type Service struct {
	Guard  *guard.Guard
	Desk   *booking.Desk
	Quotas *quota.Quotas
	Limits guard.Limits
	Watch  response.Watch
	Log    *slog.Logger
	Now    func() time.Time
}
