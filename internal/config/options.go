package config

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// name of an option: its section and key.
type name struct{ section, key string }

func (n name) String() string { return "[" + n.section + "] " + n.key }

// option is one line of the configuration. The table of them drives the parser, the environment
// and the example file.
type option struct {
	name
	fallback string
	secret   bool // its value is never repeated in a message
	doc      string
	set      func(*Config, string) error
}

func (o option) env() string {
	return envPrefix + strings.ToUpper(o.section) + "_" + strings.ToUpper(o.key)
}

// refuse says what was found and what is allowed.
func (o option) refuse(value string, err error) error {
	found := strconv.Quote(value)
	if o.secret {
		found = "the value"
	}
	return fmt.Errorf("%v: %s is not allowed: %w (or %s in the environment)", o.name, found, err, o.env())
}

var options = []option{
	{name{"server", "listen"}, "127.0.0.1:8080", false, "Address to listen on, host:port; the host may be empty for all interfaces.", listen(func(c *Config) *string { return &c.Server.Listen })},
	{name{"server", "public_url"}, "", false, "Origin under which browsers reach the widget, e.g. https://booking.example. Empty: as requests say.", origin(func(c *Config) *string { return &c.Server.PublicURL })},
	{name{"server", "trusted_proxies"}, "", false, "IP addresses or CIDR ranges, separated by commas, of the proxies whose X-Real-IP is believed.", proxies},
	{name{"server", "read_timeout"}, "5s", false, "How long a client may take to send a request.", duration(func(c *Config) *time.Duration { return &c.Server.ReadTimeout }, 100*time.Millisecond, time.Minute)},
	{name{"server", "request_timeout"}, "8s", false, "How long answering a browsing request may take.", duration(func(c *Config) *time.Duration { return &c.Server.RequestTimeout }, time.Second, time.Minute)},
	{name{"server", "shutdown_timeout"}, "20s", false, "How long requests under way may take to finish when the program is told to stop.", duration(func(c *Config) *time.Duration { return &c.Server.ShutdownTimeout }, time.Second, 5*time.Minute)},

	{name{"upstream", "base_url"}, "", false, "Origin of the booking API, e.g. https://api.yclients.com; /api/v1 is appended. Empty: the embedded sandbox.", origin(func(c *Config) *string { return &c.Upstream.BaseURL })},
	{name{"upstream", "partner_token"}, "", true, "Partner token of the booking API. Better given by the environment than in a file.", token},
	{name{"upstream", "per_second"}, "4", false, "Calls a second at most. The API allows 5 for an IP address.", integer(func(c *Config) *int { return &c.Upstream.PerSecond }, 1, 1000)},
	{name{"upstream", "per_minute"}, "180", false, "Calls a minute at most. The API allows 200 for an IP address.", integer(func(c *Config) *int { return &c.Upstream.PerMinute }, 1, 60000)},

	{name{"store", "path"}, "", false, "File for sessions and booking attempts. Empty: okoshko.db, or a temporary file with the sandbox.", anyText(func(c *Config) *string { return &c.Store.Path })},

	{name{"session", "keys"}, "", true, "Signing keys, separated by commas, each at least 32 bytes in hex or base64. The first signs, all verify. Empty: made once and kept in the store.", keys},
	{name{"session", "lifetime"}, "30m", false, "How long a customer's unfinished form is kept.", duration(func(c *Config) *time.Duration { return &c.Session.Lifetime }, time.Minute, 24*time.Hour)},

	{name{"embed", "hosts"}, "*", false, "Where the widget may stand in a frame: origins separated by commas, e.g. https://salon.example, https://*.tilda.ws; * for anywhere.", hosts},

	{name{"cache", "form_fresh"}, "5m", false, "Bookforms: served as they are for so long,", age(func(c *Config) *time.Duration { return &c.Cache.FormFresh })},
	{name{"cache", "form_soft"}, "1h", false, "served at once and refreshed behind for so long,", age(func(c *Config) *time.Duration { return &c.Cache.FormSoft })},
	{name{"cache", "form_hard"}, "24h", false, "served when the API does not answer for so long.", age(func(c *Config) *time.Duration { return &c.Cache.FormHard })},
	{name{"cache", "catalog_fresh"}, "2m", false, "The same for companies, services and staff.", age(func(c *Config) *time.Duration { return &c.Cache.CatalogFresh })},
	{name{"cache", "catalog_soft"}, "30m", false, "", age(func(c *Config) *time.Duration { return &c.Cache.CatalogSoft })},
	{name{"cache", "catalog_hard"}, "24h", false, "", age(func(c *Config) *time.Duration { return &c.Cache.CatalogHard })},
	{name{"cache", "dates_fresh"}, "60s", false, "The same for free days.", age(func(c *Config) *time.Duration { return &c.Cache.DatesFresh })},
	{name{"cache", "dates_soft"}, "5m", false, "", age(func(c *Config) *time.Duration { return &c.Cache.DatesSoft })},
	{name{"cache", "dates_hard"}, "10m", false, "", age(func(c *Config) *time.Duration { return &c.Cache.DatesHard })},
	{name{"cache", "slots_fresh"}, "15s", false, "The same for free times of a day; at most 45s.", age(func(c *Config) *time.Duration { return &c.Cache.SlotsFresh })},
	{name{"cache", "slots_soft"}, "45s", false, "", age(func(c *Config) *time.Duration { return &c.Cache.SlotsSoft })},
	{name{"cache", "slots_hard"}, "45s", false, "", age(func(c *Config) *time.Duration { return &c.Cache.SlotsHard })},
	{name{"cache", "max_entries"}, "20000", false, "Answers kept at most.", integer(func(c *Config) *int { return &c.Cache.MaxEntries }, 100, 10_000_000)},

	{name{"i18n", "default"}, "en", false, "Language of a text that its own language lacks: en, ru, lv, et, lt, de or uk.", oneOf(func(c *Config) *string { return &c.I18n.Default }, "en", "ru", "lv", "et", "lt", "de", "uk")},

	{name{"sandbox", "listen"}, "127.0.0.1:0", false, "Address of the embedded sandbox; port 0 takes a free one.", listen(func(c *Config) *string { return &c.Sandbox.Listen })},
	{name{"sandbox", "seed"}, "1", false, "What the sandbox's salons are made from; equal seeds make equal salons.", seed},

	{name{"log", "level"}, "info", false, "debug, info, warn or error.", level},
	{name{"log", "format"}, "text", false, "text or json.", oneOf(func(c *Config) *string { return &c.Log.Format }, "text", "json")},
}

func anyText(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *field(c) = v; return nil }
}

func token(c *Config, v string) error {
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("a token has no spaces and no characters outside ASCII")
	}
	c.Upstream.PartnerToken = v
	return nil
}

func oneOf(field func(*Config) *string, allowed ...string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("one of %s is", strings.Join(allowed, ", "))
		}
		*field(c) = v
		return nil
	}
}

func integer(field func(*Config) *int, low, high int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < low || n > high {
			return fmt.Errorf("a whole number from %d to %d is", low, high)
		}
		*field(c) = n
		return nil
	}
}

func seed(c *Config, v string) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return errors.New("a whole number is")
	}
	c.Sandbox.Seed = n
	return nil
}

func duration(field func(*Config) *time.Duration, low, high time.Duration) func(*Config, string) error {
	return func(c *Config, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < low || d > high {
			return fmt.Errorf("a time from %v to %v, such as 90s or 1h30m, is", low, high)
		}
		*field(c) = d
		return nil
	}
}

func age(field func(*Config) *time.Duration) func(*Config, string) error {
	return duration(field, time.Millisecond, 7*24*time.Hour)
}

func listen(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		_, port, err := net.SplitHostPort(v)
		if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
			return errors.New("an address such as 127.0.0.1:8080 or :8080 is")
		}
		*field(c) = v
		return nil
	}
}

func origin(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v == "" {
			return nil
		}
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
			strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return errors.New("an origin such as https://api.yclients.com is")
		}
		*field(c) = u.Scheme + "://" + u.Host
		return nil
	}
}

func list(v string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func proxies(c *Config, v string) error {
	for _, part := range list(v) {
		_, err1 := netip.ParseAddr(part)
		_, err2 := netip.ParsePrefix(part)
		if err1 != nil && err2 != nil {
			return errors.New("a list of addresses such as 10.0.0.7, 10.1.0.0/16 is")
		}
		c.Server.TrustedProxies = append(c.Server.TrustedProxies, part)
	}
	return nil
}

// hosts are CSP sources: an origin, whose host may begin with a wildcard, or * alone.
func hosts(c *Config, v string) error {
	wrong := errors.New("* or a list of origins such as https://salon.example, https://*.tilda.ws is")
	c.Embed.Hosts = list(v)
	if len(c.Embed.Hosts) == 0 {
		return wrong
	}
	for _, host := range c.Embed.Hosts {
		if host == "*" && len(c.Embed.Hosts) == 1 {
			continue
		}
		u, err := url.Parse(strings.Replace(host, "://*.", "://any.", 1))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" ||
			u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(u.Host, ";,*'\" ") {
			return wrong
		}
	}
	return nil
}

const minKey = 32

func keys(c *Config, v string) error {
	for _, part := range list(v) {
		key, err := hex.DecodeString(part)
		if err != nil {
			key, err = base64.StdEncoding.DecodeString(part)
		}
		if err != nil || len(key) < minKey {
			return fmt.Errorf("a list of keys of at least %d bytes in hex or base64 is", minKey)
		}
		c.Session.Keys = append(c.Session.Keys, key)
	}
	return nil
}

func level(c *Config, v string) error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, v) {
		return errors.New("debug, info, warn or error is")
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(v)); err != nil {
		return err
	}
	c.Log.Level = l
	return nil
}
