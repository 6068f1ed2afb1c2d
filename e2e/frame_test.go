//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/app"
	"okoshko/internal/clock"
	"okoshko/internal/servertest"
)

// proxy is the widget at another address.
func proxy(t *testing.T, a *app.App) *httputil.ReverseProxy {
	t.Helper()
	target, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // which the widget's own addresses are made of
	}}
}

// host serves a page that has the widget in a frame of its own origin, so that the test can look
// inside.
func host(t *testing.T, a *app.App, path string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", proxy(t, a))
	mux.HandleFunc("/salon", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><title>Salon</title><main>A salon</main><iframe src="`+path+`" style="width:600px;height:900px"></iframe>`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/salon"
}

// frame is the widget inside the host page.
type frame struct{ *browser }

func (f frame) step() string {
	return ask[string](f.browser, "frames[0].document.querySelector('main')?.dataset.step ?? ''")
}

func (f frame) has(selector string) bool {
	return ask[bool](f.browser, "!!frames[0].document.querySelector(%q)", selector)
}

// press clicks and waits until another body has taken the place of the old one.
func (f frame) press(selector string) {
	f.t.Helper()
	ask[string](f.browser, "frames[0].document.body.dataset.old = 1, ''")
	f.do(pointAt(f.browser, f.aim, "frames[0]."+first(selector)))
	for waited := clock.Stopwatch(); ; time.Sleep(20 * time.Millisecond) {
		if ask[bool](f.browser, "!!frames[0].document.querySelector('body:not([data-old]) main')") {
			return
		}
		if waited() > patience {
			f.shot("failure")
			f.t.Fatalf("step %q: nothing came of %q", f.step(), selector)
		}
	}
}

func (f frame) focus() string {
	return ask[string](f.browser, "frames[0].document.activeElement.outerHTML.slice(0, 200)")
}

// TestStepsSwapInsideAFrame books in a frame: no page is loaded anew, the host's history does not
// grow, and the focus is where the new step begins.
func TestStepsSwapInsideAFrame(t *testing.T) {
	t.Parallel()
	a := start(t)
	f := frame{newBrowser(t, options{alone: true})}
	f.open(host(t, a, "/b/2?lang=en"))
	f.poll(func() bool { return f.step() != "" }, "a step in the frame")
	entries := ask[int](f.browser, "history.length")
	ask[string](f.browser, "frames[0].mark = 'here', ''")

	// The second one, because the focus on the first link of all would be no proof.
	const second = "main li:nth-child(2) > a + a"
	toggle := ask[string](f.browser, "frames[0].document.querySelector(%q).dataset.toggle", second)
	f.press(second)
	if got := ask[string](f.browser, "frames[0].document.activeElement.dataset.toggle"); f.step() != "service" || got != toggle || !f.has("main .chosen a[data-next]") {
		t.Errorf("after a service is added the focus is on %s", f.focus())
	}
	want := []string{"service", "datetime", "contact", "code", "done"}
	for i, step := range want {
		got := f.step()
		if f.has("main [name=code]") {
			got = "code"
		}
		if got != step {
			t.Fatalf("step %q, want %q", got, step)
		}
		f.shot(fmt.Sprintf("%d-%s", i, step))
		if i > 0 && !ask[bool](f.browser, "frames[0].document.activeElement.localName === 'h1'") {
			t.Errorf("step %q: the focus is on %s", step, f.focus())
		}
		if at := ask[string](f.browser, "frames[0].location.pathname"); step != "code" && at != "/b/2/"+step {
			t.Errorf("step %q stands under %s", step, at)
		}
		switch step {
		case "service":
			f.press("main [data-next]")
		case "datetime":
			if !f.has("main a[data-slot]") {
				f.press("main a[data-date]")
			}
			f.press("main a[data-slot]")
		case "contact":
			submit := "main form[method=post] [type=submit]:not([name])"
			f.press(submit)
			if got := ask[string](f.browser, "frames[0].document.activeElement.className"); got != "alert error" {
				t.Errorf("with nothing typed the focus is on %s", f.focus())
			}
			ask[string](f.browser, "frames[0].document.querySelector('[name=comment]').value = 'Window', ''")
			for _, lang := range []string{"ru", "en"} {
				f.press(".languages button[lang=" + lang + "]")
				if got := ask[string](f.browser, "frames[0].document.documentElement.lang + frames[0].document.querySelector('[name=comment]').value"); got != lang+"Window" {
					t.Errorf("in %s the form is %q", lang, got)
				}
			}
			for name, value := range map[string]string{"fullname": "Anna", "phone": phone, "email": "anna@example.com"} {
				ask[string](f.browser, "frames[0].document.querySelector('[name=%s]').value = %q", name, value)
			}
			ask[bool](f.browser, "(frames[0].document.querySelector('[name=accept_personal_data]') ?? {}).checked = true")
			f.press(submit)
		case "code":
			ask[string](f.browser, "frames[0].document.querySelector('[name=code]').value = %q", lastCode(f.browser, a.Sandbox))
			f.press("main form[method=post] [type=submit]:not([name])")
		}
	}
	if got := ask[string](f.browser, "frames[0].mark ?? ''"); got != "here" {
		t.Error("a page was loaded anew on the way")
	}
	if got := ask[int](f.browser, "history.length"); got != entries {
		t.Errorf("the host's history grew from %d to %d entries", entries, got)
	}
	if n := len(online(a)); n != 1 {
		t.Errorf("records = %d, want 1", n)
	}
	if !f.has("main a[rel=record][target=_blank]") {
		t.Error("the visit's own page, which may not be framed, would open in the frame")
	}
}

// TestRemovingOneVisitArmsNoOther takes each of three visits out of the basket, by its own name. What has the focus then
// removes nothing, and a screen reader hears what was removed.
func TestRemovingOneVisitArmsNoOther(t *testing.T) {
	t.Parallel()
	a := start(t)
	f := frame{newBrowser(t, options{alone: true, width: 360})}
	show := func(path string) {
		f.open(host(t, a, path))
		f.until("!!frames[0].document.querySelector('main')?.dataset.step")
	}
	show("/b/1?lang=en")
	pick := func(place int, what string) {
		t.Helper()
		f.press(ask[string](f.browser, "(() => { const all = [...frames[0].document.querySelectorAll('main :is(.strip, .slots) a[data-%[1]s]')]; return `main :is(.strip, .slots) a[data-%[1]s='${all.at(%[2]d).dataset.%[1]s}']` })()", what, place))
	}
	for i, at := range []struct{ day, time int }{{0, 0}, {-1, -1}, {-1, 0}} { // no two at once
		if i > 0 {
			f.press("[data-add]")
		}
		f.press(servertest.Takes)
		f.press("main a[data-staff='0']")
		pick(at.day, "date")
		pick(at.time, "slot")
	}
	three := ask[string](f.browser, "frames[0].location.pathname + frames[0].location.search")
	names := func() string {
		t.Helper()
		return ask[string](f.browser, "%s", `[...frames[0].document.querySelectorAll("[data-remove]")].map((e) => e.textContent.replace(/\s+/g, " ").trim()).join()`)
	}
	for i := range 3 {
		show(three)
		if got := names(); got != "Remove: Appointment 1,Remove: Appointment 2,Remove: Appointment 3" {
			t.Errorf("the links that remove are %q", got)
		}
		f.press(fmt.Sprintf("div:nth-child(%d of :has([data-remove])) [data-remove]", i+1))
		if got := names(); got != "Remove: Appointment 1,Remove: Appointment 2" {
			t.Errorf("of three visits there are left %q", got)
		}
		if !ask[bool](f.browser, "frames[0].document.activeElement.matches('.summary, .ticket')") {
			t.Errorf("with visit %d removed the focus is on %s", i+1, f.focus())
		}
		f.until("frames[0].document.querySelector('main > .unseen[role=status]')?.textContent.startsWith('Removed: Appointment\\u00a0%d')", i+1)
		f.shot(fmt.Sprintf("removed-%d", i+1))
		f.key(kb.Enter)
		if got := names(); got != "Remove: Appointment 1,Remove: Appointment 2" {
			t.Errorf("Enter after a removal leaves %q", got)
		}
	}
}

// TestSwapFallsBack lets the browser do by itself what the script could not.
func TestSwapFallsBack(t *testing.T) {
	t.Parallel()
	a := start(t)
	f := frame{newBrowser(t, options{alone: true})}
	f.open(host(t, a, "/b/1?lang=en"))
	f.poll(func() bool { return f.step() != "" }, "a step in the frame")
	ask[string](f.browser, "frames[0].fetch = () => Promise.reject(new Error('down')), ''")
	f.press(servertest.Adds)
	if got := f.step(); got != "service" || !f.has("main [data-service] a[aria-current]") {
		t.Errorf("step %q, and nothing is chosen", got)
	}
}

// TestAccountInAFrame signs in where the frame keeps its cookie, and stays there: a tab would have another one.
func TestAccountInAFrame(t *testing.T) {
	t.Parallel()
	a := start(t)
	f := frame{newBrowser(t, options{alone: true, width: 360})}
	f.open(host(t, a, "/me/1/password?lang=en"))
	f.poll(func() bool { return f.step() != "" }, "a step in the frame")
	if !f.has("main [role=status] a[target=_blank]") {
		t.Error("the frame offers no tab")
	}
	for name, value := range map[string]string{"login": "anna@example.com", "password": "sandbox"} {
		ask[string](f.browser, "frames[0].document.querySelector('[name=%s]').value = %q", name, value)
	}
	f.press(send)
	if f.step() != "me" || !f.has("main [data-leave]") {
		t.Fatalf("after the password: step %q", f.step())
	}
	f.press("main [data-record]:has([data-cancel]) a[rel=record]")
	if f.step() != "record" {
		t.Fatalf("a visit of the list leads to step %q", f.step())
	}
	f.press("main a[data-cancel]")
	f.press(send)
	if f.step() != "cancelled" {
		t.Fatalf("after cancelling: step %q", f.step())
	}
	f.press("main ul.also li:last-child a")
	f.press("main [data-leave]")
	if f.step() != "me" || !f.has("main [name=phone]") {
		t.Errorf("after signing out: step %q", f.step())
	}
}
