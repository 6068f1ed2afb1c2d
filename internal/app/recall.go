package app

import (
	"context"
	"log/slog"
	"time"

	"okoshko/internal/booking"
)

// recallEvery is how often the store is read for attempts that another process has left open.
const recallEvery = 10 * time.Minute

// recall lets the desk know of the attempts that were open when a process ended: at the start and from time to time, because processes
// that share a store end at any time.
func (a *App) recall(desk *booking.Desk, log *slog.Logger) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(recallEvery)
		defer tick.Stop()
		for {
			switch open, err := desk.Recall(ctx); {
			case ctx.Err() != nil:
				return
			case err != nil:
				log.Warn("open attempts not read", "error", err)
			case open > 0:
				log.Warn("attempts are open", "number", open)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	a.onClose(func() {
		cancel()
		<-ended
	})
}
