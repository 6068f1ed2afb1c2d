//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"okoshko/internal/app"
	"okoshko/internal/clock"
	"okoshko/web/static"
)

// salon is a salon's website. For a browser it is another site than the widget: they are
// salon.localhost and widget.localhost.
type salon struct {
	url    string
	widget string // the widget's origin

	mu    sync.Mutex
	pages map[string]string
	csp   map[string]string
}

func newSalon(t *testing.T, a *app.App) *salon {
	t.Helper()
	s := &salon{widget: strings.Replace(a.URL, "127.0.0.1", "widget.localhost", 1), pages: map[string]string{}, csp: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if csp := s.csp[r.URL.Path]; csp != "" {
			w.Header().Set("Content-Security-Policy", csp)
		}
		_, _ = w.Write([]byte(s.pages[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	s.url = strings.Replace(server.URL, "127.0.0.1", "salon.localhost", 1)
	return s
}

// noStorage has the widget's scripts find all storage closed, which Chromium's own setting leaves open
// when it blocks cookies.
const noStorage = `for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore"])
  Object.defineProperty(window, name, { get() { throw new DOMException("closed", "SecurityError") } });
Object.defineProperty(Document.prototype, "cookie", { get() { throw new DOMException("closed", "SecurityError") } });
`

// closeStorage puts noStorage before the script of every page of the widget.
func (s *salon) closeStorage(t *testing.T, a *app.App) {
	t.Helper()
	widget := proxy(t, a)
	rewrite := widget.Rewrite
	widget.Rewrite = func(r *httputil.ProxyRequest) {
		rewrite(r)
		r.Out.Header.Del("Accept-Encoding")
	}
	widget.ModifyResponse = func(r *http.Response) error {
		if strings.HasSuffix(r.Request.URL.Path, "/app.js") {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(noStorage), r.Body))
			r.ContentLength = -1
			r.Header.Del("Content-Length")
		}
		return nil
	}
	s.behind(t, widget)
}

// behind has the website know the widget at another address.
func (s *salon) behind(t *testing.T, widget http.Handler) {
	t.Helper()
	server := httptest.NewServer(widget)
	t.Cleanup(server.Close)
	s.widget = strings.Replace(server.URL, "127.0.0.1", "widget.localhost", 1)
}

// hold keeps back what is under an address of the widget until release is called.
func (s *salon) hold(t *testing.T, a *app.App, address string) (release func()) {
	t.Helper()
	widget := proxy(t, a)
	gate := make(chan struct{})
	release = sync.OnceFunc(func() { close(gate) })
	s.behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == address {
			<-gate
		}
		widget.ServeHTTP(w, r)
	}))
	t.Cleanup(release) // before the server is closed, which waits for its requests
	return release
}

// page puts a page on the website and says where. WIDGET in it stands for the widget's origin. It
// keeps what frames say to it in "log" and the widget's events in "events".
func (s *salon) page(body string) string { return s.guarded(body, "") }

// guarded is a page under a content policy of its own.
func (s *salon) guarded(body, csp string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := fmt.Sprintf("/%d", len(s.pages))
	s.csp[path] = strings.ReplaceAll(csp, "WIDGET", s.widget)
	s.pages[path] = strings.ReplaceAll(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Salon</title>
<script nonce="test">
const log = [], events = [];
addEventListener("message", (e) => log.push(e.data));
for (const type of ["ready", "step", "submit", "booked", "moved", "cancelled", "error"]) document.addEventListener("okoshko:" + type, (e) => events.push([type, e.detail]));
</script>
<body>`+body, "WIDGET", s.widget)
	return s.url + path
}

// newestLoader is the loader that the widget serves.
func newestLoader(t *testing.T) static.Loader {
	t.Helper()
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	loader, _ := assets.NewestLoader(1)
	return loader
}

const script = `<script async src="WIDGET/embed/v1.js"></script>`

// tab is another tab of the browser.
func (b *browser) tab(t *testing.T) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.root)
	t.Cleanup(cancel)
	return b.in(t, ctx)
}

// in is the browser's tab or frame of a context.
func (b *browser) in(t *testing.T, ctx context.Context) *browser {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return &browser{t: t, ctx: ctx, root: b.root, alone: b.alone, width: b.width, phone: b.phone}
}

// visit goes to a page of a website that has no page contract.
func (b *browser) visit(url string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(b.width, 900), chromedp.Navigate(url))
}

// until waits for a condition in the page.
func (b *browser) until(condition string, args ...any) {
	b.t.Helper()
	condition = fmt.Sprintf(condition, args...)
	b.poll(func() bool {
		// While a page gives way to the next there is nobody to ask.
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition))
		return err == nil && ok
	}, condition)
}

func (b *browser) poll(reached func() bool, what string) {
	b.t.Helper()
	for waited := clock.Stopwatch(); !reached(); time.Sleep(20 * time.Millisecond) {
		if waited() > patience {
			b.shot("failure")
			b.t.Fatalf("never: %s", what)
		}
	}
}

// frame waits for a frame of the widget in the page whose address holds a text, as a place to act in.
func (b *browser) frame(s *salon, address string) *inner {
	b.t.Helper()
	b.mustBeAlone()
	page := cdp.FrameID(chromedp.FromContext(b.ctx).Target.TargetID)
	var found *inner
	b.poll(func() bool {
		infos, err := chromedp.Targets(b.ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, info := range infos {
			if info.Type == "iframe" && info.ParentFrameID == page && strings.HasPrefix(info.URL, s.widget+"/") && strings.Contains(info.URL, address) {
				ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(info.TargetID))
				b.t.Cleanup(cancel)
				found = &inner{browser: b.in(b.t, ctx), id: cdp.FrameID(info.TargetID)}
				found.around = b
				return true
			}
		}
		return false
	}, "a frame of "+address)
	found.until("!!document.querySelector('main')?.dataset.step")
	return found
}

// inner is the inside of a frame.
type inner struct {
	*browser

	id cdp.FrameID
}

// click presses what a selector finds.
func (f *inner) click(selector string) {
	f.t.Helper()
	ask[string](f.browser, "document.body.dataset.old = 1, ''")
	f.around.do(pointAt(f.browser, f.aim, first(selector)))
}

// press clicks and waits until another body has taken the place of the old one.
func (f *inner) press(selector string) {
	f.t.Helper()
	f.click(selector)
	f.until("!!document.querySelector('body:not([data-old]) main[data-step]')")
}

// set types into a field.
func (f *inner) set(name, value string) {
	f.t.Helper()
	ask[bool](f.browser, "(() => { const it = document.querySelector('main [name=%s]'); if (it) it.type === 'checkbox' ? it.checked = true : it.value = %q; return !!it })()", name, value)
}

const last = "main form[method=post] [type=submit]:not([name])"

// on does what a customer does at a step to come to the next.
func (f *inner) on(a *app.App) {
	f.t.Helper()
	switch step := f.step(); step {
	case "service":
		f.press(wayOn(f.has("main [data-next]")))
	case "master":
		f.press("main a[data-staff]")
	case "datetime":
		if !f.has("main a[data-slot]") {
			f.press("main a[data-date]")
		}
		f.press("main a[data-slot]")
	case "contact":
		if f.has("main [name=code]") {
			f.set("code", lastCode(f.browser, a.Sandbox))
		} else {
			for name, value := range map[string]string{"fullname": "Анна Тестова", "phone": f.phone, "email": "anna@example.com", "accept_personal_data": ""} {
				f.set(name, value)
			}
		}
		f.press(last)
	case "confirm":
		f.press(last)
	default:
		f.t.Fatalf("step %q: %s", step, f.text("main"))
	}
}

// to goes on up to a step.
func (f *inner) to(a *app.App, step string) {
	f.t.Helper()
	for range 12 {
		if f.step() == step {
			return
		}
		f.on(a)
	}
	f.t.Fatalf("no way to step %q from %q", step, f.step())
}
