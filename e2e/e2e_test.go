//go:build e2e

// Package e2e walks the widget in a real Chromium, by the page contract alone: what an outsider
// may rely on (main[data-step], data-service, data-slot …) and nothing else.
package e2e

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"okoshko/internal/app"
	"okoshko/internal/config"
	"okoshko/internal/testclock"
)

// start runs the whole product on the embedded sandbox, on a port of its own, by a clock that begins where those of
// all tests do. No script of a page asks the browser for the time, so the browser keeps the machine's.
func start(t *testing.T, environ ...string) *app.App {
	t.Helper()
	environ = append([]string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0", "OKOSHKO_LOG_LEVEL=warn", "OKOSHKO_LIMITS_PRESS_AGE=0s",
		"OKOSHKO_SANDBOX_NOW=" + testclock.Start().Format(time.RFC3339),
	}, environ...)
	cfg, err := config.Load(config.DefaultPath, false, environ)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Start(cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return a
}

// browser is one tab of a Chromium in which nothing has been kept yet.
type browser struct {
	t     *testing.T
	ctx   context.Context
	root  context.Context // of the first tab, for others beside it
	alone bool
	width int64

	around *browser       // the tab around, of a frame of another site
	phone  string         // whom walk books for
	look   func(*browser) // at every page of a walk; may be nil
}

// options of a browser.
type options struct {
	noScript  bool
	noCookies bool
	noOthers  bool   // no cookies of other sites than the page's own
	dumb      bool   // no scripts in frames of other sites either, which noScript does not reach
	width     int64  // CSS pixels; 0 = 1280
	zone      string // IANA name of the customer's time zone; "" = the machine's
	alone     bool   // a Chromium of its own: one that is shared takes no cookies in frames of other sites
	names     string // other names of this machine, "MAP salon.lan 127.0.0.1"; "" = none
}

func newBrowser(t *testing.T, o options) *browser {
	t.Helper()
	o.alone = o.alone || o.noOthers || o.dumb || o.names != ""
	var ctx context.Context
	if o.alone {
		c, err := launch(t.TempDir(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.stop)
		ctx = c.ctx
	} else {
		var cancel context.CancelFunc
		ctx, cancel = chromedp.NewContext(chromiums.of(t, o.noCookies), chromedp.WithNewBrowserContext())
		t.Cleanup(cancel)
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal(err)
		}
		// Other tests have windows of the same Chromium, and one window at a time has the focus.
		if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			t.Fatal(err)
		}
	}
	root := ctx
	ctx, cancelTimeout := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancelTimeout)
	b := &browser{t: t, ctx: ctx, root: root, alone: o.alone, width: cmp.Or(o.width, 1280), phone: phone}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.noScript}); err != nil {
		t.Fatal(err)
	}
	if o.zone != "" {
		if _, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: o.zone}); err != nil {
			t.Fatal(err)
		}
	}
	b.do(chromedp.EmulateViewport(b.width, 900))
	return b
}

// mustBeAlone stands where a frame of another site is looked into: in a shared Chromium it would get no cookies.
func (b *browser) mustBeAlone() {
	b.t.Helper()
	if !b.alone {
		b.t.Fatal("a browser with frames of other sites must be alone")
	}
}

// do runs actions and fails the test when one does.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.shot("failure")
		b.t.Fatal(err)
	}
}

// ask evaluates an expression of ours; it works with the page's own scripts off.
func ask[T any](b *browser, expression string, args ...any) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](fmt.Sprintf(expression, args...)))
	if err != nil {
		b.shot("failure")
		b.t.Fatal(err)
	}
	return value
}

// open goes to an address and waits for the page.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("main")))
}

// patience is how long a test waits for what a page has to do: a machine that does much else at the time is slow.
const patience = time.Minute

// press clicks the first element of a selector and waits for the page it leads to.
func (b *browser) press(selector string) {
	b.t.Helper()
	b.leave(selector, pointAt(b, b.aim, first(selector)))
}

// leave does what leads to another page and waits for that page.
func (b *browser) leave(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, action)); err != nil {
		b.shot("failure")
		b.t.Fatalf("press %q on step %q: %v", what, b.step(), err)
	}
	b.do(chromedp.WaitReady(chromedp.CSS("main")))
}

// attribute of the first element of a selector, "" when there is none.
func (b *browser) attribute(selector, name string) string {
	b.t.Helper()
	return ask[string](b, "document.querySelector(%q)?.getAttribute(%q) ?? ''", selector, name)
}

func (b *browser) has(selector string) bool {
	b.t.Helper()
	return ask[int](b, "document.querySelectorAll(%q).length", selector) > 0
}

func (b *browser) text(selector string) string {
	b.t.Helper()
	return ask[string](b, "document.querySelector(%q)?.innerText ?? ''", selector)
}

func (b *browser) step() string { return b.attribute("main", "data-step") }

// introduce fills in the contact form what most salons ask for, and agrees to what has to be agreed to.
func (b *browser) introduce(name, phone string) {
	b.t.Helper()
	b.fill("fullname", name)
	b.fill("phone", phone)
	if b.has("main [name=accept_personal_data]:not(:checked)") {
		b.check("accept_personal_data")
	}
}

// fill types into a field by its name, when the page has it.
func (b *browser) fill(name, value string) {
	b.t.Helper()
	field := chromedp.CSS("main [name=" + name + "]")
	if b.has(string(field)) {
		if folded := "main details:not([open]):has([name=" + name + "])"; b.has(folded) {
			b.click(folded + " summary")
		}
		ask[string](b, "document.querySelector(%q).value = ''", string(field))
		b.do(chromedp.SendKeys(field, value))
	}
}

// check ticks a box by its name.
func (b *browser) check(name string) {
	b.t.Helper()
	b.click("main [name=" + name + "]")
}

// shot keeps a picture of the page when OKOSHKO_TEST_SHOTS names a folder.
func (b *browser) shot(name string) {
	dir := os.Getenv("OKOSHKO_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Logf("screenshot: %v", err)
		return
	}
	file := filepath.Join(dir, strings.NewReplacer("/", "_", " ", "-", ",", "").Replace(b.t.Name())+"-"+name+".png")
	if err := os.WriteFile(file, png, 0o600); err != nil {
		b.t.Logf("screenshot: %v", err)
	}
}
