// Package catalog is the read side of the program: it says what may be booked. It answers from a cache in front of the
// upstream, translates the upstream's types into those that pages need (zones resolved, pictures checked, HTML
// sanitised), and checks a customer's choices against what is offered now.
//
// Many visitors look and the upstream allows few calls. So equal questions become one call, an answer is used as long as
// the configuration allows, and an answer to one question also answers others. Its files, by job:
//
//	asked.go    the questions that are put to the upstream; convert.go, clock.go, sanitise.go and others read the answers
//	cache.go    the cache, and one call for equal questions; key.go names the questions, weigh.go bounds the memory
//	deps.go     which answers a page is made of
//	times.go    days and slots, masters.go masters, cities.go cities
//	told.go     what an answer says about other questions
//	scarce.go   how days and slots are found while calls are scarce
//	sold.go     what a booking changes in the cache
//	hooked.go   what the upstream's hooks change in it, trust.go how far they are relied on
//	shared.go   what processes tell each other of both
//	noted.go    what those are told who wait for a time to open
//	given.go    what a process takes up of the answers of the others
//	resolve.go  the check of a customer's choices
package catalog

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"okoshko/internal/csp"
	"okoshko/internal/upstream"
)

// Options are what a Catalog is made of.
type Options struct {
	Client   *upstream.Client
	BaseURL  string   // origin of the upstream; pictures given without a host belong to it
	Pictures []string // https origins of pictures beside the upstream's; "*" = all
	Now      func() time.Time
	// Scarce says that calls are scarce. Stale answers then stay in use up to their hard limit, cached answers come
	// before a question, and a lower bound of the slots is better than a wait. Busy says that a call would have to wait at
	// this moment; cached answers about slots and days then come before a question too. nil: never.
	Scarce, Busy func() bool

	Prepayment  map[int]Prepayment      // by bookform: what becomes of services that are paid for in advance; other bookforms book them
	WithContact func(bookform int) bool // says whether a bookform's confirm step is drawn within its contact step; nil: none is

	Bookforms Ages // also the salon's questions, agreements, lengths
	Entries   Ages // cities, companies, services, staff
	Dates     Ages
	Slots     Ages
	// MaxBytes bounds the memory that the answers take, about (0: as much as is usual), and MaxEntries their number.
	MaxBytes, MaxEntries int
	Watch                Watch        // nil: none
	Teller               Teller       // nil: this process is the only one
	Hooks                bool         // whether hooks come in (Hooked)
	Noted                Noted        // nil: nobody
	Listening            func() bool  // says whether what other processes tell is heard; nil: always
	Log                  *slog.Logger // nil: none
	// Patience is how long a page waits for an answer that it can be shown without, by the machine's clock (0: a quarter of a second).
	Patience time.Duration
}

// Watch counts for the operator.
type Watch interface {
	// Lookup counts a question to the cache by its result: "fresh", "stale", "miss" (the upstream was asked) or "error".
	Lookup(question, result string)
	// Dropped counts an answer that was still good and had to make room for others.
	Dropped()
	// Disagrees counts that two parts of an answer say different things about something.
	Disagrees(about string)
}

// Catalog answers questions about what may be booked. It is safe for concurrent use; what it
// returns is shared and must not be changed.
type Catalog struct {
	client      *upstream.Client
	pictures    pictures
	now         func() time.Time
	cache       *cache
	ages        struct{ bookforms, entries, dates, slots Ages }
	sanitise    *sanitiser
	prepayment  map[int]Prepayment
	withContact func(bookform int) bool
	busy        func() bool
	patience    time.Duration
	behind      *behind
	teller      Teller
	noted       Noted      // nil: nobody
	hooked      *hooked    // nil: no hooks come in
	observing   sync.Mutex // held by whoever changes the observations of a company
	log         *slog.Logger
	languages   sync.Map // in which companies have been asked for
	// Companies whose times show another clock than their zone, by id: the zone of the times, and whether that was logged.
	clocks, disagreed sync.Map
	// langs are the languages in which companies were asked for last, by id.
	langs   sync.Map
	changes atomic.Int64 // how often cached answers were corrected by what a process told
}

// New makes a Catalog.
func New(o Options) (*Catalog, error) {
	origin, err := url.Parse(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("catalog: base URL: %w", err)
	}
	behind := new(behind)
	c := &Catalog{
		client: o.Client, pictures: pictures{origin, csp.SourcesOf(o.Pictures...)}, now: o.Now, behind: behind, patience: cmp.Or(o.Patience, soonGrace),
		cache:    newCache(o.MaxBytes, o.MaxEntries, o.Now, o.Scarce, o.Watch, behind.do),
		sanitise: newSanitiser(), prepayment: o.Prepayment, withContact: o.WithContact, teller: o.Teller, noted: o.Noted, log: o.Log,
	}
	c.cache.note = c.note
	if c.withContact == nil {
		c.withContact = func(int) bool { return false }
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.busy = o.Busy; c.busy == nil {
		c.busy = func() bool { return false }
	}
	if o.Hooks {
		c.hooked = newHooked(o.Now, o.Listening)
		c.hooked.differs = c.hooksDiffer
	}
	c.ages.bookforms, c.ages.entries, c.ages.dates, c.ages.slots = o.Bookforms, o.Entries, o.Dates, o.Slots
	return c, nil
}

// Down says that the upstream does not answer, so that pages are made of cached answers.
func (c *Catalog) Down() bool { return c.client.Down() }

// Scarce says that calls are scarce.
func (c *Catalog) Scarce() bool { return c.cache.scarce() }

// sparing says that a question about slots or days would make another visitor wait.
func (c *Catalog) sparing() bool { return c.cache.scarce() || c.busy() }

// Answers is how many answers the cache holds, about.
func (c *Catalog) Answers() int { return c.cache.entries.EstimatedSize() }

// Weight is about how many bytes the answers take.
func (c *Catalog) Weight() int { return int(c.cache.entries.WeightedSize()) } //nolint:gosec // bounded by MaxBytes

// Settle waits until no question is asked that no page waits for.
func (c *Catalog) Settle() { c.behind.settle() }

// Close stops the cache's goroutines.
func (c *Catalog) Close() { c.cache.close() }
