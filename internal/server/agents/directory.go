package agents

import (
	"context"
	"slices"
	"sync"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/guard"
	"okoshko/internal/upstream/budget"
)

// directory reads the listed salons and their services ahead, so that a person who asks an assistant waits for free times alone.
// It begins when an assistant comes, once in directoryPause for a language, and its calls are warm-ups (budget.P3), which go only
// while calls are plenty.
type directory struct {
	h       *Handlers
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	began map[string]time.Time // by language; "" is each form's own
	ended bool
}

const (
	// directoryPause is how long answers about salons and services are fresh by default.
	directoryPause = 10 * time.Minute
	// directoryBranches bounds the branches whose services are read ahead.
	directoryBranches = 50
	// directoryWait is the pause when no call is left for a warm-up, a little longer than the second in which there is one, and
	// directoryTries how often there may be one.
	directoryWait  = guard.AheadPause
	directoryTries = 500
)

func newDirectory(h *Handlers) *directory {
	d := &directory{h: h, began: map[string]time.Time{}}
	d.ctx, d.end = context.WithCancel(budget.WithCeiling(context.Background(), budget.P3))
	return d
}

func (d *directory) close() {
	d.mu.Lock()
	d.ended = true
	d.mu.Unlock()
	d.end()
	d.running.Wait()
}

// wake reads the salons in a language, unless that was done a moment ago.
func (d *directory) wake(lang string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.h.Now()
	if at, is := d.began[lang]; d.ended || is && now.Sub(at) < directoryPause {
		return
	}
	d.began[lang] = now
	d.running.Go(func() { d.read(lang) })
}

// read reads the listed forms one after the other.
func (d *directory) read(lang string) {
	tries, branches := 0, 0
	for _, id := range d.h.Forms {
		for {
			err := d.readForm(id, lang, &branches)
			if catalog.ProblemOf(err) != catalog.ProblemBusy {
				break // the form is read, or cannot be
			}
			if tries++; tries > directoryTries || !d.wait() {
				return
			}
		}
	}
}

// wait waits until there may be a call again; false when the directory is closed.
func (d *directory) wait() bool {
	pause := time.NewTimer(directoryWait)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-d.ctx.Done():
		return false
	}
}

// readForm reads a form, its places and what they offer.
func (d *directory) readForm(id int, wanted string, branches *int) error {
	form, err := d.h.Catalog.Bookform(d.ctx, id)
	if err != nil {
		return err
	}
	lang := i18n.UpstreamCode(d.h.language(context.WithValue(d.ctx, callerKey{}, caller{lang: wanted}), form, ""))
	places, err := d.h.places(d.ctx, form, lang)
	if err != nil || form.GroupEventsOnly {
		return err
	}
	for _, company := range places {
		if company.Closed || *branches >= directoryBranches {
			continue
		}
		if _, err := d.h.Catalog.Company(d.ctx, lang, company.ID); err != nil { // the list of a chain is another question
			return err
		}
		if _, err := d.h.Catalog.Services(d.ctx, lang, company.ID, catalog.Filter{}); err != nil {
			return err
		}
		*branches++
	}
	return nil
}

// places returns the companies at which a form books.
func (h *Handlers) places(ctx context.Context, form *catalog.Bookform, lang string) ([]*catalog.Company, error) {
	fixed := form.Journey.Apply(flow.Choices{})
	if form.GroupID == 0 || fixed.Company != 0 {
		company, err := h.Catalog.Company(ctx, lang, fixed.Company)
		if err != nil {
			return nil, err
		}
		return []*catalog.Company{company}, nil
	}
	all, err := h.Catalog.Companies(ctx, lang, form.GroupID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(company *catalog.Company) bool { return fixed.City != 0 && company.CityID != fixed.City }), nil
}
