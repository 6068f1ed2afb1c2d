package upstream

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Money is an amount in hundredths of the currency unit.
type Money int64

// The flex types read what a server in PHP may send for a value: the right type, a string that holds it, a bool for a
// number, or an empty list for nothing. A value that cannot be read is zero, because one odd field must not keep a salon's
// page from being shown.

type flexInt int

func (v *flexInt) UnmarshalJSON(raw []byte) error {
	*v = flexInt(number(raw))
	return nil
}

type flexFloat float64

func (v *flexFloat) UnmarshalJSON(raw []byte) error {
	*v = flexFloat(number(raw))
	return nil
}

type flexMoney Money

func (v *flexMoney) UnmarshalJSON(raw []byte) error {
	*v = flexMoney(math.Round(number(raw) * 100))
	return nil
}

// flexSeconds is a duration in seconds. A negative one reads as zero.
type flexSeconds time.Duration

func (v *flexSeconds) UnmarshalJSON(raw []byte) error {
	const most = 1 << 32 // seconds, more than a century
	*v = flexSeconds(time.Duration(min(max(number(raw), 0), most)) * time.Second)
	return nil
}

type flexBool bool

func (v *flexBool) UnmarshalJSON(raw []byte) error {
	s := unquote(raw)
	*v = flexBool(s == "true" || number(raw) != 0)
	return nil
}

// optBool is a flag that is on when it is missing.
type optBool struct{ off bool }

func (v *optBool) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	var b flexBool
	_ = b.UnmarshalJSON(raw)
	v.off = !bool(b)
	return nil
}

func (v optBool) on() bool { return !v.off }

type flexString string

func (v *flexString) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || raw[0] == '[' || raw[0] == '{' || string(raw) == "null":
		*v = ""
	default:
		*v = flexString(strings.ReplaceAll(unquote(raw), "\x00", ""))
	}
	return nil
}

// flexList is a list. PHP sends a list with gaps as an object, whose values are read in the order of its keys.
type flexList[T any] []T

func (v *flexList[T]) UnmarshalJSON(raw []byte) error {
	*v = nil
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return nil //nolint:nilerr // anything else reads as an empty list
		}
		keys := make([]string, 0, len(object))
		for k := range object {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b string) int {
			if d := len(a) - len(b); d != 0 {
				return d // numeric order of numeric keys
			}
			return strings.Compare(a, b)
		})
		for _, k := range keys {
			items = append(items, object[k])
		}
	}
	for _, item := range items {
		var t T
		if json.Unmarshal(item, &t) == nil && string(bytes.TrimSpace(item)) != "null" {
			*v = append(*v, t)
		}
	}
	return nil
}

// flexObject is an object; an empty one may come as an empty list.
type flexObject[T any] struct{ value T }

func (v *flexObject[T]) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '{' {
		_ = json.Unmarshal(raw, &v.value)
	}
	return nil
}

// flexTime is an instant: ISO 8601 with any spelling of the offset, local time without one, or
// Unix seconds.
type flexTime struct {
	at    time.Time
	local bool // no offset was sent: at holds the local time as if it were UTC
}

// start is the time with the offset that was sent, Unzoned without one.
func (v flexTime) start() time.Time {
	if v.local && !v.at.IsZero() {
		return v.at.In(Unzoned)
	}
	return v.at
}

var offsetLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.000-07:00", "2006-01-02T15:04:05.000-0700",
	"2006-01-02T15:04-07:00", "2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05-0700",
}

var localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}

func (v *flexTime) UnmarshalJSON(raw []byte) error {
	*v = parseTime(unquote(raw))
	return nil
}

func parseTime(s string) flexTime {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasPrefix(s, "0000") || s == "null" {
		return flexTime{}
	}
	for _, layout := range offsetLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			_, offset := t.Zone()
			return flexTime{at: t.In(time.FixedZone("", offset))}
		}
	}
	for _, layout := range localLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return flexTime{at: t, local: true}
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<40 {
		return flexTime{at: time.Unix(n, 0).UTC()}
	}
	return flexTime{}
}

// flexDate is a day as YYYY-MM-DD, "" when there is none.
type flexDate string

func (v *flexDate) UnmarshalJSON(raw []byte) error {
	*v = ""
	if t := parseTime(unquote(raw)); !t.at.IsZero() {
		*v = flexDate(t.at.Format(time.DateOnly))
	}
	return nil
}

// unquote reads the text of a JSON scalar.
func unquote(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	}
	return string(raw)
}

// number reads a JSON scalar as a number, 0 when it is none.
func number(raw []byte) float64 {
	s := strings.TrimSpace(unquote(raw))
	if s == "true" {
		return 1
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > 1e15 {
		return 0
	}
	return n
}

// each turns wire values into the exported ones.
func each[W, T any](in []W, convert func(W) T) []T {
	out := make([]T, len(in))
	for i, w := range in {
		out[i] = convert(w)
	}
	return out
}

// oneOrMany is a list that may come as its only element.
type oneOrMany[T any] []T

func (v *oneOrMany[T]) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 2 && raw[0] == '{' {
		var one T
		if json.Unmarshal(raw, &one) == nil {
			*v = []T{one}
		}
		return nil
	}
	var many flexList[T]
	_ = many.UnmarshalJSON(raw)
	*v = oneOrMany[T](many)
	return nil
}
