package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
)

// start sends a customer to the first step that is still to be decided, with the choices of the
// link kept and the language settled, so that every page after it is equal for everybody.
func (s *Server) start(c *fiber.Ctx) error {
	v, err := s.visit(c, flow.Contact)
	if err != nil {
		return err
	}
	return s.redirect(c, v, v.Open)
}
