package sandbox

import (
	"math/rand/v2"
	"testing"

	"okoshko/internal/testclock"
)

// TestDesksWorkInTheDiary lets desks work and compares the diary before and after each thing that they did.
func TestDesksWorkInTheDiary(t *testing.T) {
	s, err := New(Options{Now: testclock.Standing().Now, NoLimits: true, Town: &Town{Salons: 1, Services: 10, Masters: 5, Days: 14, Occupancy: 40}})
	if err != nil {
		t.Fatal(err)
	}
	luck := rand.New(rand.NewPCG(1, 1))
	for range 30 {
		for _, work := range []DeskWork{DeskBooks, DeskCancels, DeskMoves} {
			before := map[int]Record{}
			for _, r := range s.Records() {
				before[r.ID] = r
			}
			if !s.Desk(TownCompany, work, luck) {
				t.Fatalf("work %d: nothing to do", work)
			}
			entered, cancelled, moved := 0, 0, 0
			for _, r := range s.Records() {
				was, known := before[r.ID]
				switch {
				case !known:
					entered++
					if r.Online || r.Phone != "" {
						t.Errorf("a desk's visit is online %v, phone %q", r.Online, r.Phone)
					}
				case was.Deleted != r.Deleted:
					cancelled++
				case !was.Start.Equal(r.Start):
					moved++
				}
				if r.Start.After(s.options.Now()) && !r.Deleted && s.Free(TownCompany, r.Staff, r.Services, r.Start) {
					t.Errorf("the time of visit %d is free", r.ID)
				}
			}
			want := [3]int{}
			want[work] = 1
			if got := [3]int{entered, cancelled, moved}; got != want {
				t.Fatalf("work %d: entered, cancelled, moved = %v, want %v", work, got, want)
			}
		}
	}
	if n := len(s.Booked()); n != 0 {
		t.Errorf("Booked() = %d after desks' work, want 0", n)
	}
	if s.Desk(1, DeskBooks, luck) {
		t.Error("a desk of no company has worked")
	}
}

// TestADeskLeavesCustomersVisitsAlone cancels all that a desk may.
func TestADeskLeavesCustomersVisitsAlone(t *testing.T) {
	s, err := New(Options{Now: testclock.Standing().Now, NoLimits: true, Town: &Town{Salons: 1, Services: 1, Masters: 1, Days: 14}})
	if err != nil {
		t.Fatal(err)
	}
	luck := rand.New(rand.NewPCG(1, 1))
	for s.Desk(TownCompany, DeskBooks, luck) {
	}
	s.mu.Lock()
	customers := 0
	for _, r := range s.state.booked {
		if r.start.After(s.options.Now()) && !r.deleted && customers == 0 {
			customers, r.fromApp = r.id, true
		}
	}
	s.mu.Unlock()
	if customers == 0 {
		t.Fatal("the desk has booked nothing")
	}
	for s.Desk(TownCompany, DeskCancels, luck) {
	}
	for _, r := range s.Records() {
		if r.ID == customers && r.Deleted {
			t.Error("a desk has cancelled a visit that was booked through the API")
		}
	}
}
