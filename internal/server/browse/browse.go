// Package browse has the pages on which a customer chooses: city, company, service, master, time and group event. It also has
// the pages about a salon and a master. Each page is a function of its address and equal for everybody.
package browse

import (
	"cmp"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/times"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// Handlers answer requests for browse pages.
type Handlers struct {
	Pages   *page.Builder
	Times   *times.Times
	Guard   *guard.Guard
	Catalog *catalog.Catalog
	Now     func() time.Time
	cards   *drawnCards
	news    news

	pictures pictures
}

// New returns Handlers whose cached cards take at most so many bytes, and cached pictures half as many.
func New(p *page.Builder, t *times.Times, g *guard.Guard, cardBytes int) *Handlers {
	return &Handlers{Pages: p, Times: t, Guard: g, Catalog: p.Catalog, Now: p.Now, cards: newDrawnCards(cardBytes), news: newNews(), pictures: newPictures(cardBytes / 2)}
}

// Close ends what cleans the caches of cards and pictures.
func (s *Handlers) Close() {
	s.cards.StopAllGoroutines()
	s.news.seen.StopAllGoroutines()
	s.pictures.drawn.StopAllGoroutines()
}

// begin begins the title of a page with what the customer has asked it for, because a screen reader says the title first.
func begin(b *layout.Base, asked ...string) {
	b.Title = pages.Join(", ", append(asked, b.Title)...)
}

// outcome returns in words what a search has come to, "" without one.
func outcome(of pages.Search, none string) string {
	if of.Query == "" {
		return ""
	}
	return cmp.Or(of.Found, none)
}
