package budget

import (
	"context"
)

// Priority says who goes first.
type Priority int

// The priorities, the most urgent first.
const (
	P0 Priority = iota // somebody who has shown that he books, changes a visit or signs in
	P1                 // a person is waiting for a page
	P2                 // a refresh of what is still served
	P3                 // a warm-up
)

// String names a priority for an operator.
func (p Priority) String() string { return [...]string{"P0", "P1", "P2", "P3"}[p] }

type priorityKey struct{}

// WithPriority marks the calls made under a context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the priority of a context's calls: P1 unless it says otherwise, and never more than its ceiling.
func PriorityOf(ctx context.Context) Priority {
	p := P1
	if said, ok := ctx.Value(priorityKey{}).(Priority); ok {
		p = said
	}
	return max(p, CeilingOf(ctx))
}

type ceilingKey struct{}

// WithCeiling says how urgent the calls under a context may be at most, whatever they say of themselves: what a call is
// for does not make it urgent, what its sender has shown does.
func WithCeiling(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, ceilingKey{}, p)
}

// CeilingOf is how urgent a context's calls may be at most: P0 where nobody has said less.
func CeilingOf(ctx context.Context) Priority {
	p, _ := ctx.Value(ceilingKey{}).(Priority)
	return p
}

type paidKey struct{}

// Paid is a context of somebody who has shown that he books, so that what he waits for is as urgent as a booking. It
// lifts the ceiling. The customer is told from others at the same address by a name that stands for nothing else.
func Paid(ctx context.Context, customer string) context.Context {
	return WithCeiling(context.WithValue(ctx, paidKey{}, customer), P0)
}

// customerOf is who has paid for a context's calls, "" for nobody.
func customerOf(ctx context.Context) string {
	customer, _ := ctx.Value(paidKey{}).(string)
	return customer
}

// WaitsAt is the priority of what a person under a context waits for: P0 for whoever has paid, else P1.
func WaitsAt(ctx context.Context) Priority {
	if customerOf(ctx) != "" {
		return P0
	}
	return max(P1, CeilingOf(ctx))
}
