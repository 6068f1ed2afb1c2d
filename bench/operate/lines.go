package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
)

// line is a figure with its goal. One without a goal is only told.
type line struct {
	what, figure, goal string
	missed             bool
}

// row is a line of a scene.
type row struct {
	scene string
	line
}

func none(what string, n int) line {
	return line{what, strconv.Itoa(n), "0", n != 0}
}

func atLeast(what string, n, goal int) line {
	return line{what, strconv.Itoa(n), "≥ " + strconv.Itoa(goal), n < goal}
}

func within(what string, took, goal time.Duration) line {
	return line{what, fmt.Sprintf("%.1f s", took.Seconds()), fmt.Sprintf("≤ %.0f s", goal.Seconds()), took > goal}
}

func holds(what string, yes bool) line {
	figure := "no"
	if yes {
		figure = "yes"
	}
	return line{what, figure, "yes", !yes}
}

func told(what, format string, args ...any) line {
	return line{what: what, figure: fmt.Sprintf(format, args...)}
}

func table(out io.Writer, rows []row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nscene\twhat\tfigure\tgoal\t")
	for _, r := range rows {
		verdict := ""
		switch {
		case r.missed:
			verdict = "MISSED"
		case r.goal != "":
			verdict = "met"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.scene, r.what, r.figure, r.goal, verdict)
	}
	_ = w.Flush()
}

func judge(rows []row) error {
	var wrong []error
	for _, r := range rows {
		if r.missed {
			wrong = append(wrong, fmt.Errorf("%w: %s: %s: %s, goal %s", errMissed, r.scene, r.what, r.figure, r.goal))
		}
	}
	return errors.Join(wrong...)
}
