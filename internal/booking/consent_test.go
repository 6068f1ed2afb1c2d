package booking

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"okoshko/internal/metrics"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// TestATextOutlivesEveryConsentToIt, whenever it is agreed to: also a year after its first use, and when the operator keeps consents
// for longer than before.
func TestATextOutlivesEveryConsentToIt(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	kept := store.NewMemory(clock)
	ctx := t.Context()
	years := 1
	desk := func() *Desk {
		return New(Options{Store: kept, Now: clock, Log: slog.New(slog.DiscardHandler), Watch: metrics.New("test"), ConsentKept: time.Duration(years) * 365 * day})
	}
	agreed := 0
	for step := 0; now.Year() < 2033; step++ {
		if now.Year() >= 2029 {
			years = 3
		}
		d, phone := desk(), fmt.Sprintf("7916%07d", step)
		c, err := d.Consented(ctx, phone, "I agree.", Consent{Company: 7})
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(20 * time.Hour) // the customer comes back to the open form
		d.keepConsent(ctx, Order{Company: 7, Contact: Contact{Phone: phone}, Consent: &c})
		now = now.Add(97 * day)
		agreed++
		for i := range step + 1 {
			all, err := FindConsents(ctx, kept, 7, fmt.Sprintf("7916%07d", i))
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range all {
				if a.Words != "I agree." {
					t.Fatalf("on %s the text of the consent of %s is %q", now.Format(time.DateOnly), a.At.Format(time.DateOnly), a.Words)
				}
			}
		}
	}
	if agreed < 20 {
		t.Errorf("%d consents were given", agreed)
	}
}

// TestATextIsNotTakenForKept when the store has taken its note alone, or not yet the text.
func TestATextIsNotTakenForKept(t *testing.T) {
	clock := testclock.Running().Now
	kept := store.NewMemory(clock)
	broken := &textless{Store: kept, broken: true}
	d := New(Options{Store: broken, Now: clock, Log: slog.New(slog.DiscardHandler), Watch: metrics.New("test"), ConsentKept: 365 * 24 * time.Hour})
	if _, err := d.Consented(t.Context(), "79161234567", "I agree.", Consent{Company: 7}); err == nil {
		t.Fatal("the store did not take the text, and the consent counts")
	}
	broken.broken = false
	if _, err := d.Consented(t.Context(), "79161234567", "I agree.", Consent{Company: 7}); err != nil {
		t.Fatal(err)
	}
	all, err := FindConsents(t.Context(), kept, 7, "79161234567")
	if err != nil || len(all) != 1 || all[0].Words != "I agree." {
		t.Errorf("FindConsents = %+v, %v, want one with its text", all, err)
	}
	// A version before 0.2 noted that a text is kept, and not until when.
	if err := kept.Put(t.Context(), "consent-text-kept/"+all[0].Text, []byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := kept.Delete(t.Context(), consentTextKey(all[0].Text)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Consented(t.Context(), "79161234567", "I agree.", Consent{Company: 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Get(t.Context(), consentTextKey(all[0].Text)); err != nil {
		t.Errorf("after the note of an older version the text is not written: %v", err)
	}
}

// textless is a store that takes no text while it is broken.
type textless struct {
	store.Store
	broken bool
}

func (s *textless) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if s.broken && strings.HasPrefix(key, "consent-text/") {
		return errors.New("disk full")
	}
	return s.Store.Put(ctx, key, value, ttl)
}
