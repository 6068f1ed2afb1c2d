package ledger

import (
	"slices"
	"time"
)

// State says how far an entry has come.
type State string

// The states of an entry. A booking ends well as booked, a change of a visit as done.
const (
	StateNew     State = "new"     // written down, and not sent
	StateSent    State = "sent"    // it may be at the upstream, whose answer is awaited
	StateBooked  State = "booked"  // the upstream has booked it
	StateDone    State = "done"    // the upstream has changed what was to be changed
	StateRefused State = "refused" // nothing came of it
	StateUnknown State = "unknown" // it was sent, and no answer tells what came of it
)

// next has every way from a state to another one. A refused entry can still prove to have been carried out: an upstream
// that nobody waits for any more may finish late. An unknown one stays unknown when a look has told something, and
// no proof.
var next = map[State][]State{
	StateNew:     {StateSent, StateRefused},
	StateSent:    {StateBooked, StateDone, StateRefused, StateUnknown},
	StateUnknown: {StateBooked, StateDone, StateRefused, StateUnknown},
	StateRefused: {StateDone},
}

// may says whether an entry may go from one state to another.
func (s State) may(to State) bool { return slices.Contains(next[s], to) }

// Ended says whether nobody is at work on an entry any more: it has come to an end, or its answer will not come.
func (s State) Ended() bool { return s != StateNew && s != StateSent }

// Open says whether it is not known yet what becomes of an entry.
func (s State) Open() bool { return s == StateNew || s == StateSent || s == StateUnknown }

const (
	// newFor is how long an entry may stay new: the wait for a call of the upstream and a check together. The process
	// of an older one ended before it sent anything.
	newFor = 20 * time.Second
	// sentFor is how long an answer may take: the wait for a call, the client's total timeout and a margin. An older
	// entry has lost its process or its answer.
	sentFor = 15 * time.Second
)

// At is the state that an entry has at a moment: one whose process has ended is taken to be refused when it was not sent, and unknown
// when it was.
func (e Entry) At(now time.Time) State {
	state, _ := e.overdue(now)
	return state
}

// overdue is the state that an entry must be taken to have at a moment, because its process has ended or takes too long.
func (e Entry) overdue(now time.Time) (to State, overdue bool) {
	switch {
	case e.State == StateNew && now.Sub(e.Created) > newFor:
		return StateRefused, true
	case e.State == StateSent && now.Sub(e.Sent) > sentFor:
		return StateUnknown, true
	default:
		return e.State, false
	}
}
