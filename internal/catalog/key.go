package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// key names an answer by its question: what was asked, and about what. A part that a question does not have is zero.
type key struct {
	question string // as the operator reads it in the counts of the cache
	id       int    // of the form, the chain or, mostly, the company
	lang     string
	day      string // or the first of several
	services string // the chosen ones; of the question "any", a class of choices
	master   int
	slot     string
}

// Questions that more than one file names, as the operator reads them in the counts of the cache. Those of the second group are not
// asked but put together from answers, and are not counted.
const (
	questionForm        = "form"
	questionServices    = "services"
	questionStaff       = "staff"
	questionDates       = "dates"
	questionSlots       = "slots"
	questionGroupEvents = "events"
	questionCompany     = "company"
	questionCompanies   = "companies"
	questionPrivacy     = "privacy"
	questionLengths     = "lengths"

	questionAnyMaster = "any"
	questionObserved  = "observed"
	questionCalendar  = "calendar"
	questionAble      = "able"
	questionLength    = "length"
)

// about begins a key. The key copies the texts that it is given, because they may lie in the buffer of a request.
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

// keyEnds ends each part of a key's text but the last; no part holds it.
const keyEnds = "\x1f"

// text writes a key.
func (k key) text() string {
	return strings.Join([]string{k.question, strconv.Itoa(k.id), k.lang, k.day, k.services, strconv.Itoa(k.master), k.slot}, keyEnds)
}

// readKey reads what text has written.
func readKey(text string) (k key, ok bool) {
	parts := strings.Split(text, keyEnds)
	if len(parts) != 7 {
		return key{}, false
	}
	id, err := strconv.Atoi(parts[1])
	master, masterErr := strconv.Atoi(parts[5])
	return key{question: parts[0], id: id, lang: parts[2], day: parts[3], services: parts[4], master: master, slot: parts[6]}, err == nil && masterErr == nil
}

// servicesKey writes a choice of services as a part of a key; the order of the services does not matter.
func servicesKey(services []int) string {
	ids := slices.Sorted(slices.Values(services))
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.Itoa(id)
	}
	return strings.Join(parts, ",")
}

// Keys of answers of the upstream.
func staffKey(lang string, company int, f Filter) key {
	return about(questionStaff, company).in(lang).by(f)
}

func slotsKey(company int, day string, f Filter) key {
	return about(questionSlots, company).on(day).by(f)
}

func datesKey(company *Company, from time.Time, f Filter) key {
	return about(questionDates, company.ID).on(from.Format(time.DateOnly)).by(f)
}

func lengthsKey(company int) key       { return about(questionLengths, company) }
func lengthsDeniedKey(company int) key { return about("lengths denied", company) }

// Keys of what is put together from answers. Their choice of services is written by servicesKey.
func evidenceKey(company int) key { return about("evidence", company) }

func calendarKey(company, master int) key {
	return about(questionCalendar, company).with(master, "")
}

func observedKey(company, master int, day string) key {
	return about(questionObserved, company).on(day).with(master, "")
}

func ableKey(company int, services string) key { return about(questionAble, company).with(0, services) }

func lengthKey(company, master int, services string) key {
	return about(questionLength, company).with(master, services)
}

// slotLengthKey is about how long an appointment takes that begins at an instant.
func slotLengthKey(company int, start time.Time, f Filter) key {
	return about("slot length", company).on(start.UTC().Format(time.RFC3339)).with(f.Master, servicesKey(f.Services))
}

func anyKey(company int, day, class string) key {
	return about(questionAnyMaster, company).on(day).with(0, class)
}

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
