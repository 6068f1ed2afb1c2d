// Operate does what an operator does with a running installation, while people book, and prints what became of it with the goal beside
// each figure: "make operate". The program runs as it is released, as processes of its own behind nginx with deploy/nginx.conf, with a
// redis-server or a file as the store, at a sandbox over HTTP. Everything is on the loopback, bounded in count and time, and ended with
// the scene.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"okoshko/bench/rig"
	"okoshko/internal/clock"
)

// scene is one thing that happens to an installation.
type scene struct {
	name, what string
	play       func(ctx context.Context, on stage) ([]line, error)
}

func scenes() []scene {
	return []scene{
		{"restart", "two processes behind nginx, one Redis; each is told to end (SIGTERM) and started again, one after the other, twice", playRestart},
		{"store-restart", "the same installation; the Redis is killed, and started again ten seconds later", playStoreRestart},
		{"store-slow", "the same; the Redis takes 200 ms for each command during ten seconds", playStoreSlow},
		{"store-full", "the same; the Redis is full (maxmemory) during ten seconds", playStoreFull},
		{"disk-full", "one process with a file; its disk is full during ten seconds", playDiskFull},
		{"restore", "one process with a file; its machine is lost, and another one starts on the copy with the same keys", playRestore},
	}
}

// stage is what the scenes share.
type stage struct {
	binary, dir string
	out         io.Writer
	log         *os.File // nil = nowhere
}

// say tells what happens at the moment.
func (s stage) say(format string, args ...any) { fmt.Fprintf(s.out, "  "+format+"\n", args...) }

func main() {
	only := flag.String("only", "", "play these `scenes` alone, separated by commas: "+names())
	log := flag.String("log", "", "`file` for the log of the program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *only, *log)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "operate:", err)
		os.Exit(1)
	}
}

func names() string {
	var all []string
	for _, s := range scenes() {
		all = append(all, s.name)
	}
	return strings.Join(all, ", ")
}

// chosen are the scenes of a list of names; all of them without one.
func chosen(list string) ([]scene, error) {
	if list == "" {
		return scenes(), nil
	}
	var out []scene
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(scenes(), func(s scene) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no scene %q; there are %s", name, names())
		}
		out = append(out, scenes()[i])
	}
	return out, nil
}

func run(ctx context.Context, out io.Writer, only, log string) (err error) {
	list, err := chosen(only)
	if err != nil {
		return err
	}
	on := stage{out: out}
	if on.dir, err = os.MkdirTemp("", "okoshko-operate-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(on.dir) }()
	if log != "" {
		if on.log, err = os.Create(log); err != nil { //nolint:gosec // the file that was asked for
			return err
		}
		defer func() { _ = on.log.Close() }()
	}
	if on.binary, err = rig.BuildProduct(ctx, on.dir); err != nil {
		return err
	}
	var rows []row
	for _, s := range list {
		fmt.Fprintf(out, "%s: %s\n", s.name, s.what)
		passed := clock.Stopwatch()
		lines, err := s.play(ctx, on)
		if err != nil {
			return fmt.Errorf("scene %s: %w", s.name, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		on.say("took %.0f s", passed().Seconds())
		for _, l := range lines {
			rows = append(rows, row{s.name, l})
		}
	}
	table(out, rows)
	return judge(rows)
}

// errMissed says that a goal was missed.
var errMissed = errors.New("a goal was missed")
