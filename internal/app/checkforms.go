package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"okoshko/internal/admin"
	"okoshko/internal/config"
	"okoshko/internal/i18n"
	"okoshko/locales"
)

// checkFormsTime is how long the check of all forms may take: some thousand calls at its part of the limits.
const checkFormsTime = 3 * time.Hour

// configuredForms are the forms that a configuration names, in order.
func configuredForms(cfg config.Config) []int {
	all := slices.Concat(cfg.Found.Forms, cfg.Agents.Forms, slices.Collect(maps.Keys(cfg.Embed.Forms)), slices.Collect(maps.Keys(cfg.Prepaid)), slices.Collect(maps.Keys(cfg.Confirm)))
	slices.Sort(all)
	return slices.Compact(all)
}

// checkForms asks the booking API for every form that the configuration names and prints what is wrong with each, as the operator's page
// does. It makes up to four calls a form, a fifth of those that the limits allow, so that the widget may run beside it.
func checkForms(ctx context.Context, cfg config.Config, now func() time.Time, out io.Writer) error {
	forms := configuredForms(cfg)
	if len(forms) == 0 {
		return errors.New("the configuration names no forms: [found] forms, [agents] forms, or a section [form N]")
	}
	ctx, cancel := context.WithTimeout(ctx, checkFormsTime)
	defer cancel()
	read, end, err := spareCatalog(cfg, now)
	if err != nil {
		return err
	}
	defer end()
	texts, err := i18n.New(locales.Files, cfg.I18n.Default)
	if err != nil {
		return err
	}
	rules, wrong := framesOf(cfg.Embed), 0
	for _, form := range forms {
		v := admin.Judge(form, read.Salon(ctx, admin.OwnLanguage, form, 0), rules.For(form), texts.Speaks)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, _ = fmt.Fprintf(out, "Form %d: %s\n", form, v.Summary())
		for _, f := range v.Faults {
			_, _ = fmt.Fprintf(out, "  %s: %s\n", map[admin.State]string{admin.Wrong: "Wrong", admin.Mind: "Mind"}[f.State], f.Text)
		}
		if v.State() == admin.Wrong || !v.Whole {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("of %d forms %d cannot be booked, or were not answered for", len(forms), wrong)
	}
	return nil
}
