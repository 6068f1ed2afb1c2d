package browse

import (
	"github.com/maypok86/otter/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/server/response"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The cards of services are most of the page of the service step. Apart from its addresses, a card does not depend on the other
// choices. So each card is drawn once for a service and a wording, and cached. A list that a choice has narrowed holds
// pointers to the services of the whole list, so it shares the cards.

// cardState is how a card looks.
type cardState int

const (
	cardFree cardState = iota
	cardChosen
	cardFollowing // cannot be booked with the chosen services, but in an appointment of its own after theirs
	cardOtherTime // cannot be booked at the time that was chosen first, but at another one
	cardOff       // cannot be booked with the chosen services, or not at this widget
)

// cardKey is the key of a cached card: all that the card depends on. The services, promotions and wordings that it points to
// never change.
type cardKey struct {
	service   *catalog.Service
	promotion *catalog.Promotion
	text      *i18n.Localizer
	state     cardState
	length    catalog.LengthRange // of a service whose own length is 0
	bar       catalog.Bar         // why it cannot be booked at this widget
	at        string              // the time at which it cannot be booked
	pictured  bool                // whether others of the list have a photo, so that one without has its first letter in the place
}

// cardOverhead is the memory that a cached card takes beside its text, in bytes.
const cardOverhead = 256

type drawnCards = otter.Cache[cardKey, *pages.Drawn]

// newDrawnCards returns a cache for cards of at most so many bytes.
func newDrawnCards(most int) *drawnCards {
	return otter.Must(&otter.Options[cardKey, *pages.Drawn]{
		MaximumWeight:    uint64(max(most, cardOverhead)),
		Weigher:          func(_ cardKey, d *pages.Drawn) uint32 { return uint32(d.Len() + cardOverhead) }, //nolint:gosec // some hundred bytes
		ExpiryCalculator: otter.ExpiryWriting[cardKey, *pages.Drawn](response.CachedFor),
	})
}

// card returns a cached card, else it describes, draws and caches the card. The links are a card with its id and its addresses
// only.
func (s *Handlers) card(key cardKey, links pages.Service, draw func(layout.Texts, pages.Service) (*pages.Drawn, error), describe func() pages.Service) pages.Service {
	if drawn, ok := s.cards.GetIfPresent(key); ok {
		links.Drawn = drawn
		return links
	}
	out := describe()
	out.ID, out.URL, out.StayURL, out.OtherTime = links.ID, links.URL, links.StayURL, links.OtherTime
	switch key.state {
	case cardFree:
		out.Label = key.text.T("widget.service.add", "title", out.Title)
	case cardChosen:
		out.Selected, out.Label = true, key.text.T("widget.service.remove", "title", out.Title)
	case cardFollowing:
		out.Following = key.text.T("widget.service.following")
	case cardOtherTime:
		out.Label = key.text.T("widget.service.add", "title", out.Title)
		out.Following = key.text.T("widget.service.not_at", "time", key.at)
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
