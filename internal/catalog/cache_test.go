package catalog

import (
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// dropped counts what had to make room.
type dropped struct{ n atomic.Int64 }

func (*dropped) Lookup(string, string) {}
func (*dropped) Disagrees(string)      {}
func (d *dropped) Dropped()            { d.n.Add(1) }

// TestAnswersThatMakeRoomAreCounted puts more into a cache than it takes, and then drops and replaces, which is no lack of room.
func TestAnswersThatMakeRoomAreCounted(t *testing.T) {
	t.Parallel()
	now := testclock.Start()
	for entries, want := range map[int]bool{10: true, 1000: false} {
		watch := &dropped{}
		c := newCache(0, entries, func() time.Time { return now }, nil, watch, func(f func()) { f() })
		t.Cleanup(c.close)
		ages := Ages{Fresh: time.Minute, Soft: time.Minute, Hard: time.Minute}
		for i := range 100 {
			k := about(questionCompany, i)
			c.entries.Set(k, c.entry(k, i, ages, now))
			c.entries.Set(k, c.entry(k, -i, ages, now))
		}
		c.entries.CleanUp()
		c.entries.Invalidate(about(questionCompany, 99))
		if got := watch.n.Load(); got > 0 != want || want && got < 80 {
			t.Errorf("a cache of %d entries has dropped %d of 100", entries, got)
		}
	}
}
