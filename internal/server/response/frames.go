package response

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/valyala/fasthttp"

	"okoshko/internal/frames"
)

// Stranger returns the website that frames a form's page and may not, as far as the headers of the request show. When a page
// in the frame leads to the next, the request names this widget, and says nothing of the website around the frame.
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

// Framed says whether a page is for a frame. Old browsers do not say so.
func Framed(request *fasthttp.RequestHeader) bool {
	switch utils.UnsafeString(request.Peek("Sec-Fetch-Dest")) {
	case "iframe", "frame", "embed", "object":
		return true
	}
	return false
}
