// Okoshko is a booking widget for salon websites: it renders the booking flow on the server and
// speaks to the booking API behind it, so that the partner token never leaves the server.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"okoshko/internal/app"
)

//go:embed CHANGELOG.md
var changelog string

func main() {
	app.Changelog = changelog
	// A hang-up would end the program at once, with customers in the middle of a page. There is nothing that it could read anew, so
	// it ends as it does when it is told to, and what supervises it starts it again with the new configuration.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := app.Run(ctx, os.Args[1:], os.Environ(), os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "okoshko:", err)
		os.Exit(1)
	}
}
