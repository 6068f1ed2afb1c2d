// Package bubble is the whole program and a town of salons within a bubble of testing/synctest, in which all waiting takes virtual time:
// what people meet there depends on no machine. Rush and agents let their crowds come to it.
package bubble

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/app"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// Options say what is in a bubble.
type Options struct {
	Dir       string // where the program keeps its store; nobody else's
	Seed      uint64
	PerMinute int           // calls that the program may make
	HookDelay time.Duration // how long after a change the salons tell of it
	Settings  []string      // further ones of the program
}

// Bubble is a program with its town.
type Bubble struct {
	URL  string // of the widget
	Line *rig.Line
	Box  *sandbox.Sandbox
	Now  func() time.Time

	seed   uint64
	close  func() error
	rest   context.CancelFunc
	desks  rig.Desks
	labour sync.WaitGroup
}

// Open opens a bubble's town and begins the program. Only for use within synctest.Test; rig.BeginClocks must have been called before.
// Close must be called on it.
func Open(ctx context.Context, o Options) (*Bubble, error) {
	b := &Bubble{Line: rig.NewLine(), Now: testclock.Running().Now, seed: o.Seed}
	var err error
	b.Box, err = sandbox.New(sandbox.Options{
		Town: rig.Town(), Now: b.Now, Delay: sandbox.Street, HookDelay: o.HookDelay, HookTransport: b.Line.Transport(), Seed: int64(o.Seed), //nolint:gosec // a small number
	})
	if err != nil {
		return nil, err
	}
	environ := append(rig.Settings("http://api.example", rig.Crowded()...), fmt.Sprintf("OKOSHKO_UPSTREAM_PER_MINUTE=%d", o.PerMinute),
		"OKOSHKO_STORE_PATH="+filepath.Join(o.Dir, "bubble.db"), "OKOSHKO_SESSION_LIFETIME=24h")
	cfg, err := config.Load(filepath.Join(o.Dir, "none.ini"), false, append(environ, o.Settings...))
	if err != nil {
		return nil, err
	}
	widget, err := app.StartOn(cfg, slog.New(slog.DiscardHandler), b.Now, app.Lines{Widget: b.Line, Upstream: rig.Near{Handler: b.Box.Handler()}}) //nolint:contextcheck // what it starts ends with Close
	if err != nil {
		return nil, err
	}
	b.URL, b.close = widget.URL, widget.Close
	ctx, b.rest = context.WithCancel(ctx)
	b.labour.Go(func() { b.desks.Work(ctx, b.Box, rig.Town().Salons, 1, o.Seed+1) })
	return b, nil
}

// Shoppers are the n-th crowd that comes, at so many a minute.
func (b *Bubble) Shoppers(rate float64, n uint64) shop.Options {
	return shop.Options{
		URL: b.URL, Dial: b.Line.Dial, Salons: rig.Town().Salons, Rate: rate, Speed: 1, Seed: b.seed*100 + n, Code: rig.CodeOf(b.Box), Free: rig.Free(b.Box),
	}
}

// Desks is how much the salons' desks have done.
func (b *Bubble) Desks() int { return b.desks.Sum() }

// Close ends all.
func (b *Bubble) Close() error {
	b.rest()
	b.labour.Wait()
	err := b.close()
	b.Line.Hang()
	return err
}
