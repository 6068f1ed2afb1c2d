package budget

import (
	"container/heap"
	"context"
	"maps"
	"sync"
	"time"
)

// Payer names on whose behalf a call is made: the networks around one address, the narrowest first. Nil is a payer
// that nobody knows; nothing is counted for it.
type Payer []string

type payerKey struct{}

// WithPayer says on whose behalf the calls made under a context are.
func WithPayer(ctx context.Context, p Payer) context.Context {
	return context.WithValue(ctx, payerKey{}, p)
}

// PayerOf is on whose behalf a context's calls are.
func PayerOf(ctx context.Context) Payer {
	p, _ := ctx.Value(payerKey{}).(Payer)
	return p
}

type rareKey struct{}

// WithRare says how rare the questions under a context are: so many places further back they stand among those of people
// who look. There is no end to the combinations that a crawler finds, and customers choose few of them.
func WithRare(ctx context.Context, places int) context.Context {
	return context.WithValue(ctx, rareKey{}, places)
}

// rare is how much further back a call of a priority stands for what it asks.
func rare(ctx context.Context, p Priority) int {
	places, _ := ctx.Value(rareKey{}).(int)
	if p != P1 {
		return 0
	}
	return max(0, places)
}

const (
	maxQueue = 1000 // waiters; more would only wait in vain
	// urgentPlaces and otherPlaces are how many waiters the narrowest network of a payer may have at a time; each wider
	// network may have twice as many as the one inside it.
	urgentPlaces, otherPlaces = 8, 12
	// remembered is how long a payer's calls count against him. A customer books within it with a dozen calls; whoever
	// asks all the time has had more by then, also when many share what there is.
	remembered = 10 * time.Minute
	// maxCustomers is how many customers of a network are told apart: as many share what it has had of the calls of those
	// who look. It bounds what an attacker gains who sends forms, too.
	maxCustomers = 8
	// maxNetworks bounds the networks whose customers are remembered.
	maxNetworks = 10_000
)

// places is how many waiters of a priority a payer's narrowest network may have at a time.
func places(p Priority) int {
	if p == P0 {
		return urgentPlaces
	}
	return otherPlaces
}

// waiter is a call in the queue.
type waiter struct {
	priority Priority
	share    int // how much of its priority's calls the payer has had or waits for already
	order    uint64
	payer    Payer
	index    int // in the queue; -1 once it has left
	ready    chan struct{}
	refused  error // set before ready is closed
	limit    *time.Timer

	departure *Departure // to be told of; nil when nobody will tell
}

// before says whether a waiter goes before another: the more urgent, then whoever has had less, then who came first.
func (w *waiter) before(other *waiter) bool {
	switch {
	case w.priority != other.priority:
		return w.priority < other.priority
	case w.share != other.share:
		return w.share < other.share
	default:
		return w.order < other.order
	}
}

// refuse sends a waiter away that is in no queue any more.
func (w *waiter) refuse() {
	w.refused = ErrSpent
	close(w.ready)
}

// line is the queue of a gate with what it must know of those who wait in it. Its gate's lock guards it.
type line struct {
	queue   queue
	arrived uint64
	waiting map[class]int
	spent   spent
	// customers are those who have sent a form lately, by their networks, and when. Behind the one address of a carrier
	// there are many, and it is not to stand behind every address of a crawler for that.
	customers map[string]map[string]time.Time
	cleared   time.Time // when networks without customers were last forgotten
}

// class is a payer's network among those who book, or among those who look.
type class struct {
	network string
	urgent  bool
}

func newLine() line {
	return line{waiting: map[class]int{}, spent: spent{calls: map[class]int{}}, customers: map[string]map[string]time.Time{}}
}

// join puts a newcomer into the queue. Whoever has all the places of a network has to do without, and where the queue is
// full, the last in it goes. Errors: ErrSpent.
func (l *line) join(p Priority, payer Payer, rare int, now time.Time) (*waiter, error) {
	w := &waiter{priority: p, share: l.share(p, payer, now) + rare, order: l.arrived, payer: payer, ready: make(chan struct{})}
	for i, network := range payer {
		if l.waiting[class{network, p == P0}] >= places(p)<<i {
			return nil, ErrSpent
		}
	}
	if len(l.queue) >= maxQueue {
		last := l.queue.last()
		if !w.before(last) {
			return nil, ErrSpent
		}
		l.remove(last)
		last.refuse()
	}
	l.arrived++
	l.count(w, 1)
	heap.Push(&l.queue, w)
	return w, nil
}

// share is how many calls of a priority a payer has had lately or waits for. A wider network counts for
// half as much as the one inside it, so that whoever has many addresses in it is still one payer.
func (l *line) share(p Priority, payer Payer, now time.Time) int {
	l.spent.forget(now)
	share := 0
	for i, network := range payer {
		of := class{network, p == P0}
		had := (l.spent.calls[of] + l.waiting[of]) >> i
		if p > P0 {
			had /= max(1, l.customersOf(network, now))
		}
		share = max(share, had)
	}
	return share
}

// meet notes a customer who has sent a form.
func (l *line) meet(customer string, payer Payer, now time.Time) {
	if customer == "" {
		return
	}
	for _, network := range payer {
		known := l.customers[network]
		if known == nil {
			if len(l.customers) >= maxNetworks && now.Sub(l.cleared) >= minute {
				l.cleared = now
				maps.DeleteFunc(l.customers, func(network string, _ map[string]time.Time) bool { return l.customersOf(network, now) == 0 })
			}
			if len(l.customers) >= maxNetworks {
				continue
			}
			known = map[string]time.Time{}
			l.customers[network] = known
		}
		if _, again := known[customer]; again || l.customersOf(network, now) < maxCustomers {
			known[customer] = now
		}
	}
}

// customersOf is how many customers of a network have sent a form lately. Those of before are forgotten.
func (l *line) customersOf(network string, now time.Time) int {
	known := l.customers[network]
	maps.DeleteFunc(known, func(_ string, at time.Time) bool { return now.Sub(at) >= remembered })
	return len(known)
}

// remove takes a waiter out of the queue.
func (l *line) remove(w *waiter) {
	heap.Remove(&l.queue, w.index)
	l.count(w, -1)
}

func (l *line) count(w *waiter, by int) {
	for _, network := range w.payer {
		of := class{network, w.priority == P0}
		if l.waiting[of] += by; l.waiting[of] == 0 {
			delete(l.waiting, of)
		}
	}
}

// charge notes a call that was let through.
func (l *line) charge(p Priority, payer Payer, now time.Time) {
	l.spent.forget(now)
	if len(payer) > 0 {
		l.spent.note(p, payer, now)
	}
}

// improve lets a waiter stand where somebody would who waits for the same call, if that is further ahead.
func (l *line) improve(w *waiter, p Priority, payer Payer, now time.Time) {
	better := &waiter{priority: p, share: l.share(p, payer, now), order: w.order}
	if !better.before(w) {
		return
	}
	l.count(w, -1)
	if p < w.priority && w.limit != nil {
		w.limit.Reset(patience[p])
	}
	w.priority, w.share, w.payer = better.priority, better.share, payer
	l.count(w, 1)
	heap.Fix(&l.queue, w.index)
}

// spent are the calls that are remembered by who has paid for them.
type spent struct {
	log   []charge
	calls map[class]int
}

type charge struct {
	at     time.Time
	urgent bool
	payer  Payer
}

func (s *spent) note(p Priority, payer Payer, now time.Time) {
	s.log = append(s.log, charge{now, p == P0, payer})
	for _, network := range payer {
		s.calls[class{network, p == P0}]++
	}
}

func (s *spent) forget(now time.Time) {
	old := 0
	for ; old < len(s.log) && now.Sub(s.log[old].at) >= remembered; old++ {
		for _, network := range s.log[old].payer {
			of := class{network, s.log[old].urgent}
			if s.calls[of]--; s.calls[of] == 0 {
				delete(s.calls, of)
			}
		}
	}
	s.log = s.log[old:]
}

// queue is a heap of waiters, the first to go at its top.
type queue []*waiter

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool { return q[i].before(q[j]) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	w, _ := x.(*waiter)
	w.index = len(*q)
	*q = append(*q, w)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	old := *q
	w := old[len(old)-1]
	old[len(old)-1], w.index = nil, -1
	*q = old[:len(old)-1]
	return w
}

// last is the waiter whose turn would come last.
func (q queue) last() *waiter {
	last := q[0]
	for _, w := range q[1:] {
		if last.before(w) {
			last = w
		}
	}
	return last
}

// anyBefore says whether somebody waits who goes before a newcomer.
func (q queue) anyBefore(p Priority, share int) bool {
	return len(q) > 0 && (q[0].priority < p || q[0].priority == p && q[0].share <= share)
}

// Ticket is one call that several customers wait for. Each of them may bring it forward: the call stands where the
// first of them would stand alone.
type Ticket struct {
	mu     sync.Mutex
	joined []standing
	bring  func(standing) // set while the call waits for its turn
}

type standing struct {
	priority Priority
	payer    Payer
}

type ticketKey struct{}

// WithTicket gives the one call that is made under a context a ticket.
func WithTicket(ctx context.Context, t *Ticket) context.Context {
	return context.WithValue(ctx, ticketKey{}, t)
}

// Join says that somebody else waits for the call too.
func (t *Ticket) Join(p Priority, payer Payer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bring != nil {
		t.bring(standing{p, payer})
	} else {
		t.joined = append(t.joined, standing{p, payer})
	}
}

// hold lets those who join bring the call forward until released. It is called without the gate's lock.
func (t *Ticket) hold(bring func(standing)) (release func()) {
	if t == nil {
		return func() {}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bring = bring
	for _, s := range t.joined {
		bring(s)
	}
	t.joined = nil
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.bring = nil
	}
}

// payer is on whose behalf a call of a priority is: what nobody waits for is on nobody's.
func payer(ctx context.Context, p Priority) Payer {
	if p > P1 {
		return nil
	}
	return PayerOf(ctx)
}

func ticketOf(ctx context.Context) *Ticket {
	t, _ := ctx.Value(ticketKey{}).(*Ticket)
	return t
}
