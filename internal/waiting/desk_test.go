package waiting

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// anna is an address that no scan of the store may find.
const anna = "anna.kowalska@mail.example"

// salon is an upstream as wishes see it, whose times a test opens and closes.
type salon struct {
	now    func() time.Time
	mu     sync.Mutex
	free   map[string][]time.Time // by day
	desks  []*Desk                // that hear its answers
	calls  []Question
	scarce bool
	spared bool // no call can be spared
}

func (s *salon) answer(q Question) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Answer{
		Company: q.Company, Services: q.Services, Master: q.Master, Day: q.Day, Starts: slices.Clone(s.free[q.Day]),
		Asked: s.now(), Until: s.now().Add(45 * time.Second),
	}
}

func (s *salon) Known(_ context.Context, q Question) (Answer, bool) { return s.answer(q), true }

func (s *salon) Glimpse(context.Context, Question) (Answer, bool) { return Answer{}, false }

func (s *salon) KnownDays(context.Context, Question) (Days, bool) { return Days{}, false }

func (s *salon) Length(int, int, []int) time.Duration { return time.Hour }

func (s *salon) Scarce() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scarce
}

func (s *salon) Ask(_ context.Context, q Question) error {
	s.mu.Lock()
	spared := s.spared
	if !spared {
		s.calls = append(s.calls, q)
	}
	s.mu.Unlock()
	if spared {
		return ErrNoCall
	}
	if q.Day != "" {
		s.look(q)
		return nil
	}
	days := Days{Company: q.Company, Services: q.Services, Master: q.Master, Asked: s.now(), Until: s.now().Add(45 * time.Second)}
	s.mu.Lock()
	for day, free := range s.free {
		if len(free) > 0 {
			days.Free = append(days.Free, day)
		}
	}
	slices.Sort(days.Free)
	s.mu.Unlock()
	for _, d := range s.desks {
		d.NoticeDays(days)
	}
	return nil
}

// look is what a shopper asks, whose answer everybody hears of.
func (s *salon) look(q Question) {
	a := s.answer(q)
	for _, d := range s.desks {
		d.Notice(a)
	}
}

func (s *salon) set(day string, free ...time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(free, time.Time.Compare)
	s.free[day] = free
}

// letter is a message that was sent.
type letter struct {
	Wish
	openings []Opening
}

// post is a Messenger that keeps what it is given.
type post struct {
	mu      sync.Mutex
	links   []Wish
	letters []letter
	fail    error
	offers  Offers
	during  func() // called while a message is sent
}

func (p *post) Offers() Offers { return p.offers }

func (p *post) Confirm(_ context.Context, w Wish) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.links = append(p.links, w)
	return nil
}

func (p *post) Tell(_ context.Context, w Wish, openings []Opening) error {
	if p.during != nil {
		p.during()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.letters = append(p.letters, letter{w, openings})
	return nil
}

func (p *post) failing(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// rig is a Desk with all that stands around it. Nothing of it runs by itself: settle does what is to be done.
type rig struct {
	t     *testing.T
	clock *testclock.Clock
	store store.Store
	salon *salon
	post  *post
	*Desk
}

var testKeys = [][]byte{[]byte("0123456789abcdef0123456789abcdef")}

// newRig begins at noon, so that no quiet hours are near whatever the time of the tests is.
func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	start := testclock.Start().In(zone)
	clock := testclock.StandingAt(time.Date(start.Year(), start.Month(), start.Day(), 12, 0, 0, 0, zone))
	r := &rig{t: t, clock: clock, store: store.NewMemory(clock.Now), post: &post{offers: Offers{true, true}}}
	r.salon = &salon{now: clock.Now, free: map[string][]time.Time{}}
	r.Desk = r.desk(change...)
	return r
}

var zone = time.FixedZone("", 3*60*60)

// desk is one more process.
func (r *rig) desk(change ...func(*Options)) *Desk {
	r.t.Helper()
	o := Options{
		Store: r.store, Quotas: quota.New(r.store, r.clock.Now), Keys: testKeys, Now: r.clock.Now, Messenger: r.post, Upstream: r.salon,
		CallsPerMinute: 20, Wishes: 100, PerCompany: 50, Quiet: Quiet{21 * 60, 9 * 60},
	}
	for _, f := range change {
		f(&o)
	}
	d, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.salon.desks = append(r.salon.desks, d)
	return d
}

// settle does all that a process does now, without waiting.
func settle(t *testing.T, d *Desk) {
	t.Helper()
	d.Tick(t.Context())
	for {
		select {
		case h := <-d.heard:
			d.enter(t.Context(), h)
		case key := <-d.posts:
			d.post(t.Context(), key)
		default:
			return
		}
	}
}

func (r *rig) settle() {
	r.t.Helper()
	settle(r.t, r.Desk)
}

// pass lets time pass in seconds, with all that a process does in it.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	for end := r.clock.Now().Add(d); r.clock.Now().Before(end); {
		r.clock.Add(time.Second)
		r.settle()
	}
}

// day is the day so many days from today.
func (r *rig) day(n int) string { return r.clock.Now().AddDate(0, 0, n).Format(time.DateOnly) }

// at is a time of tomorrow.
func (r *rig) at(hour, minute int) time.Time {
	now := r.clock.Now()
	return time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 0, 0, zone)
}

// wish is a wish for tomorrow.
func (r *rig) wish() Wish {
	return Wish{
		Form: 1, Company: 7, Lang: "lv", Services: []int{20, 10}, Master: 5, From: r.day(1), To: r.day(1), Hours: Hours{10 * 60, 18 * 60}, Zone: zone,
		Channel: Channel{Email: anna}, Consent: Consent{Version: "v1", Lang: "lv"},
	}
}

func (r *rig) question() Question {
	return Question{Lang: "lv", Company: 7, Services: []int{10, 20}, Master: 5, Day: r.day(1)}
}

// waiting is a confirmed wish.
func (r *rig) waiting(change ...func(*Wish)) Wish {
	r.t.Helper()
	w := r.wish()
	for _, f := range change {
		f(&w)
	}
	w, err := r.Ask(r.t.Context(), w, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if w, err = r.Confirm(r.t.Context(), w.Secret); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return w
}

// told is what was told, as hours and minutes.
func (r *rig) told() (out []string) {
	r.post.mu.Lock()
	defer r.post.mu.Unlock()
	for _, l := range r.post.letters {
		var text strings.Builder
		for _, o := range l.openings {
			text.WriteString(o.Start.Format("15:04 "))
		}
		out = append(out, text.String())
	}
	return out
}

func (r *rig) wantTold(want ...string) {
	r.t.Helper()
	if got := r.told(); !slices.Equal(got, want) {
		r.t.Fatalf("told %q, want %q", got, want)
	}
}

func TestAWishIsConfirmedThenToldOnceThenEnded(t *testing.T) {
	r := newRig(t)
	w, err := r.Ask(t.Context(), r.wish(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.settle()
	if len(r.post.links) != 1 || r.post.links[0].Secret != w.Secret || r.post.links[0].Channel.Email != anna || len(w.Secret) != 22 {
		t.Fatalf("links sent: %+v", r.post.links)
	}
	r.salon.set(r.day(1), r.at(12, 0))
	r.pass(5 * time.Minute)
	r.wantTold() // nobody has confirmed it
	if len(r.post.links) != 1 || len(r.salon.calls) != 0 {
		t.Fatalf("%d links, %d calls before it was confirmed", len(r.post.links), len(r.salon.calls))
	}
	for range 2 {
		if _, err := r.Confirm(t.Context(), w.Secret); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(2 * time.Minute)
	r.wantTold("12:00 ") // it opened after it was asked for
	r.salon.set(r.day(1), r.at(12, 0), r.at(19, 0), r.at(9, 30))
	r.pass(3 * time.Hour)
	r.wantTold("12:00 ") // the others are not within the hours
	found, err := r.Find(t.Context(), w.Secret)
	if err != nil || found.Told.IsZero() || found.Company != 7 || !slices.Equal(found.Services, []int{10, 20}) || found.Channel.Email != anna {
		t.Fatalf("Find = %+v, %v", found, err)
	}
	for range 2 {
		if err := r.End(t.Context(), w.Secret); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Find(t.Context(), w.Secret); !errors.Is(err, ErrNone) {
		t.Fatalf("Find after its end = %v", err)
	}
	r.salon.set(r.day(1), r.at(13, 0))
	r.pass(5 * time.Minute)
	r.wantTold("12:00 ")
	if r.Count() != 0 {
		t.Errorf("%d wishes are known", r.Count())
	}
}

// TestWhatWasOfferedBeforeIsNoOpening, neither when the wish was asked for nor later; what goes and comes again is one.
func TestWhatWasOfferedBeforeIsNoOpening(t *testing.T) {
	r := newRig(t)
	r.salon.set(r.day(1), r.at(11, 0))
	r.waiting()
	r.pass(10 * time.Minute)
	r.wantTold()
	r.salon.set(r.day(1))
	r.pass(3 * time.Minute)
	r.salon.set(r.day(1), r.at(11, 0))
	r.pass(3 * time.Minute)
	r.wantTold("11:00 ")
	r.salon.set(r.day(1))
	r.pass(10 * time.Minute)
	r.salon.set(r.day(1), r.at(11, 0))
	r.pass(30 * time.Minute)
	r.wantTold("11:00 ") // once an hour at most
	r.pass(30 * time.Minute)
	r.wantTold("11:00 ", "11:00 ") // it had gone and has come again
}

func TestOneMessageAnHourTellsAllThatIsStillFree(t *testing.T) {
	r := newRig(t)
	r.waiting()
	r.salon.set(r.day(1), r.at(11, 0))
	r.pass(2 * time.Minute)
	r.wantTold("11:00 ")
	r.salon.set(r.day(1), r.at(11, 0), r.at(12, 0), r.at(13, 0), r.at(14, 0))
	r.pass(20 * time.Minute)
	r.salon.set(r.day(1), r.at(11, 0), r.at(12, 0), r.at(14, 0))
	r.pass(30 * time.Minute)
	r.wantTold("11:00 ")
	r.pass(15 * time.Minute)
	r.wantTold("11:00 ", "12:00 14:00 ")
}

// TestNobodyIsWokenUp: what opens in the quiet hours is told at their end, if it is still free, and only from a young answer.
func TestNobodyIsWokenUp(t *testing.T) {
	r := newRig(t)
	r.waiting(func(w *Wish) { w.To, w.Hours = r.day(2), Hours{} })
	r.clock.Add(9*time.Hour + 30*time.Minute) // half past nine in the evening
	r.settle()
	gone, stays := r.at(15, 0), r.at(16, 0)
	r.salon.set(r.day(1), gone, stays)
	r.pass(5 * time.Minute)
	r.salon.set(r.day(1), stays)
	for range 10 {
		r.clock.Add(time.Hour)
		r.pass(3 * time.Minute)
	}
	r.wantTold()
	r.clock.Add(time.Hour)
	r.pass(time.Minute)
	r.wantTold("16:00 ")
}

// TestAnOldAnswerTellsNothing: what has opened waits until an answer is young again.
func TestAnOldAnswerTellsNothing(t *testing.T) {
	r := newRig(t)
	r.waiting()
	r.post.failing(Temporary(errors.New("down")))
	r.salon.set(r.day(1), r.at(12, 0))
	r.salon.look(r.question())
	r.settle()
	r.post.failing(nil)
	r.salon.spared = true
	r.pass(10 * time.Minute)
	r.wantTold()
	r.salon.spared = false
	r.pass(2 * time.Second)
	r.wantTold("12:00 ")
}

// TestOwnCancelsAreToldAtOnce, for no call.
func TestOwnCancelsAreToldAtOnce(t *testing.T) {
	r := newRig(t)
	r.waiting()
	r.pass(2 * time.Minute)
	calls := len(r.salon.calls)
	r.salon.set(r.day(1), r.at(15, 0))
	for _, v := range []VisitChange{
		{Company: 7, Record: 1, Master: 6, Services: []int{10, 20}, From: r.at(14, 0), Length: time.Hour},     // another master
		{Company: 8, Record: 1, Master: 5, Services: []int{10, 20}, From: r.at(14, 0), Length: time.Hour},     // another salon
		{Company: 7, Record: 1, Master: 5, Services: []int{1}, From: r.at(16, 0), Length: 30 * time.Minute},   // too short
		{Company: 7, Record: 1, Master: 5, Services: []int{10, 20}, From: r.at(15, 0), Length: 2 * time.Hour}, // this is it
	} {
		if err := r.VisitChanged(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	for len(r.posts) > 0 {
		r.Desk.post(t.Context(), <-r.posts)
	}
	r.wantTold("15:00 ")
	if len(r.salon.calls) != calls {
		t.Errorf("%d calls for it", len(r.salon.calls)-calls)
	}
	r.pass(3 * time.Hour)
	r.wantTold("15:00 ") // the answers that show it open it no second time
}

// TestAnOlderAnswerDoesNotCloseWhatWasGivenBack, which would open again with the next one.
func TestAnOlderAnswerDoesNotCloseWhatWasGivenBack(t *testing.T) {
	r := newRig(t)
	r.waiting()
	before := r.salon.answer(r.question())
	r.clock.Add(time.Second)
	r.salon.set(r.day(1), r.at(15, 0))
	if err := r.VisitChanged(t.Context(), VisitChange{Company: 7, Master: 5, Services: []int{10, 20}, From: r.at(15, 0), Length: time.Hour}); err != nil {
		t.Fatal(err)
	}
	before.Asked = before.Asked.Add(500 * time.Millisecond)
	r.Notice(before)
	r.pass(5 * time.Hour)
	r.wantTold("15:00 ")
}

func TestEarlierPleaseEndsWithItsVisit(t *testing.T) {
	r := newRig(t)
	earlier := func(record int) Wish {
		return r.waiting(func(w *Wish) {
			w.Visit = &Visit{Company: 7, Record: record, Hash: "abcdef", Start: r.at(14, 0)}
			w.Channel.Email = fmt.Sprintf("a%d@mail.example", record)
		})
	}
	moved, cancelled, later := earlier(1), earlier(2), earlier(3)
	r.salon.set(r.day(1), r.at(13, 0), r.at(15, 0))
	r.pass(2 * time.Minute)
	r.wantTold("13:00 ", "13:00 ", "13:00 ")
	for record, to := range []time.Time{1: r.at(13, 0), 2: {}, 3: r.at(17, 0)} {
		if record == 0 {
			continue
		}
		if err := r.VisitChanged(t.Context(), VisitChange{Company: 7, Record: record, Master: 9, From: r.at(14, 0), Length: time.Hour, To: to}); err != nil {
			t.Fatal(err)
		}
	}
	for w, want := range map[string]error{moved.Secret: ErrNone, cancelled.Secret: ErrNone, later.Secret: nil} {
		if _, err := r.Find(t.Context(), w); !errors.Is(err, want) {
			t.Errorf("Find = %v, want %v", err, want)
		}
	}
}

// TestAnyMaster is told of whoever has the time, once, and not of a time that another master had already.
func TestAnyMaster(t *testing.T) {
	r := newRig(t)
	r.waiting(func(w *Wish) { w.Master = 0 })
	of := func(master int, starts ...time.Time) {
		r.Notice(Answer{Company: 7, Services: []int{10, 20}, Master: master, Day: r.day(1), Starts: starts, Asked: r.clock.Now(), Until: r.clock.Now().Add(time.Minute)})
		for len(r.heard) > 0 {
			r.enter(t.Context(), <-r.heard)
		}
		for len(r.posts) > 0 {
			r.Desk.post(t.Context(), <-r.posts)
		}
		r.clock.Add(time.Second)
	}
	of(5)
	of(5, r.at(12, 0))
	r.wantTold("12:00 ")
	if got := r.post.letters[0].openings[0].Master; got != 5 {
		t.Errorf("told of master %d", got)
	}
	r.clock.Add(time.Hour)
	of(6, r.at(12, 0))
	of(0, r.at(12, 0))
	r.clock.Add(time.Hour)
	of(0, r.at(12, 0))
	of(0, r.at(12, 0), r.at(13, 0))
	r.wantTold("12:00 ", "13:00 ")
}

func TestTheWatchKeepsToItsCalls(t *testing.T) {
	r := newRig(t)
	second := r.desk()
	for i := range 40 {
		r.waiting(func(w *Wish) {
			w.Channel.Email, w.Master, w.Company = fmt.Sprintf("a%d@mail.example", i), 100+i, 7+i%10
		})
	}
	r.salon.calls = nil
	at := map[time.Duration]int{}
	began := r.clock.Now()
	for range 300 {
		r.clock.Add(time.Second)
		before := len(r.salon.calls)
		r.settle()
		settle(t, second)
		at[r.clock.Now().Sub(began)] = len(r.salon.calls) - before
	}
	for from := range 240 {
		n := 0
		for s := range 60 {
			n += at[time.Duration(from+s)*time.Second]
		}
		if n > 20 {
			t.Fatalf("%d calls in a minute", n)
		}
	}
	counts := map[int]int{}
	for _, q := range r.salon.calls {
		counts[q.Master]++
	}
	if len(counts) != 40 || len(r.salon.calls) < 80 {
		t.Errorf("%d calls for %d of 40 questions in five minutes", len(r.salon.calls), len(counts))
	}
	for master, n := range counts {
		if n < 2 || n > 4 {
			t.Errorf("%d was asked about %d times", master, n)
		}
	}
	r.salon.scarce, r.salon.calls = true, nil
	r.pass(time.Minute)
	if len(r.salon.calls) > 0 {
		t.Errorf("%d calls while calls are scarce", len(r.salon.calls))
	}
}

// TestManyWishesAreOneQuestion, and a calendar of several days is one call while no day has anything.
func TestManyWishesAreOneQuestion(t *testing.T) {
	r := newRig(t)
	for i := range 10 {
		r.waiting(func(w *Wish) {
			w.Channel.Email, w.To = fmt.Sprintf("a%d@mail.example", i), r.day(1+i)
		})
	}
	r.salon.calls = nil
	r.pass(10 * time.Minute)
	if n := len(r.salon.calls); n < 10 || n > 30 {
		t.Errorf("%d calls in ten minutes, want one or two a minute", n)
	}
	r.salon.set(r.day(3), r.clock.Now().AddDate(0, 0, 3).Truncate(time.Hour))
	r.pass(3 * time.Minute)
	if n := len(r.told()); n != 8 {
		t.Errorf("%d were told, want the eight that wait for that day", n)
	}
	for i, l := range r.post.letters {
		if i > 0 && l.Asked.Before(r.post.letters[i-1].Asked) {
			t.Error("who asked later was told earlier")
		}
	}
}

// testSubscription is a subscription to push messages.
func testSubscription(i int) *Subscription {
	public, auth := make([]byte, publicBytes), make([]byte, authBytes)
	return &Subscription{
		Endpoint: fmt.Sprintf("https://push.example/%d", i),
		P256dh:   base64.RawURLEncoding.EncodeToString(public), Auth: base64.RawURLEncoding.EncodeToString(auth),
	}
}

// TestOtherQuestionsTell: what answers about other services tell opens a time, closes none, and makes no day known; an answer to the
// question itself that is as young knows better.
func TestOtherQuestionsTell(t *testing.T) {
	r := newRig(t)
	w := r.waiting()
	key, _ := keyOf(w.Secret)
	take := func(after time.Duration, partial bool, starts ...time.Time) (waits []string) {
		t.Helper()
		r.clock.Add(after)
		a := Answer{
			Company: 7, Services: []int{10, 20}, Master: 5, Day: r.day(1), Starts: starts, Asked: r.clock.Now(), Until: r.clock.Now().Add(time.Minute), Partial: partial,
		}
		e, err := r.edit(t.Context(), key, func(e *entry) error {
			if !e.take(a, r.clock.Now()) {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range e.waits(r.clock.Now()) {
			waits = append(waits, o.Start.in(zone).Format("15:04"))
		}
		return waits
	}
	for i, tt := range []struct {
		after   time.Duration
		partial bool
		starts  []time.Time
		want    []string
	}{
		{time.Second, false, nil, nil},
		{20 * time.Second, true, []time.Time{r.at(12, 0)}, nil},
		{30 * time.Second, true, []time.Time{r.at(12, 0)}, []string{"12:00"}},
		{time.Second, true, nil, []string{"12:00"}},
		{time.Second, false, []time.Time{r.at(12, 0), r.at(13, 0)}, []string{"12:00", "13:00"}},
		{time.Minute, true, []time.Time{r.at(14, 0)}, []string{"12:00", "13:00", "14:00"}},
		{time.Second, false, []time.Time{r.at(13, 0)}, []string{"13:00"}},
	} {
		if got := take(tt.after, tt.partial, tt.starts...); !slices.Equal(got, tt.want) {
			t.Errorf("answer %d: %q wait, want %q", i, got, tt.want)
		}
	}
	e := &entry{Company: 7, Services: []int{10}, From: r.day(1), To: r.day(1), Until: r.at(20, 0), Zone: storedZone{zone}}
	if e.take(Answer{Company: 7, Services: []int{10}, Day: r.day(1), Starts: []time.Time{r.at(12, 0)}, Asked: r.clock.Now(), Partial: true}, r.clock.Now()) {
		t.Error("what is told of a day of which nothing is known has opened something")
	}
}
