package app

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/i18n"
	"okoshko/internal/servertest"
	"okoshko/locales"
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
	t.Parallel()
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
	p = next(r.press(p, servertest.Adds))
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
	if n := len(r.online()); n != 0 {
		t.Fatalf("the choice of a language has booked %d visits", n)
	}
	p = next(r.to(p, "done"))
	if n := len(r.online()); n != 2 {
		t.Fatalf("%d visits booked, want 2", n)
	}
	// One of the two may be too near to be changed.
	for _, link := range p.Find("main a[rel=record]").EachIter() {
		record := next(r.get(link.AttrOr("href", "")))
		for _, selector := range []string{"main a[data-cancel]", "main a[data-move]"} {
			if record.Find(selector).Length() == 0 {
				continue
			}
			change := next(r.press(record, selector))
			for _, selector := range []string{"main a[data-slot]", "main a[rel=next]"} {
				if change.Find(selector).Length() > 0 {
					next(r.press(change, selector))
				}
			}
		}
	}
}

func TestSwitchingTheLanguageBesideTheSteps(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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

// wrapped are the program's own texts, each in brackets.
func wrapped(t *testing.T) *i18n.Bundle {
	t.Helper()
	var wrap func(v any) any
	wrap = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				v[key] = wrap(value)
			}
		case string:
			return "⟦" + v + "⟧"
		}
		return v
	}
	files := fstest.MapFS{}
	names, err := fs.Glob(locales.Files, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(locales.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(raw, &tree); err != nil {
			t.Fatal(err)
		}
		if raw, err = json.Marshal(wrap(tree)); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: raw}
	}
	bundle, err := i18n.New(files, "en")
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// outside is what of a text stands in no brackets.
func outside(text string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '⟦':
			depth++
		case r == '⟧':
			depth--
		case depth == 0:
			return r
		}
		return ' '
	}, text)
}

var (
	latin    = regexp.MustCompile(`[A-Za-z]{2,}`)
	cyrillic = regexp.MustCompile(`\p{Cyrillic}`)
)

// catalogued fails when a page shows words that are neither in the catalogue nor the salon's, which is Russian.
func (r *rig) catalogued(p page) page {
	r.t.Helper()
	if p.step() == "" || p.status == http.StatusMovedPermanently {
		r.t.Fatalf("%s is no page, status %d", p.url, p.status)
	}
	check := func(where, text string) {
		if found := latin.FindString(strings.ReplaceAll(outside(text), "UTC", "")); found != "" {
			r.t.Errorf("step %q at %s: %s holds %q: %q", p.step(), p.url.Path, where, found, text)
		}
	}
	// A language is called as the form calls it.
	p.Find("title, body *").Not("script, style, code, [lang]").Each(func(_ int, s *goquery.Selection) {
		if s.Is("noscript") { // the parser takes what is in it for text
			inner, err := goquery.NewDocumentFromReader(strings.NewReader(s.Text()))
			if err != nil {
				r.t.Fatal(err)
			}
			check("<noscript>", inner.Text())
			return
		}
		s.Contents().Each(func(_ int, c *goquery.Selection) {
			if goquery.NodeName(c) == "#text" && c.Text() != anna["email"] {
				check("<"+goquery.NodeName(s)+">", c.Text())
			}
		})
		for _, name := range []string{"aria-label", "title", "alt", "placeholder", "abbr", "data-none", "data-yours"} {
			check(name, s.AttrOr(name, ""))
		}
	})
	return p
}

// TestEveryTextIsInTheCatalogue looks at every kind of page with each text of the catalogue in brackets: whatever
// Latin word stands outside them in a Russian salon is written into the program.
func TestEveryTextIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t, "OKOSHKO_EMBED_HOSTS=https://salon.example").browser()
	words, ok := r.app.server.Texts.(*texts)
	if !ok {
		t.Fatal("the texts are not refreshed")
	}
	words.Bundle = wrapped(t)
	for _, lang := range words.Languages() {
		words.due(lang) // the upstream is not asked for its own wording
	}
	look := r.catalogued

	p := look(r.get("/b/1/service"))
	look(r.get("/b/1/service?q=zzz"))
	look(r.get("/b/1/service?services=garbage"))
	for p.step() != "contact" {
		if next := p.Find("main a[rel=next]"); next.Length() > 0 {
			look(r.press(p, "main a[rel=next]"))
		}
		if p.Find("main a.beside").Length() > 0 {
			look(r.press(p, "main a.beside"))
		}
		p = look(r.onward(p))
	}
	look(r.send(p, map[string]string{"fullname": "", "phone": "12", "email": "x"}))
	look(r.get("/b/1/privacy"))
	look(r.get("/b/1/about"))
	confirm := look(r.send(p, anna))
	r.fault(`{"path":"/book_record/501","method":"POST","times":1,"status":422,"body":` + strconv.Quote(coded(433)) + `}`)
	look(r.send(confirm, nil)) // the time is gone
	r.fault(`{"path":"/book_record/501","method":"POST","times":1,"status":403,"body":` + strconv.Quote(coded(434)) + `}`)
	look(r.send(r.to(r.get("/b/1/service"), "confirm"), nil)) // not for this customer
	done := look(r.to(r.get("/b/1/service"), "done"))
	record := look(r.press(done, "main a[rel=record]"))
	file, _ := r.file(strings.Replace(record.url.RequestURI(), "?", "/visit.ics?", 1))
	for line := range strings.SplitSeq(strings.ReplaceAll(file, "\r\n ", ""), "\r\n") {
		name, text, _ := strings.Cut(line, ":")
		if found := latin.FindString(outside(text)); found != "" && slices.Contains([]string{"SUMMARY", "DESCRIPTION", "LOCATION"}, name) {
			t.Errorf("the calendar is told %q", line)
		}
	}
	if record.Find("main a[data-move]").Length() > 0 {
		move := look(r.press(record, "main a[data-move]"))
		look(r.press(move, "main a[data-slot]"))
	}
	if record.Find("main a[data-cancel]").Length() > 0 {
		look(r.send(look(r.press(record, "main a[data-cancel]")), nil))
	}

	code := look(r.to(r.get("/b/2/service"), "contact"))
	code = look(r.send(code, anna))
	look(r.send(code, map[string]string{"code": "x"}))

	look(r.get("/me/1/password"))
	p = look(r.get("/me/1"))
	look(r.send(p, map[string]string{"phone": "12"}))
	p = look(r.send(look(r.send(p, map[string]string{"phone": annasPhone})), map[string]string{"code": r.code()}))
	for _, below := range []string{"/profile", "/profile/phone", "/profile/password"} {
		look(r.get("/me/1" + below))
	}
	look(r.send(p, nil)) // out again

	look(r.get("/b/999"))
	look(r.get("/nothing"))
	look(r.get("/r/1/501/1/0"))
	look(r.post(r.app.URL+"/b/1/contact", url.Values{"wizard": {"forged"}}))
	_, _, stranger := r.request(http.MethodGet, "/b/1", "", map[string]string{"Sec-Fetch-Dest": "iframe", "Referer": "https://other.example/"})
	if !strings.Contains(stranger, "⟦") || !strings.Contains(stranger, `data-error="stranger"`) {
		t.Error("a stranger sees another page than the one for strangers")
	}
	r.fault(`{"path":"/","status":500,"times":1000}`)
	look(r.get("/b/7/service"))

	// Nor has the program Russian words, which the salon's would hide.
	for _, dir := range []string{"../server", "../ical", "../../web/templates/pages", "../../web/templates/layout", "../../web/templates/ui", "../../web/static"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".templ", ".js"}, filepath.Ext(path)) {
				return err
			}
			if slices.Contains([]string{"../server/search/find.go", "../server/page/messages.go", "../../web/static/find.js", "../../web/static/dist/app.js"}, path) {
				return nil // letters, endings and keyboards; signs of currencies
			}
			text, err := os.ReadFile(path)
			if cyrillic.Match(commentless.ReplaceAll(text, nil)) {
				t.Errorf("%s holds Russian words", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// commentless finds comments, which may quote the API's documentation.
var commentless = regexp.MustCompile(`(?m)//.*$`)

// TestTimesAndDaysAreNamedInFull, for whoever does not see the page around them.
func TestTimesAndDaysAreNamedInFull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	day := `(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d{1,2}\x{a0}[A-Z][a-z]+`
	masters := r.get("/b/18/master?services=801001&lang=en")
	anna := masters.Find("main a[data-staff]:not([data-staff='0'])").First()
	name := strings.TrimSpace(anna.Find(".strong").Text())
	for _, href := range []string{anna.AttrOr("href", ""), masters.Find("main a[data-staff='0']").AttrOr("href", "")} {
		p := r.get(href)
		slots, free := p.Find("main a[data-slot]"), regexp.MustCompile(`^\d\d:\d\d, `+day+`$`)
		if slots.Length() == 0 || name == "" {
			t.Fatalf("%s has no times of %q", href, name)
		}
		for _, slot := range slots.EachIter() {
			if got := slot.AttrOr("aria-label", ""); !free.MatchString(got) || !strings.HasPrefix(got, slot.AttrOr("data-slot", "")[11:16]) {
				t.Errorf("the time %s is named %q", slot.Text(), got)
			}
		}
		// The calendar's columns name the weekdays, those of the strip do not.
		state := regexp.MustCompile(`^\d{1,2}\x{a0}[A-Z][a-z]+(, today)?, (free times|fully booked|closed|past)$`)
		whole := regexp.MustCompile(`^` + day + `(, today)?, (free times|fully booked|closed|past)$`)
		for _, d := range p.Find("main .strip .day").EachIter() {
			if label := d.AttrOr("aria-label", d.Find(".unseen").Text()); !whole.MatchString(label) {
				t.Errorf("the day %s is named %q", d.Text(), label)
			}
		}
		n, today := 0, p.Find("main td.today .day")
		if label := today.AttrOr("aria-label", today.Find(".unseen").Text()); today.Length() == 1 && !strings.Contains(label, ", today, ") {
			t.Errorf("today is named %q", label)
		}
		for _, d := range p.Find("main td .day").EachIter() {
			n++
			label := d.AttrOr("aria-label", d.Find(".unseen").Text())
			if free := strings.HasSuffix(label, "free times"); !state.MatchString(label) || free != (d.Nodes[0].Data == "a") {
				t.Errorf("the day %s is named %q, a %s", d.Text(), label, d.Nodes[0].Data)
			}
		}
		if n < 7 { // a week at least
			t.Errorf("the calendar has %d days", n)
		}
	}
}

// TestMissingTextsAreTold: an empty place on a page is no secret of the page's. Every rig looks that its own pages have none.
func TestMissingTextsAreTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, lang := range []string{"ru", "de", "ru", "de", "ru"} {
		if text := r.app.server.Texts.Localizer(lang).T(noSuchText); text != "" {
			t.Errorf("a missing text is %q", text)
		}
	}
	if n := strings.Count(r.log.String(), "a text is missing"); n != 2 {
		t.Errorf("%d lines tell of one text that two languages lack\n%s", n, r.log.String())
	}
	for _, line := range []string{`lang=ru key=no.such.text`, `lang=de key=no.such.text`} {
		if !strings.Contains(r.log.String(), line) {
			t.Errorf("the log lacks %q", line)
		}
	}
	counted := r.operator(http.MethodGet, "/metrics", nil).Text()
	for _, line := range []string{`okoshko_missing_texts_total{lang="ru"} 1`, `okoshko_missing_texts_total{lang="de"} 1`} {
		if !strings.Contains(counted, line) {
			t.Errorf("the metrics lack %q", line)
		}
	}
}
