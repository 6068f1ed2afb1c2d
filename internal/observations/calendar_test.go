package observations

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestNoFreeDayIsMissing draws a fortnight of a master and any answers about it: the days that are told for a length
// hold every day that is free for it, and none before the nearest one.
func TestNoFreeDayIsMissing(t *testing.T) {
	const maxAge, step = 10 * time.Minute, 30
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		names, days := []string{}, map[string]schedule{}
		for i := range 14 {
			name := fmt.Sprintf("2026-12-%02d", i+1)
			names, days[name] = append(names, name), drawSchedule(t)
		}
		free := func(length int) (out []string) {
			for _, name := range names {
				if len(days[name].starts(step, length)) > 0 {
					out = append(out, name)
				}
			}
			return out
		}
		var known Calendar
		now := minutes(0)
		for range rapid.IntRange(1, 12).Draw(t, "answers") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			length := drawLength(t, "length")
			if rapid.Bool().Draw(t, "of a day") {
				if name := rapid.SampledFrom(names).Draw(t, "day"); len(days[name].starts(step, length)) == 0 {
					known = known.AddFull(FullDay{Day: name, Length: lasting(length), Asked: now}, maxAge)
				}
				continue
			}
			known, _ = known.AddAnswer(FreeDays{Length: lasting(length), Free: free(length), Working: names, Asked: now}, maxAge)
		}
		wanted := drawLength(t, "wanted")
		truth := free(wanted)
		first := ""
		if len(truth) > 0 && rapid.Bool().Draw(t, "nearest known") {
			first = truth[0]
		}
		got, ok := known.UpperBound(lasting(wanted), first, now, maxAge)
		if !ok {
			return
		}
		told++
		for _, day := range truth {
			if !slices.Contains(got.Free, day) {
				t.Fatalf("%s is free for %d minutes and missing in %v", day, wanted, got.Free)
			}
		}
		if len(got.Free) > 0 && got.Free[0] < first || !slices.IsSorted(got.Free) {
			t.Fatalf("days %v, the nearest is %s", got.Free, first)
		}
		if got.Length > lasting(wanted) || now.Sub(got.Asked) >= maxAge {
			t.Fatalf("an answer for %v, %v old, serves %d minutes", got.Length, now.Sub(got.Asked), wanted)
		}
	})
	if told == 0 {
		t.Error("nothing was ever told")
	}
}

// TestADayThatIsFullIsLeftOut: it is left out for the same and for longer visits, as long as no later answer has it.
func TestADayThatIsFullIsLeftOut(t *testing.T) {
	const maxAge = 10 * time.Minute
	days := []string{"2026-12-01", "2026-12-02"}
	known, _ := Calendar{}.AddAnswer(FreeDays{Length: lasting(30), Free: days, Asked: minutes(0)}, maxAge)
	known = known.AddFull(FullDay{Day: days[0], Length: lasting(60), Asked: minutes(1)}, maxAge)
	for length, want := range map[int][]string{30: days, 45: days, 60: days[1:], 90: days[1:]} {
		if got, ok := known.UpperBound(lasting(length), "", minutes(2), maxAge); !ok || !slices.Equal(got.Free, want) {
			t.Errorf("%d minutes: %v, want %v", length, got.Free, want)
		}
	}
	later, added := known.AddAnswer(FreeDays{Length: lasting(30), Free: days, Asked: minutes(3)}, maxAge)
	if got, _ := later.UpperBound(lasting(60), "", minutes(4), maxAge); !added || !slices.Equal(got.Free, days) {
		t.Errorf("after a later answer: %v, want %v", got.Free, days)
	}
	if _, again := later.AddAnswer(FreeDays{Length: lasting(30), Asked: minutes(2)}, maxAge); again {
		t.Error("an older answer takes the place of a younger one")
	}
}
