package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"okoshko/internal/config"
	"okoshko/internal/store"
	"okoshko/internal/upstream"
)

// checkTime is how long the calls of a check may take.
const checkTime = 10 * time.Second

// checkOptions are what the command "check" asks the upstream for.
type checkOptions struct {
	form  int  // 0 = none
	forms bool // all that the configuration names
}

// Check is the command "check". It reads the configuration as Main does and prints what it means. With the id of a form it also
// asks the upstream for the form, which shows whether the partner token is valid.
func Check(ctx context.Context, path string, environ []string, o checkOptions, now func() time.Time, out io.Writer) error {
	cfg, err := load(path, environ)
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
	about, advice, err := askStore(ctx, cfg)
	if err != nil {
		return err
	}
	say("  store         %s", about)
	for _, w := range append(warnings(cfg), advice...) {
		say("Mind: %s", w)
	}
	if o.form == 0 && !o.forms {
		return nil
	}
	if cfg.Upstream.BaseURL == "" {
		return errors.New("there is no upstream to ask: [upstream] base_url is empty")
	}
	if o.form != 0 {
		if err := checkForm(ctx, cfg, o.form, say); err != nil {
			return err
		}
	}
	if o.forms {
		return checkForms(ctx, cfg, now, out)
	}
	return nil
}

// checkForm asks the upstream for a form.
func checkForm(ctx context.Context, cfg config.Config, form int, say func(line string, args ...any)) error {
	client, err := upstream.New(upstream.Options{BaseURL: cfg.Upstream.BaseURL, PartnerToken: cfg.Upstream.PartnerToken})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	found, err := client.Bookform(ctx, form)
	switch kind := upstream.KindOf(err); {
	case kind == upstream.KindPartner:
		return fmt.Errorf("form %d: the booking API does not accept the partner token ([upstream] partner_token); it stands in the settings of your account at the marketplace of integrations", form)
	case kind == upstream.KindNotFound, kind == upstream.KindForbidden:
		return fmt.Errorf("form %d: the booking API has no such form; its number stands in the form's own address, as 123 in https://n123.yclients.com", form)
	case err != nil:
		return fmt.Errorf("form %d: %w", form, err)
	}
	say("Form %d answers, and belongs to company %d.", form, found.CompanyID)
	return nil
}

// askStore tries the store of a configuration without changing it, and says what it is and what is unusual about it.
func askStore(ctx context.Context, cfg config.Config) (about string, advice []string, err error) {
	if cfg.Store.URL == "" {
		return askFile(ctx, cfg)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	kept, err := store.OpenRedis(ctx, cfg.Store.URL)
	if err != nil {
		return "", nil, fmt.Errorf("[store] url: %w", err)
	}
	defer func() { _ = kept.Close() }()
	full, advice := kept.Advice(ctx)
	for i := range advice {
		advice[i] += " ([store] url)."
	}
	fit, err := askVersions(ctx, kept)
	if err != nil {
		return "", nil, err
	}
	advice = append(advice, fit...)
	return strings.TrimSuffix("a Redis or Valkey server that answers; "+full, "; "), advice, nil
}

// askFile says whether the file of the store can be written, or is held by a running program, and whether its copy can be written.
func askFile(ctx context.Context, cfg config.Config) (about string, advice []string, err error) {
	if cfg.Store.Path == "" && cfg.Upstream.BaseURL == "" {
		return "a temporary file", nil, nil
	}
	path := cmp.Or(cfg.Store.Path, config.DefaultStore)
	if err := writable(filepath.Dir(path)); err != nil {
		return "", nil, fmt.Errorf("[store] path: %w", err)
	}
	if cfg.Store.BackupPath != "" {
		if err := writable(filepath.Dir(cfg.Store.BackupPath)); err != nil {
			return "", nil, fmt.Errorf("[store] backup_path: %w", err)
		}
	}
	file, err := store.ReadFile(path, store.FileOptions{Now: clockOf(cfg)})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path + ", which the program will make", nil, nil
	case errors.Is(err, store.ErrInUse):
		return path + ", which a running program holds", nil, nil
	case err != nil:
		return "", nil, fmt.Errorf("[store] path: %w", err)
	}
	defer func() { _ = file.Close() }()
	if advice, err = askVersions(ctx, file); err != nil {
		return "", nil, err
	}
	if file.Tight() {
		advice = append(advice, "the disk of the store is nearly full ([store] path).")
	}
	return path, advice, nil
}

// writable tries whether a file can be made in a folder.
func writable(folder string) error {
	try, err := os.CreateTemp(folder, ".okoshko-check-*")
	if err != nil {
		return fmt.Errorf("nothing can be written in %s: %w", folder, err)
	}
	return errors.Join(try.Close(), os.Remove(try.Name()))
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
		if cfg.Mail.Host != "" || cfg.Push.Subject != "" {
			out = append(out, "the key that encrypts the addresses of those who wait for a time lies in the store beside them; set [session] keys.")
		}
	}
	return out
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
