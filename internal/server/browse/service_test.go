package browse_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
)

// titles are the services that a page offers.
func titles(p servertest.Page) []string {
	return p.Find("main a[data-service] .strong").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

// TestSearchWithoutScripts sends the search form, as a browser does, and keeps looking while services
// are chosen.
func TestSearchWithoutScripts(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=uk")
	all := len(titles(p))
	form := p.Find("main form[method=get]")
	if form.Length() != 1 || all < 50 {
		t.Fatalf("%d search forms over %d services", form.Length(), all)
	}
	find := func(words string) servertest.Page {
		values := url.Values{"q": {words}}
		form.Find("input[type=hidden]").Each(func(_ int, s *goquery.Selection) { values.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
		return site.Get(form.AttrOr("action", "") + "?" + values.Encode())
	}
	found := find("  МАНІКЮР  лак ")
	if n := len(titles(found)); n == 0 || n >= all {
		t.Fatalf("found %d of %d", n, all)
	}
	for _, title := range titles(found) {
		if !strings.Contains(strings.ToLower(title), "манікюр") {
			t.Errorf("found %q", title)
		}
	}
	if got := found.Find("main input[type=search]").AttrOr("value", ""); got != "МАНІКЮР лак" {
		t.Errorf("the field holds %q", got)
	}
	chosen := site.Press(found, "main a[data-service]")
	if got := chosen.Find("main input[type=search]").AttrOr("value", ""); got == "" || chosen.Find("main [data-next]").Length() != 1 {
		t.Errorf("after choosing one: search %q, %d ways on", got, chosen.Find("main [data-next]").Length())
	}
	if n := len(titles(find("японськии"))); n != 1 { // й is и with an accent
		t.Errorf("a word without its accent finds %d services, want 1", n)
	}
	none := find("zzzz")
	if len(titles(none)) != 0 || none.Find("main .empty a").Length() != 1 {
		t.Fatalf("nothing found shows %d services and %d ways back", len(titles(none)), none.Find("main .empty a").Length())
	}
	if back := site.Press(none, "main .empty a"); len(titles(back)) != all {
		t.Errorf("the whole list again has %d services, want %d", len(titles(back)), all)
	}
	if evil := find(`"><script>`); evil.Find("main script").Length() != 0 {
		t.Error("a search becomes a script")
	}
}

// TestIncompatibleServicesAreShownAsSuch compares the page with the upstream's own answer.
func TestIncompatibleServicesAreShownAsSuch(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	if p.Find("main [data-service][aria-disabled]").Length() != 0 {
		t.Fatal("something is off before anything is chosen")
	}
	before := site.Calls("GET", "/book_services/")
	p = site.Press(p, "main a[data-service]")
	off := p.Find("main [data-service][aria-disabled=true]")
	if off.Length() == 0 || off.Length() >= len(titles(p)) {
		t.Fatalf("%d of %d are off", off.Length(), len(titles(p)))
	}
	if n := site.Calls("GET", "/book_services/") - before; n != 1 {
		t.Errorf("it took %d calls, want 1", n)
	}
	off.Each(func(_ int, s *goquery.Selection) {
		if _, link := s.Attr("href"); link || !strings.Contains(s.Text(), "cannot be combined") {
			t.Errorf("%q is off, has a link: %v", s.Text(), link)
		}
	})
	// What is not off can be booked together.
	p = site.Press(p, "main a[data-service][href]:not([aria-current])")
	if p = site.To(p, "done"); len(site.Online()) != 1 {
		t.Fatalf("two services that go together end at %q", p.Step())
	}
	if n := len(site.Online()[0].Services); n != 2 {
		t.Errorf("the record has %d services", n)
	}
}

func TestPromotionAddsItsServices(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	if n := p.Find("main a[data-promotion]").Length(); n != 1 {
		t.Fatalf("promotions = %d, want 1", n)
	}
	p = site.Press(p, "main a[data-promotion]")
	if n := len(strings.Split(p.URL.Query().Get("services"), ",")); n != 2 || p.Find("main a[data-promotion][aria-current=true]").Length() != 1 {
		t.Fatalf("it adds %q", p.URL.Query().Get("services"))
	}
	if p = site.Press(p, "main a[data-promotion]"); p.URL.Query().Get("services") != "" {
		t.Errorf("pressed again it leaves %q", p.URL.Query().Get("services"))
	}
	p = site.Press(p, "main a[data-promotion]")
	if site.To(p, "done"); len(site.Online()) != 1 || len(site.Online()[0].Services) != 2 {
		t.Errorf("records = %+v", site.Online())
	}
}

func TestInactiveServicesAreNotOffered(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	for _, title := range titles(p) {
		if strings.Contains(title, "AirTouch") || strings.Contains(strings.ToLower(title), "bridal") {
			t.Errorf("%q is offered", title)
		}
	}
	if p.Find("main h2 .tag").Length() == 0 {
		t.Error("no category says whom it is for")
	}
}

// TestLengthIsShownOnceTheMasterIsKnown: the upstream tells lengths for a master only.
func TestLengthIsShownOnceTheMasterIsKnown(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.To(site.Get("/b/5"), "service") // master first
	if id := p.URL.Query().Get("master"); id == "" || id == "0" {
		p = site.Get("/b/5/service?lang=ru&master=" + strconv.Itoa(50101))
	}
	notes := p.Find("main a[data-service] .note").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "ч") || strings.Contains(n, "мин") }) {
		t.Errorf("no length among %q", notes)
	}
}
