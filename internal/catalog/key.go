package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// key names an answer: what was asked, and about what. What a question does not have is zero.
type key struct {
	question string // as an operator reads it in the counts
	id       int    // of the form, the chain or, mostly, the company
	lang     string
	day      string // or the first of several
	services string // those chosen; of "any", all the choices that take the same time
	master   int
	slot     string
}

// about begins a key. Texts that it is given are copied, so that no key points into a request's buffer.
func about(question string, id int) key { return key{question: question, id: id} }

func (k key) in(lang string) key {
	k.lang = strings.Clone(lang)
	return k
}

func (k key) on(day string) key {
	k.day = strings.Clone(day)
	return k
}

func (k key) by(f Filter) key {
	k.services, k.master, k.slot = servicesKey(f.Services), f.Master, ""
	if !f.Slot.IsZero() {
		k.slot = f.Slot.Format(time.RFC3339)
	}
	return k
}

func (k key) with(master int, services string) key {
	k.master, k.services = master, services
	return k
}

// servicesKey is a choice of services as a part of keys.
func servicesKey(services []int) string {
	ids := slices.Sorted(slices.Values(services))
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.Itoa(id)
	}
	return strings.Join(parts, ",")
}

// Answers of the upstream.
func staffKey(lang string, company int, f Filter) key { return about("staff", company).in(lang).by(f) }

func slotsKey(company int, day string, f Filter) key { return about("slots", company).on(day).by(f) }

func datesKey(company *Company, from time.Time, f Filter) key {
	return about("dates", company.ID).on(from.Format(time.DateOnly)).by(f)
}

func lengthsKey(company int) key       { return about("lengths", company) }
func lengthsDeniedKey(company int) key { return about("lengths denied", company) }

// What is put together from answers. Their choice of services is made by servicesKey.
func evidenceKey(company int) key { return about("evidence", company) }

func calendarKey(company, master int) key {
	return about("calendar", company).with(master, "")
}

func observedKey(company, master int, day string) key {
	return about("observed", company).on(day).with(master, "")
}
func ableKey(company int, services string) key { return about("able", company).with(0, services) }
func lengthKey(company, master int, services string) key {
	return about("length", company).with(master, services)
}

func anyKey(company int, day, class string) key { return about("any", company).on(day).with(0, class) }

// keysOf are the keys of all answers about a company.
func (c *Catalog) keysOf(company int) []key {
	var out []key
	for k := range c.cache.entries.Keys() {
		if k.id == company {
			out = append(out, k)
		}
	}
	return out
}
