package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/clock"
	"okoshko/internal/ledger"
	"okoshko/internal/redistest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// TestFindTellsWhatBecameOfAPress presses the button three times: a visit is booked, one is refused, and one answer is lost. An operator
// who is told the time finds each of them, how it stands and its name in the log, and nothing that names the customer or opens a page.
func TestFindTellsWhatBecameOfAPress(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "kept.db")
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, "OKOSHKO_STORE_PATH="+path)
	begun := clock.Now()
	booked := r.to(r.get("/b/1?lang=en"), "done")
	clock.Add(time.Minute)
	confirm := r.to(r.get("/b/1?lang=en"), "confirm")
	r.taken(confirm)
	clock.Add(20 * time.Minute)
	r.send(confirm, nil)
	at := r.freeTimes(601, 601001, 2)[0]
	open := r.send(r.contactAt(3, 601, 601001, 0, at), maps.Clone(anna))
	r.fault(`{"path":"book_record","method":"POST","close":"after","times":1}`)
	r.wait(r.send(open, nil), clock)
	log := r.log.String()
	if err := r.app.Close(); err != nil { // the file of a running program is closed to others
		t.Fatal(err)
	}
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SANDBOX_NOW=" + clock.Now().Format(time.RFC3339)}
	find := func(more ...string) (string, error) {
		var out bytes.Buffer
		err := Run(t.Context(), append([]string{"find", "-zone", "UTC", "-on", begun.UTC().Format(time.DateOnly)}, more...), environ, &out)
		return out.String(), err
	}
	minute := begun.UTC().Format(time.TimeOnly)

	first, err := find("-form", "1", "-at", minute, "-within", "30s")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Form 1, pressed from ", "(zone UTC): 1 attempt.", "state       booked\n", "told        booked\n", "company     501\n"} {
		if !strings.Contains(first, want) {
			t.Errorf("of the booked visit it does not say %q:\n%s", want, first)
		}
	}
	if record := r.online()[0].ID; !strings.Contains(first, fmt.Sprintf(", record %d\n", record)) {
		t.Errorf("the record %d of %s is not named:\n%s", record, booked.url.Path, first)
	}
	_, name, _ := strings.Cut(first, "in the log  ")
	if name, _, _ = strings.Cut(name, "\n"); !strings.HasPrefix(name, "attempt=") || !strings.Contains(log, name) {
		t.Errorf("the log has no line with %q", name)
	}

	all, err := find("-at", minute, "-within", "2h")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"All forms, pressed from ", "state       refused\nreason      nobody_free\ntold        refused: Your booking did not go through\n", "form        3\n", "state       unknown\n", "answered    no, "} {
		if !strings.Contains(all, want) {
			t.Errorf("of all it does not say %q:\n%s", want, all)
		}
	}
	if of, err := find("-form", "3", "-at", minute, "-within", "2h"); err != nil || !strings.Contains(of, ": 1 attempt.") {
		t.Errorf("of form 3: %v\n%s", err, of)
	}
	for _, secret := range []string{anna["name"], anna["phone"], "9161234567", "123-45-67"} {
		if secret != "" && strings.Contains(all, secret) {
			t.Errorf("it names the customer: %q in\n%s", secret, all)
		}
	}
	for _, x := range r.online() {
		if strings.Contains(all, x.Hash) {
			t.Errorf("it has the hash of a record:\n%s", all)
		}
	}
	none, err := find("-form", "2", "-at", minute)
	if err == nil || !strings.Contains(err.Error(), "no attempt is remembered") || !strings.Contains(none, ": 0 attempts.") {
		t.Errorf("of a form that nobody has used: %v\n%s", err, none)
	}
}

// TestFindSeesWhatACrashHasLeft looks at attempts as a program leaves them that is killed, in both stores: one that was sent stays unknown,
// one that was not is not booked.
func TestFindSeesWhatACrashHasLeft(t *testing.T) {
	t.Chdir(t.TempDir())
	now := testclock.Start()
	server, path := redistest.Start(t), filepath.Join(t.TempDir(), "kept.db")
	opened := map[string]func() (store.Store, error){
		"OKOSHKO_STORE_PATH=" + path: func() (store.Store, error) {
			return store.OpenFile(path, store.FileOptions{Now: func() time.Time { return now }})
		},
		"OKOSHKO_STORE_URL=" + server.URL: func() (store.Store, error) { return store.OpenRedis(t.Context(), server.URL) },
	}
	for option, open := range opened {
		kept, err := open()
		if err != nil {
			t.Fatal(err)
		}
		for i, sent := range []time.Time{now.Add(-time.Hour), {}} {
			a := booking.Attempt{
				Entry: ledger.Entry{ID: booking.AttemptID(fmt.Sprint("crash ", i)), State: ledger.StateSent, Created: now.Add(-time.Hour), Sent: sent},
				Form:  7, Company: 701, Appointments: []booking.Appointment{{ID: 1, Services: []int{1}, Master: 2, Start: now.Add(time.Hour)}},
			}
			if sent.IsZero() {
				a.State = ledger.StateNew
			}
			raw, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := kept.PutIfAbsent(t.Context(), "attempt/"+a.ID, raw, 72*time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := kept.Close(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		at := now.Add(-time.Hour).UTC()
		args := []string{"find", "-form", "7", "-zone", "UTC", "-at", at.Format("15:04:05"), "-on", at.Format(time.DateOnly)}
		if err := Run(t.Context(), args, []string{option, "OKOSHKO_SANDBOX_NOW=" + now.Format(time.RFC3339)}, &out); err != nil {
			t.Fatalf("%s: %v\n%s", option, err, out.String())
		}
		for _, want := range []string{": 2 attempts.", "answered    no: the program ended before an answer came", "state       unknown", "sent        never: nothing was asked of the booking API", "reason      not_sent"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: it does not say %q:\n%s", option, want, out.String())
			}
		}
	}
}

// TestFindWhileTheProgramRuns reads the copy of its file, and says what is not in it.
func TestFindWhileTheProgramRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "kept.db"), filepath.Join(dir, "copy.db")
	r := newRig(t, "OKOSHKO_STORE_PATH="+path, "OKOSHKO_STORE_BACKUP_PATH="+backup, "OKOSHKO_STORE_BACKUP_EVERY=100ms")
	r.to(r.get("/b/1?lang=en"), "done")
	pressed := r.now().UTC()
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_STORE_BACKUP_PATH=" + backup, "OKOSHKO_SANDBOX_NOW=" + pressed.Format(time.RFC3339)}
	find := func() (string, error) {
		var out bytes.Buffer
		err := Run(context.Background(), []string{"find", "-zone", "UTC", "-at", pressed.Format("15:04"), "-on", pressed.Format(time.DateOnly)}, environ, &out)
		return out.String(), err
	}
	text, err := find()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for waited := clock.Stopwatch(); err != nil && waited() < time.Minute; text, err = find() {
		<-tick.C // until the copy is written that has it
	}
	if err != nil || !strings.Contains(text, "this is its copy of ") || !strings.Contains(text, "state       booked") || !strings.Contains(text, "is not in this answer") {
		t.Fatalf("%v\n%s", err, text)
	}
}

// TestWhenToFind goes through what an operator may write as a time.
func TestWhenToFind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 30, 15, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		o        findOptions
		from, to string // in the zone of the options; from is the error where to is ""
	}{
		{findOptions{at: "14:50", within: time.Minute, zone: "UTC"}, "2026-11-30 14:49:00", "2026-11-30 14:51:00"},
		{findOptions{at: "15:10", within: 15 * time.Minute, zone: "UTC"}, "2026-11-30 14:55:00", "2026-11-30 15:25:00"},
		{findOptions{at: "15:10", within: time.Minute, zone: "UTC"}, "2026-11-29 15:09:00", "2026-11-29 15:11:00"}, // not today yet
		{findOptions{at: "17:30:30", within: time.Minute, zone: "Europe/Moscow"}, "2026-11-30 17:29:30", "2026-11-30 17:31:30"},
		{findOptions{at: "03:30", on: "2026-10-25", within: time.Minute, zone: "Europe/Riga"}, "2026-10-25 03:29:00", "2026-10-25 03:31:00"},
		{findOptions{at: "3 pm", within: time.Minute}, `find: -at "3 pm" is no time; it is written as 15:10 or 15:10:30`, ""},
		{findOptions{at: "", within: time.Minute}, `find: -at "" is no time; it is written as 15:10 or 15:10:30`, ""},
		{findOptions{at: "15:10", on: "30.11.2026", within: time.Minute}, `find: -on "30.11.2026" is no day; it is written as 2026-11-30`, ""},
		{findOptions{at: "15:10", within: time.Minute, zone: "Moscow"}, `find: -zone "Moscow" is no time zone; one is Europe/Moscow`, ""},
		{findOptions{at: "15:10", within: -time.Minute}, `find: -within -1m0s must be above zero and 72h0m0s at most`, ""},
		{findOptions{at: "15:10", form: -3, within: time.Minute}, `find: -form -3 is no bookform`, ""},
	} {
		from, to, err := tt.o.span(now)
		if tt.to == "" {
			if err == nil || err.Error() != tt.from {
				t.Errorf("%+v: %v, want %s", tt.o, err, tt.from)
			}
			continue
		}
		if err != nil || from.Format(time.DateTime) != tt.from || to.Format(time.DateTime) != tt.to {
			t.Errorf("%+v: from %v to %v, %v", tt.o, from, to, err)
		}
	}
	// A time that the night has twice is looked for both times: from the first one to the second.
	from, to, err := findOptions{at: "03:30", on: "2026-10-25", within: time.Minute, zone: "Europe/Riga"}.span(now)
	if err != nil || to.Sub(from) != time.Hour+2*time.Minute {
		t.Errorf("in the night in which clocks are put back: from %v to %v, %v", from, to, err)
	}
}
