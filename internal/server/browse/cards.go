package browse

import (
	"github.com/maypok86/otter/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/server/response"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The cards of services are most of a service step, and they are the same whatever else a customer
// has chosen, but for their addresses. So each is drawn once for a service and a wording. Lists that
// are narrowed by a choice hold the very services of the whole list, so they share its cards too.

// cardState is how a card looks.
type cardState int

const (
	cardFree cardState = iota
	cardChosen
	cardOff // does not go with what is chosen, or cannot be booked here at all
)

// cardKey names a card: a service or a promotion of an answer, how long it takes, and a wording. None of them changes.
type cardKey struct {
	service   *catalog.Service
	promotion *catalog.Promotion
	text      *i18n.Localizer
	state     cardState
	length    catalog.LengthRange // where the service itself has none
	bar       catalog.Bar         // why it cannot be booked at all
}

// cardOverhead is what a card takes beside its text, in bytes.
const cardOverhead = 256

type drawnCards = otter.Cache[cardKey, *pages.Drawn]

// newDrawnCards keeps as many cards as the memory for them holds.
func newDrawnCards(most int) *drawnCards {
	return otter.Must(&otter.Options[cardKey, *pages.Drawn]{
		MaximumWeight:    uint64(max(most, cardOverhead)),
		Weigher:          func(_ cardKey, d *pages.Drawn) uint32 { return uint32(d.Len() + cardOverhead) }, //nolint:gosec // some hundred bytes
		ExpiryCalculator: otter.ExpiryWriting[cardKey, *pages.Drawn](response.CachedFor),
	})
}

// card is a card as it was drawn before, or else as describe and its state say.
func (s *Handlers) card(key cardKey, id int, u string, draw func(layout.Texts, pages.Service) (*pages.Drawn, error), describe func() pages.Service) pages.Service {
	if drawn, ok := s.cards.GetIfPresent(key); ok {
		return pages.Service{ID: id, URL: u, Drawn: drawn}
	}
	out := describe()
	out.URL = u
	switch key.state {
	case cardFree:
		out.Label = key.text.T("widget.service.add", "title", out.Title)
	case cardChosen:
		out.Selected, out.Label = true, key.text.T("widget.service.remove", "title", out.Title)
	case cardOff:
		out.Unavailable = key.text.T("widget.service.incompatible")
		if key.bar != catalog.BarNone {
			out.Unavailable = key.text.T("widget.off." + string(key.bar))
		}
	}
	if drawn, err := draw(key.text, out); err == nil {
		s.cards.Set(key, drawn)
	}
	return out
}
