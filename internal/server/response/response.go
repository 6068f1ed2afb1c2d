// Package response sends pages. It draws a page into memory, compresses it, sets its headers and its content policy, and
// caches pages that are equal for everybody.
package response

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
)

// Options configure a Writer.
type Options struct {
	Catalog      *catalog.Catalog
	Frames       frames.Rules
	PublicURL    string      // origin of the widget; "" = as the request says
	PictureHosts csp.Sources // where pictures may come from, beside the widget's own origin
	Watch        Watch
	Log          *slog.Logger
	Now          func() time.Time
}

// Writer sends pages and caches those that are equal for everybody.
type Writer struct {
	Options
	cached    *cachedPages
	lastDense atomic.Int64 // when a drawn page was last compressed well, in nanoseconds
}

// New returns a Writer whose cached pages take at most so many bytes.
func New(o Options, pageBytes int) *Writer {
	return &Writer{Options: o, cached: newCachedPages(pageBytes)}
}

// Close ends what cleans the cache of pages.
func (w *Writer) Close() { w.cached.StopAllGoroutines() }

// localPart marks in a request's locals that its page lacks a part.
type localPart struct{}

// MarkPart notes that a page was drawn of which a part is still looked for.
func MarkPart(c *fiber.Ctx) { c.Locals(localPart{}, true) }

// IsPart says whether such a page was drawn.
func IsPart(c *fiber.Ctx) bool { return c.Locals(localPart{}) != nil }

// Watch counts for the operator.
type Watch interface {
	Request(route string, status int, took time.Duration)
	Step(form int, step string)
	// Page returns a function that does what Request and Step do, for a cached page that is sent many times.
	Page(route string, status, form int, step string) (sent func(took time.Duration))
	// CustomerPage counts the answer to a request for a customer's page by one of the outcomes of pages.
	CustomerPage(outcome string, took time.Duration)
	// BookingAnswer counts the answer to a press that books.
	BookingAnswer(answer string, took time.Duration)
	Limit(name string)
	// Hook counts a hook of the upstream.
	Hook(resource, outcome string)
}
