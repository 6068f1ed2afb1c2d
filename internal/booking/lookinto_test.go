package booking

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/sandbox"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// newStanding is a rig whose clock stands until the test moves it.
func newStanding(t *testing.T) (*rig, *testclock.Clock) {
	t.Helper()
	clock := testclock.Standing()
	return newRigOn(t, clock), clock
}

// free are the masters who are free for an order of one visit.
func (r *rig) free(t *testing.T, o Order) (ids []int) {
	t.Helper()
	staff, err := r.client.Staff(context.Background(), o.Company, upstream.StaffParams{Services: o.Appointments[0].Services})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range staff {
		if refusal, _, err := r.desk.Check(context.Background(), o.Lang, o.Company, r.by(o, m.ID).Appointments); err == nil && refusal.None() {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// by is the order with a certain master.
func (r *rig) by(o Order, master int) Order {
	o.Appointments = slices.Clone(o.Appointments)
	o.Appointments[0].Master = master
	return o
}

// with is the order with a master who is free for it.
func (r *rig) with(t *testing.T, o Order) Order {
	t.Helper()
	free := r.free(t, o)
	if len(free) == 0 {
		t.Fatal("nobody is free")
	}
	return r.by(o, free[0])
}

// shared is an order at a time at which two masters are free at least.
func (r *rig) shared(t *testing.T) Order {
	t.Helper()
	o := r.order(t, 0)
	ctx := context.Background()
	now := r.now()
	dates, err := r.client.Dates(ctx, o.Company, upstream.DatesParams{
		Services: o.Appointments[0].Services, From: now.AddDate(0, 0, 3).Format(time.DateOnly), To: now.AddDate(0, 0, 60).Format(time.DateOnly),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range dates.Booking {
		times, err := r.client.Times(ctx, o.Company, 0, day, o.Appointments[0].Services)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range times {
			o = r.by(o, 0)
			if o.Appointments[0].Start = at.Start; len(r.free(t, o)) > 1 {
				return o
			}
		}
	}
	t.Fatal("no time at which two are free")
	return Order{}
}

// lost books an order so that its answer is lost, before or after the work.
func (r *rig) lost(t *testing.T, nonce, when string, o Order) Attempt {
	t.Helper()
	path := "book_record"
	if o.GroupEvent != 0 {
		path = "/activity/"
	}
	r.fault(t, map[string]any{"path": path, "method": "POST", "close": when, "times": 1})
	a, err := r.desk.Confirm(context.Background(), nonce, o)
	if err != nil || a.State != StateUnknown {
		t.Fatalf("Confirm = %+v, %v, want unknown", a, err)
	}
	return a
}

// says looks into an attempt and is what may be said of it then.
func (r *rig) says(t *testing.T, id string, who Viewer) Saying {
	t.Helper()
	a, err := r.desk.LookInto(context.Background(), id, who)
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := a.Says(r.now(), who.Token != "")
	return whole
}

const ownPhone = "79001112233"

func (r *rig) signIn(t *testing.T) Viewer {
	t.Helper()
	user, err := r.client.BookingAuth(context.Background(), ownPhone, "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	return Viewer{Token: user.Token, Phone: ownPhone}
}

// TestWhatALookSays loses the answer before and after the work, and looks at three moments.
func TestWhatALookSays(t *testing.T) {
	type moment struct {
		after time.Duration
		want  Saying
	}
	for _, tt := range []struct {
		name   string
		master bool
		signed bool
		close  string
		want   []moment
	}{
		{"any master, not booked", false, false, "before", []moment{{time.Second, SayChecking}, {30 * time.Second, SayChecking}, {2 * time.Minute, SayUnsure}, {time.Hour, SayUnsure}}},
		{"any master, booked, others free", false, false, "after", []moment{{30 * time.Second, SayChecking}, {2 * time.Minute, SayUnsure}}},
		{"a master, not booked", true, false, "before", []moment{{30 * time.Second, SayChecking}, {2 * time.Minute, SayUnlikely}, {time.Hour, SayUnlikely}}},
		{"a master, booked", true, false, "after", []moment{{time.Second, SayChecking}, {30 * time.Second, SayLikely}, {time.Hour, SayLikely}}},
		{"a master, booked, looked at late", true, false, "after", []moment{{time.Hour, SayUnsure}}},
		{"signed in, not booked", false, true, "before", []moment{{30 * time.Second, SayChecking}, {2 * time.Minute, SayRefused}}},
		{"signed in, booked, others free", false, true, "after", []moment{{time.Second, SayChecking}, {30 * time.Second, SayBooked}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, clock := newStanding(t)
			o, who := r.shared(t), Viewer{}
			if tt.master {
				o = r.with(t, o)
			}
			if tt.signed {
				who = r.signIn(t)
				o.Contact.Phone = who.Phone
			}
			a := r.lost(t, "n", tt.close, o)
			sent := clock.Now()
			for _, m := range tt.want {
				clock.Set(sent.Add(m.after))
				if got := r.says(t, a.ID, who); got != m.want {
					t.Errorf("after %v: %s, want %s", m.after, got, m.want)
				}
			}
			if n := r.posts("book_record"); n != 1 {
				t.Errorf("book_record was called %d times, want 1", n)
			}
		})
	}
}

// TestSigningInLaterTells: a guest's booking is found when its customer signs in, and somebody else's list proves nothing.
func TestSigningInLaterTells(t *testing.T) {
	for _, tt := range []struct {
		close, phone string
		want         Saying
	}{{"after", ownPhone, SayBooked}, {"before", ownPhone, SayRefused}, {"before", "79161234567", SayUnsure}} {
		r, clock := newStanding(t)
		o := r.shared(t)
		o.Contact.Phone = tt.phone
		a := r.lost(t, "n", tt.close, o)
		clock.Add(2 * time.Minute)
		if got := r.says(t, a.ID, Viewer{}); got != SayUnsure {
			t.Errorf("%+v: a guest reads %s, want %s", tt, got, SayUnsure)
		}
		clock.Add(time.Minute)
		if got := r.says(t, a.ID, r.signIn(t)); got != tt.want {
			t.Errorf("%+v: after signing in: %s, want %s", tt, got, tt.want)
		}
	}
}

// TestOwnList judges lists of other shapes than the sandbox has.
func TestOwnList(t *testing.T) {
	at := time.Date(2026, time.October, 12, 10, 30, 0, 0, time.UTC)
	const company = 5
	a := Attempt{Entry: ledger.Entry{ID: AttemptID("n"), Sent: at.Add(-48 * time.Hour)}, Company: company, Appointments: []Appointment{{ID: 1, Start: at}}}
	two := a
	two.Appointments = []Appointment{{ID: 1, Start: at}, {ID: 2, Start: at.Add(3 * time.Hour)}}
	record := func(id int, start time.Time, mark string, more ...func(*upstream.Record)) upstream.Record {
		r := upstream.Record{ID: id, Company: upstream.RecordCompany{ID: company}, Start: start, Created: a.Sent.Add(-time.Hour), APIID: mark}
		for _, f := range more {
			f(&r)
		}
		return r
	}
	deleted := func(r *upstream.Record) { r.Deleted = true }
	since := func(r *upstream.Record) { r.Created = a.Sent.Add(time.Second) }
	elsewhere := func(r *upstream.Record) { r.Company.ID++ }
	local := func(r *upstream.Record) { r.Start, r.StartLocal = time.Time{}, r.Start.Format(time.DateTime) }
	many := func(from time.Time, n int) (out []upstream.Record) {
		for i := range n {
			out = append(out, record(100+i, from.Add(time.Duration(i)*24*time.Hour), ""))
		}
		return out
	}
	for _, tt := range []struct {
		name    string
		attempt Attempt
		mine    bool
		list    []upstream.Record
		want    []RecordSight
	}{
		{"nothing", a, true, nil, []RecordSight{RecordAbsent}},
		{"another customer's", a, false, nil, []RecordSight{RecordSilent}},
		{"the mark", a, false, []upstream.Record{record(1, at, a.ID)}, []RecordSight{RecordFound}},
		{"the mark, a time without a zone", a, true, []upstream.Record{record(1, at, a.ID, local)}, []RecordSight{RecordFound}},
		{"the mark, cancelled", a, true, []upstream.Record{record(1, at, a.ID, deleted)}, []RecordSight{RecordCancelled}},
		{"the mark, moved", a, true, []upstream.Record{record(1, at.Add(5*time.Hour), a.ID)}, []RecordSight{RecordFound}},
		{"the mark at another company", a, true, []upstream.Record{record(1, at, a.ID, elsewhere)}, []RecordSight{RecordAbsent}},
		{"the time without the mark", a, true, []upstream.Record{record(1, at, "")}, []RecordSight{RecordAlike}},
		{"the time, cancelled", a, true, []upstream.Record{record(1, at, "", deleted)}, []RecordSight{RecordAbsent}},
		{"made since, unmarked", a, true, []upstream.Record{record(1, at.Add(time.Hour), "", since)}, []RecordSight{RecordSilent}},
		{"made since, another attempt's", a, true, []upstream.Record{record(1, at.Add(time.Hour), AttemptID("m"), since)}, []RecordSight{RecordAbsent}},
		{"cut before the time", a, true, many(at.Add(time.Hour), shortestCut), []RecordSight{RecordSilent}},
		{"cut after the time", a, true, many(at.Add(-100*24*time.Hour), shortestCut), []RecordSight{RecordSilent}},
		{"around the time", a, true, many(at.Add(-5*24*time.Hour-time.Hour), shortestCut), []RecordSight{RecordAbsent}},
		{"one of two", two, true, []upstream.Record{record(1, at, a.ID)}, []RecordSight{RecordFound, RecordAbsent}},
		{"one of two, moved", two, true, []upstream.Record{record(1, at, a.ID), record(2, at.Add(9*time.Hour), a.ID)}, []RecordSight{RecordFound, RecordFound}},
		{"either of two, moved", two, true, []upstream.Record{record(2, at.Add(9*time.Hour), a.ID)}, []RecordSight{RecordSilent, RecordSilent}},
	} {
		got, records := recordSights(tt.attempt, tt.list, tt.mine)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for i, sight := range got {
			if named := records[i].ID != 0; named != (sight == RecordFound || sight == RecordCancelled) {
				t.Errorf("%s: visit %d is %s with the record %d", tt.name, i, sight, records[i].ID)
			}
		}
	}
}

func TestRecordsOfAnAnswer(t *testing.T) {
	visits := []Appointment{{ID: 1}, {ID: 2}}
	for _, tt := range []struct {
		name   string
		booked []upstream.Booked
		want   []int
		whole  bool
	}{
		{"all", []upstream.Booked{{ID: 2, RecordID: 20}, {ID: 1, RecordID: 10}}, []int{10, 20}, true},
		{"without ids", []upstream.Booked{{RecordID: 10}, {RecordID: 20}}, []int{10, 20}, true},
		{"one of two", []upstream.Booked{{ID: 2, RecordID: 20}}, []int{0, 20}, false},
		{"one with its id, one without", []upstream.Booked{{ID: 2, RecordID: 20}, {RecordID: 10}}, []int{0, 20}, false},
		{"one twice", []upstream.Booked{{ID: 1, RecordID: 10}, {ID: 2, RecordID: 10}}, []int{10, 0}, false},
		{"one, nobody knows whose", []upstream.Booked{{RecordID: 10}}, nil, false},
		{"too many", []upstream.Booked{{ID: 1, RecordID: 10}, {ID: 2, RecordID: 20}, {ID: 3, RecordID: 30}}, []int{10, 20}, true},
		{"none", nil, nil, false},
	} {
		records, whole := recordsOf(visits, tt.booked)
		var got []int
		for _, r := range records {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, tt.want) || whole != tt.whole {
			t.Errorf("%s: %v, whole %v; want %v, %v", tt.name, got, whole, tt.want, tt.whole)
		}
	}
}

// TestPartOfAnOrder answers an order of two with the record of one: that one is booked, and the other is looked for.
func TestPartOfAnOrder(t *testing.T) {
	r, clock := newStanding(t)
	o := r.with(t, r.order(t, 0))
	second := r.with(t, r.order(t, 5)).Appointments[0]
	second.ID = 2
	o.Appointments = append(o.Appointments, second)
	r.fault(t, map[string]any{
		"path": "book_record", "method": "POST", "times": 1, "status": 201,
		"body": `{"success":true,"data":[{"id":1,"record_id":77,"record_hash":"aa"},{"id":2,"record_id":0,"record_hash":""}],"meta":[]}`,
	})
	a, err := r.desk.Confirm(context.Background(), "n", o)
	if err != nil || a.State != StateUnknown || len(a.Records) != 2 || a.Records[0] != (Record{77, "aa"}) || a.Records[1].ID != 0 {
		t.Fatalf("Confirm = %+v, %v", a, err)
	}
	for after, want := range map[time.Duration][]Saying{
		30 * time.Second: {SayBooked, SayChecking}, 2 * time.Minute: {SayBooked, SayUnlikely},
	} {
		clock.Set(a.Sent.Add(after))
		got, err := r.desk.LookInto(context.Background(), a.ID, Viewer{})
		whole, each := got.Says(clock.Now(), false)
		if err != nil || whole != SayPartly || !slices.Equal(each, want) && after > finishedAfter {
			t.Errorf("after %v: %s %v, %v; want %s %v", after, whole, each, err, SayPartly, want)
		}
	}
}

// TestAnEventIsLookedForInTheOwnListAlone: free places say nothing.
func TestAnEventIsLookedForInTheOwnListAlone(t *testing.T) {
	for _, tt := range []struct {
		close  string
		signed bool
		want   Saying
	}{{"before", false, SayUnsure}, {"after", false, SayUnsure}, {"before", true, SayRefused}, {"after", true, SayBooked}} {
		r, clock := newStanding(t)
		o, who := r.event(t), Viewer{}
		if tt.signed {
			who = r.signIn(t)
			o.Contact.Phone = who.Phone
		}
		a := r.lost(t, "n", tt.close, o)
		clock.Add(2 * time.Minute)
		if got := r.says(t, a.ID, who); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// event is an order of two places at a coming group event.
func (r *rig) event(t *testing.T) Order {
	t.Helper()
	const company = 901
	from := r.now().AddDate(0, 0, 1)
	found, err := r.client.Activities(context.Background(), company, upstream.ActivitiesParams{From: from.Format(time.DateOnly), Till: from.AddDate(0, 0, 21).Format(time.DateOnly)})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		if e.Left() >= 3 {
			zone, err := time.LoadLocation("Europe/Moscow")
			if err != nil {
				t.Fatal(err)
			}
			return Order{
				Form: 22, Company: company, Lang: "ru-RU", GroupEvent: e.ID, Seats: 2, Contact: Contact{Name: "Anna", Phone: "79161234567", Email: "a@example.com"},
				Appointments: []Appointment{{ID: 1, Services: []int{e.Service.ID}, Start: e.Start(zone)}},
			}
		}
	}
	t.Fatal("no event with three places left")
	return Order{}
}

// TestANewBookingWhileOneIsNotKnown: the same time is never sent twice, another one not without a word.
func TestANewBookingWhileOneIsNotKnown(t *testing.T) {
	ctx := context.Background()
	for _, close := range []string{"before", "after"} {
		r, clock := newStanding(t)
		o := r.shared(t)
		first := r.lost(t, "first", close, o)
		other, later := r.with(t, o), r.order(t, 0)
		book := func(nonce string, o Order) Refusal {
			t.Helper()
			a, err := r.desk.Confirm(ctx, nonce, o)
			if err != nil {
				t.Fatal(err)
			}
			return a.Refusal
		}
		for _, after := range []time.Duration{time.Second, time.Minute, 3 * time.Minute, time.Hour, 48 * time.Hour} {
			clock.Set(first.Sent.Add(after))
			r.says(t, first.ID, Viewer{})
			for name, tt := range map[string]struct {
				order Order
				want  Reason
			}{"the same": {o, ReasonDuplicate}, "another master": {other, ReasonDuplicate}, "another time": {later, ReasonEarlier}} {
				if got := book(fmt.Sprint(name, after), tt.order); got.Reason != tt.want || got.Attempt != first.ID {
					t.Errorf("%s, %v later, %s: %+v, want %s", close, after, name, got, tt.want)
				}
			}
		}
		if n := r.posts("book_record"); n != 1 {
			t.Errorf("%s: book_record was called %d times, want 1", close, n)
		}
		later.Anyway = []string{first.ID}
		if got := book("anyway", later); got.Reason != "" {
			t.Errorf("%s: told, and booked all the same: %+v", close, got)
		}
		stranger := o
		stranger.Contact.Phone = "79160000001"
		if got := book("stranger", stranger); got.Reason != "" {
			t.Errorf("%s: somebody else: %+v", close, got)
		}
	}
}

// TestTheSameAgainAfterAFreeTime: a chosen master's free time may be booked again, and never twice, even when the first
// booking comes late.
func TestTheSameAgainAfterAFreeTime(t *testing.T) {
	for _, late := range []bool{false, true} {
		r, clock := newStanding(t)
		o := r.with(t, r.order(t, 0))
		first := r.lost(t, "first", "before", o)
		clock.Add(2 * time.Minute)
		if got := r.says(t, first.ID, Viewer{}); got != SayUnlikely {
			t.Fatalf("says %s, want %s", got, SayUnlikely)
		}
		if late { // the upstream writes after all
			if _, err := r.client.Book(context.Background(), o.Company, request(first, o)); err != nil {
				t.Fatal(err)
			}
		}
		again, err := r.desk.Confirm(context.Background(), "again", o)
		switch {
		case err != nil:
			t.Fatal(err)
		case !late && again.State != StateBooked:
			t.Errorf("the same again: %+v, want booked", again)
		case late && (again.Refusal.Reason != ReasonDuplicate || again.Refusal.Attempt != first.ID):
			t.Errorf("the same again, the first one late: %+v, want to be led to the first", again)
		case late:
			if got := r.says(t, first.ID, Viewer{}); got != SayUnsure {
				t.Errorf("the first one says %s, want %s", got, SayUnsure)
			}
		}
		if n := len(slices.DeleteFunc(r.box.Booked(), func(x sandbox.Record) bool { return x.Phone != o.Contact.Phone })); n != 1 {
			t.Errorf("late %v: %d records, want 1", late, n)
		}
	}
}

// TestCancelledIsNoDuplicate: a visit that was cancelled a moment ago can be booked again.
func TestCancelledIsNoDuplicate(t *testing.T) {
	r, _ := newStanding(t)
	o := r.order(t, 0)
	d := r.booked(context.Background(), t, o)
	if a, err := r.desk.Confirm(context.Background(), "duplicate", o); err != nil || a.Refusal.Reason != ReasonDuplicate {
		t.Fatalf("the same again = %+v, %v, want a duplicate", a, err)
	}
	if _, err := r.desk.Cancel(context.Background(), "cancel", "en-US", d); err != nil {
		t.Fatal(err)
	}
	if a, err := r.desk.Confirm(context.Background(), "again", o); err != nil || a.State != StateBooked {
		t.Fatalf("after the cancel = %+v, %v, want booked", a, err)
	}
}

// TestACrashKeepsTheClaim: a process that died between "sent" and the answer does not let its customer book twice.
func TestACrashKeepsTheClaim(t *testing.T) {
	ctx := context.Background()
	r, clock := newStanding(t)
	o := r.order(t, 0)
	a := Attempt{Entry: ledger.Entry{ID: AttemptID("dead"), State: StateNew, Created: clock.Now()}, Form: o.Form, Company: o.Company, Appointments: o.Appointments}
	if refusal, err := r.desk.claim(ctx, &a, o); err != nil || refusal.Reason != "" {
		t.Fatalf("claim = %+v, %v", refusal, err)
	}
	a.State, a.Sent = StateSent, clock.Now()
	r.keep(t, "attempt/"+a.ID, a)
	clock.Add(24 * time.Hour)
	if b, err := r.desk.Confirm(ctx, "next day", o); err != nil || b.Refusal.Attempt != a.ID {
		t.Errorf("Confirm = %+v, %v, want to be led to the first", b, err)
	}
}

// TestOlderAttemptsAreRead: what an older version has stored says no more than is so.
func TestOlderAttemptsAreRead(t *testing.T) {
	ctx := context.Background()
	r, clock := newStanding(t)
	o := r.order(t, 0)
	const head = `{"id":"%s","form":1,"company":501,"lang":"en-US","visits":[{"id":1,"services":[501001],"master":%d,"start":"2099-01-01T10:00:00+03:00"}],"created":"2026-01-01T10:00:00Z","sent":"2026-01-01T10:00:00Z",`
	for name, tt := range map[string]struct {
		master int
		rest   string
		want   Saying
	}{
		"looked into, the time was free": {0, `"state":"refused","refusal":{"reason":"not_sent"},"looked":"2026-01-01T10:01:00Z"}`, SayUnsure},
		"never sent":                     {0, `"state":"refused","refusal":{"reason":"not_sent"}}`, SayRefused},
		"the time was taken":             {0, `"state":"unknown","likely":true,"looked":"2026-01-01T10:01:00Z"}`, SayLikely},
		"booked":                         {0, `"state":"booked","records":[{"id":7,"hash":"x"}]}`, SayBooked},
	} {
		id := AttemptID(name)
		if err := r.store.Put(ctx, "attempt/"+id, fmt.Appendf(nil, head+tt.rest, id, tt.master), time.Hour); err != nil {
			t.Fatal(err)
		}
		a, err := r.desk.Attempt(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := a.Says(clock.Now(), false); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		// What is not proven is looked into anew, where a look can tell more.
		if tt.want == SayUnsure {
			if looked, err := r.desk.LookInto(ctx, id, Viewer{}); err != nil || looked.Sighted.IsZero() {
				t.Errorf("%s: looked into = %+v, %v", name, looked, err)
			}
		}
	}
	// Its note of a person's attempt holds too.
	first := r.lost(t, "first", "after", o)
	if err := r.store.Delete(ctx, personKey(o)); err != nil {
		t.Fatal(err)
	}
	if err := r.store.Put(ctx, oldDuplicateKey(o), []byte(first.ID), attemptKeptFor); err != nil {
		t.Fatal(err)
	}
	if a, err := r.desk.Confirm(ctx, "again", o); err != nil || a.Refusal.Attempt != first.ID {
		t.Errorf("Confirm = %+v, %v, want to be led to the first", a, err)
	}
}

// TestAPressThatCameToNothingSaysSoOnlyWhereNothingElseMayStand: one of two tabs died before it sent, and the other one's
// answer was lost.
func TestAPressThatCameToNothingSaysSoOnlyWhereNothingElseMayStand(t *testing.T) {
	ctx := context.Background()
	for _, other := range []bool{false, true} {
		r, clock := newStanding(t)
		o := r.shared(t)
		dead := Attempt{Entry: ledger.Entry{ID: AttemptID("dead"), State: StateNew, Created: clock.Now()}, Form: o.Form, Company: o.Company, Appointments: o.Appointments}
		r.keep(t, "attempt/"+dead.ID, dead)
		want := Refusal{Reason: ReasonNotSent}
		if other {
			want = Refusal{Reason: ReasonDuplicate, Attempt: r.lost(t, "other tab", "after", o).ID}
		}
		clock.Add(time.Minute)
		if a, err := r.desk.Confirm(ctx, "dead", o); err != nil || !reflect.DeepEqual(a.Refusal, want) {
			t.Errorf("another tab %v: %+v, %v, want %+v", other, a.Refusal, err, want)
		}
	}
	// While the store does not say what else there is, neither does the desk.
	r, _ := newStanding(t)
	o := r.shared(t)
	r.restart(deafStore{r.store})
	if a, err := r.desk.Confirm(ctx, "n", o); err == nil {
		t.Errorf("Confirm without claims = %+v, want an error", a)
	}
	if n := r.posts("book_record"); n != 0 {
		t.Errorf("book_record was called %d times, want 0", n)
	}
}

// deafStore does not tell what else a person has booked.
type deafStore struct{ store.Store }

func (s deafStore) Get(ctx context.Context, key string) ([]byte, error) {
	if strings.HasPrefix(key, "person/") {
		return nil, errors.New("gone")
	}
	return s.Store.Get(ctx, key)
}

// TestAForgottenCancelIsFound: the answer to a cancel is lost, and the upstream forgets the visit.
func TestAForgottenCancelIsFound(t *testing.T) {
	ctx := context.Background()
	r, clock := newStanding(t)
	d := r.booked(ctx, t, r.order(t, 0))
	r.fault(t, map[string]any{"path": "user/records", "method": "DELETE", "close": "after", "times": 1})
	r.fault(t, map[string]any{"path": "book_record", "method": "GET", "status": 403, "times": 1, "body": `{"success":false,"data":null,"meta":{}}`})
	c, err := r.desk.Cancel(ctx, "cancel", "en-US", d)
	if err != nil || c.State != StateUnknown {
		t.Fatalf("Cancel = %+v, %v, want unknown: a key that does not open proves nothing", c, err)
	}
	r.fault(t, map[string]any{"path": "book_record", "method": "GET", "status": 404, "body": `{"success":false,"data":null,"meta":{}}`})
	clock.Add(5 * time.Second)
	if got := r.open(ctx, t, d.key); got.Status != StatusCancelled {
		t.Errorf("the visit is shown as %s, want %s", got.Status, StatusCancelled)
	}
}
