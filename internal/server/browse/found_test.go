package browse_test

import (
	"bytes"
	"encoding/json"
	"image"
	_ "image/png"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/server"
	"okoshko/internal/servertest"
)

// told starts a site with a public address, of which search engines are told some forms.
func told(t *testing.T, forms ...int) *servertest.Site {
	t.Helper()
	return servertest.New(t, func(o *server.Options) { o.PublicURL, o.Found = public, forms })
}

func TestTheFirstPageTellsOfTheSalon(t *testing.T) {
	site := told(t, 1)
	const evil = `</script><script>alert(1)</script>`
	if err := site.Box.Answer(sandbox.Answer{Path: "company/501", Merge: map[string]any{"short_descr": evil}}); err != nil {
		t.Fatal(err)
	}
	page := site.Get("/b/1/service?lang=en")
	block := page.Find(`script[type="application/ld+json"]`)
	if block.Length() != 1 {
		t.Fatalf("%d blocks of data", block.Length())
	}
	var salon struct {
		ID              string `json:"@id"`
		Name            string
		MakesOffer      []struct{ ItemOffered struct{ Name string } }
		PotentialAction struct {
			Target struct{ URLTemplate string }
		}
	}
	if err := json.Unmarshal([]byte(block.Text()), &salon); err != nil {
		t.Fatalf("%v in %s", err, block.Text())
	}
	if strings.Contains(block.Text(), "<") || page.Find("script").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "alert(1)</") }).Length() > 0 {
		t.Errorf("a salon's text ends the block: %s", block.Text())
	}
	if salon.ID != page.Find("link[rel=canonical]").AttrOr("href", "") || salon.Name == "" || len(salon.MakesOffer) < 10 || salon.MakesOffer[0].ItemOffered.Name == "" {
		t.Errorf("told: %+v", salon)
	}
	// The template leads to the times of a service.
	address := strings.Replace(salon.PotentialAction.Target.URLTemplate, "{&services,master,date}", "&services=501001&master=0", 1)
	if p := site.Get(strings.TrimPrefix(address, public)); p.Step() != "datetime" {
		t.Errorf("%s leads to %q", address, p.Step())
	}
	for _, ref := range []string{"/b/1/datetime?services=501001&lang=en", "/b/1/service?services=501001&lang=en", "/b/1/contact?services=501001&lang=en", "/r/1/501/1/abc"} {
		if n := site.Get(ref).Find(`script[type="application/ld+json"]`).Length(); n != 0 {
			t.Errorf("%s has %d blocks", ref, n)
		}
	}
}

func TestPagesNameTheirLanguages(t *testing.T) {
	site := told(t, 1)
	page := site.Get("/b/1/service?lang=ru")
	got := map[string]string{}
	for _, link := range page.Find("link[rel=alternate][hreflang]").EachIter() {
		got[link.AttrOr("hreflang", "")] = link.AttrOr("href", "")
	}
	want := map[string]string{"ru": public + "/b/1/service?lang=ru", "en": public + "/b/1/service?lang=en", "x-default": public + "/b/1/service"}
	if len(got) != len(want) {
		t.Errorf("alternates %v", got)
	}
	for lang, address := range want {
		if got[lang] != address {
			t.Errorf("%s is %q, want %q", lang, got[lang], address)
		}
		if back := site.Get(strings.TrimPrefix(address, public)); back.Find("link[rel=alternate][hreflang]").Length() != len(want) {
			t.Errorf("%s does not link back", address)
		}
	}
	if n := site.Get("/b/1/service?services=501001&lang=ru").Find("link[hreflang]").Length(); n != 0 {
		t.Errorf("a page with choices has %d alternates", n)
	}
	for property, want := range map[string]string{"og:locale": "ru_RU", "og:site_name": "Студия «Первоцвет»", "og:url": public + "/b/1/service?lang=ru"} {
		if got := page.Find(`meta[property="`+property+`"]`).AttrOr("content", ""); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if page.Find(`meta[property="og:image"]`).AttrOr("content", "") == "" || page.Find("meta[name=description]").AttrOr("content", "") == "" {
		t.Error("a link has no picture or no description")
	}
}

// TestALinkToTheWindowsShowsTheirPicture reads a link to the windows as a messenger does: it names the page and the salon, and its picture is
// there, of the size that is said. Where nothing is free the picture is the salon's own.
func TestALinkToTheWindowsShowsTheirPicture(t *testing.T) {
	site := told(t, 1)
	card := func(page servertest.Page, property string) string {
		return page.Find(`meta[property="`+property+`"]`).AttrOr("content", "")
	}
	site.Get("/b/1/service?lang=en")
	page := site.Get("/b/1/windows?lang=en")
	if title := card(page, "og:title"); title != "Free times · Primrose Studio" {
		t.Errorf("the title is %q", title)
	}
	address := card(page, "og:image")
	if !strings.HasPrefix(address, public+"/b/1/windows-1080x1350.png?") {
		t.Fatalf("the picture is %q", address)
	}
	_, body := fetch(t, site, strings.TrimPrefix(address, public))
	picture, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil || format != "png" || card(page, "og:image:width") != strconv.Itoa(picture.Width) || card(page, "og:image:height") != strconv.Itoa(picture.Height) {
		t.Errorf("%v: a %s of %d × %d, and the link says %s × %s", err, format, picture.Width, picture.Height, card(page, "og:image:width"), card(page, "og:image:height"))
	}

	empty := told(t, 1)
	if err := empty.Box.Answer(sandbox.Answer{Path: "book_staff/501", Body: json.RawMessage(`{"success":true,"data":[]}`)}); err != nil {
		t.Fatal(err)
	}
	if address := card(empty.Get("/b/1/windows?lang=en"), "og:image"); address == "" || strings.Contains(address, "/windows-") {
		t.Errorf("where nothing is free the picture is %q", address)
	}
}

func TestTheSitemapListsFirstPages(t *testing.T) {
	site := told(t, 1, 3, 25)
	site.Get("/b/1/service?lang=ru")
	site.Get("/b/3/city?lang=lv")
	site.Get("/b/3/company?city=52&lang=lv")
	before := len(site.Box.Calls())
	page := site.Get("/sitemap.xml")
	if calls := len(site.Box.Calls()) - before; calls != 0 {
		t.Errorf("the sitemap has cost %d calls", calls)
	}
	listed := map[string]bool{}
	for _, loc := range page.Find("loc").EachIter() {
		listed[loc.Text()] = true
	}
	for _, want := range []string{"/b/1/service?lang=ru", "/b/1/service?lang=en", "/b/3/city?lang=lv", "/b/25", "/b/3/service?city=52&company=601&lang=lv"} {
		if !listed[public+want] {
			t.Errorf("%s is not listed: %v", want, listed)
		}
	}
	for address := range listed {
		u, err := url.Parse(address)
		if err != nil || !strings.HasPrefix(u.Path, "/b/") {
			t.Errorf("listed: %q", address)
			continue
		}
		if p := site.Get(strings.TrimPrefix(address, public)); u.RawQuery != "" && p.Find("link[rel=canonical]").AttrOr("href", "") != address {
			t.Errorf("%s has the canonical address %q", address, p.Find("link[rel=canonical]").AttrOr("href", ""))
		}
	}
	if robots := site.Get("/robots.txt").Text(); !strings.Contains(robots, "\nSitemap: "+public+"/sitemap.xml\n") {
		t.Errorf("robots.txt names no sitemap: %s", robots)
	}
}
