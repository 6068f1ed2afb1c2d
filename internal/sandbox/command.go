package sandbox

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"okoshko/internal/recording"
)

// Main is `okoshko sandbox`: it serves until ctx ends.
func Main(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("okoshko sandbox", flag.ContinueOnError)
	flags.SetOutput(out)
	listen := flags.String("listen", "127.0.0.1:9999", "address to serve on; port 0 takes any free one")
	seed := flags.Int64("seed", 1, "seed of the salons' data")
	token := flags.String("token", "sandbox", "the partner token to accept")
	public := flags.String("public-url", "", "own address for image URLs, when it differs from the listener's")
	perSecond := flags.Int("per-second", 5, "calls allowed per second and address")
	perMinute := flags.Int("per-minute", 200, "calls allowed per minute and address")
	noLimits := flags.Bool("no-limits", false, "allow any number of calls")
	median := flags.Duration("delay", 0, "median `time` that an answer takes, e.g. 180ms; 0 answers at once")
	p95 := flags.Duration("delay-p95", 0, "`time` within which 95 answers of 100 come; 0 is 2.8 medians")
	var addresses []string
	flags.Func("hook", "an `address` to post hooks to after each change; may be given ten times", func(address string) error {
		addresses = append(addresses, address)
		return nil
	})
	replayed := flags.String("replay", "", "`folder` of a recording (okoshko record) to serve instead of the demo salons")
	flags.Usage = func() {
		_, _ = fmt.Fprintln(out, "An upstream of our own: demo salons behind the vendor's REST protocol.\n\nUsage: okoshko sandbox [flags]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return fmt.Errorf("sandbox: %w", err)
	}
	var walk *recording.Recording
	if *replayed != "" {
		read, err := recording.Read(*replayed)
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		walk = read
	}
	s, err := New(Options{
		Replay: walk,
		Seed:   *seed, PartnerToken: *token, PublicURL: *public, PerSecond: *perSecond, PerMinute: *perMinute, NoLimits: *noLimits,
		Delay: Delay{Median: *median, P95: cmp.Or(*p95, *median*14/5)},
	})
	if err != nil {
		return err
	}
	if err := s.SetHooks(addresses...); err != nil {
		return err
	}
	url, stop, err := s.Start(ctx, *listen)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "sandbox  %s\ntoken    %s\ninbox    %s%s\n\n", url, *token, url, s.InboxPath())
	for _, f := range s.Forms() {
		_, _ = fmt.Fprintf(out, "form %-4d %-34s %s\n", f.ID, f.Title, f.Description)
	}
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return stop(grace)
}
