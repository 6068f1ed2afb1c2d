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
	// longList is how many cards fit without help in finding one.
	longList = 12
	// longestQuery is how many characters of a search are looked at.
	longestQuery = 60
)

// Finder is the form that finds something among so many cards of the present step.
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

// Searched is what a customer looks for.
func Searched(query string) string { return input.TypedPlain(query, longestQuery) }
