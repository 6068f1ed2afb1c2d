package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// choosing are the parameters by which links combine choices.
var choosing = []string{"services", "master", "date", "slot", "event", "seats", "basket", "month", "q"}

func combines(u *url.URL) bool {
	for _, name := range choosing {
		if u.Query().Has(name) {
			return true
		}
	}
	return false
}

// disallowed reads the rules of robots.txt for an agent: patterns in which * stands for anything.
func disallowed(t *testing.T, robots, agent string) func(*url.URL) bool {
	t.Helper()
	var rules []*regexp.Regexp
	groups := map[string][]*regexp.Regexp{}
	var agents []string
	begun := false
	for line := range strings.Lines(robots) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "User-agent":
			if begun {
				agents, begun = nil, false
			}
			agents = append(agents, value)
		case "Disallow":
			begun = true
			pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(value), `\*`, ".*"))
			for _, a := range agents {
				groups[a] = append(groups[a], pattern)
			}
		case "":
		default:
			t.Errorf("robots.txt has a line %q", line)
		}
	}
	rules, ok := groups[agent]
	if !ok {
		rules = groups["*"]
	}
	return func(u *url.URL) bool {
		for _, rule := range rules {
			if rule.MatchString(u.RequestURI()) {
				return true
			}
		}
		return false
	}
}

var _ = addStreet("N2 a polite crawler comes to an end", func(t *testing.T) {
	r := newRig(t)
	robots := r.get("/robots.txt")
	if robots.status != http.StatusOK || !strings.HasPrefix(robots.header.Get("Content-Type"), "text/plain") {
		t.Fatalf("robots.txt: status %d, %s", robots.status, robots.header.Get("Content-Type"))
	}
	refused := disallowed(t, robots.Text(), "*")
	for _, path := range []string{"/r/1/501/1/abc", "/me/1", "/b/1/contact", "/b/1/contact?slot=x", "/b/1/done?attempt=x", "/b/1/service?services=1", "/b/1/service?lang=en&services=1", "/b/1/master?master=0"} {
		if u, err := url.Parse(path); err != nil || !refused(u) {
			t.Errorf("robots may ask for %s", path)
		}
	}
	before := r.asked()
	seen, queue := map[string]bool{}, []string{"/b/1?lang=en", "/b/3?lang=en", "/b/22?lang=en"}
	for len(queue) > 0 {
		ref := queue[0]
		queue = queue[1:]
		p := r.get(ref)
		if combines(p.url) {
			t.Errorf("%s leads to %s, which has choices", ref, p.url)
		}
		p.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
			u, err := p.url.Parse(a.AttrOr("href", ""))
			if err != nil || u.Host != p.url.Host || u.Scheme != p.url.Scheme || strings.Contains(" "+a.AttrOr("rel", "")+" ", " nofollow ") || refused(u) {
				return
			}
			u.Fragment = ""
			if combines(u) {
				t.Errorf("%s: a link that combines choices is to be followed: %s", ref, u.RequestURI())
			}
			if next := u.RequestURI(); !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		})
		if len(seen) > 400 {
			t.Fatal("the crawler comes to no end")
		}
	}
	if n := r.calls("POST", "/book_check"); n != 0 {
		t.Errorf("%d checks of a booking", n)
	}
	if n := r.asked() - before; n > len(seen)*3 || len(seen) < 10 {
		t.Errorf("%d pages cost %d calls", len(seen), n)
	}
})

var _ = addStreet("N2 links that only combine choices are not to be followed", func(t *testing.T) {
	r := newRig(t)
	p := r.get("/b/1/service?lang=en")
	for range 4 {
		links := p.Find("main a[href], aside a[href]").Not(".turn, [href^='#'], [href^=tel]")
		links.Each(func(_ int, a *goquery.Selection) {
			u, err := p.url.Parse(a.AttrOr("href", ""))
			if err != nil || !combines(u) || strings.Contains(u.Path, "/master/") {
				return
			}
			if !strings.Contains(" "+a.AttrOr("rel", "")+" ", " nofollow ") {
				t.Errorf("%s: %s is to be followed", p.step(), u.RequestURI())
			}
		})
		if p.step() == "contact" {
			break
		}
		p = r.onward(p)
	}
})

var _ = addStreet("N2 all that differs in choices has one address", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example")
	canonical := func(p page) string { return p.Find("head link[rel=canonical]").AttrOr("href", "") }
	first := r.get("/b/1/service?lang=en")
	want := "https://booking.example/b/1/service?lang=en"
	if got := canonical(first); got != want {
		t.Errorf("canonical of the first page: %q, want %q", got, want)
	}
	service := first.Find("main [data-service]").First().AttrOr("data-service", "")
	for _, ref := range []string{
		"/b/1/service?lang=en&services=" + service, "/b/1/service?services=" + service + "&lang=en&scheme=dark", "/b/1/service?lang=en&q=a",
		"/b/1/master?lang=en&services=" + service, "/b/1/datetime?lang=en&master=0&services=" + service,
	} {
		if got := canonical(r.get(ref)); got != want {
			t.Errorf("canonical of %s: %q, want %q", ref, got, want)
		}
	}
	for ref, want := range map[string]string{
		"/b/3/city?lang=de": "/b/3/city?lang=de", "/b/3/company?lang=de&city=52": "/b/3/company?city=52&lang=de", "/b/22/events?lang=en&day=2026-12-01": "/b/22/events?lang=en",
	} {
		if got := canonical(r.get(ref)); got != "https://booking.example"+want {
			t.Errorf("canonical of %s: %q, want %q", ref, got, want)
		}
	}
	r = newRig(t)
	if got := canonical(r.get("/b/1/service?lang=en&services=" + service)); got != "/b/1/service?lang=en" {
		t.Errorf("without a public address: %q", got)
	}
})

// onlookers are those who ask for a page that no customer has opened.
var onlookers = []struct {
	name   string
	method string
	header map[string]string
}{
	{"HEAD", http.MethodHead, nil},
	{"a browser ahead of a press", http.MethodGet, map[string]string{"Sec-Purpose": "prefetch"}},
	{"a browser that draws ahead", http.MethodGet, map[string]string{"Sec-Purpose": "prefetch;prerender"}},
	{"an older browser", http.MethodGet, map[string]string{"Purpose": "prefetch"}},
	{"a browser with pictures of pages", http.MethodGet, map[string]string{"X-Purpose": "preview"}},
	{"Firefox of old", http.MethodGet, map[string]string{"X-Moz": "prefetch"}},
	{"Telegram", http.MethodGet, map[string]string{"User-Agent": "TelegramBot (like TwitterBot)"}},
	{"WhatsApp", http.MethodGet, map[string]string{"User-Agent": "WhatsApp/2.23.20.0 A"}},
	{"Facebook", http.MethodGet, map[string]string{"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}},
	{"Apple's messages", http.MethodGet, map[string]string{"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"}},
	{"Slack", http.MethodGet, map[string]string{"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}},
	{"Viber", http.MethodGet, map[string]string{"User-Agent": "Viber/13.3.0 (Linux)"}},
	{"VK", http.MethodGet, map[string]string{"User-Agent": "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)"}},
	{"Yandex", http.MethodGet, map[string]string{"User-Agent": "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"}},
	{"Skype", http.MethodGet, map[string]string{"User-Agent": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"}},
}

// asks is a request with headers of its own, and how many calls of the upstream it cost.
func (r *rig) asks(method, ref string, header map[string]string) (p page, calls int) {
	r.t.Helper()
	before := r.asked()
	req, err := http.NewRequest(method, r.app.URL+ref, http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	transport := r.http.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	p = r.read(resp, err)
	return p, r.asked() - before
}

var _ = addStreet("N5 nobody but a customer has a visit read", func(t *testing.T) {
	r, _ := newRig(t).browser()
	contact := r.to(r.get("/b/2?lang=en"), "contact")
	done := r.to(contact, "done")
	visit := r.press(done, "main a[rel=record]").url.Path
	wrong := visit[:strings.LastIndexByte(visit, '/')+1] + strings.Repeat("0", 32)
	opened := r.get(visit + "?lang=en")
	record, salon := opened.Find("[data-record]").AttrOr("data-record", ""), strings.TrimSpace(contact.Find("header .salon .strong").Text())
	if record == "" || salon == "" {
		t.Fatalf("record %q, salon %q", record, salon)
	}
	secrets := []string{`data-record="`, salon, "Anna", `href="tel:`, `property="og:`}
	for _, o := range onlookers {
		for _, ref := range []string{visit, visit + "/visit.ics", visit + "/cancel", visit + "/move", wrong, done.url.RequestURI()} {
			p, calls := r.asks(o.method, ref, o.header)
			if calls != 0 {
				t.Errorf("%s: %s costs %d calls", o.name, ref, calls)
			}
			ahead := o.header["User-Agent"] == "" && o.method == http.MethodGet
			if want := either(ahead, http.StatusTooEarly, http.StatusOK); p.status != want {
				t.Errorf("%s: %s: status %d, want %d", o.name, ref, p.status, want)
			}
			if p.header.Get("Cache-Control") != "no-store" || p.header.Get("X-Robots-Tag") != noRobots {
				t.Errorf("%s: %s may be kept: %v", o.name, ref, p.header)
			}
			html, err := p.Html()
			if err != nil {
				t.Fatal(err)
			}
			html = strings.ReplaceAll(html, ref, "")
			for _, secret := range secrets {
				if strings.Contains(html, secret) {
					t.Errorf("%s: %s shows %q", o.name, ref, secret)
				}
			}
		}
		right, _ := r.asks(o.method, visit, o.header)
		other, _ := r.asks(o.method, wrong, o.header)
		a, _ := right.Html()
		b, _ := other.Html()
		if strings.ReplaceAll(a, visit, "") != strings.ReplaceAll(b, wrong, "") {
			t.Errorf("%s can tell a right link from a wrong one", o.name)
		}
	}
	// A customer whose browser is taken for a robot comes to the visit all the same, and a telephone is none.
	taken, _ := r.asks(http.MethodGet, visit+"?lang=en", map[string]string{"User-Agent": "Viber/13.3.0 (Linux)"})
	on := taken.Find("main .actions a").AttrOr("href", "")
	if p, _ := r.asks(http.MethodGet, on, map[string]string{"User-Agent": "Viber/13.3.0 (Linux)"}); p.Find("[data-record]").Length() == 0 {
		t.Errorf("%s does not show the visit", on)
	}
	if p, _ := r.asks(http.MethodGet, visit, map[string]string{"User-Agent": "Mozilla/5.0 (Linux; Android 10; CUBOT X20 PRO) AppleWebKit/537.36 Chrome/110 Mobile Safari/537.36"}); p.Find("[data-record]").Length() == 0 {
		t.Error("a telephone is taken for a robot")
	}
})

var _ = addStreet("N2 nobody but a customer has a booking checked", func(t *testing.T) {
	r := newRig(t)
	contact := r.to(r.get("/b/2?lang=en"), "contact").url.RequestURI()
	for _, o := range onlookers {
		before := r.calls("POST", "/book_check")
		if r.asks(o.method, contact, o.header); r.calls("POST", "/book_check") != before {
			t.Errorf("%s has a booking checked", o.name)
		}
	}
})

var _ = addStreet("N5 a form's link has title, words and picture", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example")
	meta := func(p page, name string) string {
		return p.Find(`head meta[property="`+name+`"], head meta[name="`+name+`"]`).AttrOr("content", "")
	}
	salon := r.get("/b/1?lang=en")
	name := strings.TrimSpace(salon.Find("header .salon .strong").Text())
	if title := meta(salon, "og:title"); name == "" || !strings.Contains(title, name) {
		t.Errorf("title %q, want the name %q in it", title, name)
	}
	if words := meta(salon, "og:description"); len(words) < 10 || words != meta(salon, "description") {
		t.Errorf("words %q, description %q", words, meta(salon, "description"))
	}
	if u := meta(salon, "og:url"); u != "https://booking.example/b/1/service?lang=en" {
		t.Errorf("address %q", u)
	}
	pictures := 0
	for form := range 25 {
		p := r.get(fmt.Sprintf("/b/%d?lang=en", form+1))
		if p.status != http.StatusOK || p.Find("main").AttrOr("data-error", "") != "" {
			continue
		}
		if meta(p, "og:title") == "" || meta(p, "og:description") == "" {
			t.Errorf("form %d: title %q, words %q", form+1, meta(p, "og:title"), meta(p, "og:description"))
		}
		shown := p.Find("img.banner, header .salon img").First().AttrOr("src", "")
		picture := meta(p, "og:image")
		if shown != "" && picture == "" || picture != "" && !strings.Contains(picture, "://") {
			t.Errorf("form %d: picture %q, on the page %q", form+1, picture, shown)
		}
		if picture != "" {
			pictures++
		}
	}
	if pictures == 0 {
		t.Error("no form has a picture")
	}
	// A messenger gets the same.
	if p, _ := r.asks(http.MethodGet, salon.url.RequestURI(), map[string]string{"User-Agent": "TelegramBot (like TwitterBot)"}); meta(p, "og:title") != meta(salon, "og:title") {
		t.Errorf("a messenger gets %q", meta(p, "og:title"))
	}
	contact := r.to(r.get("/b/2?lang=en"), "contact")
	if contact.Find("head meta[property^='og:'], head link[rel=canonical]").Length() != 0 {
		t.Error("a page of one visitor has a card")
	}
})

// many is an answer whose list is as long as wanted: each element a copy of the first, changed.
func many(t *testing.T, body []byte, n int, is func(first map[string]any) bool, change func(i int, one map[string]any)) []byte {
	t.Helper()
	var doc map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&doc) != nil {
		return body
	}
	list, ok := doc["data"].([]any)
	if !ok || len(list) < 2 {
		return body
	}
	first, ok := list[0].(map[string]any)
	if !ok || !is(first) {
		return body
	}
	for i := range n {
		one := maps.Clone(first)
		change(i, one)
		list = append(list, one)
	}
	doc["data"] = list
	out, err := json.Marshal(doc)
	if err != nil {
		t.Error(err)
	}
	return out
}

var _ = addStreet("N4 one of many branches, cities and masters can be looked for", func(t *testing.T) {
	r := newRig(t)
	api := rewritten(t, r.api, func(body []byte) []byte {
		body = many(t, body, 150, func(first map[string]any) bool { return first["city_id"] != nil && first["public_title"] != nil },
			func(i int, one map[string]any) {
				one["id"], one["title"], one["public_title"] = 7000+i, fmt.Sprintf("Branch %d", i), fmt.Sprintf("Branch %d", i)
				one["city_id"], one["city"], one["address"] = 9000+i%100, fmt.Sprintf("Ciudad Número %d", i%100), fmt.Sprintf("Street %d", i)
				if i >= 100 { // fifty of them in a city of their own
					one["city_id"], one["city"] = 9999, "Zyxograd"
				}
			})
		return many(t, body, 120, func(first map[string]any) bool { return first["specialization"] != nil && first["bookable"] != nil },
			func(i int, one map[string]any) {
				one["id"], one["name"], one["specialization"] = 8000+i, fmt.Sprintf("Señora Núñez %d", i), "Colourist"
			})
	})
	r = newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+api)
	services := r.get("/b/1/service?lang=en").Find("main [data-service]").First().AttrOr("data-service", "")
	for _, tt := range []struct {
		ref, cards, query string
		least, found      int
	}{
		{"/b/3/city?lang=en", "main [data-city]", "numero 42", 100, 1},
		{"/b/3/company?lang=en&city=9999", "main [data-company]", "branch 117", 50, 1},
		{"/b/3/company?lang=en&city=9999", "main [data-company]", "STREET 13", 50, 10},
		{"/b/1/master?lang=en&services=" + services, "main li > [data-staff]", "nunez 77", 120, 1},
		{"/b/1/master?lang=en&services=" + services, "main li > [data-staff]", "colourist", 120, 120},
	} {
		whole := r.get(tt.ref)
		if n := whole.Find(tt.cards).Length(); n < tt.least {
			t.Errorf("%s: %d cards, want %d", tt.ref, n, tt.least)
			continue
		}
		form := whole.Find("form[role=search]")
		if form.Length() != 1 || form.AttrOr("method", "") != "get" || form.Find("input[type=search][name=q]").Length() != 1 || whole.Find("label[for=search]").Length() != 1 {
			t.Errorf("%s has no search", tt.ref)
			continue
		}
		found := r.get(tt.ref + "&q=" + url.QueryEscape(tt.query))
		if n := found.Find(tt.cards).Length(); n < tt.found || n > tt.found+1 && tt.found == 1 {
			t.Errorf("%s: %q finds %d, want %d", tt.ref, tt.query, n, tt.found)
		}
		if back := found.Find("main a[rel=nofollow]").First().AttrOr("href", ""); strings.Contains(back, "q=") {
			t.Errorf("%s: the way back is %q", tt.ref, back)
		}
		none := r.get(tt.ref + "&q=qqqqq")
		if none.status != http.StatusOK || none.Find(tt.cards).Length() != 0 || none.Find("main .empty a").Length() != 1 {
			t.Errorf("%s: nothing found: status %d, %d cards", tt.ref, none.status, none.Find(tt.cards).Length())
		}
		// What the form carries along brings the same page.
		if action, _ := url.Parse(form.AttrOr("action", "")); action == nil || action.Path != whole.url.Path {
			t.Errorf("%s: the search is sent to %q", tt.ref, form.AttrOr("action", ""))
		}
	}
	if r.get("/b/3/company?lang=en&city=52").Find("form[role=search]").Length() != 0 {
		t.Error("a short list has a search")
	}
})
