// Okoshko is a booking widget for salon websites: it renders the booking flow on the server and
// speaks to the booking API behind it, so that the partner token never leaves the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"okoshko/internal/app"
	"okoshko/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "okoshko:", err)
		os.Exit(1)
	}
}

// run is the program: the widget, or with the word "sandbox" the sandbox upstream alone.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "sandbox" {
		return sandbox.Main(ctx, args[1:], os.Stdout)
	}
	flags := flag.NewFlagSet("okoshko", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage:\n  okoshko [-config FILE]   serve the widget\n  okoshko sandbox [-h]     serve the sandbox upstream alone\n\n")
		flags.PrintDefaults()
	}
	path := flags.String("config", "", "configuration `file` (default okoshko.ini when it is there)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown command %q; okoshko -h tells what there is", flags.Arg(0))
	}
	return app.Main(ctx, *path, os.Environ(), os.Stdout)
}
