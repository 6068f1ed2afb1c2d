package app

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestLinksOfOnePageAreToldApartByTheirNames walks through the pages in every language, with the upstream's own wording where it has
// one: no two links of a page have one name and different addresses.
func TestLinksOfOnePageAreToldApartByTheirNames(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ru", "uk", "en", "de", "lv", "lt", "et"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			r, _ := newRig(t).browser()
			words, ok := r.app.server.Texts.(*texts)
			if !ok {
				t.Fatal("the texts are not refreshed")
			}
			for _, known := range words.Languages() {
				words.due(known) // nothing is asked for beside this test
			}
			words.refresh(lang)
			look := r.toldApart
			for _, form := range []string{"1", "3"} {
				p := look(r.get("/b/" + form + "?lang=" + lang))
				for range 9 {
					if p.step() == "contact" {
						break
					}
					if about := p.Find("main a[data-about]"); p.step() == "master" && about.Length() > 0 {
						look(r.press(p, "main a[data-about]"))
					}
					p = look(r.onward(p))
				}
				if p.step() != "contact" {
					t.Fatalf("form %s ends at %q", form, p.step())
				}
			}
			look(r.get("/b/22/events?lang=" + lang))
			done := look(r.toAhead(r.get("/b/1?lang="+lang), "done"))
			visit := look(r.press(done, "main a[rel=record]"))
			look(r.press(visit, "main a[data-move]"))
			look(r.press(visit, "main a[data-cancel]"))
			signIn := look(r.get("/me/1?lang=" + lang))
			code := look(r.send(signIn, map[string]string{"phone": annasPhone}))
			look(r.send(code, map[string]string{"code": r.code()}))
			look(r.press(r.get("/me/1?lang="+lang), "main a[data-profile]"))
			look(r.get("/b/1/nothing?lang=" + lang))
		})
	}
}

// toldApart fails when two links of a page are called the same and lead to different addresses.
func (r *rig) toldApart(p page) page {
	r.t.Helper()
	leads := map[string]string{}
	p.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		name := linkName(a)
		to, _, _ := strings.Cut(r.absolute(p.url, a.AttrOr("href", "")), "#")
		if name == "" {
			r.t.Errorf("step %q at %s: the link to %s has no name", p.step(), p.url, to)
			return
		}
		if other, twice := leads[name]; twice && other != to {
			r.t.Errorf("step %q at %s: two links are called %q, to %s and to %s", p.step(), p.url.Path, name, other, to)
		}
		leads[name] = to
	})
	return p
}

// linkName is a link's accessible name, as far as these pages have one: the label, or what is in it.
func linkName(a *goquery.Selection) string {
	name := a.AttrOr("aria-label", "")
	if name == "" {
		name = a.Text()
		a.Find("img[alt]").Each(func(_ int, img *goquery.Selection) { name += " " + img.AttrOr("alt", "") })
	}
	return strings.Join(strings.Fields(name), " ")
}

// TestACallSaysThatItIsOne: a button behind an error or a message says what it does, and where no phone is known a closed booking
// says where to find it and offers no way back to itself.
func TestACallSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, lang := range []string{"ru", "uk", "en", "de", "lv", "lt", "et"} {
		confirm := r.to(r.get("/b/18?lang="+lang), "confirm")
		r.fault(refusal{status: 403, body: coded(434)}.fault("/book_record/"))
		p := r.send(confirm, nil)
		calls := p.Find("main a[href^='tel:']")
		if calls.Length() == 0 {
			t.Fatalf("%s: step %q offers no call: %s", lang, p.step(), p.Find("main").Text())
		}
		calls.Each(func(_ int, a *goquery.Selection) {
			if name := linkName(a); strings.HasPrefix(name, "+") || !strings.Contains(name, "+380") {
				t.Errorf("%s: a call is named %q", lang, name)
			}
		})
	}
	closed := r.get("/b/990?lang=ru")
	if want := says(t, "ru", "widget.error.licence.no_phone"); closed.kind() != "licence" || strings.Join(strings.Fields(closed.alert()), " ") != want {
		t.Errorf("%q says %q, want %q", closed.kind(), closed.alert(), want)
	}
	if closed.Find("main .actions a").Length() != 0 {
		t.Error("a closed booking leads back to itself")
	}
}

// TestWhatMustBeGivenIsNotOptional: who has a password must give it to change it, and an e-mail can be changed and not taken away.
func TestWhatMustBeGivenIsNotOptional(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t).browser()
	r.byCode("1", annasPhone)
	for path, name := range map[string]string{"/me/1/profile/password": "current", "/me/1/profile": "email"} {
		p := r.get(path + "?lang=en")
		field := p.Find("main .field:has([name=" + name + "])")
		if field.Length() != 1 || strings.Contains(field.Text(), says(t, "en", "widget.contact.optional")) {
			t.Errorf("%s: %s", p.url, field.Text())
		}
	}
}

// TestDemoFormsAreNamedInEveryLanguage reads the list of bookforms of the demo page: its names and descriptions are in the page's
// language.
func TestDemoFormsAreNamedInEveryLanguage(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t, "OKOSHKO_UPSTREAM_BASE_URL=", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=").browser()
	described := map[string]map[string]string{}
	for _, lang := range []string{"en", "ru", "uk", "de", "lv", "lt", "et"} {
		p := r.get("/?lang=" + lang)
		described[lang] = map[string]string{}
		for _, item := range p.Find("main .forms li").EachIter() {
			form := item.Find("a[data-demo]").AttrOr("data-demo", "")
			described[lang][form] = item.Find("p").Text()
			if item.Find("a").Text() == "" || item.Closest("[lang]").AttrOr("lang", "") != p.Find("html").AttrOr("lang", "?") {
				t.Errorf("%s: form %s is called %q", lang, form, item.Text())
			}
		}
		if n := len(described[lang]); n < 30 {
			t.Fatalf("%s: %d forms", lang, n)
		}
		for form, text := range described[lang] {
			if text == "" || lang != "en" && text == described["en"][form] {
				t.Errorf("%s: form %s is described as %q", lang, form, text)
			}
		}
	}
}
