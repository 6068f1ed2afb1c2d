package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"okoshko/internal/store"
)

// Consent says that a customer agreed to a text, when, and to which text. The customer is named by the key in the store
// alone, as a digest of company and phone: who knows the phone finds the consent, and the store tells no phone.
//
// Anybody can type anybody's phone. So a consent is added to those of a phone and never written over another one. A
// consent that was merely typed is kept for an hour. It is kept for Options.ConsentKept when a booking has followed it.
type Consent struct {
	Form       int       `json:"form"`
	Company    int       `json:"company"`
	Lang       string    `json:"lang"`
	Text       string    `json:"text"` // the digest of the text
	At         time.Time `json:"at"`
	Newsletter *bool     `json:"newsletter"` // nil = this consent changes nothing about the newsletter
	Proof      Proof     `json:"proof,omitempty"`
}

// Proof says what shows that a consent was given by the owner of the phone.
type Proof string

// The proofs. Versions before there were proofs wrote none.
const (
	ProofNone    Proof = ""        // somebody typed the phone
	ProofBooking Proof = "booking" // somebody typed the phone and booked with it
	ProofCode    Proof = "code"    // somebody booked with a code that was sent to the phone
	ProofAccount Proof = "account" // the owner of the phone has signed in
)

// owner says whether a proof is of the phone's owner, and not only of somebody who knows the phone.
func (p Proof) owner() bool { return p == ProofCode || p == ProofAccount }

const (
	typedConsentsFor = time.Hour
	maxTypedConsents = 16  // of a phone at a company
	maxConsents      = 100 // of a phone at a company; the oldest make room
)

// KeepAgreement keeps a text that somebody agrees to who is no customer yet, and returns its digest. Whoever keeps the consent
// keeps the digest.
func (d *Desk) KeepAgreement(ctx context.Context, text string) (string, error) {
	name := digest("consent", text)
	if err := d.keepText(ctx, name, text); err != nil {
		return "", fmt.Errorf("consent: keep its text: %w", err)
	}
	return name, nil
}

// Consented writes down that a customer agreed to a text. It is called before anything about the person is sent to the
// upstream. Each text is kept once, under its digest.
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

// keepConsent keeps the consent of an order that was booked or may have been. An error is logged only, because the visit
// is booked all the same.
func (d *Desk) keepConsent(ctx context.Context, o Order) {
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

// proof says what an order that is booked shows of the customer who made it.
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

// newsletter is what an order tells the upstream about the newsletter; nil changes nothing. A customer who shows only
// that he or she knows a phone decides it for a phone with which nobody has booked before. After that only the phone's
// owner does.
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

// addConsent adds a consent to the list under a key, and drops those that are too old or too many.
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

// textMargin is for how much longer a text is kept than a consent that is typed now: the booking that proves the consent comes later.
const textMargin = 48 * time.Hour

// keepText keeps a text for longer than a consent that is given now. The note of until when it is kept is written after the text, so
// that it never tells of a text that is not there. Nearly all consents are to a text that is kept long enough, so that they write nothing.
func (d *Desk) keepText(ctx context.Context, name, text string) error {
	note := "consent-text-kept/" + name
	raw, err := d.store.Get(ctx, note)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var until time.Time
	if until.UnmarshalText(raw) == nil && until.After(d.now().Add(d.consentKept+textMargin)) {
		return nil
	}
	keep := 2 * (d.consentKept + textMargin)
	if err := d.store.Put(ctx, consentTextKey(name), []byte(text), keep); err != nil {
		return err
	}
	kept, err := d.now().Add(keep).MarshalText()
	if err != nil {
		return err
	}
	return d.store.Put(ctx, note, kept, keep)
}

// Agreed is a consent with its text, which is "" when it is no longer known.
type Agreed struct {
	Consent
	Words string
}

// FindConsents finds all consents of a phone at a company, the latest first. Those that were merely typed are among them.
func FindConsents(ctx context.Context, s store.Store, company int, phone string) ([]Agreed, error) {
	var out []Agreed
	for _, key := range []string{consentsKey(company, phone), typedConsentsKey(company, phone), oldConsentKey(company, phone)} {
		list, err := readConsents(ctx, s, key)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if slices.ContainsFunc(out, func(a Agreed) bool { return a.At.Equal(c.At) && a.Text == c.Text }) {
				continue // the same consent, first typed and then booked with
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

// ConsentOf is a consent of one of several phones.
type ConsentOf struct {
	Phone string
	Agreed
}

// FindConsentsOf finds all consents of phones at every company: by phone, then by company, then as FindConsents orders them. phones are in
// E.164 without the plus. It reads every consent of the store once.
func FindConsentsOf(ctx context.Context, s store.Store, phones []string) ([]ConsentOf, error) {
	at := map[string]map[int]bool{} // companies by phone
	if err := eachConsentsOf(ctx, s, phones, func(_, phone string, list []Consent) {
		if at[phone] == nil {
			at[phone] = map[int]bool{}
		}
		at[phone][list[0].Company] = true
	}); err != nil {
		return nil, err
	}
	var out []ConsentOf
	for _, phone := range phones {
		for _, company := range slices.Sorted(maps.Keys(at[phone])) {
			all, err := FindConsents(ctx, s, company, phone)
			if err != nil {
				return nil, err
			}
			for _, a := range all {
				out = append(out, ConsentOf{phone, a})
			}
		}
	}
	return out, nil
}

// eachConsentsOf shows every list of consents of some phones with its key. A list names its company, and its key the phone at this company.
func eachConsentsOf(ctx context.Context, s store.Store, phones []string, see func(key, phone string, list []Consent)) error {
	for _, prefix := range []string{consentsPrefix, typedConsentsPrefix, oldConsentPrefix} {
		err := s.Each(ctx, prefix, func(key string, value []byte) error {
			list, err := decodeConsents(value)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, phone := range phones {
				if key == prefix+ofPhone(list[0].Company, phone) {
					see(key, phone, list)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
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

// decodeConsents reads a list of consents. Versions before there were lists wrote one consent alone.
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

// What the keys of lists of consents begin with: of those that a booking has followed, of those that were merely typed, and of the one
// consent of a phone that versions before there were lists kept.
const (
	consentsPrefix      = "consents/"
	typedConsentsPrefix = "consent-typed/"
	oldConsentPrefix    = "consent/"
)

func consentsKey(company int, phone string) string { return consentsPrefix + ofPhone(company, phone) }

func typedConsentsKey(company int, phone string) string {
	return typedConsentsPrefix + ofPhone(company, phone)
}

func oldConsentKey(company int, phone string) string {
	return oldConsentPrefix + ofPhone(company, phone)
}

func ofPhone(company int, phone string) string {
	return digest("consent", strconv.Itoa(company), phone)
}

func consentTextKey(name string) string { return "consent-text/" + name }
