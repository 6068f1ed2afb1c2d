package response

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/valyala/fasthttp"

	"okoshko/internal/frames"
)

// Stranger is the website that asks for a page of a form in a frame and may not, as far as the request
// tells. Inside the frame the pages ask for each other, which says nothing of who frames them.
func (s *Writer) Stranger(request *fasthttp.RequestHeader, form int) (origin string, strange bool) {
	if form == 0 || !request.IsGet() || !Framed(request) || string(request.Peek("Sec-Fetch-Site")) == "same-origin" {
		return "", false
	}
	hosts := s.Frames.For(form)
	origin, known := frames.OriginOf(string(request.Peek(fiber.HeaderReferer)))
	if !known || IsWidgetOrigin(origin, s.PublicURL, request.Host()) || hosts.Allow(origin) {
		return "", false
	}
	return origin, true
}

// Framed says whether a page is asked for by a frame, as far as the browser tells.
func Framed(request *fasthttp.RequestHeader) bool {
	switch utils.UnsafeString(request.Peek("Sec-Fetch-Dest")) {
	case "iframe", "frame", "embed", "object":
		return true
	}
	return false
}
