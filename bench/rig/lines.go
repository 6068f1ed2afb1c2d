package rig

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Line is a network in memory that leads to one listener, so that in a bubble of testing/synctest all waiting takes virtual time.
type Line struct {
	called chan net.Conn
	ended  chan struct{}
	once   sync.Once
}

// NewLine makes one. Within a bubble it must be made there.
func NewLine() *Line { return &Line{called: make(chan net.Conn), ended: make(chan struct{})} }

// here is what both ends of a connection say that their address is: that of a machine's own loopback.
var here = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}

// end is an end of a connection.
type end struct{ net.Conn }

func (end) LocalAddr() net.Addr  { return here }
func (end) RemoteAddr() net.Addr { return here }

// Dial connects to the listener, whatever the address.
func (l *Line) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.called <- end{far}:
		return end{near}, nil
	case <-l.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *Line) Accept() (net.Conn, error) {
	select {
	case c := <-l.called:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (*Line) Addr() net.Addr { return here }

// Close implements net.Listener.
func (l *Line) Close() error {
	l.once.Do(func() { close(l.ended) })
	return nil
}

// Transport is one for an HTTP client that calls the listener. Each request has a connection of its own.
func (l *Line) Transport() http.RoundTripper {
	return &http.Transport{DialContext: l.Dial, DisableKeepAlives: true}
}

// Hang lets as much virtual time pass as a server needs to notice that it is closed. Only for use in a bubble.
func (*Line) Hang() {
	const notices = 20 * time.Second // its pool of goroutines looks every ten seconds
	<-time.After(notices)
}

// BeginClocks begins, outside of every bubble, what the server begins with its first answer and never ends: the clock of its Date headers.
var BeginClocks = sync.OnceFunc(func() {
	line := NewLine()
	var serving sync.WaitGroup
	serving.Go(func() { _ = fasthttp.Serve(line, func(*fasthttp.RequestCtx) {}) }) // until the line is closed
	if request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+here.String(), http.NoBody); err == nil {
		if answer, err := line.Transport().RoundTrip(request); err == nil {
			_ = answer.Body.Close()
		}
	}
	_ = line.Close()
	serving.Wait()
})

// Near answers the calls of an HTTP client by a handler, without a network.
type Near struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (n Near) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	w, in := httptest.NewRecorder(), r.Clone(r.Context())
	in.RemoteAddr = "192.0.2.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	n.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}
