package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/static"
)

// The loader's addresses. The moving one is asked for again every few minutes; an exact version is
// kept for a year.
const (
	cacheLoader = "public, max-age=300, stale-while-revalidate=86400"
	cachePinned = "public, max-age=31536000, immutable"
)

// showLoader is the script that a salon's website carries, the newest of a major version.
func (s *Server) showLoader(c *fiber.Ctx) error {
	loader, ok := s.Assets.NewestLoader(1)
	return s.sendLoader(c, loader, ok, cacheLoader)
}

// showPinnedLoader is the script in the very version that a website has named the hash of.
func (s *Server) showPinnedLoader(c *fiber.Ctx) error {
	loader, ok := s.Assets.Loader(c.Params(urls.PathVersion))
	return s.sendLoader(c, loader, ok, cachePinned)
}

// showNoLoader answers an address of no loader: never with a page, which a browser would refuse to run
// with a message that nobody understands.
func (s *Server) showNoLoader(c *fiber.Ctx) error {
	return c.Status(fiber.StatusNotFound).Type("txt").Send(nil)
}

// sendLoader sends a loader to whatever website asks.
func (s *Server) sendLoader(c *fiber.Ctx, loader static.Loader, ok bool, cache string) error {
	if !ok {
		return s.showNoLoader(c)
	}
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set(fiber.HeaderETag, loader.Tag())
	c.Vary(fiber.HeaderAcceptEncoding)
	if response.Matches(c.Get(fiber.HeaderIfNoneMatch), loader.Tag()) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	body, encoding := loader.For(c.Get(fiber.HeaderAcceptEncoding))
	c.Set(fiber.HeaderContentType, loader.ContentType)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	return c.Send(body)
}
