// Package booking is the write side: codes, checks and bookings, each of which must happen
// exactly once. What may have reached the upstream is written down before it is sent, is never
// sent again by the program, and is resolved by looking.
package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/quota"
	"okoshko/internal/store"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// Options are what a Desk is made of.
type Options struct {
	Client *upstream.Client
	Store  store.Store
	Quotas *quota.Quotas
	Now    func() time.Time
	Log    *slog.Logger
	Watch  Watch

	ConsentKept time.Duration // how long a consent is remembered
}

// Watch is told what an operator wants to count.
type Watch interface {
	Attempt(state string)
	Change(kind, state string)
	Code(outcome string)
	Limit(name string)
}

// Desk takes bookings. It is safe for concurrent use, also by several processes over one store.
type Desk struct {
	client *upstream.Client
	store  store.Store
	quotas *quota.Quotas
	now    func() time.Time
	log    *slog.Logger
	watch  Watch

	consentKept time.Duration
	attempts    *ledger.Ledger[Attempt, *Attempt]
	changes     *ledger.Ledger[Change, *Change]
	checks      *questions[Refusal]
	reads       *questions[upstream.Record]
	lists       *questions[[]upstream.Record]
}

// New makes a Desk.
func New(o Options) *Desk {
	d := &Desk{
		client: o.Client, store: o.Store, quotas: o.Quotas, now: o.Now, log: o.Log, watch: o.Watch, consentKept: o.ConsentKept,
		checks: newQuestions[Refusal](o.Now, checkKept),
		reads:  newQuestions[upstream.Record](o.Now, 0), lists: newQuestions[[]upstream.Record](o.Now, 0),
	}
	d.attempts = ledger.New(d.attemptKind(), o.Store, o.Now)
	d.changes = ledger.New(d.changeKind(), o.Store, o.Now)
	return d
}

// Order is everything that a booking needs.
type Order struct {
	Form         int
	Company      int
	Lang         string // the upstream's code of the customer's language
	Appointments []Appointment
	Contact      Contact
	Code         string    // from the text message; empty when none was asked for
	Checked      time.Time // when Check last passed for these appointments; zero = never
	GroupEvent   int       // a group event instead of appointments of one's own; the only appointment then says when it is
	Seats        int       // places at the event
	Tags         string    // of the campaign that brought the customer, as a query; "" = none
	Token        string    // of a customer who has signed in, whose phone needs no code; "" = nobody has
	Session      string    // in which it is made
	Anyway       []string  // attempts that the customer was told of, and books all the same

	Consent *Consent // that was typed before; nil when nobody was asked

	Tries  []quota.Limit // what a wrong code uses up
	Limits []quota.Limit // what a booking uses up
}

// Contact is what the customer says of himself.
type Contact struct {
	Name, Surname, Patronymic string
	Phone                     string // E.164 without the plus
	Email, Comment            string
	NotifySMS, NotifyEmail    int   // hours before the visit; 0 = no reminder
	PersonalData, Newsletter  *bool // nil when the question was not asked
	// Answers to the salon's questions by their codes: about the customer, and about the appointment.
	CustomerAnswers, AppointmentAnswers map[string]any
}

// typed is what the customer has typed.
func (c Contact) typed() []string {
	const telling = 5 // characters; a shorter comment, such as "yes", may be a word of anybody's
	out := []string{c.Name, c.Surname, c.Patronymic, c.Phone, c.Email}
	free := []string{c.Comment}
	for _, answers := range []map[string]any{c.CustomerAnswers, c.AppointmentAnswers} {
		for _, answer := range answers {
			if text, ok := answer.(string); ok {
				free = append(free, text)
			}
		}
	}
	return append(out, slices.DeleteFunc(free, func(text string) bool { return len([]rune(text)) < telling })...)
}

// Confirm books an order once for a wizard token's nonce. Further calls with the same nonce, at
// the same time or later, get the first one's attempt. The error is set only when nothing was
// sent by this call and the store does not tell whether the same person has booked by another one.
func (d *Desk) Confirm(ctx context.Context, nonce string, o Order) (Attempt, error) {
	// From here on the customer's going away must not stop what has begun.
	ctx = context.WithoutCancel(ctx)
	a, err := d.confirm(ctx, nonce, o)
	if err != nil || a.State != StateRefused || a.Refusal.Reason != ReasonNotSent {
		return a, err
	}
	// This press came to nothing. Another one, in another tab, may not have.
	switch first, err := d.FindDuplicate(ctx, o); {
	case err == nil && d.mayTell(first, o):
		a.Refusal = Refusal{Reason: ReasonDuplicate, Attempt: first.ID}
	case err != nil && !errors.Is(err, ErrNoAttempt):
		return Attempt{}, fmt.Errorf("attempt: look for another: %w", err)
	}
	return a, nil
}

func (d *Desk) confirm(ctx context.Context, nonce string, o Order) (Attempt, error) {
	a := Attempt{
		Entry: ledger.Entry{ID: AttemptID(nonce)}, Form: o.Form, Company: o.Company, Lang: o.Lang,
		Appointments: o.Appointments, GroupEvent: o.GroupEvent, Seats: o.Seats, Mark: newMark(),
	}
	a.Customer, a.Maker, a.Name = customerOf(a.ID, o.Contact.Phone), makerOf(a.ID, o.Session), nameOf(a.ID, o.Contact)
	a, first, err := d.attempts.Begin(ctx, a)
	if err != nil {
		return Attempt{}, err
	}
	if !first {
		other, err := d.attempts.Await(ctx, a.ID)
		if err != nil {
			// Somebody makes this attempt, and the store does not say how it goes.
			other = Attempt{Entry: ledger.Entry{ID: a.ID, State: StateSent}, Form: a.Form, Company: a.Company, Lang: a.Lang}
		}
		return other, nil
	}
	held, refusal := d.hold(ctx, o)
	if !refusal.None() {
		return d.refuse(ctx, a, refusal)
	}
	a, err = d.carryOut(ctx, a, o)
	d.settleHeld(ctx, held, a)
	return a, err
}

// carryOut takes an attempt that no limit holds back to its end.
func (d *Desk) carryOut(ctx context.Context, a Attempt, o Order) (Attempt, error) {
	if refusal, err := d.claim(ctx, &a, o); err != nil {
		return d.refuse(ctx, a, Refusal{Reason: ReasonNotSent})
	} else if !refusal.None() {
		return d.refuse(ctx, a, d.told(ctx, a, o, refusal))
	}
	if o.GroupEvent == 0 && d.now().Sub(o.Checked) > checkGood { // events cannot be checked beforehand
		refusal, err := d.checkAnew(ctx, o.Lang, o.Company, o.Appointments)
		if err != nil {
			refusal = Refusal{Reason: ReasonNotSent}
		}
		if !refusal.None() {
			return d.refuseClaimed(ctx, a, o, refusal)
		}
	}
	giveBack := func() {}
	if o.Code != "" {
		unused, back, err := d.spendCode(ctx, o.Contact.Phone, o.Code, a.ID)
		if err != nil {
			return d.refuseClaimed(ctx, a, o, Refusal{Reason: ReasonNotSent})
		}
		if !unused {
			return d.refuseClaimed(ctx, a, o, Refusal{Reason: ReasonSpent})
		}
		giveBack = back
	}
	sent, yes := d.attempts.Send(ctx, a)
	if !yes {
		giveBack()
		return d.attempts.Await(ctx, a.ID)
	}
	o.Contact.Newsletter = d.newsletter(ctx, o)
	after, err := d.send(ctx, sent, o)
	if after.State == StateRefused {
		giveBack()
	} else {
		d.prove(store.Proven(ctx), o)
	}
	return after, err
}

// held is what a press has used up of its limits: as a booking, and as a try of its code.
type held struct{ booking, try quota.Verdict }

// hold uses up what an order counts for, or says which limit keeps it from being tried; the zero Refusal means none
// does. It does so once for a press, however often that arrives, and before anybody can see what becomes of it, so that
// many at once are not more than one after another.
func (d *Desk) hold(ctx context.Context, o Order) (held, Refusal) {
	var h held
	for _, of := range []struct {
		limits []quota.Limit
		taken  *quota.Verdict
		reason Reason
	}{{o.Limits, &h.booking, ReasonOften}, {o.Tries, &h.try, ReasonTries}} {
		verdict, err := d.quotas.Take(ctx, of.limits...)
		if err == nil && verdict.OK {
			*of.taken = verdict
			continue
		}
		d.giveBack(ctx, h.booking)
		if err != nil {
			d.log.Error("limit not counted", "company", o.Company, "error", err)
			return held{}, Refusal{Reason: ReasonNotSent}
		}
		d.log.Warn("booking held back", "limit", verdict.Limit.Name, "company", o.Company, "for", verdict.After.Round(time.Second))
		d.watch.Limit(verdict.Limit.Name)
		return held{}, Refusal{Reason: of.reason}
	}
	return h, Refusal{}
}

// settleHeld gives back what has not been used: a press that books nothing is no booking, and one that fails for
// another reason is no wrong code.
func (d *Desk) settleHeld(ctx context.Context, h held, a Attempt) {
	if a.State == StateRefused {
		d.giveBack(ctx, h.booking)
	}
	if a.State == StateBooked || a.State == StateRefused && a.Refusal.Reason != ReasonCode {
		d.giveBack(ctx, h.try)
	}
}

func (d *Desk) giveBack(ctx context.Context, v quota.Verdict) {
	if err := d.quotas.GiveBack(ctx, v); err != nil {
		d.log.Error("limit not given back", "error", err)
	}
}

// send puts the booking to the upstream, once, and writes down what came of it.
func (d *Desk) send(ctx context.Context, a Attempt, o Order) (Attempt, error) {
	booked, err := d.put(ctx, a, o)
	records, whole := recordsOf(a.Appointments, booked)
	d.changed(a.Company)
	after, state := a, StateBooked
	switch {
	case whole:
		after.Records = records
	case err == nil, outcome(err) == upstream.OutcomeUnknown:
		// What the answer names is booked; of the rest nothing is known.
		after.Records, state = records, StateUnknown
	default:
		return d.refuseClaimed(ctx, a, o, refusalOf(err, o.Contact.typed()...))
	}
	d.log.Info("booking attempt", "attempt", inLog(a.ID), "company", a.Company, "state", state)
	after = d.settle(ctx, after, state)
	d.release(ctx, after, o)
	return after, nil
}

// put is the one call that books.
func (d *Desk) put(ctx context.Context, a Attempt, o Order) ([]upstream.Booked, error) {
	client, ctx := d.client.In(o.Lang).As(o.Token), budget.WithPriority(ctx, budget.P0)
	if o.GroupEvent == 0 {
		return client.Book(ctx, o.Company, request(a, o))
	}
	place, err := client.BookActivity(ctx, o.Company, o.GroupEvent, o.Seats, request(a, o))
	if err != nil {
		return nil, err
	}
	place.ID = a.Appointments[0].ID
	return []upstream.Booked{place}, nil
}

// recordsOf finds each appointment's record in an answer: by the appointment's id or, where the upstream names none of the
// appointments and there is a record for each, by their order. A record counts once. Whole says that each appointment has one;
// nil, that no record could be told to be of an appointment.
func recordsOf(appointments []Appointment, booked []upstream.Booked) (records []Record, whole bool) {
	var distinct []upstream.Booked
	for _, b := range booked {
		if !slices.ContainsFunc(distinct, func(x upstream.Booked) bool { return x.RecordID == b.RecordID }) {
			distinct = append(distinct, b)
		}
	}
	out, found := make([]Record, len(appointments)), 0
	for i, v := range appointments {
		if k := slices.IndexFunc(distinct, func(b upstream.Booked) bool { return b.ID == v.ID }); k >= 0 {
			out[i] = Record{ID: distinct[k].RecordID, Hash: distinct[k].Hash}
			found++
		}
	}
	if found == 0 && len(distinct) == len(appointments) {
		for i, b := range distinct {
			out[i] = Record{ID: b.RecordID, Hash: b.Hash}
		}
		found = len(appointments)
	}
	if found == 0 {
		return nil, false
	}
	return out, found == len(appointments)
}

// settle writes down how an attempt has ended, and which links open the visits that it has booked.
func (d *Desk) settle(ctx context.Context, a Attempt, state State) Attempt {
	for i, r := range a.Records {
		if r.Hash != "" {
			d.opens(ctx, Key{Company: a.Company, Record: r.ID, Hash: r.Hash}, a.Appointments[i].Start)
		}
	}
	a, err := d.attempts.End(ctx, a, state)
	if err != nil {
		d.log.Error("booking attempt not written down", "attempt", inLog(a.ID), "state", a.State, "error", err)
	}
	return a
}

// refuse ends an attempt that was not sent.
func (d *Desk) refuse(ctx context.Context, a Attempt, r Refusal) (Attempt, error) {
	d.log.Info("booking attempt", "attempt", inLog(a.ID), "company", a.Company, "state", StateRefused, "reason", r.Reason)
	a.Refusal = r
	return d.settle(ctx, a, StateRefused), nil
}

// ErrNoAttempt says that no attempt has this id, or that it is too long ago.
var ErrNoAttempt = store.ErrNotFound

// Attempt reads an attempt by its public id. An attempt whose process died reads as refused when
// nothing was sent and as unknown otherwise. Errors: ErrNoAttempt.
func (d *Desk) Attempt(ctx context.Context, id string) (Attempt, error) {
	return d.attempts.Read(ctx, id)
}

func outcome(err error) upstream.Outcome {
	if e, ok := errors.AsType[*upstream.Error](err); ok {
		return e.Outcome()
	}
	return upstream.OutcomeUnknown
}

func request(a Attempt, o Order) upstream.BookRequest {
	c := o.Contact
	appointments := asUpstream(o.Appointments)
	for i := range appointments {
		appointments[i].CustomFields = c.AppointmentAnswers
	}
	return upstream.BookRequest{
		Fullname: c.Name, Surname: c.Surname, Patronymic: c.Patronymic,
		Phone: c.Phone, Email: c.Email, Comment: c.Comment, Code: o.Code,
		NotifyBySMS: c.NotifySMS, NotifyByEmail: c.NotifyEmail,
		PersonalDataAllowed: c.PersonalData, NewsletterAllowed: c.Newsletter,
		APIID: a.mark(), BookformID: o.Form, Referrer: o.Tags,
		Appointments: appointments, CustomFields: c.CustomerAnswers,
	}
}

func asUpstream(appointments []Appointment) []upstream.Appointment {
	out := make([]upstream.Appointment, len(appointments))
	for i, v := range appointments {
		out[i] = upstream.Appointment{ID: v.ID, Services: v.Services, Staff: v.Master, Start: v.Start}
	}
	return out
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
