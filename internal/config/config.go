// Package config reads the program's configuration: an INI file, and over it environment
// variables named OKOSHKO_<SECTION>_<KEY>. Nobody else reads either. A configuration that could
// be misunderstood is refused with a list of everything that is wrong.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
)

// DefaultPath is the file that is read when none is named and it is there.
const DefaultPath = "okoshko.ini"

// Config is the whole configuration, checked.
type Config struct {
	Server   Server
	Upstream Upstream
	Store    Store
	Session  Session
	Embed    Embed
	Cache    Cache
	I18n     I18n
	Sandbox  Sandbox
	Log      Log
}

// Server is the widget's own listener.
type Server struct {
	Listen          string   // host:port
	PublicURL       string   // origin, "" = as requests say
	TrustedProxies  []string // IP addresses or CIDR ranges
	ReadTimeout     time.Duration
	RequestTimeout  time.Duration
	ShutdownTimeout time.Duration
}

// Upstream is the booking API.
type Upstream struct {
	BaseURL      string // origin, "" = the embedded sandbox
	PartnerToken string
	PerSecond    int // calls
	PerMinute    int // calls
}

// Store is where sessions and booking attempts are kept.
type Store struct {
	Path string // "" = okoshko.db, or a temporary file with the sandbox
}

// Session is what a customer's session is like.
type Session struct {
	Keys     [][]byte // the first signs, all verify
	Lifetime time.Duration
}

// Embed says where the widget may be framed.
type Embed struct {
	Hosts []string // CSP sources
}

// Cache says how long answers of the upstream serve; see the catalogue for what the three ages mean.
type Cache struct {
	FormFresh, FormSoft, FormHard          time.Duration
	CatalogFresh, CatalogSoft, CatalogHard time.Duration
	DatesFresh, DatesSoft, DatesHard       time.Duration
	SlotsFresh, SlotsSoft, SlotsHard       time.Duration
	MaxEntries                             int
}

// I18n is about languages.
type I18n struct {
	Default string // a language of ours, used where a text is missing
}

// Sandbox is the embedded upstream.
type Sandbox struct {
	Listen string
	Seed   int64
}

// Log is about the log on standard error.
type Log struct {
	Level  slog.Level
	Format string // "text" or "json"
}

// Load reads the file and the environment. A missing file is an error only when it was asked for
// by name. All that is wrong is reported together.
func Load(path string, named bool, environ []string) (Config, error) {
	values := map[name]string{}
	var problems []error
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	switch {
	case err == nil:
		values, problems = parse(string(text))
		for i, p := range problems {
			problems[i] = fmt.Errorf("%s: %w", path, p)
		}
	case named || !errors.Is(err, fs.ErrNotExist):
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	over, more := fromEnvironment(environ)
	problems = append(problems, more...)
	for n, v := range over {
		values[n] = v
	}
	var c Config
	for _, o := range options {
		v, given := values[o.name]
		if !given {
			v = o.fallback
		}
		if err := o.set(&c, v); err != nil {
			problems = append(problems, o.refuse(v, err))
		}
	}
	problems = append(problems, c.check()...)
	return c, errors.Join(problems...)
}

// check looks at options together.
func (c Config) check() []error {
	var problems []error
	if c.Upstream.BaseURL != "" && c.Upstream.PartnerToken == "" {
		problems = append(problems, errors.New("[upstream] partner_token: is empty, but base_url names an upstream, which needs one"))
	}
	if c.Upstream.PerMinute < c.Upstream.PerSecond {
		problems = append(problems, fmt.Errorf("[upstream] per_minute: %d is less than per_second, %d", c.Upstream.PerMinute, c.Upstream.PerSecond))
	}
	for _, a := range []struct {
		name              string
		fresh, soft, hard time.Duration
	}{
		{"form", c.Cache.FormFresh, c.Cache.FormSoft, c.Cache.FormHard},
		{"catalog", c.Cache.CatalogFresh, c.Cache.CatalogSoft, c.Cache.CatalogHard},
		{"dates", c.Cache.DatesFresh, c.Cache.DatesSoft, c.Cache.DatesHard},
		{"slots", c.Cache.SlotsFresh, c.Cache.SlotsSoft, c.Cache.SlotsHard},
	} {
		if a.fresh > a.soft || a.soft > a.hard {
			problems = append(problems, fmt.Errorf("[cache] %s_fresh, %s_soft, %s_hard: %v, %v, %v must not fall", a.name, a.name, a.name, a.fresh, a.soft, a.hard))
		}
	}
	if c.Cache.SlotsHard > maxSlotAge {
		problems = append(problems, fmt.Errorf("[cache] slots_hard: %v is too old for a free time to be shown; at most %v", c.Cache.SlotsHard, maxSlotAge))
	}
	return problems
}

// maxSlotAge is the oldest answer from which a free time may be offered.
const maxSlotAge = 45 * time.Second

// envPrefix begins the name of every variable of ours.
const envPrefix = "OKOSHKO_"

// envTest begins the names of variables that only tests read.
const envTest = envPrefix + "TEST_"

// fromEnvironment picks our variables; one that names no option is a typing error.
func fromEnvironment(environ []string) (map[name]string, []error) {
	values := map[name]string{}
	var problems []error
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		key, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(key, envPrefix) || strings.HasPrefix(key, envTest) {
			continue
		}
		i := slices.IndexFunc(options, func(o option) bool { return o.env() == key })
		if i < 0 {
			problems = append(problems, fmt.Errorf("environment: %s names no option; see config.example.ini", key))
			continue
		}
		values[options[i].name] = strings.TrimSpace(value)
	}
	return values, problems
}
