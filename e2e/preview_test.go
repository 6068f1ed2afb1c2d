//go:build e2e

package e2e

import (
	"bytes"
	"html"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// preview is what a messenger keeps of a link.
type preview struct{ Title, Text, Image, Host string }

// drawn is how messengers show one: the picture, cut to a wide one, and below it two lines at most of each text.
var drawn = template.Must(template.New("").Parse(`<!DOCTYPE html><meta charset=utf-8><title>{{.Title}}</title><style>
main{width:360px;margin:16px;border-radius:12px;overflow:hidden;background:#eef3f6;font:15px/1.35 sans-serif}
img{display:block;width:100%;height:190px;object-fit:cover;background:#fff}div{padding:10px 14px}
p{margin:0 0 4px;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
small{color:#667}</style><main><img src="{{.Image}}" alt=""><div><small>{{.Host}}</small><p><b>{{.Title}}</b></p><p>{{.Text}}</p></div></main>`))

// TestPreviewsOfLinks reads links as a messenger does, without scripts and cookies, and draws what it would show: nothing is cut, there is a
// picture, and a link to a visit tells nothing of the visit. OKOSHKO_TEST_SHOTS keeps the pictures.
func TestPreviewsOfLinks(t *testing.T) {
	t.Parallel()
	const public = "https://book.salon.example"
	a := start(t, "OKOSHKO_SERVER_PUBLIC_URL="+public)
	var card preview
	messenger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var page bytes.Buffer
		if err := drawn.Execute(&page, card); err != nil {
			t.Error(err)
		}
		_, _ = w.Write(page.Bytes())
	}))
	t.Cleanup(messenger.Close)
	b := newBrowser(t, options{width: 400})
	for name, path := range map[string]string{
		"salon ru": "/b/1?lang=ru", "salon en": "/b/18?lang=en", "salon de": "/b/18?lang=de", "chain en": "/b/3?lang=en",
		"windows ru": "/b/1/windows?lang=ru", "windows en": "/b/18/windows?lang=en", "windows de": "/b/18/windows?lang=de",
		"visit en": "/r/1/501/656100001/" + strings.Repeat("a", 32) + "?lang=en",
	} {
		if strings.HasPrefix(name, "windows") {
			b.open(a.URL + path) // a messenger causes no call for times, so somebody has to have looked
		}
		card = previewOf(t, a.URL+path)
		card.Image = strings.Replace(card.Image, public, a.URL, 1)
		if strings.HasPrefix(name, "visit") {
			if strings.Contains(card.Title+card.Text, "501") || card.Image != "" {
				t.Errorf("%s: a stranger's messenger shows %+v", name, card)
			}
			continue
		}
		if utf8.RuneCountInString(card.Title) > 70 || utf8.RuneCountInString(card.Text) > 160 || card.Title == "" || card.Text == "" {
			t.Errorf("%s: %q and %q are missing or cut", name, card.Title, card.Text)
		}
		b.open(messenger.URL)
		if width := ask[int](b, "document.querySelector('img').naturalWidth"); width == 0 {
			t.Errorf("%s: no picture at %q", name, card.Image)
		}
		for _, cut := range ask[[]string](b, "[...document.querySelectorAll('p')].filter(p => p.scrollHeight > p.clientHeight + 1).map(p => p.textContent)") {
			t.Errorf("%s: two lines are too few for %q", name, cut)
		}
		b.shot(name)
	}
}

// previewOf reads a link.
func previewOf(t *testing.T, address string) preview {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "TelegramBot (like TwitterBot)")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	meta := func(property string) string {
		found := regexp.MustCompile(`<meta property="og:` + property + `" content="([^"]*)"`).FindSubmatch(page)
		if found == nil {
			return ""
		}
		return html.UnescapeString(string(found[1]))
	}
	host := ""
	if u, err := url.Parse(meta("url")); err == nil {
		host = u.Host
	}
	return preview{Title: meta("title"), Text: meta("description"), Image: meta("image"), Host: host}
}
