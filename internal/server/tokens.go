package server

import (
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/session"
)

// tokenField is the name of the hidden field that holds a form's token.
const tokenField = "wizard"

// mint makes the token of a form of the page that a request gets.
func (s *Server) mint(c *fiber.Ctx, t session.Token) (string, error) {
	t.Origin, t.Nonce, t.Issued = s.origin(c), session.NewNonce(), s.Now()
	return s.Sessions.Mint(t)
}

// token reads the token of a changing request, which must be of a bookform and, outside the wizard, of one act, and
// made at the host that the form was sent to.
func (s *Server) token(c *fiber.Ctx, bookform int, act string) (session.Token, error) {
	return s.Sessions.VerifyAct(field(c, tokenField), bookform, act, s.origin(c))
}

// origin names the host at which a request finds the widget. Where the operator has named no public address, the
// widget may answer to the names of several salons. The port is left out, as cookies leave it out.
func (s *Server) origin(c *fiber.Ctx) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host := strings.ToLower(string(c.Request().Host()))
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
