package booking

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"okoshko/internal/ledger"
)

// State says how far an attempt or a change has come. The ledger has the states and the ways between them.
type State = ledger.State

// The states of the ledger. An attempt ends well as booked, a change as done.
const (
	StateNew     = ledger.StateNew
	StateSent    = ledger.StateSent
	StateBooked  = ledger.StateBooked
	StateDone    = ledger.StateDone
	StateRefused = ledger.StateRefused
	StateUnknown = ledger.StateUnknown
)

// Attempt is one press of the button that books, kept under the wizard token's nonce. It holds no
// personal data.
//
// Its ID opens the page that says how it ended, and is known to its visitor alone. Logs name it by another word, and the
// upstream's record carries a mark that is drawn for it: neither leads back to the ID.
type Attempt struct {
	ledger.Entry
	Mark         string        `json:"mark,omitempty"` // the record's api_id; processes before there were marks sent the ID
	Form         int           `json:"form"`
	Company      int           `json:"company"`
	Lang         string        `json:"lang"`
	Appointments []Appointment `json:"visits"`
	GroupEvent   int           `json:"event,omitempty"` // its id; the only appointment then says when it is
	Seats        int           `json:"seats,omitempty"`
	Records      []Record      `json:"records,omitempty"` // one for each appointment, in their order; unknown: the zero Record for an appointment of which none is known
	Refusal      Refusal       `json:"refusal,omitzero"`  // refused: why
	Looked       time.Time     `json:"looked,omitzero"`   // unknown: when a look was last begun
	Sights       []Sight       `json:"sights,omitempty"`  // unknown: what the last look saw, for each appointment
	Sighted      time.Time     `json:"sighted,omitzero"`  // when it saw that
	// Likely repeats what the sights say, for a process of an older version that shares the store: it would take a
	// free time for a proof.
	Likely   bool   `json:"likely,omitempty"`
	Customer string `json:"customer,omitempty"` // digest of the phone and this attempt's id: whose records may have it
	Maker    string `json:"maker,omitempty"`    // digest of the session that made it and of this attempt's id
	Name     string `json:"name,omitempty"`     // digest of the customer's name and of this attempt's id
	Prior    string `json:"prior,omitempty"`    // the attempt at the same appointments that very likely came to nothing before
}

// Appointment is one thing to be booked, at one time and with one master: an element of "appointments" at the upstream. An
// order may have several.
type Appointment struct {
	ID       int           `json:"id"` // names the appointment in the upstream's refusals
	Services []int         `json:"services"`
	Master   int           `json:"master"` // 0 = any
	Start    time.Time     `json:"start"`
	Length   time.Duration `json:"length"` // as shown to the customer; the upstream decides it
}

// Record is a visit that stands at the upstream.
type Record struct {
	ID   int    `json:"id"`
	Hash string `json:"hash"` // whoever holds it may see and change the visit: never logged
}

// Refusal says why there is no booking. The zero Refusal says that nothing was refused.
type Refusal struct {
	Reason         Reason `json:"reason"`
	Appointment    int    `json:"visit,omitempty"` // ID of the appointment it is about, when HasAppointment
	HasAppointment bool   `json:"has,omitempty"`
	Attempt        string `json:"twin,omitempty"` // the earlier attempt that stands in the way, where one does

	// ReasonInvalid: the fields that the upstream does not accept, and what else it says; nothing that was typed.
	Fields []FieldWords `json:"fields,omitempty"`
	Words  string       `json:"words,omitempty"`
}

// None says that nothing was refused.
func (r Refusal) None() bool { return r.Reason == "" }

// By says whether an attempt was made in a session. What is typed at another one proves nothing of who typed it.
func (a Attempt) By(session string) bool {
	return session != "" && a.Maker != "" && a.Maker == makerOf(a.ID, session)
}

// Of says whether an attempt was made with the phone of somebody who has shown that it is his.
func (a Attempt) Of(phone string) bool {
	return phone != "" && a.Customer != "" && a.Customer == customerOf(a.ID, phone)
}

func makerOf(attempt, session string) string { return digest("maker", attempt, session) }

// nameOf names who an appointment is for, however the name is spaced and spelled in letters.
func nameOf(attempt string, c Contact) string {
	return digest("name", attempt, strings.ToLower(strings.Join(strings.Fields(c.Name+" "+c.Surname+" "+c.Patronymic), " ")))
}

// mark is what the upstream's record carries.
func (a Attempt) mark() string {
	if a.Mark == "" {
		return a.ID
	}
	return a.Mark
}

// newMark draws a mark of 128 bits.
func newMark() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// inLog is the name of an attempt or a change in the log. It does not lead back to the ID.
func inLog(id string) string { return digest("log", id)[:16] }

// isMark says whether a record's mark is one of ours.
func isMark(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == sha256.Size/2
}

// customerOf names the customer of an attempt to whoever knows the phone.
func customerOf(attempt, phone string) string { return digest("customer", attempt, phone) }

// AttemptID is the ID of the attempt that a wizard token's nonce stands for. The nonce
// cannot be found from it, so knowing the done page's address is not enough to book.
func AttemptID(nonce string) string {
	sum := sha256.Sum256([]byte("attempt|" + nonce))
	return hex.EncodeToString(sum[:16])
}

const (
	attemptKeptFor = 72 * time.Hour
	// nothingKeptFor is how long an attempt is kept that proves nothing: one that is not sent yet, or was refused. It
	// is longer than its form may lie open and still book.
	nothingKeptFor = time.Hour
	// lookAfter is when an unknown attempt may first be looked into: by then the upstream has finished or dropped
	// most of what it does at all. What is not there may still come until finishedAfter.
	lookAfter = 20 * time.Second
	// lookEvery bounds how often an unknown attempt asks the upstream, however often its page is
	// reloaded.
	lookEvery = 10 * time.Second
)

// attemptKind says how the ledger keeps attempts.
func (d *Desk) attemptKind() ledger.Kind[Attempt] {
	return ledger.Kind[Attempt]{
		Name: "attempt", Prefix: "attempt/", KeepFor: Attempt.keepFor, Unproven: Attempt.unproven,
		NotSent: func(a *Attempt) { a.Refusal = Refusal{Reason: ReasonNotSent} },
		Upgrade: Attempt.upgraded,
		Count:   func(a Attempt) { d.watch.Attempt(string(a.State)) },
	}
}

// keepFor is how long an attempt is kept. One that was unknown for a while is told of as long as any: its customer may
// have been told to look again.
func (a Attempt) keepFor(time.Time) time.Duration {
	if a.State == StateNew || a.State == StateRefused && a.Looked.IsZero() {
		return nothingKeptFor
	}
	return attemptKeptFor
}

// unproven says that an attempt is merely a visitor's: until it was sent, and when nothing came of it.
func (a Attempt) unproven() bool {
	return a.Sent.IsZero() || a.State == StateRefused && a.Looked.IsZero()
}

// upgraded is an attempt as this version understands it. An older one took a free time for a proof that nothing was
// booked, and noted of a taken one nothing else.
func (a Attempt) upgraded() Attempt {
	switch {
	case a.State == StateRefused && a.Refusal.Reason == ReasonNotSent && !a.Looked.IsZero() && a.Sights == nil:
		a.State, a.Refusal, a.Looked = StateUnknown, Refusal{}, time.Time{}
	case a.State == StateUnknown && a.Likely && a.Sights == nil:
		a.Sights, a.Sighted = make([]Sight, len(a.Appointments)), a.Looked
		for i := range a.Sights {
			a.Sights[i].Slot = SlotTaken
		}
	}
	return a
}
