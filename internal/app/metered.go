package app

import (
	"context"
	"log/slog"

	"okoshko/internal/quota"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// metered is a gate that counts the calls which a customer waits for on that customer's account.
type metered struct {
	upstream.Gate
	quotas *quota.Quotas
	log    *slog.Logger
}

// Wait implements upstream.Gate.
func (m metered) Wait(ctx context.Context) error {
	if err := m.Gate.Wait(ctx); err != nil {
		return err
	}
	account, ok := quota.AccountOf(ctx)
	if !ok || budget.PriorityOf(ctx) > budget.P1 {
		return nil
	}
	if _, err := m.quotas.Take(context.WithoutCancel(ctx), account); err != nil {
		m.log.Error("call not counted", "limit", account.Name, "error", err)
	}
	return nil
}
