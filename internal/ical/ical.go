// Package ical writes a visit for calendars: a file after RFC 5545 and a link for Google Calendar. It
// is pure; what a salon or a customer typed can neither break a line nor begin a property.
package ical

import (
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// Visit is what a calendar needs to know of a visit.
type Visit struct {
	UID         string    // the same for as long as the visit exists, however often it is moved
	Sequence    int       // rises with every change
	Start, End  time.Time // End may be zero: nobody knows how long it takes
	Floating    bool      // Start and End are by a clock of which nobody knows how far it is from UTC
	Summary     string
	Description string
	Place       string
	Lat, Lon    float64 // both zero: unknown
	Changed     time.Time
	Cancelled   bool
	Organizer   Organizer
	Alarm       time.Duration // before the start; 0 = none
	AlarmText   string
}

// Organizer is who publishes the visit. RFC 5546 asks for one in every file: a calendar takes a cancellation from whom it has
// the visit, and from nobody else.
type Organizer struct {
	Name  string
	Email string // "" = not known
}

// address is the organizer's e-mail or, so that no answer goes to a stranger, one that nothing can be sent to.
func (o Organizer) address() string {
	if a, err := mail.ParseAddress(o.Email); err == nil && a.Address == o.Email && !strings.ContainsFunc(o.Email, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || strings.ContainsRune(`"(),:;<>[\]`, r) }) {
		return "mailto:" + o.Email
	}
	return "mailto:noreply@okoshko.invalid"
}

// File is the visit as a calendar file. A calendar that has the visit already finds it by its UID and
// takes the file with the greater Sequence; a cancelled visit is then taken out or struck through (RFC 5546, 3.2.5).
func File(v Visit) []byte {
	method := ics.MethodPublish
	if v.Cancelled {
		method = ics.MethodCancel
	}
	return file(v, method)
}

// Feed is the visit as a calendar that is subscribed to: it is asked for again and again, and shows what is so now. A
// cancelled visit stays in it as cancelled.
func Feed(v Visit, every time.Duration) []byte {
	return file(v, ics.MethodPublish, func(cal *ics.Calendar) {
		cal.SetName(clean(v.Organizer.Name))
		cal.SetXWRCalName(clean(v.Organizer.Name))
		interval := "PT" + strconv.Itoa(int(every/time.Minute)) + "M"
		cal.SetRefreshInterval(interval)
		cal.SetXPublishedTTL(interval)
	})
}

func file(v Visit, method ics.Method, more ...func(*ics.Calendar)) []byte {
	cal := ics.NewCalendarFor("Okoshko")
	cal.SetProductId("-//Okoshko//Booking//EN")
	cal.SetMethod(method)
	for _, add := range more {
		add(cal)
	}
	zone := zoneName(v.Start)
	if v.Floating {
		zone = ""
	}
	ends := v.End.After(v.Start)
	if zone != "" {
		cal.AddVTimezone(timezone(zone, v.Start, v.End))
	}
	e := ics.NewEvent(v.UID)
	e.SetDtStampTime(v.Changed)
	e.SetLastModifiedAt(v.Changed)
	e.SetSequence(v.Sequence)
	setTime(e, ics.ComponentPropertyDtStart, v.Start, zone, v.Floating)
	if ends {
		setTime(e, ics.ComponentPropertyDtEnd, v.End, zone, v.Floating)
	}
	e.SetOrganizer(v.Organizer.address(), organizerName(v.Organizer.Name)...)
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
	switch {
	case v.Cancelled:
		e.SetStatus(ics.ObjectStatusCancelled) // a cancellation has no alarm
	case v.Alarm > 0:
		alarm := e.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetTrigger("-PT" + strconv.Itoa(int(v.Alarm/time.Minute)) + "M")
		alarm.SetDescription(clean(v.AlarmText))
	}
	cal.AddVEvent(e)
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

// parts are the signs that part what a line of a calendar says.
var parts = strings.NewReplacer(`"`, "", `\`, " ", ":", " ", ";", " ", ",", " ", "^", " ")

// organizerName is the name as a parameter. The library escapes what RFC 5545 wants in quotes there, so none of it stays.
func organizerName(name string) []ics.PropertyParameter {
	name = strings.Join(strings.Fields(parts.Replace(clean(name))), " ")
	if name == "" {
		return nil
	}
	return []ics.PropertyParameter{ics.WithCN(name)}
}

func setTime(e *ics.VEvent, property ics.ComponentProperty, at time.Time, zone string, floating bool) {
	if floating {
		e.SetProperty(property, at.Format(stamp))
		return
	}
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
	end := v.End
	if !end.After(v.Start) {
		end = v.Start // Google asks for one
	}
	dates := v.Start.UTC().Format(stampUTC) + "/" + end.UTC().Format(stampUTC)
	if v.Floating {
		dates = v.Start.Format(stamp) + "/" + end.Format(stamp)
	}
	q := url.Values{"action": {"TEMPLATE"}, "text": {clean(v.Summary)}, "dates": {dates}}
	for name, value := range map[string]string{"details": clean(v.Description), "location": clean(v.Place)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if zone := zoneName(v.Start); strings.Contains(zone, "/") && !v.Floating {
		q.Set("ctz", zone)
	}
	return "https://calendar.google.com/calendar/render?" + q.Encode()
}
