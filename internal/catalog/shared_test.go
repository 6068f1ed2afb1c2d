package catalog

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"okoshko/internal/redistest"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/answers"
)

// several is so many processes at one sandbox and one server, by one clock. The sandbox is a town's salon.
func several(t *testing.T, processes int) ([]*Catalog, *sandbox.Sandbox) {
	t.Helper()
	now := testclock.Running().Now
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: now, Town: &sandbox.Town{Salons: 2, Services: 20, Masters: 5, Days: 20, Occupancy: 40}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box.Handler())
	t.Cleanup(api.Close)
	server := redistest.Start(t)
	out := make([]*Catalog, processes)
	for i := range out {
		client := redis.NewClient(&redis.Options{Addr: server.Address})
		t.Cleanup(func() { _ = client.Close() })
		shared := answers.New(answers.Options{Client: client, MaxBytes: 32 << 20, MaxEntries: 10_000})
		t.Cleanup(shared.Close)
		up, err := upstream.New(upstream.Options{BaseURL: api.URL, PartnerToken: "sandbox", Shared: shared})
		if err != nil {
			t.Fatal(err)
		}
		day := Ages{Fresh: time.Minute, Soft: time.Hour, Hard: 24 * time.Hour}
		slot := Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second}
		out[i], err = New(Options{Client: up, BaseURL: api.URL, Now: now, Bookforms: day, Entries: day, Dates: day, Slots: slot, MaxEntries: 1000, Teller: shared, Hooks: true, Listening: shared.Listening})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(out[i].Close)
		shared.Follow(out[i].Told, out[i].Missed)
		for n := int64(0); n <= int64(i); n = client.PubSubNumSub(t.Context(), "okoshko-answers").Val()["okoshko-answers"] {
			<-time.After(time.Millisecond)
		}
	}
	return out, box
}

// seen is what a process knows of a salon's first service: who does it, on which days, and when on the first one.
type seen struct {
	company *Company
	filter  Filter
	masters []Master
	days    Dates
	slots   []Slot
	day     string
}

func look(t *testing.T, c *Catalog) (s seen) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	var err error
	_, err = c.Bookform(ctx, 1)
	must(err)
	s.company, err = c.Company(ctx, lang, sandbox.TownCompany)
	must(err)
	services, err := c.Services(ctx, lang, sandbox.TownCompany, Filter{})
	must(err)
	s.filter = Filter{Services: services.IDs()[:1]}
	s.masters, err = c.Masters(ctx, lang, s.company, s.filter)
	must(err)
	s.filter.Master = s.masters[0].ID
	s.days, err = c.Dates(ctx, s.company, s.filter)
	must(err)
	for _, s.day = range s.days.Free[1:] { // no list of masters has their slots
		s.slots, err = c.Slots(ctx, s.company, s.day, s.filter)
		must(err)
		if last := len(s.slots) - 1; last > 0 && s.slots[last].Start.Sub(s.slots[0].Start) > s.slots[0].Length {
			return s
		}
	}
	t.Fatalf("none of the days %v has more than one visit's time", s.days.Free[1:])
	return s
}

// TestProcessesAskAsOne lets three processes need the same at the same time, and a fourth one later.
func TestProcessesAskAsOne(t *testing.T) {
	processes, box := several(t, 4)
	look(t, processes[0])
	alone := len(box.Calls())

	processes, box = several(t, 4)
	var got [4]seen
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() { got[i] = look(t, processes[i]) })
	}
	wg.Wait()
	got[3] = look(t, processes[3])
	if n := len(box.Calls()); n != alone {
		t.Errorf("four processes have made %d calls, want the %d of one", n, alone)
	}
	for i, s := range got[1:] {
		if !slices.Equal(starts(s.slots), starts(got[0].slots)) || !slices.Equal(s.days.Free, got[0].days.Free) || len(s.masters) != len(got[0].masters) {
			t.Errorf("process %d has seen something else than the first one", i+2)
		}
	}
}

// TestASharedAnswerIsAsOldAsItIs compares how old the same answer is for the process that asked, and for one that came to it later.
func TestASharedAnswerIsAsOldAsItIs(t *testing.T) {
	processes, _ := several(t, 2)
	s := look(t, processes[0])
	<-time.After(300 * time.Millisecond)
	look(t, processes[1])
	k := slotsKey(s.company.ID, s.day, s.filter)
	first, _ := processes[0].cache.entries.GetIfPresent(k)
	second, ok := processes[1].cache.entries.GetIfPresent(k)
	if apart := second.loaded.Sub(first.loaded).Abs(); !ok || apart > 100*time.Millisecond {
		t.Errorf("the answer is %v younger where it was shared, want as old", apart)
	}
	left := second.left(second.ages.Hard, processes[1].now)
	if left > second.ages.Hard-250*time.Millisecond {
		t.Errorf("it leaves the cache in %v, later than it may be shown", left)
	}
}

// TestABookingIsKnownEverywhere books at one process, and looks at what another one shows that knows the times, and at what a
// third one asks that does not.
func TestABookingIsKnownEverywhere(t *testing.T) {
	processes, box := several(t, 3)
	a, b, c := processes[0], processes[1], processes[2]
	s := look(t, a)
	look(t, b)
	slot := s.slots[0]
	sold := Sold{Company: s.company, Services: s.filter.Services, Master: s.filter.Master, Start: slot.Start, Length: slot.Length}
	a.Booked(sold)
	shows := func(c *Catalog) bool {
		slots, err := c.Slots(t.Context(), s.company, s.day, s.filter)
		if err != nil {
			t.Error(err)
		}
		return slices.ContainsFunc(slots, sold.overlaps)
	}
	asked := askedFor(box, timesOf(s))
	if shows(a) {
		t.Error("the process that booked shows the time")
	}
	passed := time.Duration(0)
	for shows(b) {
		const step = 10 * time.Millisecond
		if passed += step; passed > time.Second {
			t.Fatal("another process shows the time after a second")
		}
		<-time.After(step)
	}
	if n := askedFor(box, timesOf(s)) - asked; n != 0 {
		t.Errorf("the correction cost %d calls, want none", n)
	}
	// A process that knew nothing corrects the shared answer, which is older than the booking. The sandbox knows of no booking.
	if look(t, c); shows(c) {
		t.Error("a process that knew nothing shows the time")
	}
	if n := askedFor(box, timesOf(s)) - asked; n != 0 {
		t.Errorf("a process that knew nothing has asked %d times, want none", n)
	}
	// Another salon's answers are as good as before.
	if _, err := b.Company(t.Context(), lang, sandbox.TownCompany+1); err != nil {
		t.Fatal(err)
	}
	c.Booked(sold)
	before := len(box.Calls())
	if _, err := c.Company(t.Context(), lang, sandbox.TownCompany+1); err != nil || len(box.Calls()) != before {
		t.Errorf("another salon was asked about again: %v", err)
	}
}

func timesOf(s seen) string {
	b, _ := json.Marshal(s.filter.Master)
	c, _ := json.Marshal(s.company.ID)
	return "book_times/" + string(c) + "/" + string(b) + "/" + s.day
}

// TestWhatAChangeMakesUntrue: of each kind of answer.
func TestWhatAChangeMakesUntrue(t *testing.T) {
	at := time.Date(2026, 12, 3, 12, 0, 0, 0, time.FixedZone("", 3*3600))
	sold := change{Kind: changeSold, Company: 1, Services: []int{10}, Master: 5, At: at, Length: time.Hour}
	anybody := sold
	anybody.Master = 0
	outdated := change{Kind: changeDay, Company: 1, At: at}
	f := Filter{Services: []int{10}, Master: 5}
	other := Filter{Services: []int{10}, Master: 6}
	company := &Company{ID: 1}
	for _, c := range []struct {
		name string
		k    key
		what change
		want bool
	}{
		{"the master's day", slotsKey(1, "2026-12-03", f), sold, true},
		{"the day with any master", slotsKey(1, "2026-12-03", Filter{}), sold, true},
		{"another day", slotsKey(1, "2026-12-04", f), sold, false},
		{"another master's day", slotsKey(1, "2026-12-03", other), sold, false},
		{"another master's day, when it may be his", slotsKey(1, "2026-12-03", other), anybody, true},
		{"another master's day, outdated", slotsKey(1, "2026-12-03", other), outdated, true},
		{"the master's days", datesKey(company, at, f), sold, true},
		{"another master's days", datesKey(company, at, other), sold, false},
		{"who does it, and when", staffKey(lang, 1, Filter{}), sold, true},
		{"what there is at a time", about(questionServices, 1).in(lang).by(Filter{Slot: at}), sold, true},
		{"what there is", about(questionServices, 1).in(lang).by(Filter{}), sold, false},
		{"the company", about("company", 1).in(lang), sold, false},
		{"events, by a visit", about(questionGroupEvents, 1).in(lang), sold, false},
		{"events, by their places", about(questionGroupEvents, 1).in(lang), change{Kind: changeEvents, Company: 1}, true},
		{"times, by the places of events", slotsKey(1, "2026-12-03", f), change{Kind: changeEvents, Company: 1}, false},
		{"the company, by what a later version tells", about("company", 1).in(lang), change{Kind: "later", Company: 1}, true},
	} {
		note, err := json.Marshal(c.what)
		if err != nil {
			t.Fatal(err)
		}
		if got := untrue(c.k, note); got != c.want {
			t.Errorf("%s: untrue = %v, want %v", c.name, got, c.want)
		}
	}
	if !untrue(slotsKey(1, "2026-12-03", f), []byte("{")) {
		t.Error("a note that cannot be read makes nothing untrue")
	}
}

// TestWhatIsToldIsUnderstood hands over notes that are no changes: the cache stays as it is.
func TestWhatIsToldIsUnderstood(t *testing.T) {
	processes, box := several(t, 1)
	c := processes[0]
	look(t, c)
	before := len(box.Calls())
	for _, note := range []string{"", "{", `{"kind":"later","company":5001}`, `{"kind":"day","company":0}`, `[]`} {
		c.Told([]byte(note))
	}
	if look(t, c); len(box.Calls()) != before {
		t.Errorf("%d calls after notes that say nothing", len(box.Calls())-before)
	}
}
