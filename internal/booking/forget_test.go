package booking

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// TestForgettingAttempts puts attempts of every state and age into a store. Those stay whose outcome is not known and whose form may lie
// open, and the note of the customer stays with them.
func TestForgettingAttempts(t *testing.T) {
	const hers, his = "79161234567", "79167654321"
	for _, tt := range []struct {
		name string
		e    ledger.Entry
		why  Why
	}{
		{"booked long ago", ledger.Entry{State: StateBooked, Created: ago(2 * time.Hour), Sent: ago(2 * time.Hour), Ended: ago(2 * time.Hour)}, ""},
		{"refused long ago", ledger.Entry{State: StateRefused, Created: ago(61 * time.Minute)}, ""},
		{"booked just now", ledger.Entry{State: StateBooked, Created: ago(time.Minute), Sent: ago(time.Minute), Ended: ago(time.Minute)}, WhyForm},
		{"refused just now", ledger.Entry{State: StateRefused, Created: ago(59 * time.Minute)}, WhyForm},
		{"not known", ledger.Entry{State: StateUnknown, Created: ago(50 * time.Hour), Sent: ago(50 * time.Hour), Ended: ago(50 * time.Hour)}, WhyOpen},
		{"being sent", ledger.Entry{State: StateSent, Created: ago(time.Second), Sent: ago(time.Second)}, WhyOpen},
		{"sent by a process that ended", ledger.Entry{State: StateSent, Created: ago(5 * time.Hour), Sent: ago(5 * time.Hour)}, WhyOpen},
		{"being made", ledger.Entry{State: StateNew, Created: ago(time.Second)}, WhyOpen},
		{"left by a process that ended", ledger.Entry{State: StateNew, Created: ago(2 * time.Hour)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := testclock.Start()
			kept := store.NewMemory(func() time.Time { return now })
			put := func(nonce, phone string, e ledger.Entry) Attempt {
				e.ID = AttemptID(nonce)
				a := Attempt{Entry: e, Form: 3, Company: 601, Customer: customerOf(e.ID, phone), Appointments: []Appointment{{ID: 1, Services: []int{1}, Master: 2, Start: now.Add(time.Hour)}}}
				raw, err := json.Marshal(a)
				if err == nil {
					err = errors.Join(kept.Put(t.Context(), "attempt/"+a.ID, raw, attemptKeptFor), kept.Put(t.Context(), personKeyOf(601, phone), encodeClaims([]string{a.ID}), attemptKeptFor))
				}
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			a, other := put("hers", hers, tt.e), put("his", his, ledger.Entry{State: StateBooked, Created: ago(2 * time.Hour)})
			old := oldDuplicateKey(Order{Company: 601, Appointments: a.Appointments, Contact: Contact{Phone: hers}})
			if err := kept.Put(t.Context(), old, []byte(a.ID), attemptKeptFor); err != nil {
				t.Fatal(err)
			}
			erased, stay, err := ForgetAttempts(t.Context(), kept, []string{hers, "7000"}, now)
			if err != nil {
				t.Fatal(err)
			}
			left := 0
			for _, key := range []string{"attempt/" + a.ID, personKeyOf(601, hers), old} {
				now = now.Add(time.Millisecond) // what has been written over ends
				if _, err := kept.Get(t.Context(), key); err == nil {
					left++
				}
			}
			if tt.why == "" {
				if erased != 1 || len(stay) != 0 || left != 0 {
					t.Errorf("%d erased, %+v stay, %d keys are left", erased, stay, left)
				}
			} else if erased != 0 || left != 3 || len(stay) != 1 || stay[0].Why != tt.why || !stay[0].Until.After(now) || stay[0].Until.After(now.Add(attemptKeptFor)) {
				t.Errorf("%d erased, %+v stay, %d keys are left", erased, stay, left)
			}
			for _, key := range []string{"attempt/" + other.ID, personKeyOf(601, his)} {
				if _, err := kept.Get(t.Context(), key); err != nil {
					t.Errorf("of somebody else: %s: %v", key, err)
				}
			}
		})
	}
}

// began is now for all that a test makes: by the real clock each reading is another one.
var began = testclock.Start()

func ago(d time.Duration) time.Time { return began.Add(-d) }

// TestANoteOfANewAttemptIsNotForgotten: an attempt that was begun after the search keeps its claim.
func TestANoteOfANewAttemptIsNotForgotten(t *testing.T) {
	kept := store.NewMemory(testclock.Standing().Now)
	key := personKeyOf(601, "79161234567")
	if err := errors.Join(kept.Put(t.Context(), "attempt/b", []byte("{}"), time.Hour), kept.Put(t.Context(), key, encodeClaims([]string{"a", "b"}), time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := eraseNote(t.Context(), kept, key, nil); err != nil {
		t.Fatal(err)
	}
	if raw, err := kept.Get(t.Context(), key); err != nil || !strings.Contains(string(raw), `"b"`) {
		t.Errorf("the note is %s, %v", raw, err)
	}
}

// TestForgettingConsents erases what was typed, and what a booking has followed only when it is asked to, at every company and in the
// lists of older versions too. FindConsentsOf finds what is there, of each phone.
func TestForgettingConsents(t *testing.T) {
	kept := store.NewMemory(func() time.Time { return began })
	const hers, his = "79161234567", "79167654321"
	for i, key := range []string{consentsKey(7, hers), typedConsentsKey(7, hers), typedConsentsKey(8, hers), consentsKey(7, his), typedConsentsKey(9, his)} {
		c := Consent{Form: i, Company: 7, At: ago(time.Duration(i) * time.Minute), Text: strconv.Itoa(i)}
		switch i {
		case 2:
			c.Company = 8
		case 4:
			c.Company = 9
		}
		raw, err := json.Marshal([]Consent{c})
		if err != nil || kept.Put(t.Context(), key, raw, time.Hour) != nil {
			t.Fatal(err)
		}
	}
	alone, err := json.Marshal(Consent{Form: 9, Company: 9, At: ago(time.Hour)})
	if err != nil || kept.Put(t.Context(), oldConsentKey(9, hers), alone, time.Hour) != nil {
		t.Fatal(err)
	}
	found := func(phones ...string) string {
		all, err := FindConsentsOf(t.Context(), kept, phones)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range all {
			out = append(out, fmt.Sprintf("%s/%d/%d", c.Phone[7:], c.Company, c.Form))
		}
		return strings.Join(out, " ")
	}
	if got, want := found(his, hers), "4321/7/3 4321/9/4 4567/7/0 4567/7/1 4567/8/2 4567/9/9"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	year := 365 * 24 * time.Hour
	erased, stay, err := ForgetConsents(t.Context(), kept, []string{hers}, false, year)
	if err != nil || erased != 2 || len(stay) != 2 || stay[0].Form != 9 || stay[1].Form != 0 || stay[1].Why != WhyProof || !stay[1].Until.Equal(ago(0).Add(year)) {
		t.Errorf("%d erased, %+v stay, %v", erased, stay, err)
	}
	if got := found(hers); got != "4567/7/0 4567/9/9" {
		t.Errorf("left: %s", got)
	}
	if erased, stay, err = ForgetConsents(t.Context(), kept, []string{hers}, true, year); err != nil || erased != 2 || len(stay) != 0 || found(hers) != "" {
		t.Errorf("with proofs: %d erased, %+v stay, %v; left: %s", erased, stay, err, found(hers))
	}
	if got := found(his); !slices.Equal(strings.Fields(got), []string{"4321/7/3", "4321/9/4"}) {
		t.Errorf("of somebody else: %s", got)
	}
}
