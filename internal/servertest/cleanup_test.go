package servertest

import (
	"runtime"
	"testing"
	"time"
)

func TestCleanupLetsGo(t *testing.T) {
	gone, ran := make(chan struct{}), false
	t.Run("a test that holds something large", func(t *testing.T) {
		t.Parallel() // so that its parent keeps it until all others have ended
		large := new([1 << 20]byte)
		runtime.AddCleanup(large, func(gone chan struct{}) { close(gone) }, gone)
		Cleanup(t, func() { ran = large[0] == 0 })
	})
	t.Run("one that looks", func(t *testing.T) {
		t.Parallel()
		for range 200 {
			runtime.GC()
			select {
			case <-gone:
				if !ran {
					t.Error("the function has not run")
				}
				return
			case <-t.Context().Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
		t.Error("what the function referred to is still there")
	})
}
