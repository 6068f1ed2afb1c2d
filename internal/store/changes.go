package store

import "sync"

// changes collects what is to be written while the disk is busy, so that one transaction and one sync of the disk
// serve all who wait: a file takes a hundred or so of them a second, however many people write. Nobody waits for
// others to come: a change that comes alone is written at once.
type changes struct {
	mu      sync.Mutex
	waiting []*change
	writing bool
}

// change is one that waits. It may be run more than once and must not add to what it did before.
type change struct {
	do   func(entries) error
	done chan error
}

// transaction runs what it is handed, whole or not at all.
type transaction func(all func(entries) error) error

// make returns when a change is written.
func (c *changes) make(do func(entries) error, run transaction) error {
	mine := &change{do: do, done: make(chan error, 1)}
	c.mu.Lock()
	c.waiting = append(c.waiting, mine)
	begin := !c.writing
	c.writing = true
	c.mu.Unlock()
	if begin {
		go c.write(run)
	}
	return <-mine.done
}

// write goes on until nobody waits.
func (c *changes) write(run transaction) {
	for {
		c.mu.Lock()
		batch := c.waiting
		c.waiting = nil
		c.writing = len(batch) > 0
		c.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		commit(batch, run)
	}
}

// commit writes changes together. One that fails is told so, and the others are written without it.
func commit(batch []*change, run transaction) {
	for len(batch) > 0 {
		failed := -1
		err := run(func(e entries) error {
			for i, c := range batch {
				if err := c.do(e); err != nil {
					failed = i
					return err
				}
			}
			return nil
		})
		if failed < 0 {
			for _, c := range batch {
				c.done <- err
			}
			return
		}
		batch[failed].done <- err
		batch = append(batch[:failed:failed], batch[failed+1:]...)
	}
}
