package app

import (
	"context"
	"log/slog"

	"okoshko/internal/quota"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// metered is a gate that counts the calls which a customer waits for on that customer's account, from when they queue:
// as many as come at once are no more than as many one after another.
type metered struct {
	upstream.Gate
	quotas *quota.Quotas
	log    *slog.Logger
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
	defer m.quotas.Release(limits...)
	if err := m.Gate.Wait(ctx); err != nil {
		return err
	}
	if _, err := m.quotas.Take(context.WithoutCancel(ctx), account...); err != nil {
		m.log.Error("call not counted", "limit", account[0].Name, "error", err)
	}
	return nil
}
