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

// memoryLog is a Log of one process, in memory.
type memoryLog struct {
	mu            sync.Mutex
	calls, looked calls
}

func (l *memoryLog) Take(_ context.Context, rooms Rooms) (Taken, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	out := Taken{Used: l.calls.in(time.Minute, now), Looked: l.looked.in(time.Minute, now), Factor: 1}
	if rooms.Second == 0 {
		return out, nil
	}
	need := func(c calls, room int, length time.Duration) {
		out.Wait = max(out.Wait, c.wait(room, 0, length, now))
	}
	need(l.calls, rooms.Second, second)
	need(l.calls, rooms.Minute, minute)
	looks := rooms.LookSecond > 0
	if looks {
		need(l.looked, rooms.LookSecond, second)
		need(l.looked, rooms.LookMinute, minute)
	}
	if out.Wait == 0 {
		if l.calls = l.calls.note(now); looks {
			l.looked = l.looked.note(now)
		}
	}
	return out, nil
}

func (*memoryLog) Slow(context.Context, float64, time.Duration) error { return nil }

// sides are the logs of several processes on one server, which can be lost, for one process or for all.
type sides struct {
	server *redistest.Virtual
	client *redis.Client
	logs   []*Redis

	mu  sync.Mutex
	cut map[int]bool
}

// of is the log as one process sees it.
func (l *sides) of(process int) Log { return oneSide{l, process} }

type oneSide struct {
	*sides
	process int
}

var errCut = errors.New("cut off")

func (o oneSide) lost() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cut[o.process]
}

func (o oneSide) Take(ctx context.Context, rooms Rooms) (Taken, error) {
	if o.lost() {
		return Taken{}, errCut
	}
	return o.logs[o.process].Take(ctx, rooms)
}

func (o oneSide) Slow(ctx context.Context, factor float64, lasts time.Duration) error {
	if o.lost() {
		return errCut
	}
	return o.logs[o.process].Slow(ctx, factor, lasts)
}

func (l *sides) set(process int, cut, forget bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut[process] = cut
	if forget {
		l.client.FlushAll(context.Background())
	}
}

// newSides makes them within a bubble of synctest, at whose end stop must be called.
func newSides(t *testing.T, processes int) *sides {
	t.Helper()
	l := &sides{server: redistest.StartVirtual(), cut: map[int]bool{}}
	l.client = l.server.Client(t)
	for range processes {
		l.logs = append(l.logs, NewRedis(l.client, processes))
	}
	return l
}

func (l *sides) stop() {
	_ = l.client.Close()
	l.server.Stop()
}

const ours = 3 // processes

// pass lets time pass; only for use inside synctest, whose clock it is.
func pass(d time.Duration) { <-time.After(d) }

// crowd runs several gates for a time, with callers of all priorities at each, and calls during every
// second.
func crowd(rng *rand.Rand, log *sides, o Options, long time.Duration, during func(second int)) *grants {
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
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			log := newSides(t, ours)
			defer log.stop()
			let := crowd(rand.New(rand.NewPCG(seed, 2)), log, Options{PerSecond: 4, PerMinute: 60}, 3*time.Minute, func(int) {})
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
	for seed := range uint64(ours + 1) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			log := newSides(t, ours)
			defer log.stop()
			down := 20 + rng.IntN(60)
			up := down + 70 + rng.IntN(60)
			who := int(seed) // ours: all of them, and the log comes back empty
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
		log := newSides(t, ours)
		defer log.stop()
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

// TestBookingsNeverWaitBehindOthers tries arrivals of all kinds. Unless bookings themselves have used what is kept of a minute for
// them, one waits only for calls of the same second, and no call that comes later goes before it.
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
				g = NewShared(limit, new(memoryLog), 1)
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
					if now.Sub(start) > second {
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
						if latest+waiting < limit.PerSecond && minute+waiting < reserve(limit.PerMinute) {
							wrong = append(wrong, "a booking waited longer than a second though the calls kept for bookings were not used")
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

// TestAProcessThatWasKilledKeepsLittleBack kills one of three processes while all calls are used, and starts it again half a minute
// later. What the others let through falls little: the one that was killed knew how little was left of the minute.
func TestAProcessThatWasKilledKeepsLittleBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newSides(t, ours)
		defer log.stop()
		o := Options{PerSecond: 5, PerMinute: 200}
		start := func(i int) *Shared { return NewShared(o, log.of(i), ours) }
		all := []*Shared{start(0), start(1), start(2)}
		var let grants
		var wg sync.WaitGroup
		// Everybody asks more than there is.
		ask := func(lasts time.Duration, from ...int) {
			for end := time.Now().Add(lasts); time.Now().Before(end); pass(400 * time.Millisecond) {
				for _, i := range from {
					wg.Go(func() {
						if all[i].Wait(WithPriority(context.Background(), P0)) == nil {
							let.note()
						}
					})
				}
			}
		}
		ask(2*time.Minute, 0, 1, 2)
		before := let.last(time.Minute)
		all[1].Close()
		ask(30*time.Second, 0, 2)
		// Without a look at what was left it would be a third less at once: twenty seconds without a call.
		if during := let.last(time.Minute); during*10 < before*8 {
			t.Errorf("%d calls in the minute in which one was killed, %d in the one before", during, before)
		}
		log.logs[1] = NewRedis(log.client, ours)
		all[1] = start(1)
		ask(40*time.Second, 0, 1, 2)
		if after := let.last(time.Minute); after*10 < before*8 {
			t.Errorf("%d calls in the minute after one was started again, %d before", after, before)
		}
		// One that does not come back keeps its share in the end.
		all[1].Close()
		ask(3*time.Minute, 0, 2)
		if after := let.last(time.Minute); after > before*3/4 {
			t.Errorf("%d calls in a minute in which one may be cut off, %d before: its share is not left to it", after, before)
		}
		wg.Wait()
		all[0].Close()
		all[2].Close()
		if s, m := let.most(time.Second), let.most(time.Minute); s > o.PerSecond || m > o.PerMinute {
			t.Errorf("%d calls in a second and %d in a minute", s, m)
		}
	})
}

// TestALogThatIsSlowForAMomentCostsNoMinute: the process makes no call meanwhile, and goes on as if nothing had been.
func TestALogThatIsSlowForAMomentCostsNoMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newSides(t, 1)
		defer log.stop()
		o := Options{PerSecond: 5, PerMinute: 200}
		gate := NewShared(o, log.of(0), 1)
		var let grants
		var wg sync.WaitGroup
		ask := func(lasts time.Duration) int {
			for end := time.Now().Add(lasts); time.Now().Before(end); pass(250 * time.Millisecond) {
				wg.Go(func() {
					if gate.Wait(WithPriority(context.Background(), P0)) == nil {
						let.note()
					}
				})
			}
			return let.last(lasts)
		}
		usual := ask(time.Minute)
		log.set(0, true, false)
		ask(2 * time.Second)
		log.set(0, false, false)
		if after := ask(time.Minute); after*10 < usual*9 {
			t.Errorf("%d calls in the minute after the log was slow, %d in the one before", after, usual)
		}
		wg.Wait()
		gate.Close()
		if s, m := let.most(time.Second), let.most(time.Minute); s > o.PerSecond || m > o.PerMinute {
			t.Errorf("%d calls in a second and %d in a minute", s, m)
		}
	})
}
