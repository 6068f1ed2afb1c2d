package waiting

import (
	"context"
	"errors"
	"fmt"
)

// Messenger writes to the owners of wishes. Its methods are called with a wish whose Secret and Channel are set, in the background and
// never twice at a time for one wish; the context bounds how long they may take.
type Messenger interface {
	// Offers says which channels can be used. Nothing is offered to visitors for a channel that cannot.
	Offers() Offers
	// Confirm asks the owner of an e-mail address whether the wish is theirs: the link that confirms it. It is called once for a wish, and
	// again only after a Temporary error.
	Confirm(ctx context.Context, w Wish) error
	// Tell tells of openings, at least one, the earliest first. Each is told in one call only, unless that ended with a Temporary error.
	Tell(ctx context.Context, w Wish, openings []Opening) error
}

// Offers are the channels that can be used.
type Offers struct{ Email, Push bool }

// Any says whether there is a channel at all.
func (o Offers) Any() bool { return o.Email || o.Push }

// What becomes of a message that was not sent. An error that is neither may mean that the message was sent and its confirmation lost:
// it is not sent again, since an opening is told at most once.
var (
	// ErrTemporary says that the message was certainly not sent and may be later: no connection, a 4xx reply of a mail server before the
	// message was taken, 429 or 5xx of a push service.
	ErrTemporary = errors.New("waiting: not sent now")
	// ErrGone says that nobody can be reached there any more: a mailbox that is refused (5xx), a subscription that has ended (404, 410). The
	// wish ends.
	ErrGone = errors.New("waiting: nobody is there")
	// ErrUnknown says that the message may have been sent, as any other error does.
	ErrUnknown = errors.New("waiting: it is not known whether it was sent")
)

// Temporary marks an error as ErrTemporary.
func Temporary(err error) error { return fmt.Errorf("%w: %w", ErrTemporary, err) }

// Gone marks an error as ErrGone.
func Gone(err error) error { return fmt.Errorf("%w: %w", ErrGone, err) }

// ErrNone says that there is no such wish: it is unknown, has ended, or the secret is none. Pages must not tell these apart.
var ErrNone = errors.New("waiting: no such wish")

// Refused is the error of Ask that a page words at a field.
type Refused struct { //nolint:errname // it reads "the wish is refused", and it is no failure
	Reason Reason
	Field  Field // "" = of no field
}

// Error implements error.
func (r *Refused) Error() string { return "waiting: refused: " + string(r.Reason) }

// Reason says why a wish is not taken.
type Reason string

// The reasons.
const (
	ReasonMissing Reason = "missing" // the field is empty
	ReasonInvalid Reason = "invalid" // the field is no day, no address, no hours, …
	ReasonPast    Reason = "past"    // the days or hours are over
	ReasonFar     Reason = "far"     // more days than MaxDays, or too far ahead
	ReasonFull    Reason = "full"    // the salon, or all, have as many wishes as may be
	ReasonLimit   Reason = "limit"   // too many from this address
	ReasonOff     Reason = "off"     // the channel is not offered
)

// Field is a field of the form.
type Field string

// The fields.
const (
	FieldServices Field = "services"
	FieldFrom     Field = "from"
	FieldTo       Field = "to"
	FieldHours    Field = "hours"
	FieldEmail    Field = "email"
	FieldPush     Field = "push"
	FieldConsent  Field = "consent"
)
