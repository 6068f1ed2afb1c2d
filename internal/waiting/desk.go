package waiting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/store"
)

// Upstream is what a Desk needs of the catalogue. What the upstream answers to anybody comes to Notice and NoticeDays.
type Upstream interface {
	// Known is an answer that is known without a call and that a page may show, and KnownDays the free days.
	Known(ctx context.Context, q Question) (Answer, bool)
	KnownDays(ctx context.Context, q Question) (Days, bool)
	// Glimpse are times that answers to other questions tell, without a call.
	Glimpse(ctx context.Context, q Question) (Answer, bool)
	// Ask asks the upstream, with the least urgent class of calls, for the times of a day, or for the free days where the question has no
	// day. The answer comes to Notice or NoticeDays before Ask returns. Errors: ErrNoCall, when no call was made.
	Ask(ctx context.Context, q Question) error
	// Length is how long services take with a master, 0 when that is not known.
	Length(company, master int, services []int) time.Duration
	// Scarce says that calls are scarce.
	Scarce() bool
}

// ErrNoCall says that no call could be spared.
var ErrNoCall = errors.New("waiting: no call can be spared")

// Question is what can be asked for wishes.
type Question struct {
	Lang     string
	Company  int
	Services []int // in order
	Master   int   // 0 = any
	Day      string
}

// Days is what the upstream has said about free days. A day that is not among them has no time.
type Days struct {
	Company  int
	Services []int // in order
	Master   int   // 0 = any
	Free     []string
	Asked    time.Time
	Until    time.Time // until when a page may show it
}

// Counts counts for the operator. The texts come from small fixed sets.
type Counts interface {
	Wish(channel, event string)    // "asked", "confirmed", "ended", "refused"
	Told(channel, outcome string)  // "sent", "later", "gone", "unknown"
	WishCall(question, out string) // "days" or "times"; "asked", "spared", "failed"
}

// Options are what a Desk is made of.
type Options struct {
	Store     store.Store
	Quotas    *quota.Quotas
	Keys      [][]byte // the session keys: the first encrypts, all decrypt
	Now       func() time.Time
	Log       *slog.Logger // nil: none
	Messenger Messenger
	Upstream  Upstream
	Counts    Counts // nil: none

	CallsPerMinute int // that the watch may make; 0 = none
	Wishes         int // at a time; 0 = no bound
	PerCompany     int // at a time; 0 = no bound
	Quiet          Quiet
}

// Desk keeps wishes, and is what pages do with them. It is safe for concurrent use, by several processes over one store. A nil *Desk
// offers nothing.
type Desk struct {
	o     Options
	seals *seals
	me    string // this process, among those that share the store

	mu       sync.Mutex
	wishes   map[string]*entry     // as they were last read, by their keys; never changed
	version  map[int]string        // of the companies whose wishes are known
	sights   map[sighted]sight     // what the upstream has said last of what is wished for
	glimpses map[sighted]sight     // what answers to other questions tell
	hints    map[sighted]time.Time // questions whose answers have changed
	tried    map[sighted]time.Time // when the watch has last asked
	sending  map[string]bool       // wishes whose message is being sent
	posts    chan string           // wishes to be told
	heard    chan heard            // answers that change wishes
	wake     chan struct{}         // something is to be looked at now
	turn     lease
	polled   time.Time
	turned   int  // the question that was looked at last without a call
	spared   bool // the last question found no call

	done sync.WaitGroup
}

const (
	// MaxDays is how many days a wish may span.
	MaxDays = 31
	// MaxAhead is how many days ahead its last day may be.
	MaxAhead = 92
	// maxServices bounds the services of a wish.
	maxServices = 20
	// maxHour is the latest end of the hours: salons list times after midnight under the day before.
	maxHour = 30 * 60

	// An address may ask for so many wishes an hour, a channel for so many a day, and a salon may get so many a day.
	perAddress, perChannel, perSalon = 10, 10, 300
	// linkedFor is how long an e-mail address that has been sent a link and has not confirmed it is sent no other one.
	linkedFor = 24 * time.Hour

	// maxHeard bounds the answers that wait to be entered. When more come, they are left out; the next answer says the same.
	maxHeard = 4096
	// senders is how many messages are sent at a time.
	senders = 4
)

// New makes a Desk. Run lets it notice and tell.
func New(o Options) (*Desk, error) {
	seals, err := newSeals(o.Keys)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Counts == nil {
		o.Counts = uncounted{}
	}
	return &Desk{
		o: o, seals: seals, me: newSecret(), wishes: map[string]*entry{}, version: map[int]string{}, sights: map[sighted]sight{},
		hints: map[sighted]time.Time{}, glimpses: map[sighted]sight{}, tried: map[sighted]time.Time{}, sending: map[string]bool{},
		posts: make(chan string, maxHeard), heard: make(chan heard, maxHeard), wake: make(chan struct{}, 1),
	}, nil
}

type uncounted struct{}

func (uncounted) Wish(string, string)     {}
func (uncounted) Told(string, string)     {}
func (uncounted) WishCall(string, string) {}

// Offers says which channels visitors may be offered; none when wishes are off.
func (d *Desk) Offers() Offers {
	if d == nil {
		return Offers{}
	}
	return d.o.Messenger.Offers()
}

// Ask takes a wish, from a visitor of some networks (guard's rings; none: nobody can be told apart). It checks the wish, counts it for
// the address, the channel and the salon, stores it, and has the link sent that confirms it. The message is sent in the background: the
// page answers at once, and the same whether or not it is sent.
//
// An address that has been sent a link lately and has not confirmed it is sent nothing more, and the wish is not kept; nor is one of a
// channel that has asked for very many. Then Ask returns a wish all the same, so that nobody learns of it. A wish of a push channel
// needs no confirmation, because the browser has asked for permission: it is confirmed at once.
//
// Errors: *Refused, those of the store.
func (d *Desk) Ask(ctx context.Context, w Wish, rings []quota.Ring) (Wish, error) {
	now := d.o.Now()
	w, err := d.check(w, now)
	if err != nil {
		return w, d.refused(w, err)
	}
	w.Secret, w.Asked, w.Consent.At = newSecret(), now.UTC().Truncate(time.Millisecond), now.UTC().Truncate(time.Millisecond)
	key, _ := keyOf(w.Secret)
	name := d.seals.name(w.Channel)
	fromAddress, err := d.o.Quotas.Take(ctx, quota.Around(rings, "wish-address", "", perAddress, time.Hour)...)
	if err == nil && fromAddress.OK {
		fromAddress, err = d.o.Quotas.Take(ctx, quota.Limit{Name: "wish-salon", Of: strconv.Itoa(w.Company), Max: perSalon, Window: dayLength})
	}
	switch {
	case err != nil:
		return w, err
	case !fromAddress.OK:
		return w, d.refused(w, &Refused{Reason: ReasonLimit})
	}
	ofChannel, err := d.o.Quotas.Take(ctx, quota.Limit{Name: "wish-channel", Of: name, Max: perChannel, Window: dayLength})
	if err != nil {
		return w, err
	}
	first := true
	if w.Channel.Push == nil && ofChannel.OK {
		if _, first, err = d.o.Store.PutIfAbsent(ctx, linkPrefix+name, []byte(key), linkedFor); err != nil {
			return w, d.full(w, err)
		}
	}
	if !ofChannel.OK || !first {
		return w, nil
	}
	e := d.entryOf(ctx, key, w)
	if w.Channel.Push != nil {
		e.Confirmed, e.Linked = w.Asked, true
		w.Confirmed = w.Asked
	}
	if err = d.begin(ctx, key, e); err != nil {
		return w, d.full(w, errors.Join(err, d.unlink(ctx, w.Channel, key)))
	}
	d.o.Counts.Wish(e.Kind, "asked")
	d.know(key, e)
	d.send(key)
	return w, nil
}

// linkPrefix begins the keys that say which wish of an e-mail address waits to be confirmed.
const linkPrefix = "wish-link/"

// entryOf is a new wish as the store keeps it, with what is known of its days.
func (d *Desk) entryOf(ctx context.Context, key string, w Wish) *entry {
	e := &entry{
		Form: w.Form, Company: w.Company, Lang: w.Lang, Services: w.Services, Master: w.Master, From: w.From, To: w.To, Hours: w.Hours,
		Until: w.Until, Zone: storedZone{w.Zone}, Consent: w.Consent, Kind: w.Channel.Kind(), Asked: w.Asked,
		Sealed: d.seals.seal(key, private{w.Secret, w.Channel, w.Visit}),
	}
	if w.Visit != nil {
		e.Before = w.Visit.Start
	}
	q := Question{Lang: w.Lang, Company: w.Company, Services: w.Services, Master: w.Master}
	if days, ok := d.o.Upstream.KnownDays(ctx, q); ok {
		for _, a := range days.full(w.From, w.To) {
			e.take(a, w.Asked)
		}
	}
	for day := range daysOf(w.From, w.To) {
		q.Day = day
		if a, ok := d.o.Upstream.Known(ctx, q); ok {
			// What is offered now is none that has just opened, even where the free days said that there was none.
			delete(e.Days, day)
			e.take(a, w.Asked)
		}
	}
	e.Openings = nil
	return e
}

// check says what is wrong with a wish, and completes it.
func (d *Desk) check(w Wish, now time.Time) (Wish, error) {
	refuse := func(f Field, r Reason) (Wish, error) { return w, &Refused{Field: f, Reason: r} }
	if w.Zone == nil {
		w.Zone = time.UTC
	}
	w.Services = slices.Compact(slices.Sorted(slices.Values(w.Services)))
	offers := d.Offers()
	from, err1 := time.ParseInLocation(time.DateOnly, w.From, w.Zone)
	to, err2 := time.ParseInLocation(time.DateOnly, w.To, w.Zone)
	today := now.In(w.Zone).Format(time.DateOnly)
	switch {
	case len(w.Services) == 0:
		return refuse(FieldServices, ReasonMissing)
	case len(w.Services) > maxServices || w.Master < 0 || w.Company <= 0 || w.Form <= 0:
		return refuse(FieldServices, ReasonInvalid)
	case w.From == "":
		return refuse(FieldFrom, ReasonMissing)
	case err1 != nil:
		return refuse(FieldFrom, ReasonInvalid)
	case w.To == "":
		return refuse(FieldTo, ReasonMissing)
	case err2 != nil || to.Before(from):
		return refuse(FieldTo, ReasonInvalid)
	case w.To < today:
		return refuse(FieldTo, ReasonPast)
	}
	if w.From < today {
		w.From = today
		from, _ = time.ParseInLocation(time.DateOnly, today, w.Zone)
	}
	end := to.AddDate(0, 0, 1)
	if w.Hours.To > minutesOfDay {
		end = end.Add(time.Duration(w.Hours.To-minutesOfDay) * time.Minute)
	}
	if w.Until.IsZero() || w.Until.After(end) {
		w.Until = end
	}
	if w.Visit != nil && w.Visit.Start.Before(w.Until) {
		w.Until = w.Visit.Start
	}
	switch {
	case !to.Before(from.AddDate(0, 0, MaxDays)) || to.After(now.AddDate(0, 0, MaxAhead)):
		return refuse(FieldTo, ReasonFar)
	case w.Hours != Hours{} && (w.Hours.From < 0 || w.Hours.From >= w.Hours.To || w.Hours.To > maxHour):
		return refuse(FieldHours, ReasonInvalid)
	case !w.Until.After(now) || w.From == w.To && w.Hours.To > 0 && !from.Add(time.Duration(w.Hours.To)*time.Minute).After(now):
		return refuse(FieldHours, ReasonPast)
	}
	if w.Channel.Push != nil {
		switch {
		case !offers.Push:
			return refuse(FieldPush, ReasonOff)
		case w.Channel.Email != "" || !w.Channel.Push.valid():
			return refuse(FieldPush, ReasonInvalid)
		}
	} else {
		switch {
		case !offers.Email:
			return refuse(FieldEmail, ReasonOff)
		case w.Channel.Email == "":
			return refuse(FieldEmail, ReasonMissing)
		case !validEmail(w.Channel.Email):
			return refuse(FieldEmail, ReasonInvalid)
		}
	}
	if w.Consent.Version == "" {
		return refuse(FieldConsent, ReasonMissing)
	}
	return w, nil
}

func (d *Desk) refused(w Wish, err error) error {
	if _, ok := errors.AsType[*Refused](err); ok {
		d.o.Counts.Wish(w.Channel.Kind(), "refused")
	}
	return err
}

// full turns the store's "no more room" into a refusal.
func (d *Desk) full(w Wish, err error) error {
	if errors.Is(err, store.ErrFull) || errors.Is(err, errManyWishes) {
		return d.refused(w, &Refused{Reason: ReasonFull})
	}
	return err
}

// begin stores a new wish, and then that it is there.
func (d *Desk) begin(ctx context.Context, key string, e *entry) error {
	if err := d.o.Store.Put(ctx, key, e.encode(), e.ends().Sub(d.o.Now())); err != nil {
		return fmt.Errorf("waiting: keep: %w", err)
	}
	err := d.list(store.Proven(ctx), e.Company, key, e.ends())
	if err != nil {
		err = errors.Join(err, d.o.Store.Delete(context.WithoutCancel(ctx), key))
	}
	return err
}

// unlink lets an e-mail address be sent a link again.
func (d *Desk) unlink(ctx context.Context, c Channel, key string) error {
	if c.Push != nil {
		return nil
	}
	name := linkPrefix + d.seals.name(c)
	waits, err := d.o.Store.Get(ctx, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && string(waits) != key {
		return nil
	}
	if err != nil {
		return err
	}
	return d.o.Store.Delete(ctx, name)
}

// Find reads a wish by its secret, also one that is not confirmed. Errors: ErrNone.
func (d *Desk) Find(ctx context.Context, secret string) (Wish, error) {
	_, _, w, err := d.find(ctx, secret)
	return w, err
}

// find is the wish of a secret, with its key and its entry.
func (d *Desk) find(ctx context.Context, secret string) (string, *entry, Wish, error) {
	key, ok := keyOf(secret)
	if !ok || d == nil {
		return "", nil, Wish{}, ErrNone
	}
	e, _, err := d.read(ctx, key)
	if err != nil {
		return key, nil, Wish{}, err
	}
	w, err := d.wish(key, e)
	if errors.Is(err, errSealed) {
		return key, e, w, ErrNone
	}
	return key, e, w, err
}

// read is an entry as it stands in the store. Errors: ErrNone.
func (d *Desk) read(ctx context.Context, key string) (*entry, []byte, error) {
	raw, err := d.o.Store.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, ErrNone
	}
	if err != nil {
		return nil, nil, err
	}
	e, err := decode(raw)
	if err == nil && !d.o.Now().Before(e.ends()) {
		return nil, nil, ErrNone
	}
	return e, raw, err
}

// wish is what pages and messages read of an entry.
func (d *Desk) wish(key string, e *entry) (Wish, error) {
	p, _, err := d.seals.open(key, e.Sealed)
	if err != nil {
		return Wish{}, err
	}
	return Wish{
		Secret: p.Secret, Ticket: d.seals.ticket(key), Form: e.Form, Company: e.Company, Lang: e.Lang, Services: e.Services, Master: e.Master, From: e.From, To: e.To,
		Hours: e.Hours, Until: e.Until.In(e.zone()), Zone: e.zone(), Visit: p.Visit, Channel: p.Channel, Consent: e.Consent,
		Asked: e.Asked, Confirmed: e.Confirmed, Told: e.Told,
	}, nil
}

// Confirm confirms a wish. It is no error to confirm it again. Errors: ErrNone.
func (d *Desk) Confirm(ctx context.Context, secret string) (Wish, error) {
	ctx = store.Proven(ctx)
	key, _, w, err := d.find(ctx, secret)
	if err != nil || !w.Confirmed.IsZero() {
		return w, err
	}
	now := d.o.Now().UTC().Truncate(time.Millisecond)
	e, err := d.edit(ctx, key, func(e *entry) error {
		if !e.Confirmed.IsZero() {
			return store.ErrUnchanged
		}
		e.Confirmed, e.Linked = now, true
		return nil
	})
	if err != nil {
		return w, err
	}
	w.Confirmed = e.Confirmed
	d.know(key, e)
	d.o.Counts.Wish(e.Kind, "confirmed")
	return w, errors.Join(d.unlink(ctx, w.Channel, key), d.list(ctx, e.Company, key, e.ends()))
}

// End ends a wish and erases it. A secret that opens nothing is no error, and leaves no trace: a page that has ended a wish can be sent
// again, and says the same of every secret.
func (d *Desk) End(ctx context.Context, secret string) error {
	key, e, _, err := d.find(ctx, secret)
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.end(store.Proven(ctx), key, e)
}

// end erases a wish.
//
// Who did not confirm a wish and ended it is sent no other link for a day: what says so stays.
func (d *Desk) end(ctx context.Context, key string, e *entry) error {
	err := d.o.Store.Delete(ctx, key)
	if err == nil {
		d.o.Counts.Wish(e.Kind, "ended")
		d.mu.Lock()
		delete(d.wishes, key)
		d.mu.Unlock()
	}
	return errors.Join(err, d.unlist(ctx, e.Company, key))
}

// VisitChange is a cancel or a move of a visit by this program, which the upstream has confirmed.
type VisitChange struct {
	Company  int
	Record   int
	Master   int
	Services []int
	From     time.Time     // where the visit stood
	Length   time.Duration // 0 = not known
	To       time.Time     // zero: it was cancelled
}

// VisitChanged is told of every cancel and move of this program. The time that it gives back is told at once to whom it suits. Wishes
// to have the visit earlier end when it is cancelled, and when it was moved to an earlier time.
func (d *Desk) VisitChanged(ctx context.Context, v VisitChange) error {
	if d == nil {
		return nil
	}
	ctx = store.Proven(context.WithoutCancel(ctx))
	failed := d.reload(ctx, v.Company)
	now, unsure := d.o.Now(), false
	for key, e := range d.known(v.Company) {
		if !e.Before.IsZero() {
			p, _, err := d.seals.open(key, e.Sealed)
			if err == nil && p.Visit != nil && p.Visit.Company == v.Company && p.Visit.Record == v.Record && (v.To.IsZero() || v.To.Before(e.Before)) {
				failed = errors.Join(failed, d.end(ctx, key, e))
				continue
			}
		}
		f := Freed{Company: v.Company, Master: v.Master, Start: v.From, Length: v.Length, At: now}
		length := d.o.Upstream.Length(v.Company, v.Master, e.Services)
		if length == 0 && slices.Equal(e.Services, slices.Sorted(slices.Values(v.Services))) {
			length = v.Length
		}
		unsure = unsure || length == 0 || length > v.Length
		if e.Confirmed.IsZero() || !e.would(func(e *entry) bool { return e.free(f, length) }) {
			continue
		}
		after, err := d.edit(ctx, key, func(e *entry) error {
			if !e.free(f, length) {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		d.see(e, f)
		d.know(key, after)
	}
	if unsure {
		// What is free for other services only an answer says.
		d.Changed(v.Company, v.Master, []string{v.From.Format(time.DateOnly)})
	}
	d.tellDue()
	return failed
}
