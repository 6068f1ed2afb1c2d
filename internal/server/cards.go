package server

import (
	"sync"

	"github.com/maypok86/otter/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The cards of services are most of a service step, and they are the same whatever else a customer
// has chosen, but for their addresses. So each is drawn once for an answer of the upstream and a
// wording.

// maxCardSets bounds the answers whose cards are kept: some forty kilobytes of a long list each.
const maxCardSets = 64

// cardSet names an answer and a wording. Neither changes.
type cardSet struct {
	offered *catalog.Services
	text    *i18n.Localizer
}

// cardState is how a card looks.
type cardState int

const (
	cardFree cardState = iota
	cardChosen
	cardOff // does not go with what is chosen
)

// cardKey names a card of a set.
type cardKey struct {
	promotion bool
	id        int
	state     cardState
}

type drawnCards struct {
	sets *otter.Cache[cardSet, *cards]
}

func newDrawnCards() drawnCards {
	return drawnCards{otter.Must(&otter.Options[cardSet, *cards]{
		MaximumSize:      maxCardSets,
		ExpiryCalculator: otter.ExpiryWriting[cardSet, *cards](keptFor),
	})}
}

// cards are those of one answer.
type cards struct {
	text  *i18n.Localizer
	mu    sync.Mutex
	drawn map[cardKey]*pages.Drawn
}

func (d drawnCards) of(offered *catalog.Services, text *i18n.Localizer) *cards {
	key := cardSet{offered, text}
	set, ok := d.sets.GetIfPresent(key)
	if !ok {
		set = &cards{text: text, drawn: map[cardKey]*pages.Drawn{}}
		d.sets.Set(key, set)
	}
	return set
}

// card is a card as it was drawn before, or else as describe and its state say.
func (c *cards) card(key cardKey, u string, draw func(layout.Texts, pages.Service) (*pages.Drawn, error), describe func() pages.Service) pages.Service {
	c.mu.Lock()
	drawn := c.drawn[key]
	c.mu.Unlock()
	if drawn != nil {
		return pages.Service{ID: key.id, URL: u, Drawn: drawn}
	}
	out := describe()
	out.URL = u
	switch key.state {
	case cardFree:
		out.Label = c.text.T("widget.service.add", "title", out.Title)
	case cardChosen:
		out.Selected, out.Label = true, c.text.T("widget.service.remove", "title", out.Title)
	case cardOff:
		out.Unavailable = c.text.T("widget.service.incompatible")
	}
	if drawn, err := draw(c.text, out); err == nil {
		c.mu.Lock()
		c.drawn[key] = drawn
		c.mu.Unlock()
	}
	return out
}
