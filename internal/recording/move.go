package recording

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Move moves the times of a document by so many days on the wall clock of a zone: ten o'clock stays ten o'clock, and an
// offset changes by as much as the zone's has changed. Texts in which a date is a word among others stay as they are.
func Move(document []byte, days int, zone *time.Location) []byte {
	if days == 0 {
		return document
	}
	moved := Rewrite(document, func(v Value) (string, bool) {
		if !v.Number {
			return MoveText(v.Text, days, zone), true
		}
		if !slices.Contains(stampKeys, v.Key) {
			return "", false
		}
		unix, err := strconv.ParseInt(v.Text, 10, 64)
		if err != nil || unix < 1e9 || unix > 4e9 {
			return "", false
		}
		at := time.Unix(unix, 0).In(zone)
		if unix%86400 == 0 { // a day, as old answers spell it
			at = at.UTC()
		}
		return strconv.FormatInt(at.AddDate(0, 0, days).Unix(), 10), true
	})
	return dayLists.ReplaceAllFunc(moved, func(found []byte) []byte {
		parts := dayLists.FindSubmatch(found)
		list, err := moveDays(parts[2], days, firstMonth(document))
		if err != nil {
			return found
		}
		return slices.Concat(parts[1], list)
	})
}

// stampKeys are fields that may hold seconds since 1970.
var stampKeys = []string{"timestamp", "date", "datetime", "seance_date", "booking_dates", "working_dates", "create_date", "last_change_date"}

var parts = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:([ T])(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+\-]\d\d:?\d\d)?)?$`)

// MoveText is Move for one text: a date or a date and a time, with or without an offset. Anything else stays as it is.
func MoveText(text string, days int, zone *time.Location) string {
	p := parts.FindStringSubmatch(text)
	if p == nil {
		return text
	}
	day, err := time.Parse(time.DateOnly, p[1])
	if err != nil || day.Year() < 1990 || day.Year() > 2100 { // "none", "no end"
		return text
	}
	moved := day.AddDate(0, 0, days)
	if p[3] == "" {
		return moved.Format(time.DateOnly)
	}
	clock, err := time.Parse("15:04:05", (p[3] + ":00")[:8])
	if err != nil {
		return text
	}
	if p[5] == "Z" {
		at := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC).In(zone).AddDate(0, 0, days).UTC()
		return at.Format(time.DateOnly) + p[2] + at.Format("15:04:05")[:len(p[3])] + p[4] + "Z"
	}
	return moved.Format(time.DateOnly) + p[2] + p[3] + p[4] + moveOffset(p[5], change(day, moved, clock, zone))
}

// change is by how much the zone's offset at a time of day differs between two days.
func change(from, to, clock time.Time, zone *time.Location) time.Duration {
	offset := func(d time.Time) int {
		_, seconds := time.Date(d.Year(), d.Month(), d.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, zone).Zone()
		return seconds
	}
	return time.Duration(offset(to)-offset(from)) * time.Second
}

func moveOffset(text string, by time.Duration) string {
	if text == "" || by == 0 {
		return text
	}
	digits := strings.ReplaceAll(text[1:], ":", "")
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:])
	total := hours*60 + minutes
	if text[0] == '-' {
		total = -total
	}
	total += int(by / time.Minute)
	sign := "+"
	if total < 0 {
		sign, total = "-", -total
	}
	colon := ""
	if strings.Contains(text, ":") {
		colon = ":"
	}
	return fmt.Sprintf("%s%02d%s%02d", sign, total/60, colon, total%60)
}

// dayLists are the days of months without a year (book_dates).
var dayLists = regexp.MustCompile(`("(?:booking|working)_days"\s*:\s*)(\{[^{}]*\})`)

var someDate = regexp.MustCompile(`"(\d{4}-\d\d)-\d\d"`)

// firstMonth is the first month that a document names with its year: those without one are counted from it on.
func firstMonth(document []byte) (first time.Time) {
	for _, found := range someDate.FindAllSubmatch(document, -1) {
		at, err := time.Parse("2006-01", string(found[1]))
		if err == nil && at.Year() >= 1990 && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

func moveDays(list []byte, days int, from time.Time) ([]byte, error) {
	var months map[string][]json.RawMessage
	if err := json.Unmarshal(list, &months); err != nil || from.IsZero() {
		return nil, fmt.Errorf("days of months: %w", err)
	}
	out := map[string][]json.RawMessage{}
	for name, all := range months {
		month, err := strconv.Atoi(name)
		if err != nil || month < 1 || month > 12 {
			return nil, fmt.Errorf("month %q", name)
		}
		year := from.Year()
		if time.Month(month) < from.Month() {
			year++
		}
		for _, raw := range all {
			moved := time.Date(year, time.Month(month), number(raw)+days, 0, 0, 0, 0, time.UTC)
			spelled := strconv.Itoa(moved.Day())
			if raw[0] == '"' {
				spelled = `"` + spelled + `"`
			}
			key := strconv.Itoa(int(moved.Month()))
			out[key] = append(out[key], json.RawMessage(spelled))
		}
	}
	if len(out) == 0 {
		return list, nil
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b json.RawMessage) int { return cmp.Compare(number(a), number(b)) })
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("days of months: %w", err)
	}
	return text, nil
}

// number is a whole number, or its digits in a text.
func number(raw json.RawMessage) int {
	n, _ := strconv.Atoi(strings.Trim(string(raw), `"`))
	return n
}
