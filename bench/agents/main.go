// Agents lets assistants find visits through the door of a running widget: "make agents". It plays wishes and opens their links as a
// browser does, sends random sequences of tools past a strict upstream, and lets a thousand assistants a minute come beside a
// crowd of shoppers. The assistants are clients of the protocol's SDK over HTTP.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	speed := flag.Float64("speed", 2, "how many times as fast as the real clock the crowd's clocks run")
	sequences := flag.Int("sequences", 10_000, "how many random sequences of tools are sent")
	only := flag.String("only", "", "play one part: wishes, random or crowd")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *only, *sequences, *speed)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "agents:", err)
		os.Exit(1)
	}
}

// errMissed says that a goal was missed.
var errMissed = errors.New("a goal was missed")

func run(ctx context.Context, only string, sequences int, speed float64) error {
	parts := []struct {
		name string
		play func() error
	}{
		{"wishes", func() error { return playWishes(ctx, os.Stdout) }},
		{"random", func() error { return playRandom(ctx, os.Stdout, sequences) }},
		{"crowd", func() error { return playCrowd(ctx, os.Stdout, speed) }},
	}
	var failed error
	for _, part := range parts {
		if only != "" && only != part.name {
			continue
		}
		if err := part.play(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", part.name, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return failed
}
