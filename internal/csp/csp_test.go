package csp

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestPolicyIsWritten(t *testing.T) {
	p := Policy{Allow(DefaultSrc, None), Allow(ImgSrc, Self, Data, "https://a.example"), Allow(FrameAncestors, None)}
	if got, want := p.String(), "default-src 'none'; img-src 'self' data: https://a.example; frame-ancestors 'none'"; got != want {
		t.Errorf("policy = %q, want %q", got, want)
	}
	if got, want := p.With(FrameAncestors, Self, "https://b.example").String(), "default-src 'none'; img-src 'self' data: https://a.example; frame-ancestors 'self' https://b.example"; got != want {
		t.Errorf("with other ancestors = %q, want %q", got, want)
	}
	if got, want := p.With(FormAction, None).String(), p.String()+"; form-action 'none'"; got != want {
		t.Errorf("with one more directive = %q, want %q", got, want)
	}
	if got := p.String(); strings.Contains(got, "b.example") || strings.Contains(got, FormAction) {
		t.Errorf("With has changed its policy: %q", got)
	}
	if got, want := (Policy{}).With(FrameAncestors, Self).String(), "frame-ancestors 'self'"; got != want {
		t.Errorf("policy of one directive = %q, want %q", got, want)
	}
	if got, want := SourcesOf("'self'", "https://a.example").String(), "'self' https://a.example"; got != want {
		t.Errorf("sources = %q, want %q", got, want)
	}
	if got, want := Hash("body{}"), Source("'sha256-fJgEClQWV1hGkK4qHMO0KotTsVnMYMXTq7/suurGyUo='"); got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
}

func TestPoliciesAreRead(t *testing.T) {
	for header, want := range map[string][]Policy{
		"":       nil,
		" ; , ;": nil,
		"default-src 'none'; Script-Src  'self'\thttps://A.example ;upgrade-insecure-requests": {
			{Allow(DefaultSrc, None), Allow(ScriptSrc, Self, "https://A.example"), {Name: "upgrade-insecure-requests", Sources: Sources{}}},
		},
		"img-src *; img-src 'none'":                     {{Allow(ImgSrc, Any)}},
		"frame-src 'self', frame-src https://a.example": {{Allow(FrameSrc, Self)}, {Allow(FrameSrc, "https://a.example")}},
	} {
		if got := Parse(header); !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %v, want %v", header, got, want)
		}
	}
}

func TestGoverning(t *testing.T) {
	p := Parse("default-src 'none'; script-src 'self'")[0]
	if d, ok := p.Governing(ScriptSrcElem, ScriptSrc, DefaultSrc); !ok || d.Name != ScriptSrc {
		t.Errorf("scripts are governed by %v, %v, want %s", d, ok, ScriptSrc)
	}
	if d, ok := p.Governing(FrameSrc, ChildSrc, DefaultSrc); !ok || d.Name != DefaultSrc {
		t.Errorf("frames are governed by %v, %v, want %s", d, ok, DefaultSrc)
	}
	if d, ok := p.Governing(FormAction); ok {
		t.Errorf("forms are governed by %v, want nothing", d)
	}
}

// TestMatch goes through the examples and the corner cases of CSP Level 3, section 6.7.2.
func TestMatch(t *testing.T) {
	const page = "https://page.example/shop"
	for _, tt := range []struct {
		source  Source
		address string
		want    bool
	}{
		{None, "https://page.example/", false},
		{Any, "https://a.example/", true},
		{Any, "http://a.example:8080/", true},
		{Any, "data:text/plain,x", false},

		{Self, "https://page.example/other", true},
		{"'SELF'", "https://PAGE.example:443/other", true},
		{Self, "http://page.example/", false},
		{Self, "https://page.example:8443/", false},
		{Self, "https://www.page.example/", false},

		{"https:", "https://a.example/", true},
		{"https:", "http://a.example/", false},
		{"http:", "https://a.example/", true},
		{Data, "data:image/png,x", true},
		{Data, "https://a.example/", false},

		{"https://a.example", "https://a.example/x?y", true},
		{"https://A.example", "https://a.EXAMPLE/", true},
		{"https://a.example", "http://a.example/", false},
		{"http://a.example", "https://a.example/", true},
		{"http://a.example:80", "https://a.example/", true},
		{"https://a.example:443", "https://a.example/", true},
		{"https://a.example", "https://a.example:443/", true},
		{"https://a.example", "https://a.example:8443/", false},
		{"https://a.example:*", "https://a.example:8443/", true},
		{"https://a.example:8443", "https://a.example/", false},
		{"https://a.example:443", "http://a.example/", false},
		{"https://a.example", "https://a.example.evil.example/", false},
		{"https://a.example", "https://evila.example/", false},
		{"https://*.a.example", "https://b.a.example/", true},
		{"https://*.a.example", "https://c.b.a.example/", true},
		{"https://*.a.example", "https://a.example/", false},
		{"https://*.a.example", "https://.a.example/", false},
		{"https://*.a.example", "https://evila.example/", false},
		{"http://[::1]:3000", "http://[::1]:3000/", true},
		{"http://[::1]", "http://[::1]/", true},
		{"http://[::1]", "http://[::1]:3000/", false},

		{"a.example", "https://a.example/", true}, // by the scheme of the page
		{"a.example", "http://a.example/", false},
		{"a.example:8443", "https://a.example:8443/", true},
		{"*.a.example", "https://b.a.example/", true},

		{"https://a.example/", "https://a.example/anything", true},
		{"https://a.example/x", "https://a.example/x", true},
		{"https://a.example/x", "https://a.example/x/y", false},
		{"https://a.example/x/", "https://a.example/x/y", true},
		{"https://a.example/X/", "https://a.example/x/y", false},
		{"a.example/x%2Cy", "https://a.example/x,y", true},

		{Nonce("abc"), "https://page.example/", false},
		{StrictDynamic, "https://page.example/", false},
		{"'sha256-abc'", "https://page.example/", false},
		{"", "https://page.example/", false},
	} {
		from, err1 := url.Parse(page)
		u, err2 := url.Parse(tt.address)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got := tt.source.Match(u, from); got != tt.want {
			t.Errorf("%q allows %s = %v, want %v", tt.source, tt.address, got, tt.want)
		}
		if got := (Sources{"https://none.example", tt.source}).Match(u, from); got != tt.want {
			t.Errorf("a list with %q allows %s = %v, want %v", tt.source, tt.address, got, tt.want)
		}
	}
	u := &url.URL{Scheme: "https", Host: "a.example"}
	for source, want := range map[Source]bool{Self: false, "a.example": false, "https://a.example": true, Any: true} {
		if got := source.Match(u, nil); got != want {
			t.Errorf("without a page %q allows %s = %v, want %v", source, u, got, want)
		}
	}
}

// FuzzParse: a policy that was read and written is read the same.
func FuzzParse(f *testing.F) {
	f.Add("default-src 'none'; img-src 'self' https://a.example/x; upgrade-insecure-requests, frame-src *")
	f.Add("a b;a c")
	page := &url.URL{Scheme: "https", Host: "a.example", Path: "/x"}
	f.Fuzz(func(t *testing.T, header string) {
		for _, p := range Parse(header) {
			again := Parse(p.String())
			if len(again) != 1 || !reflect.DeepEqual(again[0], p) {
				t.Fatalf("%q is read as %v, and written and read as %v", header, p, again)
			}
			for _, d := range p {
				d.Sources.Match(page, page)
			}
		}
	})
}
