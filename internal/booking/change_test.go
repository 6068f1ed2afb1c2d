package booking

import (
	"context"
	"errors"
	"testing"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/store"
)

// booked is a visit that stands, opened by its hash.
func (r *rig) booked(ctx context.Context, t *testing.T, o Order) *Visit {
	t.Helper()
	a, err := r.desk.Confirm(ctx, "first", o)
	if err != nil || a.State != StateBooked {
		t.Fatalf("Confirm = %+v, %v", a, err)
	}
	return r.open(ctx, t, Key{Company: a.Company, Record: a.Records[0].ID, Hash: a.Records[0].Hash})
}

func (r *rig) open(ctx context.Context, t *testing.T, key Key) *Visit {
	t.Helper()
	d, err := r.desk.Open(ctx, "en-US", key, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestProcessDiedWhileChanging leaves a change as a dead process does, at each point where it can die.
func TestProcessDiedWhileChanging(t *testing.T) {
	for name, tt := range map[string]struct {
		state State
		done  bool // the upstream has done it
		want  State
	}{
		"before it was sent":     {StateNew, false, StateRefused},
		"sent, and not done":     {StateSent, false, StateRefused},
		"sent, and done":         {StateSent, true, StateDone},
		"no answer, and done":    {StateUnknown, true, StateDone},
		"no answer, and nothing": {StateUnknown, false, StateRefused},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			r := newRig(t)
			d := r.booked(ctx, t, r.order(t, 0))
			c := r.desk.newChange(KindCancel, "dead", d)
			if c.State, c.Created = tt.state, r.clock.Now(); tt.state != StateNew {
				c.Sent = c.Created
			}
			r.keep(t, "change/"+c.ID, c)
			if err := r.store.Put(ctx, turnKey(c.Company, c.Record), []byte(c.ID), time.Hour); err != nil {
				t.Fatal(err)
			}
			if tt.done {
				if err := r.client.DeleteUserRecord(ctx, d.ID, d.key.Hash); err != nil {
					t.Fatal(err)
				}
			}
			sent := r.box.Calls()
			later := r.clock.Now().Add(finishedAfter + time.Second)
			r.now = func() time.Time { return later }
			after := r.open(ctx, t, d.key)
			got, err := r.desk.LookIntoChange(ctx, after)
			if err != nil || got.State != tt.want {
				t.Fatalf("LookIntoChange = %+v, %v, want %s", got, err, tt.want)
			}
			for _, call := range r.box.Calls()[len(sent):] {
				if call.Method != "GET" {
					t.Errorf("looking sent %s %s", call.Method, call.Path)
				}
			}
			// What did not come about can be tried again; what did is not done twice.
			again, err := r.desk.Cancel(ctx, "second", "en-US", after)
			if err != nil || (again.State == StateDone) == tt.done {
				t.Errorf("tried again: %+v, %v", again, err)
			}
		})
	}
}

// TestOneChangeAtATime: while nobody knows how a move ends, the visit is neither moved nor cancelled.
func TestOneChangeAtATime(t *testing.T) {
	ctx := context.Background()
	r := newRig(t)
	d := r.booked(ctx, t, r.order(t, 0))
	to := r.order(t, 3).Appointments[0].Start
	r.fault(t, map[string]any{"path": "book_record", "method": "PUT", "close": "before", "times": 1})
	r.fault(t, map[string]any{"path": "book_record", "method": "GET", "status": 500, "times": 2})
	moved, err := r.desk.Move(ctx, "move", "en-US", d, to)
	if err != nil || moved.State != StateUnknown {
		t.Fatalf("Move = %+v, %v", moved, err)
	}
	if c, err := r.desk.Cancel(ctx, "cancel", "en-US", d); err != nil || c.Refusal.Reason != ReasonDuplicate {
		t.Errorf("Cancel meanwhile = %+v, %v", c, err)
	}
	if n := r.box.Calls(); n[len(n)-1].Method == "DELETE" {
		t.Error("the cancel was sent")
	}
	later := r.clock.Now().Add(finishedAfter + time.Second)
	r.now = func() time.Time { return later }
	if c, err := r.desk.Cancel(ctx, "cancel again", "en-US", r.open(ctx, t, d.key)); err != nil || c.State != StateDone {
		t.Errorf("Cancel afterwards = %+v, %v", c, err)
	}
}

// TestAChangeIsWrittenDownFirst: with a store that fails nothing is sent.
func TestAChangeIsWrittenDownFirst(t *testing.T) {
	ctx := context.Background()
	r := newRig(t)
	d := r.booked(ctx, t, r.order(t, 0))
	r.restart(brokenStore{r.store})
	if c, err := r.desk.Cancel(ctx, "cancel", "en-US", d); err == nil {
		t.Errorf("Cancel = %+v, want an error", c)
	}
	if r.online() != 1 {
		t.Error("the visit was cancelled")
	}
}

type brokenStore struct{ store.Store }

func (brokenStore) PutIfAbsent(context.Context, string, []byte, time.Duration) ([]byte, bool, error) {
	return nil, false, errors.New("disk full")
}

// TestAKeyOpensItsOwn: a record opens by its own hash, at its own company, and not by somebody's token.
func TestAKeyOpensItsOwn(t *testing.T) {
	ctx := context.Background()
	r := newRig(t)
	d := r.booked(ctx, t, r.order(t, 0))
	for name, tt := range map[string]struct {
		key  Key
		want error
	}{
		"wrong hash":    {Key{Company: d.Company, Record: d.ID, Hash: "0"}, ErrNoRecord},
		"wrong company": {Key{Company: 502, Record: d.ID, Hash: d.key.Hash}, ErrNoRecord},
		"dead token":    {Key{Company: d.Company, Record: d.ID, UserToken: "dead"}, ErrSignedOut},
	} {
		if _, err := r.desk.Open(ctx, "en-US", tt.key, time.UTC); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	user, err := r.client.BookingAuth(ctx, "anna@example.com", "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.desk.Open(ctx, "en-US", Key{Company: d.Company, Record: d.ID, UserToken: user.Token}, time.UTC); !errors.Is(err, ErrNoRecord) {
		t.Errorf("another customer's token: %v", err)
	}
}

// TestAVisitIsShownAsMovedWhereItWasMovedTo, and only there; the visit that was read stays as it was read.
func TestAVisitIsShownAsMovedWhereItWasMovedTo(t *testing.T) {
	from := time.Date(2026, time.October, 20, 10, 0, 0, 0, time.UTC)
	to := from.Add(2 * time.Hour)
	moved := Change{Entry: ledger.Entry{State: StateDone}, Kind: KindMove, From: from, To: to}
	for name, tt := range map[string]struct {
		change Change
		status Status
		start  time.Time
		want   Status
	}{
		"moved":                  {moved, StatusBooked, to, StatusMoved},
		"moved on by the salon":  {moved, StatusBooked, to.Add(time.Hour), StatusBooked},
		"confirmed since":        {moved, StatusConfirmed, to, StatusConfirmed},
		"cancelled since":        {moved, StatusCancelled, to, StatusCancelled},
		"no answer yet":          {Change{Entry: ledger.Entry{State: StateUnknown}, Kind: KindMove, From: from, To: to}, StatusBooked, to, StatusBooked},
		"cancelled, not moved":   {Change{Entry: ledger.Entry{State: StateDone}, Kind: KindCancel, From: from}, StatusBooked, from, StatusBooked},
		"nothing was done to it": {Change{}, StatusBooked, from, StatusBooked},
	} {
		read := &Visit{Status: tt.status, Start: tt.start}
		got := read.After(tt.change)
		if got.Status != tt.want || read.Status != tt.status || (tt.want == StatusMoved) != got.MovedFrom.Equal(from) {
			t.Errorf("%s: %+v of %+v, want %s", name, got, read, tt.want)
		}
	}
}
