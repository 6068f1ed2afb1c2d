package sandbox

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func mustDate(t testing.TB, text string) date {
	t.Helper()
	d, err := parseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func clock(times []time.Time) []string {
	out := []string{}
	for _, t := range times {
		out = append(out, t.Format("15:04-07"))
	}
	return out
}

func TestFreeStarts(t *testing.T) {
	moscow := zone(t, "Europe/Moscow")
	day := mustDate(t, "2026-12-01")
	at := func(hour, minute int) time.Time {
		when, _ := day.at(hour*60+minute, moscow)
		return when
	}
	work := shift{from: 10 * 60, to: 14 * 60, breaks: [][2]int{{12 * 60, 12*60 + 30}}}.on(day, moscow)
	for _, tt := range []struct {
		name      string
		busy      []span
		length    time.Duration
		notBefore time.Time
		want      []string
	}{
		{"empty day", nil, time.Hour, at(0, 0), []string{"10:00+03", "10:30+03", "11:00+03", "12:30+03", "13:00+03"}},
		{"whole stretch", nil, 2 * time.Hour, at(0, 0), []string{"10:00+03"}},
		{"too long for any stretch", nil, 3 * time.Hour, at(0, 0), []string{}},
		{"a visit in the way", []span{{at(10, 30), at(11, 30)}}, 30 * time.Minute, at(0, 0), []string{"10:00+03", "11:30+03", "12:30+03", "13:00+03", "13:30+03"}},
		{"touching is not overlapping", []span{{at(9, 0), at(10, 0)}, {at(11, 0), at(12, 0)}}, time.Hour, at(0, 0), []string{"10:00+03", "12:30+03", "13:00+03"}},
		{"not before", nil, 30 * time.Minute, at(13, 0), []string{"13:00+03", "13:30+03"}},
		{"just after a start", nil, 30 * time.Minute, at(13, 0).Add(time.Second), []string{"13:30+03"}},
		{"off the grid", []span{{at(10, 0), at(10, 5)}}, 30 * time.Minute, at(0, 0), []string{"10:30+03", "11:00+03", "11:30+03", "12:30+03", "13:00+03", "13:30+03"}},
	} {
		got := clock(freeStarts(work, tt.busy, day.grid(30, moscow), tt.length, tt.notBefore))
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: freeStarts = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Riga's clocks jump from 03:00 to 04:00 on 2027-03-28 and fall back from 04:00
// to 03:00 on 2026-10-25, where each wall time is offered once.
func TestFreeStartsWhenClocksChange(t *testing.T) {
	riga := zone(t, "Europe/Riga")
	night := shift{from: 2 * 60, to: 5 * 60}
	for _, tt := range []struct {
		day  string
		want []string
	}{
		{"2027-03-28", []string{"02:00+02", "02:30+02", "04:00+03"}},
		{"2026-10-25", []string{"02:00+03", "02:30+03", "03:00+02", "03:30+02", "04:00+02"}},
		{"2026-10-26", []string{"02:00+02", "02:30+02", "03:00+02", "03:30+02", "04:00+02"}},
	} {
		day := mustDate(t, tt.day)
		got := clock(freeStarts(night.on(day, riga), nil, day.grid(30, riga), time.Hour, time.Time{}))
		if !slices.Equal(got, tt.want) {
			t.Errorf("freeStarts on %s = %v, want %v", tt.day, got, tt.want)
		}
	}
}

func TestGridRisesOnEveryDay(t *testing.T) {
	zones := []string{"Europe/Riga", "Europe/Moscow", "Europe/Berlin", "Asia/Yekaterinburg", "Europe/Kyiv", "America/Sao_Paulo"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := date{2015, time.January, 1}.add(rapid.IntRange(0, 5000).Draw(t, "day"))
		step := rapid.SampledFrom([]int{15, 30, 60}).Draw(t, "step")
		grid := day.grid(step, loc)
		for i, at := range grid {
			if dateOf(at) != day || (at.Hour()*60+at.Minute())%step != 0 {
				t.Fatalf("grid of %s holds %s", day, at)
			}
			if i > 0 && !at.After(grid[i-1]) {
				t.Fatalf("grid of %s does not rise at %s", day, at)
			}
		}
	})
}

func drawShift(t *rapid.T) shift {
	from := rapid.IntRange(0, 20).Draw(t, "from") * 60
	to := from + rapid.IntRange(1, 12).Draw(t, "hours")*60
	s := shift{from: from, to: min(to, minutesPerDay)}
	if pause := rapid.IntRange(0, s.to-s.from-30).Draw(t, "pause"); rapid.Bool().Draw(t, "has pause") {
		s.breaks = [][2]int{{from + pause, from + pause + 30}}
	}
	return s
}

// Whatever is booked, in whatever order: offered slots never overlap what is
// taken, lie inside the shift, and once taken are no longer offered.
func TestBookingOfferedSlotsNeverOverlaps(t *testing.T) {
	riga := zone(t, "Europe/Riga")
	rapid.Check(t, func(t *rapid.T) {
		day := date{2026, time.October, 1}.add(rapid.IntRange(0, 400).Draw(t, "day"))
		s := drawShift(t)
		work := s.on(day, riga)
		grid := day.grid(rapid.SampledFrom([]int{15, 30}).Draw(t, "grid"), riga)
		var taken []span
		for range rapid.IntRange(1, 20).Draw(t, "visits") {
			length := time.Duration(rapid.IntRange(1, 16).Draw(t, "quarters")) * 15 * time.Minute
			free := freeStarts(work, taken, grid, length, time.Time{})
			if len(free) == 0 {
				continue
			}
			visit := span{start: rapid.SampledFrom(free).Draw(t, "start")}
			visit.end = visit.start.Add(length)
			if !slices.ContainsFunc(work, func(w span) bool { return w.holds(visit) }) {
				t.Fatalf("%v lies outside %v", visit, work)
			}
			if slices.ContainsFunc(taken, visit.overlaps) {
				t.Fatalf("%v overlaps one of %v", visit, taken)
			}
			taken = append(taken, visit)
			if slices.ContainsFunc(freeStarts(work, taken, grid, length, time.Time{}), visit.start.Equal) {
				t.Fatalf("%v is offered although taken", visit)
			}
		}
	})
}
