package response

import (
	"bytes"
	"compress/gzip"
	"io"
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

// A CDN may keep a browse page for a moment, since it is a pure function of its URL and equal for everybody: for
// sharedFor as it is, and for staleFor while it asks for a new one, but never longer than the page may be shown.
const (
	sharedFor = 15 * time.Second
	staleFor  = 45 * time.Second
)

// cacheBrowse are the Cache-Control headers of a browse page, by the seconds that it may still be shown.
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

// cacheControl is what a browse page says of being kept. An answer without deps is not worth keeping.
func cacheControl(deps *catalog.Deps, now time.Time) string {
	if deps == nil {
		return cacheBrowse[0]
	}
	return cacheBrowse[min(int(deps.MaxAge(now)/time.Second), len(cacheBrowse)-1)]
}

// Render draws a page into memory and sends it. Nothing else in the program writes HTML, so a
// page that fails to draw never leaves half of itself behind.
func Render(c *fiber.Ctx, status int, view templ.Component) error {
	html, err := draw(c, view)
	if err != nil {
		return err
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return Send(c, html)
}

// sheets are what pages are drawn on: they grow as long as a page and are used again.
var sheets = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// localMarks is where a request keeps what marks the texts of its page that are in another language than the page.
type localMarks struct{}

// MarkWith has the texts of the page that answers a request marked before it is sent.
func MarkWith(c *fiber.Ctx, mark func(html []byte) []byte) { c.Locals(localMarks{}, mark) }

func draw(c *fiber.Ctx, view templ.Component) ([]byte, error) {
	sheet, _ := sheets.Get().(*bytes.Buffer)
	defer sheets.Put(sheet)
	sheet.Reset()
	if err := view.Render(c.UserContext(), sheet); err != nil {
		return nil, err
	}
	html := bytes.Clone(sheet.Bytes())
	if mark, _ := c.Locals(localMarks{}).(func([]byte) []byte); mark != nil {
		html = mark(html)
	}
	return html, nil
}

// RenderBrowse sends a page that everybody may share, or 304 when the browser has it already, and
// keeps it for the next who asks.
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
	p.send(c.Context(), s.once(p))
	return nil
}

// Send compresses a body as the browser asks.
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

// writer is a compressing writer that can be used again.
type writer interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// writers compress, and are kept, because each brings tables of up to a megabyte.
type writers map[string]*sync.Pool

func pool[W writer](fresh func(io.Writer, int) W, level int) *sync.Pool {
	return &sync.Pool{New: func() any { return fresh(nil, level) }}
}

func newGzip(w io.Writer, level int) *gzip.Writer {
	out, err := gzip.NewWriterLevel(w, level)
	if err != nil {
		panic(err) // the levels are constants
	}
	return out
}

// brotliWindow holds a page, 128 KiB; the default one would cost megabytes for nothing.
const brotliWindow = 17

func newBrotli(w io.Writer, level int) *brotli.Writer {
	return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: level, LGWin: brotliWindow})
}

var (
	// quickly is for what is sent once while much is drawn: half a millisecond of a core for the longest page.
	quickly = writers{"br": pool(brotli.NewWriterV2, 2), "gzip": pool(newGzip, gzip.BestSpeed)}
	// densely is for all else: a sixth less in four times the time. The next levels save a thirtieth
	// with tables of eight megabytes, the last ones a tenth in a tenth of a second.
	densely = writers{"br": pool(newBrotli, 5), "gzip": pool(newGzip, gzip.DefaultCompression)}
)

// compress is a body in an encoding of static.Negotiate.
func compress(how writers, encoding string, body []byte) []byte {
	w, _ := how[encoding].Get().(writer)
	defer how[encoding].Put(w)
	var out bytes.Buffer
	out.Grow(len(body) / 4)
	w.Reset(&out)
	_, _ = w.Write(body) // writes to memory
	_ = w.Close()
	return out.Bytes()
}

// Matches compares an If-None-Match header with a weak tag.
func Matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
