package booking

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// TestR08ATimeIsCheckedRightBeforeItIsBooked: a check of more than ten seconds ago is made again, and nothing comes between it and
// the booking.
func TestR08ATimeIsCheckedRightBeforeItIsBooked(t *testing.T) {
	for name, tt := range map[string]struct {
		ago    time.Duration
		checks int
	}{"never": {365 * 24 * time.Hour, 1}, "eleven seconds ago": {11 * time.Second, 1}, "nine seconds ago": {9 * time.Second, 0}} {
		t.Run(name, func(t *testing.T) {
			r := newRigOn(t, testclock.Standing())
			o := r.order(t, 0)
			o.Checked = r.clock.Now().Add(-tt.ago)
			before := len(r.box.Calls())
			if a, err := r.desk.Confirm(t.Context(), "press", o); err != nil || a.State != StateBooked {
				t.Fatalf("Confirm = %+v, %v, want booked", a, err)
			}
			var made []string
			for _, call := range r.box.Calls()[before:] {
				made = append(made, call.Method+" "+strings.Split(strings.TrimPrefix(call.Path, "/api/v1/"), "/")[0])
			}
			want := strings.Repeat(http.MethodPost+" book_check, ", tt.checks) + http.MethodPost + " book_record"
			if got := strings.Join(made, ", "); got != want {
				t.Errorf("calls = %s, want %s", got, want)
			}
		})
	}
}
