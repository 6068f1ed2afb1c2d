package budget

import (
	"context"
)

// Priority is how urgent a call is.
type Priority int

// The priorities, the most urgent first.
const (
	P0 Priority = iota // a form with a valid token waits: a booking, a change of a visit, a sign-in
	P1                 // a visitor waits for a page
	P2                 // a refresh of an answer that is still served
	P3                 // a warm-up
	// P3Watch is a warm-up of somebody who makes few by himself, at most so many a minute, and must not be shut out by other ones: it goes
	// as long as calls are not scarce.
	P3Watch
)

// String names a priority for an operator.
func (p Priority) String() string { return [...]string{"P0", "P1", "P2", "P3", "P3"}[p] }

type priorityKey struct{}

// WithPriority sets the priority of the calls under a context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the priority of the calls under a context: P1 if none was set, and never above the ceiling.
func PriorityOf(ctx context.Context) Priority {
	p := P1
	if said, ok := ctx.Value(priorityKey{}).(Priority); ok {
		p = said
	}
	return max(p, CeilingOf(ctx))
}

type ceilingKey struct{}

// WithCeiling bounds the priority of the calls under a context, whatever priority they are given. A call is urgent only if
// its sender has shown a valid form, not because of what it is for.
func WithCeiling(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, ceilingKey{}, p)
}

// CeilingOf is the highest priority that calls under a context may have, P0 if no ceiling was set.
func CeilingOf(ctx context.Context) Priority {
	p, _ := ctx.Value(ceilingKey{}).(Priority)
	return p
}

type paidKey struct{}

// Paid is the context of a customer who has sent a valid form. Everything that this customer waits for is as urgent as a
// booking, and the ceiling is lifted. The name tells the customer from others at the same address, and means nothing else.
func Paid(ctx context.Context, customer string) context.Context {
	return WithCeiling(context.WithValue(ctx, paidKey{}, customer), P0)
}

// customerOf is the customer of a context made by Paid, "" for other contexts.
func customerOf(ctx context.Context) string {
	customer, _ := ctx.Value(paidKey{}).(string)
	return customer
}

// WaitsAt is the priority of a call that a visitor waits for: P0 under a context made by Paid, else P1.
func WaitsAt(ctx context.Context) Priority {
	if customerOf(ctx) != "" {
		return P0
	}
	return max(P1, CeilingOf(ctx))
}
