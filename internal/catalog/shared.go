package catalog

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/upstream/answers"
)

// Processes share the upstream's answers (internal/upstream/answers), and tell each other what makes kept answers untrue:
// what one of them corrects in its cache, the others correct in theirs. A shared answer that was asked for before such a
// change, and may be untrue since, is not used any more.

// Teller tells the other processes. *answers.Shared is one.
type Teller interface {
	Tell(ctx context.Context, topic string, note []byte)
}

// change is what processes tell each other. An unknown field is for a later version of the program.
type change struct {
	Kind     changeKind    `json:"kind"`
	Company  int           `json:"company"`
	Services []int         `json:"services,omitempty"`
	Master   int           `json:"master,omitempty"` // 0 = any
	At       time.Time     `json:"at,omitzero"`      // on the company's clock
	Length   time.Duration `json:"length,omitempty"`
}

type changeKind string

const (
	changeSold   changeKind = "sold"   // a visit was booked
	changeDay    changeKind = "day"    // the answers about the day are outdated
	changeEvents changeKind = "events" // places at group events were taken
)

// tell tells the other processes of a change.
func (c *Catalog) tell(what change) {
	if c.teller == nil {
		return
	}
	if note, err := json.Marshal(what); err == nil {
		c.teller.Tell(context.Background(), topicOf(what.Company), note)
	}
}

func topicOf(company int) string { return strconv.Itoa(company) }

// Told corrects the cache by what another process has told.
func (c *Catalog) Told(note []byte) {
	var what change
	if json.Unmarshal(note, &what) != nil {
		return
	}
	company := &Company{ID: what.Company, Location: what.At.Location()}
	switch what.Kind {
	case changeSold:
		c.booked(Sold{Company: company, Services: what.Services, Master: what.Master, Start: what.At, Length: what.Length})
	case changeDay:
		c.invalidate(company, what.At)
	case changeEvents:
		c.invalidateGroupEvents(what.Company)
	}
}

// untrue says whether a change makes an answer to a question untrue that was asked for before, or may do so. Of a change that
// it does not understand it says so.
func untrue(k key, note []byte) bool {
	var what change
	if json.Unmarshal(note, &what) != nil {
		return true
	}
	switch what.Kind {
	case changeEvents:
		return k.question == questionGroupEvents
	case changeSold, changeDay:
	default:
		return true
	}
	master := k.master == 0 || what.Master == 0 || k.master == what.Master
	switch k.question {
	case questionSlots:
		return master && slices.Contains(flow.DaysOf(what.At), k.day)
	case questionDates:
		return master
	case questionStaff:
		return true // the nearest slots of the master may be among them
	case questionServices:
		return k.slot != ""
	default:
		return false
	}
}

// wishFor is what a shared answer must be like to serve a question.
func wishFor(k key, ages Ages) *answers.Wish {
	return &answers.Wish{
		Topic: topicOf(k.id), MaxAge: ages.Soft, Kept: ages.Hard,
		Untrue: func(note []byte) bool { return untrue(k, note) },
	}
}
