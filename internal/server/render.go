package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"

	"okoshko/web/static"
	"okoshko/web/templates/layout"
)

// cacheBrowse lets a CDN keep a browse page for a moment: it is a pure function of its URL and
// equal for everybody.
const cacheBrowse = "public, max-age=0, s-maxage=15, stale-while-revalidate=45"

// render draws a page into memory and sends it. Nothing else in the program writes HTML, so a
// page that fails to draw never leaves half of itself behind.
func render(c *fiber.Ctx, status int, page templ.Component) error {
	var html bytes.Buffer
	if err := page.Render(c.UserContext(), &html); err != nil {
		return err
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return send(c, html.Bytes())
}

// renderBrowse sends a page that everybody may share, or 304 when the browser has it already.
func renderBrowse(c *fiber.Ctx, status int, page templ.Component) error {
	c.Set(fiber.HeaderCacheControl, cacheBrowse)
	return render(c, status, page)
}

// send compresses a body as the browser asks and marks it for revalidation where it may be kept.
func send(c *fiber.Ctx, body []byte) error {
	c.Vary(fiber.HeaderAcceptEncoding)
	if c.Response().StatusCode() == fiber.StatusOK && shared(c) {
		sum := sha256.Sum256(body)
		// Weak, because one tag stands for every encoding of the page.
		tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
		c.Set(fiber.HeaderETag, tag)
		if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
			return c.Status(fiber.StatusNotModified).Send(nil)
		}
	}
	switch encoding := static.Negotiate(c.Get(fiber.HeaderAcceptEncoding)); encoding {
	case "br":
		c.Set(fiber.HeaderContentEncoding, encoding)
		w := brotli.NewWriterLevel(c.Response().BodyWriter(), 5)
		_, _ = w.Write(body) // writes to memory
		return w.Close()
	case "gzip":
		c.Set(fiber.HeaderContentEncoding, encoding)
		w, err := gzip.NewWriterLevel(c.Response().BodyWriter(), gzip.BestSpeed)
		if err != nil {
			return err
		}
		_, _ = w.Write(body)
		return w.Close()
	default:
		return c.Send(body)
	}
}

// shared says whether the answer may be kept by caches.
func shared(c *fiber.Ctx) bool {
	return strings.HasPrefix(string(c.Response().Header.Peek(fiber.HeaderCacheControl)), "public")
}

// matches compares an If-None-Match header with a weak tag.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// sourceHash is the CSP source of an inline style: the page's styles are named one by one, so that
// nothing else a salon or an attacker may get into a page is applied.
func sourceHash(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// ownStyle and aheadSource are the sources of what every page has inside.
var ownStyle, aheadSource = sourceHash(static.CSS), sourceHash(layout.Ahead)

func itoa(n int) string { return strconv.Itoa(n) }
