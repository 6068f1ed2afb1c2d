//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	permissions "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"okoshko/internal/push"
	"okoshko/internal/testclock"
)

// promised evaluates an expression whose value is a promise of a text.
func promised(b *browser, expression string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// shownNotifications are the notifications of the widget's worker, as JSON.
const shownNotifications = `navigator.serviceWorker.getRegistration("/w/").then((r) => r.getNotifications()).then((all) =>
  JSON.stringify(all.map(({ title, body, lang, data }) => ({ title, body, lang, navigate: data?.navigate }))))`

// TestNotifications: where the browser takes notifications, the form offers them. Where it refuses, the page says so, and an address can
// still be left. What the widget sends is shown by its worker, which rules no page but those of wishes.
func TestNotifications(t *testing.T) {
	t.Parallel()
	a := start(t, "OKOSHKO_PUSH_SUBJECT=mailto:us@w.example", "OKOSHKO_WAITING_QUIET=", "OKOSHKO_MAIL_HOST=127.0.0.1", "OKOSHKO_MAIL_PORT=1", "OKOSHKO_MAIL_TLS=none", "OKOSHKO_MAIL_FROM=a@w.example")
	b := newBrowser(t, options{alone: true})
	b.emptyDay(a, "501001", testclock.Start())
	b.press("main a[data-wish]")
	if !b.has("[data-push]:not([hidden])") {
		t.Fatal("no notifications are offered")
	}
	b.accessible(axe(t))
	setting := func(s permissions.PermissionSetting) {
		if _, err := chromedp.CallBrowser(b.ctx, permissions.SetPermission, permissions.SetPermissionParams{
			Permission: &permissions.PermissionDescriptor{Name: "notifications"}, Setting: s, Origin: a.URL,
		}); err != nil {
			t.Fatal(err)
		}
	}
	setting(permissions.PermissionSettingDenied)
	b.click("[data-push] button")
	b.until(`document.querySelector("[data-denied]").textContent !== ""`)
	if b.step() != "wish" || !b.has("[name=email]") {
		t.Fatalf("step %q: %s", b.step(), b.text("main"))
	}
	setting(permissions.PermissionSettingGranted)
	scope := promised(b, `navigator.serviceWorker.register(document.querySelector("[data-push]").dataset.worker).then((r) =>
	  new Promise((go) => { const i = setInterval(() => r.active && (clearInterval(i), go(r.scope)), 20); }))`)
	if scope != a.URL+"/w/" {
		t.Errorf("the worker rules %s", scope)
	}
	updated, err := chromedp.Run(b.ctx, chromedp.WaitEvent(serviceworker.WorkerRegistrationUpdated, func(e serviceworker.EventWorkerRegistrationUpdated) bool {
		return len(e.Registrations) > 0
	}, func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, serviceworker.Enable, cdp.Empty{})
	}))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := push.Notification{Title: "A time has opened", Body: "Anna\nfirst come", URL: a.URL + "/b/1", Lang: "en", Tag: "x"}.Payload()
	if err != nil {
		t.Fatal(err)
	}
	var shown []struct{ Title, Body, Lang, Navigate string }
	b.poll(func() bool {
		// A message that comes before the browser's processes all know of the permission is lost. Of one tag there is one notification.
		if _, err := chromedp.Call(b.ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
			Origin: a.URL, RegistrationID: updated.Registrations[0].RegistrationID, Data: string(payload),
		}); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(promised(b, shownNotifications)), &shown); err != nil {
			t.Fatal(err)
		}
		return len(shown) > 0
	}, "a notification")
	if n := shown[0]; n.Title != "A time has opened" || !strings.HasPrefix(n.Body, "Anna") || n.Lang != "en" || n.Navigate != a.URL+"/b/1" {
		t.Errorf("shown: %+v", shown)
	}
}
