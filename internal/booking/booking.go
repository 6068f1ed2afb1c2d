// Package booking is the write side: it sends codes, checks whether a visit can be booked, and books, cancels and moves
// visits.
//
// A booking, a cancel and a move must each happen at most once, although people press buttons twice, answers get lost and
// processes end. The ledger sees to that: each is written into the store before it is sent, and what may have reached the
// upstream is never sent again. When no answer comes, the package looks into what the upstream has (LookInto,
// LookIntoChange), and says no more than what it has seen proves (Saying).
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

// Options are what a Desk needs.
type Options struct {
	Client *upstream.Client
	Store  store.Store
	Quotas *quota.Quotas
	Now    func() time.Time
	Log    *slog.Logger
	Watch  Watch

	ConsentKept time.Duration // how long a consent is kept that a booking has followed
}

// Watch counts what happens, for the operator.
type Watch interface {
	Attempt(state string)
	Change(kind, state string)
	Code(outcome string)
	Limit(name string)
}

// Desk books, cancels and moves visits. It is safe for concurrent use, also by several processes over one store.
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
	checks      *sharedCalls[checked]
	reads       *sharedCalls[upstream.Record]
	lists       *sharedCalls[[]upstream.Record]
}

// New makes a Desk.
func New(o Options) *Desk {
	d := &Desk{
		client: o.Client, store: o.Store, quotas: o.Quotas, now: o.Now, log: o.Log, watch: o.Watch, consentKept: o.ConsentKept,
		checks: newSharedCalls[checked](o.Now, checkGood),
		reads:  newSharedCalls[upstream.Record](o.Now, 0), lists: newSharedCalls[[]upstream.Record](o.Now, 0),
	}
	d.attempts = ledger.New(attemptKind(func(a Attempt) { d.watch.Attempt(string(a.State)) }), o.Store, o.Now)
	d.changes = ledger.New(d.changeKind(), o.Store, o.Now)
	return d
}

// Order is everything that a booking needs to know.
type Order struct {
	Form         int
	Company      int
	Lang         string // the upstream's code of the customer's language
	Appointments []Appointment
	Contact      Contact
	Code         string    // from the text message; "" when no code was asked for
	Checked      time.Time // when Check last said that these appointments can be booked; zero = never
	GroupEvent   int       // the id of a group event; the only appointment then has its time. 0 = no group event
	Seats        int       // places at the group event
	Tags         string    // of the campaign that brought the customer, as a URL query; "" = none
	Token        string    // the upstream's user token of a customer who has signed in and needs no code; "" = a guest
	Session      string    // the visitor's session
	Anyway       []string  // earlier attempts that the customer was told of and wants to book beside

	Consent *Consent // what the customer agreed to; nil when the form did not ask

	Tries  []quota.Limit // what a wrong code uses up
	Limits []quota.Limit // what a booking uses up
}

// Contact is what the customer says about himself or herself.
type Contact struct {
	Name, Surname, Patronymic string
	Phone                     string // E.164 without the plus
	Email, Comment            string
	NotifySMS, NotifyEmail    int   // hours before the visit; 0 = no reminder
	PersonalData, Newsletter  *bool // nil when the form did not ask
	// Answers to the salon's questions by their codes: about the customer, and about the appointment.
	CustomerAnswers, AppointmentAnswers map[string]any
}

// typed is all text that the customer has typed.
func (c Contact) typed() []string {
	const telling = 5 // characters; a shorter comment, such as "yes", says nothing about a person
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

// Confirm books an order once for a wizard token's nonce. Further calls with the same nonce, at the same time or later,
// get the attempt of the first call. The error is set only when this call sent nothing and the store does not tell
// whether the same customer has booked by another call.
func (d *Desk) Confirm(ctx context.Context, nonce string, o Order) (Attempt, error) {
	// A customer who goes away does not stop a booking that has begun.
	ctx = context.WithoutCancel(ctx)
	a, err := d.confirm(ctx, nonce, o)
	if err != nil || a.State != StateRefused || a.Refusal.Reason != ReasonNotSent {
		return a, err
	}
	// Nothing was sent for this button. Another tab's button may have booked the same.
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
			// Another call makes this attempt, and the store does not say how far it is.
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

// carryOut books what no limit holds back: it looks for duplicates, checks, spends the code and sends.
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
		d.keepConsent(store.Proven(ctx), o)
	}
	return after, err
}

// held is what one press of the button has used up of its limits, as a booking and as a try of a code.
type held struct{ booking, try quota.Verdict }

// hold uses up what an order counts for, or refuses it with the limit that is used up. It runs once for a press, however
// often that press arrives, and before its outcome is known, so that many presses at once cannot exceed the limits.
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

// settleHeld gives back what was used up for nothing: an attempt that is refused is no booking, and one that is refused
// for another reason is no wrong code.
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

// send makes the one request that books, and writes down what came of it.
func (d *Desk) send(ctx context.Context, a Attempt, o Order) (Attempt, error) {
	booked, err := d.put(ctx, a, o)
	records, whole := recordsOf(a.Appointments, booked)
	d.changed(a.Company)
	after, state := a, StateBooked
	switch {
	case whole:
		after.Records = records
	case err == nil, outcome(err) == upstream.OutcomeUnknown:
		// The appointments that the answer names are booked. Of the others nothing is known.
		after.Records, state = records, StateUnknown
	default:
		return d.refuseClaimed(ctx, a, o, refusalOf(err, o.Contact.typed()...))
	}
	d.logAttempt(ctx, after, state)
	after = d.settle(ctx, after, state)
	d.release(ctx, after, o)
	return after, nil
}

// put is the request.
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

// recordsOf finds the record of each appointment in an answer: by the appointment's ID, or by their order when the
// upstream names no appointment and there is a record for each. Two appointments never get the same record. Whole says
// that each appointment has its record. Nil records mean that the answer could not be assigned at all.
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

// logAttempt logs how an attempt has ended, with what an operator looks for: the request, the form, and the visits by their numbers.
func (d *Desk) logAttempt(ctx context.Context, a Attempt, state State) {
	line := []any{"id", requestOf(ctx), "attempt", inLog(a.ID), "form", a.Form, "company", a.Company, "state", state}
	if state == StateRefused {
		line = append(line, "reason", a.Refusal.Reason)
	}
	if numbers := a.recordNumbers(); len(numbers) > 0 {
		line = append(line, "records", numbers)
	}
	d.log.Info("booking attempt", line...)
}

type requestKey struct{}

// OfRequest is a context that names the request that causes what is booked, for the log.
func OfRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

func requestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// settle writes down how an attempt has ended, and remembers the links of the visits that it has booked.
func (d *Desk) settle(ctx context.Context, a Attempt, state State) Attempt {
	for i, r := range a.Records {
		if r.Hash != "" {
			d.rememberKey(ctx, Key{Company: a.Company, Record: r.ID, Hash: r.Hash}, a.Appointments[i].Start)
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
	a.Refusal = r
	d.logAttempt(ctx, a, StateRefused)
	return d.settle(ctx, a, StateRefused), nil
}

// ErrNoAttempt says that there is no attempt with this ID, or no longer.
var ErrNoAttempt = store.ErrNotFound

// Attempt reads an attempt by its ID. When its process has ended, it reads as refused if nothing was sent, and as unknown
// otherwise. Errors: ErrNoAttempt.
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
