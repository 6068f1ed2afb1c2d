package catalog

import (
	"context"
	"time"
)

const (
	// soonGrace is how long a page waits for an answer that it can be shown without.
	soonGrace = 250 * time.Millisecond
	// soonAgain is how long a page without such an answer is good.
	soonAgain = 30 * time.Second
)

// soon answers a question that a page can be shown without. While calls are scarce the upstream is not asked, else a page waits for the
// answer only shortly; then an older one will do, as long as it may be served at all.
func soon[T any](ctx context.Context, c *Catalog, k key, ask func(context.Context) (T, error)) (T, bool) {
	if !c.lacks(k) || !c.sparing() && !onlyCached(ctx) {
		collecting, made := c.CollectDeps(ctx)
		came := make(chan T, 1)
		c.behind.do(func() {
			defer close(came)
			found, err := ask(collecting)
			if err == nil {
				came <- found
			}
		})
		patience := time.NewTimer(c.patience)
		defer patience.Stop()
		select {
		case found, ok := <-came:
			if ok {
				depsOf(ctx).merge(made)
				return found, true
			}
		case <-patience.C:
		case <-ctx.Done():
		}
	}
	depsOf(ctx).until(c.now().Add(soonAgain))
	return cachedValue[T](c, k)
}
