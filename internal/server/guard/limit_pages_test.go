package guard

import (
	"fmt"
	"testing"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/testclock"
)

func TestAFloodIsCountedByItsNetworks(t *testing.T) {
	clock := testclock.Standing()
	f := newFlood(3)
	rings := func(address, network string) []quota.Ring {
		return []quota.Ring{{Network: address, Factor: 1}, {Network: network, Factor: 4}}
	}
	passed := 0
	for range 10 {
		if !f.over(rings("a", "A"), clock.Now()) {
			passed++
		}
	}
	if passed != 3 {
		t.Errorf("an address has %d, want 3", passed)
	}
	passed = 0
	for i := range 20 { // what the first was refused counts for its network too
		if !f.over(rings(fmt.Sprint("a", i), "A"), clock.Now()) {
			passed++
		}
	}
	if passed != 2 {
		t.Errorf("the rest of its network has %d, want 2 of 12", passed)
	}
	if f.over(rings("b", "B"), clock.Now()) || f.over(nil, clock.Now()) {
		t.Error("another network, or nobody's address, is over")
	}
	clock.Add(floodWindow)
	if f.over(rings("a", "A"), clock.Now()) {
		t.Error("a minute later the address is over")
	}
}

// TestAFloodIsBounded in the memory that it takes, and its networks are counted all the same.
func TestAFloodIsBounded(t *testing.T) {
	f, at := newFlood(10), time.Time{}
	over := 0
	for i := range 3 * maxFlood {
		if f.over([]quota.Ring{{Network: fmt.Sprint("address ", i), Factor: 1}, {Network: fmt.Sprint("network ", i%7), Factor: 4}}, at) {
			over++
		}
	}
	if len(f.count) > maxFlood+10 || over < 3*maxFlood-7*40 {
		t.Errorf("%d are told apart, %d are over", len(f.count), over)
	}
}
