package store

import "sync"

// changes collects what is to be written while the disk is busy, and writes it in one transaction with one sync of the
// disk. A file takes about a hundred of these a second, however many people write. A change that comes alone is written
// at once.
type changes struct {
	mu      sync.Mutex
	waiting []*change
	writing bool
}

// change is one change that waits. Its function may run more than once, so it must not add to what it did before.
type change struct {
	do   func(entries) error
	done chan error
}

// transaction runs a function whole or not at all.
type transaction func(all func(entries) error) error

// make writes a change and returns when it is written.
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

// write writes until no change waits.
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

// commit writes changes together. A change that fails gets its error, and the others are written without it.
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
