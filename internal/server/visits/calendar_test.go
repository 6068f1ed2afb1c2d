package visits

import (
	"testing"
	"time"

	"okoshko/internal/booking"
)

// TestEditionsRise follows a visit that is moved and cancelled, at upstreams that tell of changes, that do not,
// and that tell not even when it was booked.
func TestEditionsRise(t *testing.T) {
	booked := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	for name, tells := range map[string]struct{ created, changed bool }{
		"all told": {true, true}, "no changes told": {true, false}, "nothing told": {false, false}, "changes alone told": {false, true},
	} {
		last := -1
		for i, status := range []booking.Status{booking.StatusBooked, booking.StatusMoved, booking.StatusConfirmed, booking.StatusCancelled} {
			at := booked.Add(time.Duration(i) * time.Minute)
			d := &booking.Visit{Status: status}
			if tells.created {
				d.Created = booked
			}
			if tells.changed {
				d.Changed = at
			}
			changed, sequence := edition(d, at)
			if sequence <= last || !changed.Equal(at) || sequence > 1<<31-1 {
				t.Errorf("%s, %s: %d after %d, changed %v", name, status, sequence, last, changed)
			}
			last = sequence
		}
	}
	d := &booking.Visit{Created: booked, Changed: booked, Status: booking.StatusBooked}
	_, before := edition(d, booked)
	d.Status = booking.StatusCancelled
	if _, after := edition(d, booked); after <= before {
		t.Errorf("cancelled within the second: %d after %d", after, before)
	}
	if _, sequence := edition(&booking.Visit{Created: booked, Changed: booked.Add(-time.Hour)}, booked); sequence != 0 {
		t.Errorf("changed before it was booked: %d", sequence)
	}
}
