package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/urls"
)

// usage lists the commands; the options are printed after it.
const usage = `Usage:
  okoshko [-config FILE]                 serve the widget
  okoshko check [-form N] [-forms]       say what is wrong with a configuration and its store; ask the upstream for a form, or for all
  okoshko consent -company N -phone P    say when and to which text the owner of a phone agreed at a company
  okoshko export [-phone P] [-email E]   print what the store holds on one person, as JSON
  okoshko forget [-phone P] [-email E]   erase what the store holds on one person, and print what stays and why
  okoshko find -at 15:10 [-form N]       say what became of bookings whose button was pressed near a time
  okoshko feeds -out DIR                 write Google's feeds of the forms in [found] forms, once a day
  okoshko health [-config FILE]          ask the program that runs here whether it answers; for health checks
  okoshko record -form N -out DIR        save what the upstream answers to a walk through a form, without personal data
  okoshko sandbox [-h]                   serve the sandbox upstream alone
  okoshko soak [-for 30m] [-seed N]      let shoppers book at a sandbox that fails at random; say what they were told
  okoshko version [-since 0.1.0]         say which build this is, and what has changed since another version

Without an upstream in the configuration the widget serves demo salons from an embedded sandbox.
Every option stands in config.example.ini; OKOSHKO_<SECTION>_<KEY> in the environment overrides it.
OTEL_EXPORTER_OTLP_ENDPOINT names a collector of traces; none is the default.
-env FILE reads such variables from a file, e.g. the EnvironmentFile of a systemd unit.
SIGTERM, SIGHUP or an interrupt ends it after the requests under way.

Options:
`

// What okoshko soak does unless it is told otherwise.
const (
	defaultSoak     = 30 * time.Minute
	defaultShoppers = 20.0
)

// Run runs the command that the first word of the command line names, without one the widget. The output goes to out, the log
// to standard error.
func Run(ctx context.Context, args, environ []string, out io.Writer) error {
	command := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	if command == "sandbox" {
		return sandbox.Main(ctx, args, out)
	}
	flags := flag.NewFlagSet("okoshko", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error is returned, and help is printed below
	path := flags.String("config", "", "configuration `file` (default okoshko.ini when it is there)")
	variables := flags.String("env", "", "`file` of further variables, NAME=value a line, under those of the environment")
	company, phone, country, email, feeds, since, consents := 0, "", "", "", "", "", false
	var checking checkOptions
	var record recordOptions
	var soaking soakOptions
	var finding findOptions
	switch command {
	case "check":
		flags.Func("form", "`number` or address of a bookform to ask the upstream for", formNumber(&checking.form))
		flags.BoolVar(&checking.forms, "forms", false, "ask the upstream for every form that the configuration names, and say what is wrong with it")
	case "consent":
		flags.IntVar(&company, "company", 0, "`number` of the company")
		flags.StringVar(&phone, "phone", "", "the `phone` as the customer writes it")
		flags.StringVar(&country, "country", "", "the `country` (RU, LV, …) of a phone without its country code")
	case "export", "forget":
		if command == "forget" {
			flags.BoolVar(&consents, "consents", false, "erase also the consents that a booking has followed, which prove that they were given")
		}
		flags.StringVar(&phone, "phone", "", "the `phone` as the customer writes it")
		flags.StringVar(&country, "country", "", "the `country` (RU, LV, …) of a phone without its country code")
		flags.StringVar(&email, "email", "", "the e-mail `address`")
	case "find":
		flags.Func("form", "`number` or address of the bookform; without it all forms", formNumber(&finding.form))
		flags.StringVar(&finding.at, "at", "", "`time` at which the customer pressed the button, e.g. 15:10")
		flags.StringVar(&finding.on, "on", "", "`day`, e.g. 2026-11-30; without it the last day that has had this time")
		flags.DurationVar(&finding.within, "within", findWithin, "how `long` before and after the time to look")
		flags.StringVar(&finding.zone, "zone", "", "`zone` of the time, e.g. the salon's, Europe/Moscow; without it the zone of this machine")
	case "version":
		flags.StringVar(&since, "since", "", "`version` whose later changes are printed, e.g. 0.1.0")
	case "feeds":
		flags.StringVar(&feeds, "out", "", "`folder` to write to")
	case "record":
		flags.Func("form", "`number` or address of the bookform to walk through", formNumber(&record.form))
		flags.StringVar(&record.dir, "out", "", "`folder` to write; it must be empty or not be there yet")
		flags.StringVar(&record.visit, "visit", "", "`link` of a visit to read too")
		flags.Func("hide", "a further `word` to be replaced, such as the salon's name; may be given several times", func(word string) error {
			record.hide = append(record.hide, word)
			return nil
		})
	}
	if command == "soak" {
		flags.DurationVar(&soaking.lasts, "for", defaultSoak, "how `long` shoppers come")
		flags.Float64Var(&soaking.rate, "rate", defaultShoppers, "`shoppers` a minute")
		flags.Uint64Var(&soaking.seed, "seed", rand.Uint64()>>1, "`number` that the faults and the shoppers are drawn from") //nolint:gosec // no secret
	}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(out)
		_, _ = io.WriteString(out, usage)
		flags.PrintDefaults()
		return err
	case err != nil:
		return fmt.Errorf("%w; okoshko -h tells what there is", err)
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected %q; okoshko -h tells what there is", flags.Arg(0))
	}
	if *variables != "" {
		more, err := config.ReadVariables(*variables)
		if err != nil {
			return err
		}
		environ = append(more, environ...)
	}
	switch command {
	case "":
		return Main(ctx, *path, environ, out)
	case "check":
		return Check(ctx, *path, environ, checking, time.Now, out) //nolint:forbidigo // the program's own clock
	case "consent":
		return Consent(ctx, *path, environ, company, customer{phone: phone, country: country}, out)
	case "export":
		return Export(ctx, *path, environ, customer{phone: phone, country: country, email: email}, out)
	case "forget":
		return Forget(ctx, *path, environ, customer{phone: phone, country: country, email: email}, consents, out)
	case "find":
		return Find(ctx, *path, environ, finding, out)
	case "feeds":
		return Feeds(ctx, *path, environ, feeds, time.Now, out) //nolint:forbidigo // the program's own clock
	case "record":
		return Record(ctx, *path, environ, record, time.Now, out) //nolint:forbidigo // the program's own clock
	case "soak":
		return Soak(ctx, soaking, environ, out)
	case "health":
		return Health(ctx, *path, environ)
	case "version":
		return TellVersion(since, out)
	}
	return fmt.Errorf("unknown command %q; okoshko -h tells what there is", command)
}

// formNumber reads the number of a form, or an address that has it, from the command line.
func formNumber(into *int) func(string) error {
	return func(text string) error {
		form, ok := urls.FormNumber(text)
		if !ok {
			return errors.New("a form is named by its number, or by its address, such as https://n123.yclients.com")
		}
		*into = form
		return nil
	}
}
