package catalog

import (
	"context"
	"net/http"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// TestRefusalsAreRemembered asks again and again for what the upstream refuses or does not have, and counts the calls.
func TestRefusalsAreRemembered(t *testing.T) {
	questions := func(c *Catalog) error { _, err := c.Questions(t.Context(), lang, 1); return err }
	privacy := func(c *Catalog) error { _, err := c.Privacy(t.Context(), lang, sandbox.TownCompany); return err }
	form := func(c *Catalog) error { _, err := c.Bookform(t.Context(), 1); return err }
	for _, test := range []struct {
		name   string
		status int
		ask    func(*Catalog) error
		lasts  time.Duration
	}{
		{"questions that may not be read", http.StatusUnauthorized, questions, optionalFor},
		{"questions that are forbidden", http.StatusForbidden, questions, optionalFor},
		{"an agreement that may not be read", http.StatusUnauthorized, privacy, optionalFor},
		{"a form that is no more", http.StatusNotFound, form, refusedFor},
		{"a form that may not be read", http.StatusForbidden, form, refusedFor},
		{"a form of an upstream that breaks", http.StatusBadGateway, form, failedFor},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := testclock.Standing()
			_, c, box := newScarce(t, clock.Now)
			if err := box.Answer(sandbox.Answer{Status: test.status, Body: []byte(`{"success":false,"data":null,"meta":{"message":"no"}}`)}); err != nil {
				t.Fatal(err)
			}
			if test.ask(c) == nil {
				t.Fatal("no refusal")
			}
			asked := len(box.Calls())
			for range 3 {
				clock.Add(test.lasts/4 + time.Millisecond)
				if test.ask(c) == nil {
					t.Fatal("no refusal")
				}
			}
			if n := len(box.Calls()); n != asked {
				t.Errorf("%d calls while the refusal is remembered, want none", n-asked)
			}
			box.ClearAnswers()
			clock.Add(test.lasts)
			if err := test.ask(c); err != nil {
				t.Errorf("after the refusal: %v", err)
			}
		})
	}
}

// TestWhatIsMissingIsAnAnswer asks for an agreement and for questions that the upstream does not have.
func TestWhatIsMissingIsAnAnswer(t *testing.T) {
	clock := testclock.Standing()
	_, c, box := newScarce(t, clock.Now)
	if err := box.Answer(sandbox.Answer{Status: http.StatusNotFound, Body: []byte(`{"success":false,"data":null,"meta":{"message":"no"}}`)}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if html, err := c.Privacy(context.Background(), lang, sandbox.TownCompany); err != nil || html != "" {
			t.Fatalf("Privacy = %q, %v", html, err)
		}
		if asked, err := c.Questions(context.Background(), lang, 1); err != nil || len(asked) != 0 {
			t.Fatalf("Questions = %v, %v", asked, err)
		}
		clock.Add(5 * time.Second)
	}
	if n := len(box.Calls()); n != 2 {
		t.Errorf("%d calls in fifty seconds, want one of each", n)
	}
}
