// Package browse has the pages on which a customer chooses: city, company, service, master, time and group event. It also has
// the pages about a salon and a master. Each page is a function of its address and equal for everybody.
package browse

import (
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/server/page"
	"okoshko/internal/server/times"
)

// Handlers answer requests for browse pages.
type Handlers struct {
	Pages   *page.Builder
	Times   *times.Times
	Catalog *catalog.Catalog
	Now     func() time.Time
	cards   *drawnCards
}

// New returns Handlers whose cached cards take at most so many bytes.
func New(p *page.Builder, t *times.Times, cardBytes int) *Handlers {
	return &Handlers{Pages: p, Times: t, Catalog: p.Catalog, Now: p.Now, cards: newDrawnCards(cardBytes)}
}
