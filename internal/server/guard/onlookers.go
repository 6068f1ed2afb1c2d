package guard

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
)

// previewers are parts of the names, in small letters, under which messengers and crawlers ask for pages.
var previewers = []string{
	"bot/", "bot ", "bot;", "bot)", "bot-", "crawler", "spider", "preview", "facebookexternalhit", "facebookcatalog", "whatsapp", "vkshare", "viber", "embedly",
	"iframely", "slack-img", "kakaotalk-scrap", "unfurl", "snapchat", "pinterest/", "google-pagerenderer", "mail.ru", "zalo",
}

// isPreviewer says whether a messenger or a crawler asks, as far as it tells.
func isPreviewer(c *fiber.Ctx) bool {
	// There are telephones of this name.
	agent := strings.ReplaceAll(strings.ToLower(c.Get(fiber.HeaderUserAgent)), "cubot", "") + " "
	return slices.ContainsFunc(previewers, func(name string) bool { return strings.Contains(agent, name) })
}

// IsOnlooker says whether a request is no customer's: one that asks for headers alone, ahead of a press, or for a preview.
func IsOnlooker(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodHead || response.IsPrefetch(c) || isPreviewer(c)
}
