package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"okoshko/internal/admin"
	"okoshko/internal/config"
	"okoshko/internal/redistest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// put writes the stamp of another version into a store.
func (s stamp) put(t *testing.T, kept store.Store) {
	t.Helper()
	raw, err := json.Marshal(s)
	if err == nil {
		err = kept.Put(t.Context(), formatKey, raw, keyKept)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAStoreOfANewerVersion: a program goes on with a store that a newer version has written where that version allows it, and says so in the
// log, on the operator's page and in /readyz, which keeps it in service. Otherwise it does not start, and no command writes to the store.
func TestAStoreOfANewerVersion(t *testing.T) {
	t.Chdir(t.TempDir())
	now := testclock.Running().Now
	path := filepath.Join(t.TempDir(), "kept.db")
	leave := func(s stamp) {
		file, err := store.OpenFile(path, store.FileOptions{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		s.put(t, file)
	}
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SANDBOX_NOW=" + now().Format(time.RFC3339)}
	check := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := Run(t.Context(), args, environ, &out)
		return out.String(), err
	}

	r := newRigAt(t, now, "OKOSHKO_STORE_PATH="+path)
	if ready := r.operator(http.MethodGet, "/readyz", nil); !strings.Contains(ready.Text(), "ok     versions  this process alone, okoshko ") {
		t.Errorf("of a new store: %s", ready.Text())
	}
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := store.ReadFile(path, store.FileOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := stampOf(t.Context(), file); err != nil || s != (stamp{storeFormat, oldestReader, Version()}) {
		t.Errorf("the program has left the stamp %+v, %v", s, err)
	}
	_ = file.Close()

	leave(stamp{storeFormat + 1, storeFormat, "okoshko v9.1.0"})
	r = newRigAt(t, now, "OKOSHKO_STORE_PATH="+path)
	const goesOn = "the store is of a newer format (2, by okoshko v9.1.0) than this build's (1), which goes on with it: update this process"
	ready := r.operator(http.MethodGet, "/readyz", nil)
	if ready.status != http.StatusOK || !strings.Contains(ready.Text(), "mind   versions  "+goesOn) {
		t.Errorf("status %d: %s", ready.status, ready.Text())
	}
	if text := r.operator(http.MethodGet, "/", nil).Find(".checks .mind").Text(); !strings.Contains(text, goesOn) {
		t.Errorf("the operator's page says %q", text)
	}
	if !strings.Contains(r.log.String(), `msg="the store is of a newer format" format=2 by="okoshko v9.1.0" ours=1`) {
		t.Error("the log does not say it")
	}
	r.to(r.get("/b/1?lang=en"), "done")
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := check("check"); err != nil || !strings.Contains(text, "Mind: "+goesOn) {
		t.Errorf("check: %v\n%s", err, text)
	}

	leave(stamp{storeFormat + 2, storeFormat + 1, "okoshko v9.2.0"})
	const refused = "it was written in format 3 by okoshko v9.2.0, and a version that knows format 2 is the oldest that may use it"
	cfg, err := config.Load("none.ini", false, append(environ, "OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN="))
	if err != nil {
		t.Fatal(err)
	}
	if a, err := Start(cfg, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), refused) {
		if err == nil {
			_ = a.Close()
		}
		t.Errorf("start: %v", err)
	}
	for _, args := range [][]string{{"check"}, {"forget", "-phone", anna["phone"]}} {
		if _, err := check(args...); err == nil || !strings.Contains(err.Error(), refused) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestProcessesOfDifferentVersionsAreNamed: each process of a shared store says that it is there, and the operator's page of each lists them
// and minds another version and other keys. A process that has ended is not listed.
func TestProcessesOfDifferentVersionsAreNamed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	first := newRig(t, "OKOSHKO_STORE_URL="+server.URL, "OKOSHKO_UPSTREAM_PROCESSES=2")
	says := func() string { return first.operator(http.MethodGet, "/readyz", nil).Text() }
	if !strings.Contains(says(), "ok     versions  1 of this store: "+Version()+" on ") {
		t.Errorf("alone: %s", says())
	}
	second := newRig(t, "OKOSHKO_STORE_URL="+server.URL, "OKOSHKO_UPSTREAM_PROCESSES=2")
	if !strings.Contains(says(), "ok     versions  2 of this store: ") {
		t.Errorf("of two: %s", says())
	}
	beside, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	raw, err := json.Marshal(process{Host: "b", Version: "okoshko v0.0.9", Started: testclock.Start().UTC(), Secrets: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if err := beside.Put(t.Context(), processPrefix+"old", raw, processKept); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"mind   versions  the processes of this store run different versions (", "okoshko v0.0.9", "different [session] keys or partner tokens", "3 of this store: "} {
		if !strings.Contains(says(), want) {
			t.Errorf("of three it does not say %q: %s", want, says())
		}
	}
	if text := first.operator(http.MethodGet, "/", nil).Find(".checks .mind").Text(); !strings.Contains(text, "okoshko v0.0.9 on b since 20") {
		t.Errorf("the operator's page says %q", text)
	}
	var out bytes.Buffer
	if err := Run(t.Context(), []string{"check"}, []string{"OKOSHKO_STORE_URL=" + server.URL}, &out); err != nil || !strings.Contains(out.String(), "Mind: the processes of this store run different versions") {
		t.Errorf("check: %v\n%s", err, out.String())
	}
	if err := second.app.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(says(), "2 of this store: ") {
		t.Errorf("after one has ended: %s", says())
	}
	// A newer version may come while this process runs, and forbid it to go on. It is not taken out: then nobody could book.
	stamp{storeFormat + 2, storeFormat + 1, "okoshko v9.2.0"}.put(t, beside)
	if ready := first.operator(http.MethodGet, "/readyz", nil); ready.status != http.StatusOK ||
		!strings.Contains(ready.Text(), "wrong  versions  the store was written by okoshko v9.2.0, with which this build must not share it") {
		t.Errorf("status %d: %s", ready.status, ready.Text())
	}
}

// TestVersionsInWords goes through how a stamp and processes can fit together.
func TestVersionsInWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.December, 1, 4, 5, 6, 0, time.UTC)
	a := process{"a", "okoshko v1", at, "x"}
	for _, tt := range []struct {
		found stamp
		all   []process
		want  admin.Health
	}{
		{stamp{}, nil, admin.Health{State: admin.OK, Text: "this process alone, " + Version()}},
		{stamp{Format: storeFormat}, []process{a, a}, admin.Health{State: admin.OK, Text: "2 of this store: okoshko v1 on a since 2026-12-01 04:05:06 UTC; okoshko v1 on a since 2026-12-01 04:05:06 UTC"}},
		{stamp{}, []process{a, {"b", "okoshko v2", at, "x"}}, admin.Health{State: admin.Mind, Text: "the processes of this store run different versions (okoshko v1; okoshko v2), which is as it should be only during an update" +
			" – 2 of this store: okoshko v1 on a since 2026-12-01 04:05:06 UTC; okoshko v2 on b since 2026-12-01 04:05:06 UTC"}},
		{stamp{}, []process{a, {"b", "okoshko v1", at, "y"}}, admin.Health{State: admin.Mind, Text: "the processes of this store have different [session] keys or partner tokens: a form of one may be refused by another" +
			" – 2 of this store: okoshko v1 on a since 2026-12-01 04:05:06 UTC; okoshko v1 on b since 2026-12-01 04:05:06 UTC"}},
	} {
		if got := versionsHealth(tt.found, tt.all); got != tt.want {
			t.Errorf("%+v, %+v:\n%+v, want\n%+v", tt.found, tt.all, got, tt.want)
		}
	}
}
