package app

import (
	"context"

	"okoshko/internal/i18n"
	"okoshko/internal/openings"
	"okoshko/internal/waiting"
)

// makeWishes makes what keeps wishes, and lets it notice, watch and tell. Without a messenger there are none.
func (a *App) makeWishes(p *parts) error {
	if p.noted == nil || p.messenger == nil || !p.messenger.Offers().Any() {
		return nil
	}
	wishes, err := waiting.New(waiting.Options{
		Store: p.kept, Quotas: p.quotas, Keys: p.keys, Now: p.now, Log: p.log, Messenger: p.messenger, Counts: p.counts,
		Upstream:       openings.Upstream{Catalog: p.read, Now: p.now, UpstreamLang: i18n.UpstreamCode},
		CallsPerMinute: p.cfg.Waiting.CallsPerMinute, Wishes: p.cfg.Waiting.Wishes, PerCompany: p.cfg.Waiting.WishesPerCompany,
		Quiet: waiting.Quiet(p.cfg.Waiting.Quiet),
	})
	if err != nil {
		return err
	}
	p.wishes = wishes
	p.noted.To(wishes)
	p.counts.Gauge("wishes", "Wishes that this process knows of: those of all processes.", func() float64 { return float64(wishes.Count()) })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		wishes.Run(ctx)
	}()
	a.onClose(func() {
		cancel()
		<-ended
	})
	return nil
}
