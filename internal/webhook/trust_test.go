package webhook

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// trusted is a trust that holds.
func trusted(now time.Time) Trust {
	t := Trust{}.Hooked(now.Add(-2 * time.Minute)).Hooked(now.Add(-time.Minute))
	return t.Agreed(now).Agreed(now).Agreed(now)
}

func TestTrustIsEarnedAndLost(t *testing.T) {
	now := moscow
	if !trusted(now).Holds(now) {
		t.Fatal("two hooks and three comparisons are not enough")
	}
	for name, one := range map[string]struct {
		trust Trust
		after time.Duration
		want  bool
	}{
		"nothing":                      {Trust{}, 0, false},
		"hooks alone":                  {Trust{}.Hooked(now).Hooked(now), 0, false},
		"comparisons without hooks":    {Trust{}.Agreed(now).Agreed(now).Agreed(now).Hooked(now).Hooked(now), 0, false},
		"two comparisons":              {Trust{}.Hooked(now).Hooked(now).Agreed(now).Agreed(now), 0, false},
		"one hook":                     {Trust{}.Hooked(now).Agreed(now).Agreed(now).Agreed(now), 0, false},
		"a silence":                    {trusted(now), Silence, false},
		"shortly before a silence":     {trusted(now), Silence - 2*time.Minute, true},
		"one hook after a silence":     {trusted(now).Hooked(now.Add(Silence)), Silence, false},
		"hooks after a silence":        {trusted(now).Hooked(now.Add(Silence)).Hooked(now.Add(Silence)), Silence, true},
		"no comparison for a day":      {trusted(now).Hooked(now.Add(comparedFor)).Hooked(now.Add(comparedFor)), comparedFor, false},
		"a comparison that differs":    {trusted(now).Differed(now), 0, false},
		"too many hooks":               {trusted(now).Suspended(now), 0, false},
		"all again within the day":     {again(trusted(now).Differed(now), now.Add(23*time.Hour)), 23 * time.Hour, false},
		"all again after the day":      {again(trusted(now).Differed(now), now.Add(24*time.Hour)), 24 * time.Hour, true},
		"all again within the hour":    {again(trusted(now).Suspended(now), now.Add(59*time.Minute)), 59 * time.Minute, false},
		"too many, then the day lasts": {again(trusted(now).Differed(now).Suspended(now), now.Add(23*time.Hour)), 23 * time.Hour, false},
	} {
		if got := one.trust.Holds(now.Add(one.after)); got != one.want {
			t.Errorf("%s: holds = %v", name, got)
		}
	}
}

// again is a trust with hooks and comparisons as at the beginning.
func again(t Trust, now time.Time) Trust {
	return t.Hooked(now).Hooked(now).Agreed(now).Agreed(now).Agreed(now)
}

// TestNothingIsTrustedForEver draws any life of a company: it is trusted only while hooks come in, after an agreeing comparison
// of the last day, and never within a day of one that differs.
func TestNothingIsTrustedForEver(t *testing.T) {
	held := 0
	rapid.Check(t, func(t *rapid.T) {
		var trust Trust
		now := moscow
		var hooked, agreed, differed time.Time
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "minutes")) * time.Minute)
			switch rapid.IntRange(0, 20).Draw(t, "what") {
			case 0:
				trust, differed = trust.Differed(now), now
			case 1, 2, 3, 4, 5, 6, 7, 8:
				trust, agreed = trust.Agreed(now), now
			default:
				trust, hooked = trust.Hooked(now), now
			}
			if !trust.Holds(now) {
				continue
			}
			held++
			if now.Sub(hooked) >= Silence || now.Sub(agreed) >= comparedFor || now.Sub(differed) < distrustedFor {
				t.Fatalf("trusted %v after a hook, %v after a comparison, %v after one that differs", now.Sub(hooked), now.Sub(agreed), now.Sub(differed))
			}
		}
	})
	if held == 0 {
		t.Error("nobody was ever trusted")
	}
}
