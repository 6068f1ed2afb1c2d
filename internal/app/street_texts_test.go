package app

import (
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
)

// told is a rig whose upstream answers by rules.
func told(t *testing.T, rules ...sandbox.Answer) *rig {
	t.Helper()
	r := newRig(t)
	if err := r.box.Answer(rules...); err != nil {
		t.Fatal(err)
	}
	return r
}

// Every spelling of HTML that salons' texts have.
const (
	listHTML   = "<p>Мытьё</p><ul><li>Стрижка</li><li>Укладка</li></ul>Кофе<br/>чай"
	blocksHTML = "<div>One</div><div>Two</div><h3>Head</h3>Text"
	plainLines = "Zuerst\nDanach"
)

// seen is what an element shows, in lines, as a browser breaks them.
func seen(s *goquery.Selection) string {
	var out strings.Builder
	var walk func(*goquery.Selection)
	walk = func(s *goquery.Selection) {
		s.Contents().Each(func(_ int, c *goquery.Selection) {
			switch name := goquery.NodeName(c); name {
			case "#text":
				out.WriteString(c.Text())
			case "br":
				out.WriteString("\n")
			case "p", "div", "li", "ul", "ol", "h2", "h3", "h4":
				out.WriteString("\n")
				walk(c)
				out.WriteString("\n")
			default:
				walk(c)
			}
		})
	}
	walk(s)
	return strings.Join(strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' }), "\n")
}

var _ = addStreet("X1 HTML in every text becomes lines", func(t *testing.T) {
	r := told(t,
		sandbox.Answer{Path: "book_services/*", ID: 501001, Merge: map[string]any{"comment": listHTML}},
		sandbox.Answer{Path: "book_staff/*", Merge: map[string]any{"information": blocksHTML, "specialization": "Мастер<br>цвета"}},
		sandbox.Answer{Path: "company/501*", Merge: map[string]any{"booking_notify_text": blocksHTML}},
		sandbox.Answer{Path: "bookform/1", Merge: map[string]any{"booking_notify_text": plainLines}},
		sandbox.Answer{Path: "privacy_policy/*", Merge: map[string]any{"agreement": map[string]any{"content": "<section>One</section><section>Two</section><table><tr><td>a</td><td>b</td></tr></table>"}}},
		sandbox.Answer{Path: "activity/*/search", Merge: map[string]any{"comment": listHTML, "instructions": blocksHTML}},
	)
	service := r.get("/b/1/service?lang=ru")
	if got, want := service.Find("[data-service='501001'] .comment p, [data-service='501001'] p.comment").First().Text(), "Мытьё\nСтрижка\nУкладка\nКофе\nчай"; got != want {
		t.Errorf("comment = %q, want %q", got, want)
	}
	for _, word := range []string{"Укладка", "чай"} {
		if found := r.get("/b/1/service?lang=ru&q=" + word); found.Find("[data-service='501001']").Length() != 1 {
			t.Errorf("%q is not found", word)
		}
	}
	master := r.get("/b/1/master/50101?lang=ru&services=501001")
	if got, want := seen(master.Find("main .rich")), "One\nTwo\nHead\nText"; got != want {
		t.Errorf("about = %q, want %q", got, want)
	}
	if got := master.Find("main .note").First().Text(); got != "Мастер цвета" {
		t.Errorf("specialization = %q", got)
	}
	contact := r.to(r.get("/b/1?lang=ru"), "contact")
	if got, want := seen(contact.Find("main .notice")), "One\nTwo\nHead\nText\nZuerst\nDanach"; got != want {
		t.Errorf("notices = %q, want %q", got, want)
	}
	policy := r.press(contact, "main .check a")
	if got, want := strings.Join(strings.Fields(seen(policy.Find("main .rich"))), " "), "One Two ab"; got != want && got != "One Two a b" {
		t.Errorf("agreement = %q", got)
	}
	events := r.get("/b/17/events?lang=ru")
	event := r.press(events, "main a[data-event]")
	if text := seen(event.Find("main")); !strings.Contains(text, "Стрижка\nУкладка") {
		t.Errorf("event = %q", text)
	}
})

// raw is a page's source without its entities resolved.
func (r *rig) raw(ref string) string {
	r.t.Helper()
	source, err := r.get(ref).Html()
	if err != nil {
		r.t.Fatal(err)
	}
	return source
}

var _ = addStreet("X2 entities are decoded once, and escaped again", func(t *testing.T) {
	r := told(t,
		sandbox.Answer{Path: "book_services/*", ID: 501001, Merge: map[string]any{"title": "Ножницы &amp; фен &lt;b&gt;"}},
		sandbox.Answer{Path: "company/501*", Merge: map[string]any{"title": "Салон &quot;Окно&quot;", "public_title": "Салон &quot;Окно&quot;", "address": "ул. Мира,&nbsp;5 &laquo;А&raquo;"}},
		sandbox.Answer{Path: "book_staff/*", ID: 50101, Merge: map[string]any{"name": "Анна О&#039;Нил"}},
		sandbox.Answer{Path: "book_record/*/*/*", Merge: map[string]any{"services": []any{map[string]any{"id": 501001, "title": "Ножницы &amp; фен", "cost": 1}}}},
	)
	service := r.get("/b/1/service?lang=ru")
	card := service.Find("[data-service='501001']")
	if got, want := card.Find(".strong").Text(), "Ножницы & фен <b>"; got != want {
		t.Errorf("title = %q, want %q", got, want)
	}
	if label := card.Find("a + a").AttrOr("aria-label", ""); !strings.Contains(label, "Ножницы & фен <b>") {
		t.Errorf("label = %q", label)
	}
	if got := service.Find(".salon").Text(); !strings.Contains(got, `Салон "Окно"`) {
		t.Errorf("salon = %q", got)
	}
	if source := r.raw("/b/1/service?lang=ru"); strings.Contains(source, "&amp;quot;") || strings.Contains(source, "&amp;amp;") || strings.Contains(source, "фен <b>") {
		t.Error("the page's source has an entity twice, or a tag of a title")
	}
	master := r.get("/b/1/master?lang=ru&services=501001")
	if got := master.Find("[data-staff='50101'] .strong").Text(); got != "Анна О'Нил" {
		t.Errorf("master = %q", got)
	}
	done := r.to(r.get("/b/1?lang=ru&services=501001"), "done")
	if event := done.Find("main").AttrOr("data-event", ""); strings.Contains(event, "&amp;") || strings.Contains(event, "quot;") {
		t.Errorf("message to the website: %s", event)
	}
	visit := r.press(done, "main a[rel=record]")
	if text := visit.Find("main").Text(); !strings.Contains(text, "Ножницы & фен") || !strings.Contains(text, "ул. Мира, 5 «А»") {
		t.Errorf("visit = %q", text)
	}
	calendar := r.get(strings.Split(visit.url.RequestURI(), "?")[0] + "/visit.ics")
	if text := html.UnescapeString(strings.ReplaceAll(calendar.Text(), "\r\n ", "")); !strings.Contains(text, "Ножницы & фен") || strings.Contains(calendar.Text(), "&quot;") {
		t.Errorf("calendar = %s", text)
	}
})

// langs are languages as a bookform lists them.
func langs(codes ...string) []any {
	var out []any
	for i, code := range codes {
		out = append(out, map[string]any{"id": i + 1, "code": code, "title": ""})
	}
	return out
}

var _ = addStreet("X3 the upstream's own words in every language of a form", func(t *testing.T) {
	words := map[string]any{}
	for key := range strings.SplitSeq("abcdefghijklmnopqrstuvw", "") {
		words[key] = key
	}
	words["button"] = map[string]any{"continue": "Continuer"}
	words["service"] = map[string]any{"search": "Rechercher"}
	words["header"] = map[string]any{"select_service": "Choix de la prestation"}
	tree, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	r := told(t,
		sandbox.Answer{Path: "bookform/1", Merge: map[string]any{"langs": langs("ru-RU", "fr-FR", "he-IL", "ka-KA")}},
		sandbox.Answer{Path: "i18n/fr-FR", Body: tree},
		sandbox.Answer{Path: "i18n/he-IL", Status: http.StatusNotFound},
	)
	for lang := range strings.FieldsSeq("he ka fr") {
		if p := r.get("/b/1/service?lang=" + lang); p.Find("html").AttrOr("lang", "") != "en" || p.Find("html").AttrOr("dir", "") != "ltr" {
			t.Errorf("%s before its words came: %s, %s", lang, p.Find("html").AttrOr("lang", ""), p.Find("html").AttrOr("dir", ""))
		}
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var p page
	asked := map[string]bool{} // a busy machine asks for one more than once
	for range 100 {
		p = r.get("/b/1/service?lang=fr")
		for _, path := range r.paths(http.MethodGet, "/i18n/") {
			asked[path] = true
		}
		if p.Find("html").AttrOr("lang", "") == "fr" && len(asked) == 4 {
			break
		}
		<-tick.C
	}
	if lang, title := p.Find("html").AttrOr("lang", ""), p.Find("h1").Text(); lang != "fr" || title != "Choix de la prestation" {
		t.Fatalf("lang %q, heading %q", lang, title)
	}
	if len(asked) != 4 { // the form's own three, and English, which lends its words
		t.Errorf("the upstream was asked for the languages %v, want 4", asked)
	}
	if skip := p.Find("a.skip span[lang=en]"); skip.Length() != 1 || skip.AttrOr("dir", "") != "ltr" {
		t.Error("an English text of the French page does not say that it is English")
	}
	if source, _ := p.Html(); strings.ContainsAny(source, "\ufdd0\ufdd1") {
		t.Error("the page shows the marks of borrowed texts")
	}
	done := r.to(p, "done")
	visit := r.press(done, "main a[rel=record]")
	for _, ref := range []string{strings.Split(visit.url.RequestURI(), "?")[0] + "/visit.ics?lang=fr"} {
		if text := r.get(ref).Text(); strings.ContainsAny(text, "\ufdd0\ufdd1") {
			t.Errorf("%s has marks of borrowed texts", ref)
		}
	}
})

var _ = addStreet("X12 languages are called what the form calls them", func(t *testing.T) {
	named := langs("ru-RU", "ka-KA", "Lt-sr-SP", "hy-AM")
	named[0].(map[string]any)["title"] = "По-русски"
	r := told(t, sandbox.Answer{Path: "bookform/1", Merge: map[string]any{"langs": named}})
	p := r.get("/b/1/service?lang=ru")
	for lang, want := range map[string]string{"ru": "По-русски", "ka": "ქართული", "sr-Latn": "Srpski", "hy": "Հայերեն"} {
		if got := p.Find(".languages [hreflang='" + lang + "']").Text(); got != want {
			t.Errorf("%s is called %q, want %q", lang, got, want)
		}
	}
})

var _ = addStreet("X13 a notice stands once", func(t *testing.T) {
	for _, c := range []struct{ form, company, want string }{
		{"<p>Приходите вовремя</p>", "Приходите вовремя", "Приходите вовремя"},
		{"Приходите&nbsp;вовремя", "<div>Приходите <b>вовремя</b></div><p>Возьмите паспорт</p>", "Приходите вовремя\nВозьмите паспорт"},
		{"Один", "Другой", "Другой\nОдин"},
		{"Один", "", "Один"},
	} {
		r := told(t,
			sandbox.Answer{Path: "bookform/1", Merge: map[string]any{"booking_notify_text": c.form}},
			sandbox.Answer{Path: "company/501*", Merge: map[string]any{"booking_notify_text": c.company}})
		if got := seen(r.to(r.get("/b/1?lang=ru"), "contact").Find("main .notice")); got != c.want {
			t.Errorf("form %q, company %q: %q, want %q", c.form, c.company, got, c.want)
		}
	}
})

var _ = addStreet("X6 a crafted name is sent as a name", func(t *testing.T) {
	behind := newRig(t)
	wire := record(t, behind.api)
	r := newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+wire.URL)
	contact := r.to(r.get("/b/1?lang=ru"), "contact")
	fill := maps.Clone(anna)
	fill["fullname"], fill["comment"] = "Anna\tPetrova\r\nBcc: x\u2028y می\u200cخواهم 👩\u200d👧\u202e", "eins\u2028zwei\tdrei"
	confirm := r.send(contact, fill)
	r.to(confirm, "done")
	sent := wire.last(t)
	if got, want := sent["fullname"], "Anna Petrova Bcc: x y می\u200cخواهم 👩\u200d👧"; got != want {
		t.Errorf("fullname = %q, want %q", got, want)
	}
	if got, want := sent["comment"], "eins\nzwei drei"; got != want {
		t.Errorf("comment = %q, want %q", got, want)
	}
})

var _ = addStreet("X5 cities are in the order of the page's language", func(t *testing.T) {
	var rules []sandbox.Answer
	for i, city := range strings.Split("Орск Łódź Ёлкино", " ") {
		company := 601 + i
		rules = append(rules, sandbox.Answer{Path: "companies", ID: company, Merge: map[string]any{"city": city, "city_id": 100 + i}})
	}
	r := told(t, rules...)
	for lang, want := range map[string]string{"ru": "Ёлкино Орск Łódź", "en": "Łódź Ёлкино Орск"} {
		got := strings.Join(r.get("/b/3/city?lang="+lang).Find("main a[data-city] .strong").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), " ")
		if got != want {
			t.Errorf("%s: %s, want %s", lang, got, want)
		}
	}
})

var _ = addStreet("X7 without scripts the search finds the same", func(t *testing.T) {
	r := told(t, sandbox.Answer{Path: "book_services/*", ID: 501001, Merge: map[string]any{"title": "Fußpflege", "comment": "<p>Schöne Füße</p>", "price_min": 4711, "price_max": 4711}})
	all := r.get("/b/1/service?lang=ru")
	category := all.Find(".group:has([data-service='501001']) h2").First().Text()
	for query, want := range map[string]int{"fusspflege": 1, "fuesse": 1, category: 1, "4711": 0, "zzzz": 0} {
		if got := r.get("/b/1/service?lang=ru&q=" + url.QueryEscape(query)).Find("main [data-service='501001']").Length(); got != want {
			t.Errorf("%q finds %d, want %d", query, got, want)
		}
	}
})

var _ = addStreet("X8 what a salon tells of an event is shown", func(t *testing.T) {
	r := newRig(t)
	picture := r.api + "/_sandbox/headers/901.svg"
	if err := r.box.Answer(sandbox.Answer{Path: "activity/901/search", Merge: map[string]any{
		"instructions": "<p>Возьмите воду.</p><p>Коврик &amp; полотенце</p>", "stream_link": "https://stream.example/x?a=1&amp;b=2",
		"labels": []any{map[string]any{"id": 1, "title": "Для &laquo;новичков&raquo;"}}, "resource_instances": []any{map[string]any{"id": 3, "title": "Зал &quot;Лотос&quot;"}},
		"service": map[string]any{"image_url": picture, "comment": "Мягко"},
	}}, sandbox.Answer{Path: "activity/901/[0-9]*", Merge: map[string]any{
		"instructions": "Возьмите воду.", "stream_link": "https://stream.example/x?a=1&b=2", "resource_instances": []any{map[string]any{"id": 3, "title": "Зал 2"}},
	}}); err != nil {
		t.Fatal(err)
	}
	list := r.get("/b/17/events?lang=ru")
	card := list.Find("main a[data-event]").First()
	if card.Find("img[src='"+picture+"']").Length() != 1 || card.Find(".tag").Text() != "Для «новичков»" || !strings.Contains(card.Text(), `Зал "Лотос"`) {
		html, _ := card.Html()
		t.Errorf("card: %s", html)
	}
	event := r.press(list, "main .card:not(.off) a[data-event]")
	main := event.Find("main .panel")
	if link := main.Find("a[rel~=noopener]"); link.AttrOr("href", "") != "https://stream.example/x?a=1&b=2" {
		t.Errorf("stream = %q", link.AttrOr("href", ""))
	}
	if text := main.Text(); !strings.Contains(text, "Возьмите воду.\nКоврик & полотенце") || !strings.Contains(text, `Зал "Лотос"`) || main.Find("img.photo").AttrOr("src", "") != picture {
		t.Errorf("event: %s", text)
	}
	visit := r.press(r.to(event, "done"), "main a[rel=record]")
	if main := visit.Find("main"); main.Find("a[href='https://stream.example/x?a=1&b=2']").Length() != 1 || !strings.Contains(main.Text(), "Возьмите воду.") || !strings.Contains(main.Text(), "Зал 2") {
		t.Errorf("visit: %s", main.Text())
	}
	for raw, want := range map[string]string{"javascript:alert(1)": "", "stream.example/y": "https://stream.example/y", "": ""} {
		r := told(t, sandbox.Answer{Path: "activity/901/search", Merge: map[string]any{"stream_link": raw}})
		if got := r.press(r.get("/b/17/events?lang=ru"), "main a[data-event]").Find("main .panel a[rel~=noopener]").AttrOr("href", ""); got != want {
			t.Errorf("stream %q becomes %q, want %q", raw, got, want)
		}
	}
})

var _ = addStreet("X9 what a customer looks for of a salon and of a visit is shown", func(t *testing.T) {
	r := newRig(t)
	picture := r.api + "/_sandbox/headers/501.svg"
	if err := r.box.Answer(sandbox.Answer{Path: "company/501*", Merge: map[string]any{
		"site": "www.okno.example", "phone": "+7 495 123-45-67", "phones": []string{"+7 495 123-45-67", "+7 916 765-43-21"}, "short_descr": "Стрижки &amp; цвет",
		"description": "<h2>О нас</h2><ul><li>Кофе</li></ul><script>alert(1)</script>", "photos": []string{picture, "https://evil.example/x.png"},
		"company_photos": []any{map[string]any{"id": 1, "image": picture}}, "schedule": "Пн&ndash;Пт 10&ndash;20<br>Сб 11&ndash;18",
	}}, sandbox.Answer{Path: "book_record/*/*/*", Merge: map[string]any{
		"notify_by_sms": 3, "notify_by_email": 48, "custom_fields": map[string]any{"hair_length": []string{"Short"}, "guests": 2, "secret": "of the salon"},
	}}); err != nil {
		t.Fatal(err)
	}
	about := r.press(r.get("/b/1/service?lang=ru"), "footer a[data-about]")
	if about.step() != "about" || about.status != http.StatusOK {
		t.Fatalf("step %q, status %d", about.step(), about.status)
	}
	main := about.Find("main")
	for _, want := range []string{"Стрижки & цвет", "О нас", "Кофе", "Пн–Пт 10–20\nСб 11–18", "916 765-43-21", "495 123-45-67"} {
		if !strings.Contains(main.Text(), want) {
			t.Errorf("no %q in %s", want, main.Text())
		}
	}
	if main.Find("a[href='https://www.okno.example']").Length() != 1 || main.Find("img").Length() != 1 || main.Find("script").Length() != 0 || main.Find("a[href^='tel:']").Length() != 2 {
		html, _ := main.Html()
		t.Errorf("about: %s", html)
	}
	if step := r.press(about, "main .actions a").step(); step != "service" {
		t.Error("the page leads nowhere")
	}
	visit := r.press(r.to(r.get("/b/19?lang=en"), "done"), "main a[rel=record]")
	more := visit.Find("main [data-more]").Text()
	for _, want := range []string{"Hair length", "Short", "How many guests", "2"} {
		if !strings.Contains(more, want) {
			t.Errorf("no %q in %s", want, more)
		}
	}
	if strings.Contains(visit.Text(), "of the salon") {
		t.Error("a field that the form does not ask for is shown")
	}
	bare := told(t, sandbox.Answer{Path: "company/501*", Merge: map[string]any{"site": "javascript:alert(1)", "phones": []string{}, "short_descr": "", "description": "", "photos": []any{}, "company_photos": []any{}, "schedule": ""}})
	if p := bare.get("/b/1/service?lang=ru"); p.Find("[data-about]").Length() != 0 {
		t.Error("a salon without anything to tell has a page about it")
	}
	if p := bare.get("/b/1/about?lang=ru"); p.status != http.StatusNotFound {
		t.Errorf("its page: status %d", p.status)
	}
})

var _ = addStreet("X4 a salon's texts say their language, names and times are not translated", func(t *testing.T) {
	r := told(t,
		sandbox.Answer{Path: "book_services/*", ID: 501001, Merge: map[string]any{"title": "Стрижка", "comment": "Мытьё и укладка"}},
		sandbox.Answer{Path: "company/501*", Merge: map[string]any{"title": "Салон", "public_title": "Салон", "address": "ул. Мира, 5"}},
		sandbox.Answer{Path: "book_staff/*", ID: 50101, Merge: map[string]any{"name": "Анна", "information": "<p>Мастер</p>"}},
	)
	service := r.get("/b/1/service?lang=en")
	if got := service.Find("[data-service='501001'] .strong").AttrOr("lang", ""); got != "ru" {
		t.Errorf("title: lang %q", got)
	}
	if got := service.Find("[data-service='501001'] .comment, [data-service='501001'] .comment p").Last().AttrOr("lang", ""); got != "ru" {
		t.Errorf("comment: lang %q", got)
	}
	if own := service.Find("h1").AttrOr("lang", ""); own != "" || service.Find("html").AttrOr("lang", "") != "en" {
		t.Errorf("the page's own heading: lang %q", own)
	}
	if r.get("/b/1/service?lang=ru").Find("main [lang]").Length() != 0 {
		t.Error("a Russian page says of its Russian texts that they are Russian")
	}
	master := r.get("/b/1/master?lang=en&services=501001")
	name := master.Find("[data-staff='50101'] .strong")
	if name.AttrOr("lang", "") != "ru" || name.AttrOr("translate", "") != "no" {
		t.Errorf("name: lang %q, translate %q", name.AttrOr("lang", ""), name.AttrOr("translate", ""))
	}
	if master.Find("[data-staff='0'] .strong[translate]").Length() != 0 {
		t.Error("“any master” is not translated")
	}
	datetime := r.to(r.get("/b/1?lang=en&services=501001&master=50101"), "datetime")
	if datetime.Find("main a[data-slot]").Length() == 0 || datetime.Find("main a[data-slot]").Closest("[translate=no]").Length() == 0 {
		t.Error("times may be translated")
	}
	done := r.to(datetime, "done")
	visit := r.press(done, "main a[rel=record]")
	for _, selector := range []string{"main time[translate=no]", "main .facts [translate=no][lang=ru]", "footer [translate=no][lang=ru]"} {
		if visit.Find(selector).Length() == 0 {
			t.Errorf("the visit has no %s", selector)
		}
	}
})
