package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"sync"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/address"
	"okoshko/internal/admin"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/config"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/metrics"
	"okoshko/internal/openings"
	"okoshko/internal/quota"
	"okoshko/internal/server"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/guard"
	"okoshko/internal/session"
	"okoshko/internal/store"
	"okoshko/internal/tracing"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/answers"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/locales"
	"okoshko/web/static"
)

// beginning is what a program begins with.
type beginning struct {
	cfg   config.Config
	log   *slog.Logger
	now   func() time.Time
	speed float64          // how many times as fast as the machine's clock now runs, for the budget; 0 = the budget keeps to the machine's
	spans *tracing.Tracing // nil: nothing is traced
	// patience is how long a page waits for what it can be shown without, by the machine's clock; 0 = as long as usual.
	patience time.Duration
	// messenger writes to the owners of wishes instead of the one that the configuration names; nil: that one does.
	messenger waiting.Messenger
	lines     Lines // in place of the machine's network; zero: that one
}

// parts are what the program is put together from, each made from those before it.
type parts struct {
	beginning
	counts   *metrics.Metrics
	demo     *server.Demo // nil with a real upstream
	raw      store.Store
	gate     gate
	kept     *store.Bounded
	quotas   *quota.Quotas
	sessions *session.Store  // of forms that are being filled in
	accounts *session.Store  // of customers who have signed in
	shared   *answers.Shared // nil: this process is the only one
	alone    *answers.Alone  // nil: there are several, or answers are not stored
	client   *upstream.Client
	keys     [][]byte        // of sessions
	noted    *openings.Noted // nil: nobody waits for openings
	wishes   *waiting.Desk   // nil: no wishes are taken
	pushKey  string          // the public key that browsers subscribe with; "" = none
	read     *catalog.Catalog
	desk     *booking.Desk
	words    *texts
	operator string // what marks the requests of this process's own operator
	secret   []byte // what proves a request of the operator's own commands

	rules     frames.Rules
	strangers *frames.Strangers
	proxies   *address.Watch
	doors     admin.Doors
}

// startWith puts the program together and listens.
func startWith(begin beginning) (_ *App, err error) {
	a := &App{drain: begin.cfg.Server.DrainDelay, shutdown: begin.cfg.Server.ShutdownTimeout, failed: make(chan error, 2)}
	defer func() {
		if err != nil {
			a.release()
		}
	}()
	if begin.spans != nil {
		a.onClose(begin.spans.Close)
	}
	p := &parts{beginning: begin, counts: metrics.New(Version()), operator: rand.Text(), secret: operatorKey(begin.cfg)}
	a.Metrics = p.counts
	if p.demo, err = a.startSandbox(&p.cfg, p.now); err != nil {
		return nil, err
	}
	for _, step := range []func(*parts) error{a.makeStore, a.makeClient, a.makeCatalog, a.makeTexts, a.makeMessenger, a.makeWishes, a.makeServer} {
		if err := step(p); err != nil {
			return nil, err
		}
	}
	listener, err := a.listen(p.cfg, p.lines.Widget)
	if err == nil && p.cfg.Sandbox.Hooks {
		err = a.Sandbox.SetHooks(a.URL + urls.Hook(p.cfg.Hooks.Secret))
	}
	if err != nil || listener == nil {
		return a, err
	}
	a.serveOperator(p, listener)
	return a, nil
}

// aloneShare is the part of the memory for answers, one in so many, that those may take beside which are stored.
const aloneShare = 8

// makeStore opens the store with what lives in it, and the gate of the upstream's calls.
func (a *App) makeStore(p *parts) (err error) {
	limits := budget.Options{PerSecond: p.cfg.Upstream.PerSecond, PerMinute: p.cfg.Upstream.PerMinute, Observe: watchWaits(p.counts), Speed: p.speed}
	if p.speed > 0 {
		limits.Now = p.now
	}
	if p.raw, p.gate, err = a.openStore(p.cfg, p.now, limits, p.log); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	if err := p.stampStore(ctx); err != nil {
		return err
	}
	a.announce(p)
	if server, is := p.raw.(*store.Redis); is {
		p.shared = answers.New(answers.Options{
			Client: server.Client(), MaxBytes: answersBytes(p.cfg.Cache), MaxEntries: p.cfg.Cache.MaxEntries,
			Failed: func(err error) { p.log.Warn("answers are not shared for a moment", "error", err) },
		})
		a.onClose(p.shared.Close)
	}
	if file, is := p.raw.(*store.File); is && a.Sandbox == nil {
		// The embedded sandbox begins anew, and what it answered before means nothing.
		p.alone = answers.NewAlone(answers.AloneOptions{
			Storage: file, Now: p.now, MaxBytes: answersBytes(p.cfg.Cache) / aloneShare, Untrue: catalog.Untrue,
			Failed: func(err error) { p.log.Warn("answers are not stored", "error", err) },
		})
		a.onClose(p.alone.Close)
	}
	p.kept = store.NewBounded(p.raw, bounds(p.cfg, p.now))
	p.quotas = quota.New(p.kept, p.now)
	keys, err := sessionKeys(p.cfg, p.raw)
	if err != nil {
		return err
	}
	p.keys = keys
	p.sessions, err = session.New(session.Options{Backend: p.kept, Keys: keys, Lifetime: p.cfg.Session.Lifetime, Now: p.now})
	if err != nil {
		return err
	}
	p.accounts, err = session.New(session.Options{Backend: p.raw, Keys: keys, Lifetime: customers.AccountIdle, Cookie: session.AccountCookie, Now: p.now})
	return err
}

// makeClient makes the client of the upstream, whose calls pass the gate.
func (a *App) makeClient(p *parts) (err error) {
	writing := new(sync.WaitGroup)
	options := upstream.Options{
		BaseURL: p.cfg.Upstream.BaseURL, PartnerToken: p.cfg.Upstream.PartnerToken, Now: time.Now, Observe: p.counts.Call,
		Gate: metered{p.gate, p.quotas, p.log, writing}, Transport: p.lines.Upstream,
	}
	switch {
	case p.shared != nil:
		options.Shared = p.shared
	case p.alone != nil:
		options.Shared = p.alone
	}
	if p.spans != nil {
		options.Span, options.Inject = p.spans.Call, p.spans.Inject
	}
	if p.client, err = upstream.New(options); err != nil {
		return err
	}
	a.onClose(writing.Wait)
	a.onClose(p.client.Close)
	return nil
}

// makeCatalog makes what reads the upstream and keeps its answers.
func (a *App) makeCatalog(p *parts) (err error) {
	cache := p.cfg.Cache
	options := catalog.Options{
		Client: p.client, BaseURL: p.cfg.Upstream.BaseURL, Pictures: p.cfg.Pictures.Hosts, Now: p.now, MaxBytes: answersBytes(cache), MaxEntries: cache.MaxEntries,
		Scarce: p.gate.Scarce, Busy: p.gate.Busy, Watch: p.counts, Log: p.log, Patience: p.patience, Prepayment: prepayments(p.cfg.Prepaid),
		WithContact: func(form int) bool { return p.cfg.Confirm[form] == "with-contact" },
		Bookforms:   catalog.Ages{Fresh: cache.FormFresh, Soft: cache.FormSoft, Hard: cache.FormHard},
		Entries:     catalog.Ages{Fresh: cache.CatalogFresh, Soft: cache.CatalogSoft, Hard: cache.CatalogHard},
		Dates:       catalog.Ages{Fresh: cache.DatesFresh, Soft: cache.DatesSoft, Hard: cache.DatesHard},
		Slots:       catalog.Ages{Fresh: cache.SlotsFresh, Soft: cache.SlotsSoft, Hard: cache.SlotsHard},
	}
	options.Hooks = p.cfg.Hooks.Secret != ""
	if p.cfg.Waiting.On {
		p.noted = new(openings.Noted)
		options.Noted = p.noted
	}
	if p.alone != nil {
		options.Teller = p.alone
	}
	if p.shared != nil {
		options.Teller, options.Listening = p.shared, p.shared.Listening
	}
	if p.read, err = catalog.New(options); err != nil {
		return err
	}
	a.onClose(p.read.Close)
	a.settle = p.read.Settle
	if p.shared != nil {
		p.shared.Follow(p.read.Told, p.read.Missed)
		p.shared.FollowAnswers(p.read.Given)
	}
	a.gauges(p.gate, p.client, p.read, p.kept)
	return nil
}

// makeTexts makes the texts of every language, under the upstream's newer wording.
func (a *App) makeTexts(p *parts) error {
	bundle, err := i18n.New(locales.Files, p.cfg.I18n.Default)
	if err != nil {
		return err
	}
	watchMissing(bundle, p.log, p.counts)
	p.words = newTexts(bundle, p.client, p.log, p.now, p.cfg.Cache.FormSoft)
	return nil
}

// makeServer makes what books and the pages over all of it.
func (a *App) makeServer(p *parts) error {
	assets, err := static.Load()
	if err != nil {
		return err
	}
	p.desk = booking.New(booking.Options{Client: p.client, Store: p.kept, Quotas: p.quotas, Now: p.now, Log: p.log, Watch: p.counts, ConsentKept: p.cfg.Privacy.ConsentKept})
	a.recall(p.desk, p.log)
	p.counts.Gauge("unknown_outcomes", "Bookings, cancels and moves of the last three days whose outcome is not known.", func() float64 { return float64(len(p.desk.Unknown())) })
	p.rules, p.strangers, p.proxies = framesOf(p.cfg.Embed), frames.NewStrangers(p.now), address.NewWatch(p.now)
	p.counts.Gauge("unlisted_proxies", "Proxies that trusted_proxies does not list, or that do not say whom they ask for.", func() float64 { return float64(len(p.proxies.List())) })
	options := server.Options{
		Catalog: p.read, Desk: p.desk, Wishes: p.wishes, PushKey: p.pushKey, Sessions: p.sessions, SignedIn: p.accounts, Accounts: account.New(p.client), Quotas: p.quotas,
		Texts: p.words, Assets: assets, Log: p.log, Now: p.now, Watch: p.counts, Demo: p.demo,
		PublicURL: p.cfg.Server.PublicURL, Access: p.cfg.Access, Frames: p.rules, Strangers: p.strangers, Counters: p.cfg.Embed.Counters, PictureHosts: pictureSources(p.cfg),
		Limits: guard.Limits(p.cfg.Limits), Room: p.kept.Room, TrustedProxies: p.cfg.Server.TrustedProxies, Proxies: p.proxies, Operator: p.operator,
		RequestTimeout: p.cfg.Server.RequestTimeout, ReadTimeout: p.cfg.Server.ReadTimeout, Connections: p.cfg.Server.Connections, HookSecret: p.cfg.Hooks.Secret,
		PageBytes: (p.cfg.Cache.Megabytes*megabyte - answersBytes(p.cfg.Cache)) / 2,
	}
	options.Plenty = func() bool { return p.gate.Stats().Plenty(p.cfg.Upstream.PerMinute) }
	if p.cfg.Cache.Ahead {
		options.Ahead = guard.NewAhead(guard.AheadPause, options.Plenty)
		a.onClose(options.Ahead.Close)
	}
	if p.spans != nil {
		options.Span = p.spans.Request
	}
	options.Found = a.foundForms(p.cfg)
	p.doors.Sitemap = options.Found
	if p.agentsOn() {
		forms := p.cfg.Agents.Forms
		if len(forms) == 0 {
			forms = options.Found
		}
		p.doors.Assistants, p.doors.AssistantsForms = true, forms
		options.Agents = &server.Agents{Forms: forms, Calls: guard.AgentsCalls(p.cfg.Upstream.PerMinute), Watch: p.counts}
	}
	a.server = server.New(options)
	a.onClose(a.server.Close)
	return nil
}

// foundForms are the forms that the world is told of.
func (a *App) foundForms(cfg config.Config) []int {
	forms := cfg.Found.Forms
	if len(forms) > 0 || a.Sandbox == nil {
		return forms
	}
	for _, form := range a.Sandbox.Forms() {
		if !form.Broken {
			forms = append(forms, form.ID)
		}
	}
	return forms
}

// agentsOn says whether assistants have a door.
func (p *parts) agentsOn() bool {
	return p.cfg.Agents.MCP == "on" || p.cfg.Agents.MCP == "" && p.demo != nil
}

// serveOperator answers the operator on a listener of its own.
func (a *App) serveOperator(p *parts, listener net.Listener) {
	var standing func() map[int]int
	if p.wishes != nil {
		standing = p.wishes.Standing
	}
	a.serve(listener, admin.New(admin.Options{
		Version: Version(), Now: p.now, Log: p.log, Profile: p.cfg.Admin.Profile, Names: p.cfg.Admin.Names, MarkName: guard.OperatorHeader, Mark: p.operator,
		Charged: charged, Widget: a.URL, PublicURL: p.cfg.Server.PublicURL, Frames: p.rules, Strangers: p.strangers, Proxies: p.proxies,
		Catalog: p.read, Text: p.words.Bundle.Localizer, Speaks: p.words.Bundle.Speaks, Metrics: p.counts, Known: known(p.cfg, p.demo),
		Checks: append(checks(a.Ready, p.kept, p.client, p.words), versionsCheck(p.raw)),
		Budget: p.gate.Stats, PerSecond: p.cfg.Upstream.PerSecond, PerMinute: p.cfg.Upstream.PerMinute, Breakers: p.client.Breakers, Unknown: p.desk.Unknown,
		Wishes: standing, Doors: p.doors, Forgetting: p.forgetting(),
	}))
}
