// Package customers has the sessions of customers who have signed in.
package customers

import (
	"time"

	"okoshko/internal/session"
)

// Sessions reads and stores the sessions of customers who have signed in.
type Sessions struct {
	SignedIn *session.Store
	Now      func() time.Time
}
