package flow

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"okoshko/internal/urls"
)

// Wish is what a deep link of the upstream's widget asks for. Its day and time are local to the company.
type Wish struct {
	Choices
	LocalTime     string // "2026-12-01 14:30" by the company's clock, "" = none
	GroupEvents   bool   // the list of group events is asked for
	GroupEventsOn string // of this day, YYYY-MM-DD
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
// The result is false when a part of the link is not understood; the parts before it are in the Wish all the same.
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
			rest, ok = w.groupEvents(rest[len("act"):]), true
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

func (w *Wish) groupEvents(s string) (rest string) {
	w.GroupEvents = true
	if len(s) < len(time.DateOnly) {
		return s
	}
	if day, ok := parseDate(s[:len(time.DateOnly)]); ok {
		w.GroupEventsOn = day
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
	t, err := time.Parse(linkTime, number)
	if err != nil {
		return rest, false
	}
	w.Date, w.LocalTime = t.Format(time.DateOnly), t.Format("2006-01-02 15:04")
	return rest, true
}

// FormatLink writes the state parameter "o" that ParseLink reads. The slot is written by the clock of its zone, which must be
// the company's.
func FormatLink(v Appointment) string {
	var b strings.Builder
	b.WriteString("m-1")
	if v.Master != 0 {
		b.Reset()
		b.WriteString("m" + strconv.Itoa(v.Master))
	}
	for _, id := range v.Services {
		b.WriteString("s" + strconv.Itoa(id))
	}
	if !v.Slot.IsZero() {
		b.WriteString("d" + v.Slot.Format(linkTime))
	}
	return b.String()
}

// linkTime is a time in a link: YY DD MM HH mm.
const linkTime = "0602011504"

// AppointmentURL is the page of the upstream's own widget at an origin that goes on with the choices of an appointment, in one of the
// upstream's languages.
func AppointmentURL(origin string, company int, v Appointment, lang string) string {
	return origin + "/company/" + strconv.Itoa(company) + "/personal/menu?o=" + FormatLink(v) + langQuery("&", lang)
}

// GroupEventURL is the page of a group event there.
func GroupEventURL(origin string, company, event int, lang string) string {
	return origin + "/company/" + strconv.Itoa(company) + "/activity/info/" + strconv.Itoa(event) + langQuery("?", lang)
}

// RecordURL is the page of a booked visit there.
func RecordURL(origin string, company, record int, hash string) string {
	return origin + "/company/" + strconv.Itoa(company) + "/success-order/" + strconv.Itoa(record) + "/" + url.PathEscape(hash)
}

func langQuery(sep, lang string) string {
	if lang == "" {
		return ""
	}
	return sep + "lang=" + url.QueryEscape(lang)
}

// WidgetPage is a page of the upstream's own widget that a link leads to.
type WidgetPage struct {
	Choices           // the city, the branch or the master that its path names
	GroupEvent int    // one group event; 0 = none
	State      string // to be added to "o"
}

// ParseWidgetPage reads the path of a page of the upstream's own widget below its host:
//
//	company/{company}/personal/{menu|select-master|select-time|select-services|short}
//	company/{company}/personal/select-master/master-info/{company}/{staff}
//	company/{company}/{menu|select-master|record-type|order-confirmation}, …/create-record/record
//	company/{company}/activity/select, …/activity/info/{event}
//	select-city/{city}/select-branch
//
// A link to a visit is none of these.
func ParseWidgetPage(path string) (WidgetPage, bool) {
	var p WidgetPage
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	number := func(i int) (id int, ok bool) { return parseID(parts[i]) }
	var ok bool
	switch {
	case shaped(parts, "select-city", "*", "select-branch"):
		p.City, ok = number(1)
		return p, ok
	case len(parts) < 2 || parts[0] != "company":
		return WidgetPage{}, false
	}
	if p.Company, ok = number(1); !ok {
		return WidgetPage{}, false
	}
	switch below := parts[2:]; {
	case shaped(below, "activity", "select"):
		p.State = "act"
	case shaped(below, "activity", "info", "*"):
		p.GroupEvent, ok = number(4)
	case shaped(below, "personal", "select-master", "master-info", "*", "*"):
		p.Master, ok = number(6)
		p.HasMaster = ok
	default:
		ok = slices.Contains(widgetPages, strings.Join(below, "/"))
	}
	return p, ok
}

// widgetPages are the pages whose path names nothing but the company.
var widgetPages = []string{
	"", "personal", "personal/menu", "personal/select-master", "personal/select-time", "personal/select-services", "personal/short",
	"menu", "select-master", "record-type", "create-record/record", "order-confirmation",
}

// Tag is a parameter that names the campaign which brought the customer, such as utm_source.
type Tag struct{ Name, Value string }

// tagNames are the names of the tags that pages carry along, in the order in which they are written.
var tagNames = urls.Campaign()

// maxTag is the length of the longest tag that is carried along, in characters.
const maxTag = 100

// ParseTags reads the tags of a query. The customer has not chosen them, so a tag that is not well-formed is left out and
// not reported.
func ParseTags(q url.Values) []Tag {
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
