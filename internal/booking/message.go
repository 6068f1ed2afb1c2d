package booking

import (
	"context"
	"fmt"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// CodeEvery is how long a phone must wait for another code, whichever salon it is for.
const CodeEvery = time.Minute

// Terms say to whom a text message goes, and under which limits.
type Terms struct {
	Company int
	Phone   string        // digits of its international form
	Limits  []quota.Limit // each message uses up one of each
	// May decides whether the message may be sent, by how much of each limit is used up with it; nil allows it. It is
	// asked after the message was counted, so that of many messages at once each sees another number.
	May func(used []int) bool
}

// SendCode sends a text message with a code to a phone. The zero Refusal says that it was sent. The error is set when the
// upstream could not be asked.
func (d *Desk) SendCode(ctx context.Context, lang, name string, t Terms) (Refusal, error) {
	refusal, err := d.Message(ctx, t, func(ctx context.Context) error {
		return d.client.In(lang).SendCode(budget.WithPriority(ctx, budget.P0), t.Company, t.Phone, name)
	})
	if err == nil {
		return refusal, nil
	}
	return refusedBy(err, t.Phone, name)
}

// Message has a text message sent: at most one a minute to a phone, and within the limits. The zero Refusal says that it
// was sent. The error is that of send. A message that was not sent uses up no limit.
func (d *Desk) Message(ctx context.Context, t Terms, send func(context.Context) error) (Refusal, error) {
	minute := quota.Limit{Name: "sms-minute", Of: t.Phone, Max: 1, Window: CodeEvery}
	verdict, err := d.quotas.Take(ctx, append([]quota.Limit{minute}, t.Limits...)...)
	switch {
	case err != nil:
		return Refusal{}, fmt.Errorf("code: note: %w", err)
	case !verdict.OK && verdict.Limit.Name == minute.Name:
		return Refusal{Reason: ReasonWait}, nil
	case !verdict.OK:
		d.log.Warn("code held back", "limit", verdict.Limit.Name, "company", t.Company, "for", verdict.After.Round(time.Second))
		d.watch.Code("limit")
		d.watch.Limit(verdict.Limit.Name)
		return Refusal{Reason: ReasonLimit}, nil
	case t.May != nil && !t.May(verdict.Used[1:]):
		d.giveBack(ctx, verdict)
		return Refusal{Reason: ReasonPuzzle}, nil
	}
	if err := send(ctx); err != nil {
		d.watch.Code("failed")
		if outcome(err) != upstream.OutcomeUnknown {
			d.giveBack(ctx, verdict)
		}
		return Refusal{}, err
	}
	d.watch.Code("sent")
	return Refusal{}, nil
}
