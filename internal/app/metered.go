package app

import (
	"context"
	"log/slog"
	"sync"

	"okoshko/internal/quota"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// metered is a gate that counts calls for the account of the request that causes them. A call counts from when it waits for
// its turn, so that many calls at once have the same limit as many calls one after another. The count is stored while the
// call is under way: a call must not be delayed after its turn has come, because the upstream counts when the call arrives.
type metered struct {
	upstream.Gate
	quotas  *quota.Quotas
	log     *slog.Logger
	writing *sync.WaitGroup // of counts that are being stored
}

// Wait waits for a call's turn. It implements upstream.Gate.
func (m metered) Wait(ctx context.Context) error {
	p := budget.PriorityOf(ctx)
	account := quota.AccountOf(ctx)
	if len(account) == 0 || p > budget.P1 {
		return m.Gate.Wait(ctx)
	}
	limits := account
	if p > budget.P0 {
		limits = quota.Sparing(account) // browsing leaves enough calls for a booking from the same address
	}
	verdict, err := m.quotas.Hold(ctx, limits...)
	if err != nil {
		m.log.Error("call not counted", "limit", account[0].Name, "error", err)
		return m.Gate.Wait(ctx) // the gate's limits still hold
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
