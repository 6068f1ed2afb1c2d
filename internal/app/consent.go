package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/config"
	"okoshko/internal/store"
)

// Consent says when and to which text the owner of a phone agreed at a company: an answer to whoever asks by
// right. A file that a running program uses is closed to others; its backup is not.
func Consent(ctx context.Context, path string, environ []string, company int, phone string, out io.Writer) error {
	digits := account.Digits(phone)
	if company <= 0 || digits == "" {
		return errors.New("consent needs -company and -phone")
	}
	cfg, err := config.Load(firstOf(path, config.DefaultPath), path != "", environ)
	if err != nil {
		return err
	}
	kept, err := openToRead(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	c, text, err := booking.FindConsent(ctx, kept, company, digits)
	if errors.Is(err, booking.ErrNoConsent) {
		return errors.New("no consent is remembered")
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "agreed      %s\nform        %d\ncompany     %d\nlanguage    %s\nnewsletter  %v\ntext        %s\n\n%s\n",
		c.At.Format(time.RFC3339), c.Form, c.Company, c.Lang, c.Newsletter, c.Text, text)
	return err
}

func openToRead(ctx context.Context, cfg config.Config) (store.Store, error) {
	if cfg.Store.URL != "" {
		return store.OpenRedis(ctx, cfg.Store.URL)
	}
	return store.OpenFile(firstOf(cfg.Store.Path, defaultStore), store.FileOptions{Now: clockOf(cfg)})
}
