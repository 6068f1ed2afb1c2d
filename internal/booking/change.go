package booking

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"okoshko/internal/store"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// StateDone is how a change of a visit ends well. Its other states are those of an attempt, and so is
// its promise: "sent" is on disk before the request leaves, and what may have arrived is never sent
// again but looked into.
const StateDone State = "done"

// What can be done to a visit that stands.
const (
	changeCancel = "cancel"
	changeMove   = "move"
)

// Change is one press of the button that cancels or moves a visit, kept under the nonce of its form.
// It holds no personal data.
type Change struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	State   State     `json:"state"`
	Company int       `json:"company"`
	Record  int       `json:"record"`
	Holder  string    `json:"holder,omitempty"` // digest of the record's hash that opened it
	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"` // of a move
	Refusal Refusal   `json:"refusal,omitzero"`
	Was     *Details  `json:"was,omitempty"` // of a cancel: the visit as it was, without its comment
	Created time.Time `json:"created"`
	Sent    time.Time `json:"sent,omitzero"`
}

// Open says whether it is not known yet how the change ends.
func (c Change) Open() bool {
	return c.State == StateNew || c.State == StateSent || c.State == StateUnknown
}

// Cancels says whether the change is a cancel.
func (c Change) Cancels() bool { return c.Kind == changeCancel }

func (c Change) moves() bool { return c.Kind == changeMove && c.State == StateDone }

// Cancel cancels a visit once for the nonce of a form. Further presses get the first one's outcome.
// The error is set only when nothing was sent by this call and the store does not tell whether it was by another.
func (d *Desk) Cancel(ctx context.Context, nonce, lang string, r *Details) (Change, error) {
	was := *r
	was.Comment = ""
	c := d.newChange(changeCancel, nonce, r)
	c.Was = &was
	return d.change(ctx, c, lang, r, r.MayCancel(d.now()), func(ctx context.Context, client *upstream.Client) error {
		return client.DeleteUserRecord(ctx, r.ID, r.key.Hash)
	})
}

// Move moves a visit to another time once for the nonce of a form. The upstream's call moves the visit
// itself, so the customer has it all the time, here or there.
func (d *Desk) Move(ctx context.Context, nonce, lang string, r *Details, to time.Time) (Change, error) {
	c := d.newChange(changeMove, nonce, r)
	c.To = to
	return d.change(ctx, c, lang, r, r.MayMove(d.now()), func(ctx context.Context, client *upstream.Client) error {
		_, err := client.Move(ctx, r.Company, r.ID, upstream.MoveRequest{Start: to, Comment: r.Comment})
		return err
	})
}

// Pressed says whether the form of a nonce has changed a visit already, or has tried to.
func (d *Desk) Pressed(ctx context.Context, nonce string) (bool, error) {
	_, err := d.store.Get(ctx, changeKey(AttemptID(nonce)))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (d *Desk) newChange(kind, nonce string, r *Details) Change {
	return Change{
		ID: AttemptID(nonce), Kind: kind, State: StateNew, Company: r.Company, Record: r.ID,
		Holder: holder(r.key.Hash), From: r.Start, Created: d.now(),
	}
}

// change takes a change from its first press to its end.
func (d *Desk) change(ctx context.Context, c Change, lang string, r *Details, permit Permit, send func(context.Context, *upstream.Client) error) (Change, error) {
	// From here on the customer's going away must not stop what has begun.
	ctx = store.Proven(budget.WithPriority(context.WithoutCancel(ctx), budget.P0)) // of whoever may see the visit
	keep := keepChange(c, d.now())
	_, stored, err := d.store.PutIfAbsent(ctx, changeKey(c.ID), encodeChange(c), keep)
	if err != nil {
		return Change{}, fmt.Errorf("change: note: %w", err)
	}
	if !stored {
		return d.awaitChange(ctx, c.ID)
	}
	if !permit.OK {
		return d.refuseChange(ctx, c, Refusal{Reason: ReasonForbidden}), nil
	}
	if mine, err := d.turn(ctx, c, r, keep); err != nil {
		// This press is not sent; whether another one is under way the store does not say.
		d.refuseChange(ctx, c, Refusal{Reason: ReasonNotSent})
		return Change{}, fmt.Errorf("change: turn: %w", err)
	} else if !mine {
		return d.refuseChange(ctx, c, Refusal{Reason: ReasonDuplicate}), nil
	}
	sent := c
	sent.State, sent.Sent = StateSent, d.now()
	if swapped, err := d.store.Swap(ctx, changeKey(c.ID), encodeChange(c), encodeChange(sent), keep); err != nil || !swapped {
		// Either the store is gone or a reader has given this change up as dead: do not send.
		return d.awaitChange(ctx, c.ID)
	}
	err = send(ctx, d.client.In(lang).As(r.key.UserToken))
	d.changed(c.Company)
	after := sent
	switch {
	case err == nil:
		after.State = StateDone
	case outcome(err) == upstream.OutcomeUnknown:
		after.State = StateUnknown
	default:
		after.State, after.Refusal = StateRefused, refusalOf(err, r.Comment)
	}
	after = d.keepEnd(ctx, after)
	if after.State == StateUnknown || after.State == StateRefused && after.Refusal.Reason == ReasonGone {
		// One look settles most of them: the record says how it stands.
		look, cancel := context.WithTimeout(ctx, lookFor)
		defer cancel()
		now, err := d.read(look, lang, r.key)
		switch {
		case err == nil:
			after = d.settleChange(ctx, after, after.shownBy(detailsOf(now, r.Start.Location())))
		case errors.Is(err, errGone):
			after = d.settleChange(ctx, after, ShownGone)
		}
	}
	return after, nil
}

// lookFor bounds the look at a record right after a change without an answer: the customer waits, and
// the visit's page looks again by itself.
const lookFor = 3 * time.Second

// turn makes a change the only one under way at its record. It is not its turn while another one's end
// is not known, for two answers to one visit could contradict each other.
func (d *Desk) turn(ctx context.Context, c Change, r *Details, keep time.Duration) (mine bool, err error) {
	key := turnKey(c.Company, c.Record)
	other, stored, err := d.store.PutIfAbsent(ctx, key, []byte(c.ID), keep)
	if err != nil || stored {
		return stored, err
	}
	last, err := d.readChange(ctx, string(other))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if err == nil {
		if last = d.settleChange(ctx, last, last.shownBy(r)); last.Open() || last.Cancels() && last.State == StateDone && (r.Status == StatusCancelled || d.now().Sub(last.Sent) < finishedAfter) {
			return false, nil
		}
	}
	return d.store.Swap(ctx, key, other, []byte(c.ID), keep)
}

// LastChange is the last change made here to a visit, as far as the visit itself shows how it ended;
// the zero Change when there was none. A visit that was moved here and waits where it was moved to gets
// the status that says so.
func (d *Desk) LastChange(ctx context.Context, r *Details) (Change, error) {
	c, err := d.lastChange(ctx, r.Company, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	c = d.settleChange(ctx, c, c.shownBy(r))
	if c.moves() && r.Status == StatusBooked && r.Start.Equal(c.To) {
		r.Status, r.MovedFrom = StatusMoved, c.From.In(r.Start.Location())
	}
	return c, nil
}

func (d *Desk) lastChange(ctx context.Context, company, record int) (Change, error) {
	id, err := d.store.Get(ctx, turnKey(company, record))
	if err != nil {
		return Change{}, err
	}
	return d.readChange(ctx, string(id))
}

// shownBy is what a visit says of the change.
func (c Change) shownBy(r *Details) ChangeSight {
	if c.Cancels() && r.Status == StatusCancelled || c.Kind == changeMove && r.Start.Equal(c.To) && r.Status != StatusCancelled {
		return ShownDone
	}
	return ShownNot
}

// settleChange ends a change whose outcome is not known by what the visit says of it now; judgeChange has the rules. One
// that seemed to have come to nothing is put right when the visit shows it after all.
func (d *Desk) settleChange(ctx context.Context, c Change, shown ChangeSight) Change {
	var age time.Duration // zero for what was never sent, which nothing can show
	if !c.Sent.IsZero() {
		age = d.now().Sub(c.Sent)
	}
	state, reason := judgeChange(c.Kind, c.State, c.Refusal.Reason, shown, age)
	if state == c.State && reason == c.Refusal.Reason {
		return c
	}
	before := encodeChange(c)
	c.State, c.Refusal = state, Refusal{Reason: reason}
	if swapped, err := d.store.Swap(store.Proven(ctx), changeKey(c.ID), before, encodeChange(c), keepChange(c, d.now())); err != nil || !swapped {
		d.log.Warn("visit change looked into, not written down", "change", inLog(c.ID), "state", c.State, "error", err)
	}
	d.log.Info("visit change looked into", "change", inLog(c.ID), "kind", c.Kind, "company", c.Company, "state", c.State)
	return c
}

// cancelledHere is a visit that was cancelled here, for whoever holds the hash that cancelled it, or ErrNoRecord. A
// cancel without an answer is settled by an upstream that no longer has the visit (gone).
func (d *Desk) cancelledHere(ctx context.Context, key Key, zone *time.Location, gone bool) (*Details, error) {
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

// refuseChange ends a change that was not sent.
func (d *Desk) refuseChange(ctx context.Context, c Change, r Refusal) Change {
	c.State, c.Refusal = StateRefused, r
	return d.keepEnd(ctx, c)
}

// keepEnd writes a change's end over whatever stands there. Should the store fail, the customer who
// waits is told the truth all the same, and the stored "sent" will later read as unknown.
func (d *Desk) keepEnd(ctx context.Context, c Change) Change {
	d.log.Info("visit change", "change", inLog(c.ID), "kind", c.Kind, "company", c.Company, "state", c.State, "reason", c.Refusal.Reason)
	if err := d.store.Put(ctx, changeKey(c.ID), encodeChange(c), keepChange(c, d.now())); err != nil {
		d.log.Error("visit change not written down", "change", inLog(c.ID), "state", c.State, "error", err)
	}
	return c
}

// readChange reads a change. One whose process died reads as refused when nothing was sent and as
// unknown otherwise, and that is written down before it is believed.
func (d *Desk) readChange(ctx context.Context, id string) (Change, error) {
	for {
		raw, err := d.store.Get(ctx, changeKey(id))
		if err != nil {
			return Change{}, err
		}
		var c Change
		if err := json.Unmarshal(raw, &c); err != nil {
			return Change{}, fmt.Errorf("change: read: %w", err)
		}
		switch now := d.now(); {
		case c.State == StateNew && now.Sub(c.Created) > newFor:
			c.State, c.Refusal = StateRefused, Refusal{Reason: ReasonNotSent}
		case c.State == StateSent && now.Sub(c.Sent) > sentFor:
			c.State = StateUnknown
		default:
			return c, nil
		}
		if swapped, err := d.store.Swap(store.Proven(ctx), changeKey(id), raw, encodeChange(c), keepChange(c, d.now())); err != nil {
			return Change{}, err
		} else if swapped {
			return c, nil
		}
	}
}

// awaitChange waits until a change under way has come to an end.
func (d *Desk) awaitChange(ctx context.Context, id string) (Change, error) {
	ctx, cancel := context.WithTimeout(ctx, awaitFor)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := d.readChange(context.WithoutCancel(ctx), id)
		if err != nil || c.State != StateNew && c.State != StateSent {
			return c, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return c, nil
		}
	}
}

// longestKept bounds what is kept until a visit is over: no salon opens its books further ahead.
const longestKept = 400 * 24 * time.Hour

// keepChange is how long a change is kept: until its visit is over, so that its page can tell of it,
// and as long as an attempt at least.
func keepChange(c Change, now time.Time) time.Duration {
	last := c.From
	if c.To.After(last) {
		last = c.To
	}
	return min(max(attemptKeptFor, last.Add(24*time.Hour).Sub(now)), longestKept)
}

func changeKey(id string) string { return "change/" + id }

func turnKey(company, record int) string {
	return "turn/" + strconv.Itoa(company) + "/" + strconv.Itoa(record)
}

// holder names whoever holds a record's hash without telling it.
func holder(hash string) string {
	if hash == "" {
		return ""
	}
	return digest("holder", hash)
}

// encodeChange cannot fail: a Change holds nothing that JSON cannot.
func encodeChange(c Change) []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return b
}
