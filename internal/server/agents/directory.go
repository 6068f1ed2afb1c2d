package agents

import (
	"context"
	"slices"
	"sync"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/clock"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/guard"
	"okoshko/internal/upstream/budget"
)

// directory reads ahead, so that a person who asks an assistant waits for free times alone: the listed salons with their branches,
// when an assistant comes, and what a salon offers, when an assistant has found it. It reads each of these once in
// directoryPause for a language, and its calls are warm-ups (budget.P3), which go only while calls are plenty.
type directory struct {
	h       *Handlers
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	began map[chapter]reading
	ended bool
}

// reading is when a chapter was begun, and whether it has ended.
type reading struct {
	at   time.Time
	ends <-chan struct{}
}

// chapter is a part of the directory: all listed salons, or the services of one company.
type chapter struct {
	lang    string // that the caller prefers for salons, "" = each form's own; of the answers for services
	company int    // 0 = the salons
}

const (
	// directoryPause is how long answers about salons and services are fresh by default.
	directoryPause = 10 * time.Minute
	// directorySalons is how many salons an assistant may have found for their services to be read: it goes on with one of them.
	directorySalons = 2
	// directoryBranches bounds the branches of a form that are read.
	directoryBranches = 10
	// directoryChapters bounds what is remembered as read.
	directoryChapters = 1000
	// directoryWait is the pause when no call is left for a warm-up, a little longer than the second in which there is one, and
	// directoryTries how often there may be one.
	directoryWait  = guard.AheadPause
	directoryTries = 500
)

func newDirectory(h *Handlers) *directory {
	d := &directory{h: h, began: map[chapter]reading{}}
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

// begin reads a chapter by some questions, one after the other, unless that was done a moment ago.
func (d *directory) begin(c chapter, questions ...func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.h.Now()
	if last, is := d.began[c]; d.ended || is && now.Sub(last.at) < directoryPause {
		return
	}
	if len(d.began) >= directoryChapters {
		clear(d.began)
	}
	ended := make(chan struct{})
	d.began[c] = reading{now, ended}
	d.running.Go(func() {
		defer close(ended)
		d.read(questions)
	})
}

// await waits until a chapter is read, for so long at most.
func (d *directory) await(ctx context.Context, c chapter, most time.Duration) {
	d.mu.Lock()
	last, is := d.began[c]
	d.mu.Unlock()
	if !is {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	select {
	case <-last.ends:
	case <-ctx.Done():
	}
}

// wake reads the salons in a language.
func (d *directory) wake(lang string) {
	questions := make([]func() error, len(d.h.Forms))
	for i, id := range d.h.Forms {
		questions[i] = func() error { return d.readSalon(id, lang) }
	}
	d.begin(chapter{lang: lang}, questions...)
}

// found reads what a company offers. The language is one of the upstream's.
func (d *directory) found(lang string, company int) {
	d.begin(chapter{lang, company},
		func() error {
			_, err := d.h.Catalog.Company(d.ctx, lang, company)
			return err
		},
		func() error {
			_, err := d.h.Catalog.Services(d.ctx, lang, company, catalog.Filter{})
			return err
		})
}

// read puts questions. One that finds no call left is put again.
func (d *directory) read(questions []func() error) {
	tries := 0
	for _, ask := range questions {
		for catalog.ProblemOf(ask()) == catalog.ProblemBusy {
			if tries++; tries > directoryTries || !clock.Pause(d.ctx, directoryWait) {
				return
			}
		}
	}
}

// readSalon reads a form and the companies at which it books.
func (d *directory) readSalon(id int, wanted string) error {
	form, err := d.h.Catalog.Bookform(d.ctx, id)
	if err != nil {
		return err
	}
	lang := i18n.UpstreamCode(d.h.language(context.WithValue(d.ctx, callerKey{}, caller{lang: wanted}), form, ""))
	places, err := d.h.places(d.ctx, form, lang)
	if err != nil || form.GroupEventsOnly {
		return err
	}
	for _, company := range places[:min(len(places), directoryBranches)] {
		if company.Closed {
			continue
		}
		if _, err := d.h.Catalog.Company(d.ctx, lang, company.ID); err != nil { // the list of a chain is another question
			return err
		}
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
