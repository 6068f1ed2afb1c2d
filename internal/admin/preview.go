package admin

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// preview shows the widget's own pages below this listener, so that the operator's page may frame them
// whatever websites may and however he has come here. It passes on what is looked at, and nothing that
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
			before, _, _ := strings.Cut(r.Header.Get("Content-Security-Policy"), "frame-ancestors")
			r.Header.Set("Content-Security-Policy", before+"frame-ancestors 'self'")
			return nil
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 4},
		ErrorLog:  slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "This is a preview: it books nothing.", http.StatusMethodNotAllowed)
			return
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control", "X-Robots-Tag"} {
			h.Del(name) // the widget's own pages have them
		}
		proxy.ServeHTTP(w, r)
	})
}
