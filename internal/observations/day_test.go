package observations

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// minutes is a time, in minutes after some midnight.
func minutes(m int) time.Time { return time.Unix(int64(m)*60, 0) }

// lasting is a length in minutes.
func lasting(m int) time.Duration { return time.Duration(m) * time.Minute }

// schedule is a master's day: what is busy of it, in minutes, and when it ends.
type schedule struct {
	busy [][2]int
	end  int
}

// drawSchedule makes any day at all.
func drawSchedule(t *rapid.T) schedule {
	s := schedule{end: rapid.IntRange(20, 150).Draw(t, "end") * 5}
	for range rapid.IntRange(0, 6).Draw(t, "visits") {
		from := rapid.IntRange(0, 120).Draw(t, "from") * 5
		s.busy = append(s.busy, [2]int{from, from + rapid.IntRange(1, 36).Draw(t, "lasts")*5})
	}
	return s
}

// starts are the times on a grid at which a visit of a length fits between what is busy.
func (s schedule) starts(step, length int) []time.Time {
	var out []time.Time
	for at := 0; at+length <= s.end; at += step {
		if !slices.ContainsFunc(s.busy, func(b [2]int) bool { return at < b[1] && b[0] < at+length }) {
			out = append(out, minutes(at))
		}
	}
	return out
}

// answer is what the upstream answers about the day.
func (s schedule) answer(step, length int) Day {
	return Day{Length: lasting(length), Starts: s.starts(step, length)}
}

func drawStep(t *rapid.T) int { return rapid.SampledFrom([]int{10, 15, 30, 60}).Draw(t, "step") }

func drawLength(t *rapid.T, name string) int { return rapid.IntRange(1, 40).Draw(t, name) * 5 }

// TestWhatADayTellsIsTrue compares what an answer for one length determines of another length with the day itself: an
// exact answer is the truth, and each start of a lower bound is free.
func TestWhatADayTellsIsTrue(t *testing.T) {
	exact := 0
	rapid.Check(t, func(t *rapid.T) {
		day, step := drawSchedule(t), drawStep(t)
		known, wanted := drawLength(t, "known"), drawLength(t, "wanted")
		answer, truth := day.answer(step, known), day.starts(step, wanted)
		// The grid may be known too wide, from answers with few starts.
		grid := lasting(step * rapid.IntRange(1, 2).Draw(t, "grid known as"))
		lower := answer.LowerBound(lasting(wanted), grid)
		for _, at := range lower {
			if !slices.ContainsFunc(truth, at.Equal) {
				t.Fatalf("%v is in the lower bound and not free: known %v, true %v", at, answer.Starts, truth)
			}
		}
		if grid != lasting(step) {
			return
		}
		if got, ok := answer.Exact(lasting(wanted), grid); ok {
			exact++
			if !slices.EqualFunc(got, truth, time.Time.Equal) {
				t.Fatalf("%d minutes determined by %d: got %v, true %v", wanted, known, got, truth)
			}
		}
	})
	if exact == 0 {
		t.Error("nothing was ever determined")
	}
}

// TestWithoutLeavesWhatStillFits books a visit: what is left overlaps nothing, what is gone did, and booking it twice
// changes nothing more.
func TestWithoutLeavesWhatStillFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day, step := drawSchedule(t), drawStep(t)
		answer := day.answer(step, drawLength(t, "known"))
		start, length := minutes(rapid.IntRange(0, 120).Draw(t, "start")*5), lasting(drawLength(t, "booked"))
		left := answer.Without(start, length)
		for _, at := range answer.Starts {
			gone := !slices.ContainsFunc(left.Starts, at.Equal)
			overlaps := at.Before(start.Add(length)) && start.Before(at.Add(answer.Length))
			if gone != overlaps {
				t.Fatalf("start %v of %v: gone %v, want %v", at, answer.Length, gone, overlaps)
			}
		}
		if again := left.Without(start, length); !slices.EqualFunc(again.Starts, left.Starts, time.Time.Equal) {
			t.Fatalf("booked twice: %v, then %v", left.Starts, again.Starts)
		}
	})
}

// TestDaysStaySmallAndYoung adds answers in any order: there is one for a length, none is older than allowed, a younger
// one is never replaced by an older one, and true answers are no contradiction.
func TestDaysStaySmallAndYoung(t *testing.T) {
	const maxAge = 45 * time.Second
	rapid.Check(t, func(t *rapid.T) {
		day, step := drawSchedule(t), drawStep(t)
		var list Days
		// The grid is known: as long as it is too wide, a true answer may seem to contradict another.
		e := Evidence{Step: lasting(step)}
		youngest := map[time.Duration]time.Time{}
		for range rapid.IntRange(1, 30).Draw(t, "answers") {
			d := day.answer(step, drawLength(t, "length"))
			d.Asked = minutes(0).Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "asked")) * time.Second)
			before, evidence := list, e
			var added bool
			if list, e, added = list.Add(d, maxAge, e); !added {
				if e != evidence || len(list) != len(before) {
					t.Fatalf("an answer that is not added changed %+v to %+v", evidence, e)
				}
				continue
			}
			if last := youngest[d.Length]; slices.ContainsFunc(before, func(x Day) bool { return x.Length == d.Length }) && !last.Before(d.Asked) {
				t.Fatalf("an answer of %v took the place of one of %v", d.Asked, last)
			}
			youngest[d.Length] = d.Asked
			lengths := map[time.Duration]bool{}
			for _, x := range list {
				if lengths[x.Length] {
					t.Fatalf("two answers for %v", x.Length)
				}
				lengths[x.Length] = true
				if d.Asked.Sub(x.Asked) >= maxAge {
					t.Fatalf("an answer is kept that is %v older than the latest", d.Asked.Sub(x.Asked))
				}
			}
			if starts, _, ok := list.Exact(d.Length, e.Step, d.Asked, maxAge); !ok || !slices.EqualFunc(starts, d.Starts, time.Time.Equal) {
				t.Fatalf("an answer that was just added is told as %v, %v, want %v", starts, ok, d.Starts)
			}
		}
		if e.Contradicted > 0 {
			t.Fatalf("true answers contradict each other: %+v", e)
		}
	})
}

// TestExactIsAsOldAsItsAnswer: an answer that is too old determines nothing.
func TestExactIsAsOldAsItsAnswer(t *testing.T) {
	list := Days{{Length: time.Hour, Starts: []time.Time{minutes(600), minutes(630)}, Asked: minutes(0)}}
	for age, want := range map[time.Duration]bool{0: true, 44 * time.Second: true, 45 * time.Second: false} {
		if _, asked, ok := list.Exact(90*time.Minute, 30*time.Minute, minutes(0).Add(age), 45*time.Second); ok != want || ok && !asked.Equal(minutes(0)) {
			t.Errorf("after %v: told %v, want %v", age, ok, want)
		}
	}
}
