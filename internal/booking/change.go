package booking

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/store"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// The kinds of things that happen at most once, as metrics, the log and the operator's page name them.
const (
	KindBooking = "booking"
	KindCancel  = "cancel"
	KindMove    = "move"
)

// Change is one press of the button that cancels or moves a visit. Its ID is made from the nonce of the form, as an
// Attempt's is. It holds no personal data.
type Change struct {
	ledger.Entry
	Kind    string    `json:"kind"`
	Company int       `json:"company"`
	Record  int       `json:"record"`
	Holder  string    `json:"holder,omitempty"` // digest of the record's hash with which the visit was opened
	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"` // the new time of a move
	Refusal Refusal   `json:"refusal,omitzero"`
	Was     *Visit    `json:"was,omitempty"` // with a cancel: the visit before it, without its comment
}

// changeKind says how the ledger keeps changes. Whoever changes a visit has its link or has signed in, so no change
// counts against what unknown visitors may write.
func (d *Desk) changeKind() ledger.Kind[Change] {
	return ledger.Kind[Change]{
		Name: "change", Prefix: "change/", KeepFor: Change.keepFor,
		NotSent: func(c *Change) { c.Refusal = Refusal{Reason: ReasonNotSent} },
		Count:   func(c Change) { d.watch.Change(c.Kind, string(c.State)) },
	}
}

// Open says whether it is not known yet how the change ends.
func (c Change) Open() bool { return c.State.Open() }

// Cancels says whether the change is a cancel.
func (c Change) Cancels() bool { return c.Kind == KindCancel }

// Cancel cancels a visit once for the nonce of a form. Further calls with the same nonce get the change of the first
// call. The error is set only when this call sent nothing and the store does not tell whether another call did.
func (d *Desk) Cancel(ctx context.Context, nonce, lang string, v *Visit) (Change, error) {
	was := *v
	was.Comment = ""
	c := d.newChange(KindCancel, nonce, v)
	c.Was = &was
	return d.change(ctx, c, lang, v, v.MayCancel(d.now()), func(ctx context.Context, client *upstream.Client) error {
		return client.DeleteUserRecord(ctx, v.ID, v.key.Hash)
	})
}

// Move moves a visit to another time once for the nonce of a form, and answers as Cancel does. The upstream moves the
// record itself, so the customer never loses the old time without having the new one.
func (d *Desk) Move(ctx context.Context, nonce, lang string, v *Visit, to time.Time) (Change, error) {
	c := d.newChange(KindMove, nonce, v)
	c.To = to
	return d.change(ctx, c, lang, v, v.MayMove(d.now()), func(ctx context.Context, client *upstream.Client) error {
		_, err := client.Move(ctx, v.Company, v.ID, upstream.MoveRequest{Start: to, Comment: v.Comment})
		return err
	})
}

// Pressed says whether the button of a form with this nonce was pressed before.
func (d *Desk) Pressed(ctx context.Context, nonce string) (bool, error) {
	return d.changes.Has(ctx, AttemptID(nonce))
}

func (d *Desk) newChange(kind, nonce string, v *Visit) Change {
	return Change{
		Entry: ledger.Entry{ID: AttemptID(nonce)}, Kind: kind, Company: v.Company, Record: v.ID,
		Holder: holder(v.key.Hash), From: v.Start,
	}
}

// change carries a change out, from writing it down to its end.
func (d *Desk) change(ctx context.Context, c Change, lang string, v *Visit, permit Permit, send func(context.Context, *upstream.Client) error) (Change, error) {
	// A customer who goes away does not stop a change that has begun.
	ctx = store.Proven(budget.WithPriority(context.WithoutCancel(ctx), budget.P0)) // the customer has shown a right to the visit
	c, first, err := d.changes.Begin(ctx, c)
	if err != nil {
		return Change{}, err
	}
	if !first {
		return d.changes.Await(ctx, c.ID)
	}
	if !permit.OK {
		return d.endChange(ctx, c, StateRefused, Refusal{Reason: ReasonForbidden}), nil
	}
	if mine, err := d.turn(ctx, c, v); err != nil {
		// This call sends nothing. Whether another call is changing the visit the store does not say.
		d.endChange(ctx, c, StateRefused, Refusal{Reason: ReasonNotSent})
		return Change{}, fmt.Errorf("change: turn: %w", err)
	} else if !mine {
		return d.endChange(ctx, c, StateRefused, Refusal{Reason: ReasonDuplicate}), nil
	}
	sent, yes := d.changes.Send(ctx, c)
	if !yes {
		return d.changes.Await(ctx, c.ID)
	}
	err = send(ctx, d.client.In(lang).As(v.key.UserToken))
	d.changed(c.Company)
	state, refusal := StateDone, Refusal{}
	switch {
	case err == nil:
	case outcome(err) == upstream.OutcomeUnknown:
		state = StateUnknown
	default:
		state, refusal = StateRefused, refusalOf(err, v.Comment)
	}
	after := d.endChange(ctx, sent, state, refusal)
	if after.State == StateUnknown || after.State == StateRefused && after.Refusal.Reason == ReasonGone {
		// Most changes without an answer are settled by reading the record at once.
		look, cancel := context.WithTimeout(ctx, lookFor)
		defer cancel()
		now, err := d.read(look, lang, v.key)
		switch {
		case err == nil:
			after = d.settleChange(ctx, after, after.shownBy(visitOf(now, v.Start.Location())))
		case errors.Is(err, errGone):
			after = d.settleChange(ctx, after, ShownGone)
		}
	}
	return after, nil
}

// lookFor bounds that reading, because the customer waits. The visit's page reads the record again later.
const lookFor = 3 * time.Second

// turn makes a change the only one under way at its visit; mine says whether it did. While the outcome of another change
// is not known, a second one could contradict it.
func (d *Desk) turn(ctx context.Context, c Change, v *Visit) (mine bool, err error) {
	key, keep := turnKey(c.Company, c.Record), c.keepFor(d.now())
	other, stored, err := d.store.PutIfAbsent(ctx, key, []byte(c.ID), keep)
	if err != nil || stored {
		return stored, err
	}
	last, err := d.changes.Read(ctx, string(other))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if err == nil {
		if last = d.settleChange(ctx, last, last.shownBy(v)); last.Open() || last.Cancels() && last.State == StateDone && (v.Status == StatusCancelled || d.now().Sub(last.Sent) < finishedAfter) {
			return false, nil
		}
	}
	return d.store.Swap(ctx, key, other, []byte(c.ID), keep)
}

// LookIntoChange is the last change that was made here to a visit; the zero Change says that there was none. When the
// change's outcome is not known, the visit may show it, and then it is written down.
func (d *Desk) LookIntoChange(ctx context.Context, v *Visit) (Change, error) {
	c, err := d.lastChange(ctx, v.Company, v.ID)
	if errors.Is(err, store.ErrNotFound) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	return d.settleChange(ctx, c, c.shownBy(v)), nil
}

// After is the visit as it is shown after the last change that was made here. A visit that was moved here and stands at
// its new time is StatusMoved, which the upstream does not know.
func (v *Visit) After(c Change) *Visit {
	if c.Kind != KindMove || c.State != StateDone || v.Status != StatusBooked || !v.Start.Equal(c.To) {
		return v
	}
	moved := *v
	moved.Status, moved.MovedFrom = StatusMoved, c.From.In(v.Start.Location())
	return &moved
}

func (d *Desk) lastChange(ctx context.Context, company, record int) (Change, error) {
	id, err := d.store.Get(ctx, turnKey(company, record))
	if err != nil {
		return Change{}, err
	}
	return d.changes.Read(ctx, string(id))
}

// shownBy is what a visit shows of the change.
func (c Change) shownBy(v *Visit) ChangeSight {
	if c.Cancels() && v.Status == StatusCancelled || c.Kind == KindMove && v.Start.Equal(c.To) && v.Status != StatusCancelled {
		return ShownDone
	}
	return ShownNot
}

// settleChange ends a change whose outcome is not known, by what the visit shows now. judgeChange has the rules. It also
// puts a change right that seemed to have come to nothing, when the visit shows it later.
func (d *Desk) settleChange(ctx context.Context, c Change, shown ChangeSight) Change {
	var age time.Duration // zero for a change that was never sent, so that no visit can show it
	if !c.Sent.IsZero() {
		age = d.now().Sub(c.Sent)
	}
	state, reason := judgeChange(c.Kind, c.State, c.Refusal.Reason, shown, age)
	if state == c.State && reason == c.Refusal.Reason {
		return c
	}
	c.Refusal = Refusal{Reason: reason}
	c, written, err := d.changes.Amend(ctx, c, state)
	if err != nil || !written {
		d.log.Warn("visit change looked into, not written down", "change", inLog(c.ID), "state", c.State, "error", err)
	}
	d.log.Info("visit change looked into", "id", requestOf(ctx), "change", inLog(c.ID), "kind", c.Kind, "company", c.Company, "record", c.Record, "state", c.State)
	return c
}

// cancelledHere is a visit that was cancelled here, read from the change, for a customer who has the hash with which it
// was cancelled. It serves when the upstream has forgotten the record; gone says that the upstream says so, which also
// settles a cancel without an answer. Errors: ErrNoRecord.
func (d *Desk) cancelledHere(ctx context.Context, key Key, zone *time.Location, gone bool) (*Visit, error) {
	c, err := d.lastChange(ctx, key.Company, key.Record)
	same := subtle.ConstantTimeCompare([]byte(c.Holder), []byte(holder(key.Hash))) == 1
	if err != nil || !same || key.Hash == "" || !c.Cancels() || c.Was == nil {
		return nil, ErrNoRecord
	}
	if gone {
		c = d.settleChange(ctx, c, ShownGone)
	}
	if c.State != StateDone {
		return nil, ErrNoRecord
	}
	was := *c.Was
	was.Start, was.Status, was.Changed, was.key = was.Start.In(zone), StatusCancelled, c.Sent, key
	return &was, nil
}

// endChange writes down how a change has ended.
func (d *Desk) endChange(ctx context.Context, c Change, state State, refusal Refusal) Change {
	c.Refusal = refusal
	c, err := d.changes.End(ctx, c, state)
	d.log.Info("visit change", "id", requestOf(ctx), "change", inLog(c.ID), "kind", c.Kind, "company", c.Company, "record", c.Record, "state", c.State, "reason", c.Refusal.Reason)
	if err != nil {
		d.log.Error("visit change not written down", "change", inLog(c.ID), "state", c.State, "error", err)
	}
	return c
}

// longestKept bounds how long something is kept until a visit is over. No salon takes bookings further ahead.
const longestKept = 400 * 24 * time.Hour

// keepFor is how long the store keeps a change: until the visit is over, because the visit's page tells of it, and at
// least as long as an attempt.
func (c Change) keepFor(now time.Time) time.Duration {
	last := c.From
	if c.To.After(last) {
		last = c.To
	}
	return min(max(attemptKeptFor, last.Add(24*time.Hour).Sub(now)), longestKept)
}

func turnKey(company, record int) string {
	return "turn/" + strconv.Itoa(company) + "/" + strconv.Itoa(record)
}

// holder is a digest of a record's hash. It tells whether two customers have the same link to a visit.
func holder(hash string) string {
	if hash == "" {
		return ""
	}
	return digest("holder", hash)
}
