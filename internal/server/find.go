package server

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"okoshko/web/templates/pages"
)

const (
	// longList is how many cards fit without help in finding one.
	longList = 12
	// longestQuery is how many characters of a search are looked at.
	longestQuery = 60
)

// finder is the form that finds something among so many cards of the present step.
func (v *visit) finder(cards int, query string) pages.Search {
	search := pages.Search{Show: cards > longList || query != "", Query: query}
	whole := v.url(v.step, v.Choices)
	path, chosen, _ := strings.Cut(whole, "?")
	search.Action = path
	if values, err := url.ParseQuery(chosen); err == nil {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			search.Hidden = append(search.Hidden, pages.Hidden{Name: name, Value: values.Get(name)})
		}
	}
	if query != "" {
		search.ClearURL = whole
	}
	return search
}

// holds says whether texts hold every word of a search.
func holds(query string, texts ...string) bool {
	if query == "" {
		return true
	}
	text := plain(strings.Join(texts, " "))
	for word := range strings.FieldsSeq(plain(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// searched is what a customer looks for.
func searched(query string) string { return typedPlain(query, longestQuery) }

// plain is a text without what people leave out when they type: case and accents.
func plain(text string) string {
	folded := cases.Fold().String(norm.NFKD.String(text))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, folded)
}
