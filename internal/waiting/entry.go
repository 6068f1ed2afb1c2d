package waiting

import (
	"encoding/json"
	"fmt"
	"time"
)

// entry is a wish as the store has it.
type entry struct {
	Form     int        `json:"form"`
	Company  int        `json:"company"`
	Lang     string     `json:"lang"`
	Services []int      `json:"services"`         // in order
	Master   int        `json:"master,omitempty"` // 0 = any
	From     string     `json:"from"`
	To       string     `json:"to"`
	Hours    Hours      `json:"hours,omitzero"`
	Until    time.Time  `json:"until"`
	Before   time.Time  `json:"before,omitzero"` // the start of the visit that is wanted earlier
	Zone     storedZone `json:"zone"`
	Consent  Consent    `json:"consent"`
	Kind     string     `json:"kind"`   // of the channel
	Sealed   []byte     `json:"sealed"` // the secret, the channel and the visit

	Asked     time.Time `json:"asked"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Told      time.Time `json:"told,omitzero"`

	Days     map[string]offered `json:"days,omitempty"`
	Openings []opening          `json:"openings,omitempty"`

	Linked bool      `json:"linked,omitempty"` // the link that confirms it was sent
	Claim  *claim    `json:"claim,omitempty"`  // a message that is being sent
	Tries  int       `json:"tries,omitempty"`  // how often in a row a message was not sent
	Next   time.Time `json:"next,omitzero"`    // before which it is not tried again
}

// claim says that a process is about to send a message, which no other one then sends.
type claim struct {
	ID     string    `json:"id"` // of this very message
	At     time.Time `json:"at"`
	Starts []minute  `json:"starts,omitempty"` // the openings; none = the link that confirms the wish
	Before time.Time `json:"before,omitzero"`  // Told, before the claim
}

// zone is where the wish's times are.
func (e *entry) zone() *time.Location { return e.Zone.location }

// storedZone is a time zone: by its name, or as an offset where it has none that is known.
type storedZone struct {
	location *time.Location
}

// MarshalJSON implements json.Marshaler.
func (z storedZone) MarshalJSON() ([]byte, error) {
	name := z.location.String()
	if _, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
		return json.Marshal(name)
	}
	_, offset := time.Unix(0, 0).In(z.location).Zone()
	return json.Marshal(offset)
}

// UnmarshalJSON implements json.Unmarshaler.
func (z *storedZone) UnmarshalJSON(raw []byte) error {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		location, err := time.LoadLocation(name)
		if err != nil || name == "" {
			return fmt.Errorf("waiting: the zone %q is not known", name)
		}
		z.location = location
		return nil
	}
	var offset int
	if err := json.Unmarshal(raw, &offset); err != nil {
		return err
	}
	z.location = time.FixedZone("", offset)
	return nil
}

// decode reads an entry.
func decode(raw []byte) (*entry, error) {
	e := new(entry)
	if err := json.Unmarshal(raw, e); err != nil {
		return nil, fmt.Errorf("waiting: read: %w", err)
	}
	if e.Zone.location == nil {
		e.Zone.location = time.UTC
	}
	return e, nil
}

// encode cannot fail: an entry holds nothing that JSON cannot.
func (e *entry) encode() []byte {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return raw
}

// unconfirmedFor is how long a wish waits to be confirmed.
const unconfirmedFor = 24 * time.Hour

// ends is when the store drops the entry.
func (e *entry) ends() time.Time {
	if e.Confirmed.IsZero() && e.Asked.Add(unconfirmedFor).Before(e.Until) {
		return e.Asked.Add(unconfirmedFor)
	}
	return e.Until
}
