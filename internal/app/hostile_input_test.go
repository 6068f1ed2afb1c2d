package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// attacks are what somebody may type, or put into an address or a header.
var attacks = []string{
	`"><script>alert(1)</script>`, `javascript:alert(1)`, `</title><svg onload=alert(1)>`, `{{.}}<%- x %>`, `%0d%0aX-Evil: 1`, `//evil.example`, `/\evil.example`,
	"\u202e\u0000\ufeff", `' onmouseover='alert(1)`, `https://user:pw@evil.example`, strings.Repeat("9", 400),
}

// staysHere fails when an answer leads to another site.
func (r *rig) staysHere(p page) {
	r.t.Helper()
	if own, err := url.Parse(r.app.URL); err != nil || p.url.Host != own.Host {
		r.t.Errorf("led to %s", p.url)
	}
}

// TestHostileAddresses puts attacks into every parameter that an address may have, deep links of the
// upstream's own widget among them.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	parameters := []string{
		"city", "company", "services", "master", "date", "slot", "event", "seats", "basket", "lang", "hl", "scheme", "notice", "month", "calendar", "by", "q", "o", "utm_source",
		"attempt", "link", "in", "say", "return", "redirect", "fullname", "phone",
	}
	for _, path := range []string{"/b/1", "/b/1/about", "/b/1/service", "/b/1/datetime", "/b/1/contact", "/b/1/done", "/b/1/visit", "/b/1/privacy", "/b/1/accessibility", "/b/18/events", "/me/1", "/me/1/password", "/r/1/501/1/abc"} {
		for i, attack := range attacks {
			query := url.Values{}
			for _, name := range parameters {
				query.Set(name, attack)
			}
			p := r.get(path + "?" + query.Encode())
			r.staysHere(p)
			r.harmless(p)
			if p.status >= http.StatusInternalServerError {
				t.Errorf("%s with attack %d: status %d", path, i, p.status)
			}
		}
	}
	for _, path := range []string{"/b/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/b/1/%22%3E%3Csvg%20onload=alert(1)%3E", "/b/1/company/1/success-order/%3Cscript%3E/x", "/static/..%2f..%2fgo.mod/x"} {
		p := r.get(path)
		r.staysHere(p)
		r.harmless(p)
		if p.status < http.StatusBadRequest {
			t.Errorf("%s has status %d", path, p.status)
		}
	}
}

// saying is a browser that sends a header of its own.
type saying struct{ name, value string }

func (s saying) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.name == "Host" {
		req.Host = s.value
	} else {
		req.Header.Set(s.name, s.value)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// TestHostileHeaders puts attacks into every header that anything here reads.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t, behindProxy)
	for _, name := range []string{
		"Accept-Language", "Accept-Encoding", "User-Agent", "Referer", "Cookie", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
		"If-None-Match", "Sec-Fetch-Dest", "Sec-Fetch-Site", "Sec-Purpose", "Origin", "Host",
	} {
		for i, attack := range attacks {
			if strings.ContainsFunc(attack, func(c rune) bool { return c < ' ' || c > '~' }) || name == "Host" && strings.ContainsAny(attack, "<>\"' /\\%{") {
				continue // no client sends it
			}
			attacker := *r
			attacker.http = &http.Client{Transport: saying{name, attack}}
			for _, path := range []string{"/b/1/service", "/b/1/contact", "/nowhere"} {
				resp, err := attacker.http.Get(r.app.URL + path)
				if err != nil {
					t.Fatalf("%s with attack %d: %v", name, i, err)
				}
				p := r.read(resp, nil)
				r.harmless(p)
				if p.status >= http.StatusInternalServerError {
					t.Errorf("%s with attack %d: status %d", name, i, p.status)
				}
				for header, values := range p.header {
					if strings.Contains(strings.Join(values, " "), attack) {
						t.Errorf("%s with attack %d comes back in %s", name, i, header)
					}
				}
			}
		}
	}
}

// TestHostileForms types attacks into every field, and books with what a salon may take for a name.
func TestHostileForms(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	contact := r.to(r.get("/b/1"), "contact")
	for i, attack := range attacks {
		action, values := r.form(contact)
		for name := range values {
			if name != "wizard" {
				values.Set(name, attack)
			}
		}
		p := r.post(action, values)
		r.harmless(p)
		if p.status >= http.StatusInternalServerError || p.step() == "done" {
			t.Errorf("attack %d: status %d, step %q", i, p.status, p.step())
		}
		values.Set("wizard", attack)
		if p := r.post(action, values); p.status != http.StatusForbidden {
			t.Errorf("attack %d as a token: status %d", i, p.status)
		} else {
			r.harmless(p)
		}
	}
	p := r.send(contact, map[string]string{"fullname": attacks[0], "surname": attacks[2], "phone": "+7 916 123-45-67", "email": "a@example.com", "comment": "=cmd|' /C calc'!A0\n" + attacks[0], "accept_personal_data": "on"})
	for range 3 {
		r.harmless(p)
		if p.step() == "done" {
			break
		}
		p = r.onward(p)
	}
	if p = r.press(p, "main a[rel=record]"); p.step() != "record" || !strings.Contains(p.Find("main").Text(), "=cmd|' /C calc'!A0") {
		t.Fatalf("step %q does not show what was typed", p.step())
	}
	r.harmless(p)
	for line := range strings.Lines(r.log.String()) {
		if strings.HasPrefix(line, "=") || strings.Contains(line, "alert(1)") {
			t.Errorf("the log repeats what was typed: %s", line)
		}
	}
}
