package server

import (
	"bytes"
	"errors"
	"html"
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"okoshko/internal/csp"
	"okoshko/internal/i18n"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
)

// When two servers read one request in two ways, a sender can hide a second request in the first and so pass a proxy's
// checks (request smuggling). fasthttp refuses most of these requests. The code below refuses the rest of those that
// RFC 9112 tells or allows a server to refuse, before anything else sees the request.

// refuseMalformedFirst puts the checks in front of all other handlers.
func (s *Server) refuseMalformedFirst() {
	server := s.app.Server()
	server.ErrorHandler = s.refuseUnread
	otherwise := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if !wellFormed(&ctx.Request.Header) {
			s.refuse(ctx, fiber.StatusBadRequest)
			ctx.SetConnectionClose()
			return
		}
		otherwise(ctx)
	}
}

// wellFormed says whether a request can be read in one way only.
func wellFormed(h *fasthttp.RequestHeader) bool {
	switch string(h.Protocol()) {
	case "HTTP/1.1", "HTTP/1.0":
	default:
		return false
	}
	return knownMethod(h.Method()) && goodTarget(h.RequestURI(), h.Host()) && goodHost(h.Host()) && goodFields(h)
}

// knownMethod says whether Fiber knows a method. CONNECT is left out, because it is for proxies.
func knownMethod(method []byte) bool {
	switch string(method) {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodDelete, fiber.MethodOptions, fiber.MethodTrace, fiber.MethodPatch:
		return true
	}
	return false
}

// goodTarget says whether the target of a request is a path, or an absolute address whose host is the request's Host
// (RFC 9112, section 3.2). A target with a fragment is wrong: browsers never send one.
func goodTarget(target, host []byte) bool {
	if bytes.IndexByte(target, '#') >= 0 {
		return false
	}
	if len(target) > 0 && target[0] == '/' || string(target) == "*" { // fasthttp takes the star with OPTIONS only
		return true
	}
	scheme, rest, ok := bytes.Cut(target, []byte("://"))
	if !ok || !bytes.EqualFold(scheme, []byte("http")) && !bytes.EqualFold(scheme, []byte("https")) {
		return false
	}
	if end := bytes.IndexAny(rest, "/?"); end >= 0 {
		rest = rest[:end]
	}
	return bytes.EqualFold(rest, host)
}

// goodHost says whether a Host is a name or an address, with or without a port (RFC 9110, section 7.2). HTTP/1.0 needs none.
func goodHost(host []byte) bool {
	name, port := host, []byte(nil)
	if len(host) > 0 && host[0] == '[' {
		end := bytes.IndexByte(host, ']')
		if end < 0 || !only(host[1:end], isHexOrColon) {
			return false
		}
		name, port = nil, host[end+1:]
	} else if colon := bytes.IndexByte(host, ':'); colon >= 0 {
		name, port = host[:colon], host[colon:]
	}
	return only(name, isNameByte) && (len(port) == 0 || port[0] == ':' && only(port[1:], isDigit))
}

func only(text []byte, allowed func(byte) bool) bool {
	for _, b := range text {
		if !allowed(b) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

func isHexOrColon(b byte) bool {
	return isDigit(b) || b == ':' || b == '.' || b|0x20 >= 'a' && b|0x20 <= 'f'
}

func isNameByte(b byte) bool { return isDigit(b) || isLetter(b) || b == '.' || b == '-' || b == '_' }

// tokenBytes tells for each byte whether the name of a header field may hold it (RFC 9110, section 5.6.2).
var tokenBytes = func() (table [256]bool) {
	for b := range table {
		table[b] = isDigit(byte(b)) || isLetter(byte(b)) || strings.IndexByte("!#$%&'*+-.^_`|~", byte(b)) >= 0
	}
	return table
}()

// goodFields checks the header fields as they were sent. Every line must end in CRLF and have a name; a field may not
// continue on the next line. The body must have one length. A chunked body must say "chunked" and nothing else, and may
// have no trailer, because no form of the widget sends one.
func goodFields(h *fasthttp.RequestHeader) bool {
	lengths, encodings := 0, 0
	for raw := h.RawHeaders(); len(raw) > 0; {
		end := bytes.IndexByte(raw, '\n')
		if end < 1 || raw[end-1] != '\r' {
			return false
		}
		line := raw[:end-1]
		raw = raw[end+1:]
		if len(line) == 0 {
			break
		}
		colon := 0
		for colon < len(line) && tokenBytes[line[colon]] {
			colon++
		}
		if colon == 0 || colon == len(line) || line[colon] != ':' {
			return false
		}
		switch name := line[:colon]; {
		case isField(name, fiber.HeaderContentLength):
			lengths++
		case isField(name, fiber.HeaderTransferEncoding):
			if !bytes.EqualFold(bytes.Trim(line[colon+1:], " \t"), []byte("chunked")) {
				return false
			}
			encodings++
		}
	}
	if encodings == 0 {
		return lengths <= 1
	}
	return encodings == 1 && lengths == 0 && len(h.PeekTrailerKeys()) == 0
}

// isField says whether a field has a name. The lengths are compared first, because most names differ in length.
func isField(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

// refuseUnread answers a request that fasthttp could not read.
func (s *Server) refuseUnread(ctx *fasthttp.RequestCtx, err error) {
	s.refuse(ctx, unreadStatus(err))
}

// unreadStatus returns the status for fasthttp's error.
func unreadStatus(err error) int {
	var small *fasthttp.ErrSmallBuffer
	var network net.Error
	switch {
	case errors.As(err, &small):
		return fiber.StatusRequestHeaderFieldsTooLarge
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return fiber.StatusRequestEntityTooLarge
	case errors.Is(err, fasthttp.ErrTimeout), errors.As(err, &network) && network.Timeout():
		return fiber.StatusRequestTimeout
	}
	return fiber.StatusBadRequest
}

// refuse answers a malformed request with a page of a few words that was made at start: thousands of such requests may come
// at once. The path may not have been read, so the answer has the headers of a private page.
func (s *Server) refuse(ctx *fasthttp.RequestCtx, status int) {
	h := &ctx.Response.Header
	ctx.ResetBody()
	path := string(ctx.Request.URI().Path())
	s.baseHeaders(path, h.Set)
	response.SetPrivate(h.Set)
	h.Set(response.RequestIDHeader, response.AcceptedID(nil))
	h.Set(fiber.HeaderContentSecurityPolicy, response.Closed.With(csp.FormAction, csp.None).With(csp.FrameAncestors, s.response.Ancestors(path)...).String())
	h.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	ctx.SetStatusCode(status)
	offered := s.Texts.Languages()
	ctx.Response.SetBodyRaw(s.refusals[i18n.Match(string(ctx.Request.Header.Peek(fiber.HeaderAcceptLanguage)), offered, offered[0])])
	s.Watch.Request("refused", status, 0)
}

// refusals returns the page that refuse sends, in every language.
func refusals(texts page.Texts) map[string][]byte {
	out := map[string][]byte{}
	for _, lang := range texts.Languages() {
		text := texts.Present(lang)
		title := html.EscapeString(text.T("widget.error." + string(kindRequest) + ".title"))
		out[lang] = []byte(`<!doctype html><html lang="` + lang + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
			`<title>` + title + `</title></head><body><main data-step="error" data-error="` + string(kindRequest) + `"><h1>` + title + `</h1><p role="alert">` +
			html.EscapeString(text.T("widget.error."+string(kindRequest)+".text")) + `</p></main></body></html>`)
	}
	return out
}
