package catalog

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/upstream/answers"
	"okoshko/internal/webhook"
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

	Hook   *webhook.Hook  `json:"hook,omitempty"`
	Before *webhook.Place `json:"before,omitempty"` // where the record of the hook stood
}

type changeKind string

const (
	changeSold   changeKind = "sold"   // a visit was booked
	changeDay    changeKind = "day"    // the answers about the day are outdated
	changeEvents changeKind = "events" // places at group events were taken

	changeHook      changeKind = "hook"      // the upstream has said that something changed
	changeChain     changeKind = "chain"     // a company of the chain, whose number is in Company, has changed
	changeDiffers   changeKind = "differs"   // the company's hooks have not told of a change
	changeSuspended changeKind = "suspended" // the company has sent more hooks than are applied
)

// tell tells the other processes of a change.
func (c *Catalog) tell(what change) {
	c.hooked.touch(what)
	c.changes.Add(1)
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
	c.hooked.touch(what)
	defer c.changes.Add(1)
	switch what.Kind {
	case changeSold:
		c.booked(what.sold())
	case changeDay:
		c.invalidate(what.company(), what.At)
	case changeEvents:
		c.invalidateGroupEvents(what.Company)
	case changeHook:
		c.applyHook(what)
	case changeChain:
		c.drop(what.Company, func(k key) bool { return k.question == questionCompanies })
	case changeDiffers:
		c.distrust(what.Company, webhook.Trust.Differed)
	case changeSuspended:
		c.distrust(what.Company, webhook.Trust.Suspended)
	}
}

// company is the company of a change, as far as what is cached is corrected by it.
func (what change) company() *Company {
	return &Company{ID: what.Company, Location: what.At.Location()}
}

// sold is the visit by which something was sold.
func (what change) sold() Sold {
	return Sold{Company: what.company(), Services: what.Services, Master: what.Master, Start: what.At, Length: what.Length}
}

// untrue says whether a note makes an answer to a question untrue that was asked for before, or may do so. Of a note that it
// does not understand it says so.
func untrue(k key, note []byte) bool {
	var what change
	return json.Unmarshal(note, &what) != nil || what.untrue(k)
}

// Untrue says the same of an answer by the text of its key. Of a text that it cannot read it says so.
func Untrue(about string, note []byte) bool {
	k, ok := readKey(about)
	return !ok || untrue(k, note)
}

// untrue says the same of a change.
func (what change) untrue(k key) bool {
	switch what.Kind {
	case changeEvents:
		return k.question == questionGroupEvents
	case changeHook:
		return what.Hook == nil || slices.ContainsFunc(what.Hook.Effects(what.Before), func(e webhook.Effect) bool { return concerns(e, k) })
	case changeChain:
		return k.question == questionCompanies
	case changeDiffers, changeSuspended:
		return false
	case changeSold, changeDay:
	default:
		return true
	}
	return ofTimes(k, what.Master, flow.DaysOf(what.At))
}

// ofTimes says whether an answer depends on the times of a master (0 = any) on some days (none = any).
func ofTimes(k key, of int, days []string) bool {
	master := k.master == 0 || of == 0 || k.master == of
	switch k.question {
	case questionSlots, questionAnyMaster, questionObserved:
		return master && (len(days) == 0 || slices.Contains(days, k.day))
	case questionDates, questionCalendar:
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
		Topic: topicOf(k.id), About: k.text(), MaxAge: ages.Soft, Kept: ages.Hard,
		Untrue:   func(note []byte) bool { return untrue(k, note) },
		Corrects: func(note []byte) bool { return corrects(k, note) },
	}
}

// corrects says whether an answer that is older than a change may be corrected by it: a visit of known length has taken times from it.
func corrects(k key, note []byte) bool {
	var what change
	if json.Unmarshal(note, &what) != nil || what.Kind != changeSold || what.Length <= 0 {
		return false
	}
	return (k.question == questionStaff || k.question == questionDates || k.question == questionSlots) && k.slot == ""
}

// corrected is an answer of the upstream without the times that were sold since, as Booked corrects it in the cache; false when it
// has to be asked for.
func corrected(k key, value any, notes [][]byte, scarce bool) (any, bool) {
	for _, note := range notes {
		var what change
		if json.Unmarshal(note, &what) != nil {
			return nil, false
		}
		t, ok := what.sold(), false
		switch old := value.(type) {
		case staff:
			masters := slices.Clone(old.masters)
			for i := range masters {
				t.takesFrom(&masters[i])
			}
			value, ok = staff{masters: masters, asked: old.asked, told: &sync.Once{}}, true
		case []Slot:
			value, ok = t.without(k, old, scarce)
		case Dates:
			ok = scarce || !slices.ContainsFunc(flow.DaysOf(t.Start), func(day string) bool { return slices.Contains(old.Free, day) })
		}
		if !ok {
			return nil, false
		}
	}
	return value, true
}
