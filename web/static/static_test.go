package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
)

func TestTheStylesheetHoldsNothingNeedless(t *testing.T) {
	for _, never := range []string{"/*", "\n", "</", "@import", "http:"} {
		if strings.Contains(CSS, never) {
			t.Errorf("the stylesheet contains %q", never)
		}
	}
}

// The weights keep a step's page within the first round trip.
func TestWeight(t *testing.T) {
	// Comments and blanks are not sent, so they are not weighed.
	if len(CSS) > 33_800 {
		t.Errorf("the stylesheet has %d bytes as it is sent, want at most 33800", len(CSS))
	}
	if n := len(brotlied(t, []byte(CSS))); n > 7_000 {
		t.Errorf("the stylesheet has %d bytes compressed, want at most 7000", n)
	}
	script, err := files.ReadFile("dist/app.js")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(brotlied(t, script)); n > 5_350 {
		t.Errorf("app.js has %d bytes compressed, want at most 5350", n)
	}
}

// Old browsers get a colour for every pair of the stylesheet, that of the day.
func TestOldBrowsersHaveColours(t *testing.T) {
	rule, rest, found := strings.Cut(CSS, "@supports not (color: light-dark(#000,#fff)){")
	if !found {
		t.Fatal("the stylesheet has no colours without light-dark()")
	}
	old := map[string]string{}
	rest, _, _ = strings.Cut(rest, "}}")
	for _, m := range regexp.MustCompile(`(--[a-z-]+):([^;}]+)`).FindAllStringSubmatch(rest, -1) {
		old[m[1]] = m[2]
	}
	pairs := regexp.MustCompile(`(--[a-z-]+):light-dark\((#[0-9a-f]+),#[0-9a-f]+\)`).FindAllStringSubmatch(rule, -1)
	if len(pairs) < 10 {
		t.Fatalf("only %d pairs of colours", len(pairs))
	}
	for _, m := range pairs {
		if old[m[1]] != m[2] {
			t.Errorf("%s is %q without light-dark(), want %s", m[1], old[m[1]], m[2])
		}
	}
}

// While one page fades into the next, what both have at another place is seen twice: the names of the steps.
func TestNoPageFadesIntoTheNext(t *testing.T) {
	if strings.Contains(CSS, "view-transition") {
		t.Error("the stylesheet has pages fade into one another")
	}
}

// A frame has no viewport of its own and a font or picture from elsewhere would be refused.
func TestStylesheetSuitsAFrame(t *testing.T) {
	for _, pattern := range []string{`\d[sld]?v(h|b|max|min)\b`, `url\(`, `@font-face`, `position:\s*fixed`} {
		if found := regexp.MustCompile(pattern).FindString(CSS); found != "" {
			t.Errorf("the stylesheet uses %q", found)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]string{
		"":                              "",
		"identity":                      "",
		"br":                            "br",
		"gzip":                          "gzip",
		"x-gzip":                        "gzip",
		"gzip, deflate, br, zstd":       "br",
		"GZIP , BR":                     "br",
		"br;q=0.1, gzip;q=0.9":          "gzip",
		"br;q=0.5, gzip; q=0.5":         "br",
		"br;q=0, gzip":                  "gzip",
		"br;q=0, gzip;q=0":              "",
		"*":                             "br",
		"*;q=0":                         "",
		"br;q=0, *":                     "gzip",
		"gzip;q=0.8, *;q=0.2":           "gzip",
		"br;q=nan, gzip":                "gzip",
		"br;q=2":                        "",
		"br;q=-1":                       "",
		"br;q=, gzip;q=x":               "",
		"br;level=4;Q=0.3, gzip;q=0.31": "gzip",
		"brotli":                        "",
		",;,=":                          "",
	} {
		if got := Negotiate(header); got != want {
			t.Errorf("Negotiate(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestLoad(t *testing.T) {
	assets, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{
		"app.js":      "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml",
	} {
		url := assets.URL(name)
		parts := regexp.MustCompile(`^/static/([0-9a-f]{10})/(.+)$`).FindStringSubmatch(url)
		if parts == nil || parts[2] != name {
			t.Fatalf("URL(%q) = %q", name, url)
		}
		file, ok := assets.Lookup(parts[1], name)
		if !ok {
			t.Fatalf("Lookup(%q, %q) found nothing", parts[1], name)
		}
		if file.ContentType != kind {
			t.Errorf("%s: content type %q, want %q", name, file.ContentType, kind)
		}
		want, encoding := file.For("")
		if encoding != "" || len(want) == 0 {
			t.Errorf("%s: For(\"\") = %d bytes, %q", name, len(want), encoding)
		}
		for _, accept := range []string{"br", "gzip"} {
			body, encoding := file.For(accept)
			if encoding != accept {
				t.Errorf("%s: For(%q) has encoding %q", name, accept, encoding)
			}
			if got := decoded(t, body, encoding); !bytes.Equal(got, want) {
				t.Errorf("%s: the %s body differs from the identity one", name, accept)
			}
		}
	}
}

// TestEveryFileIsCompressed at start, so that no request waits for it.
func TestEveryFileIsCompressed(t *testing.T) {
	assets, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(assets.byName)
	for _, loader := range assets.loaders {
		all["loader "+loader.Version] = loader.File
	}
	if len(all) < 4 {
		t.Fatalf("only %d files", len(all))
	}
	for name, file := range all {
		plain, _ := file.For("")
		for _, accept := range []string{"br", "gzip"} {
			if body, encoding := file.For(accept); encoding != accept || len(body) >= len(plain) || !bytes.Equal(decoded(t, body, encoding), plain) {
				t.Errorf("%s is sent as %q, %d bytes of %d", name, encoding, len(body), len(plain))
			}
		}
	}
}

func TestLookupRefuses(t *testing.T) {
	assets, err := load(fstest.MapFS{"a.css": {Data: []byte("a{}")}, "b.css": {Data: []byte("b{}")}})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := strings.CutSuffix(strings.TrimPrefix(assets.URL("a.css"), "/static/"), "/a.css")
	for _, address := range [][2]string{{"", "a.css"}, {a, "b.css"}, {a, "c.css"}, {a[:9], "a.css"}, {"", ""}} {
		if _, ok := assets.Lookup(address[0], address[1]); ok {
			t.Errorf("Lookup(%q, %q) found a file", address[0], address[1])
		}
	}
	if got := assets.URL("c.css"); got != "" {
		t.Errorf("URL of an unknown name = %q", got)
	}
	file, ok := assets.Lookup(a, "a.css")
	if !ok {
		t.Fatal("a.css not found under its hash")
	}
	if body, encoding := file.For("br, gzip"); string(body) != "a{}" || encoding != "" {
		t.Errorf("a file that does not shrink: For = %q, %q", body, encoding)
	}
}

func TestLoadRefusesAnUnknownKind(t *testing.T) {
	if _, err := load(fstest.MapFS{"a.exe": {Data: []byte("x")}}); err == nil {
		t.Error("a file without a content type was loaded")
	}
}

// TestReleasedLoadersDoNotChange: a website that names a loader's hash would go without a loader. A loader
// that was changed gets a new version, in the Makefile, and a line here.
func TestReleasedLoadersDoNotChange(t *testing.T) {
	integrity := map[string]string{
		"1.0.0": "sha384-VJejfdJJzhC9xRZlt8K8gnW2sDAXAHz9QoZ4HT3SNP2wjDZzAG3TjgHcjmuZUD3G",
		"1.1.0": "sha384-3WDCPAAkssiNtB8Qswm27eYW4QSt5ih09TqFpZNv6SiscvotfJ1SO8+Jd4VWangb",
		"1.2.0": "sha384-2uakTOgvjbIS2w5pOVJMDrzanvK35mUAr/qeRWl49Sas70D99HQRALwCwpgb6bVO",
	}
	assets, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range integrity {
		if l, ok := assets.Loader(version); !ok || l.Integrity != want {
			t.Errorf("loader %s: integrity %q, want %q", version, l.Integrity, want)
		}
	}
	if n := len(assets.loaders); n != len(integrity) {
		t.Errorf("%d loaders, of which %d are known here", n, len(integrity))
	}
}

// TestDocumentedPinIsTheNewest: what a salon copies from the documentation must run.
func TestDocumentedPinIsTheNewest(t *testing.T) {
	assets, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	loader, _ := assets.NewestLoader(1)
	for _, want := range []string{"/embed/" + loader.Version + "/embed.js", `integrity="` + loader.Integrity + `"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/embedding.md does not say %s", want)
		}
	}
}

func TestLoaderVersions(t *testing.T) {
	list, err := loadLoaders(fstest.MapFS{"l/1.9.0.js": {}, "l/1.10.0.js": {}, "l/2.0.0.js": {}}, "l")
	if err != nil {
		t.Fatal(err)
	}
	assets := &Assets{loaders: list}
	if l, ok := assets.NewestLoader(1); !ok || l.Version != "1.10.0" {
		t.Errorf("the newest of 1 is %q", l.Version)
	}
	if l, ok := assets.Loader("1.9.0"); !ok || l.Version != "1.9.0" {
		t.Errorf("1.9.0 is %q", l.Version)
	}
	for _, version := range []string{"", "1", "1.9", "v1", "1.9.0.js", "3.0.0"} {
		if l, ok := assets.Loader(version); ok {
			t.Errorf("there is a loader %q: %s", version, l.Version)
		}
	}
	if _, ok := assets.NewestLoader(3); ok {
		t.Error("there is a loader of version 3")
	}
	for _, name := range []string{"l/latest.js", "l/1.0.js", "l/1.0.0-rc.js", "l/01.0.0.js"} {
		if _, err := loadLoaders(fstest.MapFS{name: {}}, "l"); err == nil {
			t.Errorf("%s passes for a version", name)
		}
	}
}

func brotlied(t *testing.T, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decoded(t *testing.T, body []byte, encoding string) []byte {
	t.Helper()
	var r io.Reader = brotli.NewReader(bytes.NewReader(body))
	if encoding == "gzip" {
		gz, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r = gz
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
