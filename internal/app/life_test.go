package app

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"okoshko/internal/testclock"
)

// TestReadinessGoesDownFirst: while it drains, the program is not ready, still answers, and sends its
// clients to another connection.
func TestReadinessGoesDownFirst(t *testing.T) {
	t.Parallel() // it waits most of the time
	r := newRig(t, "OKOSHKO_SERVER_DRAIN_DELAY=2s")
	resp, err := r.http.Get(r.app.URL + "/b/1/service")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if !r.app.Ready() || resp.Close {
		t.Fatalf("before: ready %v, connection closed %v", r.app.Ready(), resp.Close)
	}
	done := make(chan error, 1)
	go func() { done <- r.app.Close() }()
	testclock.Until(t, "the program is not ready while it drains", func() bool { return !r.app.Ready() })
	resp, err = r.http.Get(r.app.URL + "/b/1/service")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("while draining: status %d, connection closed %v", resp.StatusCode, resp.Close)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := r.http.Get(r.app.URL + "/healthz"); err == nil {
		t.Error("it answers after its end")
	}
}

// TestABackupWorks starts a second program on the copy that the first one has written while it ran.
func TestABackupWorks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copied := filepath.Join(dir, "copy.db")
	r := newRig(t, "OKOSHKO_STORE_BACKUP_PATH="+copied, "OKOSHKO_STORE_BACKUP_EVERY=100ms")
	confirm := r.to(r.get("/b/1"), "confirm")
	copies := func() int { return strings.Count(r.log.String(), "store copied") }
	before := copies()
	testclock.Until(t, "the store is copied twice", func() bool { // the second one from now on began after the form was kept
		r.get("/b/1")
		return copies() >= before+2
	})
	second := newRig(t, "OKOSHKO_STORE_PATH="+copied, "OKOSHKO_UPSTREAM_BASE_URL="+r.api)
	p := second.send(second.at(confirm), nil)
	if p.step() != "done" || len(r.online()) != 1 {
		t.Fatalf("the form of the first program leads to %q at the second, %d records", p.step(), len(r.online()))
	}
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(copied + ".*"); err != nil || len(left) > 0 {
		t.Errorf("unfinished copies are left: %v, %v", left, err)
	}
}

// TestKeysAreRotated: forms that were opened under the old key are taken as long as it is listed.
func TestKeysAreRotated(t *testing.T) {
	t.Parallel()
	a, b := hex.EncodeToString([]byte(strings.Repeat("a", 32))), hex.EncodeToString([]byte(strings.Repeat("b", 32)))
	path := filepath.Join(t.TempDir(), "kept.db")
	with := func(api, keys string) *rig {
		environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SESSION_KEYS=" + keys}
		if api != "" {
			environ = append(environ, "OKOSHKO_UPSTREAM_BASE_URL="+api)
		}
		return newRig(t, environ...)
	}
	first := with("", a)
	contact := first.to(first.get("/b/1"), "contact")
	if err := first.app.Close(); err != nil {
		t.Fatal(err)
	}
	both := with(first.api, b+","+a)
	confirm := both.send(both.at(contact), anna)
	if confirm.step() != "confirm" {
		t.Fatalf("under both keys the form leads to %q: %s", confirm.step(), confirm.Find("main").Text())
	}
	if err := both.app.Close(); err != nil {
		t.Fatal(err)
	}
	last := with(first.api, b)
	action, old := last.form(last.at(contact))
	if p := last.post(action, old); p.status != http.StatusForbidden {
		t.Errorf("a form under the key long gone has status %d", p.status)
	}
	if p := last.send(last.at(confirm), nil); p.step() != "done" {
		t.Errorf("a form under the new key leads to %q", p.step())
	}
}

func TestHealth(t *testing.T) {
	t.Chdir(t.TempDir())
	r := newRig(t)
	u, err := url.Parse(r.app.URL)
	if err != nil {
		t.Fatal(err)
	}
	environ := []string{"OKOSHKO_SERVER_LISTEN=:" + u.Port()}
	if err := Health(context.Background(), "", environ); err != nil {
		t.Errorf("a program that runs: %v", err)
	}
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Health(context.Background(), "", environ); err == nil {
		t.Error("a program that is gone is healthy")
	}
}
