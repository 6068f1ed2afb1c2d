package catalog

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/sandbox"
)

// asked counts the calls of an endpoint.
func asked(box *sandbox.Sandbox, path string) int {
	n := 0
	for _, c := range box.Calls() {
		if c.Method == http.MethodGet && strings.Contains(c.Path, path) {
			n++
		}
	}
	return n
}

func starts(slots []Slot) []string {
	out := make([]string, len(slots))
	for i, s := range slots {
		out[i] = s.Start.Format(time.RFC3339) + " " + s.Length.String()
	}
	return out
}

// TestTimesThatComeWithMasters compares what the list of masters tells with what the question itself
// answers, for every salon, service and master, and with any.
func TestTimesThatComeWithMasters(t *testing.T) {
	told, box := newCatalog(t)
	plain, _ := newCatalog(t)
	ctx := context.Background()
	compared := 0
	for _, id := range []int{501, 502, 601, 602, 603, 701, 801, 901, 902} {
		company, err := told.Company(ctx, lang, id)
		if err != nil {
			t.Fatal(err)
		}
		services, err := told.Services(ctx, lang, id, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, service := range services.IDs() {
			f := Filter{Services: []int{service}}
			masters, err := told.Masters(ctx, lang, company, f)
			if err != nil {
				t.Fatal(err)
			}
			first := ""
			for _, m := range masters {
				if len(m.Slots) == 0 {
					continue
				}
				day := m.Slots[0].Start.Format(time.DateOnly)
				if first == "" || day < first {
					first = day
				}
				compared += same(t, told, plain, box, company, day, Filter{Services: f.Services, Master: m.ID})
			}
			if first != "" {
				compared += same(t, told, plain, box, company, first, f)
			}
		}
	}
	if compared < 100 {
		t.Fatalf("only %d answers were compared", compared)
	}
}

func same(t *testing.T, told, plain *Catalog, box *sandbox.Sandbox, company *Company, day string, f Filter) int {
	t.Helper()
	before := asked(box, "/book_times/")
	got, err := told.Slots(context.Background(), company, day, f)
	if err != nil {
		t.Fatal(err)
	}
	if n := asked(box, "/book_times/") - before; n != 0 {
		t.Errorf("%s, %+v: asked again for what the list of masters has told", day, f)
	}
	want, err := plain.Slots(context.Background(), company, day, f)
	if err != nil {
		t.Fatal(err)
	}
	// With any master the upstream chooses whose length it says.
	if f.Master == 0 {
		got, want = slices.Clone(got), slices.Clone(want)
		for i := range got {
			got[i].Length = 0
		}
		for i := range want {
			want[i].Length = 0
		}
	}
	if g, w := starts(got), starts(want); !slices.Equal(g, w) {
		t.Errorf("company %d, %s, %+v: told %v, want %v", company.ID, day, f, g, w)
	}
	return 1
}

func TestAnOwnBookingCorrectsWhatIsKept(t *testing.T) {
	c, box := newCatalog(t)
	ctx := context.Background()
	company, err := c.Company(ctx, lang, 501)
	if err != nil {
		t.Fatal(err)
	}
	services, err := c.Services(ctx, lang, 501, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// A service of two masters, one of whom has a time that the first one leaves free.
	var f Filter
	var masters []Master
	at := -1
	for _, id := range services.IDs() {
		f = Filter{Services: []int{id}}
		if masters, err = c.Masters(ctx, lang, company, f); err != nil {
			t.Fatal(err)
		}
		if at = slices.IndexFunc(masters, func(m Master) bool {
			return len(masters) > 1 && len(m.Slots) > 1 && !m.Slots[len(m.Slots)-1].Start.Before(m.Slots[0].Start.Add(m.Slots[0].Length))
		}); at >= 0 {
			break
		}
	}
	if at < 0 {
		t.Fatal("nobody has two times")
	}
	m, slot, other := masters[at], masters[at].Slots[0], masters[(at+1)%len(masters)]
	day := slot.Start.Format(time.DateOnly)
	of, ofOther := Filter{Services: f.Services, Master: m.ID}, Filter{Services: f.Services, Master: other.ID}
	for _, x := range []Filter{of, ofOther, f} {
		if _, err := c.Slots(ctx, company, day, x); err != nil {
			t.Fatal(err)
		}
	}
	before := asked(box, "/book_")
	collecting, deps := c.CollectDeps(ctx)
	if _, err := c.Slots(collecting, company, day, of); err != nil || !deps.Valid(c.now()) {
		t.Fatalf("Slots = %v, and a page of them holds: %v", err, deps.Valid(c.now()))
	}
	c.Booked(Sold{Company: company, Master: m.ID, Start: slot.Start, Length: slot.Length})
	left, err := c.Slots(ctx, company, day, of)
	if err != nil || len(left) == 0 || slices.ContainsFunc(left, Sold{Start: slot.Start, Length: slot.Length}.overlaps) {
		t.Errorf("after the booking of %s: %v, %v", slot.Start, starts(left), err)
	}
	if deps.Valid(c.now()) {
		t.Error("a page made before the booking still holds")
	}
	if after, err := c.Masters(ctx, lang, company, f); err != nil || slices.ContainsFunc(after[at].Slots, Sold{Start: slot.Start, Length: slot.Length}.overlaps) {
		t.Errorf("the master's card still offers the time: %v", err)
	}
	if _, err := c.Slots(ctx, company, day, ofOther); err != nil {
		t.Fatal(err)
	}
	if n := asked(box, "/book_") - before; n != 0 {
		t.Errorf("the booking cost %d more questions, want none", n)
	}
	// With any master the time is there as long as another one has it.
	before = asked(box, "/book_")
	anybody, err := c.Slots(ctx, company, day, f)
	if err != nil {
		t.Fatal(err)
	}
	others, err := c.Slots(ctx, company, day, ofOther)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range anybody {
		if !slices.ContainsFunc(slices.Concat(left, others), func(y Slot) bool { return y.Start.Equal(x.Start) }) {
			t.Errorf("%s is offered with any master, and nobody has it", x.Start)
		}
	}
	if n := asked(box, "/book_") - before; n != 0 || len(anybody) < len(left) {
		t.Errorf("with any master: %d questions and %d times, want none, and at least the %d of the one", n, len(anybody), len(left))
	}
}

// TestABookingOfUnknownLengthDropsItsDayAlone: who does what, and the other days, are as they were.
func TestABookingOfUnknownLengthDropsItsDayAlone(t *testing.T) {
	c, box := newCatalog(t)
	ctx := context.Background()
	company, err := c.Company(ctx, lang, 501)
	if err != nil {
		t.Fatal(err)
	}
	f := Filter{Services: []int{501001}}
	masters, err := c.Masters(ctx, lang, company, f)
	if err != nil || len(masters[0].Slots) == 0 {
		t.Fatalf("Masters = %+v, %v", masters, err)
	}
	at := masters[0].Slots[0].Start
	before := asked(box, "/book_")
	c.Booked(Sold{Company: company, Services: f.Services, Start: at})
	after, err := c.Masters(ctx, lang, company, f)
	if err != nil || len(after) != len(masters) || len(after[0].Slots) > 0 {
		t.Errorf("after the booking: %+v, %v; want the same masters, and no times of the day", after, err)
	}
	if n := asked(box, "/book_") - before; n != 0 {
		t.Errorf("%d questions for a list of masters that was at hand", n)
	}
	of := Filter{Services: f.Services, Master: masters[0].ID}
	if _, err := c.Slots(ctx, company, at.Format(time.DateOnly), of); err != nil {
		t.Fatal(err)
	}
	if asked(box, "/book_times/") == 0 {
		t.Error("the day's times were not asked for again")
	}
}
