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

// A request that two servers can read in two ways lets a sender hide a second request in the first, past a proxy that reads
// it otherwise. fasthttp refuses most of these requests. What it still accepts and RFC 9112 has refused, or lets a server
// refuse, is refused here, before anything else sees the request.

// strictFirst puts the checks before everything else that answers requests.
func (s *Server) strictFirst() {
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

// wellFormed says whether a request has one reading only.
func wellFormed(h *fasthttp.RequestHeader) bool {
	switch string(h.Protocol()) {
	case "HTTP/1.1", "HTTP/1.0":
	default:
		return false
	}
	return knownMethod(h.Method()) && goodTarget(h.RequestURI(), h.Host()) && goodHost(h.Host()) && goodFields(h)
}

// knownMethod says whether a method is one that Fiber has a number for. CONNECT is for proxies.
func knownMethod(method []byte) bool {
	switch string(method) {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodDelete, fiber.MethodOptions, fiber.MethodTrace, fiber.MethodPatch:
		return true
	}
	return false
}

// goodTarget says whether what a request asks for is a path, or an address in full that names the same host as the
// request's Host (RFC 9112, section 3.2). A fragment is never sent.
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

// tokenBytes are those that the name of a field may have (RFC 9110, section 5.6.2).
var tokenBytes = func() (table [256]bool) {
	for b := range table {
		table[b] = isDigit(byte(b)) || isLetter(byte(b)) || strings.IndexByte("!#$%&'*+-.^_`|~", byte(b)) >= 0
	}
	return table
}()

// goodFields looks at the fields as they came: every line ends in CRLF, has a name of its own and goes on on no other
// line, and the body has one length. A body that has its length in chunks says "chunked" and nothing else, and no fields
// stand behind it: no form of ours sends any.
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

// isField compares a field's name, which is mostly another one of another length.
func isField(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

// refuseUnread answers a request that could not be read.
func (s *Server) refuseUnread(ctx *fasthttp.RequestCtx, err error) {
	s.refuse(ctx, unreadStatus(err))
}

// unreadStatus is the status for a request that fasthttp could not read.
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

// refuse answers a request that is no request of a browser of ours with a few words, which cost nothing to make: thousands
// may come at once. Whose page it asks for may not even have been read, so it is answered as if for the most private one.
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

// refusals are the words of refuse in every language.
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
