package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/booking"
	timing "okoshko/internal/clock"
	"okoshko/internal/mailtest"
	"okoshko/internal/metrics"
	"okoshko/internal/redistest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

const (
	annasEmail = "anna.forget@people.example"
	borisPhone = "+7 916 765-43-21"
	borisEmail = "boris@people.example"
)

// remembered is a program that knows two people: Anna, of whom it has everything that it can have, and Boris.
type remembered struct {
	*rig
	clock *testclock.Clock
	argv  []string // the environment of commands
}

// remember lets Anna book, be refused, be left without an answer, send a form, sign in, and wait for a time, and Boris do a part of that.
func remember(t *testing.T, storage ...string) remembered {
	t.Helper()
	letters := mailtest.Start(t, mailtest.Options{NoStartTLS: true})
	clock := testclock.Running()
	storage = append(storage, "OKOSHKO_SESSION_KEYS="+strings.Repeat("5a", 32))
	r := newRigAt(t, clock.Now, append(withMail(letters), storage...)...)
	hers := maps.Clone(anna)
	hers["email"] = annasEmail

	r.send(r.send(r.toAhead(r.get("/b/1?lang=en"), "contact"), hers), nil) // booked
	confirm := r.send(r.toAhead(r.get("/b/1?lang=en"), "contact"), hers)
	r.taken(confirm)
	clock.Add(20 * time.Minute)
	r.send(confirm, nil) // refused
	clock.Add(2 * time.Hour)

	at := r.freeTimes(601, 601001, 2)[0]
	open := r.send(r.contactAt(3, 601, 601001, 0, at), hers)
	r.fault(`{"path":"book_record","method":"POST","close":"after","times":1}`)
	r.wait(r.send(open, nil), clock)                                                                     // not known
	if p := r.send(r.send(r.toAhead(r.get("/b/1?lang=en"), "contact"), hers), nil); p.step() != "done" { // booked just now
		t.Fatalf("step %q: %s", p.step(), p.Find("main").Text())
	}

	his := maps.Clone(hers)
	his["phone"], his["email"] = borisPhone, borisEmail
	for _, fill := range []map[string]string{hers, his} {
		if p := r.send(r.toAhead(r.get("/b/2?lang=en"), "contact"), fill); !asksForCode(p) {
			t.Fatalf("no code is asked for: %s", p.Find("main").Text())
		}
	}
	browser, _ := r.browser()
	browser.byCode("2", anna["phone"])
	wanted, day := url.Values{"services": {strconv.Itoa(womenCut)}, "master": {"0"}}, clock.Now().AddDate(0, 0, 9).Format(time.DateOnly)
	r.wishLike(wanted, day, letters, annasEmail)
	r.wishLike(wanted, day, letters, borisEmail)
	return remembered{r, clock, append(slices.Clone(storage), "OKOSHKO_ADMIN_LISTEN="+strings.TrimPrefix(r.app.Admin, "http://"))}
}

// run runs a command of the operator's.
func (r remembered) run(args ...string) (string, error) {
	var out bytes.Buffer
	err := Run(r.t.Context(), args, append(slices.Clone(r.argv), "OKOSHKO_SANDBOX_NOW="+r.now().Format(time.RFC3339)), &out)
	return out.String(), err
}

// forget runs okoshko forget.
func (r remembered) forget(args ...string) (f forgotten) {
	r.t.Helper()
	text, err := r.run(append([]string{"forget"}, args...)...)
	if err != nil {
		r.t.Fatalf("%q: %v\n%s", args, err, text)
	}
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		r.t.Fatalf("%q: %v in\n%s", args, err, text)
	}
	return f
}

// stays are the kinds of what stays, with its state and why, in order.
func (f forgotten) stayed() string {
	var out []string
	for _, s := range f.Stays {
		for why, words := range whys {
			if s.Why == words {
				out = append(out, strings.Join(strings.Fields(s.What+" "+s.State+" "+string(why)), " "))
			}
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// bothStores are the settings of either store: a file with a copy that is written all the time, and a server.
func bothStores(t *testing.T, path string) map[string][]string {
	t.Helper()
	return map[string][]string{
		"file":  {"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_STORE_BACKUP_PATH=" + path + ".copy", "OKOSHKO_STORE_BACKUP_EVERY=100ms"},
		"redis": {"OKOSHKO_STORE_URL=" + redistest.Start(t).URL},
	}
}

// TestForgetErasesAPerson forgets Anna while the program runs, in both stores: the program that holds its file does it itself. Nothing
// stands in the store then in any spelling of her phone or her address, what may not go is named, and Boris is as he was.
func TestForgetErasesAPerson(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "kept.db")
	for name, storage := range bothStores(t, path) {
		t.Run(name, func(t *testing.T) {
			r := remember(t, storage...)
			if before := r.spelled(path); len(before) == 0 {
				t.Fatal("nothing of Anna stands in the store")
			}
			boris := r.knows(borisPhone, borisEmail)
			if boris.Consents != 1 || boris.Sessions == 0 || boris.Wishes != 1 {
				t.Fatalf("of Boris the store has %+v", boris)
			}
			hers := r.knows(anna["phone"], annasEmail)
			// A refused attempt is kept for an hour: in a file by the clock of the test, in a server by its own.
			if hers.Attempts < 3 || hers.Sessions < 2 || hers.Wishes != 1 || hers.Consents < 4 {
				t.Fatalf("of Anna the store has %+v", hers)
			}

			f := r.forget("-phone", "8 916 123-45-67", "-email", strings.ToUpper(annasEmail))
			if f.Deleted.Attempts != hers.Attempts-2 || f.Deleted.Sessions != hers.Sessions || f.Deleted.Wishes != 1 || f.Deleted.Consents == 0 || f.Again.Else || len(f.Untouched) == 0 {
				t.Errorf("%+v", f)
			}
			if got, want := f.stayed(), "attempt booked form, attempt unknown open, consent proof"; got != want {
				t.Errorf("%s stays, want %s", got, want)
			}
			for _, s := range f.Stays {
				if !s.Until.After(r.now()) || s.Form == 0 || s.Company == 0 {
					t.Errorf("what stays is %+v", s)
				}
			}
			for _, where := range r.spelled(path) {
				t.Errorf("Anna still stands in %s", where)
			}
			after := r.knows(anna["phone"], annasEmail)
			if after != f.Again.Found || after.Attempts != 2 || after.Sessions+after.Wishes != 0 || after.Consents+f.Deleted.Consents != hers.Consents {
				t.Errorf("found afterwards: %+v; said: %+v", after, f.Again)
			}
			if got := r.knows(borisPhone, borisEmail); got != boris {
				t.Errorf("of Boris there is %+v, was %+v", got, boris)
			}

			// With -consents, and after the forms have closed, the booking without an answer alone stays.
			r.clock.Add(90 * time.Minute)
			if f = r.forget("-phone", anna["phone"], "-consents"); f.Deleted.Attempts != 1 || f.Deleted.Consents != after.Consents || f.stayed() != "attempt unknown open" || f.Again.Else {
				t.Errorf("later: %+v", f)
			}
			r.clock.Add(73 * time.Hour)
			if name == "file" { // a server's entries end by its own clock
				if f = r.forget("-phone", anna["phone"], "-email", annasEmail); f.Deleted != (forgotN{}) || len(f.Stays) != 0 {
					t.Errorf("in the end: %+v", f)
				}
			}
			for _, secret := range spellings {
				if strings.Contains(strings.ToLower(r.log.String()), secret) {
					t.Errorf("the log has %q", secret)
				}
			}
			if name == "file" && strings.Count(r.log.String(), "a person's data was forgotten") != 3 {
				t.Error("the log does not say that a person's data was forgotten")
			}
		})
	}
}

// spellings are parts of Anna's phone and address as people and programs write them, in small letters.
var spellings = []string{"9161234567", "916 123", "916-123", "(916)", "123-45-67", "1234567", "123 45 67", annasEmail, strings.ReplaceAll(annasEmail, "@", "%40")}

// beside reads the store beside the program: the server itself, or a copy of the file that was begun after this call.
func (r remembered) beside(read func(kept store.Store)) {
	r.t.Helper()
	cfg, err := load("", append(slices.Clone(r.argv), "OKOSHKO_SANDBOX_NOW="+r.now().Format(time.RFC3339)))
	if err != nil {
		r.t.Fatal(err)
	}
	if cfg.Store.URL == "" {
		copies := func() int { return strings.Count(r.log.String(), "store copied") }
		for before, waited := copies(), timing.Stopwatch(); copies() < before+2; {
			if waited() > time.Minute {
				r.t.Fatal("the store is not copied")
			}
			<-time.After(20 * time.Millisecond)
		}
	}
	kept, _, err := openToRead(r.t.Context(), cfg, io.Discard)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	read(kept)
}

// spelled names where the store, and the file of it, have Anna's phone or address.
func (r remembered) spelled(path string) (where []string) {
	r.t.Helper()
	has := func(text string) bool {
		return slices.ContainsFunc(spellings, func(s string) bool { return strings.Contains(strings.ToLower(text), s) })
	}
	r.beside(func(kept store.Store) {
		if err := kept.Each(r.t.Context(), "", func(key string, value []byte) error {
			if has(key) || has(string(value)) {
				where = append(where, key)
			}
			return nil
		}); err != nil {
			r.t.Fatal(err)
		}
		if _, is := kept.(*store.File); !is {
			return
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		if has(string(raw)) {
			where = append(where, "the bytes of the file")
		}
	})
	return where
}

// knows counts what okoshko export has of a person.
func (r remembered) knows(phone, email string) (n forgotN) {
	r.t.Helper()
	r.beside(func(store.Store) {
		text, err := r.run("export", "-phone", phone, "-email", email)
		var x exported
		if err = errors.Join(err, json.Unmarshal([]byte(text), &x)); err != nil {
			r.t.Fatalf("%v\n%s", err, text)
		}
		n = forgotN{len(x.Consents), len(x.Attempts), len(x.Sessions), len(x.Wishes)}
	})
	return n
}

// TestForgetAsksOnlyItsOwnProgram: another configuration is refused, and a program that does not run is not needed.
func TestForgetAsksOnlyItsOwnProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "kept.db")
	r := newRig(t, "OKOSHKO_STORE_PATH="+path)
	r.send(r.toAhead(r.get("/b/2?lang=en"), "contact"), anna)
	admin := "OKOSHKO_ADMIN_LISTEN=" + strings.TrimPrefix(r.app.Admin, "http://")
	forget := func(environ ...string) (string, error) {
		var out bytes.Buffer
		err := Run(t.Context(), []string{"forget", "-phone", anna["phone"]}, append(environ, "OKOSHKO_STORE_PATH="+path, "OKOSHKO_SANDBOX_NOW="+r.now().Format(time.RFC3339)), &out)
		return out.String(), err
	}
	for want, environ := range map[string][]string{
		"started with other secrets than this command":          {admin},
		"[admin] listen names no listener":                      {"OKOSHKO_ADMIN_LISTEN="},
		"does not answer at [admin] listen, 127.0.0.1:1":        {"OKOSHKO_ADMIN_LISTEN=127.0.0.1:1"},
		"cannot forget: it is another program, or an older ver": {"OKOSHKO_ADMIN_LISTEN=" + strings.TrimPrefix(r.app.URL, "http://")},
	} {
		if text, err := forget(environ...); err == nil || !strings.Contains(err.Error(), want) || text != "" {
			t.Errorf("%q: %v, want %q\n%s", environ, err, want, text)
		}
	}
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := forget()
	if err != nil || !strings.Contains(text, `"sessions": 1`) {
		t.Errorf("of a program that has ended: %v\n%s", err, text)
	}
	if raw, err := os.ReadFile(path); err != nil || bytes.Contains(raw, []byte("123-45-67")) {
		t.Errorf("the file still has the phone (%v)", err)
	}
	for want, args := range map[string][]string{
		"needs -phone or -email": {"forget"},
		"there is no file":       {"forget", "-phone", anna["phone"]},
	} {
		if err := Run(t.Context(), args, []string{"OKOSHKO_STORE_PATH=" + path + ".other"}, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	if _, err := os.Stat(path + ".other"); err == nil {
		t.Error("the command has made a store")
	}
}

// TestForgetTakesNobodyForSomebodyElse: a phone as it is written at home may be that of people in two countries, of whom one is forgotten.
func TestForgetTakesNobodyForSomebodyElse(t *testing.T) {
	t.Parallel()
	now, quiet := testclock.Start(), slog.New(slog.DiscardHandler)
	kept := store.NewMemory(func() time.Time { return now })
	const home = "050 123 45 67"
	phones := customer{phone: home}.phones()
	if len(phones) < 2 {
		t.Fatalf("%q is %v alone", home, phones)
	}
	for i, number := range phones[:2] {
		desk := booking.New(booking.Options{Store: kept, Now: func() time.Time { return now }, Log: quiet, Watch: metrics.New("test")})
		if _, err := desk.Consented(t.Context(), string(number), "I agree.", booking.Consent{Company: 7 + i, Form: 1}); err != nil {
			t.Fatal(err)
		}
	}
	f := forgetting{kept: kept, raw: kept, now: func() time.Time { return now }, log: quiet}
	if _, err := f.forget(t.Context(), toForget{Phone: home}); err == nil || !strings.Contains(err.Error(), "the store knows all of them") {
		t.Errorf("of two people: %v", err)
	}
	one, err := f.forget(t.Context(), toForget{Phone: string("+" + phones[0])})
	if err != nil || one.Deleted.Consents != 1 {
		t.Errorf("of the first: %+v, %v", one, err)
	}
	other, err := f.forget(t.Context(), toForget{Phone: home})
	if err != nil || other.Deleted.Consents != 1 || fmt.Sprint(other.Phones) != fmt.Sprint(written(phones[1:2])) {
		t.Errorf("of the one who is left: %+v, %v", other, err)
	}
}
