package booking

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Unknown is a booking attempt whose outcome is not known, as an operator sees it. It does not name the
// attempt, whose name opens its page.
type Unknown struct {
	Form, Company int
	Sent          time.Time
	Says          Saying // what the customer is told
}

// maxUnknowns bounds what an operator is shown; more than these are no longer looked at one by one.
const maxUnknowns = 200

// unknowns are the attempts that this process has seen and whose outcome it has not.
type unknowns struct {
	mu   sync.Mutex
	byID map[string]Unknown
}

// see takes an attempt as it is now.
func (u *unknowns) see(a Attempt, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if a.State != StateUnknown {
		delete(u.byID, a.ID)
		return
	}
	if _, known := u.byID[a.ID]; !known && len(u.byID) >= maxUnknowns {
		return
	}
	says, _ := a.Says(now, false)
	u.byID[a.ID] = Unknown{Form: a.Form, Company: a.Company, Sent: a.Sent, Says: says}
}

// Unknown are the attempts whose outcome this process does not know, the latest first. After three days
// an attempt is forgotten with all that is known of it.
func (d *Desk) Unknown() []Unknown {
	u := &d.unknown
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.DeleteFunc(u.byID, func(_ string, x Unknown) bool { return d.now().Sub(x.Sent) > attemptKeptFor })
	return slices.SortedFunc(maps.Values(u.byID), func(a, b Unknown) int { return b.Sent.Compare(a.Sent) })
}
