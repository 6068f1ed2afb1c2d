// Widget is the program with the clock of tests and benches: what the measuring programs start as processes of their
// own beside a sandbox.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"okoshko/internal/app"
	"okoshko/internal/testclock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := app.MainAt(ctx, testclock.Running().Now, os.Environ(), os.Stdout) //nolint:forbidigo // this is a main
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "widget:", err)
		os.Exit(1)
	}
}
