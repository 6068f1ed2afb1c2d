package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// TestExportPrintsWhatIsStoredOnAPerson lets a customer book a visit, and a second person send a contact form. The export by each phone has
// the consents, attempts and sessions of that phone, however it is written, and nothing of the other person.
func TestExportPrintsWhatIsStoredOnAPerson(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "kept.db")
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, "OKOSHKO_STORE_PATH="+path)
	r.to(r.get("/b/1?lang=en"), "done")
	second := maps.Clone(anna)
	second["phone"] = "+7 916 765-43-21"
	r.send(r.to(r.get("/b/2?lang=en"), "contact"), second)
	log := r.log.String()
	if err := r.app.Close(); err != nil { // the file of a running program is closed to others
		t.Fatal(err)
	}
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SANDBOX_NOW=" + clock.Now().Format(time.RFC3339)}
	export := func(args ...string) (x exported, printed string) {
		t.Helper()
		var out bytes.Buffer
		if err := Run(t.Context(), append([]string{"export"}, args...), environ, &out); err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		if err := json.Unmarshal(out.Bytes(), &x); err != nil {
			t.Fatalf("%q: %v in\n%s", args, err, out.String())
		}
		return x, out.String()
	}
	for _, phone := range []string{anna["phone"], "8 916 123-45-67", "+7 (916) 1234567"} {
		x, printed := export("-phone", phone)
		if len(x.Attempts) != 1 || x.Attempts[0].State != "booked" || x.Attempts[0].Form != 1 || len(x.Attempts[0].Visits) != 1 {
			t.Errorf("%s: attempts %+v", phone, x.Attempts)
		}
		if len(x.Consents) == 0 || !strings.Contains(x.Consents[0].Text, "personal data") {
			t.Errorf("%s: consents %+v", phone, x.Consents)
		}
		if strings.Contains(printed, "7654321") || strings.Contains(printed, "765-43-21") {
			t.Errorf("%s: it has the other person's phone:\n%s", phone, printed)
		}
		for _, record := range r.online() {
			if record.Hash != "" && strings.Contains(printed, record.Hash) {
				t.Errorf("%s: it has what opens a visit", phone)
			}
		}
	}
	if x, printed := export("-phone", "8 916 7654321"); len(x.Attempts) != 0 || len(x.Consents) != 1 || len(x.Sessions) == 0 || strings.Contains(printed, "9161234567") {
		t.Errorf("of the second person:\n%s", printed)
	}
	x, printed := export("-phone", "+7 916 123-45-68", "-email", "nobody@example.com")
	if len(x.Attempts)+len(x.Consents)+len(x.Sessions)+len(x.Wishes) != 0 || len(x.Not) == 0 {
		t.Errorf("of somebody else:\n%s", printed)
	}
	if strings.Contains(log, "9161234567") || strings.Contains(log, "9167654321") {
		t.Error("the log has the phone")
	}
	for _, args := range [][]string{{}, {"-phone", "none"}, {"-email", "none"}, {"-phone", anna["phone"], "-email", "none"}} {
		if err := Run(t.Context(), append([]string{"export"}, args...), environ, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "needs -phone or -email") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestExportReadsEitherStoreBesideTheProgram: the server itself, or the copy of the file that the program holds. The answer has a wish of the
// address, without what opens it, and says what it was read from.
func TestExportReadsEitherStoreBesideTheProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "kept.db")
	for name, storage := range bothStores(t, path) {
		t.Run(name, func(t *testing.T) {
			r := remember(t, storage...)
			r.beside(func(store.Store) {
				text, err := r.run("export", "-phone", "8 (916) 123 45 67", "-email", " "+annasEmail)
				var x exported
				if err = errors.Join(err, json.Unmarshal([]byte(text), &x)); err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				if len(x.Wishes) != 1 || x.Wishes[0].Form != 1 || x.Wishes[0].Confirmed.IsZero() || x.Wishes[0].Text == "" || !slices.Equal(x.Wishes[0].Services, []int{womenCut}) {
					t.Errorf("wishes: %+v", x.Wishes)
				}
				states := map[string]int{}
				for _, a := range x.Attempts {
					states[a.State]++
				}
				if states["booked"] != 2 || states["unknown"] != 1 || len(x.Sessions) < 2 || len(x.Consents) < 4 {
					t.Errorf("attempts %v, %d sessions, %d consents", states, len(x.Sessions), len(x.Consents))
				}
				if copied := strings.Contains(x.Not[0], "this is its copy of "); copied != (name == "file") {
					t.Errorf("it says first that %q", x.Not[0])
				}
				for _, secret := range []string{"7654321", "765-43-21", borisEmail, `"hash"`, `"secret"`, "/w/"} {
					if strings.Contains(text, secret) {
						t.Errorf("it has %q:\n%s", secret, text)
					}
				}
			})
		})
	}
}
