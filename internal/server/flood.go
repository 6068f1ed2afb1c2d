package server

import (
	"errors"
	"html"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/quota"
)

const (
	// drawnPerAddress are the requests of an address in a minute for which a page may have to be drawn. A carrier's address,
	// behind which a dozen people book, comes to a hundred. Pages that are kept cost little and do not count.
	drawnPerAddress = 300
	// submittedPerAddress are the forms that one address may have sent in a minute before they are as urgent as looking about
	// is; the same dozen comes to half of it.
	submittedPerAddress = 40
	floodWindow         = time.Minute
	// maxFlood bounds the networks that are told apart in a minute; those beyond are counted by their wider ones alone.
	maxFlood = 50_000
)

// flood counts what the networks around addresses do, minute by minute, in this process alone: what is counted for every
// request must not cost a write.
type flood struct {
	most int // of the innermost ring

	mu    sync.Mutex
	began time.Time
	count map[string]int
}

func newFlood(most int) *flood { return &flood{most: most, count: map[string]int{}} }

// over counts one more, and says whether one of the rings has had more than its share in this minute.
func (f *flood) over(rings []quota.Ring, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if since := now.Sub(f.began); since >= floodWindow || since < 0 {
		f.began = now
		clear(f.count)
	}
	over := false
	for i, ring := range rings {
		n, known := f.count[ring.Network]
		if !known && i < len(rings)-1 && len(f.count) >= maxFlood {
			continue
		}
		f.count[ring.Network] = n + 1
		over = over || n >= f.most*ring.Factor
	}
	return over
}

// errFlood says that an address has asked for so many pages that none more is drawn for it.
var errFlood = errors.New("server: too many pages for one address")

// sendShort answers without drawing a page: some hundred bytes that say what the page of an error would.
func (s *Server) sendShort(c *fiber.Ctx, k kind, status int) error {
	if k == kindBusy {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(busyRetry))
	}
	makePrivate(c) // it may not even have been looked whose page it is
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(shortPage(s.Texts.Present(s.wantedLanguage(c)), k))
}

// shortPage is the page of an error by itself: no styles, no scripts, nothing to load.
func shortPage(text *i18n.Localizer, k kind) []byte {
	title := html.EscapeString(text.T("widget.error." + string(k) + ".title"))
	return []byte(`<!doctype html><html lang="` + i18n.Tag(text.Spoken()) + `" dir="` + i18n.Dir(text.Spoken()) + `"><head><meta charset="utf-8">` +
		`<meta name="viewport" content="width=device-width, initial-scale=1"><title>` + title + `</title></head>` +
		`<body><main data-step="error" data-error="` + string(k) + `"><h1>` + title + `</h1><p role="alert">` +
		html.EscapeString(text.T("widget.error."+string(k)+".text")) + `</p></main></body></html>`)
}
