package catalog

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	watch "okoshko/internal/clock"
)

// TestSettleWaitsForAllWork begins pieces of work that begin others.
func TestSettleWaitsForAllWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b behind
		b.settle() // nothing runs
		var ended atomic.Int32
		for i := range 3 {
			b.do(func() {
				time.Sleep(time.Duration(i) * time.Second)
				b.do(func() {
					time.Sleep(time.Second)
					ended.Add(1)
				})
			})
		}
		passed := watch.Stopwatch()
		b.settle()
		if took := passed(); ended.Load() != 3 || took != 3*time.Second {
			t.Errorf("after %v %d of 3 have ended, want all after 3 s", took, ended.Load())
		}
		b.settle()
	})
}
