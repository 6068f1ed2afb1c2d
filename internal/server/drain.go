package server

import (
	"github.com/valyala/fasthttp"
)

// Drain says that the server is about to stop: every answer from now on tells its client to come back on a
// new connection, which then is another process's.
func (s *Server) Drain() { s.draining.Store(true) }

// drainable has the answers of a draining server say so.
func (s *Server) drainable() {
	server := s.app.Server()
	handle := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		handle(ctx)
		if s.draining.Load() {
			ctx.SetConnectionClose()
		}
	}
}
