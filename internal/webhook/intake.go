package webhook

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Outcome is what became of a hook that came.
type Outcome string

// Outcomes.
const (
	Applied    Outcome = "applied"
	Unknown    Outcome = "unknown"    // of a company that nobody has asked about here
	Ignored    Outcome = "ignored"    // of a resource that does not matter
	Repeated   Outcome = "repeated"   // it has come before
	Limited    Outcome = "limited"    // its company has sent too many
	Crowded    Outcome = "crowded"    // all companies together have: the upstream may send it again
	Unreadable Outcome = "unreadable" // no hook
)

const (
	// repeatedFor is how long a hook is remembered so that it is not applied twice, and maxRemembered bounds how many are.
	repeatedFor   = 5 * time.Minute
	maxRemembered = 8192
	// perCompany is how many hooks of a company are applied in a minute. A busy salon changes ten visits a minute; whoever sends
	// more gets no further answers dropped.
	perCompany = 120
	// perSecond is how many hooks of all companies are taken in a second.
	perSecond = 50
	// maxCounted bounds for how many companies hooks are counted one by one in a minute.
	maxCounted = 10_000
)

// Intake decides which hooks are applied. Its zero value has seen none. It is safe for concurrent use.
type Intake struct {
	mu     sync.Mutex
	seen   map[[sha256.Size]byte]time.Time
	minute time.Time // in which the hooks of companies are counted
	counts map[int]int
	second time.Time // in which all hooks are counted
	all    int
}

// Admit reads a hook and decides what becomes of it: Applied when it is to be applied. A body counts against its company's limit
// only then.
func (i *Intake) Admit(body []byte, now time.Time) (Hook, Outcome) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if now.Sub(i.second).Abs() >= time.Second {
		i.second, i.all = now, 0
	}
	if i.all++; i.all > perSecond {
		return Hook{}, Crowded
	}
	h, err := Read(body)
	switch {
	case err != nil:
		return h, Unreadable
	case !h.Resource.Known():
		return h, Ignored
	case i.repeated(h, body, now):
		return h, Repeated
	case !i.count(h.Company, now):
		return h, Limited
	}
	return h, Applied
}

// repeated notes a hook that says when the change was made, and says whether the same one has come lately. A hook that does not
// say so may tell of one more change in the same words.
func (i *Intake) repeated(h Hook, body []byte, now time.Time) bool {
	if h.Changed == "" {
		return false
	}
	digest := sha256.Sum256(body)
	if at, known := i.seen[digest]; known && now.Sub(at).Abs() < repeatedFor {
		return true
	}
	if i.seen == nil {
		i.seen = map[[sha256.Size]byte]time.Time{}
	}
	if len(i.seen) >= maxRemembered {
		for other, at := range i.seen {
			if now.Sub(at).Abs() >= repeatedFor {
				delete(i.seen, other)
			}
		}
	}
	if len(i.seen) < maxRemembered {
		i.seen[digest] = now
	}
	return false
}

// count counts a hook of a company, and says whether it is within the limit.
func (i *Intake) count(company int, now time.Time) bool {
	if i.counts == nil || now.Sub(i.minute).Abs() >= time.Minute {
		i.minute, i.counts = now, map[int]int{}
	}
	n, counted := i.counts[company]
	if !counted && len(i.counts) >= maxCounted {
		return false
	}
	i.counts[company] = n + 1
	return n < perCompany
}

// Forget takes back that a hook has come, when it could not be applied and may come again.
func (i *Intake) Forget(body []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.seen, sha256.Sum256(body))
}
