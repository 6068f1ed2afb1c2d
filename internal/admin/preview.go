package admin

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"okoshko/internal/csp"
)

// preview shows the widget's own pages below this listener, so that the operator's page may frame them
// whichever websites may and however the operator has come here. It passes on what is looked at, and nothing that
// books, signs in or leaves a cookie.
func (s *Server) preview() http.Handler {
	widget, err := url.Parse(s.Widget)
	if err != nil {
		panic(err) // it is the address of a listener
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(widget)
			r.Out.Header.Del("Cookie")
			r.Out.Header.Del(s.MarkName)
			if s.Mark != "" {
				r.Out.Header.Set(s.MarkName, s.Mark)
			}
			r.Out.Header.Del("Referer") // it would be a website that may not frame the form
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Set-Cookie")
			r.Header.Del("Strict-Transport-Security") // said of the widget's host, not of this one
			r.Header.Set(csp.Header, framedHere(r.Header.Values(csp.Header)))
			return nil
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 4},
		ErrorLog:  slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set(csp.Header, csp.Policy{csp.Allow(csp.DefaultSrc, csp.None)}.With(csp.FrameAncestors, csp.Self).String())
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "This is a preview: it books nothing.", http.StatusMethodNotAllowed)
			return
		}
		for _, name := range []string{csp.Header, "X-Content-Type-Options", "Referrer-Policy", "Cache-Control", "X-Robots-Tag"} {
			h.Del(name) // the widget's own pages have them
		}
		proxy.ServeHTTP(w, r)
	})
}

// framedHere are a page's policies for the operator's page to frame it: they say the same of everything else.
func framedHere(headers []string) string {
	policies := csp.Parse(strings.Join(headers, ","))
	if len(policies) == 0 {
		policies = []csp.Policy{nil}
	}
	texts := make([]string, len(policies))
	for i, p := range policies {
		texts[i] = p.With(csp.FrameAncestors, csp.Self).String()
	}
	return strings.Join(texts, ", ")
}
