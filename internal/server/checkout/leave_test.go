package checkout_test

import (
	"net/http"
	"net/http/cookiejar"
	"testing"

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
