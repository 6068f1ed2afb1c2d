package flow

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Choices is everything that a customer has chosen before giving personal data. It stands in the
// query of every page, so that Back, reload, a second tab and a bookmark work by themselves.
type Choices struct {
	Lang      string // code of a language such as "ru"; "" = not said
	City      int    // 0 = not chosen
	Company   int    // 0 = not chosen
	Services  []int  // in the order chosen, each once
	Master    int    // 0 with HasMaster = any
	HasMaster bool
	Date      string    // YYYY-MM-DD, "" = not chosen
	Slot      time.Time // zero = not chosen; carries the offset of the company's zone
}

// BadParam names a parameter that held no choice at all. What it held is not repeated.
type BadParam struct{ Name string }

// Bounds of what a link may hold.
const (
	maxServices = 20
	maxLang     = 16
	maxID       = 1<<31 - 1
)

// The names of the parameters, in the order in which Encode writes them.
const (
	paramCity     = "city"
	paramCompany  = "company"
	paramServices = "services"
	paramMaster   = "master"
	paramDate     = "date"
	paramSlot     = "slot"
	paramLang     = "lang"
)

// ParseChoices reads a query. It is strict: a parameter that is given twice or holds anything but
// a well-formed choice is reported and counts as not chosen; it is never taken for a zero. Names
// that are no choices are ignored.
func ParseChoices(q url.Values) (Choices, []BadParam) {
	var c Choices
	var bad []BadParam
	read := func(name string, parse func(string) bool) {
		values, ok := q[name]
		if !ok {
			return
		}
		if len(values) != 1 || !parse(values[0]) {
			bad = append(bad, BadParam{Name: name})
		}
	}
	read(paramCity, func(v string) (ok bool) { c.City, ok = parseID(v); return ok })
	read(paramCompany, func(v string) (ok bool) { c.Company, ok = parseID(v); return ok })
	read(paramServices, func(v string) (ok bool) { c.Services, ok = parseIDs(v); return ok })
	read(paramMaster, func(v string) (ok bool) { c.Master, ok = parseMaster(v); c.HasMaster = ok; return ok })
	read(paramDate, func(v string) (ok bool) { c.Date, ok = parseDate(v); return ok })
	read(paramSlot, func(v string) (ok bool) { c.Slot, ok = parseSlot(v); return ok })
	read(paramLang, func(v string) (ok bool) { c.Lang, ok = parseLang(v); return ok })
	if !c.Slot.IsZero() {
		c.Date = c.Slot.Format(time.DateOnly) // a time has a day of its own
	}
	return c, bad
}

func parseID(v string) (int, bool) {
	n, err := strconv.Atoi(v)
	if err != nil || n <= 0 || n > maxID || strconv.Itoa(n) != v {
		return 0, false
	}
	return n, true
}

func parseIDs(v string) ([]int, bool) {
	parts := strings.Split(v, ",")
	if len(parts) > maxServices {
		return nil, false
	}
	ids := make([]int, 0, len(parts))
	for _, part := range parts {
		id, ok := parseID(part)
		if !ok || slices.Contains(ids, id) {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

// parseMaster takes 0 and the upstream widget's own -1 for "any".
func parseMaster(v string) (int, bool) {
	if v == "0" || v == "-1" {
		return 0, true
	}
	return parseID(v)
}

func parseDate(v string) (string, bool) {
	t, err := time.Parse(time.DateOnly, v)
	if err != nil || t.Year() < 1 {
		return "", false
	}
	return v, true
}

func parseSlot(v string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, v)
	if err != nil || t.Nanosecond() != 0 || t.Year() < 1 || t.UTC().Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	_, offset := t.Zone()
	// A zone without a name, whatever the machine's own is: equal links are equal choices.
	return t.In(time.FixedZone("", offset)), true
}

func parseLang(v string) (string, bool) {
	if v == "" || len(v) > maxLang {
		return "", false
	}
	for _, r := range v {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return "", false
		}
	}
	return v, true
}

// Encode is the canonical query: what is chosen, in a fixed order, so that equal choices have
// equal addresses. ParseChoices reads it back.
func (c Choices) Encode() string {
	var b strings.Builder
	add := func(name, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(value)
	}
	if c.City != 0 {
		add(paramCity, strconv.Itoa(c.City))
	}
	if c.Company != 0 {
		add(paramCompany, strconv.Itoa(c.Company))
	}
	if len(c.Services) > 0 {
		ids := make([]string, len(c.Services))
		for i, id := range c.Services {
			ids[i] = strconv.Itoa(id)
		}
		add(paramServices, strings.Join(ids, ","))
	}
	if c.HasMaster {
		add(paramMaster, strconv.Itoa(c.Master))
	}
	switch {
	case !c.Slot.IsZero():
		// Colons may stand in a query as they are; the plus of an offset may not.
		add(paramSlot, strings.ReplaceAll(c.Slot.Format(time.RFC3339), "+", "%2B"))
	case c.Date != "":
		add(paramDate, c.Date)
	}
	if c.Lang != "" {
		add(paramLang, c.Lang)
	}
	return b.String()
}

// equalServices says whether two sets of services are the same visit.
func equalServices(a, b []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
