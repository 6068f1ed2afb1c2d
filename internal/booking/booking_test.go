package booking

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/metrics"
	"okoshko/internal/quota"
	"okoshko/internal/sandbox"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// rig is a desk at a sandbox spoken to over real HTTP.
type rig struct {
	desk   *Desk
	box    *sandbox.Sandbox
	url    string
	client *upstream.Client
	store  store.Store
	clock  *testclock.Clock
	now    func() time.Time // the clock, unless a test puts another in its place
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOn(t, testclock.Running())
}

// newRigOn is a rig whose clocks, the desk's, the store's and the sandbox's, are one of the test's own.
func newRigOn(t *testing.T, clock *testclock.Clock) *rig {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(box.Handler())
	t.Cleanup(srv.Close)
	client, err := upstream.New(upstream.Options{BaseURL: srv.URL, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{box: box, url: srv.URL, client: client, store: store.NewMemory(clock.Now), clock: clock, now: clock.Now}
	r.restart(r.store)
	return r
}

// restart puts another desk in the place of the rig's, as a new process would, over a store.
func (r *rig) restart(s store.Store) {
	now := func() time.Time { return r.now() }
	r.desk = New(Options{
		Client: r.client, Store: s, Quotas: quota.New(r.store, now), Now: now, Log: slog.New(slog.DiscardHandler), Watch: metrics.New("test"),
	})
}

// order is a bookable order: the n-th free time of the first day that has one.
func (r *rig) order(t *testing.T, n int) Order {
	t.Helper()
	ctx := context.Background()
	form, err := r.client.Bookform(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	services, err := r.client.Services(ctx, form.CompanyID, upstream.ServicesParams{})
	if err != nil {
		t.Fatal(err)
	}
	service := 0
	for _, s := range services.Services {
		if s.Active {
			service = s.ID
			break
		}
	}
	dates, err := r.client.Dates(ctx, form.CompanyID, upstream.DatesParams{Services: []int{service}})
	if err != nil || len(dates.Booking) == 0 {
		t.Fatalf("Dates = %v, %v", dates, err)
	}
	var times []upstream.Seance
	for _, day := range slices.Backward(dates.Booking) { // the last days may be nearly full
		if times, err = r.client.Times(ctx, form.CompanyID, 0, day, []int{service}); err != nil || len(times) > max(4, n) {
			break
		}
	}
	if err != nil || len(times) <= n {
		t.Fatalf("Times = %v, %v", times, err)
	}
	return Order{
		Form: 1, Company: form.CompanyID, Lang: "en-US",
		Appointments: []Appointment{{ID: 1, Services: []int{service}, Start: times[n].Start}},
		Contact:      Contact{Name: "Anna", Phone: "79161234567"}, Session: "browser",
	}
}

func (r *rig) fault(t *testing.T, fault map[string]any) {
	t.Helper()
	body, err := json.Marshal(fault)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(r.url+"/_sandbox/faults", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("faults: status %d", resp.StatusCode)
	}
}

// keep puts what a process has written into the store.
func (r *rig) keep(t *testing.T, key string, x any) {
	t.Helper()
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.store.Put(context.Background(), key, raw, attemptKeptFor); err != nil {
		t.Fatal(err)
	}
}

// online are the records that were booked through the API.
func (r *rig) online() int {
	n := 0
	for _, rec := range r.box.Booked() {
		if !rec.Deleted {
			n++
		}
	}
	return n
}

func (r *rig) posts(path string) int {
	n := 0
	for _, c := range r.box.Calls() {
		if c.Method == http.MethodPost && strings.Contains(c.Path, path) {
			n++
		}
	}
	return n
}

func TestConfirmBooksOnce(t *testing.T) {
	r := newRig(t)
	o := r.order(t, 0)
	before := r.online()
	var wg sync.WaitGroup
	got := make([]Attempt, 10)
	for i := range got {
		wg.Go(func() {
			a, err := r.desk.Confirm(context.Background(), "one-nonce", o)
			if err != nil {
				t.Errorf("Confirm = %v", err)
			}
			got[i] = a
		})
	}
	wg.Wait()
	for _, a := range got {
		if a.State != StateBooked || a.ID != got[0].ID || a.Records[0] != got[0].Records[0] {
			t.Fatalf("attempt = %+v, want the first one's %+v", a, got[0])
		}
	}
	if n := r.online() - before; n != 1 {
		t.Fatalf("records = %d, want 1", n)
	}
	if n := r.posts("book_record"); n != 1 {
		t.Fatalf("book_record was called %d times, want 1", n)
	}
	again, err := r.desk.Confirm(context.Background(), "one-nonce", o)
	if err != nil || again.Records[0] != got[0].Records[0] {
		t.Fatalf("a later press = %+v, %v", again, err)
	}
}

func TestTwoTabsBookOnce(t *testing.T) {
	r := newRig(t)
	o := r.order(t, 0)
	before := r.online()
	if a, err := r.desk.Confirm(context.Background(), "tab-1", o); err != nil || a.State != StateBooked {
		t.Fatalf("first tab = %+v, %v", a, err)
	}
	a, err := r.desk.Confirm(context.Background(), "tab-2", o)
	if err != nil || a.State != StateRefused || a.Refusal.Reason != ReasonDuplicate {
		t.Fatalf("second tab = %+v, %v, want a duplicate", a, err)
	}
	if n := r.online() - before; n != 1 {
		t.Fatalf("records = %d, want 1", n)
	}
}

func TestTakenSlotIsRefused(t *testing.T) {
	r := newRig(t)
	o := r.order(t, 0)
	// Everybody who can do it is booked at this time until nobody is free.
	for i := range 20 {
		other := o
		other.Contact.Phone = "7916000000" + string(rune('0'+i%10))
		a, err := r.desk.Confirm(context.Background(), strings.Repeat("x", i+1), other)
		if err != nil {
			t.Fatal(err)
		}
		if a.State == StateRefused && a.Refusal.Reason != ReasonDuplicate {
			break
		}
	}
	a, err := r.desk.Confirm(context.Background(), "late", o)
	if err != nil || a.State != StateRefused || a.Refusal.Reason != ReasonNobodyFree && a.Refusal.Reason != ReasonSlotTaken {
		t.Fatalf("late press = %+v, %v, want a lost slot", a, err)
	}
}

func TestLostAnswerIsUnknownAndNeverSentAgain(t *testing.T) {
	r := newRig(t)
	o := r.order(t, 0)
	before := r.online()
	r.fault(t, map[string]any{"path": "book_record", "method": "POST", "close": "after", "times": 1})
	a, err := r.desk.Confirm(context.Background(), "lost", o)
	if err != nil || a.State != StateUnknown {
		t.Fatalf("Confirm = %+v, %v, want unknown", a, err)
	}
	if again, err := r.desk.Confirm(context.Background(), "lost", o); err != nil || again.State != StateUnknown {
		t.Fatalf("second press = %+v, %v, want unknown", again, err)
	}
	if n := r.online() - before; n != 1 {
		t.Fatalf("records = %d, want 1", n)
	}
	if n := r.posts("book_record"); n != 1 {
		t.Fatalf("book_record was called %d times, want 1", n)
	}
}

func TestProcessDiedWhileSending(t *testing.T) {
	r := newRig(t)
	a := Attempt{Entry: ledger.Entry{ID: AttemptID("n"), State: StateSent, Created: r.clock.Now(), Sent: r.clock.Now()}}
	r.keep(t, "attempt/"+a.ID, a)
	r.now = func() time.Time { return r.clock.Now().Add(time.Minute) }
	got, err := r.desk.Attempt(context.Background(), a.ID)
	if err != nil || got.State != StateUnknown {
		t.Fatalf("Attempt = %+v, %v, want unknown", got, err)
	}
	again, err := r.desk.Confirm(context.Background(), "n", r.order(t, 0))
	if err != nil || again.State != StateUnknown {
		t.Fatalf("Confirm after a crash = %+v, %v, want unknown", again, err)
	}
	if n := r.posts("book_record"); n != 0 {
		t.Fatalf("book_record was called %d times, want 0", n)
	}
}

func TestProcessDiedBeforeSending(t *testing.T) {
	r := newRig(t)
	a := Attempt{Entry: ledger.Entry{ID: AttemptID("n"), State: StateNew, Created: r.clock.Now()}}
	r.keep(t, "attempt/"+a.ID, a)
	r.now = func() time.Time { return r.clock.Now().Add(time.Minute) }
	got, err := r.desk.Attempt(context.Background(), a.ID)
	if err != nil || got.State != StateRefused || got.Refusal.Reason != ReasonNotSent {
		t.Fatalf("Attempt = %+v, %v, want refused, not sent", got, err)
	}
}

func TestWrongCode(t *testing.T) {
	r := newRig(t)
	form, err := r.client.Bookform(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	refusal, err := r.desk.SendCode(context.Background(), "en-US", "Anna", Terms{Company: form.CompanyID, Phone: "79161234567"})
	if err != nil || !refusal.None() {
		t.Fatalf("SendCode = %v, %v", refusal, err)
	}
	if refusal, err = r.desk.SendCode(context.Background(), "en-US", "Anna", Terms{Company: form.CompanyID, Phone: "79161234567"}); err != nil || refusal.Reason != ReasonWait {
		t.Fatalf("second SendCode = %v, %v, want: wait", refusal, err)
	}
	if n := len(r.box.Messages()); n != 1 {
		t.Fatalf("messages = %d, want 1", n)
	}
}

// TestS10PhoneIsLimited counts a phone's messages over all salons, and only those that were sent.
func TestS10PhoneIsLimited(t *testing.T) {
	r := newRig(t)
	send := func(company int, phone string) Refusal {
		t.Helper()
		limit := quota.Limit{Name: "sms-phone", Of: phone, Max: 2, Window: 24 * time.Hour}
		refusal, err := r.desk.SendCode(context.Background(), "en-US", "Anna", Terms{Company: company, Phone: phone, Limits: []quota.Limit{limit}})
		if err != nil {
			t.Fatal(err)
		}
		return refusal
	}
	if a, again, other := send(501, "79161234567"), send(501, "79161234567"), send(502, "79161234567"); !a.None() || again.Reason != ReasonWait || other.Reason != ReasonWait {
		t.Fatalf("a message, the same at once, and one of another salon = %v, %v, %v; want: sent, wait, wait", a, again, other)
	}
	pass := CodeEvery
	now := r.now
	r.now = func() time.Time { return now().Add(pass) }
	if b := send(502, "79161234567"); !b.None() {
		t.Fatalf("another salon's message a minute later = %v", b)
	}
	pass *= 2
	if c := send(601, "79161234567"); c.Reason != ReasonLimit {
		t.Fatalf("the third = %v, want: limit", c)
	}
	if other := send(601, "79161234568"); !other.None() {
		t.Fatalf("another phone = %v", other)
	}
	if n := len(r.box.Messages()); n != 3 {
		t.Fatalf("messages = %d, want 3", n)
	}
}

func TestRecordNeedsItsHash(t *testing.T) {
	r := newRig(t)
	o := r.order(t, 0)
	a, err := r.desk.Confirm(context.Background(), "n", o)
	if err != nil || a.State != StateBooked {
		t.Fatalf("Confirm = %+v, %v", a, err)
	}
	rec := a.Records[0]
	d, err := r.desk.Open(context.Background(), "en-US", Key{Company: o.Company, Record: rec.ID, Hash: rec.Hash}, time.UTC)
	if err != nil || !d.Start.Equal(o.Appointments[0].Start) || d.Status != StatusBooked || len(d.Services) != 1 {
		t.Fatalf("Record = %+v, %v", d, err)
	}
	for _, wrong := range []struct {
		company, id int
		hash        string
	}{{o.Company, rec.ID, strings.Repeat("0", 32)}, {o.Company, rec.ID + 1, rec.Hash}, {o.Company + 1, rec.ID, rec.Hash}} {
		if _, err := r.desk.Open(context.Background(), "en-US", Key{Company: wrong.company, Record: wrong.id, Hash: wrong.hash}, time.UTC); !errors.Is(err, ErrNoRecord) {
			t.Fatalf("Record(%d, %d) = %v, want %v", wrong.company, wrong.id, err, ErrNoRecord)
		}
	}
}

// A customer who has signed in need not be told "very likely": the visit carries the attempt's name.
func TestLookFindsTheVisitOfASignedInCustomer(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	user, err := r.client.BookingAuth(ctx, "79001112233", "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	order := r.order(t, 0)
	order.Contact.Phone = "79001112233"
	r.fault(t, map[string]any{"path": "book_record", "method": "POST", "close": "after", "times": 1})
	a, err := r.desk.Confirm(ctx, "signed-in", order)
	if err != nil || a.State != StateUnknown {
		t.Fatalf("Confirm = %+v, %v, want unknown", a, err)
	}
	later := r.clock.Now().Add(lookAfter + time.Second)
	r.now = func() time.Time { return later }
	if a, err = r.desk.LookInto(ctx, a.ID, Viewer{user.Token, "79001112233"}); err != nil || a.State != StateBooked || len(a.Records) != 1 {
		t.Fatalf("Look = %+v, %v, want booked", a, err)
	}
	for _, record := range r.box.Booked() {
		if record.APIID == a.ID && record.ID != a.Records[0].ID {
			t.Errorf("record %d, want %d", a.Records[0].ID, record.ID)
		}
	}
	if n := r.posts("/book_record"); n != 1 {
		t.Errorf("book_record was called %d times, want 1", n)
	}
	// Somebody else's token tells nothing.
	r = newRig(t)
	r.fault(t, map[string]any{"path": "book_record", "method": "POST", "close": "after", "times": 1})
	if a, err = r.desk.Confirm(ctx, "other", r.order(t, 0)); err != nil {
		t.Fatal(err)
	}
	r.now = func() time.Time { return later.Add(lookAfter) }
	if a, err = r.desk.LookInto(ctx, a.ID, Viewer{"nobody", "7"}); err != nil || a.State != StateUnknown {
		t.Errorf("Look with a token that is not good = %+v, %v, want unknown", a, err)
	}
}
