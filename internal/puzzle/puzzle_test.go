package puzzle

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// solve squares step by step, as a browser does.
func solve(t *testing.T, p Puzzle) string {
	t.Helper()
	x, ok1 := new(big.Int).SetString(p.Salt, 16)
	n, ok2 := new(big.Int).SetString(p.Modulus, 16)
	if !ok1 || !ok2 {
		t.Fatalf("no numbers: %+v", p)
	}
	for range p.Steps {
		x.Mod(x.Mul(x, x), n)
	}
	return x.Text(16)
}

func TestAPuzzleHasOneAnswer(t *testing.T) {
	p, other := New(testclock.Start(), 1), New(testclock.Start(), 1)
	answer := solve(t, p)
	if !p.Solved(answer) {
		t.Fatal("the number at the end does not solve the puzzle")
	}
	if p.Salt == other.Salt || p.Want == other.Want || other.Solved(answer) {
		t.Error("two puzzles are the same")
	}
	for _, wrong := range []string{"", "x", p.Want, "0" + answer, strings.ToUpper(answer) + "f", answer + " ", answer + strings.Repeat("0", 4000)} {
		if p.Solved(wrong) {
			t.Errorf("Solved(%q) = true", wrong)
		}
	}
	if (Puzzle{}).Solved("") {
		t.Error("a puzzle of an older version is solved")
	}
}

// TestPuzzlesGetHarder: each level takes twice as long, with scripts and, up to a bound, without.
func TestPuzzlesGetHarder(t *testing.T) {
	easy := New(testclock.Start(), 1)
	if easy.Wait() != 30*time.Second {
		t.Errorf("the first wait is %v", easy.Wait())
	}
	for level := 2; level <= Hardest; level++ {
		p := New(testclock.Start(), level)
		if p.Steps != 2*easy.Steps || p.Wait() < easy.Wait() || p.Wait() > longestWait {
			t.Errorf("level %d: %d steps, %v, before it %d, %v", level, p.Steps, p.Wait(), easy.Steps, easy.Wait())
		}
		easy = p
	}
	if beyond, none := New(testclock.Start(), 99), New(testclock.Start(), 0); beyond.Steps != easy.Steps || none.Level != 1 {
		t.Errorf("level 99 has %d steps, level 0 is %d", beyond.Steps, none.Level)
	}
}

func FuzzSolved(f *testing.F) {
	p := New(testclock.Start(), 1)
	f.Add("0")
	f.Add("٣")
	f.Add(p.Want)
	f.Fuzz(func(t *testing.T, raw string) {
		if p.Solved(raw) && digest(raw) != p.Want {
			t.Fatalf("Solved(%q) = true", raw)
		}
	})
}
