package page

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
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
	found.Counted = v.Text.T("widget.find.found", "count", "*")
	if query != "" {
		found.ClearURL = whole
	}
	return found
}

// Found returns in words how many cards a search has found, "" without one.
func (v *Request) Found(query string, cards int) string {
	if query == "" || cards == 0 {
		return "" // where nothing is found the page says so in another place
	}
	return v.Text.T("widget.find.found", "count", strconv.Itoa(cards))
}

// Searched returns the cleaned search of a query.
func Searched(query string) string { return input.TypedPlain(query, longestQuery) }
