package response

import (
	"bytes"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/maypok86/otter/v2"
	"github.com/valyala/fasthttp"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/web/static"
)

// Browse pages are equal for everybody. So a drawn page is cached with its headers and its compressed forms, and sent again
// for as long as drawing it anew would give the same page. docs/architecture.md says how long that is.

const (
	// CachedFor is when a cached page is dropped. Every request for it decides whether it may still be sent.
	CachedFor = 2 * time.Minute
	// pageOverhead is the memory that a cached page takes beside its body, in bytes: address, headers, bookkeeping.
	pageOverhead = 4 << 10
)

// cachedPage is a browse page as it was sent. It never changes. Each compressed form is made at the first request for it.
type cachedPage struct {
	deps     *catalog.Deps
	text     *i18n.Localizer // the wording that the page is written in
	route    string
	bookform int
	count    map[int]func() func(took time.Duration) // by status
	kind     string                                  // media type
	modified time.Time                               // zero: not known
	tag      string
	plain    []byte
	forms    map[string]func() []byte // by encoding; none of what is compressed by itself

	headers []headerLine // those that do not depend on the request
}

// headerLine is one header, its name spelled as it is sent.
type headerLine struct{ name, value []byte }

type cachedPages = otter.Cache[string, *cachedPage]

func newCachedPages(most int) *cachedPages {
	return otter.Must(&otter.Options[string, *cachedPage]{
		MaximumWeight: uint64(max(most, 0)),
		Weigher: func(address string, p *cachedPage) uint32 {
			const withForms = 3                                                   // halves: both compressed forms together are seldom half of a page
			return uint32(len(address) + len(p.plain)*withForms/2 + pageOverhead) //nolint:gosec // some kilobytes
		},
		ExpiryCalculator: otter.ExpiryWriting[string, *cachedPage](CachedFor),
	})
}

// newPage returns a page with a drawn body, not cached yet.
func newPage(body []byte) *cachedPage {
	form := func(encoding string) func() []byte {
		return sync.OnceValue(func() []byte { return compress(densely, encoding, body) })
	}
	return &cachedPage{
		kind:  fiber.MIMETextHTMLCharsetUTF8,
		plain: body,
		tag:   tagOf(body),
		forms: map[string]func() []byte{"br": form("br"), "gzip": form("gzip")},
	}
}

// tagOf returns a tag. It is weak, because one tag stands for every encoding of a page.
func tagOf(content []byte) string { return `W/"` + strconv.FormatUint(xxhash.Sum64(content), 36) + `"` }

// form returns the page in an encoding, densely compressed, for every later request.
func (p *cachedPage) form(encoding string) []byte { return p.forms[encoding]() }

// densePause is the shortest time between two pages that are densely compressed for their first reader. Dense compression
// takes two milliseconds, so at most a tenth of a core goes into it.
const densePause = 20 * time.Millisecond

// firstForm returns the function that compresses a page for its first reader: densely when there is time, else quickly.
func (s *Writer) firstForm(p *cachedPage) func(encoding string) []byte {
	return func(encoding string) []byte {
		now, last := s.Now().UnixNano(), s.lastDense.Load()
		if now-last >= int64(densePause) && s.lastDense.CompareAndSwap(last, now) {
			return p.form(encoding)
		}
		return compress(quickly, encoding, p.plain)
	}
}

// localDeps is the key in a request's locals for the deps of its page: the answers that the page is made of.
type localDeps struct{}

// CollectDeps is a middleware that makes the catalogue note which answers a browse page is made of.
func (s *Writer) CollectDeps(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodGet {
		ctx, deps := s.Catalog.CollectDeps(c.UserContext())
		c.SetUserContext(ctx)
		c.Locals(localDeps{}, deps)
	}
	return c.Next()
}

// DepsOf returns the deps of a browse page, nil for other pages.
func DepsOf(c *fiber.Ctx) *catalog.Deps {
	deps, _ := c.Locals(localDeps{}).(*catalog.Deps)
	return deps
}

// cache caches a page that was just drawn, with the headers that it is about to be sent with. A page that lacks an answer is
// not cached, nor is one whose language depends on the browser.
func (s *Writer) cache(c *fiber.Ctx, p *cachedPage, text *i18n.Localizer) {
	deps := DepsOf(c)
	header := &c.Response().Header
	if deps == nil || !deps.Complete() || s.Catalog.Down() || bytes.Contains(header.Peek(fiber.HeaderVary), []byte(fiber.HeaderAcceptLanguage)) {
		return
	}
	p.deps, p.text, p.route = deps, text, c.Route().Path
	form, step := RouteStep(c)
	p.bookform = form
	counter := func(status int) func() func(time.Duration) {
		return sync.OnceValue(func() func(time.Duration) { return s.Watch.Page(p.route, status, form, step) })
	}
	p.count = map[int]func() func(time.Duration){
		fiber.StatusOK: counter(fiber.StatusOK), fiber.StatusNotModified: counter(fiber.StatusNotModified),
	}
	for name, value := range header.All() {
		switch string(name) {
		case RequestIDHeader, fiber.HeaderCacheControl, fiber.HeaderContentLength, fiber.HeaderContentType, fiber.HeaderDate:
		default:
			p.headers = append(p.headers, headerLine{bytes.Clone(name), bytes.Clone(value)})
		}
	}
	s.cached.Set(string(c.Request().RequestURI()), p)
}

// ServeCached answers with a cached page, or returns false when there is none. The answer is counted like any other. It is
// logged at debug level only, because such a line would say nothing that the counters do not.
func (s *Writer) ServeCached(ctx *fasthttp.RequestCtx) bool {
	request := &ctx.Request.Header
	if !request.IsGet() {
		return false
	}
	p, ok := s.cached.GetIfPresent(utils.UnsafeString(request.RequestURI()))
	start := s.Now()
	if !ok || !p.deps.Valid(start) || !p.text.Current() || s.Catalog.Down() || len(request.Peek(fiber.HeaderContentEncoding)) > 0 {
		return false
	}
	if _, strange := s.Stranger(request, p.bookform); strange {
		return false
	}
	id := AcceptedID(request.Peek(RequestIDHeader))
	for _, h := range p.headers {
		ctx.Response.Header.SetCanonical(h.name, h.value)
	}
	ctx.Response.Header.Set(RequestIDHeader, id)
	ctx.Response.Header.Set(fiber.HeaderCacheControl, cacheControl(p.deps, start))
	status := p.send(ctx, p.form)
	took := s.Now().Sub(start)
	p.count[status]()(took)
	if p.kind == fiber.MIMETextHTMLCharsetUTF8 {
		s.Watch.CustomerPage(PageShown, took)
	}
	if s.Log.Enabled(ctx, slog.LevelDebug) {
		s.Log.Debug("request", "id", id, "method", fiber.MethodGet, "route", p.route, "status", status, "kept", true)
	}
	return true
}

// send sends the page, or 304 to a browser that has it, and returns the status.
func (p *cachedPage) send(ctx *fasthttp.RequestCtx, form func(encoding string) []byte) int {
	request, response := &ctx.Request.Header, &ctx.Response
	if p.knownTo(request) {
		response.SetStatusCode(fiber.StatusNotModified)
		return fiber.StatusNotModified
	}
	response.Header.SetContentType(p.kind)
	body := p.plain
	if p.forms == nil {
		response.SetBodyRaw(body)
		return fiber.StatusOK
	}
	if encoding := static.Negotiate(utils.UnsafeString(request.Peek(fiber.HeaderAcceptEncoding))); encoding != "" {
		body = form(encoding)
		response.Header.SetContentEncoding(encoding)
	}
	response.SetBodyRaw(body)
	return fiber.StatusOK
}

// knownTo says whether a browser has the page as it is. A tag says it better than a date (RFC 9110, 13.1.3).
func (p *cachedPage) knownTo(request *fasthttp.RequestHeader) bool {
	if tags := request.Peek(fiber.HeaderIfNoneMatch); len(tags) > 0 {
		return Matches(utils.UnsafeString(tags), p.tag)
	}
	since, err := http.ParseTime(string(request.Peek(fiber.HeaderIfModifiedSince)))
	return err == nil && !p.modified.IsZero() && !p.modified.Truncate(time.Second).After(since)
}
