package config

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write config.example.ini and docs/configuration.md anew")

const examplePath = "../../config.example.ini"

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.ini")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDocumentsNameEveryOption compares what is written about the options with the options.
func TestDocumentsNameEveryOption(t *testing.T) {
	for path, want := range map[string]string{examplePath: Example(), "../../docs/configuration.md": Reference()} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the options say; run go test ./internal/config -update", path)
		}
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
	if !reflect.DeepEqual(fromFile, fromNothing) {
		t.Fatalf("example = %+v, defaults = %+v", fromFile, fromNothing)
	}
}

// full is a configuration in which no option is at its default.
func full() (Config, map[string]string) {
	config := Config{
		Server: Server{
			Listen: "[::1]:80", PublicURL: "https://b.example:8443", TrustedProxies: []string{"10.0.0.1", "fd00::/8"},
			ReadTimeout: time.Second, Connections: 77, RequestTimeout: 2 * time.Second, ShutdownTimeout: 3 * time.Second, DrainDelay: 4 * time.Second,
		},
		Upstream: Upstream{BaseURL: "http://127.0.0.1:9999", PartnerToken: "abc=", PerSecond: 2, PerMinute: 100, Processes: 3},
		Store:    Store{URL: "rediss://:secret@10.0.0.5:6379/1", Path: "/data/x y.db", Visitors: 7, EntriesPerAddress: 8, BackupEvery: 2 * time.Hour, BackupPath: "/data/copy.db"},
		Hooks:    Hooks{Secret: "0123456789-abcdefghij_ABC"},
		Agents:   Agents{MCP: "off", Forms: []int{9}},
		Found:    Found{Forms: []int{7, 123}},
		Session:  Session{Keys: [][]byte{bytes.Repeat([]byte{0xab}, 32), bytes.Repeat([]byte{0xff}, 33)}, Lifetime: time.Hour},
		Embed:    Embed{Hosts: []string{"https://a.example", "https://*.tilda.ws"}, Forms: map[int][]string{7: {"https://b.example"}, 123: {"*"}}},
		Prepaid:  map[int]string{7: "link", 123: "refuse"},
		Confirm:  map[int]string{7: "with-contact", 123: "with-contact"},
		Admin:    Admin{Listen: "[::1]:9091", Profile: true, Names: []string{"a.internal", "b"}},
		Pictures: Pictures{Hosts: []string{"https://*.cdn.example"}},
		Privacy:  Privacy{ConsentKept: 48 * time.Hour},
		Access:   Access{Contact: "mailto:access@salon.example", Authority: "https://authority.example/complain"},
		Waiting:  Waiting{CallsPerMinute: 9, Wishes: 8, WishesPerCompany: 7, Quiet: Quiet{From: 22*60 + 30, To: 8 * 60}},
		Mail:     Mail{Host: "smtp.example", Port: 465, TLS: "tls", User: "anna", Password: "pass word", From: "Salon <wishes@salon.example>"},
		Push:     Push{Subject: "mailto:us@salon.example", Key: "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"},
		Limits:   Limits{SMSPerPhone: 1, SMSPerAddress: 2, SMSPerSalon: 0, SMSPrefixes: []string{"7", "371"}, FormAge: time.Second, PressAge: 2 * time.Second, BookingsPerAddress: 3, CallsPerAddress: 4},
		Cache: Cache{
			FormFresh: 1 * time.Minute, FormSoft: 2 * time.Minute, FormHard: 3 * time.Minute,
			CatalogFresh: 4 * time.Minute, CatalogSoft: 5 * time.Minute, CatalogHard: 6 * time.Minute,
			DatesFresh: 7 * time.Minute, DatesSoft: 8 * time.Minute, DatesHard: 9 * time.Minute,
			SlotsFresh: 10 * time.Second, SlotsSoft: 11 * time.Second, SlotsHard: 12 * time.Second,
			MaxEntries: 500, Megabytes: 33,
		},
		I18n:    I18n{Default: "lv"},
		Sandbox: Sandbox{Listen: ":7000", Seed: -5},
		Log:     Log{Level: slog.LevelError, Format: "json"},
	}
	texts := map[string]string{
		"server.listen": "[::1]:80", "server.public_url": "https://b.example:8443/", "server.trusted_proxies": "10.0.0.1,fd00::/8",
		"server.read_timeout": "1s", "server.connections": "77", "server.request_timeout": "2s", "server.shutdown_timeout": "3s",
		"upstream.base_url": "http://127.0.0.1:9999", "upstream.partner_token": "abc=", "upstream.per_second": "2", "upstream.per_minute": "100",
		"upstream.processes": "3", "store.url": "rediss://:secret@10.0.0.5:6379/1",
		"store.path":   "/data/x y.db",
		"hooks.secret": "0123456789-abcdefghij_ABC",
		"agents.mcp":   "off", "agents.forms": "9", "found.forms": "7, 123",
		"session.keys": strings.Repeat("ab", 32) + ", " + strings.Repeat("/", 44), "session.lifetime": "1h",
		"embed.hosts": "https://a.example, https://*.tilda.ws", "embed.counters": "off",
		"form 7.hosts": "https://b.example", "form 123.hosts": "*", "form 7.prepaid": "link", "form 123.prepaid": "refuse", "form 7.confirm": "with-contact", "form 123.confirm": "with-contact", "admin.listen": "[::1]:9091", "admin.profile": "on", "admin.names": "a.internal, b",
		"limits.sms_per_phone": "1", "limits.sms_per_address": "2", "limits.sms_per_salon": "0", "limits.sms_prefixes": "+7, 371", "limits.form_age": "1s", "limits.press_age": "2s",
		"limits.bookings_per_address": "3", "limits.calls_per_address": "4",
		"pictures.hosts": "https://*.cdn.example", "privacy.consent_kept": "48h", "accessibility.contact": "mailto:access@salon.example", "accessibility.authority": "https://authority.example/complain", "server.drain_delay": "4s",
		"waiting.on": "off", "waiting.calls_per_minute": "9", "waiting.wishes": "8", "waiting.wishes_per_company": "7", "waiting.quiet": "22:30-08:00",
		"mail.host": "smtp.example", "mail.port": "465", "mail.tls": "tls", "mail.user": "anna", "mail.password": "pass word", "mail.from": "Salon <wishes@salon.example>",
		"push.subject": "mailto:us@salon.example", "push.key": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
		"store.visitors": "7", "store.entries_per_address": "8", "store.backup_every": "2h", "store.backup_path": "/data/copy.db",
		"cache.form_fresh": "1m", "cache.form_soft": "2m", "cache.form_hard": "3m",
		"cache.catalog_fresh": "4m", "cache.catalog_soft": "5m", "cache.catalog_hard": "6m",
		"cache.dates_fresh": "7m", "cache.dates_soft": "8m", "cache.dates_hard": "9m",
		"cache.slots_fresh": "10s", "cache.slots_soft": "11s", "cache.slots_hard": "12s", "cache.ahead": "off", "cache.max_entries": "500", "cache.megabytes": "33",
		"i18n.default":   "lv",
		"sandbox.listen": ":7000", "sandbox.seed": "-5",
		"log.level": "error", "log.format": "json",
	}
	return config, texts
}

// TestEveryOptionFromEitherSource also fails for an option that nobody has added to full.
func TestEveryOptionFromEitherSource(t *testing.T) {
	want, texts := full()
	var file strings.Builder
	var environ []string
	section := ""
	for _, o := range new(Config).options([]int{7, 123}) {
		if o.name == (name{"sandbox", "now"}) || o.name == (name{"sandbox", "hooks"}) {
			continue // it does not go with an upstream; see TestTheSandboxsTime and TestTheSandboxsHooks
		}
		text, ok := texts[o.section+"."+o.key]
		if !ok || text == o.fallback {
			t.Fatalf("%v is not in the test, or at its default", o.name)
		}
		if o.section != section {
			section = o.section
			file.WriteString("[" + section + "]\n")
		}
		file.WriteString(o.key + " = " + text + "\n")
		environ = append(environ, o.env()+"="+text)
	}
	for source, load := range map[string]func() (Config, error){
		"file":        func() (Config, error) { return Load(write(t, file.String()), true, nil) },
		"environment": func() (Config, error) { return Load(filepath.Join(t.TempDir(), "none"), false, environ) },
		"both":        func() (Config, error) { return Load(write(t, Example()), true, environ) },
	} {
		if got, err := load(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("from %s: Load = %+v, %v, want %+v", source, got, err, want)
		}
	}
}

func TestTheSandboxsTime(t *testing.T) {
	const now = "2026-12-31T23:40:00+03:00"
	c, err := Load(write(t, "[sandbox]\nnow = "+now+"\n"), true, nil)
	if err != nil || c.Sandbox.Now.Format(time.RFC3339) != now {
		t.Errorf("Load = %v, %v, want %s", c.Sandbox.Now, err, now)
	}
	for _, environ := range [][]string{
		{"OKOSHKO_SANDBOX_NOW=" + now, "OKOSHKO_UPSTREAM_BASE_URL=https://api.example", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=x"},
		{"OKOSHKO_SANDBOX_NOW=2026-12-31"},
		{"OKOSHKO_SANDBOX_NOW=2026-12-31T23:40:00"},
	} {
		if _, err := Load(write(t, ""), true, environ); err == nil || !strings.Contains(err.Error(), "[sandbox] now: found ") {
			t.Errorf("Load with %q = %v, want it refused", environ, err)
		}
	}
}

func TestTheSandboxsHooks(t *testing.T) {
	const secret = "OKOSHKO_HOOKS_SECRET=0123456789abcdef01234567"
	c, err := Load(write(t, "[sandbox]\nhooks = on\n"), true, []string{secret})
	if err != nil || !c.Sandbox.Hooks {
		t.Errorf("Load = %v, %v, want hooks", c.Sandbox.Hooks, err)
	}
	for _, environ := range [][]string{nil, {secret, "OKOSHKO_UPSTREAM_BASE_URL=https://api.example", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=x"}} {
		if _, err := Load(write(t, "[sandbox]\nhooks = on\n"), true, environ); err == nil || !strings.Contains(err.Error(), "[sandbox] hooks: found on; ") {
			t.Errorf("Load with %q = %v, want it refused", environ, err)
		}
	}
}

func TestHookSecretsCannotBeGuessed(t *testing.T) {
	for _, secret := range []string{"short", strings.Repeat("a", 23), strings.Repeat("a", 129), strings.Repeat("a", 24) + "/", strings.Repeat("a", 24) + "%41", strings.Repeat("ы", 24)} {
		if _, err := Load(write(t, "[hooks]\nsecret = "+secret+"\n"), true, nil); err == nil || !strings.Contains(err.Error(), "[hooks] secret: ") || strings.Contains(err.Error(), secret) {
			t.Errorf("Load with %q = %v, want it refused and not repeated", secret, err)
		}
	}
}

func TestEnvironmentOverFileOverDefault(t *testing.T) {
	path := write(t, "[server]\r\nlisten=:3000\r\n; a comment\r\n\r\nread_timeout\t=\t2s\r\n")
	c, err := Load(path, true, []string{
		"OKOSHKO_SERVER_READ_TIMEOUT=3s", "HOME=/x", "OKOSHKO_TEST_SHOTS=/y",
		"OKOSHKO_SERVICE_HOST=10.0.0.1", "OKOSHKO_PORT=tcp://10.0.0.1:80", "OKOSHKO_PORT_80_TCP_PROTO=tcp", // of Kubernetes
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Listen != ":3000" || c.Server.ReadTimeout != 3*time.Second || c.Server.RequestTimeout != 8*time.Second {
		t.Fatalf("Load = %+v, want listen from the file, read_timeout from the environment, request_timeout by default", c.Server)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown section", "[srever]\nlisten = :1\n", `line 1: "[srever]" is no section; there are [server], [upstream], `},
		{"padded section", "[ server ]\n", `"[ server ]" is no section`},
		{"default section", "[DEFAULT]\nlisten = :1\n", `"[DEFAULT]" is no section`},
		{"unclosed section", "[server\n", `"[server" is no section`},
		{"unknown key", "[server]\nlisen = :1\n", "line 2: [server] lisen names no option"},
		{"key of another section", "[log]\nlisten = :1\n", "[log] listen names no option"},
		{"key in capitals", "[server]\nListen = :1\n", "[server] Listen names no option"},
		{"key in no section", "listen = :1\n", `line 1: "listen" stands under no section`},
		{"no key", "[server]\n= :1\n", "[server]  names no option"},
		{"repeated section", "[server]\n[log]\n[server]\n", "line 3: section [server] is already at line 1"},
		{"repeated key", "[log]\nlevel = info\nlevel = warn\n", "line 3: [log] level is already at line 2"},
		{"indented", "[log]\n  level = info\n", "line 2: is indented"},
		{"indented with a blank of another kind", "[log]\n\u00a0level = info\n", "line 2: is indented"},
		{"no sign", "[log]\nlevel info\n", "line 2: has no ="},
		{"colon", "[log]\nlevel: info\n", "line 2: has no ="},
		{"two signs", "[log]\nlevel == info\n", "[log] level has two signs"},
		{"quotes", "[store]\npath = \"x.db\"\n", "[store] path has quotes"},
		{"comment behind", "[store]\npath = x.db # mine\n", "[store] path is followed by a comment"},
		{"comment behind a tab", "[store]\npath = x.db\t; mine\n", "[store] path is followed by a comment"},
		{"byte order mark", "\ufeff[log]\n", "line 1: begins with a byte order mark"},
		{"another encoding", "[store]\npath = \xe9.db\n", "line 2: holds characters that are no text"},
		{"zero byte", "[store]\npath = a\x00b\n", "line 2: holds characters that are no text"},
		{"too long", "[log]\nlevel = " + strings.Repeat("x", 5000), "line 2: is longer than 4000 bytes"},
		{"too long a comment", "[log]\n# " + strings.Repeat("x", 4094) + "level = warn\n", "line 2: is longer than 4000 bytes"},
		{"number", "[upstream]\nper_second = many\n", `[upstream] per_second: found "many" in `},
		{"number, allowed", "[upstream]\nper_second = 1001\n", `; allowed is a whole number from 1 to 1000`},
		{"seed", "[sandbox]\nseed = 1.5\n", `[sandbox] seed: found "1.5"`},
		{"duration without a unit", "[session]\nlifetime = 30\n", `; allowed is a time from 1m to 24h, written like 500ms, 90s or 1h30m`},
		{"duration out of range", "[server]\nread_timeout = -5s\n", `[server] read_timeout: found "-5s"`},
		{"empty", "[server]\nlisten =\n", `[server] listen: found "" in `},
		{"address without a port", "[server]\nlisten = localhost\n", `; allowed is an address such as 127.0.0.1:8080`},
		{"address with a port too high", "[server]\nlisten = :65536\n", `[server] listen: found ":65536"`},
		{"address with blanks", "[server]\nlisten = my host:80\n", `[server] listen: found "my host:80"`},
		{"origin without a scheme", "[upstream]\nbase_url = api.example\n", `; allowed is an origin such as https://booking.example`},
		{"origin with another scheme", "[upstream]\nbase_url = ftp://api.example\n", `[upstream] base_url: found`},
		{"origin with a path", "[upstream]\nbase_url = https://api.example/api/v1\n", `[upstream] base_url: found`},
		{"origin with a user", "[upstream]\nbase_url = https://me@api.example\n", `[upstream] base_url: found`},
		{"origin with a query", "[upstream]\nbase_url = https://api.example?\n", `[upstream] base_url: found`},
		{"origin without a host", "[server]\npublic_url = https://:443\n", `[server] public_url: found`},
		{"origin with a port too high", "[server]\npublic_url = https://a.example:99999\n", `[server] public_url: found`},
		{"proxies", "[server]\ntrusted_proxies = 10.0.0.1, 10.0.0.0/40\n", `; allowed is a list of addresses and ranges`},
		{"level", "[log]\nlevel = loud\n", `[log] level: found "loud" in `},
		{"level, allowed", "[log]\nlevel = INFO+1\n", `; allowed is debug, info, warn or error`},
		{"format", "[log]\nformat = xml\n", `; allowed is text or json`},
		{"language", "[i18n]\ndefault = fr\n", `; allowed is en, ru, lv, et, lt, de or uk`},
		{"no token", "[upstream]\nbase_url = https://api.example\n", "[upstream] partner_token: found nothing"},
		{"no upstream", "[upstream]\npartner_token = abc\n", "[upstream] base_url: found nothing"},
		{"more a second than a minute", "[upstream]\nper_second = 9\nper_minute = 8\n", "[upstream] per_minute: found 8; allowed is no less than per_second, 9"},
		{"ages fall", "[cache]\nform_fresh = 2h\n", "[cache] form_fresh, form_soft, form_hard: found 2h, 1h, 24h"},
		{"old slots", "[cache]\nslots_hard = 5m\n", `[cache] slots_hard: found "5m" in `},
		{"host with a path", "[embed]\nhosts = https://a.example/path\n", "[embed] hosts: found"},
		{"host with a policy behind", "[embed]\nhosts = https://a.example;script-src\n", "[embed] hosts: found"},
		{"host with a wildcard inside", "[embed]\nhosts = https://a.*.example\n", "[embed] hosts: found"},
		{"anywhere and somewhere", "[embed]\nhosts = *, https://a.example\n", "[embed] hosts: found"},
		{"nowhere", "[embed]\nhosts =\n", "[embed] hosts: found"},
		{"form without a number", "[form x]\nhosts = *\n", `"[form x]" is no section; there are [server], `},
		{"form of another writing", "[form 07]\nhosts = *\n", `and [form NUMBER]`},
		{"form twice", "[form 7]\n[form 7]\n", "line 2: section [form 7] is already at line 1"},
		{"key of a form", "[form 7]\nhost = *\n", "[form 7] host names no option"},
		{"host of a form with a path", "[form 7]\nhosts = https://a.example/path\n", `[form 7] hosts: found "https://a.example/path" in `},
		{"admin", "[admin]\nlisten = 9090\n", `; allowed is an address such as 127.0.0.1:8080, [::1]:8080 or :8080, or nothing`},
		{"quiet hours without an end", "[waiting]\nquiet = 21:00\n", `[waiting] quiet: found "21:00" in `},
		{"quiet hours that are none", "[waiting]\nquiet = 9:00-09:00\n", "; allowed is a part of the day such as 21:00-09:00, or nothing"},
		{"mail without a sender", "[mail]\nhost = smtp.example\n", "[mail] from: found nothing; mail that host sends needs a sender"},
		{"mail from nobody", "[mail]\nfrom = Salon\n", `[mail] from: found "Salon" in `},
		{"mail from two", "[mail]\nfrom = a@b.example, c@d.example\n", "[mail] from: found"},
		{"mail in the clear", "[mail]\nhost = smtp.example\nfrom = a@b.example\ntls = none\n", `[mail] tls: found "none"; allowed is that only with a host of this machine`},
		{"mail with a user alone", "[mail]\nhost = localhost\nfrom = a@b.example\nuser = anna\n", "[mail] user, password: found one of them; allowed is both or none"},
		{"mail to a path", "[mail]\nhost = smtp.example/x\n", "[mail] host: found"},
		{"links that lead nowhere", "[upstream]\nbase_url = https://api.example\npartner_token = a\n[push]\nsubject = mailto:a@b.example\n", "[server] public_url: found nothing; the links in messages"},
		{"push for nobody", "[push]\nsubject = a@b.example\n", "[push] subject: found"},
		{"push key too short", "[push]\nkey = AQEB\n", "[push] key: found a value, not repeated because it is secret, in "},
		{"key too short", "[session]\nkeys = " + strings.Repeat("ab", 31) + "\n", "; allowed is a list of keys of at least 32 bytes each"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Load(write(t, tt.text), true, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Load = %v, want %q in it", err, tt.want)
			}
			if !reflect.DeepEqual(c, Config{}) {
				t.Errorf("Load = %+v with an error, want nothing", c)
			}
		})
	}
}

// TestAFormMayHaveHostsOfItsOwn, which its file names and the environment changes, takes back or adds.
func TestAFormMayHaveHostsOfItsOwn(t *testing.T) {
	path := write(t, "[form 7]\nhosts = https://a.example\n[form 8]\nhosts = https://b.example\n[form 10]\n[form 11]\nhosts =\n")
	c, err := Load(path, true, []string{"OKOSHKO_FORM_7_HOSTS=", "OKOSHKO_FORM_9_HOSTS=https://*.c.example, http://localhost:3000"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{8: {"https://b.example"}, 9: {"https://*.c.example", "http://localhost:3000"}}
	if !reflect.DeepEqual(c.Embed.Forms, want) {
		t.Errorf("Forms = %v, want %v", c.Embed.Forms, want)
	}
	for _, entry := range []string{"OKOSHKO_FORM_7_HOST=*", "OKOSHKO_FORM_X_HOSTS=*", "OKOSHKO_FORM_07_HOSTS=*", "OKOSHKO_FORM_7_HOSTS=nowhere"} {
		if _, err := Load(path, true, []string{entry}); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(strings.SplitAfter(entry, "=")[0], "=")) {
			t.Errorf("Load with %s = %v, want a refusal that names it", entry, err)
		}
	}
}

func TestTheAdminListenerMayBeLeftOut(t *testing.T) {
	c, err := Load("none.ini", false, []string{"OKOSHKO_ADMIN_LISTEN="})
	if err != nil || c.Admin.Listen != "" {
		t.Errorf("Load = %q, %v, want nothing", c.Admin.Listen, err)
	}
}

func TestARefusalSaysWhoSaidSo(t *testing.T) {
	path := write(t, "[log]\nlevel = loud\n")
	_, err := Load(path, true, []string{"OKOSHKO_LOG_FORMAT=xml"})
	for _, want := range []string{
		`[log] level: found "loud" in ` + path + `; allowed is debug, info, warn or error`,
		`[log] format: found "xml" in OKOSHKO_LOG_FORMAT; allowed is text or json`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load = %v, want %q in it", err, want)
		}
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	for _, text := range []string{
		"[session]\nkeys = hunter2\n[upstream]\npartner_token = hunt hunter2\n",
		"[upstream]\npartner_token = \"hunter2\"\n",
		"[upstream]\npartner_token == hunter2\n",
		"[upstream]\npartner_token = hunter2 # comment\n",
		"[upstream]\n partner_token = hunter2\n",
		"[upstream]\npartner_token : hunter2\n",
		"[upstream]\npartner_tokn = hunter2\n",
		"[upstream]\npartner_token = hunter2\n",
		"partner_token = hunter2\n",
		"[mail]\npassword = hunter2\n",
		"[push]\nkey = hunter2\n",
	} {
		_, err := Load(write(t, text), true, nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Load of %q = %v, want a refusal without the value", text, err)
		}
	}
	_, err := Load("none.ini", false, []string{"OKOSHKO_SESSION_KEYS=hunter2", "OKOSHKO_PARTNER_TOKEN=hunter2"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Load of an environment = %v, want a refusal without the value", err)
	}
}

func TestAllProblemsTogether(t *testing.T) {
	_, err := Load(write(t, "[log]\nlevel = loud\nformat = xml\n[cache]\nslots_fresh = x\n"), true,
		[]string{"OKOSHKO_SEVRER_LISTEN=:1", "OKOSHKO_UPSTREAM_BASE_URL=https://api.example"})
	for _, want := range []string{"[log] level", "[log] format", "OKOSHKO_SEVRER_LISTEN", "[cache] slots_fresh", "[upstream] partner_token"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load = %v, want %q in it", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "none longer") {
		t.Errorf("Load = %v, which compares an age that could not be read", err)
	}
	_, err = Load(write(t, "[srever]\n[log]\nlvl = info\n"), true, nil)
	for _, want := range []string{"line 1", "line 3"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load = %v, want %q in it", err, want)
		}
	}
}

func TestMissingFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.ini")
	if _, err := Load(missing, false, nil); err != nil {
		t.Errorf("Load of a missing default = %v, want nil", err)
	}
	if _, err := Load(missing, true, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load of a missing named file = %v, want that it does not exist", err)
	}
	if _, err := Load(t.TempDir(), false, nil); err == nil {
		t.Error("Load of a folder = nil, want an error")
	}
}

func TestKeysInEveryWriting(t *testing.T) {
	key := bytes.Repeat([]byte{0xfb, 0xff, 0x10, 0x20}, 8) // with both signs in which the alphabets differ
	for name, text := range map[string]string{
		"hex": hex.EncodeToString(key), "HEX": strings.ToUpper(hex.EncodeToString(key)),
		"base64": base64.StdEncoding.EncodeToString(key), "base64, raw": base64.RawStdEncoding.EncodeToString(key),
		"base64 for URLs": base64.URLEncoding.EncodeToString(key), "base64 for URLs, raw": base64.RawURLEncoding.EncodeToString(key),
	} {
		c, err := Load(write(t, "[session]\nkeys = "+text+"\n"), true, nil)
		if err != nil || len(c.Session.Keys) != 1 || !bytes.Equal(c.Session.Keys[0], key) {
			t.Errorf("%s: Load = %v, %v, want the key", name, c.Session.Keys, err)
		}
	}
}

// FuzzParse checks that a file that is accepted holds what a reader of it sees: to the right of the
// first sign of a line, whatever the INI parser makes of it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "[", "[]", "[log", "=", Example(), "[log]\nlevel = info\n", "[log]\r\nlevel=\x00\n", "[log]\nlevel=a\n\n \nformat=b",
		"[store]\npath = a = b\n", "[store]\npath == b\n", "[store]\npath = a\n  b\n", "[store]\npath = %(x)s\n", "[store]\npath=[log]\n",
		"[store]\npath = \n[log]\nlevel=x\n", "[store]\n#" + strings.Repeat("x", 4100) + "\npath=y", "[form 7]\nhosts = *\n",
	} {
		f.Add(seed)
	}
	options := new(Config).options([]int{7})
	f.Fuzz(func(t *testing.T, text string) {
		got, _, problems := parse(text, options)
		if len(problems) > 0 {
			return
		}
		want, section := map[name]string{}, ""
		for line := range strings.SplitSeq(text, "\n") {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' || line[0] == ';' {
				continue
			}
			if line[0] == '[' {
				section = strings.Trim(line, "[]")
				continue
			}
			key, v, _ := strings.Cut(line, "=")
			want[name{section, strings.TrimSpace(key)}] = strings.TrimSpace(v)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("parse(%q) = %q, want %q", text, got, want)
		}
	})
}
