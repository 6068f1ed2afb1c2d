package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// press is what the tests keep.
type press struct {
	Entry
	Note string `json:"note,omitempty"`
}

// rig is a ledger over a store whose clock stands until the test moves it.
type rig struct {
	*Ledger[press, *press]
	store  store.Store
	clock  *testclock.Clock
	counts []State
}

func newRig(over func(store.Store) store.Store) *rig {
	clock := testclock.Standing()
	r := &rig{clock: clock, store: store.NewMemory(clock.Now)}
	r.restart(over(r.store))
	return r
}

// restart puts another ledger in the place of the rig's, as a new process would.
func (r *rig) restart(s store.Store) {
	r.Ledger = New(Kind[press]{
		Name: "press", Prefix: "press/",
		KeepFor:  func(press, time.Time) time.Duration { return 100 * time.Hour },
		Unproven: func(x press) bool { return x.Sent.IsZero() },
		NotSent:  func(x *press) { x.Note = "not sent" },
		Count:    func(x press) { r.counts = append(r.counts, x.State) },
	}, s, r.clock.Now)
}

func plain(s store.Store) store.Store { return s }

// at takes a new entry to a state.
func (r *rig) at(t *testing.T, state State) press {
	t.Helper()
	x, first, err := r.Begin(t.Context(), press{Entry: Entry{ID: "a"}})
	if err != nil || !first {
		t.Fatalf("Begin = %+v, %v, %v", x, first, err)
	}
	if state == StateNew {
		return x
	}
	sent, yes := r.Send(t.Context(), x)
	if !yes {
		t.Fatal("Send = no")
	}
	if state == StateSent {
		return sent
	}
	end, err := r.End(t.Context(), sent, state)
	if err != nil {
		t.Fatal(err)
	}
	return end
}

var states = []State{StateNew, StateSent, StateBooked, StateDone, StateRefused, StateUnknown}

// TestWays goes every way between two states. A way that is not in the list is refused, and leaves the store as it is.
func TestWays(t *testing.T) {
	ways := []string{
		"new → sent", "new → refused",
		"sent → booked", "sent → done", "sent → refused", "sent → unknown",
		"unknown → booked", "unknown → done", "unknown → refused", "unknown → unknown",
		"refused → done",
	}
	for _, from := range states {
		for _, to := range states {
			want := slices.Contains(ways, fmt.Sprintf("%s → %s", from, to))
			r := newRig(plain)
			x := r.at(t, from)
			got := func() (went bool) {
				defer func() { _ = recover() }()
				if to == StateSent {
					_, went = r.Send(t.Context(), x)
					return went
				}
				_, went, err := r.Amend(t.Context(), x, to)
				return err == nil && went
			}()
			stands, err := r.Read(t.Context(), "a")
			if err != nil || got != want || (stands.State == to) != (want || from == to) {
				t.Errorf("%s → %s: went %v, want %v; then it is %s, %v", from, to, got, want, stands.State, err)
			}
		}
	}
}

// TestOverdue reads an entry whose process has ended.
func TestOverdue(t *testing.T) {
	for _, tt := range []struct {
		state State
		after time.Duration
		want  State
		note  string
	}{
		{StateNew, newFor, StateNew, ""},
		{StateNew, newFor + time.Second, StateRefused, "not sent"},
		{StateSent, sentFor, StateSent, ""},
		{StateSent, sentFor + time.Second, StateUnknown, ""},
		{StateUnknown, 50 * time.Hour, StateUnknown, ""},
		{StateBooked, 50 * time.Hour, StateBooked, ""},
		{StateRefused, 50 * time.Hour, StateRefused, ""},
	} {
		r := newRig(plain)
		r.at(t, tt.state)
		r.counts = nil
		r.restart(r.store)
		r.clock.Add(tt.after)
		x, err := r.Read(t.Context(), "a")
		if err != nil || x.State != tt.want || x.Note != tt.note {
			t.Errorf("%s after %v reads as %+v, %v; want %s, %q", tt.state, tt.after, x, err, tt.want, tt.note)
		}
		if counted := len(r.counts) == 1; counted != (tt.state != tt.want) {
			t.Errorf("%s after %v is counted as %v", tt.state, tt.after, r.counts)
		}
	}
}

// TestOneOfManySends: of many presses at the same time, in two processes, one sends.
func TestOneOfManySends(t *testing.T) {
	r := newRig(plain)
	other := New(r.kind, r.store, r.clock.Now)
	var mu sync.Mutex
	var wg sync.WaitGroup
	sends := 0
	for i := range 40 {
		l := r.Ledger
		if i%2 == 0 {
			l = other
		}
		wg.Go(func() {
			x, first, err := l.Begin(t.Context(), press{Entry: Entry{ID: "a"}})
			if err != nil {
				t.Error(err)
			}
			if !first {
				return
			}
			if _, yes := l.Send(t.Context(), x); yes {
				mu.Lock()
				sends++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if sends != 1 {
		t.Errorf("%d of 40 presses were sent", sends)
	}
}

// TestWhatAReaderGaveUpIsNotSent: an entry that is new for too long is refused for whoever reads it, so its process,
// which is alive after all, must not send it.
func TestWhatAReaderGaveUpIsNotSent(t *testing.T) {
	r := newRig(plain)
	x := r.at(t, StateNew)
	r.clock.Add(newFor + time.Second)
	if read, err := r.Read(t.Context(), "a"); err != nil || read.State != StateRefused {
		t.Fatalf("Read = %+v, %v", read, err)
	}
	if _, yes := r.Send(t.Context(), x); yes {
		t.Error("it was sent")
	}
}

// TestALateAnswerCounts: a reader found the entry unknown while its process was waiting for the answer, which then came.
func TestALateAnswerCounts(t *testing.T) {
	r := newRig(plain)
	sent := r.at(t, StateSent)
	r.clock.Add(sentFor + time.Second)
	if read, err := r.Read(t.Context(), "a"); err != nil || read.State != StateUnknown || len(r.Unknown()) != 1 {
		t.Fatalf("Read = %+v, %v", read, err)
	}
	if _, err := r.End(t.Context(), sent, StateBooked); err != nil {
		t.Fatal(err)
	}
	if read, err := r.Read(t.Context(), "a"); err != nil || read.State != StateBooked || len(r.Unknown()) != 0 {
		t.Errorf("Read = %+v, %v", read, err)
	}
	if want := []State{StateUnknown, StateBooked}; !slices.Equal(r.counts, want) {
		t.Errorf("counted %v, want %v", r.counts, want)
	}
}

// TestAnEntryThatHasChangedIsNotAmended: of two who have looked, the first one writes.
func TestAnEntryThatHasChangedIsNotAmended(t *testing.T) {
	r := newRig(plain)
	x := r.at(t, StateUnknown)
	if _, written, err := r.Amend(t.Context(), x, StateBooked); err != nil || !written {
		t.Fatalf("Amend = %v, %v", written, err)
	}
	if _, written, err := r.Amend(t.Context(), x, StateRefused); err != nil || written {
		t.Errorf("Amend of what has changed = %v, %v", written, err)
	}
	if read, err := r.Read(t.Context(), "a"); err != nil || read.State != StateBooked {
		t.Errorf("Read = %+v, %v", read, err)
	}
}

// TestAwait waits for whoever is at work on an entry.
func TestAwait(t *testing.T) {
	r := newRig(plain)
	sent := r.at(t, StateSent)
	go func() { _, _ = r.End(context.WithoutCancel(t.Context()), sent, StateDone) }()
	if x, err := r.Await(t.Context(), "a"); err != nil || x.State != StateDone {
		t.Errorf("Await = %+v, %v", x, err)
	}
	short, cancel := context.WithCancel(t.Context())
	cancel()
	other, _, err := r.Begin(t.Context(), press{Entry: Entry{ID: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if x, err := r.Await(short, other.ID); err != nil || x.State != StateNew {
		t.Errorf("Await of somebody who goes away = %+v, %v", x, err)
	}
}

// failing is a store in which nothing is written over what stands there.
type failing struct {
	store.Store
	err error
}

func (f failing) Put(context.Context, string, []byte, time.Duration) error { return f.err }

// TestAnEndThatIsNotWritten: the customer who waits hears the truth, and everybody else that it is not known.
func TestAnEndThatIsNotWritten(t *testing.T) {
	broken := errors.New("disk full")
	r := newRig(func(s store.Store) store.Store { return failing{s, broken} })
	x, err := r.End(t.Context(), r.at(t, StateSent), StateBooked)
	if !errors.Is(err, broken) || x.State != StateBooked || !x.Unwritten {
		t.Errorf("End = %+v, %v", x, err)
	}
	r.clock.Add(sentFor + time.Second)
	if read, err := r.Read(t.Context(), "a"); err != nil || read.State != StateUnknown || read.Unwritten {
		t.Errorf("Read = %+v, %v", read, err)
	}
}

// TestAnEndHasRoom: where visitors have no more room, the end of an entry is written all the same.
func TestAnEndHasRoom(t *testing.T) {
	clock := testclock.Standing()
	bounded := store.NewBounded(store.NewMemory(clock.Now), store.BoundedOptions{Address: store.Bound{Bytes: 400}, Now: clock.Now})
	r := &rig{clock: clock, store: bounded}
	r.restart(bounded)
	ctx := store.Of(t.Context(), store.Visitor{Address: "192.0.2.1", Network: "192.0.2.0/24"})
	x, _, err := r.Begin(ctx, press{Entry: Entry{ID: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	x.Note = strings.Repeat("long ", 100)
	if err := bounded.Put(ctx, "press/a", []byte(x.Note), time.Hour); !errors.Is(err, store.ErrFull) {
		t.Fatalf("a visitor writes as much: %v", err)
	}
	if x, err = r.End(ctx, x, StateRefused); err != nil || x.Unwritten {
		t.Errorf("End = %+v, %v", x, err)
	}
}

// TestUnknownIsBounded keeps an operator's list short, in order, and without what is long ago.
func TestUnknownIsBounded(t *testing.T) {
	r := newRig(plain)
	for i := range maxUnknowns + 5 {
		x, _, err := r.Begin(t.Context(), press{Entry: Entry{ID: strconv.Itoa(i)}})
		if err != nil {
			t.Fatal(err)
		}
		sent, yes := r.Send(t.Context(), x)
		if !yes {
			t.Fatal("not sent")
		}
		if _, err = r.End(t.Context(), sent, StateUnknown); err != nil {
			t.Fatal(err)
		}
		r.clock.Add(time.Second)
	}
	list := r.Unknown()
	if len(list) != maxUnknowns || list[0].ID != strconv.Itoa(maxUnknowns-1) || list[maxUnknowns-1].ID != "0" {
		t.Errorf("%d entries, from %s to %s", len(list), list[0].ID, list[len(list)-1].ID)
	}
	r.clock.Add(unknownFor)
	if list = r.Unknown(); len(list) != 0 {
		t.Errorf("after three days there are %d", len(list))
	}
}

// TestAnEntryIsOneFlatObject, as it was before there was a ledger, and nothing of the ledger's own stands in it.
func TestAnEntryIsOneFlatObject(t *testing.T) {
	r := newRig(plain)
	x := r.at(t, StateSent)
	x.Note = "n"
	if _, err := r.End(t.Context(), x, StateDone); err != nil {
		t.Fatal(err)
	}
	raw, err := r.store.Get(t.Context(), "press/a")
	if err != nil {
		t.Fatal(err)
	}
	at, err := json.Marshal(r.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Appendf(nil, `{"id":"a","state":"done","created":%s,"sent":%s,"ended":%s,"note":"n"}`, at, at, at); !bytes.Equal(raw, want) {
		t.Errorf("stored %s, want %s", raw, want)
	}
	if has, err := r.Has(t.Context(), "a"); err != nil || !has {
		t.Errorf("Has = %v, %v", has, err)
	}
	if has, err := r.Has(t.Context(), "b"); err != nil || has {
		t.Errorf("Has of none = %v, %v", has, err)
	}
	if _, err := r.Read(t.Context(), "b"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Read of none: %v", err)
	}
}

// TestRecallFindsWhatAProcessLeftOpen: after a crash the next process tells of what was sent, and knows that what was not sent is refused.
func TestRecallFindsWhatAProcessLeftOpen(t *testing.T) {
	r := newRig(plain)
	for _, state := range []State{StateNew, StateSent, StateUnknown, StateBooked, StateRefused} {
		x, _, err := r.Begin(t.Context(), press{Entry: Entry{ID: string(state)}})
		if err != nil {
			t.Fatal(err)
		}
		if state == StateNew {
			continue
		}
		x, _ = r.Send(t.Context(), x)
		if state != StateSent {
			if _, err := r.End(t.Context(), x, state); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.clock.Add(time.Minute)
	r.restart(r.store)
	if got := r.Unknown(); len(got) != 0 {
		t.Fatalf("a process that begins knows of %v", got)
	}
	open, err := r.Recall(t.Context())
	if err != nil || open != 2 {
		t.Errorf("Recall = %d, %v, want 2", open, err)
	}
	ids := map[string]bool{}
	for _, x := range r.Unknown() {
		ids[x.ID] = true
	}
	if len(ids) != 2 || !ids["sent"] || !ids["unknown"] {
		t.Errorf("Unknown = %v, want what was sent and what was unknown", ids)
	}
	if x, err := r.Read(t.Context(), "new"); err != nil || x.State != StateRefused || x.Note != "not sent" {
		t.Errorf("what was not sent is %+v, %v", x, err)
	}
}

// TestEachShowsWhatReadWouldAndWritesNothing: somebody looks at the store of a program that runs.
func TestEachShowsWhatReadWouldAndWritesNothing(t *testing.T) {
	r := newRig(plain)
	before := map[State]string{}
	var ended time.Time
	for _, state := range states {
		x, _, err := r.Begin(t.Context(), press{Entry: Entry{ID: string(state)}})
		if err != nil {
			t.Fatal(err)
		}
		if state != StateNew {
			x, _ = r.Send(t.Context(), x)
		}
		if r.clock.Add(time.Second); state.Ended() {
			ended = r.clock.Now()
			if x, err = r.End(t.Context(), x, state); err != nil || !x.Ended.Equal(ended) {
				t.Errorf("%s ended at %v, want %v; %v", state, x.Ended, ended, err)
			}
		}
		raw, err := r.store.Get(t.Context(), "press/"+string(state))
		if err != nil {
			t.Fatal(err)
		}
		before[state] = string(raw)
	}
	if err := r.store.Put(t.Context(), "press/broken", []byte("{"), time.Hour); err != nil {
		t.Fatal(err)
	}
	r.clock.Add(time.Minute)
	seen := map[string]press{}
	if err := r.Each(t.Context(), func(x press) { seen[x.ID] = x }); err == nil || !strings.Contains(err.Error(), "press: read") || len(seen) != len(states) {
		t.Errorf("Each shows %d entries, %v; want %d and an error for one that is broken", len(seen), err, len(states))
	}
	for state, raw := range before {
		if now, err := r.store.Get(t.Context(), "press/"+string(state)); err != nil || string(now) != raw {
			t.Errorf("%s was written as %s, %v", state, now, err)
		}
		read, err := r.Read(t.Context(), string(state))
		if shown := seen[string(state)]; err != nil || shown.State != read.State || shown.Note != read.Note {
			t.Errorf("%s is shown as %+v and reads as %+v, %v", state, shown, read, err)
		}
	}
	// What a later look finds out has ended then, and a look that finds nothing new changes nothing of that.
	unknown, err := r.Read(t.Context(), string(StateUnknown))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := r.Amend(t.Context(), unknown, StateUnknown)
	if err != nil || !again.Ended.Equal(unknown.Ended) {
		t.Errorf("a look without news: %v, %v; want %v", again.Ended, err, unknown.Ended)
	}
	if found, _, err := r.Amend(t.Context(), again, StateBooked); err != nil || !found.Ended.Equal(r.clock.Now()) {
		t.Errorf("found out at %v, %v; want %v", found.Ended, err, r.clock.Now())
	}
}

// TestErase removes what has ended, or was never sent and is overdue, and nothing else.
func TestErase(t *testing.T) {
	for _, state := range states {
		r := newRig(plain)
		x := r.at(t, state)
		err := r.Erase(t.Context(), x)
		left, read := r.Has(t.Context(), x.ID)
		if read != nil || left != state.Open() || state.Open() != errors.Is(err, ErrOpen) || !state.Open() && err != nil {
			t.Errorf("%s: %v, left %v, %v", state, err, left, read)
		}
		if state == StateNew {
			r.clock.Add(time.Hour)
			if err := r.Erase(t.Context(), x); err != nil {
				t.Errorf("of an entry whose process ended before it was sent: %v", err)
			}
		}
	}
}
