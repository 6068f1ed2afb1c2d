// Package config reads the program's configuration: an INI file, and environment variables named OKOSHKO_<SECTION>_<KEY>, which
// override the file. No other package reads either. The program does not start with a configuration that can be misunderstood; the
// error lists everything that is wrong.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultPath is the file that is read when no file is named. It may be missing.
const DefaultPath = "okoshko.ini"

// Config is the whole configuration. All its values have been checked.
type Config struct {
	Server   Server
	Upstream Upstream
	Store    Store
	Hooks    Hooks
	Agents   Agents
	Found    Found
	Session  Session
	Embed    Embed
	Prepaid  map[int]string // what forms do with what is paid for in advance: "book", "link" or "refuse"; the others book it
	Confirm  map[int]string // where forms draw the confirm step: "page" or "with-contact"; the others draw it as a page
	Admin    Admin
	Pictures Pictures
	Privacy  Privacy
	Access   Access
	Waiting  Waiting
	Mail     Mail
	Push     Push
	Limits   Limits
	Cache    Cache
	I18n     I18n
	Sandbox  Sandbox
	Log      Log
}

// Server holds the settings of the widget's listener.
type Server struct {
	Listen          string   // host:port
	PublicURL       string   // origin, "" = as requests say
	TrustedProxies  []string // IP addresses or CIDR ranges
	ReadTimeout     time.Duration
	Connections     int // open at a time
	RequestTimeout  time.Duration
	ShutdownTimeout time.Duration
	DrainDelay      time.Duration // between "not ready" and the end of accepting
}

// Upstream holds the settings of the booking API.
type Upstream struct {
	BaseURL      string // origin, "" = the embedded sandbox
	PartnerToken string
	PerSecond    int // calls
	PerMinute    int // calls
	Processes    int // behind one address
}

// Store says where sessions and booking attempts are stored.
type Store struct {
	URL  string // of a Redis or Valkey server; "" = a file
	Path string // "" = okoshko.db, or a temporary file with the sandbox

	Visitors          int // MiB that visitors may fill who have proven nothing
	EntriesPerAddress int // that one address may fill so; 0 = no limit

	BackupPath  string // "" = no copy is written
	BackupEvery time.Duration
}

// Hooks holds the settings of the hooks that the booking API posts.
type Hooks struct {
	Secret string // the last part of their address, "" = none are taken
}

// Agents holds the settings of the door for assistants.
type Agents struct {
	MCP   string // "on", "off", or "": on with the sandbox, off otherwise
	Forms []int  // that can be found; none = those of Found
}

// Found says which forms are told to the world.
type Found struct {
	Forms []int // none = those of the sandbox, none with another upstream
}

// Session holds the settings of customers' sessions.
type Session struct {
	Keys     [][]byte // the first signs, all verify
	Lifetime time.Duration
}

// Embed says which websites may show the widget in a frame.
type Embed struct {
	Hosts    []string         // CSP sources
	Forms    map[int][]string // the same of the forms that have their own
	Counters bool             // the bookforms' own counters are told to the website
}

// Admin holds the settings of the operator's listener.
type Admin struct {
	Listen  string   // host:port, "" = none
	Names   []string // under which it is asked for beside addresses and localhost
	Profile bool     // whether there is /debug/pprof/
}

// Pictures says from which hosts pages may show pictures.
type Pictures struct {
	Hosts []string // CSP sources
}

// Privacy says how long the program stores what concerns customers.
type Privacy struct {
	ConsentKept time.Duration
}

// Access says where visitors report a barrier and where they complain.
type Access struct {
	Contact   string // mailto: or https; "" = nowhere but at the salon
	Authority string // the same
}

// Waiting holds the settings of wishes: "tell me when a time opens".
type Waiting struct {
	On               bool
	CallsPerMinute   int   // of the booking API, by the watch; 0 = it asks nothing
	Wishes           int   // at a time
	WishesPerCompany int   // at a time
	Quiet            Quiet // when nobody is written to
}

// Quiet is a part of each day, in minutes since midnight on a company's clock. It may go over midnight. The zero value is none.
type Quiet struct{ From, To int }

// Mail holds the settings of the mail server that sends to the owners of wishes.
type Mail struct {
	Host     string // "" = no mail is sent
	Port     int
	TLS      string // "starttls", "tls" or "none"
	User     string
	Password string
	From     string // an address, with or without a name
}

// Push holds the settings of push messages to browsers.
type Push struct {
	Subject string // whom push services may write to, "mailto:…" or an https address; "" = no push messages are sent
	Key     string // the private key of RFC 8292, base64url; "" = made once and stored
}

// Limits hold the limits against abuse. 0 stands for no limit.
type Limits struct {
	SMSPerPhone   int           // text messages a day
	SMSPerAddress int           // text messages an hour
	SMSPerSalon   int           // text messages a day
	SMSPrefixes   []string      // digits that a number may begin with; none = any
	FormAge       time.Duration // before a message is sent
	PressAge      time.Duration // before a button books, cancels or moves

	BookingsPerAddress int // an hour
	CallsPerAddress    int // of the booking API, a minute
}

// Cache says how long answers of the upstream are used. catalog.Ages says what the three ages mean.
type Cache struct {
	FormFresh, FormSoft, FormHard          time.Duration
	CatalogFresh, CatalogSoft, CatalogHard time.Duration
	DatesFresh, DatesSoft, DatesHard       time.Duration
	SlotsFresh, SlotsSoft, SlotsHard       time.Duration
	Ahead                                  bool // whether what the next page needs is asked for while calls are plenty
	MaxEntries                             int
	Megabytes                              int // of answers and pages together
}

// I18n holds the settings of languages.
type I18n struct {
	Default string // a language of ours, used where a text is missing
}

// Sandbox holds the settings of the embedded upstream.
type Sandbox struct {
	Listen string
	Seed   int64
	Hooks  bool      // it posts hooks to the widget
	Now    time.Time // where the sandbox's and the widget's time begins; zero = the machine's time
}

// Log holds the settings of the log on standard error.
type Log struct {
	Level  slog.Level
	Format string // "text" or "json"
}

// Load reads the file and the environment, which is given as "NAME=value". A missing file is an error only when it was asked for
// by name. All problems are reported together, each on a line of its own.
func Load(path string, named bool, environ []string) (Config, error) {
	text, err := readFile(path, named)
	if err != nil {
		return Config{}, err
	}
	var c Config
	options := c.options(formsIn(text, environ))
	values, wrong, problems := fromFile(path, text, options)
	over, more := fromEnvironment(environ, options)
	problems = append(problems, more...)
	maps.Copy(values, over)
	for _, o := range options {
		v, given := values[o.name]
		if !given {
			v.text = o.fallback
		}
		if !o.kind.set(v.text) {
			problems = append(problems, o.refuse(v))
			wrong[o.name] = true
		} else if given {
			delete(wrong, o.name) // the environment has mended the file
		}
	}
	for _, d := range c.dependencies() {
		if !slices.ContainsFunc(d.of, func(n name) bool { return wrong[n] }) {
			problems = append(problems, d.check()...)
		}
	}
	if len(problems) > 0 {
		return Config{}, errors.Join(problems...)
	}
	return c, nil
}

// dependency is a check of options that depend on each other. It is left out when one of them is wrong by itself.
type dependency struct {
	of    []name
	check func() []error
}

func (c *Config) dependencies() []dependency {
	base, public := name{"upstream", "base_url"}, name{"server", "public_url"}
	out := []dependency{
		{[]name{base, {"upstream", "partner_token"}}, c.Upstream.checkToken},
		{[]name{{"upstream", "per_second"}, {"upstream", "per_minute"}}, c.Upstream.checkRates},
		{[]name{base, {"sandbox", "hooks"}, {"sandbox", "now"}, {"hooks", "secret"}}, c.checkSandbox},
		{[]name{{"upstream", "processes"}, {"store", "url"}}, c.checkProcesses},
		{[]name{{"store", "path"}, {"store", "backup_path"}}, c.Store.checkPaths},
		{[]name{{"mail", "host"}, {"mail", "from"}}, c.Mail.checkSender},
		{[]name{{"mail", "user"}, {"mail", "password"}}, c.Mail.checkUser},
		{[]name{{"mail", "host"}, {"mail", "tls"}}, c.Mail.checkTLS},
		{[]name{{"mail", "host"}, {"push", "subject"}, base, public}, c.checkMessageLinks},
	}
	for _, a := range []struct {
		what              string
		fresh, soft, hard *time.Duration
	}{
		{"form", &c.Cache.FormFresh, &c.Cache.FormSoft, &c.Cache.FormHard},
		{"catalog", &c.Cache.CatalogFresh, &c.Cache.CatalogSoft, &c.Cache.CatalogHard},
		{"dates", &c.Cache.DatesFresh, &c.Cache.DatesSoft, &c.Cache.DatesHard},
		{"slots", &c.Cache.SlotsFresh, &c.Cache.SlotsSoft, &c.Cache.SlotsHard},
	} {
		of := []name{{"cache", a.what + "_fresh"}, {"cache", a.what + "_soft"}, {"cache", a.what + "_hard"}}
		out = append(out, dependency{of, func() []error {
			if *a.fresh <= *a.soft && *a.soft <= *a.hard {
				return nil
			}
			return one("[cache] %[1]s_fresh, %[1]s_soft, %[1]s_hard: found %s, %s, %s; allowed is none longer than the next",
				a.what, short(*a.fresh), short(*a.soft), short(*a.hard))
		}})
	}
	return out
}

// one is a list of one problem.
func one(format string, args ...any) []error { return []error{fmt.Errorf(format, args...)} }

// refuse makes the problem that says what was found, where, and what is allowed.
func (o option) refuse(v value) error {
	found := strconv.Quote(v.text)
	if o.secret {
		found = "a value, not repeated because it is secret,"
	}
	return fmt.Errorf("%v: found %s in %s; allowed is %s", o.name, found, v.from, o.kind.allowed)
}

func (u *Upstream) checkToken() []error {
	switch {
	case u.BaseURL != "" && u.PartnerToken == "":
		return one("[upstream] partner_token: found nothing; the upstream that base_url names needs one")
	case u.BaseURL == "" && u.PartnerToken != "":
		return one("[upstream] base_url: found nothing; partner_token belongs to an upstream, and the embedded sandbox needs none")
	}
	return nil
}

func (u *Upstream) checkRates() []error {
	if u.PerMinute < u.PerSecond {
		return one("[upstream] per_minute: found %d; allowed is no less than per_second, %d", u.PerMinute, u.PerSecond)
	}
	return nil
}

func (c *Config) checkSandbox() []error {
	if c.Sandbox.Hooks && c.Hooks.Secret == "" {
		return one("[sandbox] hooks: found on; allowed is off without [hooks] secret, which ends their address")
	}
	if c.Sandbox.Hooks && c.Upstream.BaseURL != "" {
		return one("[sandbox] hooks: found on; allowed is off with [upstream] base_url, which posts hooks of its own")
	}
	if c.Upstream.BaseURL != "" && !c.Sandbox.Now.IsZero() {
		return one("[sandbox] now: found %q; allowed is nothing with [upstream] base_url, whose salons live by the real time", c.Sandbox.Now.Format(time.RFC3339))
	}
	return nil
}

func (c *Config) checkProcesses() []error {
	if c.Store.URL == "" && c.Upstream.Processes > 1 {
		return one("[upstream] processes: found %d; allowed is 1 without [store] url", c.Upstream.Processes)
	}
	return nil
}

// DefaultStore is the file of the store when an upstream is configured and no file.
const DefaultStore = "okoshko.db"

// checkPaths refuses a copy that would be written over the file in use, and with it over the lock that keeps a second process out.
func (s *Store) checkPaths() []error {
	if s.BackupPath == "" {
		return nil
	}
	path := cmp.Or(s.Path, DefaultStore)
	for _, written := range []string{s.BackupPath, s.BackupPath + ".part"} {
		for _, used := range []string{path, path + ".compact"} {
			if sameFile(written, used) {
				return one("[store] backup_path: found %q; allowed is another file than the store's own, %q, and those that are written beside the two (.part, .compact)", s.BackupPath, path)
			}
		}
	}
	return nil
}

// sameFile says whether two paths name one file, which need not exist yet.
func sameFile(a, b string) bool {
	if x, err := os.Stat(a); err == nil {
		if y, err := os.Stat(b); err == nil {
			return os.SameFile(x, y)
		}
	}
	return place(a) == place(b)
}

// place is a path without links and dots, as far as its folder exists.
func place(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return path
}

func (m *Mail) checkSender() []error {
	if m.Host != "" && m.From == "" {
		return one("[mail] from: found nothing; mail that host sends needs a sender")
	}
	return nil
}

func (m *Mail) checkUser() []error {
	if (m.User == "") != (m.Password == "") {
		return one("[mail] user, password: found one of them; allowed is both or none")
	}
	return nil
}

func (m *Mail) checkTLS() []error {
	if m.Host != "" && m.TLS == "none" && !isLoopback(m.Host) {
		return one("[mail] tls: found \"none\"; allowed is that only with a host of this machine, such as 127.0.0.1, and host is %q", m.Host)
	}
	return nil
}

func (c *Config) checkMessageLinks() []error {
	if (c.Mail.Host != "" || c.Push.Subject != "") && c.Upstream.BaseURL != "" && c.Server.PublicURL == "" {
		return one("[server] public_url: found nothing; the links in messages of [mail] and [push] need it")
	}
	return nil
}

// isLoopback says whether a host is this machine by its very name.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// readFile is the text of a file, "" when there is none and none was asked for by name.
func readFile(path string, named bool) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil && (named || !errors.Is(err, fs.ErrNotExist)) {
		return "", fmt.Errorf("configuration: %w", err)
	}
	return string(text), nil
}

// fromFile reads the options of a file. wrong are those that a line with a mistake names.
func fromFile(path, text string, options []option) (values map[name]value, wrong map[name]bool, problems []error) {
	values = map[name]value{}
	texts, wrong, problems := parse(text, options)
	for i, p := range problems {
		problems[i] = fmt.Errorf("%s: %w", path, p)
	}
	for n, v := range texts {
		values[n] = value{text: v, from: path}
	}
	return values, wrong, problems
}

// ReadVariables reads a file of variables as systemd and "docker run --env-file" read it, one NAME=value a line, and returns them as
// "NAME=value". Quotes around a value are taken off. No error repeats a line, which may hold a secret.
func ReadVariables(path string) ([]string, error) {
	text, err := readFile(path, true)
	if err != nil {
		return nil, err
	}
	var out []string
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.ContainsAny(key, " \t") {
			return nil, fmt.Errorf("%s: line %d: allowed is NAME=value, as in the file of systemd's EnvironmentFile", path, i+1)
		}
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		out = append(out, key+"="+value)
	}
	return out, nil
}

// envPrefix begins the name of every variable of ours.
const envPrefix = "OKOSHKO_"

// envTest begins the names of variables that only tests read.
const envTest = envPrefix + "TEST_"

// ours says whether a variable is meant for this program. Kubernetes describes a service named okoshko to its neighbours in
// variables that begin the same way.
func ours(key string) bool {
	rest, ok := strings.CutPrefix(key, envPrefix)
	return ok && !strings.HasPrefix(key, envTest) &&
		!strings.HasPrefix(rest, "SERVICE_") && rest != "PORT" && !strings.HasPrefix(rest, "PORT_")
}

// fromEnvironment picks the program's variables. A variable that names no option is a problem, because it is a typing mistake.
func fromEnvironment(environ []string, options []option) (map[name]value, []error) {
	values := map[name]value{}
	var problems []error
	for _, entry := range environ {
		key, text, _ := strings.Cut(entry, "=")
		if !ours(key) {
			continue
		}
		i := slices.IndexFunc(options, func(o option) bool { return o.env() == key })
		if i < 0 {
			problems = append(problems, fmt.Errorf("environment: %s names no option; %s", key, variables(key, options)))
			continue
		}
		values[options[i].name] = value{text: strings.TrimSpace(text), from: key}
	}
	return values, problems
}

// variables says which variables there are like one that names no option: those of its section, or how they are made.
func variables(key string, options []option) string {
	for _, section := range sections(options) {
		of := name{section, ""}.env()
		if !strings.HasPrefix(key, of) {
			continue
		}
		var all []string
		for _, k := range keysOf(options, section) {
			all = append(all, name{section, k}.env())
		}
		return "there are " + strings.Join(all, ", ")
	}
	return "an option's variable is " + envPrefix + "<SECTION>_<KEY>, with the sections and keys of config.example.ini"
}
