// Package ical writes a visit for calendars: a file after RFC 5545 and a link for Google Calendar. It
// is pure; what a salon or a customer typed can neither break a line nor begin a property.
package ical

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// Visit is what a calendar needs to know of a visit.
type Visit struct {
	UID         string // the same for as long as the visit exists, however often it is moved
	Sequence    int    // rises with every change
	Start, End  time.Time
	Summary     string
	Description string
	Place       string
	Lat, Lon    float64 // both zero: unknown
	Changed     time.Time
	Cancelled   bool
}

// File is the visit as a calendar file. A calendar that has the visit already finds it by its UID and
// takes the file with the greater Sequence; a cancelled visit is then taken out or struck through.
// There is no ORGANIZER: a salon's e-mail is not known, and an invented one would be answered to.
func File(v Visit) []byte {
	cal := ics.NewCalendarFor("Okoshko")
	cal.SetProductId("-//Okoshko//Booking//EN")
	cal.SetMethod(ics.MethodPublish)
	zone := zoneName(v.Start)
	if zone != "" {
		cal.AddVTimezone(timezone(zone, v.Start, v.End))
	}
	e := ics.NewEvent(v.UID)
	e.SetDtStampTime(v.Changed)
	e.SetLastModifiedAt(v.Changed)
	e.SetSequence(v.Sequence)
	setTime(e, ics.ComponentPropertyDtStart, v.Start, zone)
	setTime(e, ics.ComponentPropertyDtEnd, v.End, zone)
	e.SetSummary(clean(v.Summary))
	if d := clean(v.Description); d != "" {
		e.SetDescription(d)
	}
	if p := clean(v.Place); p != "" {
		e.SetLocation(p)
	}
	if v.Lat != 0 || v.Lon != 0 {
		e.SetGeo(v.Lat, v.Lon)
	}
	e.SetStatus(ics.ObjectStatusConfirmed)
	if v.Cancelled {
		cal.SetMethod(ics.MethodCancel)
		e.SetStatus(ics.ObjectStatusCancelled)
	}
	cal.AddVEvent(e)
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

func setTime(e *ics.VEvent, property ics.ComponentProperty, at time.Time, zone string) {
	if zone == "" {
		e.SetProperty(property, at.UTC().Format(stampUTC))
		return
	}
	e.SetProperty(property, at.Format(stamp), &ics.KeyValues{Key: string(ics.ParameterTzid), Value: []string{zone}})
}

// Formats of RFC 5545: a wall clock, and the same in UTC.
const (
	stamp    = "20060102T150405"
	stampUTC = "20060102T150405Z"
)

// zoneName is the name of a time's zone, "" where it has none of its own.
func zoneName(t time.Time) string {
	switch name := t.Location().String(); name {
	case "", "UTC", "Local":
		return ""
	default:
		// A fixed offset may be called "UTC+5:30"; a colon would end the parameter.
		return strings.Map(func(r rune) rune {
			if r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/_+-", r)) {
				return r
			}
			return -1
		}, name)
	}
}

// timezone describes a zone as far as it matters to a visit: the rule that holds when it begins and,
// should the clocks change while it lasts, the next one.
func timezone(name string, start, end time.Time) *ics.VTimezone {
	zone := ics.NewTimezone(name)
	for at := start; ; {
		from, until := at.ZoneBounds()
		zone.Components = append(zone.Components, observance(at, from))
		if until.IsZero() || !until.Before(end) {
			return zone
		}
		at = until
	}
}

// observance is the rule in force at a moment, which began at another; zero: it has always been so.
func observance(at, began time.Time) ics.Component {
	abbreviation, offset := at.Zone()
	before, onset := offset, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	if !began.IsZero() {
		_, before = began.Add(-time.Second).Zone()
		onset = began.In(time.FixedZone("", before)) // RFC 5545: the onset by the clock before it
	}
	var base ics.ComponentBase
	base.SetProperty(ics.ComponentPropertyDtStart, onset.Format(stamp))
	base.SetProperty("TZOFFSETFROM", utcOffset(before))
	base.SetProperty("TZOFFSETTO", utcOffset(offset))
	base.SetProperty("TZNAME", clean(abbreviation))
	if at.IsDST() {
		return &ics.Daylight{ComponentBase: base}
	}
	return &ics.Standard{ComponentBase: base}
}

// utcOffset is an offset in seconds as "+0330".
func utcOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	two := func(n int) string {
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
		return strconv.Itoa(n)
	}
	out := sign + two(seconds/3600) + two(seconds/60%60)
	if rest := seconds % 60; rest != 0 {
		out += two(rest)
	}
	return out
}

// Without these, Persian words and families of emoji fall apart.
const nonJoiner, joiner = '\u200c', '\u200d'

// clean leaves lines and what can be seen of them: the rest has no business in a calendar, and the
// library escapes line feeds but no other control.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == joiner, r == nonJoiner:
			return r
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Noncharacter_Code_Point):
			return -1
		}
		return r
	}, s))
}

// GoogleURL is a link that fills in a new event at Google Calendar. It holds what the visit is and
// nothing that would let its reader change it.
func GoogleURL(v Visit) string {
	q := url.Values{
		"action": {"TEMPLATE"}, "text": {clean(v.Summary)},
		"dates": {v.Start.UTC().Format(stampUTC) + "/" + v.End.UTC().Format(stampUTC)},
	}
	for name, value := range map[string]string{"details": clean(v.Description), "location": clean(v.Place)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if zone := zoneName(v.Start); strings.Contains(zone, "/") {
		q.Set("ctz", zone)
	}
	return "https://calendar.google.com/calendar/render?" + q.Encode()
}
