package response

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
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

// Browse pages are equal for everybody, so one that was drawn is kept with its headers and sent
// again, compressed already, as long as drawing it anew would give the same. docs/architecture.md
// says when that is.

const (
	// CachedFor drops a page that nobody asks for any more. Whether one may be sent is decided anew at
	// every request.
	CachedFor = 2 * time.Minute
	// pageOverhead is what a page takes beside its body: address, headers and bookkeeping, in bytes.
	pageOverhead = 4 << 10
)

// cachedPage is a browse page as it was sent. Nothing in it changes; its compressed forms are made
// when somebody first asks for them.
type cachedPage struct {
	deps     *catalog.Deps
	text     *i18n.Localizer // the wording that it speaks
	route    string
	bookform int
	count    map[int]func() func(took time.Duration) // by status
	tag      string
	plain    []byte
	forms    map[string]func() []byte // by encoding

	headers []headerLine // that do not depend on the request
}

// headerLine is one line of an answer's head, its name spelled as it is sent.
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

// newPage is what a drawn page is sent from.
func newPage(body []byte) *cachedPage {
	form := func(encoding string) func() []byte {
		return sync.OnceValue(func() []byte { return compress(densely, encoding, body) })
	}
	return &cachedPage{
		plain: body,
		// Weak, because one tag stands for every encoding of the page.
		tag:   `W/"` + strconv.FormatUint(xxhash.Sum64(body), 36) + `"`,
		forms: map[string]func() []byte{"br": form("br"), "gzip": form("gzip")},
	}
}

// form is the page compressed for all who ask for it again.
func (p *cachedPage) form(encoding string) []byte { return p.forms[encoding]() }

// unhurried is the pause after which there is time to compress a page well for the one it was drawn
// for. It takes two milliseconds; where many pages are drawn, a tenth of a core goes into that.
const unhurried = 20 * time.Millisecond

// once is the page compressed for the one it was drawn for.
func (s *Writer) once(p *cachedPage) func(encoding string) []byte {
	return func(encoding string) []byte {
		now, last := s.Now().UnixNano(), s.lastDense.Load()
		if now-last >= int64(unhurried) && s.lastDense.CompareAndSwap(last, now) {
			return p.form(encoding)
		}
		return compress(quickly, encoding, p.plain)
	}
}

// localDeps is where a request keeps the deps of its page: the answers that the page is made of.
type localDeps struct{}

// CollectDeps makes the catalogue note which answers a browse page is made of.
func (s *Writer) CollectDeps(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodGet {
		ctx, deps := s.Catalog.CollectDeps(c.UserContext())
		c.SetUserContext(ctx)
		c.Locals(localDeps{}, deps)
	}
	return c.Next()
}

// DepsOf are the deps of a browse page, nil for other pages.
func DepsOf(c *fiber.Ctx) *catalog.Deps {
	deps, _ := c.Locals(localDeps{}).(*catalog.Deps)
	return deps
}

// keep notes a page that was just drawn, with the headers that it is about to be sent with. One whose
// answers are not whole, or that another visitor would get in another language, is not kept.
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

// ServeCached answers with a page that is kept, or says that there is none. It is counted like every
// other answer; its line in the log would say nothing that the counters do not, so it is there only
// when details are asked for.
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
	p.count[status]()(s.Now().Sub(start))
	if s.Log.Enabled(ctx, slog.LevelDebug) {
		s.Log.Debug("request", "id", id, "method", fiber.MethodGet, "route", p.route, "status", status, "kept", true)
	}
	return true
}

// send sends the page, or 304 to a browser that has it, and says which.
func (p *cachedPage) send(ctx *fasthttp.RequestCtx, form func(encoding string) []byte) int {
	request, response := &ctx.Request.Header, &ctx.Response
	if known := request.Peek(fiber.HeaderIfNoneMatch); len(known) > 0 && Matches(utils.UnsafeString(known), p.tag) {
		response.SetStatusCode(fiber.StatusNotModified)
		return fiber.StatusNotModified
	}
	response.Header.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	body := p.plain
	if encoding := static.Negotiate(utils.UnsafeString(request.Peek(fiber.HeaderAcceptEncoding))); encoding != "" {
		body = form(encoding)
		response.Header.SetContentEncoding(encoding)
	}
	response.SetBodyRaw(body)
	return fiber.StatusOK
}

// AcceptedID is the request's own id, when it is one, or a new one. It names a line in the log and is
// no secret.
func AcceptedID(given []byte) string {
	if len(given) > 0 && acceptableRequestID.Match(given) {
		return string(given)
	}
	const digits = 16
	id := strconv.AppendUint(make([]byte, 0, digits), rand.Uint64(), 16) //nolint:gosec // see above
	for len(id) < digits {
		id = append(id, '0')
	}
	return string(id)
}
