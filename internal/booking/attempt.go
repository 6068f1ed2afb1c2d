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

// Attempt is one press of the button that books. Its ID is made from the nonce of the form's wizard token, so a second
// press of the same button is the same attempt. It holds no personal data.
//
// The ID opens the page that says how the attempt ended, and only its visitor knows it. The log names the attempt by a
// digest of the ID, and the upstream's record carries a Mark that is drawn at random. Neither leads back to the ID.
type Attempt struct {
	ledger.Entry
	Mark         string        `json:"mark,omitempty"` // what the upstream's record carries as api_id; older versions sent the ID instead
	Form         int           `json:"form"`
	Company      int           `json:"company"`
	Lang         string        `json:"lang"`
	Appointments []Appointment `json:"visits"`
	GroupEvent   int           `json:"event,omitempty"` // a group event's id; the only appointment then has its time
	Seats        int           `json:"seats,omitempty"`
	Records      []Record      `json:"records,omitempty"` // one for each appointment, in the same order; zero for an appointment whose record is not known
	Refusal      Refusal       `json:"refusal,omitzero"`  // why the attempt is refused
	Looked       time.Time     `json:"looked,omitzero"`   // when the program last began to look into an unknown attempt
	Sights       []Sight       `json:"sights,omitempty"`  // what it saw of each appointment then
	Sighted      time.Time     `json:"sighted,omitzero"`  // when it saw that
	// Likely says the same as Sights to a process of an older version that shares the store. That version would take a
	// free time for a proof that nothing was booked.
	Likely   bool   `json:"likely,omitempty"`
	Customer string `json:"customer,omitempty"` // digest of the customer's phone and this attempt's ID
	Maker    string `json:"maker,omitempty"`    // digest of the session that made the attempt and its ID
	Name     string `json:"name,omitempty"`     // digest of the customer's name and this attempt's ID
	Prior    string `json:"prior,omitempty"`    // an earlier attempt at the same appointments that very likely came to nothing
}

// Appointment is one thing to be booked, at one time and with one master: an element of "appointments" at the upstream. An
// order may have several.
type Appointment struct {
	ID       int           `json:"id"` // the upstream names the appointment by it when it refuses one
	Services []int         `json:"services"`
	Master   int           `json:"master"` // 0 = any
	Start    time.Time     `json:"start"`
	Length   time.Duration `json:"length"` // as shown to the customer; the upstream decides it
}

// Record names a booked visit at the upstream.
type Record struct {
	ID   int    `json:"id"`
	Hash string `json:"hash"` // opens the visit for reading and for changes, so it is never logged
}

// Refusal says why there is no booking. The zero Refusal says that nothing was refused.
type Refusal struct {
	Reason         Reason `json:"reason"`
	Appointment    int    `json:"visit,omitempty"` // the ID of the appointment that was refused, when HasAppointment
	HasAppointment bool   `json:"has,omitempty"`
	Attempt        string `json:"twin,omitempty"` // the earlier attempt that stands in the way, where one does

	// With ReasonInvalid: the fields that the upstream does not accept, and what else it says. Nothing that the customer
	// typed is in them.
	Fields []FieldWords `json:"fields,omitempty"`
	Words  string       `json:"words,omitempty"`
}

// None says that nothing was refused.
func (r Refusal) None() bool { return r.Reason == "" }

// recordNumbers are the numbers of the visits that are known to be booked. A number opens nothing without its hash.
func (a Attempt) recordNumbers() []int {
	var out []int
	for _, r := range a.Records {
		if r.ID != 0 {
			out = append(out, r.ID)
		}
	}
	return out
}

// By says whether an attempt was made in a session. In any other session somebody may type the same data and be somebody
// else.
func (a Attempt) By(session string) bool {
	return session != "" && a.Maker != "" && a.Maker == makerOf(a.ID, session)
}

// Of says whether an attempt was made with a phone. The caller knows that the phone is the customer's: the customer has
// signed in with it.
func (a Attempt) Of(phone string) bool {
	return phone != "" && a.Customer != "" && a.Customer == customerOf(a.ID, phone)
}

func makerOf(attempt, session string) string { return digest("maker", attempt, session) }

// nameOf is a digest of the customer's name, in which spaces and capital letters make no difference.
func nameOf(attempt string, c Contact) string {
	return digest("name", attempt, strings.ToLower(strings.Join(strings.Fields(c.Name+" "+c.Surname+" "+c.Patronymic), " ")))
}

// mark is what the upstream's record of the attempt carries.
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

// inLog is the name of an attempt or a change in the log. The ID cannot be found from it.
func inLog(id string) string { return digest("log", id)[:16] }

// isMark says whether a record's api_id was made by this program.
func isMark(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == sha256.Size/2
}

// customerOf is a digest of a phone. Who knows the phone can tell that an attempt was made with it.
func customerOf(attempt, phone string) string { return digest("customer", attempt, phone) }

// AttemptID is the ID of the attempt that belongs to a wizard token's nonce. The nonce cannot be found from it, so the
// address of the page after the booking does not let anybody book.
func AttemptID(nonce string) string {
	sum := sha256.Sum256([]byte("attempt|" + nonce))
	return hex.EncodeToString(sum[:16])
}

const (
	attemptKeptFor = 72 * time.Hour
	// nothingKeptFor is how long an attempt is kept that was not sent or was refused. It is longer than a form can lie
	// open and still book, so that the same form finds it.
	nothingKeptFor = time.Hour
	// lookAfter is when an unknown attempt may first be looked into. By then the upstream has finished or dropped most
	// requests. A record that is not there yet may still come until finishedAfter.
	lookAfter = 20 * time.Second
	// lookEvery bounds how often an unknown attempt costs calls of the upstream, however often its page is reloaded.
	lookEvery = 10 * time.Second
)

// attemptKind says how the ledger keeps attempts; count is told of each that has ended.
func attemptKind(count func(Attempt)) ledger.Kind[Attempt] {
	return ledger.Kind[Attempt]{
		Name: "attempt", Prefix: "attempt/", KeepFor: Attempt.keepFor, Unproven: Attempt.unproven,
		NotSent: func(a *Attempt) { a.Refusal = Refusal{Reason: ReasonNotSent} },
		Upgrade: Attempt.upgraded,
		Count:   count,
	}
}

// keepFor is how long the store keeps an attempt. A refused one that was unknown before is kept as long as a booked one,
// because its customer may have been told to look again later.
func (a Attempt) keepFor(time.Time) time.Duration {
	if a.State == StateNew || a.State == StateRefused && a.Looked.IsZero() {
		return nothingKeptFor
	}
	return attemptKeptFor
}

// unproven says that an attempt was not sent, or that nothing came of it. It then shows nothing of its visitor, and
// counts against what visitors may write into the store.
func (a Attempt) unproven() bool {
	return a.Sent.IsZero() || a.State == StateRefused && a.Looked.IsZero()
}

// upgraded is an attempt as this version understands it. An older version took a free time for a proof that nothing was
// booked, and noted only Likely where the time was taken.
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
