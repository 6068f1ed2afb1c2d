package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"okoshko/internal/i18n"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// texts gives the texts of a language, and asks the upstream for its own wording in the background. The first page in a
// language has the wording of locales/, later ones have the upstream's.
type texts struct {
	*i18n.Bundle
	client *upstream.Client
	log    *slog.Logger
	now    func() time.Time
	every  time.Duration // of a language; the upstream changes its wording seldom

	mu    sync.Mutex
	asked map[string]time.Time // when the upstream was asked last, by language
	ahead int                  // languages that wait to be asked for
	stale map[string]bool      // languages whose wording the upstream did not give when it was asked last
}

func newTexts(b *i18n.Bundle, c *upstream.Client, log *slog.Logger, now func() time.Time, every time.Duration) *texts {
	return &texts{Bundle: b, client: c, log: log, now: now, every: every, asked: map[string]time.Time{}, stale: map[string]bool{}}
}

// missingTexts counts texts that are missing.
type missingTexts interface{ MissingText(lang string) }

// watchMissing logs and counts texts that a page asks for and no language has. Such a text is empty on the page, and is a fault
// of the program or of a file in locales/.
func watchMissing(b *i18n.Bundle, log *slog.Logger, counts missingTexts) {
	b.OnMissing(func(lang, key string) {
		log.Error("a text is missing", "lang", lang, "key", key)
		counts.MissingText(lang)
	})
}

// Localizer returns the present wording of a language, and asks for a newer one when that is due.
func (t *texts) Localizer(lang string) *i18n.Localizer {
	for _, words := range slices.Compact([]string{lang, t.Speaks(lang)}) {
		if code, ok := i18n.Canonical(words); ok && t.due(code) {
			t.schedule(code)
		}
	}
	return t.Bundle.Localizer(lang)
}

// schedule asks for a language after the languages that wait already.
func (t *texts) schedule(lang string) {
	t.mu.Lock()
	delay := textsDelay + time.Duration(t.ahead)*textsApart
	t.ahead++
	t.mu.Unlock()
	time.AfterFunc(delay, func() {
		t.refresh(lang)
		t.mu.Lock()
		t.ahead--
		t.mu.Unlock()
	})
}

// due says whether it is time to ask again, and notes that the caller asks.
func (t *texts) due(lang string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if last, ok := t.asked[lang]; ok && now.Sub(last) < t.every {
		return false
	}
	t.asked[lang] = now
	return true
}

const (
	// textsDelay leaves the calls of the first seconds to the page that has caused the question.
	textsDelay = 3 * time.Second
	// textsApart is between two languages. The budget lets one call a second through that no customer waits for.
	textsApart   = 1500 * time.Millisecond
	textsTimeout = 10 * time.Second
	// textsRetry is when a failed refresh is tried again.
	textsRetry = 20 * time.Second
)

// withoutWording returns the languages whose wording the upstream did not give when it was asked last.
func (t *texts) withoutWording() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for lang, stale := range t.stale {
		if stale {
			out = append(out, lang)
		}
	}
	slices.Sort(out)
	return out
}

func (t *texts) refresh(lang string) {
	ctx, cancel := context.WithTimeout(budget.WithPriority(context.Background(), budget.P2), textsTimeout)
	defer cancel()
	tree, err := t.client.I18n(ctx, i18n.UpstreamCode(lang))
	if err == nil {
		err = t.Update(lang, tree)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	// A call that the budget has refused says nothing about the upstream.
	t.stale[lang] = err != nil && upstream.KindOf(err) != upstream.KindBudget
	if upstream.KindOf(err) == upstream.KindNotFound && t.Speaks(lang) != lang {
		t.stale[lang] = false // a form has the language, and the upstream has no texts in it
		return
	}
	if err != nil {
		t.asked[lang] = t.now().Add(textsRetry - t.every)
		t.log.Warn("texts not refreshed", "lang", lang, "error", err)
	}
}
