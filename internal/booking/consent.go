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
)

// Consent says that somebody agreed to a text: when, and to which one. Whose it is stands in its key alone, as a
// digest of company and phone, so that whoever knows the phone finds it and the store tells no phone.
//
// Anybody can type anybody's phone, so a consent is only added to those of a phone, never written over another. One
// that was merely typed is kept for an hour; it is kept for good when a booking has followed it.
type Consent struct {
	Form       int       `json:"form"`
	Company    int       `json:"company"`
	Lang       string    `json:"lang"`
	Text       string    `json:"text"` // names the text
	At         time.Time `json:"at"`
	Newsletter *bool     `json:"newsletter"` // nil = this consent leaves the newsletter as it was
	Proof      Proof     `json:"proof,omitempty"`
}

// Proof says what shows that a consent is of the phone's owner.
type Proof string

// The proofs. Processes before the proof was noted wrote none.
const (
	ProofNone    Proof = ""        // somebody typed the phone
	ProofBooking Proof = "booking" // and booked with it
	ProofCode    Proof = "code"    // and with a code that was sent to it
	ProofAccount Proof = "account" // or signed in as its owner
)

// owner says whether a proof is of the phone's owner and not just of somebody who knows the phone.
func (p Proof) owner() bool { return p == ProofCode || p == ProofAccount }

const (
	typedConsentsFor = time.Hour
	maxTypedConsents = 16  // of a phone at a company
	maxConsents      = 100 // of a phone at a company; beyond them the oldest go
)

// Consented writes down that somebody who typed a phone agreed to a text. It comes before anything about the person
// leaves for the upstream. The text itself is kept once under its name.
func (d *Desk) Consented(ctx context.Context, phone, text string, c Consent) (Consent, error) {
	c.Text, c.At, c.Proof = digest("consent", text), d.now().UTC(), ProofNone
	if err := d.keepText(ctx, c.Text, text); err != nil {
		return c, fmt.Errorf("consent: keep its text: %w", err)
	}
	if err := d.addConsent(ctx, typedConsentsKey(c.Company, phone), c, maxTypedConsents, typedConsentsFor); err != nil {
		return c, fmt.Errorf("consent: keep: %w", err)
	}
	d.log.Info("consent", "form", c.Form, "company", c.Company, "text", c.Text)
	return c, nil
}

// prove keeps the consent of an order that was booked, or may have been. What fails here keeps nobody from a visit.
func (d *Desk) prove(ctx context.Context, o Order) {
	if o.Consent == nil {
		return
	}
	c := *o.Consent
	c.Proof, c.Newsletter = o.proof(), o.Contact.Newsletter
	if err := d.addConsent(ctx, consentsKey(o.Company, o.Contact.Phone), c, maxConsents, d.consentKept); err != nil {
		d.log.Error("consent not kept", "form", c.Form, "company", c.Company, "text", c.Text, "error", err)
		return
	}
	d.log.Info("consent kept", "form", c.Form, "company", c.Company, "text", c.Text, "proof", c.Proof)
}

// proof says what an order shows of who made it, once it is booked.
func (o Order) proof() Proof {
	switch {
	case o.Token != "":
		return ProofAccount
	case o.Code != "":
		return ProofCode
	default:
		return ProofBooking
	}
}

// newsletter is what an order says of the newsletter. Whoever shows no more than that he knows a phone decides it for
// a phone that nobody has booked with before; after that only the phone's owner does.
func (d *Desk) newsletter(ctx context.Context, o Order) *bool {
	if o.Contact.Newsletter == nil || o.proof().owner() {
		return o.Contact.Newsletter
	}
	before, err := readConsents(ctx, d.store, consentsKey(o.Company, o.Contact.Phone))
	if err == nil && len(before) == 0 {
		before, err = readConsents(ctx, d.store, oldConsentKey(o.Company, o.Contact.Phone))
	}
	if err != nil || len(before) > 0 {
		return nil
	}
	return o.Contact.Newsletter
}

// addConsent adds a consent to those under a key.
func (d *Desk) addConsent(ctx context.Context, key string, c Consent, most int, keep time.Duration) error {
	return store.Update(ctx, d.store, key, keep, func(old []byte) ([]byte, error) {
		list, err := decodeConsents(old)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(append(list, c), func(c Consent) bool { return d.now().Sub(c.At) >= keep })
		return json.Marshal(list[max(0, len(list)-most):])
	})
}

// keepText keeps a text under its name for at least as long as a consent that is given now. Most of them name a text
// that is kept already, so it is written anew only when the last writing is older than that.
func (d *Desk) keepText(ctx context.Context, name, text string) error {
	_, due, err := d.store.PutIfAbsent(ctx, "consent-text-kept/"+name, []byte{1}, d.consentKept)
	if err != nil || !due {
		return err
	}
	return d.store.Put(ctx, consentTextKey(name), []byte(text), 2*d.consentKept)
}

// Agreed is a consent with its text, "" when that is no longer known.
type Agreed struct {
	Consent
	Words string
}

// FindConsents are all consents that are remembered of a phone at a company, the latest first, those that were merely
// typed among them.
func FindConsents(ctx context.Context, s store.Store, company int, phone string) ([]Agreed, error) {
	var out []Agreed
	for _, key := range []string{consentsKey(company, phone), typedConsentsKey(company, phone), oldConsentKey(company, phone)} {
		list, err := readConsents(ctx, s, key)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if slices.ContainsFunc(out, func(a Agreed) bool { return a.At.Equal(c.At) && a.Text == c.Text }) {
				continue // typed, and booked with
			}
			words, err := s.Get(ctx, consentTextKey(c.Text))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			out = append(out, Agreed{c, string(words)})
		}
	}
	slices.SortStableFunc(out, func(a, b Agreed) int { return b.At.Compare(a.At) })
	return out, nil
}

func readConsents(ctx context.Context, s store.Store, key string) ([]Consent, error) {
	raw, err := s.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeConsents(raw)
}

// decodeConsents reads a list; processes before there were lists wrote one consent alone.
func decodeConsents(raw []byte) (list []Consent, err error) {
	switch {
	case len(raw) == 0:
		return nil, nil
	case raw[0] == '{':
		list = make([]Consent, 1)
		err = json.Unmarshal(raw, &list[0])
	default:
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("consent: read: %w", err)
	}
	return list, nil
}

func consentsKey(company int, phone string) string { return "consents/" + ofPhone(company, phone) }

func typedConsentsKey(company int, phone string) string {
	return "consent-typed/" + ofPhone(company, phone)
}

// oldConsentKey is where processes before there were lists kept the one consent of a phone, whoever had typed it.
func oldConsentKey(company int, phone string) string { return "consent/" + ofPhone(company, phone) }

func ofPhone(company int, phone string) string {
	return digest("consent", strconv.Itoa(company), phone)
}

func consentTextKey(name string) string { return "consent-text/" + name }
