package catalog

import "sync"

// behind is the work that goes on behind the pages.
type behind struct {
	mu      sync.Mutex
	running int
	idle    chan struct{} // closed when nothing runs any more; nil: nobody waits
}

// do begins a piece of work.
func (b *behind) do(work func()) {
	b.mu.Lock()
	b.running++
	b.mu.Unlock()
	go func() {
		defer b.end()
		work()
	}()
}

func (b *behind) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running--; b.running == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

// settle waits until nothing runs.
func (b *behind) settle() {
	b.mu.Lock()
	if b.running == 0 {
		b.mu.Unlock()
		return
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
	}
	idle := b.idle
	b.mu.Unlock()
	<-idle
}
