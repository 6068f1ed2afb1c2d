package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/formwalk"
	"okoshko/internal/recording"
	"okoshko/internal/upstream/budget"
)

// recordOptions are the options of `okoshko record`.
type recordOptions struct {
	form  int
	dir   string
	visit string   // the link of a visit, or its end: number and hash
	hide  []string // further words to be replaced
}

// Record is the command "record". It saves the upstream's answers to one walk through a form, so that a developer can reproduce
// a fault with them. It asks the configured upstream and keeps to the configured limits.
func Record(ctx context.Context, path string, environ []string, o recordOptions, now func() time.Time, out io.Writer) error {
	if o.form <= 0 || o.dir == "" {
		return errors.New("record needs -form and -out")
	}
	visit, err := visitOf(o.visit)
	if err != nil {
		return err
	}
	cfg, err := load(path, environ)
	if err != nil {
		return err
	}
	if cfg.Upstream.BaseURL == "" {
		return errors.New("there is no upstream to record: [upstream] base_url is empty")
	}
	if err := recording.Prepare(o.dir); err != nil {
		return err // before the calls are made
	}
	gate := budget.New(budget.Options{PerSecond: cfg.Upstream.PerSecond, PerMinute: cfg.Upstream.PerMinute, Now: now})
	defer gate.Close()
	walk, err := formwalk.Record(ctx, formwalk.Options{
		BaseURL: cfg.Upstream.BaseURL, PartnerToken: cfg.Upstream.PartnerToken, Gate: gate, Form: o.form, Visit: visit, Hide: o.hide, Now: now,
	})
	if err != nil {
		return err
	}
	if err := walk.Write(o.dir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d answers of form %d are in %s.\nPhones, names, e-mail addresses, hashes and tokens are replaced. Look through it before you send it to somebody.\nTo see it: okoshko sandbox -replay %s\n",
		len(walk.Answers), o.form, o.dir, o.dir)
	return err
}

// visitOf reads the id and the hash of a visit from its link, or from the end of the link: …/number/hash.
func visitOf(link string) (*recording.Visit, error) {
	if link == "" {
		return nil, nil //nolint:nilnil // no visit is to be recorded
	}
	link, _, _ = strings.Cut(link, "?")
	segments := strings.Split(strings.Trim(link, "/"), "/")
	if len(segments) >= 2 {
		id, err := strconv.Atoi(segments[len(segments)-2])
		if hash := segments[len(segments)-1]; err == nil && id > 0 && hash != "" {
			visit := &recording.Visit{ID: id, Hash: hash}
			if len(segments) >= 3 {
				visit.Company, _ = strconv.Atoi(segments[len(segments)-3]) // not every link names the company
			}
			return visit, nil
		}
	}
	return nil, errors.New("-visit is the link of a visit, or the end of one: number/hash")
}
