package budget

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gates are the gate of one process and that of several, both with few calls.
var gates = map[string]func() (wait func(context.Context) error, end func()){
	"one process": func() (func(context.Context) error, func()) {
		gate := New(Options{PerSecond: 5, PerMinute: 200})
		return gate.Wait, gate.Close
	},
	"several processes": func() (func(context.Context) error, func()) {
		gate := NewShared(Options{PerSecond: 5, PerMinute: 200}, new(memoryLog), 1)
		return gate.Wait, gate.Close
	},
}

// TestAFullQueueDropsTheLeastUrgent: however many look, a booking gets its place and its turn.
func TestAFullQueueDropsTheLeastUrgent(t *testing.T) {
	for name, open := range gates {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wait, end := open()
				defer end()

				ctx, cancel := context.WithCancel(t.Context())
				var lookers, bookers sync.WaitGroup
				for range maxQueue + 300 {
					lookers.Go(func() { _ = wait(ctx) })
				}
				synctest.Wait()
				for i := range 15 {
					bookers.Go(func() {
						if err := wait(WithPriority(ctx, P0)); err != nil {
							t.Errorf("booking %d: %v", i, err)
						}
					})
				}
				bookers.Wait()
				cancel()
				lookers.Wait()
			})
		})
	}
}

// TestTheNewestOfTheLeastUrgentGoes when a more urgent one comes to a full queue.
func TestTheNewestOfTheLeastUrgentGoes(t *testing.T) {
	l := newLine()
	now := time.Now()
	var all []*waiter
	for i := range maxQueue {
		p := P1
		if i%2 == 0 {
			p = P0
		}
		w, err := l.join(p, nil, 0, now)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	if _, err := l.join(P1, nil, 0, now); !errors.Is(err, ErrSpent) {
		t.Errorf("a looker comes into a full queue: %v", err)
	}
	if _, err := l.join(P0, nil, 0, now); err != nil {
		t.Errorf("a booking comes into a full queue: %v", err)
	}
	newest := all[len(all)-1]
	select {
	case <-newest.ready:
	default:
		t.Error("the newest looker still waits")
	}
	if !errors.Is(newest.refused, ErrSpent) || len(l.queue) != maxQueue {
		t.Errorf("refused = %v, %d wait", newest.refused, len(l.queue))
	}
}

// TestOneAddressHasFewPlaces of the queue, and so has the network around many addresses.
func TestOneAddressHasFewPlaces(t *testing.T) {
	for _, p := range []Priority{P0, P1} {
		l := newLine()
		in := 0
		for range 100 {
			if _, err := l.join(p, Payer{"192.0.2.1/32", "192.0.2.0/24"}, 0, time.Now()); err == nil {
				in++
			}
		}
		for i := range 100 {
			if _, err := l.join(p, Payer{fmt.Sprintf("192.0.2.%d/32", i+2), "192.0.2.0/24"}, 0, time.Now()); err == nil {
				in++
			}
		}
		if in != 2*places(p) {
			t.Errorf("%v: a network has %d places, want %d", p, in, 2*places(p))
		}
		if w, err := l.join(p, Payer{"198.51.100.1/32", "198.51.100.0/24"}, 0, time.Now()); err != nil || l.queue[0] == nil || w.share != 0 {
			t.Errorf("%v: another network: %v", p, err)
		}
		for len(l.queue) > 0 {
			l.remove(l.queue[0])
		}
		if len(l.waiting) != 0 {
			t.Errorf("%v: nobody waits, and %v is counted", p, l.waiting)
		}
	}
}

// TestWhoHasHadLessGoesFirst: a newcomer does not wait behind those who have asked all the time, each from few
// addresses or from the many of one network.
func TestWhoHasHadLessGoesFirst(t *testing.T) {
	for name, payer := range map[string]func(i int) Payer{
		"fifty addresses": func(i int) Payer { return Payer{fmt.Sprint(i%50, "/32"), fmt.Sprint(i%50, "/24")} },
		"one network":     func(i int) Payer { return Payer{fmt.Sprint(i, "/64"), fmt.Sprint(i/256, "/56"), "2001:db8::/48"} },
	} {
		t.Run(name, func(t *testing.T) {
			for name, open := range gates {
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						wait, end := open()
						defer end()

						ctx, cancel := context.WithCancel(t.Context())
						var flood sync.WaitGroup
						for i := range flooding {
							flood.Go(func() {
								for n := i; ctx.Err() == nil; n += flooding {
									_ = wait(WithPayer(ctx, payer(n)))
									time.Sleep(time.Second)
								}
							})
						}
						time.Sleep(6 * time.Minute)
						for i := range 9 { // at whatever moment of a minute
							newcomer := Payer{fmt.Sprintf("198.51.%d.9/32", i), fmt.Sprintf("198.51.%d.0/24", i)}
							for call := range 3 {
								start := time.Now()
								if err := wait(WithPayer(ctx, newcomer)); err != nil {
									t.Errorf("call %d of newcomer %d: %v after %v", call+1, i+1, err, time.Since(start))
								}
							}
							time.Sleep(7 * time.Second)
						}
						cancel()
						flood.Wait()
					})
				})
			}
		})
	}
}

// TestRareQuestionsStandBack among those of people who look, and nowhere else.
func TestRareQuestionsStandBack(t *testing.T) {
	for name, open := range gates {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wait, end := open()
				defer end()
				for range 5 {
					if err := wait(WithPriority(t.Context(), P0)); err != nil {
						t.Fatal(err)
					}
				}
				start := time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for i := range 8 { // as many as go in two seconds
					wg.Go(func() { _ = wait(WithRare(WithPayer(ctx, Payer{fmt.Sprint(i, "/32")}), 3)) })
				}
				synctest.Wait()
				if err := wait(WithPayer(ctx, Payer{"198.51.100.1/32"})); err != nil || time.Since(start) > second {
					t.Errorf("a usual question: %v after %v", err, time.Since(start))
				}
				cancel()
				wg.Wait()
				if got := rare(WithRare(t.Context(), 5), P0); got != 0 {
					t.Errorf("a booking stands back by %d", got)
				}
			})
		})
	}
}

// TestACarriersCustomersShareWhatItHasHad: an address behind which many book is many, up to a bound.
func TestACarriersCustomersShareWhatItHasHad(t *testing.T) {
	l, now := newLine(), time.Now()
	carrier, crawler := Payer{"198.51.100.7/32", "198.51.100.0/24"}, Payer{"203.0.113.9/32", "203.0.113.0/24"}
	for range 40 {
		l.charge(P1, carrier, now)
		l.charge(P1, crawler, now)
	}
	for i := range 5 {
		l.meet(fmt.Sprint("customer ", i), carrier, now)
		l.meet("customer 1", carrier, now)
	}
	if got := l.share(P1, carrier, now); got != 8 {
		t.Errorf("five customers have had %d each, want 8", got)
	}
	if got := l.share(P1, crawler, now); got != 40 {
		t.Errorf("who has sent no form has had %d", got)
	}
	for i := range 1000 {
		l.meet(fmt.Sprint("form ", i), crawler, now)
	}
	if got := l.share(P1, crawler, now); got != 40/maxCustomers || len(l.customers[crawler[0]]) != maxCustomers {
		t.Errorf("a thousand forms make it %d, with %d customers", got, len(l.customers[crawler[0]]))
	}
	later := now.Add(remembered)
	if got := l.share(P1, carrier, later); got != 0 || l.customersOf(carrier[0], later) != 0 {
		t.Errorf("later it has had %d", got)
	}
	for i := range 3 * maxNetworks {
		l.meet("a", Payer{strconv.Itoa(i)}, later)
	}
	if len(l.customers) > maxNetworks {
		t.Errorf("%d networks are remembered", len(l.customers))
	}
}

// TestWhoJoinsBringsACallForward: a call that a booking waits for too does not stand where a looker has put it.
func TestWhoJoinsBringsACallForward(t *testing.T) {
	for name, open := range gates {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wait, end := open()
				defer end()

				for _, joined := range []bool{false, true} {
					for range 5 {
						if err := wait(WithPriority(t.Context(), P0)); err != nil {
							t.Fatal(err)
						}
					}
					start := time.Now()
					var took time.Duration
					ctx, cancel := context.WithCancel(t.Context())
					var wg sync.WaitGroup
					for i := range 7 {
						wg.Go(func() { _ = wait(WithPayer(ctx, Payer{fmt.Sprint("198.51.100.", i, "/32")})) })
					}
					synctest.Wait()
					ticket := new(Ticket)
					wg.Go(func() {
						if wait(WithTicket(WithPayer(ctx, Payer{"192.0.2.1/32"}), ticket)) == nil {
							took = time.Since(start)
						}
					})
					synctest.Wait()
					if joined {
						ticket.Join(P0, Payer{"203.0.113.1/32"})
					}
					wg.Wait()
					cancel()
					if first := took <= second; took == 0 || first != joined {
						t.Errorf("joined by a booking: %v, and the call has its turn after %v", joined, took)
					}
					time.Sleep(2 * minute)
				}
			})
		})
	}
}

// TestNothingIsMoreUrgentThanItsCeiling, whatever it says of itself.
func TestNothingIsMoreUrgentThanItsCeiling(t *testing.T) {
	ctx := WithPriority(WithCeiling(t.Context(), P1), P0)
	if p := PriorityOf(ctx); p != P1 {
		t.Errorf("PriorityOf = %v, want P1", p)
	}
	if p := PriorityOf(WithPriority(ctx, P2)); p != P2 {
		t.Errorf("PriorityOf = %v, want P2", p)
	}
	if p := WaitsAt(ctx); p != P1 {
		t.Errorf("WaitsAt = %v, want P1", p)
	}
	paid := Paid(ctx, "somebody")
	if p := PriorityOf(paid); p != P0 {
		t.Errorf("PriorityOf of whoever has paid = %v, want P0", p)
	}
	if p := WaitsAt(paid); p != P0 {
		t.Errorf("WaitsAt of whoever has paid = %v, want P0", p)
	}
}
