// Package response sends what a handler has made: it draws a page into memory, compresses it, sets its headers and its
// content policy, and keeps pages that are equal for everybody.
package response

import (
	"log/slog"
	"sync/atomic"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
)

// Options are what a Writer is made of.
type Options struct {
	Catalog      *catalog.Catalog
	Frames       frames.Rules
	PublicURL    string      // origin of the widget; "" = as the request says
	PictureHosts csp.Sources // where pictures of pages may come from, beside the widget itself
	Watch        Watch
	Log          *slog.Logger
	Now          func() time.Time
}

// Writer sends pages and keeps those that are equal for everybody.
type Writer struct {
	Options
	cached    *cachedPages
	lastDense atomic.Int64 // when a drawn page was last compressed well, in nanoseconds
}

// New makes a Writer that keeps pages of so many bytes together.
func New(o Options, pageBytes int) *Writer {
	return &Writer{Options: o, cached: newCachedPages(pageBytes)}
}
