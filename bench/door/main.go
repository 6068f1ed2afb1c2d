// Door lets twenty people book while somebody tries to keep them out, scene by scene, and prints how many of them
// booked: "make door". The program runs as a process of its own with its default limits, at an upstream that is
// strict and as slow as a public API; people and attackers come from addresses that a trusted proxy forwards.
// Everything is on the loopback, bounded in count and time, and ended with the scene.
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
	"text/tabwriter"
	"time"

	"okoshko/bench/rig"
)

// The goals of each scene.
const (
	goalBooked = 19 // of the people
	goalP95    = 3 * time.Second
	goalMemory = 256 << 20
	goalStore  = 8 << 20 // bytes after the scene
)

// options are the flags.
type options struct {
	scenes []string // empty = all
	log    string   // file for the program's log; "" = nowhere
	admin  string   // where the operator may look meanwhile; "" = nowhere
}

func main() {
	var o options
	flag.Func("scene", "play these scenes alone, separated by commas: "+names(), func(list string) error {
		o.scenes = strings.Split(list, ",")
		return nil
	})
	flag.StringVar(&o.log, "log", "", "`file` for the log of the program")
	flag.StringVar(&o.admin, "admin", "", "`address` of the operator's listener, to look at the program meanwhile")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "door:", err)
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

func run(ctx context.Context, out io.Writer, o options) error {
	dir, err := os.MkdirTemp("", "okoshko-door-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var log *os.File
	if o.log != "" {
		if log, err = os.Create(o.log); err != nil {
			return err
		}
		defer func() { _ = log.Close() }()
	}
	for _, name := range o.scenes {
		if !slices.ContainsFunc(scenes(), func(s scene) bool { return s.name == name }) {
			return fmt.Errorf("no scene %q; there are %s", name, names())
		}
	}
	binary, err := rig.Build(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprint(out, head())
	var rows []outcome
	for _, s := range scenes() {
		if len(o.scenes) > 0 && !slices.Contains(o.scenes, s.name) {
			continue
		}
		row, err := play(ctx, s, stage{binary: binary, dir: dir, log: log, admin: o.admin})
		if err != nil {
			return fmt.Errorf("scene %s: %w", s.name, err)
		}
		fmt.Fprintf(out, "%s\n", row.story())
		rows = append(rows, row)
	}
	fmt.Fprintln(out)
	table(out, rows)
	return judge(rows)
}

// table prints a scene a line.
func table(out io.Writer, rows []outcome) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scene\tbooked\tp50 ms\tp95 ms\tmemory MB\tCPU s\tstore kB before\tafter\tcalls\tmost in 1 s\tin 60 s\trefused\tgoals\t")
	for _, r := range rows {
		verdict := "met"
		if missed := r.missed(); len(missed) > 0 {
			verdict = "missed: " + strings.Join(missed, ", ")
		}
		fmt.Fprintf(w, "%s\t%d/%d\t%d\t%d\t%d\t%.0f\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t\n", r.name, r.booked, people,
			r.report.Percentile(.5).Milliseconds(), r.report.Percentile(.95).Milliseconds(), r.memory>>20, r.cpu.Seconds(),
			r.before>>10, r.after>>10, r.calls, r.peak.Second, r.peak.Minute, r.peak.Refused, verdict)
	}
	fmt.Fprintf(w, "goal\t≥ %d/%d\t\t≤ %d\t≤ %d\t\t\t\t≤ %d\t\t\t\t\t\t\n", goalBooked, people, goalP95.Milliseconds(), goalMemory>>20, goalStore>>10)
	_ = w.Flush()
}

// missed names the goals that a scene missed.
func (r outcome) missed() []string {
	var out []string
	for _, goal := range []struct {
		name string
		met  bool
	}{
		{"people", r.booked >= goalBooked},
		{"pages", r.report.Percentile(.95) <= goalP95},
		{"memory", r.memory <= goalMemory},
		{"store", r.after <= goalStore},
		{"truth", len(r.untrue) == 0},
		{"alive", r.alive},
	} {
		if !goal.met {
			out = append(out, goal.name)
		}
	}
	return out
}

func judge(rows []outcome) error {
	var wrong []error
	for _, r := range rows {
		if missed := r.missed(); len(missed) > 0 {
			wrong = append(wrong, fmt.Errorf("scene %s missed its goals: %s", r.name, strings.Join(missed, ", ")))
		}
	}
	return errors.Join(wrong...)
}
