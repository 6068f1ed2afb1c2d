package input

import (
	"strconv"
	"strings"
	"time"
)

// PlainDay returns a day or a month of a query, "" when it does not have the layout.
func PlainDay(raw, layout string) string {
	if _, err := time.Parse(layout, raw); err != nil {
		return ""
	}
	return raw
}

// PlainID reads an id of a path. Only digits without a leading zero are accepted, so that a page has one address.
func PlainID(s string) (int, bool) {
	const longest = 12 // digits; the upstream's ids have nine so far
	if s == "" || len(s) > longest || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
