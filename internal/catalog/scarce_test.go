package catalog

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"okoshko/internal/observations"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

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

// TestFreeDaysSayNothingYoung: a day that the free days of minutes ago lack is told to nobody who waits for it to open, and a page that
// lacks it is no longer shown than that answer may be, however young another answer about the same master is.
func TestFreeDaysSayNothingYoung(t *testing.T) {
	clock := testclock.StandingAt(testclock.Start().Truncate(turn).Add(turn))
	scarce, _, _ := newScarce(t, clock.Now)
	scarce.ages.dates.Hard = 10 * time.Minute
	ctx := context.Background()
	company, err := scarce.Company(ctx, lang, sandbox.TownCompany)
	if err != nil {
		t.Fatal(err)
	}
	services, err := scarce.Services(ctx, lang, company.ID, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	f := Filter{Services: services.IDs()[:1]}
	masters, err := scarce.Masters(ctx, lang, company, f)
	if err != nil {
		t.Fatal(err)
	}
	f.Master = masters[0].ID
	clock.Add(turn + time.Minute) // what came with the masters is over
	began, length := clock.Now(), scarce.length(company.ID, f.Master, servicesKey(f.Services))
	free := observations.FreeDays{Length: length, Asked: began, Free: []string{"2000-01-01"}}
	longer := observations.FreeDays{Length: length + time.Hour, Asked: began.Add(4 * time.Minute)}
	scarce.put(calendarKey(company.ID, f.Master), observations.Calendar{Answers: []observations.FreeDays{free, longer}}, scarce.ages.dates, longer.Asked)
	clock.Add(4*time.Minute + time.Second)
	day := clock.Now().In(company.Location).AddDate(0, 0, 1).Format(time.DateOnly)
	collecting, deps := scarce.CollectDeps(ctx)
	if slots, ok := scarce.KnownSlots(collecting, company, day, f); !ok || len(slots) > 0 {
		t.Fatalf("a page takes the day for %v, %v, want full", slots, ok)
	}
	if last := began.Add(10 * time.Minute); deps.MaxAge(clock.Now()) > last.Sub(clock.Now()) {
		t.Errorf("the page is shown for %v more, its answer may be for %v", deps.MaxAge(clock.Now()), last.Sub(clock.Now()))
	}
	if _, _, all, ok := scarce.Glimpse(ctx, lang, company.ID, day, f); ok || all {
		t.Error("who waits for the day is told what was so four minutes ago")
	}
}
