package guard

import (
	"errors"
	"sync"
	"time"

	"okoshko/internal/quota"
)

const (
	// drawnPerAddress are the requests of an address in a minute for which a page may have to be drawn. A carrier's address,
	// behind which a dozen people book, comes to a hundred. Pages that are kept cost little and do not count.
	drawnPerAddress = 300
	// submittedPerAddress are the forms that one address may have sent in a minute before they are as urgent as looking about
	// is; the same dozen comes to half of it.
	submittedPerAddress = 40
	floodWindow         = time.Minute
	// maxFlood bounds the networks that are told apart in a minute; those beyond are counted by their wider ones alone.
	maxFlood = 50_000
)

// flood counts what the networks around addresses do, minute by minute, in this process alone: what is counted for every
// request must not cost a write.
type flood struct {
	most int // of the innermost ring

	mu    sync.Mutex
	began time.Time
	count map[string]int
}

func newFlood(most int) *flood { return &flood{most: most, count: map[string]int{}} }

// over counts one more, and says whether one of the rings has had more than its share in this minute.
func (f *flood) over(rings []quota.Ring, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if since := now.Sub(f.began); since >= floodWindow || since < 0 {
		f.began = now
		clear(f.count)
	}
	over := false
	for i, ring := range rings {
		n, known := f.count[ring.Network]
		if !known && i < len(rings)-1 && len(f.count) >= maxFlood {
			continue
		}
		f.count[ring.Network] = n + 1
		over = over || n >= f.most*ring.Factor
	}
	return over
}

// ErrFlood says that an address has asked for so many pages that none more is drawn for it.
var ErrFlood = errors.New("server: too many pages for one address")
