package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one request as the endpoints see it. They run under the server's lock
// and touch nothing but the state.
type call struct {
	*state
	request *http.Request
	query   url.Values
	body    []byte
	now     time.Time
	lang    language
	spoken  bool // the request named a language
	base    string
	caller  *user // nil = nobody is signed in
	noMarks bool  // see Options.NoMarks
}

// number reads a path segment. What is not a number names nothing.
func (c *call) number(segment string) (int, error) {
	n, err := strconv.Atoi(c.request.PathValue(segment))
	if err != nil {
		return 0, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return n, nil
}

func (c *call) text(key string, args ...any) string { return c.dict.say(c.lang, key, args...) }

func (c *call) refuse(status int, key string, args ...any) *refusal {
	return &refusal{status: status, problems: []problem{{message: c.text(key, args...)}}}
}

// refuseCode is a refusal with a code of the vendor's in meta.errors.
func (c *call) refuseCode(status, code int, key string, args ...any) *refusal {
	return &refusal{status: status, problems: []problem{{code: code, message: c.text(key, args...)}}}
}

// location finds the company of the path and settles the language for it.
func (c *call) location() (*company, error) {
	id, err := c.number("company")
	if err != nil {
		return nil, err
	}
	found := c.company(id)
	if found == nil {
		return nil, c.refuse(http.StatusNotFound, "error.company")
	}
	c.speakFor(found.speaks)
	if found.licenceExpired {
		return nil, c.refuse(http.StatusPaymentRequired, "error.licence", found.id)
	}
	return found, nil
}

func (c *call) speakFor(lang language) {
	if !c.spoken {
		c.lang = lang
	}
}

// integer reads a numeric query parameter; missing or empty is 0.
func (c *call) integer(name string) (int, error) {
	text := c.query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, c.refuse(http.StatusBadRequest, "error.request")
	}
	return n, nil
}

// flag reads 1 and true as PHP would.
func (c *call) flag(name string) bool {
	v := c.query.Get(name)
	return v != "" && v != "0" && v != "false"
}

// staff reads a master's id: 0 in the documentation, -1 in the vendor's own
// widget, and an empty value all mean any.
func (c *call) staff(name string) (int, error) {
	n, err := c.integer(name)
	return max(n, 0), err
}

// integers reads an array parameter in the four spellings clients use.
func (c *call) integers(name string) ([]int, error) {
	ids, err := parseIntegers(c.query, name)
	if err != nil {
		return nil, c.refuse(http.StatusBadRequest, "error.request")
	}
	return ids, nil
}

// parseIntegers understands name[]=1&name[]=2, name[0]=1&name[1]=2, name=1 and
// name=1,2. Of a repeated bare name PHP keeps the last value, and so do we.
func parseIntegers(query url.Values, name string) ([]int, error) {
	texts := slices.Clone(query[name+"[]"])
	var indexes []int
	for key := range query {
		inner, ok := strings.CutPrefix(key, name+"[")
		if inner, closed := strings.CutSuffix(inner, "]"); ok && closed && inner != "" {
			i, err := strconv.Atoi(inner)
			if err != nil {
				return nil, fmt.Errorf("index of %s: %w", name, err)
			}
			indexes = append(indexes, i)
		}
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		texts = append(texts, query.Get(name+"["+strconv.Itoa(i)+"]"))
	}
	if bare := query[name]; len(bare) > 0 {
		texts = append(texts, strings.Split(bare[len(bare)-1], ",")...)
	}
	var out []int
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, n)
	}
	return out, nil
}

// instant reads a datetime parameter; missing or empty is the zero time.
func (c *call) instant(name string, loc *time.Location) (time.Time, error) {
	text := c.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := parseInstant(text, loc)
	if err != nil {
		return time.Time{}, c.refuse(http.StatusBadRequest, "error.request")
	}
	return t, nil
}

// day reads a YYYY-MM-DD parameter, or the day of a full datetime.
func (c *call) day(name string) (date, bool, error) {
	text := c.query.Get(name)
	if text == "" {
		return date{}, false, nil
	}
	if len(text) > len(time.DateOnly) {
		text = text[:len(time.DateOnly)]
	}
	d, err := parseDate(text)
	if err != nil {
		return date{}, false, c.refuse(http.StatusBadRequest, "error.request")
	}
	return d, true, nil
}

// instantLayouts: with an offset it says which instant, without one the
// company's clock is meant.
var (
	offsetLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04-0700", "2006-01-02 15:04:05-07:00"}
	localLayouts  = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}
)

// parseInstant reads every spelling of a moment that clients send: ISO 8601
// with and without a colon in the offset or with no offset, the SQL form, and
// unix seconds.
func parseInstant(text string, loc *time.Location) (time.Time, error) {
	for _, layout := range offsetLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.In(loc), nil
		}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t, nil
		}
	}
	if unix, err := strconv.ParseInt(text, 10, 64); err == nil && unix > 0 {
		return time.Unix(unix, 0).In(loc), nil
	}
	return time.Time{}, fmt.Errorf("moment of %d characters not understood", len(text))
}

// decode reads a JSON body whatever its Content-Type says; clients forget it.
func (c *call) decode(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return c.refuse(http.StatusBadRequest, "error.request")
	}
	return nil
}

// looseInt reads a number, its digits in a string, a bool, null or "".
type looseInt int

func (n *looseInt) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	switch text {
	case "", "null", "false":
		*n = 0
		return nil
	case "true":
		*n = 1
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("number: %w", err)
	}
	if math.IsNaN(f) || math.Abs(f) > math.MaxInt32*1024 {
		return errors.New("number out of range")
	}
	*n = looseInt(f)
	return nil
}

// looseText reads a string, a number or null as text.
type looseText string

func (s *looseText) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		*s = ""
		return nil
	}
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("text: %w", err)
		}
		*s = looseText(text)
		return nil
	}
	*s = looseText(raw)
	return nil
}

// customFields reads {} and PHP's [] for an empty map alike.
type customFields map[string]any

func (f *customFields) UnmarshalJSON(raw []byte) error {
	if len(raw) == 0 || raw[0] != '{' {
		*f = nil
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("custom fields: %w", err)
	}
	*f = m
	return nil
}

// normalPhone strips a leading plus and common separators and reports whether
// what is left can be a phone number.
func normalPhone(text string) (string, bool) {
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(strings.TrimPrefix(strings.TrimSpace(text), "+"))
	if len(digits) < 10 || len(digits) > 15 || digits[0] == '0' {
		return "", false
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return "", false
		}
	}
	return digits, true
}

// page cuts a list by the count and page parameters.
func page[T any](items []T, count, number, fallback, ceiling int) []T {
	count = min(cmp.Or(count, fallback), ceiling)
	number = max(number, 1)
	if count <= 0 || number > len(items) { // a page holds at least one item
		return nil
	}
	start := (number - 1) * count
	if start >= len(items) {
		return nil
	}
	return items[start:min(start+count, len(items))]
}
