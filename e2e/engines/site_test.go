//go:build e2e

package engines

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"okoshko/internal/app"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// site is the whole product on its sandbox, behind a proxy that speaks TLS as on the internet, and a salon's website. For a browser
// they are two sites.
type site struct {
	app    *app.App
	widget string // origin of the widget
	salon  string // origin of the website
}

// tellers are the paths below which both sites say whether a browser brings their cookie: the first sets it and leads to the second.
const tellCookie, toldCookie = "/_cookie", "/_cookie/told"

// newSite runs both. The website has one page for each entry of pages, WIDGET in it stands for the widget's origin.
func newSite(t *testing.T, pages map[string]string) *site {
	t.Helper()
	return newSiteOn(t, pages, app.Lines{})
}

// newSiteOn is newSite with other lines than the machine's network, and with more settings of the program.
func newSiteOn(t *testing.T, pages map[string]string, lines app.Lines, settings ...string) *site {
	t.Helper()
	s := &site{}
	behind := http.NewServeMux()
	front := httptest.NewTLSServer(behind)
	s.widget = "https://" + strings.Replace(front.Listener.Addr().String(), "127.0.0.1", "widget.localhost", 1)
	cfg, err := config.Load(config.DefaultPath, false, append([]string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=", "OKOSHKO_LOG_LEVEL=error",
		"OKOSHKO_SERVER_PUBLIC_URL=" + s.widget, "OKOSHKO_LIMITS_PRESS_AGE=0s", "OKOSHKO_LIMITS_FORM_AGE=0s",
		"OKOSHKO_SANDBOX_NOW=" + testclock.Start().Format(time.RFC3339),
	}, settings...))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	if s.app, err = app.StartOn(cfg, log, testclock.Running().Now, lines); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		front.Close()
		if err := s.app.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	target, err := url.Parse(s.app.URL)
	if err != nil {
		t.Fatal(err)
	}
	behind.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}) // a browser that leaves says nothing of the widget
	tell(behind)

	website := http.NewServeMux()
	tell(website)
	for path, body := range pages {
		website.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, strings.ReplaceAll(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Salon</title><body style="margin:8px">
<script>for (const type of ["ready", "booked", "error"]) document.addEventListener("okoshko:" + type, () => document.body.setAttribute("data-" + type, ""))</script>
`+body, "WIDGET", s.widget))
		})
	}
	salon := httptest.NewTLSServer(website)
	t.Cleanup(salon.Close)
	s.salon = "https://" + strings.Replace(salon.Listener.Addr().String(), "127.0.0.1", "salon.localhost", 1)
	return s
}

// tell puts the tellers on a site.
func tell(mux *http.ServeMux) {
	mux.HandleFunc(tellCookie, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
		http.Redirect(w, r, toldCookie, http.StatusSeeOther)
	})
	mux.HandleFunc(toldCookie, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		said := "refused"
		if _, err := r.Cookie("seen"); err == nil {
			said = "taken"
		}
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Cookie</title><main data-step="cookie" data-cookie="%s" data-script="off">Cookie</main><script>document.querySelector("main").dataset.script = "on"</script>`, said)
	})
}

// code is the code that the sandbox has sent last.
func (s *site) code(t *testing.T) string {
	t.Helper()
	messages := s.app.Sandbox.Messages()
	if len(messages) == 0 {
		t.Fatal("a code is asked for and none was sent")
	}
	return messages[len(messages)-1].Code
}

// only is the one visit that has been booked.
func (s *site) only(t *testing.T) sandbox.Record {
	t.Helper()
	booked := s.app.Sandbox.Booked()
	if len(booked) != 1 {
		t.Fatalf("records = %d, want 1", len(booked))
	}
	return booked[0]
}
