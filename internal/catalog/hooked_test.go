package catalog

import (
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	stopwatch "okoshko/internal/clock"
	"okoshko/internal/flow"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/webhook"
)

// hookedTown is a process at a town's salons that gets hooks, by a clock that stands until it is moved.
type hookedTown struct {
	*Catalog
	t     *testing.T
	box   *sandbox.Sandbox
	clock *testclock.Clock
	luck  *rand.Rand
	seen  seen
}

func newHookedTown(t *testing.T) *hookedTown {
	t.Helper()
	standing := testclock.StandingAt(testclock.BetweenSlots())
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: standing.Now, Town: &sandbox.Town{Salons: 2, Services: 20, Masters: 5, Days: 20, Occupancy: 40}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box.Handler())
	t.Cleanup(api.Close)
	up, err := upstream.New(upstream.Options{BaseURL: api.URL, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(up.Close)
	day := Ages{Fresh: time.Hour, Soft: 2 * time.Hour, Hard: 24 * time.Hour}
	c, err := New(Options{
		Client: up, BaseURL: api.URL, Now: standing.Now, Bookforms: day, Entries: day, MaxEntries: 10_000, Hooks: true,
		Dates: Ages{Fresh: time.Minute, Soft: 5 * time.Minute, Hard: 10 * time.Minute}, Slots: Ages{Fresh: 45 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	town := &hookedTown{Catalog: c, t: t, box: box, clock: standing, luck: rand.New(rand.NewPCG(1, 1))}
	town.seen = look(t, c)
	return town
}

// calls are those that a function causes.
func (w *hookedTown) calls(f func()) int {
	before := len(w.box.Calls())
	f()
	return len(w.box.Calls()) - before
}

// slots are those that are shown of a day.
func (w *hookedTown) slots(day string, f Filter) []Slot {
	w.t.Helper()
	slots, err := w.Slots(w.t.Context(), w.seen.company, day, f)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Settle() // so that an answer that is asked for again is as old as the clock says
	return slots
}

// schedule is a hook about a master's schedule.
func schedule(company, master int) webhook.Hook {
	return webhook.Hook{Company: company, Resource: webhook.Schedule, ID: master, Status: webhook.Updated}
}

// recordOf is the hook of a sandbox's record.
func recordOf(r sandbox.Record, status webhook.Status) webhook.Hook {
	at := r.Start
	return webhook.Hook{Company: r.Company, Resource: webhook.Record, ID: r.ID, Status: status, Visit: webhook.Visit{
		Place: webhook.Place{Master: r.Staff, Day: at.Format(time.DateOnly), Start: at, Length: r.Length}, Gone: r.Deleted,
	}}
}

// TestHooksMakeUntrueWhatTheyConcern asks of every kind of answer whether a hook concerns it.
func TestHooksMakeUntrueWhatTheyConcern(t *testing.T) {
	at := time.Date(2026, 12, 1, 12, 0, 0, 0, time.FixedZone("", 3*60*60))
	company := &Company{ID: 1, Location: at.Location()}
	const day, other = "2026-12-01", "2026-12-02"
	slot := Filter{Services: []int{5}, Slot: at}
	keys := map[string]key{
		"the master's day":            slotsKey(1, day, Filter{Services: []int{5}, Master: 7}),
		"the day with any":            slotsKey(1, day, Filter{Services: []int{5}}),
		"another master's day":        slotsKey(1, day, Filter{Services: []int{5}, Master: 8}),
		"another day":                 slotsKey(1, other, Filter{Services: []int{5}, Master: 7}),
		"another service":             slotsKey(1, other, Filter{Services: []int{15}, Master: 8}),
		"the master's days":           datesKey(company, at, Filter{Services: []int{5}, Master: 7}),
		"another master's days":       datesKey(company, at, Filter{Services: []int{15}, Master: 8}),
		"who does the service":        staffKey(lang, 1, Filter{Services: []int{5}}),
		"who is free":                 staffKey(lang, 1, slot),
		"the services":                about(questionServices, 1).in(lang),
		"the services at the time":    about(questionServices, 1).in(lang).by(slot),
		"the master's services":       about(questionServices, 1).in(lang).by(Filter{Master: 7}),
		"another master's services":   about(questionServices, 1).in(lang).by(Filter{Master: 8}),
		"the company":                 about(questionCompany, 1).in(lang),
		"the agreement":               about(questionPrivacy, 1).in(lang),
		"the group events":            about(questionGroupEvents, 1).in(lang),
		"how long services take":      lengthsKey(1),
		"how long the master takes":   lengthKey(1, 7, "5"),
		"how long another takes":      lengthKey(1, 8, "15"),
		"what is seen of the day":     observedKey(1, 7, day),
		"what is seen of another day": observedKey(1, 7, other),
	}
	booked := webhook.Visit{Place: webhook.Place{Master: 7, Day: day, Start: at, Length: time.Hour}}
	ofDay := []string{"the day with any", "the master's day", "the master's days", "what is seen of the day", "who does the service", "who is free", "the services at the time"}
	ofMaster := append(slices.Clone(ofDay), "another day", "what is seen of another day")
	for name, one := range map[string]struct {
		hook webhook.Hook
		want []string
	}{
		"a visit is booked":    {webhook.Hook{Resource: webhook.Record, Status: webhook.Created, Visit: booked}, ofDay},
		"a visit is cancelled": {webhook.Hook{Resource: webhook.Record, Status: webhook.Deleted, Visit: booked}, ofDay},
		"a schedule":           {webhook.Hook{Resource: webhook.Schedule, ID: 7}, ofMaster},
		"a master":             {webhook.Hook{Resource: webhook.Master, ID: 7}, append(slices.Clone(ofMaster), "the master's services", "the group events", "how long the master takes")},
		"a service": {webhook.Hook{Resource: webhook.Service, ID: 5}, []string{
			"the master's day", "the day with any", "another master's day", "another day", "the master's days", "who does the service", "who is free",
			"the services", "the services at the time", "the master's services", "another master's services", "the group events", "how long services take", "how long the master takes",
		}},
		"a category":          {webhook.Hook{Resource: webhook.Category, ID: 3}, []string{"the services", "the services at the time", "the master's services", "another master's services"}},
		"a place at an event": {webhook.Hook{Resource: webhook.Record, Visit: webhook.Visit{Event: 3}}, []string{"the group events"}},
		"the company": {webhook.Hook{Resource: webhook.Company}, append(
			slices.Clone(ofMaster), "another master's day", "another service", "another master's days", "the company", "the agreement",
		)},
	} {
		one.hook.Company = 1
		note, err := json.Marshal(change{Kind: changeHook, Company: 1, Hook: &one.hook})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for what, k := range keys {
			if untrue(k, note) {
				got = append(got, what)
			}
		}
		slices.Sort(got)
		slices.Sort(one.want)
		if !slices.Equal(got, one.want) {
			t.Errorf("%s: makes untrue\n%q, want\n%q", name, got, one.want)
		}
	}
}

// TestHooksDropNothingElse counts what of two salons is cached before and after hooks about one of them.
func TestHooksDropNothingElse(t *testing.T) {
	w := newHookedTown(t)
	ctx := t.Context()
	neighbour, err := w.Company(ctx, lang, sandbox.TownCompany+1)
	if err != nil {
		t.Fatal(err)
	}
	services, err := w.Services(ctx, lang, neighbour.ID, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	filter := Filter{Services: services.IDs()[:1]}
	if _, err := w.Masters(ctx, lang, neighbour, filter); err != nil {
		t.Fatal(err)
	}
	before := w.keysOf(neighbour.ID)
	salon := w.keysOf(w.seen.company.ID)
	n := w.calls(func() {
		for _, r := range []webhook.Resource{webhook.Record, webhook.Schedule, webhook.Master, webhook.Service, webhook.Category, webhook.Company} {
			if got := w.Hooked(webhook.Hook{Company: w.seen.company.ID, Resource: r, Status: webhook.Updated}); got != webhook.Applied {
				t.Errorf("%s: %s", r, got)
			}
			if got := w.Hooked(webhook.Hook{Company: 77, Resource: r}); got != webhook.Unknown {
				t.Errorf("%s of a salon that nobody asked about: %s", r, got)
			}
		}
	})
	if n != 0 {
		t.Errorf("hooks have caused %d calls", n)
	}
	if after := w.keysOf(neighbour.ID); len(after) != len(before) {
		t.Errorf("%d answers about the neighbour of %d are left", len(after), len(before))
	}
	if left := len(w.keysOf(w.seen.company.ID)); left >= len(salon) {
		t.Errorf("%d answers about the salon of %d are left", left, len(salon))
	}
	if got := w.Hooked(webhook.Hook{Company: w.seen.company.ID, Resource: "client"}); got != webhook.Ignored {
		t.Errorf("a client: %s", got)
	}
}

// TestWithHooksWhatIsShownIsFree lets the desks of a salon work for hours, with a hook after each thing that they do, and looks at
// all times that are shown without a call, while calls are to spare and while they are scarce. Hooks cause no calls, and drop little.
func TestWithHooksWhatIsShownIsFree(t *testing.T) {
	for _, scarce := range []bool{false, true} {
		w := newHookedTown(t)
		w.cache.scarce = func() bool { return scarce }
		w.showsWhatIsFree()
	}
}

func (w *hookedTown) showsWhatIsFree() {
	t, c := w.t, w.seen.company
	t.Helper()
	free := w.seen.days.Free[:4]
	shown, works := 0, 0
	for range 60 {
		for _, day := range free {
			w.slots(day, w.seen.filter)
			w.slots(day, Filter{Services: w.seen.filter.Services})
		}
		before := map[int]sandbox.Record{}
		for _, r := range w.box.Records() {
			before[r.ID] = r
		}
		work := []sandbox.DeskWork{sandbox.DeskBooks, sandbox.DeskCancels, sandbox.DeskMoves}[w.luck.IntN(3)]
		if !w.box.Desk(c.ID, work, w.luck) {
			continue
		}
		for _, r := range w.box.Records() {
			was, known := before[r.ID]
			r.Start = r.Start.In(c.Location)
			switch {
			case !known:
				w.Hooked(recordOf(r, webhook.Created))
			case was.Deleted != r.Deleted:
				w.Hooked(recordOf(r, webhook.Deleted))
			case !was.Start.Equal(r.Start) || was.Staff != r.Staff:
				w.Hooked(recordOf(r, webhook.Updated))
			default:
				continue
			}
			works++
		}
		n := w.calls(func() {
			for _, day := range free {
				for _, f := range []Filter{w.seen.filter, {Services: w.seen.filter.Services}} {
					slots, ok := w.KnownSlots(t.Context(), c, day, f)
					if !ok {
						continue
					}
					for _, s := range slots {
						if shown++; !w.box.Free(c.ID, f.Master, f.Services, s.Start) {
							t.Errorf("%v of master %d is shown and not free", s.Start, f.Master)
						}
					}
				}
			}
		})
		if n != 0 {
			t.Errorf("%d calls", n)
		}
		w.clock.Add(time.Second / 2)
	}
	if works < 40 || shown < 1000 {
		t.Errorf("after %d things done %d times were looked at: too few", works, shown)
	}
}

// TestAMovedVisitFreesItsTime moves a visit of which an earlier hook has told: the time that it had is shown again.
func TestAMovedVisitFreesItsTime(t *testing.T) {
	w := newHookedTown(t)
	c, f, day := w.seen.company, w.seen.filter, w.seen.day
	slot := w.slots(day, f)[0]
	place := webhook.Place{Master: f.Master, Day: day, Start: slot.Start, Length: slot.Length}
	hook := webhook.Hook{Company: c.ID, Resource: webhook.Record, ID: 9, Status: webhook.Created, Visit: webhook.Visit{Place: place}}
	has := func() bool {
		return slices.ContainsFunc(w.slots(day, f), func(s Slot) bool { return s.Start.Equal(slot.Start) })
	}
	w.Hooked(hook)
	if n := w.calls(func() {
		if has() {
			t.Error("the time of a new visit is shown")
		}
	}); n != 0 {
		t.Errorf("a new visit costs %d calls", n)
	}
	hook.Status = webhook.Updated
	hook.Visit.Start = slot.Start.AddDate(0, 0, 7)
	hook.Visit.Day = flow.DaysOf(hook.Visit.Start)[0]
	w.Hooked(hook)
	if !has() {
		t.Error("the time that the visit had is not shown")
	}
}

// TestAFreedTimeCostsNoCallWhileCallsAreScarce cancels a visit of which hooks tell: while calls are to spare its time is asked for and shown
// again; while they are scarce the other times are shown as they are, without a call.
func TestAFreedTimeCostsNoCallWhileCallsAreScarce(t *testing.T) {
	for _, scarce := range []bool{false, true} {
		w := newHookedTown(t)
		f, day := w.seen.filter, w.seen.day
		slots := w.slots(day, f)
		place := webhook.Place{Master: f.Master, Day: day, Start: slots[0].Start, Length: slots[0].Length}
		hook := webhook.Hook{Company: w.seen.company.ID, Resource: webhook.Record, ID: 9, Status: webhook.Created, Visit: webhook.Visit{Place: place}}
		w.Hooked(hook)
		w.cache.scarce = func() bool { return scarce }
		hook.Status, hook.Visit.Gone = webhook.Deleted, true
		w.Hooked(hook)
		var left []Slot
		calls, want := w.calls(func() { left = w.slots(day, f) }), 1
		if scarce {
			want = 0
		}
		shown := slices.ContainsFunc(left, func(s Slot) bool { return s.Start.Equal(slots[0].Start) })
		if calls != want || shown == scarce || len(left) == 0 {
			t.Errorf("calls scarce %v: %d calls, the freed time is shown: %v, of %d", scarce, calls, shown, len(left))
		}
	}
}

// earn lets visitors look at a few days again and again while hooks come in, until the salon's hooks are relied on.
func (w *hookedTown) earn() {
	w.t.Helper()
	f := w.seen.filter
	for range 4 {
		w.Hooked(schedule(w.seen.company.ID, 1)) // of a master who is not there
		for _, day := range w.seen.days.Free[1:4] {
			w.slots(day, f)
		}
		w.clock.Add(comparedAfter + time.Second)
	}
	w.slots(w.seen.day, f)
	if w.Reliable() != 1 {
		w.t.Fatal("after hooks and comparisons the salon's hooks are not relied on")
	}
}

// TestTimesLiveLongerWhileHooksComeIn counts calls for a page that is opened every minute, without hooks, with them, and when
// none have come for hours.
func TestTimesLiveLongerWhileHooksComeIn(t *testing.T) {
	w := newHookedTown(t)
	c, f, day := w.seen.company, w.seen.filter, w.seen.day
	minutes := func(n int) int {
		return w.calls(func() {
			for range n {
				w.slots(day, f)
				w.clock.Add(time.Minute)
			}
		})
	}
	if n := minutes(12); n < 11 {
		t.Errorf("without hooks %d calls in twelve minutes, want one a minute", n)
	}
	w.earn()
	if n := minutes(12); n > 4 {
		t.Errorf("with hooks %d calls in twelve minutes, want 4 at most", n)
	}
	last := w.slots(day, f)[len(w.slots(day, f))-1]
	w.clock.Add(2 * time.Minute)
	if !w.Listed(c.ID, last.Start, day, f) {
		t.Error("a time that was listed two minutes ago counts as not listed")
	}
	w.Suspend(c.ID)
	if w.Listed(c.ID, last.Start, day, f) {
		t.Error("without hooks a time that was listed two minutes ago counts as listed")
	}
	w.clock.Add(webhook.Silence)
	if n := minutes(12); n < 11 || w.Reliable() != 0 {
		t.Errorf("after a silence %d calls in twelve minutes, want one a minute", n)
	}
}

// TestAHookThatDoesNotComeIsNoticed lets a desk book without a hook, after the salon's hooks have been relied on.
func TestAHookThatDoesNotComeIsNoticed(t *testing.T) {
	w := newHookedTown(t)
	c, f := w.seen.company, w.seen.filter
	w.earn()
	middle := w.middle()
	w.clock.Add(comparedAfter)
	w.bookElsewhere(f, middle.Start)
	shows := func() bool {
		return slices.ContainsFunc(w.slots(w.seen.day, f), func(s Slot) bool { return s.Start.Equal(middle.Start) })
	}
	if !shows() {
		t.Fatal("nothing has told of the visit, and its time is not shown")
	}
	w.clock.Add(hookedFor)
	if shows() {
		t.Fatal("a time is shown for longer than five minutes after it went")
	}
	if w.slotAges(c.ID).Hard != hookedFor {
		t.Error("a hook may be under way, and the hooks are not relied on")
	}
	w.slots(w.seen.days.Free[2], f)
	w.clock.Add(hookComes)
	if got := w.slotAges(c.ID).Hard; got != 45*time.Second {
		t.Errorf("nothing has explained the difference, and times live %v", got)
	}
	for k := range w.cache.entries.Keys() {
		if e, ok := w.cache.entries.GetIfPresent(k); ok && e.ages.without != 0 {
			t.Errorf("an answer to %q lives %v", k.question, e.ages.Hard)
		}
	}
	for range 10 {
		w.clock.Add(comparedAfter + time.Second)
		w.Hooked(schedule(c.ID, 1))
		w.slots(w.seen.day, f)
	}
	if w.Reliable() != 0 {
		t.Error("its hooks are relied on within the day")
	}
	w.clock.Add(24 * time.Hour)
	w.seen = look(t, w.Catalog)
	w.earn()
}

// TestAHookExplainsADifference lets the hook come after the answer that shows the change.
func TestAHookExplainsADifference(t *testing.T) {
	w := newHookedTown(t)
	f := w.seen.filter
	w.earn()
	middle := w.middle()
	w.clock.Add(hookedFor)
	w.bookElsewhere(f, middle.Start)
	w.slots(w.seen.day, f)
	w.clock.Add(5 * time.Second)
	r := w.box.Booked()[0]
	r.Start = r.Start.In(w.seen.company.Location)
	w.Hooked(recordOf(r, webhook.Created))
	w.clock.Add(hookComes)
	w.slots(w.seen.day, f)
	if w.Reliable() != 1 {
		t.Error("its hooks are not relied on")
	}
}

// middle goes to a day with a slot that is not the first one to go when it is booked.
func (w *hookedTown) middle() Slot {
	w.t.Helper()
	for _, w.seen.day = range w.seen.days.Free[1:] {
		slots := w.slots(w.seen.day, w.seen.filter)
		for _, s := range slots {
			if !s.Start.Before(slots[0].Start.Add(slots[0].Length)) {
				return s
			}
		}
	}
	w.t.Fatal("no day has two slots that do not overlap")
	return Slot{}
}

// bookElsewhere books past the widget.
func (w *hookedTown) bookElsewhere(f Filter, start time.Time) {
	w.t.Helper()
	_, err := w.client.Book(w.t.Context(), w.seen.company.ID, upstream.BookRequest{
		Fullname: "Анна", Phone: "79161234567", Email: "anna@example.com", Appointments: []upstream.Appointment{{ID: 1, Services: f.Services, Staff: f.Master, Start: start}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestSlotsAreCompared(t *testing.T) {
	at := func(hours ...int) (out []Slot) {
		for _, h := range hours {
			out = append(out, Slot{Start: time.Date(2026, 12, 1, h, 0, 0, 0, time.UTC), Length: time.Hour})
		}
		return out
	}
	for name, one := range map[string]struct {
		before, after []Slot
		want          verdict
	}{
		"equal":                       {at(10, 11, 12), at(10, 11, 12), slotsAgree},
		"the first ones have passed":  {at(10, 11, 12), at(11, 12), slotsAgree},
		"one more":                    {at(10, 12), at(10, 11, 12), slotsAgree},
		"one earlier":                 {at(11, 12), at(10, 11, 12), slotsAgree},
		"one has gone":                {at(10, 11, 12), at(10, 12), slotsDiffer},
		"the last one has gone":       {at(10, 11, 12), at(10, 11), slotsDiffer},
		"none before":                 {nil, at(10), slotsTellNothing},
		"all have gone, or passed":    {at(10), nil, slotsTellNothing},
		"all have passed, one came":   {at(10, 11), at(12), slotsTellNothing},
		"another one, a little later": {at(10, 12), at(10, 13), slotsDiffer},
	} {
		if got := compareSlots(one.before, one.after); got != one.want {
			t.Errorf("%s: %v, want %v", name, got, one.want)
		}
	}
}

// TestAHookIsKnownEverywhere lets one process get hooks, and looks at what another one shows that knows the times.
func TestAHookIsKnownEverywhere(t *testing.T) {
	processes, _ := several(t, 2)
	a, b := processes[0], processes[1]
	s := look(t, a)
	look(t, b)
	slot := s.slots[0]
	a.Hooked(webhook.Hook{Company: s.company.ID, Resource: webhook.Record, ID: 9, Status: webhook.Created, Visit: webhook.Visit{
		Place: webhook.Place{Master: s.filter.Master, Day: s.day, Start: slot.Start, Length: slot.Length},
	}})
	shows := func() bool {
		slots, _ := b.KnownSlots(t.Context(), s.company, s.day, s.filter)
		return slices.ContainsFunc(slots, func(s Slot) bool { return s.Start.Equal(slot.Start) })
	}
	testclock.Until(t, "the other process no longer shows the time", func() bool { return !shows() })
	// Of a salon that only the other process knows.
	if got := a.Hooked(schedule(sandbox.TownCompany+1, 7)); got != webhook.Applied {
		t.Errorf("a salon that another process may know: %s", got)
	}
	// Both rely on the hooks, and neither does when one has found out that they lack something.
	for _, c := range processes {
		c.hooked.mu.Lock() // the other process may be hearing of the hook before
		for _, one := range c.hooked.companies {
			one.trust = one.trust.Hooked(c.now()).Hooked(c.now()).Agreed(c.now()).Agreed(c.now()).Agreed(c.now())
		}
		c.hooked.mu.Unlock()
	}
	becomes := func(want time.Duration) {
		t.Helper()
		for passed := stopwatch.Stopwatch(); a.slotAges(s.company.ID).Hard != want || b.slotAges(s.company.ID).Hard != want; <-time.After(time.Millisecond) {
			if passed() > testclock.Patience {
				t.Fatalf("times live %v and %v, want %v", a.slotAges(s.company.ID).Hard, b.slotAges(s.company.ID).Hard, want)
			}
		}
	}
	becomes(hookedFor)
	a.Suspend(s.company.ID)
	becomes(45 * time.Second)
}
