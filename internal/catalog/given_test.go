package catalog

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// TestAProcessTakesUpWhatTheOthersKnow looks at one process, and at what another one knows then without a question of its own.
func TestAProcessTakesUpWhatTheOthersKnow(t *testing.T) {
	processes, box := several(t, 2)
	a, b := processes[0], processes[1]
	s := look(t, a)
	if _, err := b.Company(t.Context(), lang, s.company.ID); err != nil {
		t.Fatal(err)
	}
	before := len(box.Calls())
	form, services := about(questionForm, 1), about(questionServices, s.company.ID).in(lang)
	b.Given(form.text())
	b.Given(services.text())
	for _, k := range []key{form, services} {
		if _, here := a.cache.entries.GetIfPresent(k); !here || b.lacks(k) {
			t.Errorf("%s: asked for %v, taken up %v", k.question, here, !b.lacks(k))
		}
	}
	for _, k := range []key{
		staffKey(lang, s.company.ID, Filter{Services: s.filter.Services}),
		datesKey(s.company, a.monthStart(s.company), s.filter),
		slotsKey(s.company.ID, s.day, s.filter),
	} {
		b.Given(k.text())
		of, _ := a.cache.entries.GetIfPresent(k)
		e, ok := b.cache.entries.GetIfPresent(k)
		if !ok {
			t.Errorf("%s was not taken up", k.question)
		} else if apart := e.loaded.Sub(of.loaded).Abs(); apart > 100*time.Millisecond {
			t.Errorf("%s: %v older than it is", k.question, apart)
		}
	}
	// And what is told from them.
	if known, ok := cachedValue[able](b, ableKey(s.company.ID, servicesKey(s.filter.Services))); !ok || len(known.masters) != len(s.masters) {
		t.Errorf("it is known that %d can do it, want %d", len(known.masters), len(s.masters))
	}
	if b.length(s.company.ID, s.filter.Master, servicesKey(s.filter.Services)) == 0 {
		t.Error("it is not known how long it takes")
	}
	for _, nothing := range []string{"", "slots", about("bookform", 1).text(), slotsKey(s.company.ID, "2020-01-01", s.filter).text(), slotsKey(77, s.day, s.filter).text()} {
		b.Given(nothing)
	}
	if n := len(box.Calls()) - before; n != 0 {
		t.Errorf("%d calls were made, want none", n)
	}
}

// TestWhatWasSoldIsTakenFromASharedAnswer books at one process and looks at another one, which knows nothing yet: the times that the
// first one had asked for before the booking serve, without the one that is sold.
func TestWhatWasSoldIsTakenFromASharedAnswer(t *testing.T) {
	processes, box := several(t, 2)
	a, b := processes[0], processes[1]
	s := look(t, a)
	if _, err := b.Company(t.Context(), lang, s.company.ID); err != nil {
		t.Fatal(err)
	}
	sold := Sold{Company: s.company, Services: s.filter.Services, Master: s.filter.Master, Start: s.slots[0].Start, Length: s.slots[0].Length}
	a.Booked(sold)
	before := len(box.Calls())
	slots, err := b.Slots(t.Context(), s.company, s.day, s.filter)
	if err != nil || len(slots) == 0 || slices.ContainsFunc(slots, sold.overlaps) {
		t.Errorf("%d slots, %v; want those that are left", len(slots), err)
	}
	if n := len(box.Calls()) - before; n != 0 {
		t.Errorf("%d calls were made, want none", n)
	}
}

// TestWhatCorrects: of each kind of answer.
func TestWhatCorrects(t *testing.T) {
	at := time.Date(2026, 12, 3, 12, 0, 0, 0, time.FixedZone("", 3*3600))
	f, whoever := Filter{Services: []int{10}, Master: 5}, Filter{Services: []int{10}}
	sold := change{Kind: changeSold, Company: 1, Services: []int{10}, Master: 5, At: at, Length: time.Hour}
	anybody, unknown := sold, sold
	anybody.Master, unknown.Length = 0, 0
	slot := func(hours int) Slot { return Slot{Start: at.Add(time.Duration(hours) * time.Hour), Length: time.Hour} }
	times := []Slot{slot(-1), slot(0), slot(1)}
	list := staff{masters: []Master{{ID: 5, Slots: times}, {ID: 6, Slots: times}}}
	days := Dates{Free: []string{"2026-12-03", "2026-12-04"}}
	slots := slotsKey(1, "2026-12-03", f)
	for _, c := range []struct {
		name   string
		k      key
		value  any
		what   change
		scarce bool
		want   int // slots or days that are left; -1 = it has to be asked for
	}{
		{"a master's slots", slots, times, sold, false, 2},
		{"all that he had", slots, times[1:2], sold, false, -1},
		{"his, when it may be another's", slots, times, anybody, false, -1},
		{"the same while calls are scarce", slots, times, anybody, true, 2},
		{"with any master", slotsKey(1, "2026-12-03", whoever), times, sold, false, -1},
		{"a list of masters", staffKey(lang, 1, whoever), list, sold, false, 2},
		{"days", datesKey(&Company{ID: 1}, at, f), days, sold, false, -1},
		{"days without this one", datesKey(&Company{ID: 1}, at, f), Dates{Free: days.Free[1:]}, sold, false, 1},
		{"days while calls are scarce", datesKey(&Company{ID: 1}, at, f), days, sold, true, 2},
		{"a visit of unknown length", slots, times, unknown, true, -1},
		{"an outdated day", slots, times, change{Kind: changeDay, Company: 1, At: at}, true, -1},
		{"what there is at a time", staffKey(lang, 1, Filter{Slot: at}), list, sold, true, -1},
	} {
		note, err := json.Marshal(c.what)
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		if corrects(c.k, note) {
			if value, ok := corrected(c.k, c.value, [][]byte{note}, c.scarce); ok {
				switch left := value.(type) {
				case []Slot:
					got = len(left)
				case Dates:
					got = len(left.Free)
				case staff:
					got = len(left.masters[0].Slots)
					if len(left.masters[1].Slots) != len(times) {
						t.Errorf("%s: another master has lost slots", c.name)
					}
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %d left, want %d", c.name, got, c.want)
		}
	}
	if len(times) != 3 || len(list.masters[0].Slots) != 3 {
		t.Error("the answer itself was changed")
	}
}

// TestWhatIsToldMeanwhileIsNotLost lets a visit be told of while an older answer is on its way into the cache.
func TestWhatIsToldMeanwhileIsNotLost(t *testing.T) {
	c, _ := newCatalog(t)
	at := c.now().Truncate(time.Hour).Add(24 * time.Hour)
	k := slotsKey(1, at.Format(time.DateOnly), Filter{Services: []int{10}, Master: 5})
	note, err := json.Marshal(change{Kind: changeSold, Company: 1, Services: []int{10}, Master: 5, At: at, Length: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	all := []Slot{{Start: at, Length: time.Hour}, {Start: at.Add(time.Hour), Length: time.Hour}}
	for name, second := range map[string]func() ([]Slot, error){
		"corrected": func() ([]Slot, error) { return all[1:], nil },
		"gone":      func() ([]Slot, error) { return nil, context.DeadlineExceeded },
	} {
		looks := 0
		_, _, ok := takeUp(t.Context(), c, k, c.ages.slots, func(context.Context) ([]Slot, error) {
			if looks++; looks == 1 {
				c.Told(note) //nolint:contextcheck // what others tell comes without a request
				return all, nil
			}
			return second()
		})
		slots, in := cachedValue[[]Slot](c, k)
		if looks != 2 || ok != in || len(slots) > 1 {
			t.Errorf("%s: looked %d times, taken up %v; %d slots in the cache, want the one that is left at most", name, looks, ok, len(slots))
		}
		if want := name == "corrected"; in != want {
			t.Errorf("%s: in the cache: %v, want %v", name, in, want)
		}
		c.cache.entries.InvalidateAll()
	}
}
