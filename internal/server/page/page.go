// Package page has what all pages of the widget share: Request is the state of one request for a page, and Builder makes the
// layout around what the page itself shows.
package page

import (
	"log/slog"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/server/response"
	"okoshko/web/static"
)

// Builder reads requests for pages and builds the layout of their answers.
type Builder struct {
	Response  *response.Writer
	Catalog   *catalog.Catalog
	Texts     Texts
	Assets    *static.Assets
	PublicURL string // origin for absolute links; "" = as the request says
	Counters  bool   // whether a website that embeds a bookform is told the bookform's trackers
	Log       *slog.Logger
	Now       func() time.Time
	Access    struct{ Contact, Authority string } // links of the statement on accessibility; "" = none
	Waits     func() bool                         // whether visitors may ask to be told when a time opens; nil: they may not
}
