package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// speak changes the language of a page as a customer does, with what stands in its form where it has one to
// type into.
func (r *rig) speak(p page, lang string) page {
	r.t.Helper()
	button := p.Find(".languages button[name=switch][lang=" + lang + "]")
	if button.Length() == 0 {
		return r.press(p, ".languages a[hreflang="+lang+"]")
	}
	_, values := r.form(p)
	values.Set("switch", button.AttrOr("value", ""))
	return r.post(r.absolute(p.url, button.AttrOr("formaction", "")), values)
}

// said is what an address says beside its language, and beside what the page before has told it once.
func said(u *url.URL) string {
	q := u.Query()
	for _, name := range []string{"lang", "notice", "say", "in"} {
		q.Del(name)
	}
	return q.Encode()
}

// typedInto is what stands in a page's fields, but for the tokens, which are new in each form.
func typedInto(p page) map[string]string {
	out := map[string]string{}
	for _, field := range p.Find("main form[method=post]").Find("input[name], textarea[name]").Not("[type=hidden]").EachIter() {
		_, checked := field.Attr("checked")
		out[field.AttrOr("name", "")] = field.AttrOr("value", field.Text())
		if checked {
			out[field.AttrOr("name", "")] = "checked"
		}
	}
	return out
}

// spoken changes a page's language and fails when anything else has changed with it.
func (r *rig) spoken(p page, lang string) page {
	r.t.Helper()
	other := r.speak(p, lang)
	if got := other.Find("html").AttrOr("lang", ""); got != lang || other.status >= http.StatusBadRequest && other.status != p.status {
		r.t.Fatalf("step %q at %s speaks %q after the choice of %q, status %d", p.step(), p.url, got, lang, other.status)
	}
	for what, pair := range map[string][2]string{
		"step":      {p.step(), other.step()},
		"choices":   {said(p.url), said(other.url)},
		"code form": {p.Find("main [name=code]").AttrOr("name", ""), other.Find("main [name=code]").AttrOr("name", "")},
	} {
		if pair[0] != pair[1] {
			r.t.Errorf("%s at %s becomes %q in %s", what, p.url, pair[1], lang)
		}
	}
	if before, after := typedInto(p), typedInto(other); !maps.Equal(before, after) {
		r.t.Errorf("step %q: %v was typed, and %v stands there in %s", p.step(), before, after, lang)
	}
	if got := other.Find(".languages [aria-current]").AttrOr("lang", ""); got != lang {
		r.t.Errorf("step %q: the language is said to be %q, want %q", other.step(), got, lang)
	}
	return other
}

// TestSwitchingTheLanguageKeepsStepAndChoices changes the language at every page from the first to the visit's
// own, goes on in the new one, and ends with two visits booked. Nothing here keeps a cookie.
func TestSwitchingTheLanguageKeepsStepAndChoices(t *testing.T) {
	r := newRig(t)
	langs := []string{"de", "lv", "uk", "et", "lt", "ru", "en"}
	next := func(p page) page {
		t.Helper()
		lang := langs[0]
		langs = append(langs[1:], lang)
		return r.spoken(p, lang)
	}
	p := next(r.get("/b/3?lang=en"))
	p = next(r.press(p, "main a[data-city='52']"))
	p = r.press(p, "main a[data-company='602']")
	next(r.get(withParam(p.url.RequestURI(), "q", "a")))
	p = next(p)
	p = next(r.press(p, "main a[data-service]"))
	p = r.to(p, "master")
	if about := p.Find("main a.beside[href*='/master/']"); about.Length() > 0 {
		if other := next(r.press(p, "main a.beside[href*='/master/']")); !strings.Contains(other.url.Path, "/master/") {
			t.Errorf("a master's own page leads to %s", other.url)
		}
	}
	p = next(p)
	p = r.to(p, "datetime")
	next(r.press(p, "main a[rel=next]"))
	p = r.addVisit(r.to(next(p), "contact"))
	if p.url.Query().Get("basket") == "" {
		t.Fatalf("no visit in the basket of %s", p.url)
	}
	next(r.send(p, map[string]string{"fullname": "Anna", "phone": "12"})) // with errors
	p = next(p)
	// What was typed and never sent goes along.
	_, values := r.form(p)
	for name, text := range anna {
		values.Set(name, text)
	}
	values.Set("switch", "1")
	p = r.post(r.absolute(p.url, p.Find(".languages button[lang=de]").AttrOr("formaction", "")), values)
	if got := typedInto(p); p.step() != "contact" || got["fullname"] != anna["fullname"] || got["phone"] != anna["phone"] || got["accept_personal_data"] != "checked" || p.alert() != "" {
		t.Fatalf("step %q, typed %v, alert %q\n%s", p.step(), got, p.alert(), p.Find("main").Text())
	}
	sent := r.calls(http.MethodPost, "/book_code")
	p = next(r.send(p, nil))
	if p.Find("main [name=code]").Length() == 0 || r.calls(http.MethodPost, "/book_code") != sent+1 {
		t.Fatalf("the code page has become %q; codes sent: %d", p.step(), r.calls(http.MethodPost, "/book_code")-sent)
	}
	p = next(r.to(p, "confirm"))
	if n := len(r.online()); n != 0 {
		t.Fatalf("the choice of a language has booked %d visits", n)
	}
	p = next(r.to(p, "done"))
	if n := len(r.online()); n != 2 {
		t.Fatalf("%d visits booked, want 2", n)
	}
	p = next(r.press(p, "main a[rel=record]"))
	next(r.press(p, "main a[data-cancel]"))
	move := next(r.press(p, "main a[data-move]"))
	next(r.press(move, "main a[data-slot]"))
	next(r.press(move, "main a[rel=next]"))
}

func TestSwitchingTheLanguageBesideTheSteps(t *testing.T) {
	r, _ := newRig(t).browser()
	next := func(p page) page { t.Helper(); return r.spoken(p, "de") }

	events := r.get("/b/22/events?lang=ru")
	if links := events.Find(".languages [lang]"); links.Length() > 1 {
		other := links.Last().AttrOr("lang", "")
		if narrowed := events.Find("nav.jump a[href*='day=']"); narrowed.Length() > 0 {
			r.spoken(r.press(events, "nav.jump a[href*='day=']"), other)
		}
		if p := r.spoken(r.press(events, "main a[data-event]"), other); p.Find("main [data-event]").Length() != 1 {
			t.Errorf("an event's own page leads to %s", p.url)
		}
	}

	// An error, and a time that somebody else has taken.
	next(r.get("/b/18/master/999?services=801001&lang=en"))
	confirm := r.to(r.get("/b/18?lang=en"), "confirm")
	r.fault(`{"path":"/book_record/801","method":"POST","times":1,"status":422,"body":` + strconv.Quote(coded(433)) + `}`)
	lost := next(r.send(confirm, nil))
	if lost.Find("main button[data-slot]").Length() == 0 {
		t.Errorf("no other times: %s", lost.Find("main").Text())
	}

	// The account: the number, the code, the visits, the name and another number.
	p := next(r.get("/me/18?lang=en"))
	p = next(r.send(p, map[string]string{"phone": annasPhone}))
	p = next(r.send(p, map[string]string{"code": r.code()}))
	if p.Find("main [data-leave]").Length() != 1 {
		t.Fatalf("not signed in: %s", p.Find("main").Text())
	}
	p = next(r.get("/me/18/profile?lang=en"))
	_, values := r.form(p)
	values.Set("fullname", "Another")
	values.Set("switch", "1")
	p = r.post(r.absolute(p.url, p.Find(".languages button[lang=ru]").AttrOr("formaction", "")), values)
	if got := typedInto(p)["fullname"]; got != "Another" {
		t.Errorf("the name that was typed has become %q", got)
	}
	next(r.get("/me/18/profile/password?lang=en"))
	p = r.send(next(r.get("/me/18/profile/phone?lang=en")), map[string]string{"phone": "+7 916 000-11-22"})
	next(p)
}

// TestOnlyTheSpokenLanguageIsAskedFor: a page names all its languages and costs the upstream the texts of one.
func TestOnlyTheSpokenLanguageIsAskedFor(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/b/18/service?lang=de", "/b/18/master?services=801001&lang=de", "/me/18?lang=de"} {
		if n := r.get(path).Find(".languages [lang]").Length(); n != 7 {
			t.Errorf("%s offers %d languages", path, n)
		}
	}
	words, ok := r.app.server.Texts.(*texts)
	if !ok {
		t.Fatal("the texts are not refreshed")
	}
	words.mu.Lock()
	defer words.mu.Unlock()
	if asked := slices.Sorted(maps.Keys(words.asked)); !slices.Equal(asked, []string{"de"}) {
		t.Errorf("the upstream is asked for %v", asked)
	}
}
