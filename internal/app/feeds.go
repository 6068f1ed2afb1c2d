package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/config"
	"okoshko/internal/flow"
	"okoshko/internal/found"
	"okoshko/internal/i18n"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
	"okoshko/locales"
)

const (
	// feedsShare is which part of the calls the command "feeds" may make, one in so many: the widget calls from the same address.
	feedsShare = 5
	// feedsTime is how long the command may take.
	feedsTime = time.Hour
)

// Feeds is the command "feeds". It writes Google's feeds for the forms that the operator lists into a folder, once a calendar day of
// UTC: one call of the upstream a form, and two a company.
func Feeds(ctx context.Context, path string, environ []string, dir string, now func() time.Time, out io.Writer) error {
	if dir == "" {
		return errors.New("feeds needs -out")
	}
	cfg, err := load(path, environ)
	switch {
	case err != nil:
		return err
	case cfg.Upstream.BaseURL == "":
		return errors.New("there is no upstream to ask: [upstream] base_url is empty")
	case len(cfg.Found.Forms) == 0:
		return errors.New("no form is listed: [found] forms is empty")
	case cfg.Server.PublicURL == "":
		return errors.New("the feeds hold absolute addresses: [server] public_url is empty")
	}
	old, today, err := feedsIn(dir, now())
	if err != nil {
		return err
	}
	if today {
		_, err := fmt.Fprintf(out, "The feeds in %s are of today. They are made once a day, because each time costs calls.\n", dir)
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, feedsTime)
	defer cancel()
	r, err := newFeedReader(cfg, now)
	if err != nil {
		return err
	}
	defer r.close()
	for _, form := range cfg.Found.Forms {
		if err := r.form(ctx, form); err != nil {
			return fmt.Errorf("form %d: %w", form, err)
		}
	}
	files, leftOut := found.Feeds(r.merchants, now())
	if err := writeFeeds(dir, files, old); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d companies are in the feeds in %s.\n", len(r.merchants)-len(leftOut), dir)
	if len(leftOut) > 0 {
		_, _ = fmt.Fprintf(out, "Left out, because the address or the services are missing: company %s.\n", strings.Join(leftOut, ", "))
	}
	return nil
}

// feedsIn lists the files of feeds in a folder, and says whether some are of the same day as an instant.
func feedsIn(dir string, now time.Time) (old []string, today bool, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, false, err
	}
	for _, entry := range entries {
		if at, ok := found.Made(entry.Name()); ok {
			old = append(old, filepath.Join(dir, entry.Name()))
			today = today || at.Format(time.DateOnly) == now.UTC().Format(time.DateOnly)
		}
	}
	return old, today, nil
}

// writeFeeds writes the files, and removes those of earlier days. A descriptor comes after the file that it names.
func writeFeeds(dir string, files []found.File, old []string) error {
	const public, folder = 0o644, 0o755
	if err := os.MkdirAll(dir, folder); err != nil {
		return err
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(dir, file.Name), file.Data, public); err != nil {
			return err
		}
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// feedReader reads the companies of forms for feeds.
type feedReader struct {
	cfg       config.Config
	catalog   *catalog.Catalog
	texts     *i18n.Bundle
	merchants []found.Merchant
	close     func()
}

// patient is a gate for a command that has many calls to make and time: a call waits for its turn as long as its context lasts, where
// that of a page would be given up.
type patient struct{ upstream.Gate }

// Wait waits for a call's turn. It implements upstream.Gate.
func (p patient) Wait(ctx context.Context) error {
	for {
		err := p.Gate.Wait(ctx)
		if !errors.Is(err, budget.ErrSpent) || budget.PriorityOf(ctx) != budget.P1 || ctx.Err() != nil {
			return err
		}
	}
}

// spareCatalog is a catalogue for a command that reads what a widget offers, and runs beside it: it takes its part of the calls. end
// closes it.
func spareCatalog(cfg config.Config, now func() time.Time) (read *catalog.Catalog, end func(), err error) {
	gate := budget.New(budget.Options{PerSecond: max(1, cfg.Upstream.PerSecond/feedsShare), PerMinute: max(1, cfg.Upstream.PerMinute/feedsShare), Now: now})
	client, err := upstream.New(upstream.Options{BaseURL: cfg.Upstream.BaseURL, PartnerToken: cfg.Upstream.PartnerToken, Gate: patient{gate}})
	if err != nil {
		gate.Close()
		return nil, nil, err
	}
	ages := catalog.Ages{Fresh: feedsTime, Soft: feedsTime, Hard: feedsTime} // nothing is asked twice
	if read, err = catalog.New(catalog.Options{
		Client: client, BaseURL: cfg.Upstream.BaseURL, Pictures: cfg.Pictures.Hosts, Now: now, Bookforms: ages, Entries: ages, Dates: ages, Slots: ages,
		Prepayment: prepayments(cfg.Prepaid),
	}); err != nil {
		client.Close()
		gate.Close()
		return nil, nil, err
	}
	return read, func() { read.Close(); client.Close(); gate.Close() }, nil
}

func newFeedReader(cfg config.Config, now func() time.Time) (*feedReader, error) {
	r := &feedReader{cfg: cfg}
	var err error
	if r.catalog, r.close, err = spareCatalog(cfg, now); err != nil {
		return nil, err
	}
	if r.texts, err = i18n.New(locales.Files, cfg.I18n.Default); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// form reads the companies of a form. A company that an earlier form has is in the feeds already.
func (r *feedReader) form(ctx context.Context, id int) error {
	form, err := r.catalog.Bookform(ctx, id)
	if err != nil || form.GroupEventsOnly {
		return err
	}
	lang, ok := i18n.Canonical(form.Language)
	if !ok {
		lang = r.cfg.I18n.Default
	}
	asked := i18n.UpstreamCode(lang)
	fixed := form.Journey.Apply(flow.Choices{})
	var companies []*catalog.Company
	if form.GroupID != 0 && fixed.Company == 0 {
		if companies, err = r.catalog.Companies(ctx, asked, form.GroupID); err != nil {
			return err
		}
	} else {
		company, err := r.catalog.Company(ctx, asked, fixed.Company)
		if err != nil {
			return err
		}
		companies = []*catalog.Company{company}
	}
	for _, company := range companies {
		known := slices.ContainsFunc(r.merchants, func(m found.Merchant) bool { return m.ID == strconv.Itoa(company.ID) })
		if known || company.Closed || fixed.City != 0 && company.CityID != fixed.City {
			continue
		}
		offered, err := r.catalog.Services(ctx, asked, company.ID, catalog.Filter{})
		if err != nil {
			return fmt.Errorf("company %d: %w", company.ID, err)
		}
		r.merchants = append(r.merchants, r.merchant(form, company, offered, lang))
	}
	return nil
}

// merchant returns a company as feeds have it.
func (r *feedReader) merchant(form *catalog.Bookform, c *catalog.Company, offered *catalog.Services, lang string) found.Merchant {
	place := flow.Choices{Lang: lang}
	if form.GroupID != 0 {
		if form.Journey.Has(flow.City) {
			place.City = c.CityID
		}
		place.Company = c.ID
	}
	address := func(choices flow.Choices) string {
		return urls.With(r.cfg.Server.PublicURL+urls.Form(form.ID), choices.Encode())
	}
	m := found.Merchant{
		ID: strconv.Itoa(c.ID), Name: c.Title, Site: c.Site, Street: c.Address, City: c.City, Lat: c.Lat, Lon: c.Lon,
		URL: address(place), Lang: lang, Currency: found.Currency(c.Currency, c.Region),
	}
	if number := c.Phone.First().Number; number != "" {
		m.Phone = "+" + string(number)
	}
	text, seen := r.texts.Localizer(lang), map[int]bool{}
	for _, category := range offered.Categories {
		group := found.Category{Title: category.Title}
		for _, s := range category.Services {
			if seen[s.ID] || form.BarsService(s) != catalog.BarNone {
				continue
			}
			seen[s.ID] = true
			high, bounded := s.Price.High()
			one := found.FeedService{ID: s.ID, Service: found.Service{Name: s.Title, Named: s.Price.Named(), Low: s.Price.Low(), High: high, Open: !bounded}}
			if s.Length > 0 {
				one.Description = text.Duration(s.Length)
			}
			chosen := place
			chosen.Services = []int{s.ID}
			one.URL = address(chosen)
			group.Services = append(group.Services, one)
		}
		if len(group.Services) > 0 {
			m.Categories = append(m.Categories, group)
		}
	}
	return m
}
