package server

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
	"okoshko/internal/urls"
)

// A mail program or a messenger guesses where a link in a text ends. The guess often includes the full stop of the sentence,
// a bracket or a quotation mark, and so leads to an address that does not exist.

// trailing matches what may follow a link in a text and never ends an address of the widget: punctuation, blanks and invisible
// characters, also written as HTML entities.
var trailing = regexp.MustCompile("(?:[.,;:!?(){}\\[\\]<>«»„“”‚‘’\"'`…*_|\\\\~\\s\\x{00a0}\\x{00ad}\\x{200b}-\\x{200f}\\x{202a}-\\x{202e}\\x{2060}-\\x{2069}\\x{3001}\\x{3002}\\x{feff}\\x{ff0c}]|&(?:gt|lt|quot|raquo|laquo|nbsp|apos|amp|hellip);)+$")

// freeText names the parameters whose values customers or other websites choose freely, so that any ending may be right.
var freeText = append(urls.Campaign(), urls.QuerySearch, urls.QueryLink)

// withoutTrailing returns an address without the trailing characters; changed is false when there are none.
func withoutTrailing(path, query string) (address string, changed bool) {
	clean, err := url.PathUnescape(path)
	if err != nil {
		return "", false
	}
	if query == "" {
		trimmed := trailing.ReplaceAllString(clean, "")
		return (&url.URL{Path: trimmed}).EscapedPath(), trimmed != clean
	}
	kept := strings.Split(query, "&")
	// Splitting at "&" has cut an HTML entity in two.
	for len(kept) > 1 && trailing.MatchString("&"+kept[len(kept)-1]) && !strings.Contains(kept[len(kept)-1], "=") {
		kept = kept[:len(kept)-1]
	}
	name, value, found := strings.Cut(kept[len(kept)-1], "=")
	plain, err := url.QueryUnescape(value)
	if err != nil || !found || slices.Contains(freeText, name) {
		return "", false
	}
	trimmed := trailing.ReplaceAllString(plain, "")
	if trimmed == plain && len(kept) == strings.Count(query, "&")+1 {
		return "", false
	}
	kept[len(kept)-1] = name + "=" + url.QueryEscape(trimmed)
	return (&url.URL{Path: clean}).EscapedPath() + "?" + strings.Join(kept, "&"), true
}

// redirectTrailing redirects an address with trailing characters to the address without them. It comes before the limits, because such a
// request looks nothing up.
func redirectTrailing(c *fiber.Ctx) error {
	path := string(c.Request().URI().PathOriginal())
	ours := urls.IsPrivate(path) || urls.IsForm(path)
	if !ours || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	address, changed := withoutTrailing(path, string(c.Request().URI().QueryString()))
	if !changed || strings.HasPrefix(address, "//") {
		return c.Next()
	}
	if belongsToOne(path) {
		response.MakePrivate(c)
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}
