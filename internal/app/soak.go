package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/soak"
)

// soakOptions are those of the command.
type soakOptions struct {
	lasts time.Duration
	rate  float64
	seed  uint64
}

// soakSalons is how many salons the town has that shoppers come to.
const soakSalons = 6

// Soak runs the widget and a sandbox for a time, and lets shoppers come while the sandbox fails at random.
func Soak(ctx context.Context, o soakOptions, environ []string, out io.Writer) (err error) {
	if o.lasts <= 0 || o.rate <= 0 {
		return errors.New("-for and -rate must be more than nothing")
	}
	box, err := sandbox.New(sandbox.Options{
		Seed: 1, PartnerToken: sandboxToken, Delay: sandbox.Street,
		Town: &sandbox.Town{Salons: soakSalons, Services: 40, Masters: 8, Days: 14, Grid: 30, Occupancy: 40},
	})
	if err != nil {
		return err
	}
	api, stop, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	dir, err := os.MkdirTemp("", "okoshko-soak-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cfg, err := config.Load(dir+"/okoshko.ini", false, append(slices.Clone(environ),
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0", "OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1/32", "OKOSHKO_STORE_PATH="+dir+"/okoshko.db",
		"OKOSHKO_UPSTREAM_BASE_URL="+api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN="+sandboxToken, "OKOSHKO_LIMITS_SMS_PER_SALON=0",
	))
	if err != nil {
		return err
	}
	a, err := Start(cfg, slog.New(slog.DiscardHandler)) //nolint:contextcheck // the widget ends by Close
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	fmt.Fprintf(out, "the widget is %s, its counters are %s/metrics, the upstream is %s\n", a.URL, a.Admin, api)
	return soak.Run(ctx, soak.Options{
		URL: a.URL, Metrics: a.Admin + "/metrics", Sandbox: api, Upstream: soaked{box}, Salons: soakSalons, Seed: o.seed, Rate: o.rate, For: o.lasts,
	}, out)
}

// soaked looks into the sandbox.
type soaked struct{ box *sandbox.Sandbox }

// Code is of the text message that a phone has got last.
func (s soaked) Code(phone string) string {
	for _, m := range slices.Backward(s.box.Messages()) {
		if m.Phone == phone {
			return m.Code
		}
	}
	return ""
}

// Visits counts those of a phone that stand.
func (s soaked) Visits(phone string) (n int) {
	for _, r := range s.box.Booked() {
		if r.Phone == phone && !r.Deleted {
			n++
		}
	}
	return n
}
