// Package openings stands between the catalogue and the wishes: it tells wishes what the upstream answers, and has it asked for them.
package openings

import (
	"context"
	"sync/atomic"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/upstream"
	"okoshko/internal/waiting"
)

// Noted tells a Desk of what the catalogue hears. Until To is called it tells nobody: the catalogue is made before the Desk is.
type Noted struct {
	desk atomic.Pointer[waiting.Desk]
}

// To names the Desk.
func (n *Noted) To(d *waiting.Desk) { n.desk.Store(d) }

func answer(of catalog.Asked, day string, slots []catalog.Slot) waiting.Answer {
	starts := make([]time.Time, len(slots))
	for i, s := range slots {
		starts[i] = s.Start
	}
	return waiting.Answer{Company: of.Company, Services: of.Services, Master: of.Master, Day: day, Starts: starts, Asked: of.At, Until: of.Until}
}

// Times implements catalog.Noted.
func (n *Noted) Times(of catalog.Asked, day string, slots []catalog.Slot) {
	n.desk.Load().Notice(answer(of, day, slots))
}

// Days implements catalog.Noted.
func (n *Noted) Days(of catalog.Asked, free []string) {
	n.desk.Load().NoticeDays(waiting.Days{Company: of.Company, Services: of.Services, Master: of.Master, Free: free, Asked: of.At, Until: of.Until})
}

// Nearest implements catalog.Noted.
func (n *Noted) Nearest(of catalog.Asked, day string) {
	n.desk.Load().NoticeNearest(answer(of, day, nil))
}

// Changed implements catalog.Noted.
func (n *Noted) Changed(company, master int, days []string) {
	n.desk.Load().Changed(company, master, days)
}

// Upstream is the catalogue as wishes ask it.
type Upstream struct {
	Catalog *catalog.Catalog
	Now     func() time.Time
	// UpstreamLang is how the upstream calls one of our languages.
	UpstreamLang func(lang string) string
}

func filter(q waiting.Question) catalog.Filter {
	return catalog.Filter{Services: q.Services, Master: q.Master}
}

// Known implements waiting.Upstream.
func (u Upstream) Known(ctx context.Context, q waiting.Question) (waiting.Answer, bool) {
	slots, ok := u.Catalog.Known(ctx, u.UpstreamLang(q.Lang), q.Company, q.Day, filter(q))
	return answer(u.asked(q), q.Day, slots), ok
}

// Glimpse implements waiting.Upstream.
func (u Upstream) Glimpse(ctx context.Context, q waiting.Question) (waiting.Answer, bool) {
	slots, until, all, ok := u.Catalog.Glimpse(ctx, u.UpstreamLang(q.Lang), q.Company, q.Day, filter(q))
	of := u.asked(q)
	of.Until = until
	a := answer(of, q.Day, slots)
	a.Partial, a.Whole = true, all
	return a, ok
}

// KnownDays implements waiting.Upstream.
func (u Upstream) KnownDays(ctx context.Context, q waiting.Question) (waiting.Days, bool) {
	free, ok := u.Catalog.KnownDays(ctx, u.UpstreamLang(q.Lang), q.Company, filter(q))
	of := u.asked(q)
	return waiting.Days{Company: of.Company, Services: of.Services, Master: of.Master, Free: free, Asked: of.At, Until: of.Until}, ok
}

// asked is what an answer that is known now was asked about.
func (u Upstream) asked(q waiting.Question) catalog.Asked {
	return catalog.Asked{Company: q.Company, Services: q.Services, Master: q.Master, At: u.Now(), Until: u.Now()}
}

// Ask implements waiting.Upstream.
func (u Upstream) Ask(ctx context.Context, q waiting.Question) error {
	err := u.Catalog.AskIdly(ctx, u.UpstreamLang(q.Lang), q.Company, q.Day, filter(q))
	if upstream.KindOf(err) == upstream.KindBudget {
		return waiting.ErrNoCall
	}
	return err
}

// Length implements waiting.Upstream.
func (u Upstream) Length(company, master int, services []int) time.Duration {
	return u.Catalog.Length(company, master, services)
}

// Scarce implements waiting.Upstream.
func (u Upstream) Scarce() bool { return u.Catalog.Scarce() }
