package main

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/redistest"
)

// What /readyz says of a store.
const (
	storeGood    = "ok: reads and writes"
	storeRefuses = "wrong: does not take what is written: nobody can book or sign in"
)

// playStoreRestart kills the Redis and starts it again with what it has written down.
func playStoreRestart(ctx context.Context, on stage) ([]line, error) {
	store, err := redistest.Run() //nolint:contextcheck // it is stopped below
	if err != nil {
		return nil, err
	}
	defer func() { store.Stop() }()
	f, err := openShared(ctx, on, store.URL)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.play(ctx, fault{
		begin: func(context.Context) error {
			store.Kill()
			return nil
		},
		end: func(context.Context) error {
			again, err := store.Again() //nolint:contextcheck // it is stopped above
			if err == nil {
				store = again
			}
			return err
		},
		ready: storeRefuses, lost: true,
	})
}

// slow is how long a slow store takes for a command.
const slow = 200 * time.Millisecond

// playStoreSlow puts a slow line before the Redis.
func playStoreSlow(ctx context.Context, on stage) ([]line, error) {
	store, err := redistest.Run() //nolint:contextcheck // it is stopped below
	if err != nil {
		return nil, err
	}
	defer store.Stop()
	between, err := startLine(ctx, store.Address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = between.Close() }()
	f, err := openShared(ctx, on, "redis://"+between.Addr().String())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	set := func(d time.Duration) func(context.Context) error {
		return func(context.Context) error {
			between.delay.Store(int64(d))
			return nil
		}
	}
	return f.play(ctx, fault{begin: set(slow), end: set(0), ready: storeGood, books: true})
}

// playStoreFull leaves the Redis no memory.
func playStoreFull(ctx context.Context, on stage) ([]line, error) {
	store, err := redistest.Run() //nolint:contextcheck // it is stopped below
	if err != nil {
		return nil, err
	}
	defer store.Stop()
	f, err := openShared(ctx, on, store.URL)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	set := func(bytes string) func(context.Context) error {
		return func(ctx context.Context) error { return store.Configure(ctx, "maxmemory", bytes) }
	}
	return f.play(ctx, fault{begin: set("1"), end: set("0"), ready: storeRefuses, lost: true})
}

// openShared opens an installation of two processes with a Redis.
func openShared(ctx context.Context, on stage, store string) (*fleet, error) {
	return open(ctx, on, 2, "OKOSHKO_STORE_URL="+store, "OKOSHKO_UPSTREAM_PROCESSES=2")
}

// lineTo passes connections on to an address. Each part that a client sends, which is a command or some that go together, waits.
type lineTo struct {
	net.Listener
	delay atomic.Int64 // time.Duration
	under sync.WaitGroup
}

// startLine begins to listen. Close must be called on what it returns.
func startLine(ctx context.Context, address string) (*lineTo, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &lineTo{Listener: ln}
	l.under.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err != nil {
				_ = near.Close()
				continue
			}
			l.under.Go(func() {
				_, _ = io.Copy(near, far) // until one of both ends
				_ = near.Close()
			})
			l.under.Go(func() {
				l.pass(ctx, far, near)
				_ = far.Close()
			})
		}
	})
	return l, nil
}

func (l *lineTo) pass(ctx context.Context, to io.Writer, from io.Reader) {
	part := make([]byte, 1<<16)
	for {
		n, err := from.Read(part)
		if d := time.Duration(l.delay.Load()); d > 0 {
			clock.Pause(ctx, d)
		}
		if _, sent := to.Write(part[:n]); err != nil || sent != nil {
			return
		}
	}
}
