package waiting

import (
	"context"
	"errors"
	"time"

	"okoshko/internal/quota"
)

// MaxDays is how many days a wish may span.
const MaxDays = 31

// Desk is what pages do with wishes. It is safe for concurrent use, by several processes over one store.
type Desk struct{}

// Offers says which channels visitors may be offered; none when wishes are off.
func (d *Desk) Offers() Offers { return Offers{} }

// Ask takes a wish, from a visitor of some networks (guard's rings; none: nobody can be told apart). It checks the wish, counts it for
// the address, the channel and the salon, stores it, and has the link sent that confirms it. The message is sent in the background: the
// page answers at once, and the same whether or not it is sent.
//
// An address that has been sent a link lately and has not confirmed it is sent nothing more, and the wish is not kept: then Ask returns
// a wish all the same, so that nobody learns of it. A wish of a push channel needs no confirmation, because the browser has asked for
// permission: it is confirmed at once.
//
// Errors: *Refused, those of the store.
func (d *Desk) Ask(ctx context.Context, w Wish, rings []quota.Ring) (Wish, error) {
	return w, errors.ErrUnsupported
}

// Find reads a wish by its secret, also one that is not confirmed. Errors: ErrNone.
func (d *Desk) Find(ctx context.Context, secret string) (Wish, error) { return Wish{}, ErrNone }

// Confirm confirms a wish. It is no error to confirm it again. Errors: ErrNone.
func (d *Desk) Confirm(ctx context.Context, secret string) (Wish, error) { return Wish{}, ErrNone }

// End ends a wish and erases it. A secret that opens nothing is no error, and leaves no trace: a page that has ended a wish can be sent
// again, and says the same of every secret.
func (d *Desk) End(ctx context.Context, secret string) error { return nil }

// Booked ends a wish when the visitor who came through its link (secret) has booked or moved to a time. It does nothing where the secret
// opens nothing, and where the time is at another company.
func (d *Desk) Booked(ctx context.Context, secret string, company int, start time.Time) error {
	return nil
}

// VisitChanged is told of every visit that this program has cancelled (to is zero) or moved. Wishes to have it earlier end when it is
// cancelled, and when it was moved to the time that they wanted; moved elsewhere, they go on until then.
func (d *Desk) VisitChanged(ctx context.Context, company, record int, to time.Time) error { return nil }
