package flow

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/urls"
)

// Choices holds everything that a customer has chosen before typing personal data. It stands in the query of every page,
// so that Back, reload, a second tab and a bookmark work.
type Choices struct {
	Lang      string // code of a language such as "ru"; "" = not said
	Scheme    string // "light" or "dark" as the embedding page is; "" = as the customer's system is
	City      int    // 0 = not chosen
	Company   int    // 0 = not chosen
	Services  []int  // in the order chosen, each once
	Master    int    // 0 with HasMaster = any
	HasMaster bool
	Date      string    // YYYY-MM-DD, "" = not chosen
	Slot      time.Time // zero = not chosen; carries the offset of the company's zone

	GroupEvent int // a group event instead of an appointment; 0 = none
	Seats      int // places at the event, from 1; 0 without one

	Basket []Appointment // the finished appointments of the order, without the one that is being chosen
	Then   int           // the service of an appointment that begins when the present one is complete; 0 = none
	Tags   []Tag         // of the campaign that brought the customer
}

// Or fills services, master and date that are not chosen from other choices.
func (c Choices) Or(other Choices) Choices {
	if len(c.Services) == 0 {
		c.Services = other.Services
	}
	if !c.HasMaster {
		c.Master, c.HasMaster = other.Master, other.HasMaster
	}
	if c.Date == "" {
		c.Date = other.Date
	}
	return c
}

// Fresh is the choices without what was chosen: language, scheme and tags stay.
func (c Choices) Fresh() Choices { return Choices{Lang: c.Lang, Scheme: c.Scheme, Tags: c.Tags} }

// BadParam names a parameter whose value is no choice. It does not repeat the value, which comes from outside.
type BadParam struct{ Name string }

// Bounds of what a link may hold.
const (
	maxServices = 20
	maxSeats    = 20
	maxLang     = 16
	maxID       = 1<<31 - 1
)

// params are the parameters, in the order in which Encode writes them.
var params = []string{
	urls.QueryCity, urls.QueryCompany, urls.QueryServices, urls.QueryMaster, urls.QueryDate, urls.QuerySlot, urls.QueryEvent, urls.QuerySeats, urls.QueryBasket, urls.QueryThen, urls.QueryLang, urls.QueryScheme,
}

// ParseChoices reads a query. It is strict: a parameter that is given twice, or whose value is not well-formed, is reported
// and counts as not chosen. Other parameters are ignored.
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
	read(urls.QueryCity, func(v string) (ok bool) { c.City, ok = parseID(v); return ok })
	read(urls.QueryCompany, func(v string) (ok bool) { c.Company, ok = parseID(v); return ok })
	read(urls.QueryServices, func(v string) (ok bool) { c.Services, ok = parseIDs(v); return ok })
	read(urls.QueryMaster, func(v string) (ok bool) { c.Master, ok = parseMaster(v); c.HasMaster = ok; return ok })
	read(urls.QueryDate, func(v string) (ok bool) { c.Date, ok = parseDate(v); return ok })
	read(urls.QuerySlot, func(v string) (ok bool) { c.Slot, ok = parseSlot(v); return ok })
	read(urls.QueryEvent, func(v string) (ok bool) { c.GroupEvent, ok = parseID(v); return ok })
	read(urls.QuerySeats, func(v string) (ok bool) {
		n, ok := parseID(v)
		if ok = ok && n <= maxSeats; ok {
			c.Seats = n
		}
		return ok
	})
	read(urls.QueryBasket, func(v string) (ok bool) { c.Basket, ok = parseBasket(v); return ok })
	read(urls.QueryThen, func(v string) (ok bool) { c.Then, ok = parseID(v); return ok })
	read(urls.QueryLang, func(v string) (ok bool) { c.Lang, ok = parseLang(v); return ok })
	read(urls.QueryScheme, func(v string) (ok bool) {
		if ok = v == "light" || v == "dark"; ok {
			c.Scheme = v
		}
		return ok
	})
	for name := range q {
		// PHP's way to write a list; here it could only be meant for one of the above.
		if base, _, list := strings.Cut(name, "["); list && slices.Contains(params, base) {
			bad = append(bad, BadParam{Name: base})
		}
	}
	if !c.Slot.IsZero() {
		c.Date = c.Slot.Format(time.DateOnly) // the slot's day wins
	}
	c.Tags = ParseTags(q)
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

// The years that a link may hold. A year outside is a mistake or an attack.
const (
	firstYear = 1970
	lastYear  = 9998 // in no zone is its end in a year of five digits
)

func parseDate(v string) (string, bool) {
	t, err := time.Parse(time.DateOnly, v)
	if err != nil || t.Format(time.DateOnly) != v || t.Year() < firstYear || t.Year() > lastYear {
		return "", false
	}
	return v, true
}

// maxOffset is the farthest that a zone is from UTC, with some to spare.
const maxOffset = 15 * time.Hour

func parseSlot(v string) (time.Time, bool) {
	// In a link typed by hand the plus of the offset stands as it is, which reads as a blank.
	if i := len(time.DateTime); len(v) > i && v[i] == ' ' {
		v = v[:i] + "+" + v[i+1:]
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil || len(v) != len("2006-01-02T15:04:05Z") && len(v) != len("2006-01-02T15:04:05+07:00") {
		return time.Time{}, false // the parser also takes fractions, and hours of one digit
	}
	_, offset := t.Zone()
	if time.Duration(offset)*time.Second > maxOffset || time.Duration(offset)*time.Second < -maxOffset ||
		t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, false
	}
	return canonicalSlot(t), true
}

// Canonical is a time as choices hold it.
func Canonical(t time.Time) time.Time { return canonicalSlot(t) }

// canonicalSlot is a time as a link holds it: to the second, with an offset in whole minutes and without the name of a zone.
// So equal links are equal choices on every machine.
func canonicalSlot(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	_, offset := t.Zone()
	const minute = 60 // seconds
	return t.Truncate(time.Second).In(time.FixedZone("", offset/minute*minute))
}

// parseLang takes codes such as "ru" and "ru-RU"; the caller checks whether there are texts in the language.
func parseLang(v string) (string, bool) {
	if v == "" || len(v) > maxLang || !isLetter(v[0]) {
		return "", false
	}
	for i := range len(v) {
		if !isLetter(v[i]) && v[i] != '-' && v[i] != '_' {
			return "", false
		}
	}
	return v, true
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

// Encode is the canonical query: the choices in a fixed order, so that equal choices have equal addresses. ParseChoices
// reads it back. Commas and colons are not escaped. A page holds a hundred addresses, so Encode allocates little.
func (c Choices) Encode() string {
	b := make([]byte, 0, 128)
	name := func(chosen bool, name string) bool {
		if chosen {
			if len(b) > 0 {
				b = append(b, '&')
			}
			b = append(append(b, name...), '=')
		}
		return chosen
	}
	number := func(chosen bool, param string, n int) {
		if name(chosen, param) {
			b = strconv.AppendInt(b, int64(n), 10)
		}
	}
	text := func(chosen bool, param, value string) {
		if name(chosen, param) {
			b = appendEscaped(b, value)
		}
	}
	number(c.City != 0, urls.QueryCity, c.City)
	number(c.Company != 0, urls.QueryCompany, c.Company)
	if name(len(c.Services) > 0, urls.QueryServices) {
		for i, id := range c.Services {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(id), 10)
		}
	}
	number(c.HasMaster, urls.QueryMaster, c.Master)
	// The day of a slot is in the slot.
	text(c.Date != "" && c.Slot.IsZero(), urls.QueryDate, c.Date)
	if name(!c.Slot.IsZero(), urls.QuerySlot) {
		b = appendSlot(b, c.Slot)
	}
	number(c.GroupEvent != 0, urls.QueryEvent, c.GroupEvent)
	number(c.Seats != 0, urls.QuerySeats, c.Seats)
	if len(c.Basket) > 0 {
		text(true, urls.QueryBasket, encodeBasket(c.Basket))
	}
	number(c.Then != 0, urls.QueryThen, c.Then)
	text(c.Lang != "", urls.QueryLang, c.Lang)
	text(c.Scheme != "", urls.QueryScheme, c.Scheme)
	for _, tag := range c.Tags {
		text(true, tag.Name, tag.Value)
	}
	return string(b)
}

// EncodeSlot is a time as Encode writes it.
func EncodeSlot(t time.Time) string {
	const minute = 60 // seconds
	if _, offset := t.Zone(); offset%minute != 0 || t.Nanosecond() != 0 {
		t = canonicalSlot(t)
	}
	var b [2 * len(time.RFC3339)]byte
	return string(appendSlot(b[:0], t))
}

func appendSlot(b []byte, t time.Time) []byte {
	var clock [len(time.RFC3339)]byte
	return appendEscaped(b, t.AppendFormat(clock[:0], time.RFC3339))
}

// appendEscaped writes a value as url.QueryEscape does, but for what may stand in a query as it is.
func appendEscaped[S string | []byte](b []byte, value S) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(value) {
		switch v := value[i]; {
		case v >= 'a' && v <= 'z', v >= 'A' && v <= 'Z', v >= '0' && v <= '9', strings.IndexByte("-_.~,:", v) >= 0:
			b = append(b, v)
		case v == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', hex[v>>4], hex[v&15])
		}
	}
	return b
}
