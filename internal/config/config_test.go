package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write config.example.ini anew")

const examplePath = "../../config.example.ini"

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.ini")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExampleNamesEveryOption(t *testing.T) {
	if *update {
		if err := os.WriteFile(examplePath, []byte(Example()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Example() {
		t.Fatal("config.example.ini is not what the options say; run go test ./internal/config -update")
	}
}

func TestExampleIsTheDefault(t *testing.T) {
	fromFile, err := Load(write(t, Example()), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	fromNothing, err := Load(filepath.Join(t.TempDir(), DefaultPath), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fromFile.Server.Listen != fromNothing.Server.Listen || fromFile.Cache != fromNothing.Cache || fromFile.Log != fromNothing.Log {
		t.Fatalf("example = %+v, defaults = %+v", fromFile, fromNothing)
	}
}

func TestEnvironmentOverFileOverDefault(t *testing.T) {
	path := write(t, "[server]\nlisten = :3000\nread_timeout = 2s\n[upstream]\nbase_url = http://x.example/#frag\n")
	_, err := Load(path, true, nil)
	if err == nil || !strings.Contains(err.Error(), "[upstream] base_url") {
		t.Fatalf("Load = %v, want a complaint about base_url", err)
	}
	path = write(t, "[server]\nlisten = :3000\nread_timeout = 2s\n")
	c, err := Load(path, true, []string{"OKOSHKO_SERVER_READ_TIMEOUT=3s", "HOME=/x", "OKOSHKO_TEST_SHOTS=/y"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Listen != ":3000" || c.Server.ReadTimeout != 3*time.Second || c.Server.RequestTimeout != 8*time.Second {
		t.Fatalf("Load = %+v", c.Server)
	}
}

func TestEveryOptionCanBeOverridden(t *testing.T) {
	valid := map[string]string{
		"server.public_url": "https://b.example", "upstream.base_url": "https://api.example", "upstream.partner_token": "abc",
		"server.trusted_proxies": "10.0.0.1, 10.1.0.0/16", "session.keys": strings.Repeat("ab", 32), "store.path": "x.db",
	}
	var environ []string
	for _, o := range options {
		v := o.fallback
		if given, ok := valid[o.section+"."+o.key]; ok {
			v = given
		}
		environ = append(environ, o.env()+"="+v)
	}
	c, err := Load(filepath.Join(t.TempDir(), "none"), false, environ)
	if err != nil {
		t.Fatal(err)
	}
	if c.Upstream.BaseURL != "https://api.example" || c.Upstream.PartnerToken != "abc" || len(c.Server.TrustedProxies) != 2 || len(c.Session.Keys) != 1 || c.Store.Path != "x.db" {
		t.Fatalf("Load = %+v", c)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown section", "[srever]\nlisten = :1\n", `"[srever]" is no section`},
		{"unknown key", "[server]\nlisen = :1\n", "[server] lisen names no option"},
		{"repeated section", "[server]\n[log]\n[server]\n", "section [server] is already at line 1"},
		{"repeated key", "[log]\nlevel = info\nlevel = warn\n", "[log] level is already at line 2"},
		{"indented", "[log]\n  level = info\n", "line 2: is indented"},
		{"no sign", "[log]\nlevel info\n", "line 2: has no ="},
		{"byte order mark", "\ufeff[log]\n", "byte order mark"},
		{"too long", "[log]\nlevel = " + strings.Repeat("x", 5000), "line 2: is longer"},
		{"bad number", "[upstream]\nper_second = many\n", `[upstream] per_second: "many" is not allowed: a whole number from 1 to 1000 is`},
		{"bad duration", "[session]\nlifetime = 1\n", `[session] lifetime: "1" is not allowed: a time from`},
		{"bad address", "[server]\nlisten = 8080\n", `[server] listen: "8080" is not allowed: an address such as`},
		{"bad origin", "[upstream]\nbase_url = api.example\n", `[upstream] base_url: "api.example" is not allowed: an origin such as`},
		{"bad level", "[log]\nlevel = loud\n", `[log] level: "loud" is not allowed: debug, info, warn or error is`},
		{"no token", "[upstream]\nbase_url = https://api.example\n", "[upstream] partner_token: is empty"},
		{"ages fall", "[cache]\nform_fresh = 2h\n", "[cache] form_fresh, form_soft, form_hard"},
		{"old slots", "[cache]\nslots_hard = 5m\n", "[cache] slots_hard: 5m0s is too old"},
		{"bad host", "[embed]\nhosts = https://a.example/path\n", "[embed] hosts"},
		{"host injects", "[embed]\nhosts = https://a.example;script-src\n", "[embed] hosts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(write(t, tt.text), true, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Load = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	_, err := Load(write(t, "[session]\nkeys = hunter2\n[upstream]\npartner_token = se cret\n"), true, nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "cret\"") {
		t.Fatalf("Load = %v, want refusals without the values", err)
	}
}

func TestAllProblemsTogether(t *testing.T) {
	_, err := Load(write(t, "[log]\nlevel = loud\nformat = xml\n"), true, []string{"OKOSHKO_SEVRER_LISTEN=:1"})
	for _, want := range []string{"level", "format", "OKOSHKO_SEVRER_LISTEN"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("Load = %v, want %q in it", err, want)
		}
	}
}

func TestMissingFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.ini")
	if _, err := Load(missing, false, nil); err != nil {
		t.Fatalf("Load of a missing default = %v, want nil", err)
	}
	if _, err := Load(missing, true, nil); err == nil {
		t.Fatal("Load of a missing named file = nil, want an error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Example())
	f.Add("[log]\nlevel = info\n")
	f.Add("[log]\r\nlevel=\x00\n")
	f.Add("[")
	f.Fuzz(func(t *testing.T, text string) {
		values, problems := parse(text)
		if len(problems) > 0 && len(values) > 0 {
			t.Fatalf("parse(%q) = %v with problems %v", text, values, problems)
		}
		for n := range values {
			if !knownSection(n.section) {
				t.Fatalf("parse(%q) gave %v", text, n)
			}
		}
	})
}
