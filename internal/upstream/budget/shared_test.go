package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"okoshko/internal/redistest"
)

// memoryLog is a Log in memory that can be lost, for one process or for all.
type memoryLog struct {
	processes int

	mu     sync.Mutex
	calls  calls
	looked calls
	alive  map[int]time.Time
	cut    map[int]bool
	factor float64
	until  time.Time
}

// of is the log as one process sees it.
func (l *memoryLog) of(process int) Log { return oneSide{l, process} }

type oneSide struct {
	*memoryLog
	process int
}

var errCut = errors.New("cut off")

func (o oneSide) Take(_ context.Context, rooms Rooms) (Taken, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cut[o.process] {
		return Taken{}, errCut
	}
	now := time.Now()
	if !rooms.Quiet {
		o.alive[o.process] = now
	}
	for id, at := range o.alive {
		if now.Sub(at) >= Alive {
			delete(o.alive, id)
		}
	}
	out := Taken{Used: o.calls.in(time.Minute, now), Looked: o.looked.in(time.Minute, now), Factor: 1}
	if now.Before(o.until) {
		out.Factor = o.factor
	}
	if rooms.Second == 0 {
		return out, nil
	}
	part := float64(len(o.alive)) / float64(o.processes)
	if rooms.Quiet {
		part = 1
	}
	need := func(c calls, room int, length time.Duration) {
		out.Wait = max(out.Wait, c.wait(max(1, int(float64(room)*part)), 0, length, now))
	}
	need(o.calls, rooms.Second, second)
	need(o.calls, rooms.Minute, minute)
	looks := rooms.LookSecond > 0
	if looks {
		need(o.looked, rooms.LookSecond, second)
		need(o.looked, rooms.LookMinute, minute)
	}
	if out.Wait == 0 {
		if o.calls = o.calls.note(now); looks {
			o.looked = o.looked.note(now)
		}
	}
	return out, nil
}

func (o oneSide) Slow(_ context.Context, factor float64, lasts time.Duration) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.factor, o.until = factor, time.Now().Add(lasts)
	return nil
}

func (l *memoryLog) set(process int, cut, forget bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut[process] = cut
	if forget {
		l.calls, l.looked = nil, nil
	}
}

const ours = 3 // processes

func newSide() *memoryLog {
	return &memoryLog{processes: ours, alive: map[int]time.Time{}, cut: map[int]bool{}}
}

// pass lets time pass; only for use inside synctest, whose clock it is.
func pass(d time.Duration) { <-time.After(d) }

// crowd runs several gates for a time, with callers of all priorities at each, and calls during every
// second.
func crowd(rng *rand.Rand, log *memoryLog, o Options, long time.Duration, during func(second int)) *grants {
	gates := make([]*Shared, ours)
	for i := range gates {
		gates[i] = NewShared(o, log.of(i), ours)
	}
	let := &grants{}
	var wg sync.WaitGroup
	end := time.Now().Add(long)
	for second := 0; time.Now().Before(end); {
		ctx := WithPriority(context.Background(), Priority(rng.IntN(4)))
		gate := gates[rng.IntN(ours)]
		wg.Go(func() {
			if gate.Wait(ctx) == nil {
				let.note()
			}
		})
		pass(time.Duration(rng.IntN(200)) * time.Millisecond)
		if s := int(long.Seconds() - time.Until(end).Seconds()); s > second {
			second = s
			during(second)
		}
	}
	wg.Wait()
	for _, g := range gates {
		g.Close()
	}
	return let
}

func TestProcessesTogetherKeepTheLimits(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			let := crowd(rand.New(rand.NewPCG(seed, 2)), newSide(), Options{PerSecond: 4, PerMinute: 60}, 3*time.Minute, func(int) {})
			if s, m := let.most(time.Second), let.most(time.Minute); s > 4 || m > 60 {
				t.Errorf("seed %d: %d calls in a second and %d in a minute, want at most 4 and 60", seed, s, m)
			}
			if len(let.at) < 100 {
				t.Errorf("seed %d: only %d calls were let through", seed, len(let.at))
			}
		})
	}
}

// The limits of the upstream are a tenth above ours: that tenth is what a lost log may cost.
func TestALostLogLeavesEveryProcessItsShare(t *testing.T) {
	for seed := range uint64(12) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			log := newSide()
			down := 20 + rng.IntN(60)
			up := down + 70 + rng.IntN(60)
			who := rng.IntN(ours + 1) // ours: all of them, and the log comes back empty
			let := crowd(rng, log, Options{PerSecond: 4, PerMinute: 180}, 5*time.Minute, func(second int) {
				for i := range ours {
					if i == who || who == ours {
						switch second {
						case down:
							log.set(i, true, false)
						case up:
							log.set(i, false, who == ours)
						}
					}
				}
			})
			if s, m := let.most(time.Second), let.most(time.Minute); s > 5 || m > 200 {
				t.Errorf("seed %d, log lost for %d from %d s to %d s: %d calls in a second and %d in a minute, want at most 5 and 200", seed, who, down, up, s, m)
			}
			between := 0
			start := let.at[0]
			for _, at := range let.at {
				if d := at.Sub(start); d > time.Duration(down+61)*time.Second && d < time.Duration(up)*time.Second {
					between++
				}
			}
			if between == 0 {
				t.Errorf("seed %d: nothing was let through while the log was lost", seed)
			}
		})
	}
}

func TestTooManySlowsEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newSide()
		a, b := NewShared(Options{PerSecond: 10, PerMinute: 600}, log.of(0), ours), NewShared(Options{PerSecond: 10, PerMinute: 600}, log.of(1), ours)
		defer a.Close()
		defer b.Close()
		a.Report(http.StatusTooManyRequests, 0)
		time.Sleep(2 * beat)
		if f := b.Stats().Factor; f != 0.5 {
			t.Errorf("the other process's factor = %v, want 0.5", f)
		}
		if err := b.Wait(WithPriority(context.Background(), P2)); !errors.Is(err, ErrSpent) {
			t.Errorf("P2 of the other process: %v, want ErrSpent", err)
		}
	})
}

// gate is what both kinds have.
type gate interface {
	Wait(ctx context.Context) error
	Close()
}

// TestBookingsNeverWaitBehindOthers tries arrivals of all kinds. A booking waits only while bookings
// themselves have used what is kept for them, and nobody else is let through meanwhile.
func TestBookingsNeverWaitBehindOthers(t *testing.T) {
	type arrival struct{ gap, priority int }
	rapid.Check(t, func(rt *rapid.T) {
		shared := rapid.Bool().Draw(rt, "shared")
		limit := Options{PerSecond: rapid.IntRange(2, 6).Draw(rt, "second"), PerMinute: rapid.IntRange(10, 40).Draw(rt, "minute")}
		arrivals := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) arrival {
			return arrival{rapid.IntRange(0, 700).Draw(rt, "gap"), rapid.IntRange(0, 3).Draw(rt, "priority")}
		}), 20, 120).Draw(rt, "arrivals")
		var wrong []string
		synctest.Test(t, func(*testing.T) {
			var g gate = New(limit)
			if shared {
				g = NewShared(limit, (&memoryLog{processes: 1, alive: map[int]time.Time{}, cut: map[int]bool{}}).of(0), 1)
			}
			var mu sync.Mutex
			var all, bookings grants
			waiting := 0
			var wg sync.WaitGroup
			for _, a := range arrivals {
				time.Sleep(time.Duration(a.gap) * time.Millisecond)
				wg.Go(func() {
					p, start := Priority(a.priority), time.Now()
					if p == P0 {
						mu.Lock()
						waiting++
						mu.Unlock()
					}
					err := g.Wait(WithPriority(context.Background(), p))
					mu.Lock()
					defer mu.Unlock()
					if p == P0 {
						waiting--
					}
					if err != nil {
						return
					}
					now := time.Now()
					all.at = append(all.at, now)
					if p != P0 {
						return
					}
					if now.Sub(start) > 0 {
						latest, minute := 0, 0
						for _, at := range bookings.at {
							if start.Sub(at) < second {
								latest++
							}
							if start.Sub(at) < time.Minute {
								minute++
							}
						}
						// Counted when the wait began, so one that came at the same instant may not be in it yet.
						if latest+waiting < reserve(limit.PerSecond) && minute+waiting < reserve(limit.PerMinute) {
							wrong = append(wrong, "a booking waited though the calls kept for bookings were not used")
						}
					}
					bookings.at = append(bookings.at, now)
				})
				synctest.Wait()
			}
			wg.Wait()
			g.Close()
			if all.most(time.Second) > limit.PerSecond || all.most(time.Minute) > limit.PerMinute {
				wrong = append(wrong, "a window holds more than its limit")
			}
		})
		if len(wrong) > 0 {
			rt.Fatalf("%v", wrong)
		}
	})
}

// TestRedisLogIsExact asks the script from several processes at once, on a server of its own.
func TestRedisLogIsExact(t *testing.T) {
	server := redistest.Start(t)
	options, err := redis.ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	logs := make([]*Redis, ours)
	for i := range logs {
		logs[i] = NewRedis(client, ours)
		if _, err := logs[i].Take(t.Context(), Rooms{}); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	var granted int
	var waits []time.Duration
	var wg sync.WaitGroup
	for _, log := range logs {
		for range 20 {
			wg.Go(func() {
				taken, err := log.Take(t.Context(), Rooms{Second: 7, Minute: 60})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case taken.Wait == 0:
					granted++
					if taken.Lately < 1 || taken.Lately > taken.Used {
						t.Errorf("%d calls in the last second and %d in the last minute", taken.Lately, taken.Used)
					}
				default:
					waits = append(waits, taken.Wait)
				}
			})
		}
	}
	wg.Wait()
	if granted != 7 {
		t.Errorf("%d calls were granted at once, want 7", granted)
	}
	for _, w := range waits {
		if w <= 0 || w > second {
			t.Errorf("told to wait %v, want at most a second and a tenth", w)
		}
	}
	if taken, err := logs[0].Take(t.Context(), Rooms{Second: 7, Minute: 7}); err != nil || taken.Wait <= time.Second || taken.Wait > minute || taken.Used != 7 {
		t.Errorf("with the minute's room used: %+v, %v, want a wait of most of a minute", taken, err)
	}
	if err := logs[1].Slow(t.Context(), 0.25, time.Minute); err != nil {
		t.Fatal(err)
	}
	if taken, err := logs[2].Take(t.Context(), Rooms{}); err != nil || taken.Factor != 0.25 || taken.Used != 7 {
		t.Errorf("after Slow: %+v, %v, want factor 0.25", taken, err)
	}
	// Whoever looks has a room of his own, and what bookings take is not of it.
	if taken, err := logs[1].Take(t.Context(), Rooms{Second: 99, Minute: 99, LookSecond: 1, LookMinute: 1}); err != nil || taken.Wait != 0 {
		t.Errorf("the first who looks: %+v, %v, want no wait", taken, err)
	}
	if taken, err := logs[2].Take(t.Context(), Rooms{Second: 99, Minute: 99, LookSecond: 1, LookMinute: 1}); err != nil || taken.Wait == 0 || taken.Looked != 1 {
		t.Errorf("the second who looks: %+v, %v, want a wait", taken, err)
	}
	// A process that is not heard of keeps its share to itself.
	if err := client.ZRem(t.Context(), aliveKey, logs[0].process).Err(); err != nil {
		t.Fatal(err)
	}
	if err := client.Del(t.Context(), callsKey).Err(); err != nil {
		t.Fatal(err)
	}
	granted = 0
	for range 20 {
		if taken, err := logs[1].Take(t.Context(), Rooms{Second: 9, Minute: 60}); err == nil && taken.Wait == 0 {
			granted++
		}
	}
	if granted != 6 {
		t.Errorf("%d calls were granted to two of three processes, want two thirds of 9", granted)
	}
}
