package proof

import (
	"strconv"
	"testing"

	"okoshko/internal/testclock"
)

// solve tries every number, as a browser does.
func solve(p Puzzle) string {
	for n := range Max + 1 {
		if answer := strconv.Itoa(n); p.Solved(answer) {
			return answer
		}
	}
	return ""
}

func TestAPuzzleHasOneAnswer(t *testing.T) {
	p, other := New(testclock.Start()), New(testclock.Start())
	answer := solve(p)
	if answer == "" {
		t.Fatal("no number solves the puzzle")
	}
	if p.Salt == other.Salt || p.Want == other.Want {
		t.Error("two puzzles are the same")
	}
	for _, wrong := range []string{"", "x", "-1", "+" + answer, "0" + answer, answer + " ", strconv.Itoa(Max + 1), answer + "0000000000000000000000"} {
		if p.Solved(wrong) {
			t.Errorf("Solved(%q) = true", wrong)
		}
	}
}

func FuzzSolved(f *testing.F) {
	p := New(testclock.Start())
	answer := solve(p)
	f.Add("0")
	f.Add("٣")
	f.Add("1e3")
	f.Fuzz(func(t *testing.T, raw string) {
		if p.Solved(raw) && raw != answer {
			t.Fatalf("Solved(%q) = true, the answer is %q", raw, answer)
		}
	})
}
