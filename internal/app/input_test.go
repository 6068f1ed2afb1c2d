package app

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// request sends anything and does not follow.
func (r *rig) request(method, path, body string, header map[string]string) (int, http.Header, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.app.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// TestS34OnlyMethodsInUse answers others with 405 and tells nothing of the machinery.
func TestS34OnlyMethodsInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"/b/1", "/b/1/service", "/b/1/contact", "/r/1/501/1/abc"} {
		for _, method := range []string{"TRACE", "PUT", "DELETE", "PATCH", "INVENTED"} {
			status, header, _ := r.request(method, path, "", nil)
			if status != http.StatusMethodNotAllowed && (method != "INVENTED" || status != http.StatusBadRequest) {
				t.Errorf("%s %s = %d, want 405", method, path, status)
			}
			if s := header.Get("Server"); s != "" {
				t.Errorf("%s %s names its server: %q", method, path, s)
			}
		}
	}
	for _, path := range []string{"/debug/pprof/", "/metrics", "/healthz", "/readyz", "/debug/vars"} {
		if status, _, _ := r.request(http.MethodGet, path, "", nil); status != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", path, status)
		}
	}
}

// TestS24OddParameters refuses what has two meanings, and what is too long.
func TestS24OddParameters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, query := range []string{
		"master=1&master=2", "master[]=1", "services=501001&services=501002", "slot=2026-11-25T10:00:00Z&slot=2026-11-26T10:00:00Z",
		"services=" + strings.Repeat("501001,", 400), "master=99999999999999999999", "date=" + strings.Repeat("9", 3000), "lang=%00", "services=%ff",
	} {
		p := r.get("/b/1/service?" + query)
		if p.step() != "service" || p.Find("main [aria-current=true]").Length() != 0 || p.Find("[role=alert]").Length() == 0 {
			t.Errorf("%.40q: step %q, %d chosen, alert %q", query, p.step(), p.Find("main [aria-current=true]").Length(), p.alert())
		}
	}
	long := r.get("/b/1/service?x=" + strings.Repeat("x", 9000))
	if long.status >= http.StatusInternalServerError {
		t.Errorf("a long query = %d", long.status)
	}
	contact := r.to(r.get("/b/1"), "contact")
	action, values := r.form(contact)
	values.Set("fullname", strings.Repeat("x", 17<<10))
	if status, _, _ := r.request(http.MethodPost, strings.TrimPrefix(action, r.app.URL), values.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body over 16 KiB = %d, want 413", status)
	}
	// Fields that nobody knows change nothing.
	values = url.Values{"is_admin": {"1"}, "company": {"502"}, "price": {"0"}}
	action, own := r.form(contact)
	for k, v := range anna {
		own.Set(k, v)
	}
	maps.Copy(own, values)
	if p := r.post(action, own); p.step() != "confirm" {
		t.Errorf("unknown fields lead to %q", p.step())
	}
}
