package booking

import (
	"context"
	"slices"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/store"
)

// Pressed is what became of one press of the button that books, as an operator may see it: nothing in it names the customer, opens a
// page or a visit, or is text of the upstream.
type Pressed struct {
	Form    int
	Company int
	Log     string // the attempt's name in the log
	At      time.Time
	Sent    time.Time // zero: nothing was sent
	Ended   time.Time // as ledger.Entry has it
	Looked  bool      // no answer came, and the program has looked for the visit since
	State   State
	Reason  Reason // of a refusal
	Says    Saying // what the customer is told
	Visits  []PressedVisit
}

// PressedVisit is one visit of a Pressed.
type PressedVisit struct {
	Start  time.Time // in the salon's zone
	Record int       // its number at the upstream; 0 = not known
	Says   Saying
}

// FindAttempts finds the attempts of a form, 0 for all forms, whose button was pressed from one moment to another, the first one first, as
// they stand at the moment now. It reads every attempt of the store and writes nothing. What it has read is returned with an error too.
func FindAttempts(ctx context.Context, s store.Store, form int, from, to, now time.Time) ([]Pressed, error) {
	var out []Pressed
	kept := ledger.New(attemptKind(nil), s, func() time.Time { return now })
	err := kept.Each(ctx, func(a Attempt) {
		if form != 0 && a.Form != form || a.Created.Before(from) || a.Created.After(to) {
			return
		}
		out = append(out, a.pressed(now))
	})
	slices.SortFunc(out, func(a, b Pressed) int { return a.At.Compare(b.At) })
	return out, err
}

// FindAttemptsOf finds the attempts of a customer, the first one first, as FindAttempts does. phones are what the customer's phone may be,
// each in E.164 without the plus. Attempts that older versions wrote name no customer and are not found.
func FindAttemptsOf(ctx context.Context, s store.Store, phones []string, now time.Time) ([]Pressed, error) {
	var out []Pressed
	kept := ledger.New(attemptKind(nil), s, func() time.Time { return now })
	err := kept.Each(ctx, func(a Attempt) {
		if slices.ContainsFunc(phones, a.Of) {
			out = append(out, a.pressed(now))
		}
	})
	slices.SortFunc(out, func(a, b Pressed) int { return a.At.Compare(b.At) })
	return out, err
}

func (a Attempt) pressed(now time.Time) Pressed {
	whole, each := a.Says(now, false)
	p := Pressed{
		Form: a.Form, Company: a.Company, Log: inLog(a.ID), At: a.Created, Sent: a.Sent, Ended: a.Ended, Looked: !a.Looked.IsZero(),
		State: a.State, Reason: a.Refusal.Reason, Says: whole,
	}
	for i, v := range a.Appointments {
		visit := PressedVisit{Start: v.Start, Says: each[i]}
		if i < len(a.Records) {
			visit.Record = a.Records[i].ID
		}
		p.Visits = append(p.Visits, visit)
	}
	return p
}
