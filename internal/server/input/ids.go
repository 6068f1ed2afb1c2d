package input

import (
	"strconv"
	"strings"
	"time"
)

// PlainDay is a day or a month of a query, "" when it is none.
func PlainDay(raw, layout string) string {
	if _, err := time.Parse(layout, raw); err != nil {
		return ""
	}
	return raw
}

// PlainID reads an id as links have them: digits alone, so that no id has two addresses.
func PlainID(s string) (int, bool) {
	const longest = 12 // digits; the upstream's ids have nine by now
	if s == "" || len(s) > longest || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
