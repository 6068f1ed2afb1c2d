package soak

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// counters are the values of /metrics by name and labels, as they stand there.
type counters map[string]float64

// parse reads the text that Prometheus reads. Lines of another form are left out.
func parse(text string) counters {
	out := counters{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(name, "#") || !ok {
			continue
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = n
		}
	}
	return out
}

// by are the values of a metric with some text in its labels, by one label.
func (c counters) by(metric, label, with string) map[string]float64 {
	out, of := map[string]float64{}, regexp.MustCompile(`[{,]`+label+`="([^"]*)"`)
	for name, n := range c {
		if !strings.HasPrefix(name, metric+"{") || !strings.Contains(name, with) {
			continue
		}
		if m := of.FindStringSubmatch(name); m != nil {
			out[m[1]] += n
		}
	}
	return out
}

// objective is one of deploy/objectives.yaml.
type objective struct {
	name, histogram, label, within string
	goal                           float64
	good                           func(value string) bool // of the label
	counts                         func(value string) bool
}

var both = []objective{
	{"a page within 1 s", "okoshko_page_seconds", "outcome", `le="1"`, 0.995, func(v string) bool { return v == "shown" }, func(v string) bool { return v != "refused" }},
	{"an answer to a booking within 10 s", "okoshko_booking_answer_seconds", "answer", `le="10"`, 0.9995, func(v string) bool { return v != "failed" }, func(string) bool { return true }},
}

// reached is the part that was good, of how many. Nothing counts as reached when nothing was asked for.
func (o objective) reached(c counters) (part, of float64) {
	good := 0.0
	for value, n := range c.by(o.histogram+"_bucket", o.label, o.within) {
		if o.good(value) {
			good += n
		}
	}
	for value, n := range c.by(o.histogram+"_count", o.label, "") {
		if o.counts(value) {
			of += n
		}
	}
	if of == 0 {
		return 0, 0
	}
	return good / of, of
}

// objectives prints what was reached.
func objectives(w io.Writer, c counters) {
	const percent = 100
	fmt.Fprintln(w, "objective\tgoal, %\treached, %\tof\tby what they were answered")
	for _, o := range both {
		part, of := o.reached(c)
		var parts []string
		counts := c.by(o.histogram+"_count", o.label, "")
		for _, value := range []string{"shown", "looking", "booked", "refused", "unsent", "unknown", "again", "failed"} {
			if counts[value] > 0 {
				parts = append(parts, fmt.Sprintf("%s %.0f", value, counts[value]))
			}
		}
		fmt.Fprintf(w, "%s\t%g\t%.2f\t%.0f\t%s\n", o.name, o.goal*percent, part*percent, of, strings.Join(parts, ", "))
	}
}
