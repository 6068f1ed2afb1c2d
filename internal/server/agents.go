package server

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
)

// rpcFailed is the code of an error of the server's own (JSON-RPC 2.0, section 5.1).
const rpcFailed = -32000

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
