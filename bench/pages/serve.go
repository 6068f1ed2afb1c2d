package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/bench/rig"
	"okoshko/internal/app"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/server"
	"okoshko/internal/testclock"
)

// The sandbox's salon: as many services and free times as the goals speak of.
func town() *sandbox.Town {
	return &sandbox.Town{Salons: 1, Services: 60, Masters: 8, Days: 14, Grid: 10}
}

// pageBytes is about what a step weighs compressed.
const pageBytes = 8600

// places are where a serving child listens.
type places struct{ Bare, Widget, Control string }

// spent is what a serving child has used since its start.
type spent struct {
	Mallocs uint64
	CPU     time.Duration
}

func spentNow() spent {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return spent{m.Mallocs, time.Duration(u.Utime.Nano() + u.Stime.Nano())}
}

// serve is the child: a bare Fiber route and the widget in one process, so that both have the same
// heap, and a port that tells what it has spent. It ends with its parent's pipe.
func serve() error {
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Town: town(), NoLimits: true, Now: clock.Now})
	if err != nil {
		return err
	}
	api, _, err := box.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "okoshko-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cfg, err := config.Load(filepath.Join(dir, "none.ini"), false, settings(api, dir))
	if err != nil {
		return err
	}
	// The log is written as in production, to where nobody reads it.
	log := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo})) //nolint:sloglint // DiscardHandler would write nothing
	widget, err := app.StartAt(cfg, log, clock.Now, 0)
	if err != nil {
		return err
	}
	bare := fiber.New(server.Settings(cfg.Server.RequestTimeout, cfg.Server.ReadTimeout))
	bare.Get("/", func(c *fiber.Ctx) error { return c.SendString("Okoshko") })
	// The same route with a page's bytes says what they cost by themselves.
	page := bytes.Repeat([]byte("Okoshko "), pageBytes/8)
	bare.Get("/page", func(c *fiber.Ctx) error {
		c.Response().SetBodyRaw(page)
		c.Response().Header.SetContentEncoding("br")
		return nil
	})
	bareAt, err := listen()
	if err != nil {
		return err
	}
	go func() { _ = bare.Listener(bareAt) }()
	controlAt, err := listen()
	if err != nil {
		return err
	}
	go func() {
		_ = http.Serve(controlAt, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { //nolint:gosec // loopback, and it ends with the parent
			_ = json.NewEncoder(w).Encode(spentNow())
		}))
	}()
	err = json.NewEncoder(os.Stdout).Encode(places{bareAt.Addr().String(), hostOf(widget.URL), controlAt.Addr().String()})
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return widget.Close()
}

func listen() (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

// settings are the widget's, as a production would have them but for the limits of its upstream.
func settings(api, dir string) []string {
	return rig.Settings(api, "OKOSHKO_UPSTREAM_PER_SECOND=1000", "OKOSHKO_UPSTREAM_PER_MINUTE=60000", "OKOSHKO_STORE_PATH="+filepath.Join(dir, "bench.db"))
}
