package guard

import (
	"errors"
	"sync"
	"time"

	"okoshko/internal/quota"
)

const (
	// drawnPerAddress is for how many requests of an address a page may be drawn in a minute. The shared address of a mobile
	// carrier, behind which a dozen people book, comes to a hundred. Cached pages cost little and do not count.
	drawnPerAddress = 300
	// submittedPerAddress is how many forms of an address get the priority of Pay in a minute. The dozen people send half as
	// many.
	submittedPerAddress = 40
	floodWindow         = time.Minute
	// maxFlood is how many networks are counted one by one in a minute. A further one is counted with its widest network alone.
	maxFlood = 50_000
)

// flood counts the requests of networks, minute by minute. It counts in memory, in this process alone, because a write to the
// store for every request would cost too much.
type flood struct {
	most int // requests a minute of the innermost ring

	mu    sync.Mutex
	began time.Time
	count map[string]int
}

func newFlood(most int) *flood { return &flood{most: most, count: map[string]int{}} }

// over counts a request, and says whether one of its rings has had more than its share in this minute.
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

// ErrFlood says that an address has asked for too many pages. The answer is a short page that is not drawn.
var ErrFlood = errors.New("server: too many pages for one address")
