package app

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/testclock"
)

var urgentCalls = regexp.MustCompile(`okoshko_upstream_wait_seconds_count\{outcome="[a-z]+",priority="P0"\} ([0-9]+)`)

// urgent is how many calls have gone before those of people who look.
func (r *rig) urgent() int {
	n := 0
	for _, m := range urgentCalls.FindAllStringSubmatch(r.counted(), -1) {
		more, err := strconv.Atoi(m[1])
		if err != nil {
			r.t.Fatal(err)
		}
		n += more
	}
	return n
}

var _ = addDoor("1 a GET never goes first", func(t *testing.T) {
	r := newRig(t, behindProxy)
	contact := r.to(r.get("/b/1"), "contact")
	r.fault(`{"path":"/book_record/","method":"POST","close":"after","times":1}`)
	unknown := r.send(r.send(contact, anna), nil)
	if unknown.step() != "done" {
		t.Fatalf("the booking leads to %q", unknown.step())
	}
	visit := r.to(r.get("/b/3"), "done").Find("main a[rel=record]").AttrOr("href", "")
	browser, _ := r.browser()
	if me := browser.byCode("1", annasPhone); !signedIn(me) {
		t.Fatal("nobody has signed in")
	}
	before := r.urgent()
	if before < 4 {
		t.Errorf("only %d calls of those who book were urgent: this shows nothing", before)
	}
	for _, ref := range []string{
		contact.url.String(), unknown.url.String(), visit, visit + "/cancel", visit + "/move", "/me/1", "/me/1/password",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, err := http.NewRequest(method, r.absolute(contact.url, ref), nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := browser.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}
	}
	if n := r.urgent() - before; n != 0 {
		t.Errorf("%d calls of those who look went before bookings", n)
	}
})

var _ = addDoor("1 nobody goes first without a fresh token", func(t *testing.T) {
	clock := testclock.Running()
	r := newRigAt(t, clock.Now, behindProxy)
	contact := r.toAhead(r.get("/b/1"), "contact")
	_, fields := r.form(contact)
	before := r.urgent()
	clock.Add(31 * time.Minute)
	if p := r.send(contact, anna); p.step() != "contact" {
		t.Fatalf("an old form leads to %q", p.step())
	}
	fields.Set("wizard", "x")
	r.post(contact.url.String(), fields)
	if n := r.urgent() - before; n != 0 {
		t.Errorf("%d calls for forms that are old or nobody's went before bookings", n)
	}
})

var _ = addDoor("1 equal checks are one call", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy)
	contact := r.toAhead(r.get("/b/1"), "contact")
	clock.Add(time.Minute) // the list of times is too old to stand for a check
	before := r.calls(http.MethodPost, "/book_check/")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { r.from(fmt.Sprint("203.0.113.", i)).get(contact.url.String()) })
	}
	wg.Wait()
	if n := r.calls(http.MethodPost, "/book_check/") - before; n != 1 {
		t.Errorf("twenty who open the same visit cost %d checks", n)
	}
	if p := r.to(contact, "done"); p.step() != "done" {
		t.Fatalf("the visit is not booked: %q", p.step())
	}
	if p := r.get(contact.url.String()); p.step() == "contact" {
		t.Error("a check of before the booking says that the time is free")
	}
})

var _ = addDoor("1 a refused check drops no day again and again", func(t *testing.T) {
	r := newRig(t, behindProxy)
	contact := r.to(r.get("/b/1"), "contact")
	r.fault(`{"path":"/book_check/","method":"POST","status":422,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"no\",\"errors\":{\"code\":437,\"message\":\"no\"}}}"}`)
	before := r.calls(http.MethodGet, "/book_times/") + r.calls(http.MethodGet, "/book_dates/") + r.calls(http.MethodGet, "/book_staff/")
	for i := range 20 {
		r.from(fmt.Sprint("203.0.113.", i)).get(contact.url.String())
	}
	if n := r.calls(http.MethodGet, "/book_times/") + r.calls(http.MethodGet, "/book_dates/") + r.calls(http.MethodGet, "/book_staff/") - before; n > 4 {
		t.Errorf("twenty who open a refused visit cost %d questions for its day", n)
	}
})

var _ = addDoor("5 as many as come at once are counted before they go", func(t *testing.T) {
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_CALLS_PER_ADDRESS=12", "OKOSHKO_UPSTREAM_PER_SECOND=5", "OKOSHKO_UPSTREAM_PER_MINUTE=200")
	greedy := r.from("198.51.100.7")
	var wg sync.WaitGroup
	for form := range 60 {
		wg.Go(func() { greedy.get("/b/" + strconv.Itoa(form+1)) })
	}
	wg.Wait()
	if n := r.asked(); n == 0 || n > 12 {
		t.Errorf("sixty pages at once cost %d calls of 12", n)
	}
})

var _ = addDoor("6 a limit holds for every method", func(t *testing.T) {
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_CALLS_PER_ADDRESS=20")
	contact := r.to(r.get("/b/1"), "contact")
	action, fields := r.form(contact)
	// Nobody has asked how long this service takes, so that its times have to be asked for.
	chosen := contact.url.Query().Get("services")
	unknown := r.get("/b/1/service").Find("[data-service]").FilterFunction(func(_ int, card *goquery.Selection) bool {
		return card.AttrOr("data-service", "") != chosen
	}).First().AttrOr("data-service", "")
	greedy, other := r.from("198.51.100.7"), r.from("203.0.113.9")
	before := r.asked()
	for i := range 60 {
		u, err := url.Parse(action)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("services", unknown)
		q.Set("slot", testclock.Start().Add(time.Duration(i+1)*25*time.Hour).Format(time.RFC3339))
		u.RawQuery = q.Encode()
		if p := greedy.post(u.String(), fields); p.status >= http.StatusInternalServerError && p.kind() != "busy" {
			t.Fatalf("form %d: %d %q", i, p.status, p.kind())
		}
	}
	if n := r.asked() - before; n == 0 || n > 20 {
		t.Errorf("one address caused %d calls by POST, and may cause 20", n)
	}
	if p := other.to(other.get("/b/3"), "done"); p.step() != "done" {
		t.Errorf("somebody else comes to %q", p.step())
	}
})

var _ = addDoor("6 a flood of pages is answered in some bytes", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy)
	contact := r.toAhead(r.get("/b/1"), "contact")
	greedy, other := r.from("198.51.100.7"), r.from("203.0.113.9")
	before := r.asked()
	var last page
	for range 310 {
		last = greedy.get(contact.url.String())
	}
	html, err := last.Html()
	if err != nil || last.status != http.StatusTooManyRequests || last.kind() != "busy" || len(html) > 1000 || last.header.Get("Retry-After") == "" {
		t.Errorf("the last of many pages: %d %q, %d bytes, %v", last.status, last.kind(), len(html), err)
	}
	for name, want := range contact.header {
		if name == "X-Content-Type-Options" || name == "Referrer-Policy" || name == "Permissions-Policy" {
			if got := last.header[name]; len(got) != 1 || got[0] != want[0] {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
	if n := r.asked() - before; n > 4 {
		t.Errorf("three hundred pages of one visit cost %d calls", n)
	}
	if p := other.to(other.get("/b/3"), "done"); p.step() != "done" {
		t.Errorf("somebody else comes to %q", p.step())
	}
	if n := strings.Count(r.log.String(), "pages held back"); n != 1 {
		t.Errorf("the log tells of it %d times", n)
	}
	clock.Add(time.Minute)
	if p := greedy.get(contact.url.String()); p.status != http.StatusOK {
		t.Errorf("a minute later: %d", p.status)
	}
})

// wrongCode is another code than the right one.
func wrongCode(right string, i int) string {
	code := fmt.Sprintf("%04d", 1000+i)
	if code == right {
		return "0999"
	}
	return code
}

var _ = addDoor("7 a right code is not refused for others' misses", func(t *testing.T) {
	clock := testclock.Running()
	r := newRigAt(t, clock.Now, behindProxy)
	const phone = annasPhone
	attacker, owner := r.from("198.51.100.7"), r.from("203.0.113.9")
	ask := func(by *rig) page {
		p := by.send(by.get("/me/1?lang=en"), map[string]string{"phone": phone})
		if !asksForCode(p) {
			t.Fatalf("no code is asked for: %s", p.Find("main").Text())
		}
		return p
	}
	for range 4 { // four forms, five tries each: one network has five of them
		p := ask(attacker)
		for i := range 5 {
			p = attacker.send(p, map[string]string{"code": wrongCode(r.code(), i)})
			if signedIn(p) || !asksForCode(p) {
				t.Fatalf("a wrong code leads to %q", p.step())
			}
		}
	}
	clock.Add(61 * time.Second) // the upstream itself has had enough of the first code
	b, j := r.browser()
	j.next = sayFrom("203.0.113.9")
	if p := b.send(ask(owner), map[string]string{"code": r.code()}); !signedIn(p) {
		t.Errorf("the owner's right code leads to %q: %s", p.step(), p.Find("main").Text())
	}
})

var _ = addDoor("7 a right code books whoever has tried wrong ones", func(t *testing.T) {
	clock := testclock.Running()
	r := newRigAt(t, clock.Now, behindProxy)
	attacker, owner := r.from("198.51.100.7"), r.from("203.0.113.9")
	for range 5 {
		p := attacker.askCode("+79161234567")
		for i := range 5 {
			p = attacker.send(p, map[string]string{"code": wrongCode(r.code(), i)})
			if len(r.online()) != 0 {
				t.Fatal("a wrong code has booked")
			}
			if !asksForCode(p) {
				break
			}
		}
	}
	clock.Add(61 * time.Second) // the upstream itself has had enough of the first code
	if p := owner.to(owner.askCode("+79161234567"), "done"); p.step() != "done" || len(r.online()) != 1 {
		t.Errorf("the owner's right code leads to %q: %s", p.step(), p.alert())
	}
})

var _ = addDoor("7 many who guess do not get far", func(t *testing.T) {
	r := newRig(t, behindProxy)
	r.askCode("+79161234567")
	before, right := r.calls(http.MethodPost, "/user/auth"), r.code()
	for i := range 40 {
		by := r.from(fmt.Sprintf("198.51.%d.7", i))
		p := by.send(by.get("/me/1?lang=en"), map[string]string{"phone": "+79161234567"})
		for j := range 5 {
			p = by.send(p, map[string]string{"code": wrongCode(right, 10*i+j)})
		}
	}
	if n := r.calls(http.MethodPost, "/user/auth") - before; n == 0 || n > 25 {
		t.Errorf("two hundred guesses from forty networks were tried %d times, want 25 at most", n)
	}
})

var _ = addDoor("7 a right password is not refused for others' misses", func(t *testing.T) {
	clock := testclock.Running()
	r := newRigAt(t, clock.Now, behindProxy)
	attacker := r.from("198.51.100.7")
	for range 15 {
		if p := attacker.byPassword("1", "anna@example.com", "wrong"); signedIn(p) {
			t.Fatal("a wrong password signs in")
		}
	}
	if n := r.calls(http.MethodPost, "/booking/auth"); n != 10 {
		t.Errorf("fifteen wrong passwords of one network were tried %d times, want 10", n)
	}
	signIn := func(address string) page {
		b, j := r.browser()
		j.next = sayFrom(address)
		return b.byPassword("1", "anna@example.com", "sandbox")
	}
	if p := signIn("203.0.113.9"); !signedIn(p) {
		t.Errorf("the owner's password leads to %q: %s", p.step(), p.Find("main").Text())
	}
	for i := range 60 { // however many are wrong about it everywhere
		r.from(fmt.Sprintf("198.51.%d.7", i)).byPassword("1", "anna@example.com", "wrong")
	}
	b, j := r.browser()
	j.next = sayFrom("203.0.113.10")
	p := b.byPassword("1", "anna@example.com", "sandbox")
	if !asksForProof(p) {
		t.Fatalf("after seventy misses the password is tried without ado: %q", p.step())
	}
	html, err := p.Html()
	if err != nil || strings.Contains(html, ">sandbox<") || strings.Contains(html, `"sandbox"`) {
		t.Error("the page holds the password")
	}
	p = b.send(p, map[string]string{"proof": solved(t, p)})
	if p.Find("main [name=password]").Length() != 1 || p.Find("main [name=login]").AttrOr("value", "") != "anna@example.com" {
		t.Fatalf("the solved puzzle leads to %s", p.Find("main").Text())
	}
	if p = b.send(p, map[string]string{"password": "sandbox"}); !signedIn(p) {
		t.Errorf("the owner's password after the puzzle leads to %q: %s", p.step(), p.Find("main").Text())
	}
})

var _ = addDoor("7 a right link is not refused for others' misses", func(t *testing.T) {
	r := newRig(t, behindProxy)
	own, aim := r.two()
	get := func(address, path string) int { return r.from(address).get(path).status }
	link := func(hash string) string { return fmt.Sprintf("/r/1/%d/%d/%s", aim.Company, aim.ID, hash) }
	for i := range 30 { // at the very visit, from the owner's address and from others
		get("203.0.113.9", link(fmt.Sprintf("%032d", i)))
		get(fmt.Sprintf("198.51.100.%d", i), link(fmt.Sprintf("%032d", 100+i)))
	}
	if got := get("203.0.113.9", link(fmt.Sprintf("%032d", 999))); got != http.StatusTooManyRequests {
		t.Errorf("one more wrong link gets %d", got)
	}
	if got := get("203.0.113.9", link(aim.Hash)); got != http.StatusOK {
		t.Errorf("the right link gets %d", got)
	}
	for i := range 100 {
		get("203.0.113.9", fmt.Sprintf("/r/1/%d/%d/%032d", aim.Company, aim.ID+100+i, i))
	}
	before := r.calls(http.MethodGet, "/book_record/")
	if got := get("203.0.113.9", link(aim.Hash)); got != http.StatusOK {
		t.Errorf("after many misses a link that has opened its visit gets %d", got)
	}
	if got := get("203.0.113.9", fmt.Sprintf("/r/1/%d/%d/%s", own.Company, own.ID, strings.Repeat("7", 32))); got != http.StatusTooManyRequests {
		t.Errorf("a wrong link gets %d", got)
	}
	if n := r.calls(http.MethodGet, "/book_record/") - before; n != 1 {
		t.Errorf("%d links were looked up, want the right one alone", n)
	}
})

var _ = addDoor("8 a network of many addresses is one", func(t *testing.T) {
	for name, address := range map[string]func(i int) string{
		"a /48": func(i int) string { return fmt.Sprintf("2001:db8:7:%x::1", i*257) },
		"a /56": func(i int) string { return fmt.Sprintf("2001:db8:7:%x::1", i) },
		"a /24": func(i int) string { return fmt.Sprintf("198.51.100.%d", i) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, behindProxy, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=10")
			puzzles := 0
			for i := range 46 {
				by := r.from(address(i))
				p := by.askCode(fmt.Sprintf("+7916123%04d", i))
				if asksForProof(p) {
					puzzles++
				}
			}
			if n := len(r.box.Messages()); n == 0 || n > 16 {
				t.Errorf("forty-six addresses of one network had %d messages sent", n)
			}
			if puzzles == 0 {
				t.Error("nobody was asked for a proof")
			}
			if p := r.from("203.0.113.9").askCode("+79161239999"); !asksForCode(p) {
				t.Errorf("somebody else gets no code: %s", p.Find("main").Text())
			}
		})
	}
})

var _ = addDoor("8 a salon's messages are not gone in an hour", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy, "OKOSHKO_LIMITS_SMS_PER_SALON=60")
	send := func(i int) page {
		by := r.from(fmt.Sprintf("198.51.%d.7", i))
		p := by.askCode(fmt.Sprintf("+7916123%04d", i))
		for tries := 0; asksForProof(p) && tries < 3; tries++ {
			clock.Add(5 * time.Minute) // without scripts
			p = by.send(p, nil)
		}
		return p
	}
	steps := 0
	for i := range 14 {
		by := r.from(fmt.Sprintf("198.51.%d.7", i))
		if p := by.askCode(fmt.Sprintf("+7916123%04d", i)); asksForProof(p) {
			n, err := strconv.Atoi(p.Find("main form").AttrOr("data-steps", ""))
			if err != nil || n < steps {
				t.Errorf("message %d costs %d steps, the one before %d (%v)", i, n, steps, err)
			}
			steps = n
			by.send(p, map[string]string{"proof": solved(t, p)})
		}
	}
	if n := len(r.box.Messages()); n != 10 {
		t.Errorf("in an hour the salon has %d messages of 60, want 10", n)
	}
	if steps < 2*60_000 {
		t.Errorf("the last puzzle has %d steps", steps)
	}
	clock.Add(time.Hour)
	if p := send(99); !asksForCode(p) {
		t.Errorf("an hour later: %s", p.alert())
	}
})

var _ = addDoor("8 puzzles of before are worth little later", func(t *testing.T) {
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=5")
	by := r.from("198.51.100.7")
	for i := range 4 {
		by.askCode(fmt.Sprintf("+7916123%04d", i))
	}
	var easy []page
	for i := range 8 { // all asked for while they are easy
		p := by.askCode(fmt.Sprintf("+7916124%04d", i))
		if !asksForProof(p) {
			t.Fatalf("puzzle %d: %s", i, p.Find("main").Text())
		}
		easy = append(easy, p)
	}
	answers := make([]string, len(easy))
	for i, p := range easy {
		answers[i] = solved(t, p)
	}
	sent := len(r.box.Messages())
	for i, p := range easy {
		by.send(p, map[string]string{"proof": answers[i]})
	}
	if n := len(r.box.Messages()) - sent; n == 0 || n > 3 {
		t.Errorf("eight easy puzzles had %d messages sent", n)
	}
	p := easy[0]
	if again := by.send(p, map[string]string{"proof": answers[0]}); len(r.box.Messages())-sent > 3 {
		t.Errorf("an answer is good twice: %q", again.step())
	}
})

var _ = addDoor("8 who waits for many puzzles goes on with one", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=5")
	by := r.from("198.51.100.7")
	for i := range 4 {
		by.askCode(fmt.Sprintf("+7916123%04d", i))
	}
	var waiting []page
	for i := range 6 {
		waiting = append(waiting, by.askCode(fmt.Sprintf("+7916124%04d", i)))
	}
	clock.Add(31 * time.Second)
	sent := len(r.box.Messages())
	for _, p := range waiting {
		by.send(p, nil)
	}
	if n := len(r.box.Messages()) - sent; n != 1 {
		t.Errorf("six who wait at one address go on %d at a time", n)
	}
})

// refusedPress presses the last button for a visit that the upstream refuses.
func (r *rig) refusedPress(i int) page {
	r.t.Helper()
	own := maps.Clone(anna)
	own["phone"] = fmt.Sprintf("+7916125%04d", i)
	return r.send(r.send(r.to(r.get("/b/1"), "contact"), own), nil)
}

var _ = addDoor("12 presses that book nothing are no bookings", func(t *testing.T) {
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=3", "OKOSHKO_LIMITS_CALLS_PER_ADDRESS=0")
	carrier := r.from("198.51.100.7")
	r.fault(`{"path":"/book_record/","method":"POST","status":422,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"no\",\"errors\":{\"code\":431,\"message\":\"no\"}}}","times":8}`)
	for i := range 8 {
		if p := carrier.refusedPress(i); p.step() == "done" {
			t.Fatalf("press %d has booked", i)
		}
	}
	r.fault(`{}`)
	for i := range 3 {
		if p := carrier.refusedPress(100 + i); p.step() != "done" {
			t.Fatalf("booking %d leads to %q: %s", i+1, p.step(), p.alert())
		}
	}
	if p := carrier.refusedPress(200); p.step() != "contact" || len(r.online()) != 3 {
		t.Errorf("the fourth booking leads to %q with %d records", p.step(), len(r.online()))
	}
	own := maps.Clone(anna)
	own["phone"] = "+79161250300"
	if p := carrier.to(carrier.send(carrier.to(carrier.get("/b/4"), "contact"), own), "done"); p.step() != "done" {
		t.Errorf("at another salon the address comes to %q: %s", p.step(), p.alert())
	}
})

var _ = addDoor("13 one code a minute, whatever the salon", func(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy)
	forms := []string{"2", "18", "20", "1"}
	var wg sync.WaitGroup
	for i := range 12 {
		by := r.from(fmt.Sprintf("198.51.%d.7", i))
		p := by.get("/me/" + forms[i%len(forms)] + "?lang=en")
		wg.Go(func() { by.send(p, map[string]string{"phone": "+79161234567"}) })
	}
	wg.Wait()
	if n := len(r.box.Messages()); n != 1 {
		t.Errorf("%d messages at once went to one phone", n)
	}
	clock.Add(61 * time.Second)
	if p := r.askCode("+79161234567"); !asksForCode(p) || len(r.box.Messages()) != 2 {
		t.Errorf("a minute later there are %d messages", len(r.box.Messages()))
	}
})

var _ = addDoor("13 one code a minute, whatever the process", func(t *testing.T) {
	a, b := twins(t)
	var wg sync.WaitGroup
	for i := range 10 {
		by := []*rig{a, b}[i%2]
		p := by.get("/me/" + []string{"1", "2"}[i/2%2] + "?lang=en")
		wg.Go(func() { by.send(p, map[string]string{"phone": "+79161234567"}) })
	}
	wg.Wait()
	if n := len(a.box.Messages()); n != 1 {
		t.Errorf("%d messages at once went to one phone", n)
	}
})

var _ = addDoor("14 a proxy that is not listed", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=2", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=1")
	_, aim := r.two()
	for i := range 15 {
		r.from(fmt.Sprintf("198.51.100.%d", i)).get(fmt.Sprintf("/r/1/%d/%d/%032d", aim.Company, aim.ID, i))
	}
	if got := r.from("203.0.113.9").get(fmt.Sprintf("/r/1/%d/%d/%s", aim.Company, aim.ID, aim.Hash)).status; got != http.StatusOK {
		t.Errorf("after misses of others the right link gets %d", got)
	}
	for i := range 12 {
		by := r.from(fmt.Sprintf("203.0.113.%d", i))
		if p := by.askCode(fmt.Sprintf("+7916123%04d", i)); !asksForCode(p) {
			t.Fatalf("customer %d gets no code: %s", i, p.Find("main").Text())
		}
	}
	booked := len(r.online())
	for i := range 3 {
		if p := r.from(fmt.Sprintf("203.0.113.%d", i)).refusedPress(i); p.step() != "done" {
			t.Errorf("customer %d comes to %q", i, p.step())
		}
	}
	if n := len(r.online()) - booked; n != 3 {
		t.Errorf("%d of 3 have booked", n)
	}
	const told = "trusted_proxies does not list"
	if n := strings.Count(r.log.String(), told); n != 1 {
		t.Errorf("the log tells of the proxy %d times", n)
	}
	if p := r.operator(http.MethodGet, "/", nil); !strings.Contains(p.Find("#proxies").Text(), "OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1") {
		t.Error("the operator's page does not tell of the proxy")
	}
	listed := newRig(t, behindProxy)
	listed.from("203.0.113.9").get("/b/1")
	if strings.Contains(listed.log.String(), told) {
		t.Error("a listed proxy is told of")
	}
	listed.get("/b/1")
	if !strings.Contains(listed.log.String(), "does not say whom it asks for") {
		t.Error("nobody is told of a listed proxy that does not say whom it asks for")
	}
})
