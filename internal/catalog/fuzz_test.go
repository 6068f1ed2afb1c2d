package catalog

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"okoshko/internal/csp"
)

// FuzzSanitise looks for anything that a browser would run in what the sanitiser lets through.
func FuzzSanitise(f *testing.F) {
	for _, seed := range []string{
		"<b>fine</b>", "<script>alert(1)</script>", `<a href="javascript:alert(1)">x</a>`, `<a href="jav&#x09;ascript:alert(1)">x</a>`,
		`<img src=x onerror=alert(1)>`, "<svg/onload=alert(1)>", `<style>@import "//evil"</style>`, "<p style='background:url(//evil)'>", "<math><mtext><table><mglyph><style><!--</style><img src onerror=alert(1)>",
		"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<a href=//evil target=_blank>", "\u0000<scr\u0000ipt>",
	} {
		f.Add(seed)
	}
	s := newSanitiser()
	f.Fuzz(func(t *testing.T, raw string) {
		rich := s.html(raw)
		doc, err := html.Parse(strings.NewReader(rich))
		if err != nil {
			t.Skip()
		}
		for node := range doc.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			switch node.Data {
			case "script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "link", "meta", "base":
				t.Fatalf("<%s> in %q from %q", node.Data, rich, raw)
			}
			for _, a := range node.Attr {
				v := strings.ToLower(strings.TrimSpace(a.Val))
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "href" && !strings.HasPrefix(v, "http") && !strings.HasPrefix(v, "mailto:") && !strings.HasPrefix(v, "tel:") {
					t.Fatalf("%s=%q in %q from %q", a.Key, a.Val, rich, raw)
				}
			}
		}
		if again := s.html(rich); again != rich {
			t.Fatalf("not stable: %q becomes %q", rich, again)
		}
		if where := swallowed(t, rich); where != "" {
			t.Fatalf("what stands behind %q is inside its <%s>", rich, where)
		}
		if document := s.document(raw); swallowed(t, document) != "" {
			t.Fatalf("what stands behind %q is inside it", document)
		}
	})
}

// swallowed is the element of a text that goes on behind it: "" when all are closed.
func swallowed(t *testing.T, rich string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(`<main><div>` + rich + `</div><form id="behind"></form></main>`))
	if err != nil {
		t.Fatal(err)
	}
	for node := range doc.Descendants() {
		if node.Type == html.ElementNode && node.Data == "form" {
			if len(node.Attr) == 0 || node.FirstChild != nil {
				return "?"
			}
			if node.Parent.Data != "main" {
				return node.Parent.Data
			}
			return ""
		}
	}
	return "nothing"
}

// FuzzPicture looks for an address from elsewhere than the allowed hosts, or that a browser reads otherwise.
func FuzzPicture(f *testing.F) {
	for _, seed := range []string{
		"https://a.cdn.example/x.png", "//a.cdn.example", "/x.png", "https://a.cdn.example@evil.test/", "https:\\\\evil.test\\x", "https://a.cdn.example%00.evil.test/", "javascript:alert(1)",
		"\thttps://a.cdn.example/", "https://[::1]:80/", "https://a.cdn.example:99999/", "?x", "#", "https://a.cdn.example/\"onerror=",
	} {
		f.Add(seed)
	}
	origin, err := url.Parse("https://api.example")
	if err != nil {
		f.Fatal(err)
	}
	p := pictures{origin, csp.Sources{"https://*.cdn.example"}}
	f.Fuzz(func(t *testing.T, raw string) {
		got := p.allowed(raw)
		if got == "" {
			return
		}
		if !strings.HasPrefix(got, "https://") || strings.ContainsAny(got, "\"'<>\\ \n\r\t") {
			t.Fatalf("allowed(%q) = %q", raw, got)
		}
		u, err := url.Parse(got)
		if err != nil || u.User != nil || u.Host != "api.example" && !strings.HasSuffix(strings.ToLower(strings.TrimSuffix(u.Host, ":443")), ".cdn.example") {
			t.Fatalf("allowed(%q) = %q, %v", raw, got, err)
		}
		if again := p.allowed(got); again != got {
			t.Fatalf("allowed(%q) = %q", got, again)
		}
	})
}
