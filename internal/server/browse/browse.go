// Package browse has the pages on which a customer chooses: city, company, service, master, time and group event, with the
// pages that tell about a salon or a master. Each is a function of its address and equal for everybody.
package browse

import (
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/server/page"
	"okoshko/internal/server/times"
)

// Handlers answer requests for pages on which a customer chooses.
type Handlers struct {
	Pages   *page.Builder
	Times   *times.Times
	Catalog *catalog.Catalog
	Now     func() time.Time
	cards   *drawnCards
}

// New makes Handlers that keep drawn cards of so many bytes together.
func New(p *page.Builder, t *times.Times, cardBytes int) *Handlers {
	return &Handlers{Pages: p, Times: t, Catalog: p.Catalog, Now: p.Now, cards: newDrawnCards(cardBytes)}
}
