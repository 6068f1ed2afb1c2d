package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"okoshko/internal/redistest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// TestCheckAsksTheStore, of either kind, and makes none.
func TestCheckAsksTheStore(t *testing.T) {
	t.Chdir(t.TempDir())
	upstream := []string{"OKOSHKO_UPSTREAM_BASE_URL=http://127.0.0.1:1", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=x"}
	server := redistest.Start(t)
	weak := redistest.Start(t, "--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
	held := filepath.Join(t.TempDir(), "held.db")
	file, err := store.OpenFile(held, store.FileOptions{Now: testclock.Running().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := os.WriteFile("text.db", []byte("no store, and long enough to be read as one, which it is not"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "new.db")
	for _, tt := range []struct{ option, says, err string }{
		{option: "PATH=" + fresh, says: "store         " + fresh + ", which the program will make"},
		{option: "PATH=" + held, says: held + ", which a running program holds"},
		{option: "PATH=/nowhere/x.db", err: "[store] path: nothing can be written in /nowhere"},
		{option: "PATH=text.db", err: "[store] path: "},
		{option: "BACKUP_PATH=/nowhere/x.db", err: "[store] backup_path: nothing can be written in /nowhere"},
		{option: "URL=" + server.URL, says: "a Redis or Valkey server that answers; "},
		{option: "URL=" + server.URL, says: "Mind: the server has no maxmemory"},
		{option: "URL=" + weak.URL, says: "Mind: the server drops entries to make room (maxmemory-policy allkeys-lru)"},
		{option: "URL=" + weak.URL, says: "Mind: the server may lose the last writes when it ends"},
		{option: "URL=redis://:hunter2@127.0.0.1:1", err: "[store] url: store: the server does not answer"},
	} {
		var out bytes.Buffer
		err := Check(t.Context(), "", append(upstream, "OKOSHKO_STORE_"+tt.option), checkOptions{}, testclock.Running().Now, &out)
		if (err != nil) != (tt.err != "") || err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: error = %v, want one about %q", tt.option, err, tt.err)
		}
		if !strings.Contains(out.String(), tt.says) {
			t.Errorf("%s: %q is not said in:\n%s", tt.option, tt.says, out.String())
		}
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("the check has made a store")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(fresh), "*")); len(left) > 0 {
		t.Errorf("the check has left %v", left)
	}
}

func TestCheck(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct {
		name    string
		environ []string
		form    int
		says    []string
		err     string
	}{
		{name: "nothing configured", says: []string{"is good", "embedded sandbox", "operator      127.0.0.1:9090"}},
		{
			name: "frames and an open listener", says: []string{"form 7         https://a.example", "asks for no password"},
			environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_FORM_7_HOSTS=https://a.example", "OKOSHKO_ADMIN_LISTEN=:9090"},
		},
		{
			name: "an upstream", environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox"}, form: 1,
			says: []string{"in the clear", "any website", "public_url", "Form 1 answers"},
		},
		{
			name: "wishes without a key", says: []string{"the key that encrypts the addresses of those who wait for a time lies in the store"},
			environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_MAIL_HOST=127.0.0.1", "OKOSHKO_MAIL_FROM=a@b.example", "OKOSHKO_SERVER_PUBLIC_URL=https://w.example"},
		},
		{name: "a wrong token", environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=wrong"}, form: 1, err: "form 1: the booking API does not accept the partner token ([upstream] partner_token)"},
		{name: "no such form", environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox"}, form: 4711, err: "form 4711: the booking API has no such form; its number stands in"},
		{name: "a form of nobody", form: 1, err: "base_url"},
		{name: "a bad option", environ: []string{"OKOSHKO_SERVER_LISTEN=nowhere"}, err: "listen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var out bytes.Buffer
			err := Check(context.Background(), "", tt.environ, checkOptions{form: tt.form}, testclock.Running().Now, &out)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error = %v, want one about %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "wrong") {
				t.Error("the error tells the token")
			}
			for _, want := range tt.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not said in:\n%s", want, out.String())
				}
			}
		})
	}
	if err := Check(context.Background(), filepath.Join(t.TempDir(), "none.ini"), nil, checkOptions{}, testclock.Running().Now, &bytes.Buffer{}); err == nil {
		t.Error("a file that is named and missing is no error")
	}
}
