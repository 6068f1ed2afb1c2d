package server_test

import (
	"net/http"
	"regexp"
	"testing"

	"okoshko/internal/csp"
	"okoshko/internal/servertest"
)

// TestPoliciesToTheByte: proxies and monitors know the policies as they are sent. Of a hash only the form is held.
func TestPoliciesToTheByte(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	hash := regexp.MustCompile(`'sha256-[A-Za-z0-9+/]{43}='`)
	const page = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; script-src 'self' HASH; connect-src 'self'; style-src HASH; "
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/b/1/service", page + "img-src 'self' data: " + site.API + "; frame-ancestors *"},
		{"GET", "/b/nothing", page + "img-src 'self' data: " + site.API + "; frame-ancestors *"},
		{"GET", "/me/1", page + "img-src 'self'; frame-ancestors *"},
		{"GET", "/r/1/501/1/abcdef", page + "img-src 'self'; frame-ancestors 'none'"},
		{"GET", "/b/1", "default-src 'none'; base-uri 'none'; frame-ancestors *"},
		{"GET", "/robots.txt", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
		{"BREW", "/b/1/service", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *"},
		{"BREW", "/r/1/501/1/abcdef", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, site.URL+tt.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := hash.ReplaceAllString(resp.Header.Get(csp.Header), "HASH"); got != tt.want {
			t.Errorf("%s %s, status %d: policy\n%s\nwant\n%s", tt.method, tt.path, resp.StatusCode, got, tt.want)
		}
	}
}
