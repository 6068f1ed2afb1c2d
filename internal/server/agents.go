package server

import (
	"encoding/json"
	"net/netip"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
)

// rpcFailed is the code of an error of the server's own (JSON-RPC 2.0, section 5.1).
const rpcFailed = -32000

// requireExpectedName refuses a page that a browser has loaded under a name which is not this widget's and was made to lead here (DNS
// rebinding): such a page has the origin that it asks. Where the widget's origin is not known, only a widget that is reached by a
// loopback address can tell, because its own pages are then at a loopback address too. Programs send no origin.
func requireExpectedName(publicURL string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		origin := c.Get(fiber.HeaderOrigin)
		if origin == "" || origin == publicURL || publicURL == "" && !c.Context().LocalIP().IsLoopback() {
			return c.Next()
		}
		parsed, err := url.Parse(origin)
		if err != nil {
			return fiber.ErrForbidden
		}
		address, err := netip.ParseAddr(parsed.Hostname())
		if parsed.Hostname() == "localhost" || err == nil && address.IsLoopback() {
			return c.Next()
		}
		return fiber.ErrForbidden
	}
}

// answerAgents answers errors at the door for assistants as its protocol has them, not by a page.
func (s *Server) answerAgents(c *fiber.Ctx) error {
	err := c.Next()
	if err == nil {
		return nil
	}
	k, status := classify(err)
	if status >= fiber.StatusInternalServerError {
		s.Log.Error("request failed", "id", response.RequestID(c), "route", c.Route().Path, "kind", k, "error", err)
	}
	if status == fiber.StatusTooManyRequests || status == fiber.StatusServiceUnavailable {
		c.Set(fiber.HeaderRetryAfter, "20")
	}
	body, err := json.Marshal(fiber.Map{"jsonrpc": "2.0", "id": nil, "error": fiber.Map{"code": rpcFailed, "message": string(k)}})
	if err != nil {
		return err
	}
	c.Response().ResetBody()
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Status(status).Send(body)
}
