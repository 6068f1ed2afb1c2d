package booking

import (
	"testing"
	"time"
)

func TestPermits(t *testing.T) {
	start := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	open := allowance{cancel: true, move: true, cancelThis: true, moveThis: true, cancelBefore: 5 * time.Hour, moveBefore: 3 * time.Hour}
	for name, tt := range map[string]struct {
		change       func(*Visit)
		before       time.Duration
		cancel, move Denial
	}{
		"in time":                {nil, 6 * time.Hour, "", ""},
		"at the last moment":     {nil, 5 * time.Hour, "", ""},
		"a moment later":         {nil, 5*time.Hour - time.Second, DenialLate, ""},
		"too late for both":      {nil, time.Hour, DenialLate, DenialLate},
		"begun":                  {nil, 0, DenialOver, DenialOver},
		"past":                   {nil, -time.Hour, DenialOver, DenialOver},
		"cancelled":              {func(d *Visit) { d.Status = StatusCancelled }, 6 * time.Hour, DenialCancelled, DenialCancelled},
		"came":                   {func(d *Visit) { d.Status = StatusCame }, 6 * time.Hour, DenialOver, DenialOver},
		"missed":                 {func(d *Visit) { d.Status = StatusMissed }, 6 * time.Hour, DenialOver, DenialOver},
		"confirmed":              {func(d *Visit) { d.Status = StatusConfirmed }, 6 * time.Hour, "", ""},
		"moved":                  {func(d *Visit) { d.Status = StatusMoved }, 6 * time.Hour, "", ""},
		"the salon forbids both": {func(d *Visit) { d.allow.cancel, d.allow.move = false, false }, 6 * time.Hour, DenialSalon, DenialSalon},
		"this record is closed":  {func(d *Visit) { d.allow.cancelThis, d.allow.moveThis = false, false }, 6 * time.Hour, DenialSalon, DenialSalon},
		"no limit":               {func(d *Visit) { d.allow.cancelBefore, d.allow.moveBefore = 0, 0 }, time.Second, "", ""},
		"a class":                {func(d *Visit) { d.GroupEvent = 7; d.allow.moveThis = false }, 6 * time.Hour, "", DenialGroupEvent},
		"a class that is over":   {func(d *Visit) { d.GroupEvent = 7 }, -time.Hour, DenialOver, DenialOver},
	} {
		d := &Visit{Start: start, Status: StatusBooked, allow: open}
		if tt.change != nil {
			tt.change(d)
		}
		now := start.Add(-tt.before)
		if got := d.MayCancel(now); got.Why != tt.cancel || got.OK != (tt.cancel == "") {
			t.Errorf("%s: MayCancel = %+v, want %q", name, got, tt.cancel)
		}
		if got := d.MayMove(now); got.Why != tt.move || got.OK != (tt.move == "") {
			t.Errorf("%s: MayMove = %+v, want %q", name, got, tt.move)
		}
	}
	if got := (&Visit{Start: start, allow: open}).MayCancel(start); !got.Until.Equal(start.Add(-5 * time.Hour)) {
		t.Errorf("Until = %v", got.Until)
	}
}
