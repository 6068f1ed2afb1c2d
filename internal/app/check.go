package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"okoshko/internal/config"
	"okoshko/internal/upstream"
)

// checkTime is how long the calls of a check may take.
const checkTime = 10 * time.Second

// Check is the command "check". It reads the configuration as Main does and prints what it means. With the id of a form it also
// asks the upstream for the form, which shows whether the partner token is valid.
func Check(ctx context.Context, path string, environ []string, form int, out io.Writer) error {
	cfg, err := config.Load(cmp.Or(path, config.DefaultPath), path != "", environ)
	if err != nil {
		return err
	}
	say := func(line string, args ...any) { _, _ = fmt.Fprintf(out, line+"\n", args...) }
	say("The configuration is good.")
	say("  listens on    %s", cfg.Server.Listen)
	if cfg.Upstream.BaseURL == "" {
		say("  upstream      the embedded sandbox, with demo salons")
	} else {
		say("  upstream      %s, at most %d calls a second and %d a minute", cfg.Upstream.BaseURL, cfg.Upstream.PerSecond, cfg.Upstream.PerMinute)
	}
	say("  operator      %s", cmp.Or(cfg.Admin.Listen, "nowhere"))
	say("  may be framed by %s", strings.Join(cfg.Embed.Hosts, " "))
	for _, form := range slices.Sorted(maps.Keys(cfg.Embed.Forms)) {
		say("    form %-9d %s", form, strings.Join(cfg.Embed.Forms[form], " "))
	}
	for _, w := range warnings(cfg) {
		say("Mind: %s", w)
	}
	if form == 0 {
		return nil
	}
	if cfg.Upstream.BaseURL == "" {
		return errors.New("there is no upstream to ask: [upstream] base_url is empty")
	}
	client, err := upstream.New(upstream.Options{BaseURL: cfg.Upstream.BaseURL, PartnerToken: cfg.Upstream.PartnerToken})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	found, err := client.Bookform(ctx, form)
	if err != nil {
		return fmt.Errorf("form %d: %w", form, err)
	}
	say("Form %d answers, and belongs to company %d.", form, found.CompanyID)
	return nil
}

// warnings returns texts about settings that work and are seldom intended.
func warnings(cfg config.Config) []string {
	var out []string
	if cfg.Upstream.BaseURL == "" {
		return nil // a demonstration
	}
	if u, err := url.Parse(cfg.Upstream.BaseURL); err == nil && u.Scheme != "https" {
		out = append(out, "the upstream is spoken to in the clear, the partner token with it ([upstream] base_url).")
	}
	if cfg.Server.PublicURL == "" {
		out = append(out, "links in calendars take the host that a request names; set [server] public_url.")
	} else if !strings.HasPrefix(cfg.Server.PublicURL, "https://") {
		out = append(out, "cookies inside frames need https ([server] public_url).")
	}
	if len(cfg.Server.TrustedProxies) == 0 {
		out = append(out, "behind a proxy all customers look like one, and share its limits; list it in [server] trusted_proxies.")
	}
	if cfg.Store.URL != "" && cfg.Store.BackupPath != "" {
		out = append(out, "a Redis or Valkey server makes its own backups; [store] backup_path does nothing.")
	}
	if cfg.Store.URL == "" && cfg.Store.Path == "" {
		out = append(out, "the store is okoshko.db in the folder where the program is started; set [store] path.")
	}
	for _, l := range []struct {
		limit int
		name  string
	}{
		{cfg.Limits.SMSPerPhone, "sms_per_phone"},
		{cfg.Limits.SMSPerAddress, "sms_per_address"},
		{cfg.Limits.SMSPerSalon, "sms_per_salon"},
		{cfg.Limits.BookingsPerAddress, "bookings_per_address"},
		{cfg.Limits.CallsPerAddress, "calls_per_address"},
	} {
		if l.limit == 0 {
			out = append(out, "there is no limit ([limits] "+l.name+").")
		}
	}
	if len(cfg.Limits.SMSPrefixes) == 0 {
		out = append(out, "text messages go to every country of the world; name yours in [limits] sms_prefixes.")
	}
	if slices.Equal(cfg.Pictures.Hosts, []string{"*"}) {
		out = append(out, "pictures may come from anywhere, and tell it who looks at them ([pictures] hosts).")
	}
	if len(cfg.Embed.Hosts) == 1 && cfg.Embed.Hosts[0] == "*" {
		out = append(out, "any website may show the widget in a frame; list yours in [embed] hosts.")
	}
	if host, _, err := net.SplitHostPort(cfg.Admin.Listen); err == nil && !loopback(host) {
		out = append(out, "the operator's listener asks for no password and is open beyond this machine ([admin] listen).")
	}
	if len(cfg.Session.Keys) == 0 {
		out = append(out, "the signing key is kept in the store; set [session] keys to be able to change it.")
	}
	return out
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
