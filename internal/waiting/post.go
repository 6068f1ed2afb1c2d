package waiting

import (
	"context"
	"errors"
	"time"

	"okoshko/internal/store"
)

// outcomeTries is how often it is tried to write down what has become of a message, a second apart. When that fails the claim stays, and
// what was to be told counts as told.
const outcomeTries = 20

// send has the wish looked at by a sender, which sends what is due.
func (d *Desk) send(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sending[key] {
		return
	}
	select {
	case d.posts <- key:
		d.sending[key] = true
	default: // there is too much to send; it is looked at again in a second
	}
}

// tellDue has everything sent that is due, those who asked first first.
func (d *Desk) tellDue() {
	now := d.o.Now()
	for key, e := range d.known(0) {
		if d.hasWork(e, now) {
			d.send(key)
		}
	}
}

// hasWork says whether something is to be done for a wish.
func (d *Desk) hasWork(e *entry, now time.Time) bool {
	return e.Claim != nil && now.Sub(e.Claim.At) >= claimed || e.wantsLink(now) || len(e.due(now, d.o.Quiet, d.young(e, now))) > 0
}

// wantsLink says whether the link that confirms a wish is to be sent.
func (e *entry) wantsLink(now time.Time) bool {
	return e.Confirmed.IsZero() && !e.Linked && e.Claim == nil && !now.Before(e.Next) && now.Before(e.ends())
}

// post claims what is due for a wish, sends it, and writes down what has become of it.
func (d *Desk) post(ctx context.Context, key string) {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.sending, key)
	}()
	e, mine, err := d.claim(ctx, key)
	d.after(key, e, err)
	if err != nil || mine == "" {
		return
	}
	w, err := d.wish(key, e)
	if err != nil {
		d.o.Log.Error("a wish cannot be read; were all session keys changed?", "error", err)
		d.finish(ctx, key, mine, ErrGone)
		return
	}
	bounded, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	if len(e.Claim.Starts) == 0 {
		err = d.o.Messenger.Confirm(bounded, w)
	} else {
		err = d.o.Messenger.Tell(bounded, w, e.openings())
	}
	d.finish(context.WithoutCancel(ctx), key, mine, err)
}

// openings are those of the claim, the earliest first.
func (e *entry) openings() (out []Opening) {
	for _, at := range e.Claim.Starts {
		o := Opening{Company: e.Company, Services: e.Services, Master: e.Master, Start: at.in(e.zone())}
		for _, known := range e.Openings {
			if known.Start == at && o.Master == 0 {
				o.Master = known.Master
			}
		}
		out = append(out, o)
	}
	return out
}

// claim claims what is due for a wish. mine is "" when nothing is, or another process has claimed it.
func (d *Desk) claim(ctx context.Context, key string) (e *entry, mine string, err error) {
	e, err = d.edit(ctx, key, func(e *entry) error {
		now := d.o.Now()
		mine = ""
		resolved := e.resolve(now)
		openings := e.due(now, d.o.Quiet, d.young(e, now))
		switch {
		case len(openings) > 0 || e.wantsLink(now):
			mine = newSecret()
			e.claimFor(mine, openings, now)
		case !resolved:
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		mine = ""
	}
	return e, mine, err
}

// finish writes down what has become of a message.
func (d *Desk) finish(ctx context.Context, key, mine string, sent error) {
	outcome, kind := outcomeOf(sent), ""
	for try := range outcomeTries {
		if try > 0 {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return
			}
		}
		e, err := d.edit(ctx, key, func(e *entry) error {
			if e.Claim == nil || e.Claim.ID != mine {
				return store.ErrUnchanged
			}
			if outcome == "later" {
				e.notSent(d.o.Now())
			} else {
				e.sent()
			}
			return nil
		})
		d.after(key, e, err)
		if errors.Is(err, ErrNone) {
			break // it was ended meanwhile
		}
		if err != nil {
			continue
		}
		if kind = e.Kind; outcome == "gone" {
			if err := d.end(ctx, key, e); err != nil {
				continue
			}
		}
		break
	}
	if kind != "" {
		d.o.Counts.Told(kind, outcome)
	}
	if outcome != "sent" {
		d.o.Log.Warn("a message to the owner of a wish was not sent", "channel", kind, "outcome", outcome)
	}
}

// outcomeOf names what has become of a message.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "sent"
	case errors.Is(err, ErrTemporary):
		return "later"
	case errors.Is(err, ErrGone):
		return "gone"
	default:
		return "unknown"
	}
}
