//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"

	"okoshko/internal/clock"
)

// website serves a page with the widget in a frame; attributes are the frame's own.
func website(t *testing.T, frame func() string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><title>Salon</title><main>A salon</main><iframe width=400 height=600 `+frame()+`></iframe>`)
	}))
	t.Cleanup(server.Close)
	return server
}

// inside is everything in the page with its frames, as soon as it holds what is waited for.
func (b *browser) inside(wanted string) string {
	b.t.Helper()
	b.mustBeAlone()
	for waited := clock.Stopwatch(); ; time.Sleep(50 * time.Millisecond) {
		tree, err := chromedp.Call(b.ctx, dom.GetDocument, dom.GetDocumentParams{Depth: new(int64(-1)), Pierce: new(true)})
		if err != nil {
			b.t.Fatal(err)
		}
		text, err := json.Marshal(tree)
		if err != nil {
			b.t.Fatal(err)
		}
		if strings.Contains(string(text), wanted) {
			return string(text)
		}
		if waited() > patience {
			b.shot("failure")
			b.t.Fatalf("no %q in the page", wanted)
		}
	}
}

// TestS28FramesOfWebsites shows the widget to the website that may frame it, a way out to one that may not,
// and to one that hides who it is what the browser makes of it.
func TestS28FramesOfWebsites(t *testing.T) {
	t.Parallel()
	var address string
	frame := func() string { return `src="` + address + `/b/1?lang=en"` }
	salon := website(t, frame)
	stranger := website(t, frame)
	hidden := website(t, func() string { return frame() + ` referrerpolicy="no-referrer"` })
	a := start(t, "OKOSHKO_EMBED_HOSTS="+salon.URL)
	address = a.URL
	b := newBrowser(t, options{alone: true, noScript: true, width: 500})
	b.open(salon.URL)
	b.inside("data-service")
	b.shot("allowed")
	b.open(stranger.URL)
	if text := b.inside("Open the booking in a new tab"); strings.Contains(text, "data-service") || !strings.Contains(text, "_blank") {
		t.Error("a website that may not frame the form shows it")
	}
	b.shot("refused")
	b.open(hidden.URL)
	if text := b.inside("chrome-error://"); strings.Contains(text, "data-service") {
		t.Error("a website that hides who it is shows the form")
	}
}

// TestOperatorsPage builds a snippet without scripts, sees the form, and meets the rules for pages, at two
// widths.
func TestOperatorsPage(t *testing.T) {
	t.Parallel()
	a := start(t, "OKOSHKO_EMBED_HOSTS=https://salon.example")
	req, err := http.NewRequest(http.MethodGet, a.URL+"/b/1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Sec-Fetch-Dest": {"iframe"}, "Referer": {"https://a-website-with-a-very-long-name.of-several-parts.salons.example/"}}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	for _, o := range []options{{alone: true, width: 360, noScript: true}, {alone: true, width: 1280}} {
		b := newBrowser(t, o)
		b.open(a.Admin + "/?form=1&lang=en&mode=popup")
		b.inside("data-service")
		if got := b.text(".lines pre"); !strings.HasPrefix(got, `<okoshko-booking form="1" mode="popup" lang="en">`) {
			t.Errorf("the lines are %q", got)
		}
		b.scheme("light")
		b.shot(strconv.FormatInt(o.width, 10))
		b.fits()
		if !o.noScript { // the checker is a script
			// It would wait for the frame, whose pages are checked elsewhere.
			ask[string](b, "document.querySelector('iframe').remove(), ''")
			b.accessible(axe(t))
		}
	}
}
