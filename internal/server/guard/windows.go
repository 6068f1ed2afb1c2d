package guard

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
)

// WindowsPause is how long the page of windows of a company is content with the list of masters that it has caused, whatever its
// filters and its language are.
const WindowsPause = 2 * time.Minute

// MayAskForWindows says whether the page of a company's windows may cause a call: while calls are plenty, once in WindowsPause
// for all processes together. Robots, previews and prefetches cause none.
func (s *Guard) MayAskForWindows(c *fiber.Ctx, company int) bool {
	return !IsOnlooker(c) && !IsOnlyCached(c) && !response.IsPrefetch(c) && s.MayAskForWindowsOf(c.UserContext(), company)
}
