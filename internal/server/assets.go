package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/static"
)

// How long a browser may use a loader again: the address of the newest one for minutes, the address of an exact version
// for a year.
const (
	cacheLoader = "public, max-age=300, stale-while-revalidate=86400"
	cachePinned = "public, max-age=31536000, immutable"
)

// showLoader sends the newest loader of the major version 1, the script that a salon's website carries.
func (s *Server) showLoader(c *fiber.Ctx) error {
	loader, ok := s.Assets.NewestLoader(1)
	return s.sendLoader(c, loader, ok, cacheLoader)
}

// showPinnedLoader sends the loader of an exact version, of which a website may have pinned the hash.
func (s *Server) showPinnedLoader(c *fiber.Ctx) error {
	loader, ok := s.Assets.Loader(c.Params(urls.PathVersion))
	return s.sendLoader(c, loader, ok, cachePinned)
}

// showNoLoader answers the address of a loader that does not exist. The answer is no HTML page: a browser that refuses to
// run HTML as a script reports an error that misleads the developer of the website.
func (s *Server) showNoLoader(c *fiber.Ctx) error {
	return c.Status(fiber.StatusNotFound).Type("txt").Send(nil)
}

// sendLoader sends a loader with headers that let any website use it.
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

// asset sends a static file. Its path holds a hash of its content, so browsers may cache it for ever.
func (s *Server) asset(c *fiber.Ctx) error {
	file, ok := s.Assets.Lookup(c.Params(urls.PathHash), c.Params(urls.PathName))
	if !ok {
		return fiber.ErrNotFound
	}
	body, encoding := file.For(c.Get(fiber.HeaderAcceptEncoding))
	c.Set(fiber.HeaderContentType, file.ContentType)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Vary(fiber.HeaderAcceptEncoding)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	return c.Send(body)
}
