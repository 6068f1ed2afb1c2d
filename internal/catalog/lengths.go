package catalog

import (
	"context"
	"time"

	"okoshko/internal/upstream"
)

// Lengths are how long services take while no master is chosen, by the ids of the services.
type Lengths map[int]LengthRange

// LengthRange is how long a service takes, with the quickest and with the slowest of its masters. Zero when unknown.
type LengthRange struct{ Min, Max time.Duration }

// Together returns how long several services take one after another. It is zero when the length of one is not known.
func (l Lengths) Together(services []*Service) LengthRange {
	var out LengthRange
	for _, service := range services {
		one := l[service.ID]
		if service.Length > 0 {
			one = LengthRange{service.Length, service.Length}
		}
		if one.Min == 0 {
			return LengthRange{}
		}
		out.Min, out.Max = out.Min+one.Min, out.Max+one.Max
	}
	return out
}

// lengthsDenied is how long a refusal is remembered: whether a partner may read them seldom changes.
const lengthsDenied = 24 * time.Hour

// Lengths answers how long a company's services take, in one call, for as long as a bookform. A page can be shown without
// them. So the upstream is not asked while calls are scarce, a page waits for the answer only shortly, and a refusal is
// remembered for a day, because not every partner may read them.
func (c *Catalog) Lengths(ctx context.Context, company int) Lengths {
	if denied, _ := cachedValue[bool](c, lengthsDeniedKey(company)); denied {
		return nil
	}
	found, _ := soon(ctx, c, lengthsKey(company), func(ctx context.Context) (Lengths, error) { return c.askLengths(ctx, company) })
	return found
}

func (c *Catalog) askLengths(ctx context.Context, company int) (Lengths, error) {
	found, err := cached(ctx, c.cache, lengthsKey(company), c.ages.bookforms, func(ctx context.Context) (Lengths, error) {
		raw, err := c.client.ServiceLengths(ctx, company)
		return lengthRanges(raw), err
	})
	switch upstream.KindOf(err) {
	case upstream.KindForbidden, upstream.KindUnauthorized, upstream.KindNotFound:
		c.put(lengthsDeniedKey(company), true, Ages{Fresh: lengthsDenied, Soft: lengthsDenied, Hard: lengthsDenied}, c.now())
	default:
	}
	return found, err
}

// lengthRanges reads the upstream's answer.
func lengthRanges(raw []upstream.ServiceLength) Lengths {
	out := make(Lengths, len(raw))
	for _, s := range raw {
		lengths := LengthRange{s.Length, s.Length}
		if len(s.Staff) > 0 {
			lengths = LengthRange{s.Staff[0], s.Staff[0]}
		}
		for _, length := range s.Staff {
			lengths.Min, lengths.Max = min(lengths.Min, length), max(lengths.Max, length)
		}
		if lengths.Min > 0 {
			out[s.ID] = lengths
		}
	}
	return out
}
