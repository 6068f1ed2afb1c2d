package flow

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Wish is what the upstream's own deep link asks for. Its day and time have no zone: they are the
// company's.
type Wish struct {
	Choices
	LocalTime string // "2026-12-01 14:30" by the company's clock, "" = none
	Events    bool   // the list of group events is asked for
	EventsOn  string // of this day, YYYY-MM-DD
}

// maxLink is far longer than any link that the upstream's widget makes.
const maxLink = 500

// ParseLink reads the state parameter "o" of the upstream's own widget: tokens one after another
// in any order,
//
//	m{staff}           the master; m-1 any
//	s{service}         a service, as often as there are; one older site joins them by commas
//	d{YY}{DD}{MM}{HH}{mm}   the time, the day before the month
//	act, act{YYYY-MM-DD}    the group events
//
// Whatever it does not understand makes the whole link bad; what came before it still counts.
func ParseLink(o string) (Wish, bool) {
	var w Wish
	if len(o) > maxLink {
		return w, false
	}
	for rest := o; rest != ""; {
		token := rest[0]
		var ok bool
		switch {
		case strings.HasPrefix(rest, "act"):
			rest, ok = w.event(rest[len("act"):]), true
		case token == 'm':
			rest, ok = w.master(rest[1:])
		case token == 's':
			rest, ok = w.services(rest[1:])
		case token == 'd':
			rest, ok = w.time(rest[1:])
		}
		if !ok {
			return w, false
		}
	}
	return w, true
}

// digits cuts the digits off the front.
func digits(s string) (number, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

func (w *Wish) event(s string) (rest string) {
	w.Events = true
	if len(s) < len(time.DateOnly) {
		return s
	}
	if day, ok := parseDate(s[:len(time.DateOnly)]); ok {
		w.EventsOn = day
		return s[len(time.DateOnly):]
	}
	return s
}

func (w *Wish) master(s string) (rest string, ok bool) {
	if rest, found := strings.CutPrefix(s, "-1"); found {
		w.Master, w.HasMaster = 0, true
		return rest, true
	}
	number, rest := digits(s)
	w.Master, ok = parseMaster(number)
	w.HasMaster = ok
	return rest, ok
}

func (w *Wish) services(s string) (rest string, ok bool) {
	number, rest := digits(s)
	id, ok := parseID(number)
	if !ok || len(w.Services) >= maxServices {
		return rest, false
	}
	if !slices.Contains(w.Services, id) {
		w.Services = append(w.Services, id)
	}
	if after, more := strings.CutPrefix(rest, ","); more {
		return w.services(after)
	}
	return rest, true
}

func (w *Wish) time(s string) (rest string, ok bool) {
	number, rest := digits(s)
	t, err := time.Parse("0602011504", number) // YY DD MM HH mm
	if err != nil {
		return rest, false
	}
	w.Date, w.LocalTime = t.Format(time.DateOnly), t.Format("2006-01-02 15:04")
	return rest, true
}

// Tag is one mark of the campaign that brought the customer.
type Tag struct{ Name, Value string }

// tagNames are the marks that are carried along, in the order in which they are written.
var tagNames = []string{"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "yclid"}

// maxTag is the longest mark that is carried, in characters.
const maxTag = 100

// parseTags picks the campaign's marks from a query. They are nobody's choice, so a strange one is
// left out without a word.
func parseTags(q url.Values) []Tag {
	var out []Tag
	for _, name := range tagNames {
		values := q[name]
		if len(values) != 1 || values[0] == "" || utf8.RuneCountInString(values[0]) > maxTag ||
			!utf8.ValidString(values[0]) || strings.ContainsFunc(values[0], unicode.IsControl) {
			continue
		}
		out = append(out, Tag{Name: name, Value: values[0]})
	}
	return out
}
