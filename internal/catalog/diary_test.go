package catalog

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// free are the starts on a grid at which a visit of a length fits between what is busy, in minutes.
func free(busy [][2]int, step, length, day int) []time.Time {
	var out []time.Time
	for at := 0; at+length <= day; at += step {
		if !slices.ContainsFunc(busy, func(b [2]int) bool { return at < b[1] && b[0] < at+length }) {
			out = append(out, time.Unix(int64(at)*60, 0))
		}
	}
	return out
}

// TestWhatADayTellsIsTrue draws days and compares what an answer for one length tells of another with the
// truth: when it says that it knows, it does, and what it calls certain is so.
func TestWhatADayTellsIsTrue(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]int{10, 15, 30, 60}).Draw(t, "step")
		var busy [][2]int
		for range rapid.IntRange(0, 6).Draw(t, "visits") {
			from := rapid.IntRange(0, 120).Draw(t, "from") * 5
			busy = append(busy, [2]int{from, from + rapid.IntRange(1, 36).Draw(t, "lasts")*5})
		}
		day := rapid.IntRange(20, 150).Draw(t, "day") * 5
		known, wanted := rapid.IntRange(1, 40).Draw(t, "known")*5, rapid.IntRange(1, 40).Draw(t, "wanted")*5
		answer := seen{length: time.Duration(known) * time.Minute, starts: free(busy, step, known, day)}
		truth := free(busy, step, wanted, day)
		// The grid may be known too wide, from answers with few times.
		grid := time.Duration(step*rapid.IntRange(1, 2).Draw(t, "grid known as")) * time.Minute
		length := time.Duration(wanted) * time.Minute
		for _, at := range answer.certain(length, grid) {
			if !slices.ContainsFunc(truth, at.Equal) {
				t.Fatalf("%v is called certain and is not free: known %v, true %v", at, answer.starts, truth)
			}
		}
		if grid != time.Duration(step)*time.Minute {
			return
		}
		if got, ok := answer.fitting(length, grid); ok {
			told++
			if !slices.EqualFunc(got, truth, time.Time.Equal) {
				t.Fatalf("%d minutes told by %d: got %v, true %v", wanted, known, got, truth)
			}
		}
	})
	if told == 0 {
		t.Error("nothing was ever told")
	}
}

// newScarce is a catalogue of a town's salons for which calls are always scarce.
func newScarce(t *testing.T, now func() time.Time) (scarce, plain *Catalog, box *sandbox.Sandbox) {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: now, Town: &sandbox.Town{Salons: 1, Services: 40, Masters: 8, Days: 14, Grid: 30, Occupancy: 40}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(box.Handler())
	t.Cleanup(srv.Close)
	client, err := upstream.New(upstream.Options{BaseURL: srv.URL, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	always := func() bool { return true }
	day := Ages{Fresh: time.Minute, Soft: time.Hour, Hard: 24 * time.Hour}
	slot := Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second}
	o := Options{Client: client, BaseURL: srv.URL, Now: now, Bookforms: day, Entries: day, Dates: day, Slots: slot, MaxEntries: 20000}
	if plain, err = New(o); err != nil {
		t.Fatal(err)
	}
	o.Scarce, o.Busy = always, always
	if scarce, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(scarce.Close)
	t.Cleanup(plain.Close)
	return scarce, plain, box
}

// TestTimesToldByOtherServices asks for every service of every master while calls are scarce, and compares the
// times with those that the question itself answers. Most are told by others.
func TestTimesToldByOtherServices(t *testing.T) {
	now := testclock.Start()
	scarce, plain, box := newScarce(t, func() time.Time { return now })
	ctx := context.Background()
	company, err := scarce.Company(ctx, lang, sandbox.TownCompany)
	if err != nil {
		t.Fatal(err)
	}
	services, err := scarce.Services(ctx, lang, company.ID, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	day := now.In(company.Location).AddDate(0, 0, 1).Format(time.DateOnly)
	questions, saved := 0, 0
	for _, id := range services.IDs() {
		f := Filter{Services: []int{id}}
		masters, err := scarce.Masters(ctx, lang, company, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range append(masters, Master{Bookable: true}) {
			if !m.Bookable {
				continue
			}
			f.Master = m.ID
			before := asked(box, "/book_times/") + asked(box, "/book_staff/")
			got, err := scarce.Slots(ctx, company, day, f)
			if err != nil {
				t.Fatal(err)
			}
			if asked(box, "/book_times/")+asked(box, "/book_staff/") == before {
				saved++
			}
			want, err := plain.Slots(ctx, company, day, f)
			if err != nil {
				t.Fatal(err)
			}
			same := func(a, b Slot) bool { return a.Start.Equal(b.Start) && (f.Master == 0 || a.Length == b.Length) }
			if !slices.EqualFunc(got, want, same) {
				t.Errorf("%+v: told %v, want %v", f, starts(got), starts(want))
			}
			questions++
		}
	}
	t.Logf("%d of %d questions were answered by others", saved, questions)
	if questions < 100 || saved*2 < questions {
		t.Errorf("%d of %d questions were answered by others, want most", saved, questions)
	}
}

// TestASalonThatIsOtherwiseIsNotGuessed lets answers contradict each other: from then on each question is asked.
func TestASalonThatIsOtherwiseIsNotGuessed(t *testing.T) {
	p := proof{step: 30 * time.Minute}
	at := func(minutes ...int) (out []time.Time) {
		for _, m := range minutes {
			out = append(out, time.Unix(int64(m)*60, 0))
		}
		return out
	}
	hour := seen{length: time.Hour, starts: at(0, 30, 60)}
	for range enoughProofs {
		if p.holds() {
			t.Fatal("it holds before there is enough proof")
		}
		p = p.compare(hour, seen{length: 90 * time.Minute, starts: at(0, 30)})
	}
	if !p.holds() {
		t.Fatalf("%+v does not hold", p)
	}
	if same := p.compare(hour, seen{length: 90 * time.Minute, starts: at(30)}); same.broken != 0 {
		t.Error("a time that has passed is taken for a contradiction")
	}
	if p = p.compare(hour, seen{length: 90 * time.Minute, starts: at(0)}); p.holds() {
		t.Errorf("%+v holds against the evidence", p)
	}
	for range 2 * keptProofs {
		p = p.compare(hour, seen{length: 90 * time.Minute, starts: at(0, 30)})
	}
	if !p.holds() || p.agreed > keptProofs {
		t.Errorf("%+v: old contradictions are never forgotten, or all is kept", p)
	}
}

// TestR17NoTimeIsShownLater: whatever tells a time, 45 seconds later it must be told anew.
func TestR17NoTimeIsShownLater(t *testing.T) {
	clock := testclock.Standing()
	scarce, _, box := newScarce(t, clock.Now)
	ctx := context.Background()
	company, err := scarce.Company(ctx, lang, sandbox.TownCompany)
	if err != nil {
		t.Fatal(err)
	}
	services, err := scarce.Services(ctx, lang, company.ID, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range services.IDs() {
		if _, err := scarce.Masters(ctx, lang, company, Filter{Services: []int{id}}); err != nil {
			t.Fatal(err)
		}
	}
	f := Filter{Services: services.IDs()[:1]}
	masters, err := scarce.Masters(ctx, lang, company, f)
	if err != nil || len(masters[0].Slots) == 0 {
		t.Fatalf("Masters = %v, %v", masters, err)
	}
	f.Master = masters[0].ID
	day := masters[0].Slots[0].Start.In(company.Location).Format(time.DateOnly)
	for _, in := range []context.Context{ctx, AcceptLowerBound(ctx)} {
		clock.Add(46 * time.Second)
		collecting, deps := scarce.CollectDeps(in)
		if _, ok := scarce.KnownSlots(collecting, company, day, f); ok {
			t.Error("times are known 46 seconds later without a question")
		}
		if !deps.Complete() || !deps.Valid(clock.Now()) || deps.Valid(clock.Now().Add(lowerBoundFor)) {
			t.Error("a page that does without the times is not kept for a few seconds")
		}
		before := asked(box, "/book_times/") + asked(box, "/book_staff/")
		if _, err := scarce.Slots(in, company, day, f); err != nil {
			t.Fatal(err)
		}
		if asked(box, "/book_times/")+asked(box, "/book_staff/") == before {
			t.Error("old times were shown")
		}
		if collecting, deps = scarce.CollectDeps(in); !deps.Valid(clock.Now()) {
			t.Fatal("a page of nothing does not hold")
		}
		if _, ok := scarce.KnownSlots(collecting, company, day, f); !ok {
			t.Error("times that have just come are not known")
		}
		if !deps.Complete() || !deps.Valid(clock.Now()) || deps.Valid(clock.Now().Add(45*time.Second)) {
			t.Error("a page of the times does not hold as long as they do")
		}
	}
	clock.Add(46 * time.Second)
	left, err := scarce.Masters(ctx, lang, company, Filter{Services: f.Services})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range left {
		if len(m.Slots) > 0 {
			t.Errorf("the card of %s offers times of 46 seconds ago", m.Name)
		}
		if m.Bookable && m.Nearest.IsZero() {
			t.Errorf("the card of %s does not say when about", m.Name)
		}
	}
}
