package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/config"
	"okoshko/internal/phone"
	"okoshko/internal/store"
)

// Consent is the command "consent". It prints when and to which texts a customer with a phone agreed at a company, the latest
// first, and what shows that it was the phone's owner. The operator needs it to answer a customer or an authority.
func Consent(ctx context.Context, path string, environ []string, company int, who customer, out io.Writer) error {
	phones := who.phones()
	if company <= 0 || len(phones) == 0 {
		return errors.New("consent needs -company and -phone; a phone such as \"+7 916 123-45-67\", or as people write it at home, then perhaps with -country")
	}
	_, kept, _, err := openConfigured(ctx, path, environ, out)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	found := false
	for _, phone := range phones {
		all, err := booking.FindConsents(ctx, kept, company, string(phone))
		if err != nil {
			return err
		}
		if len(all) == 0 {
			continue
		}
		found = true
		_, _ = fmt.Fprintf(out, "phone       %s\n", phone)
		if err := tellConsents(all, out); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("no consent is remembered at company %d for %s", company, anyOf(phones))
	}
	return nil
}

// tellConsents prints consents, and each text that was agreed to once.
func tellConsents(all []booking.Agreed, out io.Writer) error {
	told := map[string]bool{}
	for i, c := range all {
		if i > 0 {
			_, _ = io.WriteString(out, "\n")
		}
		_, err := fmt.Fprintf(out, "agreed      %s\nproof       %s\nform        %d\ncompany     %d\nlanguage    %s\nnewsletter  %s\ntext        %s\n",
			c.At.Format(time.RFC3339), proofOf(c.Proof), c.Form, c.Company, c.Lang, newsletterOf(c.Newsletter), c.Text)
		if err == nil && !told[c.Text] {
			_, err = fmt.Fprintf(out, "\n%s\n", cmp.Or(c.Words, "(this text is not remembered any more)"))
		}
		if err != nil {
			return err
		}
		told[c.Text] = true
	}
	return nil
}

// proofOf returns in words what shows that a consent was given by the phone's owner.
func proofOf(p booking.Proof) string {
	switch p {
	case booking.ProofCode:
		return "booked with a code that was sent to the phone"
	case booking.ProofAccount:
		return "booked by the phone's owner, signed in"
	case booking.ProofBooking:
		return "booked with the phone, which was not confirmed"
	default:
		return "none: somebody typed the phone"
	}
}

func newsletterOf(wanted *bool) string {
	if wanted == nil {
		return "left as it was"
	}
	return strconv.FormatBool(*wanted)
}

// customer is who asks about himself or herself.
type customer struct {
	phone   string // as written
	country string // of a phone without its country code; "" = any of homes
	email   string // "" = not known
}

// homes are the countries whose way of writing a phone is tried when none is named. Trying costs nothing: a phone that nobody has is
// under no digest.
var homes = []string{"RU", "KZ", "BY", "UA", "LV", "LT", "EE", "DE", "GE", "AM", "AZ", "KG", "UZ", "MD", "PL", "IL", "AE", "TR", "CY", "RS"}

// phones are the numbers that a phone may be: one when it has its country code, else one for each country that reads it.
func (c customer) phones() []phone.Number {
	countries := homes
	if c.country != "" {
		countries = []string{strings.ToUpper(c.country)}
	}
	var out []phone.Number
	for _, country := range countries {
		if number, ok := phone.Parse(c.phone, country); ok && !slices.Contains(out, number) {
			out = append(out, number)
		}
	}
	if digits := phone.Number(account.Digits(c.phone)); digits != "" && len(out) == 0 {
		out = append(out, digits) // as a store of an older version may have it
	}
	return out
}

// anyOf names numbers that were looked for.
func anyOf(phones []phone.Number) string {
	var all []string
	for _, p := range phones {
		all = append(all, p.String())
	}
	return strings.Join(all, " or ")
}

// load reads the configuration of a command: the file at path, or the usual one where it is there, and the environment.
func load(path string, environ []string) (config.Config, error) {
	return config.Load(cmp.Or(path, config.DefaultPath), path != "", environ)
}

// openConfigured reads the configuration of a command and opens its store as openToRead does.
func openConfigured(ctx context.Context, path string, environ []string, out io.Writer) (cfg config.Config, kept store.Store, as time.Time, err error) {
	if cfg, err = load(path, environ); err != nil {
		return cfg, nil, as, err
	}
	kept, as, err = openToRead(ctx, cfg, out)
	return cfg, kept, as, err
}

// openToRead opens the store of a configuration to read it, and makes none. A running program holds its file; then the copy of the
// file is read, and out is told so. What is read stands as at the moment as.
func openToRead(ctx context.Context, cfg config.Config, out io.Writer) (kept store.Store, as time.Time, err error) {
	now := clockOf(cfg)
	if cfg.Store.URL != "" {
		kept, err := store.OpenRedis(ctx, cfg.Store.URL)
		if err != nil {
			return nil, as, fmt.Errorf("[store] url: %w", err)
		}
		return kept, now(), nil
	}
	path, options := storePath(cfg), store.FileOptions{Now: now}
	file, err := store.ReadFile(path, options)
	switch {
	case err == nil:
		return file, now(), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, as, noFile(path)
	case !errors.Is(err, store.ErrInUse):
		return nil, as, fmt.Errorf("[store] path: %w", err)
	}
	copied, statErr := os.Stat(cfg.Store.BackupPath)
	if cfg.Store.BackupPath == "" || statErr != nil {
		return nil, as, fmt.Errorf("[store] path: %q is used by the program that runs, and there is no copy of it to read; set [store] backup_path, or stop the program meanwhile", path)
	}
	if file, err = store.ReadFile(cfg.Store.BackupPath, options); err != nil {
		return nil, as, fmt.Errorf("[store] backup_path: %w", err)
	}
	_, _ = fmt.Fprintf(out, "The program runs and holds its file, so this is its copy of %s, %s.\n\n", copied.ModTime().Format(time.RFC3339), cfg.Store.BackupPath)
	return file, now().Add(-time.Since(copied.ModTime())), nil
}

// noFile is the error of a command whose store is not there.
func noFile(path string) error {
	return fmt.Errorf("[store] path: there is no file %q here; give the command the configuration of the program (-config FILE) and its variables (-env FILE)", path)
}

// storePath is the file of the store of a command.
func storePath(cfg config.Config) string { return cmp.Or(cfg.Store.Path, config.DefaultStore) }
