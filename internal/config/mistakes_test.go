package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// good is a configuration as a salon may have it.
const good = `[server]
listen = 127.0.0.1:8080
public_url = https://booking.example
trusted_proxies = 10.0.0.7

[upstream]
base_url = https://api.example
partner_token = abc

[store]
path = /var/lib/okoshko/okoshko.db
backup_path = /var/lib/okoshko/backup.db

[embed]
hosts = https://salon.example

[form 123]
hosts = https://branch.example
`

// TestTwentyTypicalMistakes makes each in a file or an environment that is good otherwise. The message names the mistake, says what is
// allowed, and no other problem is said to be there.
func TestTwentyTypicalMistakes(t *testing.T) {
	if _, err := Load(write(t, good), true, nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ mistake, old, new, env, want string }{
		{mistake: "the address without a port", old: "listen = 127.0.0.1:8080", new: "listen = 127.0.0.1", want: `[server] listen: found "127.0.0.1" in FILE; allowed is an address such as 127.0.0.1:8080, [::1]:8080 or :8080`},
		{mistake: "the port alone", old: "listen = 127.0.0.1:8080", new: "listen = 8080", want: `[server] listen: found "8080" in FILE; allowed is an address such as 127.0.0.1:8080, [::1]:8080 or :8080`},
		{mistake: "the public address without https", old: "https://booking.example", new: "booking.example", want: `[server] public_url: found "booking.example" in FILE; allowed is an origin such as https://booking.example, or nothing`},
		{mistake: "the public address with a form", old: "https://booking.example", new: "https://booking.example/b/123", want: `[server] public_url: found "https://booking.example/b/123" in FILE; allowed is an origin such as https://booking.example, or nothing`},
		{mistake: "the proxy by its name", old: "10.0.0.7", new: "nginx", want: `[server] trusted_proxies: found "nginx" in FILE; allowed is a list of addresses and ranges such as 10.0.0.7, 10.1.0.0/16`},
		{mistake: "the API with its path", old: "https://api.example", new: "https://api.example/api/v1", want: `[upstream] base_url: found "https://api.example/api/v1" in FILE; allowed is an origin such as https://booking.example, or nothing`},
		{mistake: "the token with the word before it", old: "= abc", new: "= Bearer abc", want: `[upstream] partner_token: found a value, not repeated because it is secret, in FILE; allowed is a token without spaces, in ASCII`},
		{mistake: "the token in quotes", old: "= abc", new: `= "abc"`, want: `FILE: line 8: [upstream] partner_token has quotes around it, which would be part of the value`},
		{mistake: "the token left out", old: "partner_token = abc\n", new: "", want: `[upstream] partner_token: found nothing; the upstream that base_url names needs one`},
		{mistake: "a letter left out of a key", old: "trusted_proxies", new: "trusted_proxy", want: `FILE: line 4: [server] trusted_proxy names no option; [server] has listen, public_url, trusted_proxies, read_timeout, connections, request_timeout, shutdown_timeout, drain_delay`},
		{mistake: "a letter left out of a section", old: "[embed]", new: "[embd]", want: `FILE: line 14: "[embd]" is no section; there are [server], [upstream], [store], [hooks], [agents], [found], [session], [embed], [admin], [pictures], [privacy], [accessibility], [waiting], [mail], [push], [limits], [cache], [i18n], [sandbox], [log] and [form NUMBER]`},
		{mistake: "a comment behind a value", old: "= 10.0.0.7", new: "= 10.0.0.7 # nginx", want: `FILE: line 4: [server] trusted_proxies is followed by a comment, which would be part of the value; give it a line of its own`},
		{mistake: "a colon for the sign", old: "listen = 127.0.0.1:8080", new: "listen: 127.0.0.1", want: `FILE: line 2: has no =; a line is KEY = VALUE`},
		{mistake: "the copy over the store", old: "/var/lib/okoshko/backup.db", new: "/var/lib/okoshko/./okoshko.db", want: `[store] backup_path: found "/var/lib/okoshko/./okoshko.db"; allowed is another file than the store's own, "/var/lib/okoshko/okoshko.db", and those that are written beside the two (.part, .compact)`},
		{mistake: "a website with a path", old: "https://salon.example", new: "https://salon.example/booking", want: `[embed] hosts: found "https://salon.example/booking" in FILE; allowed is * or a list of origins such as https://salon.example, https://*.tilda.ws`},
		{mistake: "a website without https", old: "https://branch.example", new: "branch.example", want: `[form 123] hosts: found "branch.example" in FILE; allowed is * or a list of origins such as https://salon.example, https://*.tilda.ws, or nothing`},
		{mistake: "a form by its name", old: "[form 123]", new: "[form main]", want: `FILE: line 17: "[form main]" is no section; there are [server], [upstream], [store], [hooks], [agents], [found], [session], [embed], [admin], [pictures], [privacy], [accessibility], [waiting], [mail], [push], [limits], [cache], [i18n], [sandbox], [log] and [form NUMBER]`},
		{mistake: "two processes on a file", env: "OKOSHKO_UPSTREAM_PROCESSES=2", want: `[upstream] processes: found 2; allowed is 1 without [store] url`},
		{mistake: "a time without a unit", env: "OKOSHKO_SERVER_DRAIN_DELAY=5", want: `[server] drain_delay: found "5" in OKOSHKO_SERVER_DRAIN_DELAY; allowed is a time from 0s to 5m, written like 500ms, 90s or 1h30m`},
		{mistake: "more calls a second than a minute", env: "OKOSHKO_UPSTREAM_PER_MINUTE=3", want: `[upstream] per_minute: found 3; allowed is no less than per_second, 5`},
		{mistake: "the store's address without redis://", env: "OKOSHKO_STORE_URL=valkey:6379", want: `[store] url: found a value, not repeated because it is secret, in OKOSHKO_STORE_URL; allowed is a URL such as redis://:password@10.0.0.5:6379/0 or rediss://…, or nothing`},
		{mistake: "a key that is too short", env: "OKOSHKO_SESSION_KEYS=secret", want: `[session] keys: found a value, not repeated because it is secret, in OKOSHKO_SESSION_KEYS; allowed is a list of keys of at least 32 bytes each, in hex or base64`},
		{mistake: "a variable without its section", env: "OKOSHKO_PARTNER_TOKEN=abc", want: `environment: OKOSHKO_PARTNER_TOKEN names no option; an option's variable is OKOSHKO_<SECTION>_<KEY>, with the sections and keys of config.example.ini`},
		{mistake: "a letter left out of a variable", env: "OKOSHKO_STORE_PAHT=/x", want: `environment: OKOSHKO_STORE_PAHT names no option; there are OKOSHKO_STORE_URL, OKOSHKO_STORE_PATH, OKOSHKO_STORE_VISITORS, OKOSHKO_STORE_ENTRIES_PER_ADDRESS, OKOSHKO_STORE_BACKUP_PATH, OKOSHKO_STORE_BACKUP_EVERY`},
	} {
		t.Run(tt.mistake, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			if tt.old != "" && text == good {
				t.Fatalf("%q is not in the file", tt.old)
			}
			var environ []string
			if tt.env != "" {
				environ = []string{tt.env}
			}
			path := write(t, text)
			_, err := Load(path, true, environ)
			if want := strings.ReplaceAll(tt.want, "FILE", path); err == nil || err.Error() != want {
				t.Errorf("Load = %v, want %v", err, want)
			}
		})
	}
}

// TestAMistakeHidesNoOther: a line that cannot be read, a value that is not allowed and options that do not go together are said at once,
// and a section with one mistake is checked for the others.
func TestAMistakeHidesNoOther(t *testing.T) {
	path := write(t, "[server]\nlisen = :80\nread_timeout = soon\n[upstream]\nper_second = many\nbase_url = https://api.example\n"+
		"[mail]\nhost = smtp.example\nport = x\n[store]\nvisitors = none\npath = a.db\nbackup_path = a.db\n"+
		"[cache]\nmegabytes = x\nform_fresh = 5h\n")
	_, err := Load(path, true, []string{"OKOSHKO_UPSTREAM_PROCESSES=2"})
	for _, want := range []string{
		"line 2: [server] lisen", "[server] read_timeout", "[upstream] per_second", "[upstream] partner_token: found nothing", "[mail] from", "[mail] port",
		"[upstream] processes", "[store] visitors", "[store] backup_path", "[cache] megabytes", "[cache] form_fresh, form_soft", "[server] public_url",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load = %v, want %q in it", err, want)
		}
	}
}

// TestTheCopyIsNoFileInUse, by whatever name: a copy that is put into the place of the store would leave the program on a file without
// a name, and a second program could open the copy beside it.
func TestTheCopyIsNoFileInUse(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, tt := range []struct {
		path, backup string
		good         bool
	}{
		{"a.db", filepath.Join(dir, "a.db"), false},
		{"a.db", "./a.db", false},
		{"", "okoshko.db", false},
		{"a.db.part", "a.db", false},
		{"a.db", "a.db.compact", false},
		{"a.db", "b.db", true},
		{"a.db", "sub/a.db", true},
		{"", "a.db", true},
	} {
		_, err := Load("none.ini", false, []string{"OKOSHKO_STORE_PATH=" + tt.path, "OKOSHKO_STORE_BACKUP_PATH=" + tt.backup})
		if (err == nil) != tt.good {
			t.Errorf("path %q, backup_path %q: Load = %v, want it good: %v", tt.path, tt.backup, err, tt.good)
		}
	}
}

// TestVariablesOfAFile are read as the service's manager reads them; no error repeats one.
func TestVariablesOfAFile(t *testing.T) {
	got, err := ReadVariables(write(t, "# secrets\n\nOKOSHKO_UPSTREAM_PARTNER_TOKEN=abc=\r\n; more\nA=\"x y\"\nB='z'\nC=\nD=\"\n"))
	if want := []string{"OKOSHKO_UPSTREAM_PARTNER_TOKEN=abc=", "A=x y", "B=z", "C=", `D="`}; err != nil || !slices.Equal(got, want) {
		t.Errorf("ReadVariables = %q, %v, want %q", got, err, want)
	}
	for _, text := range []string{"hunter2\n", "export A=hunter2\n"} {
		path := write(t, text)
		if _, err := ReadVariables(path); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), path+": line 1: allowed is NAME=value") {
			t.Errorf("ReadVariables of %q = %v", text, err)
		}
	}
	if _, err := ReadVariables(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("ReadVariables of no file says nothing")
	}
}
