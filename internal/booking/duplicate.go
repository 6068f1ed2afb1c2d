package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"okoshko/internal/store"
	"okoshko/internal/upstream/budget"
)

// duplicateFor is how long after a booking the same appointment of the same customer counts as another tab's press of the
// same button.
const duplicateFor = 2 * time.Minute

// relation is what an earlier attempt of a customer means for a new one.
type relation int

const (
	unrelated relation = iota // nothing, for this attempt and for any later one
	harmless                  // nothing for this attempt; it may mean something for a later one
	duplicate                 // it is the same booking, or may stand at an overlapping time
	another                   // a duplicate but for the name: a mother may book for her child at the same time
	earlier                   // it may have booked a service of this attempt at another time, so the customer must be told
	prior                     // it was for the same appointments and very likely came to nothing
)

// relate says what an earlier attempt x means for a new attempt a of the same customer at the same company. It does not
// ask whether the visits of a booked attempt have been cancelled or moved since.
func relate(x, a Attempt, now time.Time) relation {
	same := x.GroupEvent == a.GroupEvent && slices.EqualFunc(x.Appointments, a.Appointments, func(v, w Appointment) bool { return v.Master == w.Master && v.Start.Equal(w.Start) })
	switch x.State {
	case StateRefused:
		return unrelated
	case StateBooked:
		switch {
		case now.Sub(x.Created) > duplicateFor:
			return unrelated
		case same:
			return duplicate
		}
		return harmless
	case StateUnknown:
		whole, _ := x.Says(now, false)
		switch {
		case !slices.ContainsFunc(x.Appointments, func(v Appointment) bool { return v.Start.After(now) }):
			return unrelated
		case whole == SayUnlikely && same:
			return prior
		case whole == SayUnlikely:
			return harmless
		case overlap(x.Appointments, a.Appointments):
			return duplicate
		case shareServices(x.Appointments, a.Appointments):
			return earlier
		}
		return harmless
	default:
		if same {
			return duplicate
		}
		return harmless
	}
}

// relateBy is relate where the customer's name is known: two people who share a phone may have visits at the same time.
func relateBy(x, a Attempt, c Contact, now time.Time) relation {
	r := relate(x, a, now)
	if r == duplicate && x.Name != "" && x.Name != nameOf(x.ID, c) {
		return another
	}
	return r
}

// mayTell says whether the customer who makes an order may hear of an earlier attempt. It must have been made in the same
// session, or with the phone of a customer who has signed in.
func (d *Desk) mayTell(x Attempt, o Order) bool {
	return x.By(o.Session) || o.Token != "" && x.Of(o.Contact.Phone)
}

// told is the refusal for the sake of an earlier attempt as the customer who makes an order may hear it. Where a code was
// sent, only a customer who types the right code hears it; otherwise anybody could ask at what times the owner of a phone
// has visits. The upstream has no call that only checks a code, so the code is tried by signing in, and the sign-in is
// thrown away.
func (d *Desk) told(ctx context.Context, a Attempt, o Order, r Refusal) Refusal {
	first, err := d.Attempt(ctx, r.Attempt)
	if o.Code == "" || o.Token != "" || err == nil && d.mayTell(first, o) {
		return r
	}
	unused, giveBack, err := d.spendCode(ctx, o.Contact.Phone, o.Code, a.ID)
	switch {
	case err != nil:
		return Refusal{Reason: ReasonNotSent}
	case !unused:
		return Refusal{Reason: ReasonSpent}
	}
	if _, err = d.client.In(o.Lang).UserAuth(budget.WithPriority(ctx, budget.P0), o.Contact.Phone, o.Code); err == nil {
		return r
	}
	giveBack()
	if ReasonOf(err).Credentials() {
		return Refusal{Reason: ReasonCode}
	}
	return Refusal{Reason: ReasonNotSent}
}

// overlap says whether an appointment of one order overlaps with one of another order.
func overlap(a, b []Appointment) bool {
	during := func(v, w Appointment) bool {
		return !w.Start.Before(v.Start) && w.Start.Before(v.Start.Add(max(v.Length, 1)))
	}
	return slices.ContainsFunc(a, func(v Appointment) bool {
		return slices.ContainsFunc(b, func(w Appointment) bool { return during(v, w) || during(w, v) })
	})
}

func shareServices(a, b []Appointment) bool {
	return slices.ContainsFunc(a, func(v Appointment) bool {
		return slices.ContainsFunc(b, func(w Appointment) bool {
			return slices.ContainsFunc(v.Services, func(id int) bool { return slices.Contains(w.Services, id) })
		})
	})
}

// claim notes an attempt among those of its customer, unless an earlier one stands in its way: then the Refusal says
// which. An attempt is noted before anything is sent and stays noted while its outcome is not known, so that a customer
// cannot book twice after the process has ended.
func (d *Desk) claim(ctx context.Context, a *Attempt, o Order) (refusal Refusal, err error) {
	err = store.Update(ctx, d.store, personKey(o), attemptKeptFor, func(old []byte) ([]byte, error) {
		ids, err := d.claimed(ctx, o, old)
		if err != nil {
			return nil, err
		}
		if ids, refusal, err = d.weigh(ctx, a, o, ids); err != nil {
			return nil, err
		}
		if !refusal.None() {
			return nil, store.ErrUnchanged
		}
		return json.Marshal(append(ids, a.ID))
	})
	return refusal, err
}

// weigh says which of a customer's earlier attempts stay noted when a new one is added, or which of them stands in the
// way of the new one. The zero Refusal means that none does. An earlier attempt at the same appointments that very likely
// came to nothing becomes the Prior of the new one.
func (d *Desk) weigh(ctx context.Context, a *Attempt, o Order, ids []string) (kept []string, refusal Refusal, err error) {
	a.Prior = ""
	for _, id := range ids {
		x, err := d.Attempt(ctx, id)
		if errors.Is(err, ErrNoAttempt) {
			continue
		}
		if err != nil {
			return nil, Refusal{}, err
		}
		told := slices.Contains(o.Anyway, x.ID)
		switch r := relateBy(x, *a, o.Contact, d.now()); {
		case r == duplicate && (x.State != StateBooked || d.stands(ctx, x)):
			return nil, Refusal{Reason: ReasonDuplicate, Attempt: x.ID}, nil
		case r == another && !told:
			return nil, Refusal{Reason: ReasonAnother, Attempt: x.ID}, nil
		case r == earlier && !told:
			return nil, Refusal{Reason: ReasonEarlier, Attempt: x.ID}, nil
		case r == duplicate, r == unrelated:
			continue
		case r == prior:
			a.Prior = x.ID
		}
		kept = append(kept, x.ID)
	}
	return kept, Refusal{}, nil
}

// claims are the IDs of a customer's attempts at a company that may matter to a new one, the latest last, and the bytes
// that they were read from; raw is nil where nothing is noted.
func (d *Desk) claims(ctx context.Context, o Order) (raw []byte, ids []string, err error) {
	raw, err = d.store.Get(ctx, personKey(o))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("claims: read: %w", err)
	}
	ids, err = d.claimed(ctx, o, raw)
	return raw, ids, err
}

// claimed reads the IDs that are noted of a customer. Where nothing is noted, an older version may have noted one under
// its appointments; such a note lives for three days.
func (d *Desk) claimed(ctx context.Context, o Order, raw []byte) (ids []string, err error) {
	if raw != nil {
		if err := json.Unmarshal(raw, &ids); err != nil {
			return nil, fmt.Errorf("claims: read: %w", err)
		}
		return ids, nil
	}
	id, err := d.store.Get(ctx, oldDuplicateKey(o))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return []string{}, nil
	case err != nil:
		return nil, fmt.Errorf("claims: read: %w", err)
	}
	return []string{string(id)}, nil
}

// release ends the claim of an attempt that has ended. One whose outcome is not known keeps its claim. One that booked
// keeps it for duplicateFor, because another tab may book the same.
func (d *Desk) release(ctx context.Context, a Attempt, o Order) {
	if a.State == StateUnknown || a.Unwritten {
		return
	}
	raw, ids, err := d.claims(ctx, o)
	if err != nil || raw == nil {
		return // the claim expires
	}
	keep := attemptKeptFor
	if a.State == StateRefused {
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == a.ID })
	}
	if len(ids) == 0 || len(ids) == 1 && ids[0] == a.ID {
		keep = duplicateFor
	}
	_, _ = d.store.Swap(ctx, personKey(o), raw, encodeClaims(ids), keep) // another attempt that was faster has looked at this one
}

// refuseClaimed ends an attempt that came to nothing after it was noted. When a time was free as an earlier attempt at it
// was looked into, and is taken now, the earlier attempt may have booked it after all. Then the customer is led to that
// attempt and not to another time.
func (d *Desk) refuseClaimed(ctx context.Context, a Attempt, o Order, r Refusal) (Attempt, error) {
	if a.Prior != "" && slices.Contains([]Reason{ReasonSlotTaken, ReasonNobodyFree}, r.Reason) && d.doubt(ctx, a.Prior) {
		if first, err := d.Attempt(ctx, a.Prior); err == nil && d.mayTell(first, o) {
			r = Refusal{Reason: ReasonDuplicate, Attempt: a.Prior}
		}
	}
	a, err := d.refuse(ctx, a, r)
	d.release(ctx, a, o)
	return a, err
}

// doubt takes back what the free times of an attempt's appointments seemed to say of its outcome.
func (d *Desk) doubt(ctx context.Context, id string) bool {
	x, err := d.Attempt(ctx, id)
	if err != nil || x.State != StateUnknown {
		return false
	}
	x.Sights = slices.Clone(x.Sights)
	for i := range x.Sights {
		if x.Sights[i].Slot == SlotFree {
			x.Sights[i].Slot = SlotBack
		}
	}
	_, written, err := d.attempts.Amend(ctx, x, StateUnknown)
	return err == nil && written
}

// stands says whether the visits of a booked attempt are still where it booked them. A visit that cannot be read counts
// as unchanged.
func (d *Desk) stands(ctx context.Context, x Attempt) bool {
	for i, record := range x.Records {
		if record.Hash == "" || i >= len(x.Appointments) {
			return true
		}
		r, err := d.read(ctx, x.Lang, Key{Company: x.Company, Record: record.ID, Hash: record.Hash})
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil || !r.Deleted && starts(r, x.Appointments[i].Start) {
			return true
		}
	}
	return len(x.Records) == 0
}

// FindDuplicate finds an attempt in which the same customer is booking or has just booked what an order is for, or may
// have booked something at its time. Errors: ErrNoAttempt.
func (d *Desk) FindDuplicate(ctx context.Context, o Order) (Attempt, error) {
	_, ids, err := d.claims(ctx, o)
	if err != nil {
		return Attempt{}, err
	}
	for _, id := range ids {
		x, err := d.Attempt(ctx, id)
		if errors.Is(err, ErrNoAttempt) {
			continue
		}
		if err != nil {
			return Attempt{}, err
		}
		if relateBy(x, Attempt{Appointments: o.Appointments, GroupEvent: o.GroupEvent}, o.Contact, d.now()) == duplicate && (x.State != StateBooked || d.stands(ctx, x)) {
			return x, nil
		}
	}
	return Attempt{}, ErrNoAttempt
}

// personKey is where the attempts of a customer at a company are noted. The customer is a digest of the phone.
func personKey(o Order) string { return personKeyOf(o.Company, o.Contact.Phone) }

func personKeyOf(company int, phone string) string {
	return "person/" + digest("person", strconv.Itoa(company), phone)
}

// oldDuplicateKey is where an older version noted the attempt at these appointments.
func oldDuplicateKey(o Order) string {
	parts := []string{strconv.Itoa(o.Company), o.Contact.Phone, strconv.Itoa(o.GroupEvent)}
	for _, v := range o.Appointments {
		parts = append(parts, strconv.Itoa(v.Master), v.Start.UTC().Format(time.RFC3339))
	}
	return "twin/" + digest(parts...)
}

// encodeClaims cannot fail, because IDs are strings.
func encodeClaims(ids []string) []byte {
	b, err := json.Marshal(ids)
	if err != nil {
		panic(err)
	}
	return b
}
