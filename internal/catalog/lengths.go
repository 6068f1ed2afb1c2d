package catalog

import (
	"context"
	"time"

	"okoshko/internal/upstream"
)

// Lengths say how long services take before a master is chosen, by the services' ids.
type Lengths map[int]LengthRange

// LengthRange is how long a service takes: as long as the quickest of its masters needs, up to the slowest. Zero when unknown.
type LengthRange struct{ Min, Max time.Duration }

const (
	// lengthsGrace is how long a page waits for lengths, which it can do without.
	lengthsGrace = 250 * time.Millisecond
	// lengthsAgain is how long a page that lacks them is good.
	lengthsAgain = 30 * time.Second
	// lengthsDenied is how long a refusal is remembered: a partner gets the right to read them, or does not.
	lengthsDenied = 24 * time.Hour
)

// Lengths answers how long a company's services take. It is one call for a company, kept as long as a form. The page can
// do without: nothing is asked while others have to wait for their calls, nobody waits long for the answer, and where the
// upstream does not tell them to this partner, it is not asked again for a day.
func (c *Catalog) Lengths(ctx context.Context, company int) Lengths {
	if denied, _ := cachedValue[bool](c, lengthsDeniedKey(company)); denied {
		return nil
	}
	if c.lengthsCached(company) || !c.sparing() && !onlyCached(ctx) {
		collecting, made := c.CollectDeps(ctx)
		came := make(chan Lengths, 1)
		go func() {
			defer close(came)
			found, err := c.askLengths(collecting, company)
			if err == nil {
				came <- found
			}
		}()
		patience := time.NewTimer(lengthsGrace)
		defer patience.Stop()
		select {
		case found, ok := <-came:
			if ok {
				depsOf(ctx).merge(made)
				return found
			}
		case <-patience.C:
		case <-ctx.Done():
		}
	}
	depsOf(ctx).until(c.now().Add(lengthsAgain))
	return nil
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

// lengthsCached says whether an answer is there that needs no question now.
func (c *Catalog) lengthsCached(company int) bool {
	e, err := c.cache.usable(lengthsKey(company))
	return err == nil && e.err == nil
}

// lengthRanges are the lengths of services that the upstream told.
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
