package server

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Every open connection holds a buffer for a whole request, so a limit on connections is a limit on memory. When the limit
// is reached, a new connection replaces connections that wait for their sender. They are taken from the address that has
// most connections, so a sender who opens many loses his own first. A request under way is never cut off.

// Listen serves the connections of a listener until the application is shut down.
func (s *Server) Listen(ln net.Listener) error {
	return s.app.Listener(listener{ln, s.connections})
}

// trackConnections makes the HTTP server report when a connection begins and ends to serve a request.
func (s *Server) trackConnections() {
	server := s.app.Server()
	server.ConnState = changed
	handle := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if c, ok := ctx.Conn().(*connection); ok {
			c.serve(true)
		}
		handle(ctx)
	}
}

// spareConnections is how many connections the HTTP server accepts beyond the limit: those that are just being closed.
const spareConnections = 64

// connections is the set of open connections.
type connections struct {
	now  func() time.Time
	most int // 0 = no bound

	mu   sync.Mutex
	open map[*connection]struct{}
	of   map[netip.Addr]int
}

func newConnections(most int, now func() time.Time) *connections {
	return &connections{now: now, most: most, open: map[*connection]struct{}{}, of: map[netip.Addr]int{}}
}

// connection is an open connection, with what the choice of a replaced one needs to know.
type connection struct {
	net.Conn
	from netip.Addr
	all  *connections

	mu      sync.Mutex
	since   time.Time // when it began to wait for its sender
	serving bool      // its request has been read and is not answered yet

	// Used by Read and ConnState alone, which run in the goroutine that serves the connection.
	head head
}

// listener wraps the connections of another listener.
type listener struct {
	net.Listener
	all *connections
}

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: conn, all: l.all, from: addressOf(conn.RemoteAddr()), since: l.all.now()}
	l.all.add(c)
	return c, nil
}

func addressOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// add counts a connection. When the limit is reached, it closes several dispensable connections at once, so that a flood
// of connections does not cause a search for each.
func (all *connections) add(c *connection) {
	all.mu.Lock()
	var out []*connection
	if all.most > 0 && len(all.open) >= all.most {
		const part = 64
		out = all.dispensable(c.from, max(1, all.most/part))
		for _, o := range out {
			all.forget(o)
		}
	}
	all.open[c] = struct{}{}
	all.of[c.from]++
	all.mu.Unlock()
	for _, o := range out {
		_ = o.Conn.Close() // its reader sees that and ends
	}
}

// dispensable returns the connections of the address that has most of them, those first that have waited longest for their
// sender. The new connection counts for its address. The caller holds the lock.
func (all *connections) dispensable(from netip.Addr, most int) []*connection {
	type waiting struct {
		*connection
		since time.Time
	}
	byAge := func(a, b waiting) int { return a.since.Compare(b.since) }
	of := map[netip.Addr][]waiting{}
	for c := range all.open {
		if since, waits := c.waits(); waits {
			of[c.from] = append(of[c.from], waiting{c, since})
		}
	}
	var best []waiting
	held := 0
	for address, list := range of {
		n := all.of[address]
		if address == from {
			n++
		}
		if n > held || n == held && byAge(slices.MinFunc(list, byAge), slices.MinFunc(best, byAge)) < 0 {
			best, held = list, n
		}
	}
	slices.SortFunc(best, byAge)
	var out []*connection
	for _, w := range best[:min(most, len(best))] {
		out = append(out, w.connection)
	}
	return out
}

// forget removes a connection. The caller holds the lock.
func (all *connections) forget(c *connection) {
	if _, ok := all.open[c]; !ok {
		return
	}
	delete(all.open, c)
	if all.of[c.from]--; all.of[c.from] == 0 {
		delete(all.of, c.from)
	}
}

func (c *connection) waits() (since time.Time, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since, !c.serving
}

// serve notes whether the connection serves a request or waits for the next one.
func (c *connection) serve(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving, c.since = yes, c.all.now()
}

// Close removes the connection from the set and closes it.
func (c *connection) Close() error {
	c.all.mu.Lock()
	c.all.forget(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// Read reads from the connection and checks the line ends of each request's head.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.head.look(p[:n])
	return n, err
}

// changed notes where a request's head begins: with the first bytes that are read after the request before it. A head that
// came together with the request before it is checked by goodFields alone.
func changed(conn net.Conn, state fasthttp.ConnState) {
	c, ok := conn.(*connection)
	if !ok {
		return
	}
	switch state {
	case fasthttp.StateNew:
		c.head = head{next: true}
	case fasthttp.StateIdle:
		c.head = head{next: true}
		c.serve(false)
	case fasthttp.StateActive:
		c.head.next = false
	default:
	}
}

// head is the state of the check of a request's head. A bare line feed is overwritten with a zero byte, so that fasthttp
// refuses the request at once; fasthttp would otherwise accept the line, or wait for more.
type head struct {
	next  bool // what is read next begins a request
	in    bool // the head is being read
	begun bool // it has had a line that is not empty
	line  int  // bytes of the present line so far
	last  byte // before what is read next
}

func (h *head) look(p []byte) {
	if h.next {
		*h = head{in: len(p) > 0, next: len(p) == 0}
	}
	for h.in && len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			h.line += len(p)
			h.last = p[len(p)-1]
			return
		}
		before := h.last
		if end > 0 {
			before = p[end-1]
		}
		if before != '\r' {
			p[end] = 0
			h.in = false
			return
		}
		empty := h.line+end == 1 // the carriage return alone
		h.in = !empty || !h.begun
		h.begun = h.begun || !empty
		h.line, h.last = 0, '\n'
		p = p[end+1:]
	}
}
