// Package times finds and shows free times: the calendar, the times of one day, and the times nearest to a lost one.
package times

import (
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/server/page"
)

// Times finds and shows free times.
type Times struct {
	Pages   *page.Builder
	Catalog *catalog.Catalog
	Now     func() time.Time
}
