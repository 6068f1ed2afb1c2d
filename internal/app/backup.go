package app

import (
	"log/slog"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/config"
	"okoshko/internal/store"
)

// backUp copies the store's file at the configured intervals, and once more when the program ends.
func (a *App) backUp(cfg config.Store, file *store.File, log *slog.Logger) {
	if cfg.BackupPath == "" {
		return
	}
	copyNow := func() {
		took := clock.Stopwatch()
		bytes, err := file.Backup(cfg.BackupPath)
		if err != nil {
			log.Error("store not copied", "error", err)
			return
		}
		log.Info("store copied", "bytes", bytes, "ms", took().Milliseconds())
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(cfg.BackupEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				copyNow()
			case <-stop:
				copyNow()
				return
			}
		}
	}()
	a.onClose(func() {
		close(stop)
		<-done
	})
}
