package clock

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestFromGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Date(2026, time.December, 31, 23, 40, 0, 0, time.FixedZone("", 3*60*60))
		now := From(at)
		if got := now(); !got.Equal(at) {
			t.Errorf("now = %v, want %v", got, at)
		}
		time.Sleep(21 * time.Minute)
		if got, want := now(), at.Add(21*time.Minute); !got.Equal(want) || got.Year() != 2027 {
			t.Errorf("21 minutes later now = %v, want %v", got, want)
		}
	})
}

func TestPauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passed := Stopwatch()
		if !Pause(t.Context(), time.Minute) || passed() != time.Minute {
			t.Errorf("a pause of a minute took %v", passed())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if Pause(ctx, time.Minute) || passed() != time.Minute+time.Second {
			t.Errorf("a pause within a second ended after %v in all", passed())
		}
	})
}
