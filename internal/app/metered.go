package app

import (
	"context"
	"log/slog"
	"sync"

	"okoshko/internal/quota"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// metered is a gate that counts the calls which a customer waits for on that customer's account, from when they queue:
// as many as come at once are no more than as many one after another. What is made is written down while it is on its
// way: nothing stands between a call's turn and the call, because the upstream counts when it arrives.
type metered struct {
	upstream.Gate
	quotas  *quota.Quotas
	log     *slog.Logger
	writing *sync.WaitGroup // what is being written down
}

// Wait implements upstream.Gate.
func (m metered) Wait(ctx context.Context) error {
	p := budget.PriorityOf(ctx)
	account := quota.AccountOf(ctx)
	if len(account) == 0 || p > budget.P1 {
		return m.Gate.Wait(ctx)
	}
	limits := account
	if p > budget.P0 {
		limits = quota.Sparing(account) // looking about leaves those at the same address enough to book
	}
	verdict, err := m.quotas.Hold(ctx, limits...)
	if err != nil {
		m.log.Error("call not counted", "limit", account[0].Name, "error", err)
		return m.Gate.Wait(ctx) // the gate's own limits hold all the same
	}
	if !verdict.OK {
		return budget.ErrSpent
	}
	if err := m.Gate.Wait(ctx); err != nil {
		m.quotas.Release(limits...)
		return err
	}
	m.writing.Go(func() {
		if err := m.quotas.Note(context.WithoutCancel(ctx), account...); err != nil {
			m.log.Error("call not counted", "limit", account[0].Name, "error", err)
		}
	})
	return nil
}
