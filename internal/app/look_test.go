package app

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"okoshko/internal/i18n"
	"okoshko/internal/server"
)

// theme is the page's second stylesheet, the salon's own.
func (p page) theme() string { return p.Find("head style").Eq(1).Text() }

func TestSalonsColoursReachEveryPage(t *testing.T) {
	t.Parallel()
	for form, themed := range map[string]bool{"1": false, "3": true, "15": true, "18": true, "23": true} {
		r := newRig(t) // one customer does not book the same twice
		p := r.get("/b/" + form)
		for {
			css := p.theme()
			if themed != (css != "") {
				t.Fatalf("form %s, step %s: theme %q", form, p.step(), css)
			}
			sum := sha256.Sum256([]byte(css))
			if source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; themed != strings.Contains(p.header.Get("Content-Security-Policy"), source) {
				t.Errorf("form %s, step %s: the policy does not fit the theme", form, p.step())
			}
			if p.step() == "done" {
				break
			}
			p = r.onward(p)
		}
		if p = r.get(p.Find("a[rel=record]").AttrOr("href", "")); themed != (p.theme() != "") || p.step() != "record" {
			t.Errorf("form %s: step %s has the theme %q", form, p.step(), p.theme())
		}
	}
}

// form18 has the upstream answer a form of seven languages with a style and a first language.
func (r *rig) form18(lang, style string) {
	r.t.Helper()
	r.fault(`{"path":"bookform/18","status":200,"times":9,"body":` + strconv.Quote(`{"success":true,"data":{"company_id":801,"lang":"`+lang+`",`+
		`"langs":[{"code":"ru-RU"},{"code":"lv-LV"}],"style":`+style+`,"steps":[{"step":"service","num":1},{"step":"master","num":2},{"step":"datetime","num":3}]}}`) + `}`)
}

// TestStyleIsParsedAndNeverPasted: palettes by name and hex digits in every spelling make the same look, and what
// is neither makes none.
func TestStyleIsParsedAndNeverPasted(t *testing.T) {
	t.Parallel()
	looks := map[string]string{}
	for _, colour := range []string{"teal", "#009688", "009688", " TEAL ", "#fff", "FFF", "white"} {
		r := newRig(t)
		r.form18("ru-RU", `{"primaryPalette":"`+colour+`"}`)
		css := r.get("/b/18/service").theme()
		if !strings.HasPrefix(css, ":root{") {
			t.Fatalf("%q makes the look %q", colour, css)
		}
		looks[strings.Trim(strings.ToLower(colour), " #")] = css
	}
	if looks["teal"] != looks["009688"] || looks["fff"] != looks["white"] || looks["teal"] == looks["fff"] {
		t.Errorf("looks: %v", looks)
	}
	r := newRig(t)
	r.form18("ru-RU", `{"primaryPalette":"red}*{display:none","accentPalette":"url(//evil)","warnPalette":"#ff","main_color":"12345","secondary_color":"</style>",
		"logo":"javascript:alert(1)","header_background":"https://evil.example/a.png","menu_background":"/own.png","header_background_new":[]}`)
	p := r.get("/b/18/service")
	if css := p.theme(); css != "" {
		t.Errorf("colours that are none make the look %q", css)
	}
	if got := p.Find("img.banner").AttrOr("src", ""); got != r.api+"/own.png" {
		t.Errorf("the header's picture is %q", got)
	}
	if got := p.Find(".top .avatar img").AttrOr("src", ""); strings.Contains(got, "script") {
		t.Errorf("the logo is %q", got)
	}
}

func TestHeaderGreetsAndMakesRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.get("/b/18")
	if p.Find("img.banner").Length() != 1 || p.Find(".top .salon").Length() != 1 {
		t.Error("no picture or no name on the first page")
	}
	if p = r.to(p, "datetime"); p.Find("img.banner").Length() != 0 || p.Find(".top .salon").Length() != 1 {
		t.Error("the picture is in the way of the times")
	}
	if p = r.get("/b/24"); p.Find(".top .salon, img.banner").Length() != 0 || p.Find(".top .languages").Length() != 1 {
		t.Error("the header is shown although the form hides it")
	}
}

func TestSchemeOfTheHostStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for p := r.get("/b/2?scheme=dark"); p.step() != "done"; p = r.onward(p) {
		if got := p.Find("html").AttrOr("data-scheme", ""); got != "dark" || p.Find(`meta[name=color-scheme][content=dark]`).Length() != 1 {
			t.Fatalf("step %s has the scheme %q", p.step(), got)
		}
	}
	if p := r.get("/b/2/service?scheme=red"); p.status != http.StatusBadRequest || p.Find("html[data-scheme]").Length() != 0 {
		t.Errorf("a scheme that is none: status %d", p.status)
	}
}

func TestLanguageIsChosenInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.http = &http.Client{Transport: speaks("et, lv;q=0.8, he;q=0.5")}
	for name, tt := range map[string]struct{ path, lang string }{
		"address":             {"/b/18?lang=lv-LV&hl=de", "lv"},
		"embedding page":      {"/b/18?hl=de-AT", "de"},
		"salon":               {"/b/18", "uk"},
		"not offered":         {"/b/1?lang=lt&hl=fr", "ru"},
		"another spelling":    {"/b/18?lang=ee_EE", "et"},
		"upstream's Estonian": {"/b/18?lang=ee", "et"},
	} {
		p := r.get(tt.path)
		if got := p.Find("html").AttrOr("lang", ""); got != tt.lang || p.url.Query().Get("lang") != tt.lang {
			t.Errorf("%s: %s speaks %q at %s, want %q", name, tt.path, got, p.url, tt.lang)
		}
	}
	// A salon whose own language is none of the offered leaves it to the browser.
	r = newRig(t)
	r.http = &http.Client{Transport: speaks("et, lv;q=0.8, he;q=0.5")}
	r.form18("fr-FR", "{}")
	if p := r.get("/b/18"); p.Find("html").AttrOr("lang", "") != "lv" {
		t.Errorf("speaks %q, want what the browser prefers", p.Find("html").AttrOr("lang", ""))
	}
}

// speaks is a browser's Accept-Language.
type speaks string

func (s speaks) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Accept-Language", string(s))
	return http.DefaultTransport.RoundTrip(req)
}

// TestAPageSaysTheLanguageOfItsWords: a form speaks Hebrew, of which the upstream has no texts, so its pages are English
// and run as English does.
func TestAPageSaysTheLanguageOfItsWords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	english := r.app.server.Texts.Localizer("en")
	for p := r.get("/b/24"); ; p = r.onward(p) {
		if p.Find("html").AttrOr("lang", "") != "en" || p.Find("html").AttrOr("dir", "") != "ltr" {
			t.Fatalf("step %s: lang %q, dir %q", p.step(), p.Find("html").AttrOr("lang", ""), p.Find("html").AttrOr("dir", ""))
		}
		if got := p.Find(".skip").First().Text(); got != english.T("widget.skip") {
			t.Fatalf("step %s says %q, not English", p.step(), got)
		}
		if p.step() == "done" {
			break
		}
	}
	// The English is the upstream's own, and the upstream was asked for Hebrew.
	words, ok := r.app.server.Texts.(*texts)
	if !ok {
		t.Fatal("the texts are not refreshed")
	}
	words.mu.Lock()
	_, hebrew := words.asked["he"]
	_, inEnglish := words.asked["en"]
	words.mu.Unlock()
	if !hebrew || !inEnglish {
		t.Errorf("the upstream is asked for Hebrew: %v, for English: %v", hebrew, inEnglish)
	}
	if got := words.Name("he"); got != "עברית" {
		t.Errorf("Hebrew calls itself %q", got)
	}
	if got := i18n.Dir("ar"); got != "rtl" {
		t.Errorf("Arabic runs %s", got)
	}
}

// TestShowcase opens what developers look at, and finds it only beside the sandbox.
func TestShowcase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.app.server.Demo = &server.Demo{} // without forms, which only "/" lists
	p := r.get("/showcase")
	links := p.Find("nav.jump a")
	if p.status != http.StatusOK || links.Length() < 20 || p.Find(".is-hover").Length() < 5 {
		t.Fatalf("status %d, %d pages, %d hovered things", p.status, links.Length(), p.Find(".is-hover").Length())
	}
	sum := sha256.Sum256([]byte(p.theme()))
	if source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(p.header.Get("Content-Security-Policy"), source) {
		t.Error("the policy does not let the states be seen")
	}
	for _, link := range links.EachIter() {
		if p := r.get(link.AttrOr("href", "")); p.status != http.StatusOK || p.Find("h1").Length() != 1 {
			t.Errorf("%s: status %d", link.Text(), p.status)
		}
	}
	if p := r.get("/showcase/nothing"); p.status != http.StatusNotFound {
		t.Errorf("a page that is none: status %d", p.status)
	}
	r.app.server.Demo = nil
	for _, ref := range []string{"/", "/showcase", "/showcase/city"} {
		if p := r.get(ref); p.status != http.StatusNotFound {
			t.Errorf("without the sandbox %s answers %d", ref, p.status)
		}
	}
}

// TestVisitOpensBesideAFrame: a visit's own page may not be framed, so a frame opens it in a tab.
func TestVisitOpensBesideAFrame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.to(r.get("/b/1"), "done")
	if target, ok := done.Find("a[rel=record]").Attr("target"); ok {
		t.Errorf("outside a frame the visit opens in %q", target)
	}
	_, _, html := r.request(http.MethodGet, done.url.RequestURI(), "", map[string]string{"Sec-Fetch-Dest": "iframe"})
	if !strings.Contains(html, `rel="record"`) || !strings.Contains(html, `target="_blank">`) {
		t.Error("inside a frame the visit would open where it may not be shown")
	}
}

// TestNothingIsChosenBesideTheSteps: what was booked is no choice to be changed.
func TestNothingIsChosenBesideTheSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.to(r.get("/b/3"), "done")
	for _, p := range []page{done, r.press(done, "main a[rel=record]")} {
		if n := p.Find("aside").Length(); n != 0 {
			t.Errorf("step %s has a summary", p.step())
		}
	}
}
