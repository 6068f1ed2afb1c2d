package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/config"
	"okoshko/internal/store"
)

// Consent is the command "consent". It prints when and to which texts a customer with a phone agreed at a company, the latest
// first, and what shows that it was the phone's owner. The operator needs it to answer a customer or an authority. A running
// program locks the store's file, so the command must then read a backup.
func Consent(ctx context.Context, path string, environ []string, company int, phone string, out io.Writer) error {
	digits := account.Digits(phone)
	if company <= 0 || digits == "" {
		return errors.New("consent needs -company and -phone")
	}
	cfg, err := config.Load(cmp.Or(path, config.DefaultPath), path != "", environ)
	if err != nil {
		return err
	}
	kept, err := openToRead(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	all, err := booking.FindConsents(ctx, kept, company, digits)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("no consent is remembered")
	}
	told := map[string]bool{}
	for i, c := range all {
		if i > 0 {
			_, _ = io.WriteString(out, "\n")
		}
		_, err = fmt.Fprintf(out, "agreed      %s\nproof       %s\nform        %d\ncompany     %d\nlanguage    %s\nnewsletter  %s\ntext        %s\n",
			c.At.Format(time.RFC3339), proofOf(c.Proof), c.Form, c.Company, c.Lang, newsletterOf(c.Newsletter), c.Text)
		if err == nil && !told[c.Text] {
			_, err = fmt.Fprintf(out, "\n%s\n", c.Words)
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

func openToRead(ctx context.Context, cfg config.Config) (store.Store, error) {
	if cfg.Store.URL != "" {
		return store.OpenRedis(ctx, cfg.Store.URL)
	}
	return store.OpenFile(cmp.Or(cfg.Store.Path, defaultStore), store.FileOptions{Now: clockOf(cfg)})
}
