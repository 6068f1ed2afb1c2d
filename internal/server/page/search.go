package page

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"okoshko/internal/server/input"
	"okoshko/web/templates/pages"
)

const (
	// longList is how many cards a page shows without a search.
	longList = 12
	// longestQuery is how many characters of a search are read.
	longestQuery = 60
)

// Finder returns the form that searches the cards of a step.
func (v *Request) Finder(cards int, query string) pages.Search {
	found := pages.Search{Show: cards > longList || query != "", Query: query}
	whole := v.PageURL(v.Page, 0, v.Choices)
	path, chosen, _ := strings.Cut(whole, "?")
	found.Action = path
	if values, err := url.ParseQuery(chosen); err == nil {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			found.Hidden = append(found.Hidden, pages.Hidden{Name: name, Value: values.Get(name)})
		}
	}
	if query != "" {
		found.ClearURL = whole
	}
	return found
}

// Searched returns the cleaned search of a query.
func Searched(query string) string { return input.TypedPlain(query, longestQuery) }
