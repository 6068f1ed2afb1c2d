package server

import (
	"github.com/valyala/fasthttp"
)

// Drain makes every further answer close its connection, because the server is about to stop. The client's next connection
// then reaches another process.
func (s *Server) Drain() { s.draining.Store(true) }

// closeWhenDraining makes the answers of a draining server close their connections.
func (s *Server) closeWhenDraining() {
	server := s.app.Server()
	handle := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		handle(ctx)
		if s.draining.Load() {
			ctx.SetConnectionClose()
		}
	}
}
