package booking

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Unknown is a booking, a cancel or a move whose outcome is not known, as an operator sees it. It does not name the
// attempt or the change, because an attempt's name opens its page.
type Unknown struct {
	Kind    string // KindBooking, KindCancel or KindMove
	Form    int    // 0 = a change, which belongs to no form
	Company int
	Sent    time.Time
	Says    Saying // what the customer is told
}

// Recall reads which bookings and changes are open in the store, also those of processes that have ended, so that Unknown tells of them.
// It says how many are still open.
func (d *Desk) Recall(ctx context.Context) (open int, err error) {
	attempts, err := d.attempts.Recall(ctx)
	changes, changesErr := d.changes.Recall(ctx)
	return attempts + changes, errors.Join(err, changesErr)
}

// Unknown are the bookings and the changes whose outcome this process does not know, or that Recall has found, those sent last first. After three
// days they are left out.
func (d *Desk) Unknown() []Unknown {
	var out []Unknown
	for _, a := range d.attempts.Unknown() {
		says, _ := a.Says(d.now(), false)
		out = append(out, Unknown{Kind: KindBooking, Form: a.Form, Company: a.Company, Sent: a.Sent, Says: says})
	}
	for _, c := range d.changes.Unknown() {
		out = append(out, Unknown{Kind: c.Kind, Company: c.Company, Sent: c.Sent, Says: SayChecking})
	}
	slices.SortStableFunc(out, func(a, b Unknown) int { return b.Sent.Compare(a.Sent) })
	return out
}
