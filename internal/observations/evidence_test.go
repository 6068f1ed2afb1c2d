package observations

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestASalonThatIsOtherwiseIsNotGuessed lets answers contradict each other: from then on the assumption does not hold.
func TestASalonThatIsOtherwiseIsNotGuessed(t *testing.T) {
	e := Evidence{Step: 30 * time.Minute}
	at := func(minute ...int) (out []time.Time) {
		for _, m := range minute {
			out = append(out, minutes(m))
		}
		return out
	}
	hour := Day{Length: time.Hour, Starts: at(0, 30, 60)}
	for range enough {
		if e.Holds() {
			t.Fatal("it holds before there is enough evidence")
		}
		e = e.Compare(hour, Day{Length: 90 * time.Minute, Starts: at(0, 30)})
	}
	if !e.Holds() {
		t.Fatalf("%+v does not hold", e)
	}
	if same := e.Compare(hour, Day{Length: 90 * time.Minute, Starts: at(30)}); same.Contradicted != 0 {
		t.Error("a time that has passed is taken for a contradiction")
	}
	if later := e.Compare(hour, Day{Length: 90 * time.Minute, Starts: at(0), Asked: hour.Asked.Add(together + 1)}); later.Contradicted != 0 {
		t.Error("what may have changed at the salon is taken for a contradiction")
	}
	if e = e.Compare(hour, Day{Length: 90 * time.Minute, Starts: at(0), Asked: hour.Asked.Add(together)}); e.Holds() {
		t.Errorf("%+v holds against the evidence", e)
	}
	for range 2 * remembered {
		e = e.Compare(hour, Day{Length: 90 * time.Minute, Starts: at(0, 30)})
	}
	if !e.Holds() || e.Agreed > remembered {
		t.Errorf("%+v: old contradictions are never forgotten, or all is remembered", e)
	}
}

// TestWhatDetermines compares the rule with what answers determine: for lengths of which it says so every answer does.
func TestWhatDetermines(t *testing.T) {
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		step := drawStep(t)
		day := drawSchedule(t).answer(step, drawLength(t, "asked for"))
		longer := lasting(drawLength(t, "wanted"))
		e := Evidence{Step: lasting(step)}
		if !e.Determines(day.Length, longer) {
			return
		}
		said++
		if _, ok := day.Exact(longer, e.Step); !ok {
			t.Fatalf("%v does not determine %v on a grid of %v", day, longer, e.Step)
		}
	})
	if said == 0 {
		t.Error("nothing determines anything")
	}
}

// TestEvidenceIsBounded compares anything: counts stay within bounds, an answer that determines nothing changes
// nothing, and the grid only gets narrower.
func TestEvidenceIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e Evidence
		for range rapid.IntRange(1, 50).Draw(t, "comparisons") {
			earlier := drawSchedule(t).answer(drawStep(t), drawLength(t, "earlier"))
			later := drawSchedule(t).answer(drawStep(t), drawLength(t, "later"))
			before := e
			e = e.withStep(later.step()).Compare(earlier, later)
			if before.Step > 0 && e.Step > before.Step {
				t.Fatalf("the grid went from %v to %v", before.Step, e.Step)
			}
			if e.Agreed+e.Contradicted > remembered {
				t.Fatalf("%+v remembers too much", e)
			}
			if _, ok := earlier.Exact(later.Length, e.Step); !ok && (e.Agreed != before.Agreed || e.Contradicted != before.Contradicted) {
				t.Fatalf("an answer that determines nothing counts: %+v, then %+v", before, e)
			}
		}
	})
}
