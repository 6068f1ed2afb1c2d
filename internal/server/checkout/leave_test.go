package checkout_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
	"okoshko/web/templates/layout"
)

// TestLeavingTheContactFormKeepsWhatIsTyped presses the pencil of a choice without scripts. Where it leads stands in the form, so an
// address of somebody else's is followed nowhere.
func TestLeavingTheContactFormKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	site.HTTP.Jar = jar
	contact := site.To(site.Get("/b/1?lang=en"), "contact")
	pencil := contact.Find("[data-summary=datetime] button.edit")
	action, values := site.Form(contact)
	values.Set("fullname", "Anna")
	values.Set(pencil.AttrOr("name", ""), pencil.AttrOr("value", ""))
	times := site.Post(action, values)
	if times.Step() != "datetime" {
		t.Fatalf("the pencil leads to step %q: %s", times.Step(), times.Find("main").Text())
	}
	again := site.Press(times, "main a[data-slot]")
	if got := again.Find("main [name=fullname]").AttrOr("value", ""); again.Step() != "contact" || got != "Anna" {
		t.Errorf("after another time was chosen step %q has the name %q", again.Step(), got)
	}
	action, values = site.Form(again)
	for _, elsewhere := range []string{"https://evil.example/b/1/service", "//evil.example/b/1/service", "/b/2/service", "/b/1/../2/service", "/me/1", "/r/1/501/1/a", "javascript:alert(1)", `\\evil.example`} {
		values.Set(layout.LeaveName, elsewhere)
		if p := site.Post(action, values); p.URL.Host != contact.URL.Host || p.Step() != "contact" || p.Status == http.StatusSeeOther {
			t.Errorf("%q leads to %s, step %q", elsewhere, p.URL, p.Step())
		}
	}
}

// TestEveryWayOutOfTheContactFormKeepsWhatIsTyped presses, without scripts, what leads from the form to another page of the booking:
// each is a button of the form, and where it is a link for those with scripts, a button stands in its place without them.
func TestEveryWayOutOfTheContactFormKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	site.HTTP.Jar = jar
	one := site.To(site.Get("/b/1?lang=en"), "contact")
	times := site.To(site.Press(one, "[data-add]"), "datetime")
	times = site.Get(times.Find("main a[data-date]").Last().AttrOr("href", "")) // so that the two do not overlap
	two := site.Get(times.Find("main a[data-slot]").Last().AttrOr("href", ""))
	if two.Step() != "contact" {
		t.Fatalf("the second visit leads to step %q", two.Step())
	}
	for what, ways := range map[string]int{"[data-add]": 1, "[data-remove]": 2, ".steps li.done": 2} {
		found := two.Find(what)
		if found.Length() < ways {
			t.Fatalf("%d times %s, want %d", found.Length(), what, ways)
		}
		for i := range found.Length() {
			way := found.Eq(i)
			if without := way.Prev(); without.Is("noscript") { // the parser takes what is in it for text
				inner, err := goquery.NewDocumentFromReader(strings.NewReader(without.Text()))
				if err != nil {
					t.Fatal(err)
				}
				if got, want := strings.TrimSpace(inner.Find("button").Text()), strings.TrimSpace(way.Text()); got != want {
					t.Errorf("without scripts %q is called %q", want, got)
				}
				way = inner.Selection
			}
			button := way.Find("button")
			action, values := site.Form(two)
			name := fmt.Sprintf("Anna %s %d", strings.Trim(what, "[]"), i)
			values.Set("fullname", name)
			if button.AttrOr("name", "") != layout.LeaveName || button.AttrOr("formaction", "") == "" {
				t.Errorf("%s, number %d, is no button that keeps what is typed", what, i)
				continue
			}
			values.Set(layout.LeaveName, button.AttrOr("value", ""))
			other := site.Post(action, values)
			if other.Step() == "" || other.URL.RequestURI() == two.URL.RequestURI() {
				t.Errorf("%s leads to %s, step %q", what, other.URL, other.Step())
			}
			again := site.Get(two.URL.RequestURI())
			if got := again.Find("main [name=fullname]").AttrOr("value", ""); got != name {
				t.Errorf("the name is %q, want %q", got, name)
			}
		}
	}
}
