// Package booking is the write side: codes, checks and bookings, each of which must happen
// exactly once. What may have reached the upstream is written down before it is sent, is never
// sent again by the program, and is resolved by looking.
package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

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
	unknown     unknowns
}

// New makes a Desk.
func New(o Options) *Desk {
	return &Desk{
		client: o.Client, store: o.Store, quotas: o.Quotas, now: o.Now, log: o.Log, watch: o.Watch, consentKept: o.ConsentKept,
		unknown: unknowns{byID: map[string]Unknown{}},
	}
}

// Order is everything that a booking needs.
type Order struct {
	Form    int
	Company int
	Lang    string // the upstream's code of the customer's language
	Visits  []Visit
	Contact Contact
	Code    string    // from the text message; empty when none was asked for
	Checked time.Time // when Check last passed for these visits; zero = never
	Event   int       // a group event instead of visits of one's own; the only visit then says when it is
	Seats   int       // places at the event
	Tags    string    // of the campaign that brought the customer, as a query; "" = none
	Token   string    // of a customer who has signed in, whose phone needs no code; "" = nobody has

	Tries  []quota.Limit // what a try of the code uses up
	Limits []quota.Limit // what a booking uses up
}

// Contact is what the customer says of himself.
type Contact struct {
	Name, Surname, Patronymic string
	Phone                     string // E.164 without the plus
	Email, Comment            string
	NotifySMS, NotifyEmail    int   // hours before the visit; 0 = no reminder
	PersonalData, Newsletter  *bool // nil when the question was not asked
	// Answers to the salon's own questions by their codes: about the customer, and about the visit.
	Own, OfVisit map[string]any
}

// checkGood is how long a passed check stands for the next step (design: a check older than 10 s
// is made again right before the booking).
const checkGood = 10 * time.Second

// Check asks whether the visits could be booked now. A nil Refusal means yes. The error is set
// when the upstream could not be asked.
func (d *Desk) Check(ctx context.Context, lang string, company int, visits []Visit) (*Refusal, error) {
	err := d.client.In(lang).Check(budget.WithPriority(ctx, budget.P0), company, appointments(visits))
	if err == nil {
		return nil, nil
	}
	r := refusalOf(err)
	if r.Reason == ReasonNotSent {
		return nil, err
	}
	return &r, nil
}

// CodeEvery is how long a phone must wait for another code.
const CodeEvery = time.Minute

// SendCode sends a text message with a code to a phone, at most one a minute, and within the limits,
// of which it uses up one each. A nil Refusal means that it was sent; the error is set when the
// upstream could not be asked.
func (d *Desk) SendCode(ctx context.Context, lang string, company int, phone, name string, limits ...quota.Limit) (*Refusal, error) {
	key := "code/" + digest(strconv.Itoa(company), phone)
	if _, stored, err := d.store.PutIfAbsent(ctx, key, []byte{1}, CodeEvery); err != nil {
		return nil, fmt.Errorf("code: note: %w", err)
	} else if !stored {
		return &Refusal{Reason: ReasonWait}, nil
	}
	verdict, err := d.quotas.Take(ctx, limits...)
	if err == nil && verdict.OK {
		err = d.client.In(lang).SendCode(budget.WithPriority(ctx, budget.P0), company, phone, name)
	} else if err == nil {
		_ = d.store.Delete(ctx, key)
		d.log.Warn("code held back", "limit", verdict.Limit.Name, "company", company, "for", verdict.After.Round(time.Second))
		d.watch.Code("limit")
		d.watch.Limit(verdict.Limit.Name)
		return &Refusal{Reason: ReasonLimit}, nil
	}
	if err == nil {
		d.watch.Code("sent")
		return nil, nil
	}
	d.watch.Code("failed")
	if outcome(err) != upstream.OutcomeUnknown {
		// Nothing was sent, so nothing is to be waited for.
		_ = d.store.Delete(ctx, key)
	}
	r := refusalOf(err)
	if r.Reason == ReasonNotSent {
		return nil, err
	}
	return &r, nil
}

// Confirm books an order once for a wizard token's nonce. Further calls with the same nonce, at
// the same time or later, get the first one's attempt. The error is set only when nothing was
// sent and nothing could be written down.
func (d *Desk) Confirm(ctx context.Context, nonce string, o Order) (Attempt, error) {
	// From here on the customer's going away must not stop what has begun.
	ctx = context.WithoutCancel(ctx)
	a := Attempt{
		ID: AttemptID(nonce), State: StateNew, Form: o.Form, Company: o.Company, Lang: o.Lang,
		Visits: o.Visits, Event: o.Event, Seats: o.Seats, Created: d.now(),
	}
	_, stored, err := d.store.PutIfAbsent(ctx, attemptKey(a.ID), encode(a), attemptKeptFor)
	if err != nil {
		return Attempt{}, fmt.Errorf("attempt: note: %w", err)
	}
	if !stored {
		first, err := d.await(ctx, a.ID)
		if err != nil {
			// Somebody makes this attempt, and the store does not say how it goes.
			first, err = Attempt{ID: a.ID, State: StateSent, Form: a.Form, Company: a.Company, Lang: a.Lang}, nil
		}
		return first, err
	}
	if refusal := d.heldBack(ctx, o); refusal.Reason != "" {
		return d.refuse(ctx, a, refusal)
	}
	if twin, err := d.claim(ctx, a, o); err != nil {
		return d.refuse(ctx, a, Refusal{Reason: ReasonNotSent})
	} else if twin != "" {
		return d.refuse(ctx, a, Refusal{Reason: ReasonDuplicate, Twin: twin})
	}
	if o.Event == 0 && d.now().Sub(o.Checked) > checkGood { // events cannot be checked beforehand
		refusal, err := d.Check(ctx, o.Lang, o.Company, o.Visits)
		if err != nil {
			refusal = &Refusal{Reason: ReasonNotSent}
		}
		if refusal != nil {
			return d.refuse(ctx, a, *refusal)
		}
	}
	sent := a
	sent.State, sent.Sent = StateSent, d.now()
	if swapped, err := d.store.Swap(ctx, attemptKey(a.ID), encode(a), encode(sent), attemptKeptFor); err != nil || !swapped {
		// Either the store is gone or a reader has given this attempt up as dead: do not send.
		return d.await(ctx, a.ID)
	}
	return d.send(ctx, sent, o)
}

// heldBack says whether a limit keeps an order from being tried; the zero Refusal means none does. What it
// uses up it uses up once for a press, however often that arrives, and before anybody can see whether the
// code was right, so that many tries at once are not more than one after another.
func (d *Desk) heldBack(ctx context.Context, o Order) Refusal {
	for _, held := range []struct {
		limits []quota.Limit
		reason Reason
	}{{o.Limits, ReasonOften}, {o.Tries, ReasonTries}} {
		verdict, err := d.quotas.Take(ctx, held.limits...)
		if err != nil {
			d.log.Error("limit not counted", "company", o.Company, "error", err)
			return Refusal{Reason: ReasonNotSent}
		}
		if !verdict.OK {
			d.log.Warn("booking held back", "limit", verdict.Limit.Name, "company", o.Company, "for", verdict.After.Round(time.Second))
			d.watch.Limit(verdict.Limit.Name)
			return Refusal{Reason: held.reason}
		}
	}
	return Refusal{}
}

// send puts the booking to the upstream, once, and writes down what came of it.
func (d *Desk) send(ctx context.Context, a Attempt, o Order) (Attempt, error) {
	booked, err := d.put(ctx, a, o)
	after := a
	switch {
	case err == nil && len(booked) == len(a.Visits):
		after.State, after.Records = StateBooked, inOrder(a.Visits, booked)
	case err == nil, outcome(err) == upstream.OutcomeUnknown:
		after.State = StateUnknown
		// Whoever begins anew for the same visit is led to this attempt until it is found out about.
		_, _ = d.store.Swap(ctx, twinKey(o), []byte(a.ID), []byte(a.ID), attemptKeptFor)
	default:
		after.State, after.Refusal = StateRefused, refusalOf(err)
	}
	d.log.Info("booking attempt", "attempt", a.ID, "company", a.Company, "state", after.State, "reason", after.Refusal.Reason)
	return d.settle(ctx, after), nil
}

// put is the one call that books.
func (d *Desk) put(ctx context.Context, a Attempt, o Order) ([]upstream.Booked, error) {
	client, ctx := d.client.In(o.Lang).As(o.Token), budget.WithPriority(ctx, budget.P0)
	if o.Event == 0 {
		return client.Book(ctx, o.Company, request(a, o))
	}
	place, err := client.BookActivity(ctx, o.Company, o.Event, o.Seats, request(a, o))
	if err != nil {
		return nil, err
	}
	return []upstream.Booked{place}, nil
}

// inOrder puts the records into the order of the visits; an upstream that names its records
// otherwise is taken to have kept the order.
func inOrder(visits []Visit, booked []upstream.Booked) []Record {
	out := make([]Record, len(visits))
	for i, v := range visits {
		b := booked[i]
		if k := slices.IndexFunc(booked, func(b upstream.Booked) bool { return b.ID == v.ID }); k >= 0 {
			b = booked[k]
		}
		out[i] = Record{ID: b.RecordID, Hash: b.Hash}
	}
	return out
}

// settle writes an attempt's end over whatever stands there: "sent", or "unknown" when a reader
// was faster. Should the store fail, the customer who waits is told the truth all the same, and
// the stored "sent" will later read as unknown.
func (d *Desk) settle(ctx context.Context, a Attempt) Attempt {
	d.watch.Attempt(string(a.State))
	d.unknown.see(a)
	if err := d.store.Put(ctx, attemptKey(a.ID), encode(a), attemptKeptFor); err != nil {
		d.log.Error("booking attempt not written down", "attempt", a.ID, "state", a.State, "error", err)
		a.Unwritten = true
	}
	return a
}

// refuse ends an attempt that was not sent.
func (d *Desk) refuse(ctx context.Context, a Attempt, r Refusal) (Attempt, error) {
	d.log.Info("booking attempt", "attempt", a.ID, "company", a.Company, "state", StateRefused, "reason", r.Reason)
	a.State, a.Refusal = StateRefused, r
	return d.settle(ctx, a), nil
}

// twinFor is how long the same visit of the same person is taken for the same press in another tab.
const twinFor = 2 * time.Minute

// claim names the attempt in which the same person is booking, or has just booked, the same visit under
// another token; "" when there is none.
func (d *Desk) claim(ctx context.Context, a Attempt, o Order) (twin string, err error) {
	key := twinKey(o)
	other, stored, err := d.store.PutIfAbsent(ctx, key, []byte(a.ID), twinFor)
	if err != nil || stored {
		return "", err
	}
	first, err := d.Attempt(ctx, string(other))
	if err == nil && first.State != StateRefused {
		return first.ID, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	// The other one came to nothing: this one takes its place, unless a third was faster.
	swapped, err := d.store.Swap(ctx, key, other, []byte(a.ID), twinFor)
	if err != nil || swapped {
		return "", err
	}
	third, err := d.store.Get(ctx, key)
	return string(third), err
}

// twinKey stands for a visit of a person.
func twinKey(o Order) string {
	parts := []string{strconv.Itoa(o.Company), o.Contact.Phone, strconv.Itoa(o.Event)}
	for _, v := range o.Visits {
		parts = append(parts, strconv.Itoa(v.Master), v.Start.UTC().Format(time.RFC3339))
	}
	return "twin/" + digest(parts...)
}

// Twin finds the attempt in which the same person books, or has just booked, what an order is for.
// Errors: ErrNoAttempt, also when that attempt came to nothing.
func (d *Desk) Twin(ctx context.Context, o Order) (Attempt, error) {
	id, err := d.store.Get(ctx, twinKey(o))
	if err != nil {
		return Attempt{}, err
	}
	a, err := d.Attempt(ctx, string(id))
	if err == nil && a.State == StateRefused {
		return Attempt{}, ErrNoAttempt
	}
	return a, err
}

// ErrNoAttempt says that no attempt has this id, or that it is too long ago.
var ErrNoAttempt = store.ErrNotFound

// Attempt reads an attempt by its public id. An attempt whose process died reads as refused when
// nothing was sent and as unknown otherwise. Errors: ErrNoAttempt.
func (d *Desk) Attempt(ctx context.Context, id string) (Attempt, error) {
	for {
		raw, err := d.store.Get(ctx, attemptKey(id))
		if err != nil {
			return Attempt{}, err
		}
		a, err := decode(raw)
		if err != nil {
			return Attempt{}, err
		}
		dead, changed := a.overtaken(d.now())
		if !changed {
			d.unknown.see(a)
			return a, nil
		}
		// Write it down before it is believed: the owner, should it be alive, then does not send.
		if swapped, err := d.store.Swap(ctx, attemptKey(id), raw, encode(dead), attemptKeptFor); err != nil {
			return Attempt{}, err
		} else if swapped {
			d.watch.Attempt(string(dead.State))
			d.unknown.see(dead)
			return dead, nil
		}
	}
}

// awaitFor bounds the wait of a repeated press for the first one's outcome; the page then says
// that the booking is under way and asks again.
const awaitFor = 6 * time.Second

// await waits until an attempt under way has come to an end.
func (d *Desk) await(ctx context.Context, id string) (Attempt, error) {
	ctx, cancel := context.WithTimeout(ctx, awaitFor)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := d.Attempt(context.WithoutCancel(ctx), id)
		if err != nil || a.final() {
			return a, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return a, nil
		}
	}
}

// Look resolves an attempt whose outcome is not known, without sending it again. Where the customer has
// signed in, the own visits say it: the attempt's name stands in the visit. Else it asks whether the same
// slot could be booked now. Free means that the attempt did not go through; taken means that very likely
// it did. Other attempts are returned as they are.
func (d *Desk) Look(ctx context.Context, id, userToken string) (Attempt, error) {
	a, err := d.Attempt(ctx, id)
	if err != nil || a.State != StateUnknown || a.Likely || a.Event != 0 {
		return a, err // free places at an event say nothing of who has taken one
	}
	now := d.now()
	if now.Sub(a.Sent) < lookAfter || now.Sub(a.Looked) < lookEvery {
		return a, nil
	}
	before := encode(a)
	a.Looked = now
	if swapped, err := d.store.Swap(ctx, attemptKey(id), before, encode(a), attemptKeptFor); err != nil || !swapped {
		return a, err // somebody else looks
	}
	before = encode(a)
	a.Records = d.recognise(ctx, a, userToken)
	var refusal *Refusal
	if len(a.Records) == 0 {
		refusal, err = d.Check(ctx, a.Lang, a.Company, a.Visits)
	}
	switch {
	case len(a.Records) > 0:
		a.State = StateBooked
	case err != nil:
		return a, nil //nolint:nilerr // not known yet is an answer; the page asks again
	case refusal == nil:
		a.State, a.Refusal = StateRefused, Refusal{Reason: ReasonNotSent}
	case slices.Contains([]Reason{ReasonSlotTaken, ReasonNobodyFree}, refusal.Reason):
		a.Likely = true
	default:
		return a, nil
	}
	d.log.Info("booking attempt looked into", "attempt", a.ID, "company", a.Company, "state", a.State, "likely", a.Likely)
	if _, err := d.store.Swap(ctx, attemptKey(id), before, encode(a), attemptKeptFor); err != nil {
		return a, err
	}
	if a.State != StateUnknown {
		d.watch.Attempt(string(a.State))
	}
	d.unknown.see(a)
	return a, nil
}

// recognise finds the visits of an attempt among those of a customer who has signed in; none is no proof
// that there are none.
func (d *Desk) recognise(ctx context.Context, a Attempt, userToken string) []Record {
	if userToken == "" {
		return nil
	}
	own, err := d.client.In(a.Lang).As(userToken).UserRecords(budget.WithPriority(ctx, budget.P0))
	if err != nil {
		d.log.Warn("own visits after an unknown attempt", "attempt", a.ID, "error", err)
		return nil
	}
	out := make([]Record, len(a.Visits))
	for i, v := range a.Visits {
		k := slices.IndexFunc(own, func(r upstream.Record) bool {
			return r.APIID == a.ID && !r.Deleted && r.Company.ID == a.Company && r.Start.Equal(v.Start)
		})
		if k < 0 {
			return nil
		}
		out[i] = Record{ID: own[k].ID}
	}
	return out
}

func outcome(err error) upstream.Outcome {
	if e, ok := errors.AsType[*upstream.Error](err); ok {
		return e.Outcome()
	}
	return upstream.OutcomeUnknown
}

func request(a Attempt, o Order) upstream.BookRequest {
	c := o.Contact
	visits := appointments(o.Visits)
	for i := range visits {
		visits[i].CustomFields = c.OfVisit
	}
	return upstream.BookRequest{
		Fullname: c.Name, Surname: c.Surname, Patronymic: c.Patronymic,
		Phone: c.Phone, Email: c.Email, Comment: c.Comment, Code: o.Code,
		NotifyBySMS: c.NotifySMS, NotifyByEmail: c.NotifyEmail,
		PersonalDataAllowed: c.PersonalData, NewsletterAllowed: c.Newsletter,
		APIID: a.ID, BookformID: o.Form, Referrer: o.Tags,
		Appointments: visits, CustomFields: c.Own,
	}
}

func appointments(visits []Visit) []upstream.Appointment {
	out := make([]upstream.Appointment, len(visits))
	for i, v := range visits {
		out[i] = upstream.Appointment{ID: v.ID, Services: v.Services, Staff: v.Master, Start: v.Start}
	}
	return out
}

func attemptKey(id string) string { return "attempt/" + id }

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// encode cannot fail: an Attempt holds nothing that JSON cannot.
func encode(a Attempt) []byte {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return b
}

func decode(b []byte) (Attempt, error) {
	var a Attempt
	if err := json.Unmarshal(b, &a); err != nil {
		return Attempt{}, fmt.Errorf("attempt: read: %w", err)
	}
	return a, nil
}
