package frames

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

const (
	// maxStrangers bounds the websites that are remembered, because a request can name any website.
	maxStrangers = 200
	// tellEvery is how often a website that goes on trying is logged.
	tellEvery = time.Hour
	// maxTold bounds how many lines are logged in that time for all websites together.
	maxTold = 30
)

// Stranger is a website that tried to frame a form and may not.
type Stranger struct {
	Form        int
	Origin      string
	Times       int
	First, Last time.Time
}

// Strangers remembers such websites. When there is no room for another one, the website that tried least is forgotten. Strangers
// is safe for concurrent use.
type Strangers struct {
	now func() time.Time

	mu    sync.Mutex
	seen  map[visitor]*memory
	since time.Time // the beginning of the time in which told counts
	told  int
}

type visitor struct {
	form   int
	origin string
}

type memory struct {
	Stranger
	told time.Time
}

// NewStrangers makes Strangers that remember no website yet.
func NewStrangers(now func() time.Time) *Strangers {
	return &Strangers{now: now, seen: map[visitor]*memory{}}
}

// Note remembers an attempt, and says whether it is to be logged: the first of a website, and then one an hour.
func (s *Strangers) Note(form int, origin string) (tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, who := s.now(), visitor{form, origin}
	m := s.seen[who]
	if m == nil {
		s.makeRoom()
		m = &memory{Stranger: Stranger{Form: form, Origin: origin, First: now}}
		s.seen[who] = m
	}
	m.Times++
	m.Last = now
	if now.Sub(s.since) >= tellEvery {
		s.since, s.told = now, 0
	}
	if s.told >= maxTold || !m.told.IsZero() && now.Sub(m.told) < tellEvery {
		return false
	}
	s.told++
	m.told = now
	return true
}

// makeRoom forgets the website that tried least, and of several such websites the one whose last attempt is oldest. The caller
// holds the lock.
func (s *Strangers) makeRoom() {
	if len(s.seen) < maxStrangers {
		return
	}
	var least *memory
	for _, m := range s.seen {
		if least == nil || cmp.Or(cmp.Compare(m.Times, least.Times), m.Last.Compare(least.Last), cmp.Compare(m.Origin, least.Origin)) < 0 {
			least = m
		}
	}
	delete(s.seen, visitor{least.Form, least.Origin})
}

// List returns the remembered websites, the one with the latest attempt first.
func (s *Strangers) List() []Stranger {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Stranger, 0, len(s.seen))
	for _, m := range s.seen {
		out = append(out, m.Stranger)
	}
	slices.SortFunc(out, func(a, b Stranger) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Form, b.Form))
	})
	return out
}
