package response

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/web/static"
)

// A CDN may cache a browse page, which is a pure function of its URL and equal for everybody: for sharedFor, and then for
// staleFor while the CDN asks for a new one. It may never show the page longer than the page's answers are valid.
const (
	sharedFor = 15 * time.Second
	staleFor  = 45 * time.Second
)

// cacheBrowse holds the Cache-Control header of a browse page for each number of seconds that the page is still valid.
var cacheBrowse = func() (headers [(sharedFor+staleFor)/time.Second + 1]string) {
	for left := range headers {
		shared := min(left, int(sharedFor/time.Second))
		headers[left] = "public, max-age=0, s-maxage=" + strconv.Itoa(shared)
		if stale := left - shared; stale > 0 {
			headers[left] += ", stale-while-revalidate=" + strconv.Itoa(stale)
		}
	}
	return headers
}()

// cacheControl returns the Cache-Control header of a browse page. Without deps it is not known how long the page is valid,
// so no cache may keep it.
func cacheControl(deps *catalog.Deps, now time.Time) string {
	if deps == nil {
		return cacheBrowse[0]
	}
	return cacheBrowse[min(int(deps.MaxAge(now)/time.Second), len(cacheBrowse)-1)]
}

// Render draws a page into memory and sends it. A page that fails while it is drawn is not sent at all.
func Render(c *fiber.Ctx, status int, view templ.Component) error {
	html, err := draw(c, view)
	if err != nil {
		return err
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return Send(c, html)
}

// buffers are used again, because each has grown to the length of a page.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// localMarks is the key in a request's locals for the function that MarkWith sets.
type localMarks struct{}

// MarkWith sets a function that changes the HTML of the request's page before it is sent. It marks texts that are in another
// language than the page.
func MarkWith(c *fiber.Ctx, mark func(html []byte) []byte) { c.Locals(localMarks{}, mark) }

func draw(c *fiber.Ctx, view templ.Component) ([]byte, error) {
	buffer, _ := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if err := view.Render(c.UserContext(), buffer); err != nil {
		return nil, err
	}
	html := bytes.Clone(buffer.Bytes())
	if mark, _ := c.Locals(localMarks{}).(func([]byte) []byte); mark != nil {
		html = mark(html)
	}
	return html, nil
}

// RenderBrowse draws and sends a page that is equal for everybody, or 304 when the browser has it already, and caches it.
func (s *Writer) RenderBrowse(c *fiber.Ctx, text *i18n.Localizer, view templ.Component) error {
	html, err := draw(c, view)
	if err != nil {
		return err
	}
	p := newPage(html)
	c.Set(fiber.HeaderCacheControl, cacheControl(DepsOf(c), s.Now()))
	c.Vary(fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderETag, p.tag)
	s.cache(c, p, text)
	p.send(c.Context(), s.firstForm(p))
	return nil
}

// Document is an answer that is equal for everybody and is no page: a feed, a picture, a text.
type Document struct {
	Type       string // media type
	Body       []byte
	Content    []byte    // what its tag is made of; nil = the body
	Modified   time.Time // zero: not known
	Compressed bool      // the body is compressed by itself
	Keep       bool      // it may be cached here; its body must not depend on the host that the request names
}

// SendDocument sends a document as RenderBrowse sends a page.
func (s *Writer) SendDocument(c *fiber.Ctx, text *i18n.Localizer, d Document) error {
	p := newPage(d.Body)
	p.kind, p.modified = d.Type, d.Modified
	if d.Content != nil {
		p.tag = tagOf(d.Content)
	}
	if d.Compressed {
		p.forms = nil
	} else {
		c.Vary(fiber.HeaderAcceptEncoding)
	}
	c.Set(fiber.HeaderCacheControl, cacheControl(DepsOf(c), s.Now()))
	c.Set(fiber.HeaderETag, p.tag)
	if !d.Modified.IsZero() {
		c.Set(fiber.HeaderLastModified, d.Modified.UTC().Format(http.TimeFormat))
	}
	if d.Keep {
		s.cache(c, p, text)
	}
	p.send(c.Context(), s.firstForm(p))
	return nil
}

// Send sends a body in an encoding that the browser accepts.
func Send(c *fiber.Ctx, body []byte) error {
	c.Vary(fiber.HeaderAcceptEncoding)
	encoding := static.Negotiate(c.Get(fiber.HeaderAcceptEncoding))
	if encoding == "" {
		return c.Send(body)
	}
	c.Set(fiber.HeaderContentEncoding, encoding)
	c.Response().SetBodyRaw(compress(densely, encoding, body))
	return nil
}

// compressor is a compressing writer that can be used again.
type compressor interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// compressors are pools of compressors by encoding. A compressor is used again, because it has tables of up to a megabyte.
type compressors map[string]*sync.Pool

func pool[W compressor](fresh func(io.Writer, int) W, level int) *sync.Pool {
	return &sync.Pool{New: func() any { return fresh(nil, level) }}
}

func newGzip(w io.Writer, level int) *gzip.Writer {
	out, err := gzip.NewWriterLevel(w, level)
	if err != nil {
		panic(err) // the levels are constants
	}
	return out
}

// brotliWindow is 128 KiB, which holds a page. The default window would cost megabytes for nothing.
const brotliWindow = 17

func newBrotli(w io.Writer, level int) *brotli.Writer {
	return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: level, LGWin: brotliWindow})
}

var (
	// quickly compresses pages for their first reader when many are drawn: half a millisecond of a core for the longest page.
	quickly = compressors{"br": pool(brotli.NewWriterV2, 2), "gzip": pool(newGzip, gzip.BestSpeed)}
	// densely compresses all else: a sixth less bytes in four times the time. Higher levels save a thirtieth with tables of
	// eight megabytes, the highest a tenth in a tenth of a second.
	densely = compressors{"br": pool(newBrotli, 5), "gzip": pool(newGzip, gzip.DefaultCompression)}
)

// compress returns a body in an encoding that static.Negotiate has chosen.
func compress(how compressors, encoding string, body []byte) []byte {
	w, _ := how[encoding].Get().(compressor)
	defer how[encoding].Put(w)
	var out bytes.Buffer
	out.Grow(len(body) / 4)
	w.Reset(&out)
	_, _ = w.Write(body) // writes to memory
	_ = w.Close()
	return out.Bytes()
}

// Matches says whether an If-None-Match header names a tag.
func Matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
