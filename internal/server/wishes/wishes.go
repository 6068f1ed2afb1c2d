// Package wishes has the pages of "tell me when a time opens": the form that asks for it, and the page of a wish, which its link
// opens. A wish is confirmed and ended by a form, because programs that look at mail open every link.
package wishes

import (
	"log/slog"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/waiting"
	"okoshko/web/static"
)

// Handlers answer requests for the pages of wishes.
type Handlers struct {
	Pages   *page.Builder
	Guard   *guard.Guard
	Catalog *catalog.Catalog
	Desk    *waiting.Desk // nil: nothing is offered
	Booking *booking.Desk // keeps the texts that visitors have agreed to
	PushKey string        // the public key that browsers subscribe with; "" where no notifications are sent
	Assets  *static.Assets
	Log     *slog.Logger
	Now     func() time.Time
}

// offers says which channels there are.
func (s *Handlers) offers() waiting.Offers {
	if s.Desk == nil {
		return waiting.Offers{}
	}
	return s.Desk.Offers()
}
