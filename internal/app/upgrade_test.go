package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// oldStore is what release 0.1.0 has left in testdata: its store, made with its program and the sandbox. In it one invented customer has
// booked and agreed to the text about personal data, and another has the form open that books.
type oldStore struct {
	Key    string    // [session] keys
	At     time.Time // shortly after it ended
	Done   string    // the address of the page of the booking
	Record int
	Phone  string
	Action string // of the open form
	Wizard string // its field
	Open   string // the phone in it
}

// readOldStore unpacks the store into a file of the test's own.
func readOldStore(t *testing.T) (old oldStore, path string) {
	t.Helper()
	text, err := os.ReadFile("testdata/store-0.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &old); err != nil {
		t.Fatal(err)
	}
	packed, err := os.Open("testdata/store-0.1.0.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "old.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return old, path
}

// TestUpgradeFromTheFirstRelease opens the store of 0.1.0: the booking, the consent and the open form of its customers are still there.
func TestUpgradeFromTheFirstRelease(t *testing.T) {
	old, path := readOldStore(t)
	clock := testclock.RunningFrom(old.At)
	r := newRigAt(t, clock.Now, "OKOSHKO_STORE_PATH="+path, "OKOSHKO_SESSION_KEYS="+old.Key)
	done := r.get(old.Done)
	if link := "/r/2/502/" + strconv.Itoa(old.Record) + "/"; done.step() != "done" || done.Find("main a[href^='"+link+"']").Length() == 0 {
		t.Errorf("the booking of the old program is step %q: %s", done.step(), done.Find("main").Text())
	}
	// The sandbox of the test has not sent the code that the customer typed at the old program, so a new one is asked for. Everything else is
	// what the old program has stored and signed.
	form := r.post(r.app.URL+old.Action, url.Values{"wizard": {old.Wizard}})
	if !asksForCode(form) || form.status != http.StatusUnprocessableEntity {
		t.Fatalf("the open form of the old program: status %d, step %q: %s", form.status, form.step(), form.Find("main").Text())
	}
	if err := r.client().SendCode(t.Context(), 502, old.Open, "Anna Example"); err != nil {
		t.Fatal(err)
	}
	if p := r.send(form, map[string]string{"code": r.code()}); p.step() != "done" || len(r.online()) != 1 {
		t.Errorf("the open form leads to step %q, %d records: %s", p.step(), len(r.online()), p.Find("main").Text())
	}
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SANDBOX_NOW=" + clock.Now().Format(time.RFC3339)}
	var out bytes.Buffer
	if err := Consent(context.Background(), "", environ, 502, customer{phone: old.Phone}, &out); err != nil || !strings.Contains(out.String(), "agreed") {
		t.Errorf("the consent is lost: %v\n%s", err, out.String())
	}
	out.Reset()
	if err := Find(context.Background(), "", environ, findOptions{at: old.At.Format("15:04"), on: old.At.Format(time.DateOnly), zone: "UTC", within: time.Hour, form: 2}, &out); err != nil || !strings.Contains(out.String(), strconv.Itoa(old.Record)) {
		t.Errorf("the attempt is not found: %v\n%s", err, out.String())
	}
}
