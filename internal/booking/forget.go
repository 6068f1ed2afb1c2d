package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/store"
)

// Why says why something of a person stays when the person is forgotten.
type Why string

// The reasons.
const (
	WhyOpen  Why = "open"  // what became of the attempt is not known: without it a further press could book twice
	WhyForm  Why = "form"  // the form of the attempt may lie open: without it a further press would book again
	WhyProof Why = "proof" // a booking has followed the consent, which is the salon's proof that it was given
)

// Staying is an attempt or a consent that stays when a person is forgotten.
type Staying struct {
	Form    int
	Company int
	At      time.Time // when the button was pressed, or when the customer agreed
	State   State     // of an attempt; "" = it is a consent
	Why     Why
	Until   time.Time // at the latest
}

// ForgetAttempts erases the attempts of a customer and the notes of them, and says how many attempts it has erased and which stay. phones
// are what the customer's phone may be, each in E.164 without the plus. An attempt stays that is open, and one whose form may lie open.
func ForgetAttempts(ctx context.Context, s store.Store, phones []string, now time.Time) (erased int, stay []Staying, err error) {
	kept := ledger.New(attemptKind(nil), s, func() time.Time { return now })
	var due []Attempt
	companies, staying := map[int]bool{}, map[string]bool{}
	err = kept.Each(ctx, func(a Attempt) {
		companies[a.Company] = true
		if !slices.ContainsFunc(phones, a.Of) {
			return
		}
		if why, until := a.staysFor(now); why != "" {
			staying[a.ID] = true
			stay = append(stay, Staying{Form: a.Form, Company: a.Company, At: a.Created, State: a.State, Why: why, Until: until})
			return
		}
		due = append(due, a)
	})
	for _, a := range due {
		if gone := kept.Erase(ctx, a); gone != nil {
			err = errors.Join(err, fmt.Errorf("attempt: erase: %w", gone))
			continue
		}
		erased++
		err = errors.Join(err, a.eraseOldNotes(ctx, s, phones))
	}
	for company := range companies {
		for _, phone := range phones {
			err = errors.Join(err, eraseNote(ctx, s, personKeyOf(company, phone), staying))
		}
	}
	slices.SortFunc(stay, func(a, b Staying) int { return a.At.Compare(b.At) })
	return erased, stay, err
}

// staysFor says why an attempt must stay, "" when it need not, and until when the store keeps it at the latest.
func (a Attempt) staysFor(now time.Time) (why Why, until time.Time) {
	last := slices.MaxFunc([]time.Time{a.Created, a.Sent, a.Ended, a.Looked, a.Sighted}, time.Time.Compare)
	switch formCloses := a.Created.Add(nothingKeptFor); {
	case a.At(now).Open():
		return WhyOpen, last.Add(attemptKeptFor)
	case now.Before(formCloses):
		return WhyForm, last.Add(a.keepFor(now))
	}
	return "", until
}

// eraseNote erases the note of a customer's attempts at a company, unless it has one that stays or one that was begun meanwhile. Nobody
// else's change of it is lost.
func eraseNote(ctx context.Context, s store.Store, key string, staying map[string]bool) error {
	raw, err := s.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claims: read: %w", err)
	}
	var ids []string
	if err := json.Unmarshal(raw, &ids); err != nil {
		return fmt.Errorf("claims: read: %w", err)
	}
	for _, id := range ids {
		if staying[id] {
			return nil
		}
		switch _, err := s.Get(ctx, "attempt/"+id); {
		case err == nil:
			return nil
		case !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("claims: %w", err)
		}
	}
	// A store has no way to delete what is unchanged, so it is written over with what has ended at once.
	if _, err = s.Swap(ctx, key, raw, encodeClaims([]string{}), time.Millisecond); err != nil {
		return fmt.Errorf("claims: erase: %w", err)
	}
	return nil
}

// eraseOldNotes erases the notes of an attempt as versions before there were lists made them.
func (a Attempt) eraseOldNotes(ctx context.Context, s store.Store, phones []string) error {
	var failed error
	for _, phone := range phones {
		o := Order{Company: a.Company, Appointments: a.Appointments, GroupEvent: a.GroupEvent, Contact: Contact{Phone: phone}}
		failed = errors.Join(failed, s.Delete(ctx, oldDuplicateKey(o)))
	}
	return failed
}

// ForgetConsents erases the consents of phones that were merely typed, and with proofs also those that a booking has followed. It says how
// many it has erased and which stay; keep is for how long after the last one a company's consents stay. A consent that was first typed and
// then booked with is one.
func ForgetConsents(ctx context.Context, s store.Store, phones []string, proofs bool, keep time.Duration) (erased int, stay []Staying, err error) {
	before, err := FindConsentsOf(ctx, s, phones)
	if err != nil {
		return 0, nil, err
	}
	var due []string
	err = eachConsentsOf(ctx, s, phones, func(key, phone string, list []Consent) {
		company := list[0].Company
		if proofs || key == typedConsentsKey(company, phone) {
			due = append(due, key)
			return
		}
		last := list[len(list)-1].At
		for _, c := range list {
			stay = append(stay, Staying{Form: c.Form, Company: c.Company, At: c.At, Why: WhyProof, Until: last.Add(keep)})
		}
	})
	for _, key := range due {
		err = errors.Join(err, s.Delete(ctx, key))
	}
	after, found := FindConsentsOf(ctx, s, phones)
	slices.SortFunc(stay, func(a, b Staying) int { return a.At.Compare(b.At) })
	return max(0, len(before)-len(after)), stay, errors.Join(err, found)
}
