package budget

import (
	"container/heap"
	"context"
	"maps"
	"sync"
	"time"
)

// Payer names the visitor for whom a call is made, by the networks around the address, the narrowest first. Nothing is
// counted for a nil Payer.
type Payer []string

type payerKey struct{}

// WithPayer sets the payer of the calls under a context.
func WithPayer(ctx context.Context, p Payer) context.Context {
	return context.WithValue(ctx, payerKey{}, p)
}

// PayerOf is the payer of the calls under a context.
func PayerOf(ctx context.Context) Payer {
	p, _ := ctx.Value(payerKey{}).(Payer)
	return p
}

type rareKey struct{}

// WithRare puts the calls under a context places further back in the queue of P1, because few visitors ask their questions.
// A crawler finds ever new combinations of choices, and customers choose few of them.
func WithRare(ctx context.Context, places int) context.Context {
	return context.WithValue(ctx, rareKey{}, places)
}

// rare is how many places further back a call stands.
func rare(ctx context.Context, p Priority) int {
	places, _ := ctx.Value(rareKey{}).(int)
	if p != P1 {
		return 0
	}
	return max(0, places)
}

const (
	maxQueue = 1000 // waiters; more would not get their turn in time
	// urgentPlaces (P0) and otherPlaces are how many waiters the narrowest network of a payer may have at a time. Each
	// wider network may have twice as many as the one inside it.
	urgentPlaces, otherPlaces = 8, 12
	// remembered is how long a call counts for its payer. A customer books within this time with a dozen calls. A payer
	// who asks all the time has had more by then, even when many share the calls.
	remembered = 10 * time.Minute
	// maxCustomers is how many customers of a network are told apart. Its P1 calls are shared out among them. The bound
	// also limits what an attacker gains by sending forms.
	maxCustomers = 8
	// maxNetworks bounds the networks whose customers are remembered.
	maxNetworks = 10_000
)

// places is how many waiters the narrowest network of a payer may have at a time.
func places(p Priority) int {
	if p == P0 {
		return urgentPlaces
	}
	return otherPlaces
}

// waiter is a call in the queue.
type waiter struct {
	priority Priority
	share    int // how many calls of its priority the payer has had lately or waits for
	order    uint64
	payer    Payer
	index    int // in the queue; -1 once it has left
	ready    chan struct{}
	refused  error // set before ready is closed
	limit    *time.Timer

	departure *Departure // nil for a call that does not say when it leaves
}

// before says whether a waiter goes before another: by priority, then by the smaller share, then by arrival.
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

// refuse ends the wait of a waiter that was removed from the queue.
func (w *waiter) refuse() {
	w.refused = ErrSpent
	close(w.ready)
}

// line is the queue of a gate, with what it must know about payers. The lock of the gate guards it.
type line struct {
	queue   queue
	arrived uint64
	waiting map[class]int
	spent   spent
	// customers are the customers of a network who have sent a form lately, and when. A mobile carrier has many customers
	// behind one address, which must not stand behind every address of a crawler for that.
	customers map[string]map[string]time.Time
	cleared   time.Time // when networks without customers were last forgotten
}

// class is a network, counted separately for P0 (urgent) and for the other priorities.
type class struct {
	network string
	urgent  bool
}

func newLine() line {
	return line{waiting: map[class]int{}, spent: spent{calls: map[class]int{}}, customers: map[string]map[string]time.Time{}}
}

// join puts a call into the queue. It is refused when its network has all its places. When the queue is full, the last in it
// is refused. Errors: ErrSpent.
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

// share is how many calls of a priority a payer has had lately or waits for. The calls of a wider network count half as much
// as those of the network inside it, so that a payer with many addresses in one network is still one payer.
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

// customersOf is how many customers of a network have sent a form lately. Earlier ones are dropped.
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

// improve moves a waiter to the place of another visitor who waits for the same call, if that is further ahead.
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

// spent holds the remembered calls by payer.
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

// last is the waiter at the end of the queue.
func (q queue) last() *waiter {
	last := q[0]
	for _, w := range q[1:] {
		if last.before(w) {
			last = w
		}
	}
	return last
}

// anyBefore says whether a waiter goes before a new call.
func (q queue) anyBefore(p Priority, share int) bool {
	return len(q) > 0 && (q[0].priority < p || q[0].priority == p && q[0].share <= share)
}

// Ticket is one call that several visitors wait for. The call has the best of the places that these visitors would have
// alone.
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

// WithTicket gives the one call under a context a ticket.
func WithTicket(ctx context.Context, t *Ticket) context.Context {
	return context.WithValue(ctx, ticketKey{}, t)
}

// Join says that another visitor waits for the call too.
func (t *Ticket) Join(p Priority, payer Payer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bring != nil {
		t.bring(standing{p, payer})
	} else {
		t.joined = append(t.joined, standing{p, payer})
	}
}

// hold lets visitors who join move the call forward until it is released. The caller must not hold the lock of the gate.
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

// payer is the payer of a call. A call that no visitor waits for has none.
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
