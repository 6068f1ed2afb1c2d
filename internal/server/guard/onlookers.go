package guard

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
)

// previewers are parts of the User-Agent headers of messengers and crawlers, in small letters.
var previewers = []string{
	"bot/", "bot ", "bot;", "bot)", "bot-", "crawler", "spider", "preview", "facebookexternalhit", "facebookcatalog", "whatsapp", "vkshare", "viber", "embedly",
	"iframely", "slack-img", "kakaotalk-scrap", "unfurl", "snapchat", "pinterest/", "google-pagerenderer", "mail.ru", "zalo",
}

// isPreviewer says whether a messenger or a crawler asks, by the User-Agent header.
func isPreviewer(c *fiber.Ctx) bool {
	// Cubot is a brand of telephones.
	agent := strings.ReplaceAll(strings.ToLower(c.Get(fiber.HeaderUserAgent)), "cubot", "") + " "
	return slices.ContainsFunc(previewers, func(name string) bool { return strings.Contains(agent, name) })
}

// IsOnlooker says whether a request shows no page to a person: it asks for the headers alone, is a prefetch, or is for a preview.
func IsOnlooker(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodHead || response.IsPrefetch(c) || isPreviewer(c)
}
