package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
	"okoshko/web/templates/layout"
)

// hostile is what an upstream text may hold at worst.
const hostile = ` {{.}} <%= 1 %></title><script>alert(1)</script>"><img src=x onerror=alert(1)>'><svg/onload=alert(1)> ` + "\u202e\u0000\r\nX-Evil: 1"

// shown are the fields whose texts reach a page; others are numbers, dates and names of options.
var (
	shown    = regexp.MustCompile(`^(title|public_title|name|comment|address|schedule|specialization|information|description|short_descr|booking_notify_text|booking_comment_input_name|city|message|phone_code_text)$`)
	colours  = regexp.MustCompile(`^(main_color|secondary_color|buttons_color|.*Palette)$`)
	pictures = regexp.MustCompile(`^(logo|image|image_url|avatar|avatar_big|(header|menu)_background(_full)?|logo_full|sm|norm|origin)$`)
)

// spoil puts the worst into every text of a JSON document.
func spoil(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = spoil(v[k], k)
		}
	case []any:
		for i := range v {
			v[i] = spoil(v[i], key)
		}
	case string:
		switch {
		case shown.MatchString(key):
			return v + hostile
		case colours.MatchString(key):
			return `red;}</style><script>alert(1)</script><style>*{background:url(//evil.example)}`
		case pictures.MatchString(key):
			return "javascript:alert(1)//" + hostile
		}
	}
	return v
}

// spoiled is an upstream that sends the rig's answers with the worst in every text.
func spoiled(t *testing.T, api string) string {
	t.Helper()
	return rewritten(t, api, func(body []byte) []byte {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var doc any
		if decoder.Decode(&doc) != nil {
			return body
		}
		body, err := json.Marshal(spoil(doc, ""))
		if err != nil {
			t.Error(err)
		}
		return body
	})
}

// rewritten is an upstream that sends the rig's answers as a function makes them.
func rewritten(t *testing.T, api string, rewrite func(body []byte) []byte) string {
	t.Helper()
	target, err := url.Parse(api)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			body = rewrite(body)
			resp.Body = io.NopCloser(bytes.NewReader(body))
			resp.ContentLength = int64(len(body))
			resp.Header.Del("Content-Length")
			return nil
		},
	}
	srv := httptest.NewServer(proxy)
	servertest.Cleanup(t, srv.Close)
	return srv.URL
}

// harmless fails when a page holds anything that a browser would run or fetch and that is not ours.
func (r *rig) harmless(p page) {
	r.t.Helper()
	if p.header.Get("X-Evil") != "" {
		r.t.Errorf("%s: a text became a header", p.url.Path)
	}
	p.Find("script").Each(func(_ int, s *goquery.Selection) {
		rules := s.AttrOr("type", "") == "speculationrules" && s.Text() == layout.Ahead
		if !rules && !strings.HasPrefix(s.AttrOr("src", ""), "/static/") {
			r.t.Errorf("%s: script %q", p.url.Path, s.Text())
		}
	})
	p.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Get(0).Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(a.Key, "on"):
				r.t.Errorf("%s: <%s %s=%q>", p.url.Path, goquery.NodeName(s), a.Key, a.Val)
			case slices.Contains([]string{"href", "src", "action", "formaction", "srcset", "poster"}, a.Key) &&
				(strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") && goquery.NodeName(s) != "link"):
				r.t.Errorf("%s: <%s %s=%q>", p.url.Path, goquery.NodeName(s), a.Key, a.Val)
			}
		}
	})
	p.Find("style").Each(func(_ int, s *goquery.Selection) {
		if css := s.Text(); strings.Contains(css, "alert(") || strings.Contains(css, "evil") || strings.Contains(css, "url(") {
			r.t.Errorf("%s: a colour became a style", p.url.Path)
		}
	})
	for _, tag := range []string{"svg[onload]", "iframe", "object", "embed", "base", "main img[src=x]"} {
		if p.Find(tag).Length() > 0 {
			r.t.Errorf("%s: %s", p.url.Path, tag)
		}
	}
	if !strings.Contains(p.header.Get("Content-Security-Policy"), "default-src 'none'") {
		r.t.Errorf("%s: policy %q", p.url.Path, p.header.Get("Content-Security-Policy"))
	}
}

// TestS18UpstreamTextsAreInert walks forms whose every text is an attack.
func TestS18UpstreamTextsAreInert(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"1", "2", "3", "11", "18", "22"} {
		t.Run("form "+form, func(t *testing.T) {
			r := newRig(t)
			evil := newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+spoiled(t, r.api))
			evil.box = r.box // the codes are sent by the one behind
			p := evil.get("/b/" + form)
			for range 20 {
				evil.harmless(p)
				step := p.step()
				if p = evil.onward(p); p.step() == "done" || p.step() == step && step == "error" {
					break
				}
			}
			if p.step() != "done" {
				t.Fatalf("the walk ended at %q: %s", p.step(), p.Find("main").Text())
			}
			evil.harmless(p)
			p = evil.press(p, "main a[rel=record]")
			evil.harmless(p)
			if !strings.Contains(p.Find("main").Text(), "{{.}} <%= 1 %>") {
				t.Error("the attack is nowhere to be seen: the test spoils nothing")
			}
		})
	}
}
