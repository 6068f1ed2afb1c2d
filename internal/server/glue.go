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

// A link in a message ends where the program that shows it thinks so. The full stop of the sentence, a bracket or a
// quotation mark often goes along, and makes another address of it.

// glue is what stands behind a link in a text and never at the end of an address of ours: punctuation, blanks and marks
// that nobody sees, also as entities of HTML.
var glue = regexp.MustCompile("(?:[.,;:!?(){}\\[\\]<>«»„“”‚‘’\"'`…*_|\\\\~\\s\\x{00a0}\\x{00ad}\\x{200b}-\\x{200f}\\x{202a}-\\x{202e}\\x{2060}-\\x{2069}\\x{3001}\\x{3002}\\x{feff}\\x{ff0c}]|&(?:gt|lt|quot|raquo|laquo|nbsp|apos|amp|hellip);)+$")

// freeText are the parameters whose values are typed, or are others' words, and may end in anything.
var freeText = append(urls.Campaign(), urls.QuerySearch, urls.QueryLink)

// unglued is an address of a page without what is glued to its end; changed is false where nothing is.
func unglued(path, query string) (address string, changed bool) {
	clean, err := url.PathUnescape(path)
	if err != nil {
		return "", false
	}
	if query == "" {
		trimmed := glue.ReplaceAllString(clean, "")
		return (&url.URL{Path: trimmed}).EscapedPath(), trimmed != clean
	}
	kept := strings.Split(query, "&")
	// An entity has been split at its "&".
	for len(kept) > 1 && glue.MatchString("&"+kept[len(kept)-1]) && !strings.Contains(kept[len(kept)-1], "=") {
		kept = kept[:len(kept)-1]
	}
	name, value, found := strings.Cut(kept[len(kept)-1], "=")
	plain, err := url.QueryUnescape(value)
	if err != nil || !found || slices.Contains(freeText, name) {
		return "", false
	}
	trimmed := glue.ReplaceAllString(plain, "")
	if trimmed == plain && len(kept) == strings.Count(query, "&")+1 {
		return "", false
	}
	kept[len(kept)-1] = name + "=" + url.QueryEscape(trimmed)
	return (&url.URL{Path: clean}).EscapedPath() + "?" + strings.Join(kept, "&"), true
}

// unglue leads an address with something glued to its end to the one that was meant. Nothing is looked up for it, and no
// limit counts it.
func unglue(c *fiber.Ctx) error {
	path := string(c.Request().URI().PathOriginal())
	ours := urls.IsPrivate(path) || urls.IsForm(path)
	if !ours || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	address, changed := unglued(path, string(c.Request().URI().QueryString()))
	if !changed || strings.HasPrefix(address, "//") {
		return c.Next()
	}
	if belongsToOne(path) {
		response.MakePrivate(c)
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}
