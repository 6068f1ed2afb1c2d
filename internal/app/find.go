package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/i18n"
	"okoshko/locales"
)

// findOptions say which attempts okoshko find looks for.
type findOptions struct {
	form   int           // 0 = all forms
	at     string        // 15:10 or 15:10:30
	on     string        // 2026-11-30; "" = the last day that has had this time
	within time.Duration // before and after
	zone   string        // IANA name; "" = the machine's
}

const (
	findWithin = 15 * time.Minute
	// longestFind is as long as any attempt is kept.
	longestFind = 72 * time.Hour
)

// Find is the command "find". It prints what became of the bookings whose button was pressed near a time, so that an operator can answer a
// customer to whom nothing came. It prints nothing that names a customer or opens a page.
func Find(ctx context.Context, path string, environ []string, o findOptions, out io.Writer) error {
	cfg, err := load(path, environ)
	if err != nil {
		return err
	}
	from, to, err := o.span(clockOf(cfg)())
	if err != nil {
		return err
	}
	kept, as, err := openToRead(ctx, cfg, out)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	all, err := booking.FindAttempts(ctx, kept, o.form, from, to, as)
	err = errors.Join(err, tellFound(o, from, to, all, out))
	if to.After(as) && as.After(from) || from.After(as) {
		_, _ = fmt.Fprintf(out, "\nWhat was pressed after %s is not in this answer.\n", as.In(from.Location()).Format(time.RFC3339))
	}
	if err == nil && len(all) == 0 {
		return errors.New("no attempt is remembered: the button was not pressed, or the attempt is no longer stored. One that was refused is " +
			"stored for an hour, any other for three days; the log has it longer, in lines \"booking attempt\" with the form and the state")
	}
	return err
}

// span is from when to when a button was pressed that is looked for, in the zone that was asked for.
func (o findOptions) span(now time.Time) (from, to time.Time, err error) {
	fail := func(format string, a ...any) (time.Time, time.Time, error) {
		return time.Time{}, time.Time{}, fmt.Errorf("find: "+format, a...)
	}
	zone := time.Local
	if o.zone != "" {
		if zone, err = time.LoadLocation(o.zone); err != nil {
			return fail("-zone %q is no time zone; one is Europe/Moscow", o.zone)
		}
	}
	clock, err := time.Parse("15:04", o.at)
	if err != nil {
		if clock, err = time.Parse("15:04:05", o.at); err != nil {
			return fail("-at %q is no time; it is written as 15:10 or 15:10:30", o.at)
		}
	}
	switch {
	case o.form < 0:
		return fail("-form %d is no bookform", o.form)
	case o.within <= 0 || o.within > longestFind:
		return fail("-within %v must be above zero and %v at most", o.within, longestFind)
	}
	day := now.In(zone)
	if o.on != "" {
		if day, err = time.ParseInLocation(time.DateOnly, o.on, zone); err != nil {
			return fail("-on %q is no day; it is written as 2026-11-30", o.on)
		}
	}
	on := func(back int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day()-back, clock.Hour(), clock.Minute(), clock.Second(), 0, zone)
	}
	at := on(0)
	if o.on == "" && at.After(now.Add(o.within)) {
		at = on(1)
	}
	from, to = at, at
	for _, other := range []time.Time{at.Add(-time.Hour), at.Add(time.Hour)} { // an hour that a night has twice
		if other.Format(time.DateTime) == at.Format(time.DateTime) {
			from, to = earlier(from, other), later(to, other)
		}
	}
	return from.Add(-o.within), to.Add(o.within), nil
}

func earlier(a, b time.Time) time.Time { return slices.MinFunc([]time.Time{a, b}, time.Time.Compare) }

func later(a, b time.Time) time.Time { return slices.MaxFunc([]time.Time{a, b}, time.Time.Compare) }

// tellFound prints what was found, in the zone of from.
func tellFound(o findOptions, from, to time.Time, all []booking.Pressed, out io.Writer) error {
	zone := from.Location()
	when := func(t time.Time) string { return t.In(zone).Format(time.RFC3339) }
	form, named := "All forms", cmp.Or(o.zone, "of this machine")
	if o.form != 0 {
		form = fmt.Sprintf("Form %d", o.form)
	}
	bundle, err := i18n.New(locales.Files, "en")
	if err != nil {
		return err
	}
	texts := bundle.Localizer("en")
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s, pressed from %s to %s (zone %s): %s.\n", form, when(from), when(to), named, attempts(len(all)))
	for _, p := range all {
		line := func(name, value string) { _, _ = fmt.Fprintf(&b, "%-12s%s\n", name, value) }
		b.WriteString("\n")
		line("pressed", when(p.At))
		line("sent", sentAt(p, when))
		line("answered", answeredAt(p, when))
		line("state", string(p.State))
		if p.Reason != "" {
			line("reason", string(p.Reason))
		}
		line("told", saidAs(p.Says, texts))
		line("form", strconv.Itoa(p.Form))
		line("company", strconv.Itoa(p.Company))
		for _, v := range p.Visits {
			line("visit", visitLine(v, len(p.Visits) > 1))
		}
		line("in the log", "attempt="+p.Log)
	}
	_, err = io.WriteString(out, b.String())
	return err
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

func sentAt(p booking.Pressed, when func(time.Time) string) string {
	switch {
	case !p.Sent.IsZero():
		return when(p.Sent)
	case p.State == booking.StateNew:
		return "not yet"
	default:
		return "never: nothing was asked of the booking API"
	}
}

// answeredAt says when the booking API answered, or that it did not.
func answeredAt(p booking.Pressed, when func(time.Time) string) string {
	ended := "at a time that was not noted"
	if !p.Ended.IsZero() {
		ended = when(p.Ended)
	}
	switch {
	case p.State == booking.StateNew, p.State == booking.StateSent:
		return "not yet"
	case p.Sent.IsZero():
		return "never"
	case p.State == booking.StateUnknown && p.Ended.IsZero():
		return "no: the program ended before an answer came"
	case p.State == booking.StateUnknown:
		return "no, given up " + ended
	case p.Looked:
		return "no, found out " + ended
	default:
		return ended
	}
}

// saidAs is what the customer is told, and the heading of the page that tells it, in English. A salon's own words are the heading of a
// page that has nothing to doubt.
func saidAs(says booking.Saying, texts *i18n.Localizer) string {
	if says == booking.SayBooked {
		return string(says)
	}
	return fmt.Sprintf("%s: %s", says, texts.T("widget.done."+string(says)+".title"))
}

// visitLine names a visit by its start in the salon's zone and by its number, and among several with what is said of it.
func visitLine(v booking.PressedVisit, several bool) string {
	record := "record not known"
	if v.Record != 0 {
		record = fmt.Sprintf("record %d", v.Record)
	}
	if several {
		record += ", " + string(v.Says)
	}
	return v.Start.Format(time.RFC3339) + ", " + record
}
