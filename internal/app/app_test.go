package app

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
)

func TestOrdersAreWalkedAsTheFormSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for form, want := range map[int]string{
		// Master and datetime share the page of datetime where they are neighbours.
		1: "service datetime contact confirm", 5: "master service datetime contact confirm",
		6: "datetime service contact confirm", 7: "service datetime contact confirm",
		8: "datetime service master contact confirm", 9: "datetime service contact confirm",
		3: "city company service datetime contact confirm",
	} {
		p := r.get("/b/" + strconv.Itoa(form))
		var steps []string
		for p.step() != "done" && len(steps) < 10 {
			step := p.step()
			if len(steps) == 0 || steps[len(steps)-1] != step {
				steps = append(steps, step)
			}
			p = r.one(p)
		}
		got := strings.Join(steps, " ")
		// A step with one option only is passed over.
		for _, sole := range []string{"company ", "master ", "city "} {
			if got != want && strings.Replace(want, sole, "", 1) == got {
				got = want
			}
		}
		if got != want {
			t.Errorf("form %d walks %q, want %q", form, got, want)
		}
	}
}

// bookers counts those who book by one, each with a phone of their own.
var bookers atomic.Int32

// one makes one choice.
func (r *rig) one(p page) page {
	r.t.Helper()
	switch p.step() {
	case "service":
		if p.Find("main [data-next]").Length() == 0 {
			return r.press(p, servertest.Takes)
		}
		return r.press(p, "main [data-next]")
	case "contact":
		own := maps.Clone(anna)
		own["phone"] = "+7 916 " + strconv.Itoa(1000000+int(bookers.Add(1)))
		if p.Find("main [name=code]").Length() > 0 {
			return r.send(p, map[string]string{"code": r.code()})
		}
		return r.send(p, own)
	case "confirm":
		return r.send(p, nil)
	case "datetime":
		if p.Find("main a[data-slot]").Length() == 0 {
			return r.press(p, "main a[data-date]")
		}
		return r.press(p, "main a[data-slot]")
	default:
		return r.press(p, "main a[data-"+map[string]string{"city": "city", "company": "company", "master": "staff"}[p.step()]+"]")
	}
}

func TestBrowsePagesAreEqualForEverybody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.get("/b/1")
	for _, step := range []string{"service", "master", "datetime"} {
		p = r.to(p, step)
		if c := p.header.Get("Set-Cookie"); c != "" {
			t.Errorf("%s sets a cookie", step)
		}
		if cc := p.header.Get("Cache-Control"); !strings.HasPrefix(cc, "public") || !strings.Contains(cc, "s-maxage") {
			t.Errorf("%s: Cache-Control = %q", step, cc)
		}
		tag := p.header.Get("ETag")
		req, err := http.NewRequest(http.MethodGet, p.url.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", tag)
		resp, err := r.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if tag == "" || resp.StatusCode != http.StatusNotModified {
			t.Errorf("%s with If-None-Match %q = %d, want 304", step, tag, resp.StatusCode)
		}
		if step != "datetime" {
			p = r.to(p, map[string]string{"service": "master", "master": "datetime"}[step])
		}
	}
	if c := r.to(p, "contact"); !strings.Contains(c.header.Get("Cache-Control"), "no-store") {
		t.Errorf("contact: Cache-Control = %q, want no-store", c.header.Get("Cache-Control"))
	}
}

func TestBadAndStaleLinksLeadToTheRightPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := r.to(r.get("/b/1"), "contact").url
	bend := func(name, value string) string {
		q := good.Query()
		q.Set(name, value)
		return "/b/1/contact?" + q.Encode()
	}
	for _, tt := range []struct{ name, ref, step, keeps string }{
		{"unknown service", bend("services", "999999"), "service", ""},
		{"unknown master", bend("master", "999999"), "datetime", "services"},
		{"slot that is not offered", bend("slot", "2030-01-01T10:07:00+03:00"), "datetime", "services"},
		{"slot in the past", bend("slot", "2020-01-01T10:00:00+03:00"), "datetime", "services"},
		{"garbage slot", bend("slot", "soon"), "datetime", "services"},
		{"garbage service", bend("services", "1,x"), "service", ""},
		{"huge number", bend("services", strings.Repeat("9", 400)), "service", ""},
		{"markup", bend("master", `"><script>alert(1)</script>`), "datetime", "services"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := r.get(tt.ref)
			if p.step() != tt.step || p.alert() == "" {
				t.Fatalf("step = %q, alert = %q, want step %q and a message (%d %s)", p.step(), p.alert(), tt.step, p.status, p.url)
			}
			if tt.keeps != "" && p.url.Query().Get(tt.keeps) != good.Query().Get(tt.keeps) {
				t.Fatalf("%s = %q, want it kept as %q", tt.keeps, p.url.Query().Get(tt.keeps), good.Query().Get(tt.keeps))
			}
		})
	}
	if p := r.get("/b/1/datetime?" + good.Query().Encode() + "&date=2020-01-01"); p.step() != "datetime" {
		t.Errorf("a day in the past leads to %q", p.step())
	}
	for ref, want := range map[string]int{
		"/b/424242": 404, "/b/abc": 404, "/b/1/nonsense": 404, "/b/0/service": 404, "/r/1/501/1/zzz": 404,
		"/b/1/done?attempt=" + strings.Repeat("0", 32): 404, "/b/1/done": 404, "/static/0000000000/app.js": 404,
		"/b/1/service?services=x": 400, "/b/990": 503, "/b/991": 502, "/b/992": 502, "/b/994": 502, "/b/995": 502,
	} {
		p := r.get(ref)
		if p.status != want || strings.HasPrefix(ref, "/b/9") && (p.step() != "error" || p.kind() == "" || p.alert() == "") {
			t.Errorf("%s = %d, step %q, kind %q, alert %q, want %d", ref, p.status, p.step(), p.kind(), p.alert(), want)
		}
	}
}

func TestContactFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/1"), "contact")
	p = r.send(p, map[string]string{"fullname": "Анна <b>", "phone": "12", "email": "anna@", "comment": "Окно"})
	if p.status != http.StatusUnprocessableEntity || p.step() != "contact" || p.alert() == "" {
		t.Fatalf("status = %d, step = %q, alert = %q", p.status, p.step(), p.alert())
	}
	_, values := r.form(p)
	for name, want := range map[string]string{"fullname": "Анна <b>", "phone": "12", "email": "anna@", "comment": "Окно"} {
		if got := values.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"phone", "email"} {
		if p.Find("[name="+name+"]").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%s is not marked as wrong", name)
		}
	}
	p = r.send(p, anna)
	if p.step() != "confirm" {
		t.Fatalf("after correction: step %q\n%s", p.step(), p.Find("main").Text())
	}
	action, values := r.form(p)
	values.Set("edit", "1")
	if a, ok := p.Find("[name=edit]").Attr("formaction"); ok {
		action = r.absolute(p.url, a)
	}
	p = r.post(action, values)
	if _, values = r.form(p); p.step() != "contact" || values.Get("fullname") != anna["fullname"] || values.Get("email") != anna["email"] {
		t.Fatalf("going back: step %q, values %v", p.step(), values)
	}
}

func TestWrongCodeKeepsEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.send(r.to(r.get("/b/2"), "contact"), anna)
	if p.Find("main [name=code]").Length() != 1 || len(r.box.Messages()) != 1 {
		t.Fatalf("step %q asks for no code; messages = %d", p.step(), len(r.box.Messages()))
	}
	wrong := "0000"
	if r.code() == wrong {
		wrong = "0001"
	}
	// The code stands beside the button that books, so a wrong one leads to no further page.
	p = r.send(p, map[string]string{"code": wrong})
	if p.step() != "contact" || p.Find("main [name=code]").Length() != 1 || p.alert() == "" {
		t.Fatalf("after a wrong code: step %q, alert %q", p.step(), p.alert())
	}
	if n := len(r.online()); n != 0 {
		t.Fatalf("records = %d, want 0", n)
	}
	p = r.to(p, "done")
	if n := len(r.online()); n != 1 {
		t.Fatalf("records = %d, want 1\n%s", n, p.Find("main").Text())
	}
	if n := len(r.box.Messages()); n != 1 {
		t.Fatalf("messages = %d, want 1: the second code page must not send another", n)
	}
}

func TestTenPressesBookOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	action, values := r.form(r.to(r.get("/b/1"), "confirm"))
	var wg sync.WaitGroup
	got := make([]string, 10)
	for i := range got {
		wg.Go(func() {
			req, err := http.NewRequest(http.MethodPost, action, strings.NewReader(values.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Sec-Fetch-Site", "same-origin")
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			got[i] = strconv.Itoa(resp.StatusCode) + " " + resp.Header.Get("Location")
		})
	}
	wg.Wait()
	for _, g := range got {
		if g != got[0] || !strings.HasPrefix(g, "303 /b/1/done?attempt=") {
			t.Fatalf("answers = %q, want ten equal ones to the done page", got)
		}
	}
	if p := r.post(action, values); p.step() != "done" || p.Find("main [data-record]").Length() != 1 {
		t.Fatalf("a press after all is done leads to step %q", p.step())
	}
	if n := len(r.online()); n != 1 {
		t.Fatalf("records = %d, want 1", n)
	}
	if n := r.calls(http.MethodPost, "/book_record"); n != 1 {
		t.Fatalf("book_record was called %d times, want 1", n)
	}
}

// namedAsSeen checks that the names of times begin with what is seen of them, so that they can be said aloud.
func namedAsSeen(t *testing.T, slots *goquery.Selection) {
	t.Helper()
	for _, slot := range slots.EachIter() {
		seen := slot.Find(".strong").Text() + ", " + slot.Find(".note").Text()
		if name := slot.AttrOr("aria-label", ""); !strings.HasPrefix(name, seen) {
			t.Errorf("the time %q is named %q", seen, name)
		}
	}
}

// taken has others take the time of a confirm page until nobody is free.
func (r *rig) taken(confirm page) {
	r.t.Helper()
	for i := range 12 {
		other := maps.Clone(anna)
		other["phone"] = "+7916555" + strconv.Itoa(1000+i)
		p := r.get(strings.Replace(confirm.Find("main form").AttrOr("action", ""), "/confirm", "/contact", 1))
		if p.step() != "contact" {
			return
		}
		r.to(r.send(p, other), "done")
	}
	r.t.Fatal("the time of the confirm page is still free")
}

func TestLostSlotOffersTheNearestAndKeepsTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirm := r.to(r.get("/b/1"), "confirm")
	r.taken(confirm)
	before := len(r.online())
	p := r.send(confirm, nil)
	buttons := p.Find("main button[data-slot]")
	if p.step() != "datetime" || p.alert() == "" || buttons.Length() != 3 {
		t.Fatalf("step %q, alert %q, %d times offered\n%s", p.step(), p.alert(), buttons.Length(), p.Find("main").Text())
	}
	namedAsSeen(t, buttons)
	_, values := r.form(p)
	button := buttons.First()
	values.Set(button.AttrOr("name", ""), button.AttrOr("value", ""))
	p = r.post(r.absolute(p.url, button.AttrOr("formaction", "")), values)
	if p.step() != "confirm" || !strings.Contains(p.Find("main").Text(), anna["fullname"]) {
		t.Fatalf("after choosing another time: step %q\n%s", p.step(), p.Find("main").Text())
	}
	if p = r.send(p, nil); p.step() != "done" || len(r.online())-before != 1 {
		t.Fatalf("step %q, records made = %d, want done and 1", p.step(), len(r.online())-before)
	}
}

func TestUnknownOutcomeIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirm := r.to(r.get("/b/1"), "confirm")
	r.fault(`{"path":"book_record","method":"POST","close":"after","times":1}`)
	p := r.send(confirm, nil)
	if p.step() != "done" || p.Find("main [data-record]").Length() != 0 || p.Find("main[data-again]").Length() != 1 {
		t.Fatalf("step %q\n%s", p.step(), p.Find("main").Text())
	}
	if again := r.send(confirm, nil); again.url.String() != p.url.String() {
		t.Fatalf("a second press leads to %s, want %s", again.url, p.url)
	}
	if n := r.calls(http.MethodPost, "/book_record"); n != 1 {
		t.Fatalf("book_record was called %d times, want 1", n)
	}
}

func TestChangingRequestsNeedOurToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirm := r.to(r.get("/b/1"), "confirm")
	action, values := r.form(confirm)
	without := url.Values{}
	forged := url.Values{"wizard": {values.Get("wizard")[:len(values.Get("wizard"))-4] + "AAAA"}}
	_, other := r.form(r.to(r.get("/b/5"), "contact"))
	foreign := url.Values{"wizard": {other.Get("wizard")}}
	for name, v := range map[string]url.Values{"no token": without, "forged token": forged, "another form's token": foreign} {
		if p := r.post(action, v); p.status != http.StatusForbidden || p.step() != "error" {
			t.Errorf("%s: %d, step %q, want 403", name, p.status, p.step())
		}
	}
	for name, header := range map[string][2]string{
		"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"}, "foreign origin": {"Origin", "https://evil.example"}, "no origin": {"Origin", "null"},
	} {
		req, err := http.NewRequest(http.MethodPost, action, strings.NewReader(values.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(header[0], header[1])
		if p := r.read(r.http.Do(req)); p.status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, p.status)
		}
	}
	if n := len(r.online()); n != 0 {
		t.Fatalf("records = %d, want 0", n)
	}
}

func TestUpstreamDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirm := r.to(r.get("/b/1"), "confirm")
	r.fault(`{"path":"","status":503,"body":"<html>down</html>","content_type":"text/html"}`)
	if p := r.get("/b/1/service"); p.step() != "service" {
		t.Errorf("a cached page while the upstream is down: step %q", p.step())
	}
	if p := r.get("/b/18/service"); p.step() != "error" || p.kind() != "down" || p.status != http.StatusBadGateway {
		t.Errorf("a page that is not cached: %d, step %q, kind %q", p.status, p.step(), p.kind())
	}
	p := r.send(confirm, nil)
	if p.step() != "confirm" && p.step() != "done" {
		t.Errorf("confirm while the upstream is down: step %q", p.step())
	}
	if n := len(r.online()); n != 0 {
		t.Fatalf("records = %d, want 0", n)
	}
}

func TestLogsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.to(r.get("/b/2"), "done")
	r.press(done, "main a[rel=record]")
	record := r.online()[0]
	r.get("/r/2/502/" + strconv.Itoa(record.ID) + "/" + strings.Repeat("a", 32))
	log := r.log.String()
	for what, secret := range map[string]string{
		"phone": "79161234567", "name": "Анна", "e-mail": "anna@", "hash": record.Hash, "code": "code=" + r.code(),
		"partner token": "Bearer", "comment": "Окно", "query": "services=",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the %s", what)
		}
	}
	if !strings.Contains(log, "route=/b/:form/contact") {
		t.Errorf("the log does not name the route:\n%.500s", log)
	}
}

func TestWrongRecordLinksAreAllTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.to(r.get("/b/1"), "done")
	record := r.online()[0]
	id, hash := strconv.Itoa(record.ID), record.Hash
	want := r.get("/r/1/501/" + id + "/" + strings.Repeat("0", 32)).Find("main").Text()
	for _, ref := range []string{
		"/r/1/501/999999999/" + hash, "/r/1/502/" + id + "/" + hash, "/r/1/501/" + id + "/" + hash + "0", "/r/1/501/-1/" + hash, "/r/1/501/" + id + "/..%2f",
	} {
		p := r.get(ref)
		got := p.Find("main").Text()
		if strip(got, p) != strip(want, p) && p.status == http.StatusNotFound && p.step() == "error" {
			continue // the reference number differs, and so may the language
		}
		if p.status != http.StatusNotFound || p.step() != "error" {
			t.Errorf("%s = %d, step %q, want 404", ref, p.status, p.step())
		}
	}
	if p := r.get("/r/1/501/" + id + "/" + hash); p.status != http.StatusOK {
		t.Fatalf("the right link = %d", p.status)
	}
}

func strip(text string, p page) string {
	return strings.ReplaceAll(text, p.header.Get("X-Request-Id"), "")
}

func TestCompressedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	req, err := http.NewRequest(http.MethodPost, r.app.URL+"/b/1/contact", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Encoding", "gzip")
	if p := r.read(r.http.Do(req)); p.status != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed body = %d, want 415", p.status)
	}
	resp, err := r.http.Post(r.app.URL+"/b/1/contact", "application/x-www-form-urlencoded", strings.NewReader(strings.Repeat("x", 1<<17)))
	if err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("a body of 128 kB = %d, want 413", resp.StatusCode)
		}
	}
}
