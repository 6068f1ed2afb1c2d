// Package webhook reads the hooks that the upstream posts when something has changed at a company, and says which answers
// they make untrue. It is pure.
//
// A hook is a small JSON object: {"company_id", "resource", "resource_id", "status", "data"}. It comes some seconds after the
// change, and may come twice, late or never. Its fields are read as tolerantly as answers are: numbers may be strings, and
// data is an object, an empty array or null.
package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// MaxBytes bounds the body of a hook.
const MaxBytes = 16 << 10

// ErrUnreadable says that a body is no hook.
var ErrUnreadable = errors.New("webhook: unreadable")

// Resource is what has changed. Only those that change what may be booked are named here.
type Resource string

// The resources that matter.
const (
	Record   Resource = "record"
	Schedule Resource = "schedule" // its id is the master's
	Master   Resource = "staff"
	Service  Resource = "service"
	Category Resource = "service_category"
	Company  Resource = "company"
)

// Known says whether changes of a resource matter.
func (r Resource) Known() bool {
	switch r {
	case Record, Schedule, Master, Service, Category, Company:
		return true
	}
	return false
}

// Status is what happened to a resource.
type Status string

// What happens. Any other status is taken for an update.
const (
	Created Status = "create"
	Updated Status = "update"
	Deleted Status = "delete"
)

// Hook is a hook that was read. As JSON it is what processes tell each other.
type Hook struct {
	Company  int      `json:"company"`
	Resource Resource `json:"resource"`
	ID       int      `json:"id,omitempty"`
	Status   Status   `json:"status,omitempty"`
	Visit    Visit    `json:"visit,omitzero"` // of a record; what the data does not tell is zero
	// Changed is when the data says that the resource was last changed, as it is written there. A hook with it that comes
	// again says nothing new; one without it may say that the resource has changed once more.
	Changed string `json:"-"`
}

// Visit is what the data of a record tells.
type Visit struct {
	Place
	Event int  `json:"event,omitempty"` // the group event that it is a place at
	Gone  bool `json:"gone,omitempty"`
}

// Place is where a visit stands in a diary.
type Place struct {
	Master int           `json:"master,omitempty"`
	Day    string        `json:"day,omitempty"`  // YYYY-MM-DD on the company's clock
	Start  time.Time     `json:"start,omitzero"` // with the company's offset
	Length time.Duration `json:"length,omitempty"`
}

// exact says whether nothing of the place is missing.
func (p Place) exact() bool { return p.Master > 0 && !p.Start.IsZero() && p.Length > 0 }

// Read reads the body of a hook. Errors: ErrUnreadable.
func Read(body []byte) (Hook, error) {
	if len(body) > MaxBytes {
		return Hook{}, ErrUnreadable
	}
	var raw struct {
		Company  number          `json:"company_id"`
		Resource word            `json:"resource"`
		ID       number          `json:"resource_id"`
		Status   word            `json:"status"`
		Data     json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &raw); err != nil || raw.Company <= 0 || raw.Resource == "" {
		return Hook{}, ErrUnreadable
	}
	h := Hook{Company: int(raw.Company), Resource: Resource(raw.Resource), ID: int(raw.ID), Status: Status(raw.Status)}
	h.readData(raw.Data)
	return h, nil
}

// readData reads what is needed of the data. Data that cannot be read tells nothing.
func (h *Hook) readData(data json.RawMessage) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return
	}
	var raw struct {
		Changed  word            `json:"last_change_date"`
		Master   number          `json:"staff_id"`
		Staff    json.RawMessage `json:"staff"`
		Datetime word            `json:"datetime"`
		Date     word            `json:"date"`
		Length   number          `json:"length"`
		Seance   number          `json:"seance_length"`
		Break    number          `json:"technical_break_duration"`
		Event    number          `json:"activity_id"`
		Deleted  flag            `json:"deleted"`
	}
	if json.Unmarshal(data, &raw) != nil {
		return
	}
	h.Changed = string(raw.Changed)
	if h.Resource != Record {
		return
	}
	master := raw.Master
	if master <= 0 {
		var of struct {
			ID number `json:"id"`
		}
		if json.Unmarshal(raw.Staff, &of) == nil {
			master = of.ID
		}
	}
	h.Visit = Visit{Event: max(0, int(raw.Event)), Gone: bool(raw.Deleted)}
	h.Visit.Master = max(0, int(master))
	h.Visit.Start, h.Visit.Day = moment(string(raw.Datetime), string(raw.Date))
	if seconds := max(raw.Length, raw.Seance); seconds > 0 && seconds <= maxSeconds {
		h.Visit.Length = time.Duration(seconds+min(max(0, raw.Break), maxSeconds)) * time.Second
	}
}

// maxSeconds bounds the length of a visit: two days.
const maxSeconds = 2 * 24 * 60 * 60

// moment reads a time with its offset, or at least the day of a time without one.
func moment(datetime, date string) (start time.Time, day string) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, strings.TrimSpace(datetime)); err == nil && at.Year() > 0 && at.Year() < 10_000 {
			return at, at.Format(time.DateOnly)
		}
	}
	for _, text := range []string{datetime, date} {
		text = strings.TrimSpace(text)
		if len(text) >= len(time.DateOnly) {
			if _, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)]); err == nil {
				return time.Time{}, text[:len(time.DateOnly)]
			}
		}
	}
	return time.Time{}, ""
}

// The types of fields. None of them refuses a value: what makes no sense is zero.
type (
	number int
	word   string
	flag   bool
)

// UnmarshalJSON implements json.Unmarshaler.
func (v *number) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `" `)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < -math.MaxInt32 || n > 1<<53 {
		n = 0
	}
	*v = number(n)
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *word) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = ""
	}
	*v = word(text)
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *flag) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(strings.Trim(string(raw), `" `)) {
	case "true", "1":
		*v = true
	default:
		*v = false
	}
	return nil
}
