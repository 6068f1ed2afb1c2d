package rig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"okoshko/internal/sandbox"
)

// deskShare is how many visits the salons' own desks book, cancel and move for each one that the widget books.
const deskShare = 2

// Desks are the salons' own, which work past the API: half of what they do is a new visit, and the others are cancels
// and moves. Busy salons have busy desks.
type Desks struct{ booked, cancelled, moved atomic.Int64 }

// Work lets the desks do twice as much as the widget, each thing some time after the booking that it goes with, until the
// context ends. The speed is how many times as fast as the real clock the sandbox's runs.
func (d *Desks) Work(ctx context.Context, box *sandbox.Sandbox, salons int, speed float64, seed uint64) {
	luck := rand.New(rand.NewPCG(seed, 77)) //nolint:gosec // a load, not a secret
	const look, mean = time.Second, 20 * time.Second
	tick := time.NewTicker(time.Duration(float64(look) / speed))
	defer tick.Stop()
	var due []time.Duration // by the desks' clock
	for now, planned := time.Duration(0), 0; ; now += look {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for ; planned < len(box.Booked())*deskShare; planned++ {
			due = append(due, now+time.Duration(luck.ExpFloat64()*float64(mean)))
		}
		left := due[:0]
		for _, at := range due {
			if at > now {
				left = append(left, at)
				continue
			}
			d.act(box, salons, luck) //nolint:contextcheck // the sandbox posts its hooks as long as it runs
		}
		due = left
	}
}

// act does one thing. Where there is nothing of the kind to do, it does another one.
func (d *Desks) act(box *sandbox.Sandbox, salons int, luck *rand.Rand) {
	const tries = 20
	for range tries {
		work, done := sandbox.DeskBooks, &d.booked
		switch luck.IntN(4) {
		case 0:
			work, done = sandbox.DeskCancels, &d.cancelled
		case 1:
			work, done = sandbox.DeskMoves, &d.moved
		}
		if box.Desk(sandbox.TownCompany+Zipf(luck, salons), work, luck) {
			done.Add(1)
			return
		}
	}
}

// Sum is all that they did.
func (d *Desks) Sum() int { return int(d.booked.Load() + d.cancelled.Load() + d.moved.Load()) }

// String says what they did.
func (d *Desks) String() string {
	return fmt.Sprintf("booked %d, cancelled %d, moved %d", d.booked.Load(), d.cancelled.Load(), d.moved.Load())
}

// Zipf picks the n-th of some with a chance of one n-th of the first's.
func Zipf(luck *rand.Rand, n int) int {
	total := 0.0
	for i := range n {
		total += 1 / float64(i+1)
	}
	at := luck.Float64() * total
	for i := range n {
		if at -= 1 / float64(i+1); at < 0 {
			return i
		}
	}
	return n - 1
}
