package wishes

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
)

// ShowWorker sends the script that shows notifications. A browser asks for it anew at most once a day, and runs what it gets.
func (s *Handlers) ShowWorker(c *fiber.Ctx) error {
	body, kind := s.Assets.Plain("worker.js")
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return response.Send(c, body)
}
