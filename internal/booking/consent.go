package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"okoshko/internal/store"
)

// Consent says that somebody agreed to the processing of personal data: when, and to which text. Whose it is
// stands in its key alone, as a digest of company and phone, so that whoever knows the phone finds it and the
// store tells no phone.
type Consent struct {
	Form       int       `json:"form"`
	Company    int       `json:"company"`
	Lang       string    `json:"lang"`
	Text       string    `json:"text"` // names the text
	At         time.Time `json:"at"`
	Newsletter bool      `json:"newsletter"`
}

// ErrNoConsent says that nobody with this phone agreed to anything, or too long ago.
var ErrNoConsent = store.ErrNotFound

// Consented writes down that somebody agreed to a text. It comes before anything about the person leaves for
// the upstream. The text itself is kept once under its name.
func (d *Desk) Consented(ctx context.Context, phone, text string, c Consent) error {
	c.Text, c.At = digest("consent", text), d.now().UTC()
	if _, _, err := d.store.PutIfAbsent(ctx, consentTextKey(c.Text), []byte(text), d.consentKept); err != nil {
		return fmt.Errorf("consent: keep its text: %w", err)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("consent: encode: %w", err)
	}
	if err := d.store.Put(ctx, consentKey(c.Company, phone), raw, d.consentKept); err != nil {
		return fmt.Errorf("consent: keep: %w", err)
	}
	d.log.Info("consent", "form", c.Form, "company", c.Company, "text", c.Text, "newsletter", c.Newsletter)
	return nil
}

// FindConsent is what somebody last agreed to at a company, and the text. Errors: ErrNoConsent.
func FindConsent(ctx context.Context, s store.Store, company int, phone string) (c Consent, text string, err error) {
	raw, err := s.Get(ctx, consentKey(company, phone))
	if err != nil {
		return Consent{}, "", err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Consent{}, "", fmt.Errorf("consent: read: %w", err)
	}
	kept, err := s.Get(ctx, consentTextKey(c.Text))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Consent{}, "", err
	}
	return c, string(kept), nil
}

func consentKey(company int, phone string) string {
	return "consent/" + digest("consent", strconv.Itoa(company), phone)
}

func consentTextKey(name string) string { return "consent-text/" + name }
