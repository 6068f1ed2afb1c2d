package budget

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Log is where several processes note the calls of their one address.
type Log interface {
	// Take notes one call when both windows have room for it. A process that is not heard of may be alive and cut off, so
	// its share is left to it. Without room Take answers how long there will be none. A Take without rooms only says that
	// the process is alive.
	Take(ctx context.Context, rooms Rooms) (Taken, error)
	// Slow tells the other processes that the upstream said "too many".
	Slow(ctx context.Context, factor float64, lasts time.Duration) error
}

// Rooms are how many calls each window takes: of all priorities, and, for a call below P0, of priorities below P0 (0 for a
// call of P0).
//
// Quiet is a process some of whose calls of the last minute are not in the log. It keeps to its share by itself, and the
// other processes leave it its share, as if it were not heard of.
type Rooms struct {
	Second, Minute, LookSecond, LookMinute int
	Quiet                                  bool
}

// Taken is the log's answer.
type Taken struct {
	Wait   time.Duration // until there may be room; 0 = the call is noted
	Used   int           // calls of all processes in the last minute
	Looked int           // those of them that are below P0
	Lately int           // calls of all processes in the last second
	Factor float64       // of the limits, as some process has said; 1 = none has
}

// Shared is a Gate for several processes behind one address. Together they never make more calls than
// the limits allow. When the log does not answer, each keeps to its share.
type Shared struct {
	options   Options
	log       Log
	processes int
	windows   [2]window

	mu      sync.Mutex
	line    line
	slow    slow
	used    int   // by all processes in the minute before the last answer
	looked  int   // those of them that were below P0
	lately  int   // by all processes in the second before it
	watched calls // of P3Watch, by this process: only one at a time has the watch
	share   *Gate
	// The log is lost since lostAt; zero while it answers. After it has come back, the process keeps to its share until
	// sharedUntil, because other processes may not have found the log yet.
	lostAt      time.Time
	sharedUntil time.Time

	wake chan struct{}
	stop chan struct{}
	done sync.WaitGroup
}

const (
	// answerIn is how long the log may take.
	answerIn = 300 * time.Millisecond
	// tryAgain is the pause before a log is tried again that has just not answered.
	tryAgain = 100 * time.Millisecond
	// forgotten is how many seconds' calls may have left the last minute while the log did not answer for so short a time that
	// nothing was called without it. When more are missing, the log has begun anew.
	forgotten = 4
	// beat is how often a process says that it is alive, and tries a log that is lost.
	beat = time.Second
	// Alive is how long a process that has not been heard of is still counted.
	Alive = 3 * time.Second
)

// NewShared makes a Shared gate of so many processes. Close must be called on it.
func NewShared(o Options, log Log, processes int) *Shared {
	o = o.withDefaults()
	s := &Shared{
		options: o, log: log, processes: processes, windows: windowsOf(o.PerSecond, o.PerMinute), slow: slow{factor: 1}, line: newLine(),
		wake: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if processes > 1 { // a queue does not see the other processes', whose visitors would take the turn of a booking
		s.windows[0].keep = reserve(o.PerSecond)
	}
	s.share = New(Options{PerSecond: max(1, o.PerSecond/processes), PerMinute: max(1, o.PerMinute/processes), Now: o.Now})
	s.done.Add(1)
	go s.run()
	return s
}

// Close ends the goroutine of the gate. Calls that wait end with their patience.
func (s *Shared) Close() {
	close(s.stop)
	s.done.Wait()
}

// Wait returns when the caller may make one call. Errors: ErrSpent, and the context's own.
func (s *Shared) Wait(ctx context.Context) error {
	p, start := PriorityOf(ctx), s.options.Now()
	err := s.wait(ctx, p)
	s.options.Observe(p, err == nil, s.options.Now().Sub(start))
	return err
}

func (s *Shared) wait(ctx context.Context, p Priority) error {
	s.mu.Lock()
	s.line.meet(customerOf(ctx), payer(ctx, p), s.options.Now())
	w, err := s.line.join(p, payer(ctx, p), rare(ctx, p), s.options.Now())
	if err != nil {
		s.mu.Unlock()
		return err
	}
	// A call that may not queue still waits for the answer of the log.
	w.limit = time.NewTimer(s.options.real(max(patience[p], 2*answerIn)))
	defer w.limit.Stop()
	s.mu.Unlock()
	s.nudge()
	release := ticketOf(ctx).hold(func(better standing) { s.bring(w, better) })
	defer release()

	select {
	case <-w.ready:
		return w.refused
	case <-w.limit.C:
		return s.leave(w, ErrSpent)
	case <-ctx.Done():
		return s.leave(w, ctx.Err())
	}
}

// bring moves a waiter forward to the place of another visitor who waits for the same call.
func (s *Shared) bring(w *waiter, better standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.index >= 0 {
		s.line.improve(w, better.priority, better.payer, s.options.Now())
		s.nudge()
	}
}

// leave gives up waiting. When the turn has come at the same moment, the call is made.
func (s *Shared) leave(w *waiter, reason error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.ready:
		return w.refused
	default:
	}
	s.line.remove(w)
	return reason
}

func (s *Shared) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run serves the queue, one call after the other. At five calls a second one goroutine is enough, and the first in the queue
// is always the most urgent.
func (s *Shared) run() {
	defer s.done.Done()
	heartbeat := time.NewTicker(s.options.real(beat))
	defer heartbeat.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	s.beat()
	for {
		if again, ok := s.next(); ok {
			timer.Reset(s.options.real(again))
		} else {
			timer.Stop()
		}
		select {
		case <-s.stop:
			return
		case <-heartbeat.C:
			s.beat()
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// next lets through the waiters that may go now, and answers when to look again if one still waits.
func (s *Shared) next() (again time.Duration, waiting bool) {
	for {
		s.mu.Lock()
		if len(s.line.queue) == 0 {
			s.mu.Unlock()
			return 0, false
		}
		first := s.line.queue[0]
		priority, share := first.priority, first.share
		s.mu.Unlock()
		wait := s.ask(priority, share)
		s.mu.Lock()
		switch {
		case wait == 0 && first.index >= 0:
			s.line.remove(first)
			s.line.charge(priority, first.payer, s.options.Now())
			if priority == P3Watch {
				s.watched = s.watched.note(s.options.Now())
			}
			close(first.ready)
		case wait == 0: // the waiter left meanwhile; its call is counted and not made
		default:
			s.refuseHasty()
			left := len(s.line.queue)
			s.mu.Unlock()
			return max(wait, time.Millisecond), left > 0
		}
		s.mu.Unlock()
	}
}

// refuseHasty refuses waiters whose priority does not queue. The caller holds the lock.
func (s *Shared) refuseHasty() {
	for _, w := range slices.Clone(s.line.queue) {
		if patience[w.priority] == 0 {
			s.line.remove(w)
			w.refuse()
		}
	}
}

// ask takes one call for a priority and a share, or answers how long there is none.
func (s *Shared) ask(p Priority, share int) time.Duration {
	s.mu.Lock()
	now := s.options.Now()
	s.slow.recover(now)
	if wait := s.slow.wait(p, now); wait > 0 {
		s.mu.Unlock()
		return wait
	}
	rooms := Rooms{Second: s.windows[0].room(P0, s.slow.factor), Minute: s.windows[1].room(P0, s.slow.factor)}
	full := false
	if p > P0 {
		watched := s.watched.in(minute, now)
		rooms.LookSecond, rooms.LookMinute = s.windows[0].roomFor(p, s.slow.factor, share, watched), s.windows[1].roomFor(p, s.slow.factor, share, watched)
		full = rooms.LookSecond < 1 || rooms.LookMinute < 1
	}
	lost, both := !s.lostAt.IsZero(), now.Before(s.sharedUntil)
	hiccup := lost && now.Sub(s.lostAt) < Alive
	s.mu.Unlock()
	if hiccup {
		if _, err := s.call(Rooms{}); err != nil {
			return tryAgain
		}
		return time.Millisecond
	}
	if lost {
		return s.fromShare(p, share)
	}
	if both {
		if wait := s.shareDelay(p, share); wait > 0 {
			return wait
		}
	}
	if full {
		return time.Second
	}
	taken, err := s.call(rooms)
	if err != nil {
		return s.fromShare(p, share)
	}
	if taken.Wait == 0 && both {
		s.shareGrant(p)
	}
	return taken.Wait
}

// call asks the log, and notes whether it answers.
func (s *Shared) call(rooms Rooms) (Taken, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerIn)
	defer cancel()
	s.mu.Lock()
	rooms.Quiet = !s.lostAt.IsZero() || s.options.Now().Before(s.sharedUntil)
	s.mu.Unlock()
	taken, err := s.log.Take(ctx, rooms)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	switch {
	case err != nil && s.lostAt.IsZero():
		s.lostAt = now
		s.keepToShare(now)
	case err == nil:
		switch {
		case s.lostAt.IsZero():
		case now.Sub(s.lostAt) < Alive && taken.Used+forgotten*s.windows[0].limit >= s.used:
			// No call was made without the log (keepToShare), and it has not forgotten those before.
			s.lostAt = time.Time{}
		default:
			s.lostAt = time.Time{}
			// After a minute and two beats every process that is alive has found the log too.
			s.sharedUntil = now.Add(minute + 2*beat)
		}
		s.used, s.looked, s.lately = taken.Used, taken.Looked, taken.Lately
		if taken.Factor > 0 && taken.Factor < s.slow.factor {
			s.slow.down(taken.Factor, now)
		}
	}
	return taken, err
}

// keepToShare begins a time without the log. The calls of the last minute count, together with those that other processes may
// make as long as they take this process for alive. What is left then is shared out, and no call is made before the others
// leave this process its share. The caller holds the lock.
func (s *Shared) keepToShare(now time.Time) {
	const unheard = int((Alive + beat) / time.Second) // seconds' worth of calls
	left := max(0, s.windows[1].limit-s.used-unheard*s.windows[0].limit) / s.processes
	s.share.mu.Lock()
	defer s.share.mu.Unlock()
	s.share.windows[1].limit = min(left, max(1, s.windows[1].limit/s.processes))
	s.share.windows[1].keep = reserve(s.share.windows[1].limit)
	s.share.slow.blocked = now.Add(Alive)
}

// fromShare takes a call from the process's own share.
func (s *Shared) fromShare(p Priority, share int) time.Duration {
	s.mu.Lock()
	now := s.options.Now()
	factor := s.slow.factor
	if !s.lostAt.IsZero() && now.Sub(s.lostAt) >= minute {
		s.share.mu.Lock()
		s.share.windows = windowsOf(max(1, s.windows[0].limit/s.processes), max(1, s.windows[1].limit/s.processes))
		s.share.mu.Unlock()
	}
	s.mu.Unlock()
	s.share.mu.Lock()
	defer s.share.mu.Unlock()
	s.share.slow.factor, s.share.slow.recoverAt = factor, now.Add(recoverEvery)
	if s.share.windows[1].limit == 0 {
		return time.Second
	}
	if wait := s.share.delay(p, share, now); wait > 0 {
		return wait
	}
	s.share.grant(p, nil, nil)
	return 0
}

func (s *Shared) shareDelay(p Priority, share int) time.Duration {
	s.share.mu.Lock()
	defer s.share.mu.Unlock()
	return s.share.delay(p, share, s.options.Now())
}

func (s *Shared) shareGrant(p Priority) {
	s.share.mu.Lock()
	defer s.share.mu.Unlock()
	s.share.grant(p, nil, nil)
}

// beat tells the log that the process is alive, and notices when the log has come back.
func (s *Shared) beat() { _, _ = s.call(Rooms{}) }

// Report tells the gate how the upstream answered: "too many" halves the rate of all processes at once
// and stops background calls for a while; the rate then grows back.
func (s *Shared) Report(status int, retryAfter time.Duration) {
	if status != http.StatusTooManyRequests {
		return
	}
	s.mu.Lock()
	s.slow.tooMany(retryAfter, s.options.Now())
	factor := s.slow.factor
	s.mu.Unlock()
	s.done.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), answerIn)
		defer cancel()
		_ = s.log.Slow(ctx, factor, recoverEvery) // if it fails, the others find out by their own answers
	})
}

// Scarce says whether calls are scarce, as a Gate does.
func (s *Shared) Scarce() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.lostAt.IsZero() || scarce(s.looked-s.watched.in(minute, s.options.Now()), s.windows[1].room(P1, s.slow.factor), len(s.line.queue))
}

// Busy says whether a call that a visitor needs now would have to wait, as far as this process knows: when another one waits.
func (s *Shared) Busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.line.queue) > 0
}

// Stats reads the gate's state. The calls are those of all processes as of the last answer of the log, at most a beat ago.
func (s *Shared) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{LastSecond: s.lately, LastMinute: s.used, Waiting: len(s.line.queue), Factor: s.slow.factor, Lost: !s.lostAt.IsZero()}
}
