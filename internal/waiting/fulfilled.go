package waiting

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"okoshko/internal/store"
)

// Booked is an appointment that a customer of this program has booked, which the upstream has confirmed.
type Booked struct {
	Company  int
	Services []int
	Master   int // 0 = any
	Start    time.Time
	Email    string // that the customer has typed; "" = none
}

// Fulfilled ends the wishes that a booking fulfils: the one whose ticket the customer's link had ("" = none), and those that are told to
// the e-mail address that the customer has typed. A wish for other services, another master or other days goes on, and so does one for
// an earlier time of a visit, which only that visit's move fulfils. A ticket that opens nothing is no error.
func (d *Desk) Fulfilled(ctx context.Context, ticket string, b Booked) error {
	if d == nil {
		return nil
	}
	ctx = store.Proven(context.WithoutCancel(ctx))
	var failed error
	if key, ok := d.seals.openTicket(ticket); ok {
		e, _, err := d.read(ctx, key)
		switch {
		case errors.Is(err, ErrNone):
		case err != nil:
			failed = err
		case e.isFulfilledBy(b):
			failed = d.end(ctx, key, e)
		}
	}
	if b.Email == "" {
		return failed
	}
	for key, e := range d.known(b.Company) {
		if !e.isFulfilledBy(b) {
			continue
		}
		if p, _, err := d.seals.open(key, e.Sealed); err == nil && strings.EqualFold(p.Channel.Email, b.Email) {
			failed = errors.Join(failed, d.end(ctx, key, e))
		}
	}
	return failed
}

// isFulfilledBy says whether what was booked is what the wish waits for.
func (e *entry) isFulfilledBy(b Booked) bool {
	if e.Confirmed.IsZero() || !e.Before.IsZero() || e.Company != b.Company || e.Master != 0 && b.Master != 0 && e.Master != b.Master {
		return false
	}
	if slices.ContainsFunc(e.Services, func(id int) bool { return !slices.Contains(b.Services, id) }) {
		return false
	}
	local := b.Start.In(e.zone())
	// A time after midnight may be listed under the day before.
	return slices.ContainsFunc([]time.Time{local, local.Add(-dayLength)}, func(at time.Time) bool {
		day := at.Format(time.DateOnly)
		return e.From <= day && day <= e.To && (at.Equal(local) || local.Hour() < nightHours) && e.suits(day, b.Start)
	})
}

// nightHours is until which hour a time may belong to the day before.
const nightHours = maxHour/60 - 24

// ticketUse binds tickets to their use: nothing else that is encrypted with the same keys is one.
const ticketUse = "okoshko wish: ticket"

// ticket is what a link to an opening says of its wish: the wish's key in the store, encrypted. Who has it can neither read the wish nor
// find its secret; all that comes of it is that the wish ends when what it waits for is booked by this link.
func (s *seals) ticket(key string) string {
	return base64.RawURLEncoding.EncodeToString(s.boxes[0].Seal(nil, nil, []byte(key), []byte(ticketUse))) //nolint:gosec // the box takes a random nonce of its own
}

// openTicket returns the key of the wish that a ticket was made for.
func (s *seals) openTicket(ticket string) (key string, ok bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(ticket)
	if err != nil {
		return "", false
	}
	for _, box := range s.boxes {
		if plain, err := box.Open(nil, nil, sealed, []byte(ticketUse)); err == nil {
			return string(plain), true
		}
	}
	return "", false
}
