package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/session"
	"okoshko/internal/testclock"
)

// jar is a browser that takes every cookie; Go's own would not send ours without TLS.
type jar struct {
	mu      sync.Mutex
	cookies map[string]string
	set     []*http.Cookie // everything that was ever set

	next http.RoundTripper // nil: the default
}

func (j *jar) RoundTrip(req *http.Request) (*http.Response, error) {
	j.mu.Lock()
	for name, value := range j.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	j.mu.Unlock()
	next := j.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, cookie := range resp.Cookies() {
		j.set = append(j.set, cookie)
		if j.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(j.cookies, cookie.Name)
		}
	}
	return resp, nil
}

// account is the cookie of the account, "" when there is none.
func (j *jar) account() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cookies[session.AccountCookie]
}

// browser is the same rig seen by a browser of its own.
func (r *rig) browser() (*rig, *jar) {
	j := &jar{cookies: map[string]string{}}
	out := *r
	out.http = &http.Client{Transport: j}
	return &out, j
}

// Anna of the sandbox has visits at 501 and 601.
const annasPhone = "+7 900 111-22-33"

// byCode signs in at a form by a code to a phone.
func (r *rig) byCode(form, phone string) page {
	r.t.Helper()
	p := r.send(r.get("/me/"+form+"?lang=en"), map[string]string{"phone": phone})
	if !asksForCode(p) {
		r.t.Fatalf("no code is asked for: %d %s", p.status, p.Find("main").Text())
	}
	return r.send(p, map[string]string{"code": r.code()})
}

// byPassword signs in at a form with a password.
func (r *rig) byPassword(form, login, password string) page {
	r.t.Helper()
	return r.send(r.get("/me/"+form+"/password?lang=en"), map[string]string{"login": login, "password": password})
}

func signedIn(p page) bool { return p.step() == "me" && p.Find("main [data-leave]").Length() == 1 }

func TestSignInByCode(t *testing.T) {
	t.Parallel()
	r, j := newRig(t).browser()
	p := r.get("/me/1?lang=en")
	if p.step() != "me" || p.header.Get("Cache-Control") != "no-store" || p.header.Get("Referrer-Policy") != "no-referrer" || len(j.set) != 0 {
		t.Fatalf("step %q, headers %v, cookies %v", p.step(), p.header, j.set)
	}
	p = r.byCode("1", annasPhone)
	if !signedIn(p) || p.Find("main [data-record]").Length() < 2 || p.Find("main a[rel=record]").Length() < 2 {
		t.Fatalf("after the code: %d %s", p.status, p.Find("main").Text())
	}
	if p.Find("main [data-move]").Length() == 0 || p.Find("main [data-cancel]").Length() == 0 {
		t.Error("no coming visit can be moved or cancelled")
	}
	html, _ := p.Html()
	for _, secret := range []string{"9001112233", "111-22-33", "anna@example.com", r.token(annasPhone)} {
		if secret == "" || strings.Contains(html, secret) {
			t.Errorf("the page tells %q", secret)
		}
	}
	last := j.set[len(j.set)-1]
	if last.Name != session.AccountCookie || !last.HttpOnly || !last.Secure || !last.Partitioned || last.SameSite != http.SameSiteNoneMode {
		t.Errorf("the cookie is %v", last)
	}
	// Somebody whom nobody knows gets the same answers, and an empty list.
	r, _ = r.browser()
	if p = r.byCode("1", "+7 916 000-00-01"); !signedIn(p) || p.Find("main [data-record]").Length() != 0 {
		t.Errorf("somebody new: %s", p.Find("main").Text())
	}
}

// token is a customer's token at the upstream, asked for by the same password that the sandbox lays.
func (r *rig) token(phone string) string {
	for _, u := range r.box.Users() {
		if "+"+u.Phone == strings.NewReplacer(" ", "", "-", "").Replace(phone) {
			return u.Token
		}
	}
	return ""
}

func TestS16CodeIsSentWhoeverAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var texts []string
	for _, phone := range []string{annasPhone, "+7 900 111-22-99"} {
		p := r.send(r.get("/me/1?lang=en"), map[string]string{"phone": phone})
		texts = append(texts, strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return -1
			}
			return c
		}, p.Find("main").Text()))
	}
	if texts[0] != texts[1] || len(r.box.Messages()) != 2 {
		t.Errorf("a known and an unknown phone: %q, %q; messages %d", texts[0], texts[1], len(r.box.Messages()))
	}
}

func TestSignInByPassword(t *testing.T) {
	t.Parallel()
	r, j := newRig(t).browser()
	for _, wrong := range [][2]string{{"anna@example.com", "wrong"}, {"nobody@example.com", "sandbox"}, {"anna@example.com", ""}, {"", "sandbox"}} {
		p := r.byPassword("1", wrong[0], wrong[1])
		if p.status != http.StatusUnprocessableEntity || signedIn(p) || p.alert() == "" || p.Find("[name=login]").AttrOr("value", "") != wrong[0] {
			t.Errorf("%v: status %d, alert %q", wrong, p.status, p.alert())
		}
		if p.Find("[name=password]").AttrOr("value", "") != "" {
			t.Error("the page repeats the password")
		}
	}
	before := j.account()
	if p := r.byPassword("1", "anna@example.com", "sandbox"); !signedIn(p) {
		t.Fatalf("not signed in: %s", p.Find("main").Text())
	}
	first := j.account()
	if before != "" || first == "" {
		t.Errorf("cookies before and after: %q, %q", before, first)
	}
	if p := r.get("/me/1/password?lang=en"); !signedIn(p) {
		t.Error("a form of somebody who has signed in asks to sign in again")
	}
	r, _ = r.browser()
	if p := r.byPassword("1", "8 900 111-22-33", "sandbox"); !signedIn(p) {
		t.Errorf("by phone: %s", p.Find("main").Text())
	}
}

// TestSessionsAreRenewed: the id of before the sign-in opens nothing after it.
func TestSessionsAreRenewed(t *testing.T) {
	t.Parallel()
	r, j := newRig(t).browser()
	r.byPassword("1", "anna@example.com", "sandbox")
	first := j.account()
	r.send(r.get("/me/1?lang=en"), nil) // the only form of the list signs out
	if j.account() != "" {
		t.Fatal("signing out leaves the cookie")
	}
	j.cookies[session.AccountCookie] = first // a stolen cookie, or one planted before
	if p := r.get("/me/1?lang=en"); signedIn(p) {
		t.Fatal("the session lives on after signing out")
	}
	r.byPassword("1", "anna@example.com", "sandbox")
	if j.account() == first {
		t.Error("a planted id has become the customer's")
	}
	now := j.account()
	j.cookies[session.AccountCookie] = first
	if p := r.get("/me/1?lang=en"); signedIn(p) {
		t.Error("the old id opens the new session")
	}
	if now == "" || now == first {
		t.Error("no new id")
	}
}

// TestSignedOutMeanwhile signs out while a change of the profile is under way: what ends last does not bring
// the session back.
func TestSignedOutMeanwhile(t *testing.T) {
	t.Parallel()
	slowed, came, letGo := held(t, http.MethodPut, "/booking/user")
	r, j := slowed.browser()
	list := r.byPassword("1", "anna@example.com", "sandbox")
	cookie := j.account()
	profile := r.get("/me/1/profile?lang=en")
	slow := make(chan page)
	go func() { slow <- r.send(profile, map[string]string{"fullname": "X"}) }()
	<-came // done, and not yet answered
	r.send(list, nil)
	letGo()
	if p := <-slow; signedIn(p) || p.step() != "me" || p.alert() == "" || j.account() != "" {
		t.Errorf("the slow one, %s: step %q, alert %q, cookie %v", p.url, p.step(), p.alert(), j.account() != "")
	}
	j.cookies[session.AccountCookie] = cookie
	if p := r.get("/me/1?lang=en"); signedIn(p) {
		t.Error("the session has come back to life")
	}
}

// TestS08SessionsEnd after half an hour of silence, and after half a day whatever happens.
func TestS08SessionsEnd(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r, _ := newRigAt(t, clock.Now).browser()
	r.byPassword("1", "anna@example.com", "sandbox")
	clock.Add(29 * time.Minute)
	if p := r.get("/me/1?lang=en"); !signedIn(p) {
		t.Fatal("signed out after 29 minutes")
	}
	clock.Add(31 * time.Minute)
	if p := r.get("/me/1?lang=en"); signedIn(p) {
		t.Fatal("signed in after 31 minutes of silence")
	}
	r.byPassword("1", "anna@example.com", "sandbox")
	for i := range 40 {
		clock.Add(20 * time.Minute)
		p := r.get("/me/1?lang=en")
		if hours := float64(i+1) / 3; signedIn(p) != (hours <= 12) {
			t.Fatalf("after %.1f hours signed in = %v", hours, signedIn(p))
		} else if hours > 12 {
			break
		}
	}
	if p := r.get("/me/1/profile?lang=en"); p.Find("[name=fullname]").Length() != 0 {
		t.Error("the profile is shown to nobody")
	}
}

// TestMyVisitsCanBeChanged moves and cancels a visit of the list, without its link.
func TestMyVisitsCanBeChanged(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t).browser()
	p := r.byPassword("1", "anna@example.com", "sandbox")
	moved := r.press(p, "main [data-record]:has([data-move]) a[rel=record]")
	if moved.step() != "record" || !strings.HasPrefix(moved.url.Path, "/me/1/visit/501/") {
		t.Fatalf("a visit of the list leads to %q, %s", moved.step(), moved.url)
	}
	if html, _ := moved.Html(); strings.Contains(html, "/r/1/") {
		t.Error("the page tells a link that opens the visit for anybody")
	}
	days := r.press(moved, "main a[data-move]")
	late := r.get(r.absolute(days.url, days.Find("main a[data-date]").Last().AttrOr("href", "")))
	if p = r.send(r.press(late, "main a[data-slot]"), nil); p.badge() != "moved" || r.calls("PUT", "/book_record/501/") != 1 {
		t.Fatalf("moved: badge %q: %s", p.badge(), p.Find("main").Text())
	}
	if body, _ := r.file(p.Find("main a[href*='/visit.ics']").AttrOr("href", "")); !strings.Contains(body, "BEGIN:VEVENT") {
		t.Error("no calendar file")
	}
	if p = r.send(r.press(p, "main a[data-cancel]"), nil); p.badge() != "cancelled" || r.calls("DELETE", "/user/records/") != 1 {
		t.Fatalf("cancelled: badge %q: %s", p.badge(), p.Find("main").Text())
	}
	if p = r.press(p, "main a:contains('"+says(t, "en", "widget.me.back")+"')"); !signedIn(p) || p.Find("main .badge.cancelled").Length() != 1 {
		t.Errorf("the list does not show it: %s", p.Find("main").Text())
	}
	if p = r.press(p, "main [data-record] a:contains('"+says(t, "en", "widget.record.repeat")+"')"); !strings.HasPrefix(p.url.Path, "/b/1/") {
		t.Errorf("booking again leads to %s", p.url)
	}
}

// TestOthersVisitsStayClosed: an account opens its own visits, at this form's companies, and no others.
func TestOthersVisitsStayClosed(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t).browser()
	r.visitOf("1")
	theirs := r.latest()
	p := r.byPassword("1", "anna@example.com", "sandbox")
	ids := map[string]bool{}
	p.Find("main [data-record]").Each(func(_ int, s *goquery.Selection) { ids[s.AttrOr("data-record", "")] = true })
	chain := r.get("/me/3?lang=en")
	if !signedIn(chain) || chain.Find("main [data-record]").Length() == 0 {
		t.Fatalf("the chain's list: %s", chain.Find("main").Text())
	}
	chain.Find("main [data-record]").Each(func(_ int, s *goquery.Selection) {
		if ids[s.AttrOr("data-record", "")] {
			t.Error("a visit stands in the lists of two salons")
		}
	})
	for _, path := range []string{"501/" + strconv.Itoa(theirs.ID), "502/" + strconv.Itoa(theirs.ID), "501/1", "601/" + slices.Sorted(maps.Keys(ids))[0], "x/y"} {
		for _, act := range []string{"", "/cancel", "/move", "/visit.ics"} {
			if p := r.get("/me/1/visit/" + path + act + "?lang=en"); p.status != http.StatusNotFound && p.status != http.StatusTooManyRequests {
				t.Errorf("%s%s gets %d", path, act, p.status)
			}
		}
	}
	if r.writes() != 0 {
		t.Errorf("calls that change = %d", r.writes())
	}
	nobody, _ := r.browser()
	own := slices.Sorted(maps.Keys(ids))[0]
	if p := nobody.get("/me/1/visit/501/" + own + "?lang=en"); p.step() != "me" || signedIn(p) || p.Find("main [data-record]").Length() != 0 {
		t.Errorf("nobody gets step %q", p.step())
	}
}

// TestFormsBelongToTheirSession: a form that one customer was given does nothing for another.
func TestFormsBelongToTheirSession(t *testing.T) {
	t.Parallel()
	one, _ := newRig(t).browser()
	p := one.byPassword("1", "anna@example.com", "sandbox")
	visit := one.press(p, "main [data-record]:has([data-cancel]) a[rel=record]")
	action, values := one.form(one.press(visit, "main a[data-cancel]"))
	two, _ := one.browser()
	two.byPassword("1", "anna@example.com", "sandbox") // the same customer, another session
	if got := two.post(action, values); got.status != http.StatusForbidden || one.writes() != 0 {
		t.Errorf("another session's form: status %d", got.status)
	}
	action, values = one.form(p)
	if got := two.post(action, values); got.status != http.StatusForbidden {
		t.Errorf("another session's way out: status %d", got.status)
	}
	for _, path := range []string{"/me/1", "/me/1/password", "/me/1/profile", "/me/1/profile/phone", "/me/1/profile/password", "/me/1/leave"} {
		if got := one.ask(http.MethodPost, path, url.Values{"phone": {annasPhone}}, nil); got.status != http.StatusForbidden {
			t.Errorf("%s without a token: status %d", path, got.status)
		}
		if got := one.ask(http.MethodPost, path, url.Values{}, map[string]string{"Sec-Fetch-Site": "cross-site"}); got.status != http.StatusForbidden {
			t.Errorf("%s from another site: status %d", path, got.status)
		}
	}
	if len(one.box.Messages()) != 0 {
		t.Error("a message was sent")
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t).browser()
	r.byPassword("1", "anna@example.com", "sandbox")
	p := r.get("/me/1/profile?lang=en")
	if got := p.Find("[name=email]").AttrOr("value", ""); got != "anna@example.com" {
		t.Fatalf("e-mail = %q", got)
	}
	if strings.Contains(p.Find("main").Text(), "111-22-33") {
		t.Error("the page tells the phone")
	}
	bad := r.send(p, map[string]string{"fullname": "", "email": "anna@"})
	if bad.status != http.StatusUnprocessableEntity || bad.Find("[aria-invalid=true]").Length() != 2 || bad.Find("[name=email]").AttrOr("value", "") != "anna@" {
		t.Errorf("wrong fields: status %d, marked %d", bad.status, bad.Find("[aria-invalid=true]").Length())
	}
	if p = r.send(bad, map[string]string{"fullname": "Анна Новая", "email": "new@example.com"}); p.status != http.StatusOK || p.Find("[name=fullname]").AttrOr("value", "") != "Анна Новая" || p.Find("[role=status]").Length() != 1 {
		t.Fatalf("saved: %d %s", p.status, p.Find("main").Text())
	}
	if u := r.user("79001112233"); u.Name != "Анна Новая" || u.Email != "new@example.com" {
		t.Errorf("the upstream has %+v", u)
	}
	// Another phone, by a code to it.
	p = r.send(r.get("/me/1/profile/phone?lang=en"), map[string]string{"phone": "12"})
	if p.Find("[name=phone][aria-invalid=true]").Length() != 1 {
		t.Errorf("a phone that is none: %s", p.Find("main").Text())
	}
	p = r.send(p, map[string]string{"phone": "+7 900 555-66-77"})
	if !asksForCode(p) || r.box.Messages()[0].Phone != "79005556677" {
		t.Fatalf("the code: %s", p.Find("main").Text())
	}
	wrong := "0000"
	p = r.send(p, map[string]string{"code": wrong})
	if !asksForCode(p) || p.alert() == "" {
		t.Fatalf("a wrong code: %s", p.Find("main").Text())
	}
	if p = r.send(p, map[string]string{"code": r.code()}); p.Find("[role=status]").Length() != 1 || r.user("79005556677").Name != "Анна Новая" {
		t.Errorf("the new phone: %s", p.Find("main").Text())
	}
	if p = r.get("/me/1?lang=en"); p.Find("main [data-record]").Length() < 2 {
		t.Error("the visits are lost with the old phone")
	}
}

// TestFormsThatLayTooLong keep what was typed and ask for one more press; signing out needs none.
func TestFormsThatLayTooLong(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r, j := newRigAt(t, clock.Now).browser()
	list := r.byPassword("1", "anna@example.com", "sandbox")
	profile, phone, password := r.get("/me/1/profile?lang=en"), r.get("/me/1/profile/phone?lang=en"), r.get("/me/1/profile/password?lang=en")
	if left, err := strconv.Atoi(list.Find("main [data-ending][hidden]").AttrOr("data-ending", "")); err != nil || left < 1700 || left > 1800 {
		t.Errorf("the page gives %d s, %v", left, err)
	}
	clock.Add(20 * time.Minute)
	r.get(list.Find("main [data-ending] a").AttrOr("href", "")) // what a press on "stay" asks for
	clock.Add(20 * time.Minute)
	for name, tt := range map[string]struct {
		form page
		fill map[string]string
	}{
		"profile":  {profile, map[string]string{"fullname": "Typed Name", "email": "typed@example.com"}},
		"phone":    {phone, map[string]string{"phone": "+7 900 555-66-77"}},
		"password": {password, map[string]string{"current": "sandbox", "password": "long enough"}},
	} {
		p := r.send(tt.form, tt.fill)
		if p.alert() == "" || p.Find("main form[method=post]").Length() != 1 {
			t.Errorf("%s: step %q, alert %q", name, p.step(), p.alert())
		}
		for field, typed := range tt.fill {
			want := typed
			if name == "password" {
				want = ""
			}
			if got := p.Find("main [name="+field+"]").AttrOr("value", ""); got != want {
				t.Errorf("%s: %s is %q, want %q", name, field, got, want)
			}
		}
	}
	if r.calls("PUT", "/booking/user") != 0 || len(r.box.Messages()) != 0 {
		t.Error("an old form has changed something")
	}
	if r.send(list, nil); j.account() != "" {
		t.Error("an old form does not sign out")
	}
}

// user is a customer of the sandbox by phone.
func (r *rig) user(phone string) sandbox.User {
	for _, u := range r.box.Users() {
		if u.Phone == phone {
			return u
		}
	}
	return sandbox.User{}
}

// TestNewPassword keeps this session and ends the others.
func TestNewPassword(t *testing.T) {
	t.Parallel()
	one, j := newRig(t).browser()
	two, _ := one.browser()
	one.byPassword("1", "anna@example.com", "sandbox")
	two.byPassword("1", "anna@example.com", "sandbox")
	first := j.account()
	for fill, field := range map[[2]string]string{{"wrong", "long enough"}: "current", {"sandbox", "short"}: "password"} {
		p := one.send(one.get("/me/1/profile/password?lang=en"), map[string]string{"current": fill[0], "password": fill[1]})
		if p.Find("[name="+field+"][aria-invalid=true]").Length() != 1 || p.Find("[name=password]").AttrOr("value", "") != "" {
			t.Errorf("%v: %s", fill, p.Find("main").Text())
		}
	}
	p := one.send(one.get("/me/1/profile/password?lang=en"), map[string]string{"current": "sandbox", "password": "long enough"})
	if p.Find("[role=status]").Length() != 1 || j.account() == first {
		t.Fatalf("changed: %s", p.Find("main").Text())
	}
	if p = one.get("/me/1?lang=en"); !signedIn(p) {
		t.Error("the device that changed the password is signed out")
	}
	if p = two.get("/me/1?lang=en"); signedIn(p) || p.alert() == "" {
		t.Errorf("the other device: %s", p.Find("main").Text())
	}
	if p = two.byPassword("1", "anna@example.com", "sandbox"); signedIn(p) {
		t.Error("the old password is still good")
	}
	if p = two.byPassword("1", "anna@example.com", "long enough"); !signedIn(p) {
		t.Error("the new password is not good")
	}
}

// TestSignedOutInTheMiddle: the token dies elsewhere, every page asks to sign in again and says why, and
// whoever does, by password or by code, is where he was.
func TestSignedOutInTheMiddle(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	again := map[bool]func(r *rig, p page) page{
		true: func(r *rig, p page) page {
			p = r.press(p, "main a[href*='/me/1/password']")
			p = r.send(p, map[string]string{"login": "anna@example.com", "password": "wrong"})
			return r.send(p, map[string]string{"login": "anna@example.com", "password": "sandbox"})
		},
		false: func(r *rig, p page) page {
			p = r.send(p, map[string]string{"phone": annasPhone})
			p = r.send(p, map[string]string{"code": "0000"})
			return r.send(p, map[string]string{"code": r.code()})
		},
	}
	byPassword := false
	for name, open := range map[string]func(r *rig, list, visit, cancel, profile page) page{
		"list":     func(r *rig, list, _, _, _ page) page { return r.get(list.url.String()) },
		"visit":    func(r *rig, _, visit, _, _ page) page { return r.get(visit.url.String()) },
		"calendar": func(r *rig, _, visit, _, _ page) page { return r.get(visit.url.Path + "/visit.ics?lang=en") },
		"cancel":   func(r *rig, _, _, cancel, _ page) page { return r.send(cancel, nil) },
		"move":     func(r *rig, _, visit, _, _ page) page { return r.get(visit.url.Path + "/move?lang=en") },
		"profile":  func(r *rig, _, _, _, profile page) page { return r.send(profile, map[string]string{"fullname": "X"}) },
	} {
		clock.Add(16 * time.Minute) // past the limits on tries
		r, j := r.browser()
		list := r.byPassword("1", "anna@example.com", "sandbox")
		visit := r.press(list, "main [data-record]:has([data-cancel]) a[rel=record]")
		cancel, profile := r.press(visit, "main a[data-cancel]"), r.get("/me/1/profile?lang=en")
		r.box.ForgetTokens()
		p := open(r, list, visit, cancel, profile)
		if p.step() != "me" || signedIn(p) || p.Find("main [name=phone]").Length() != 1 || p.alert() == "" || j.account() != "" {
			t.Errorf("%s: step %q, alert %q, cookie %v", name, p.step(), p.alert(), j.account() != "")
		}
		byPassword = !byPassword
		at := map[string]string{
			"list": "/me/1", "visit": visit.url.Path, "calendar": visit.url.Path, "cancel": cancel.url.Path, "move": visit.url.Path + "/move", "profile": "/me/1/profile",
		}[name]
		if p = again[byPassword](r, p); p.url.Path != at || p.status != http.StatusOK || j.account() == "" {
			t.Errorf("%s, signed in again: at %s, want %s; status %d: %s", name, p.url, at, p.status, p.Find("main").Text())
		}
	}
	if r.writes() != 0 {
		t.Errorf("calls that change = %d", r.writes())
	}
}

// TestSigningInLeadsNowhereElse: the address that says where to go on names pages of this account alone.
func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t).browser()
	r.byPassword("1", "anna@example.com", "sandbox")
	if p := r.get("/me/1?lang=en&to=/profile/phone"); p.url.Path != "/me/1/profile/phone" {
		t.Errorf("a page of the account leads to %s", p.url)
	}
	for _, to := range []string{
		"//evil.example", "/\\evil.example", "https://evil.example/", "https:evil.example", "/profile/../../../r/1", "/profile@evil.example", "/profile\r\nX: y", "/leave",
		"/visit/501/1/visit.ics", "/visit/x/1", "/visit/501/1/move?slot=x", "%2f%2fevil.example", "/profile//evil.example", "javascript:alert(1)", "",
	} {
		p := r.get("/me/1?lang=en&to=" + url.QueryEscape(to))
		if p.url.Host != strings.TrimPrefix(r.app.URL, "http://") || p.url.Path != "/me/1" || !signedIn(p) {
			t.Errorf("%q leads to %s", to, p.url)
		}
		if html, _ := p.Html(); strings.Contains(html, "evil") {
			t.Errorf("%q is on the page", to)
		}
	}
}

// TestTriesAreLimited counts wrong codes and passwords, in a row and at once, and says whom to call.
func TestTriesAreLimited(t *testing.T) {
	t.Parallel()
	r := newRig(t, behindProxy).from("203.0.113.9")
	p := r.send(r.get("/me/1?lang=en"), map[string]string{"phone": annasPhone})
	action, values := r.form(p)
	code := r.code()
	var wg sync.WaitGroup
	for i := range 12 {
		form := maps.Clone(values)
		form.Set("code", strconv.Itoa(9000+i))
		if form.Get("code") == code {
			form.Set("code", "8999")
		}
		wg.Go(func() { r.post(action, form) })
	}
	wg.Wait()
	if n := r.calls("POST", "/user/auth"); n != 5 {
		t.Errorf("twelve codes at once: the upstream was asked %d times, want 5", n)
	}
	values.Set("code", code)
	if p = r.post(action, values); signedIn(p) || p.Find("[role=alert] a[href^='tel:']").Length() != 1 {
		t.Errorf("the right code after too many wrong ones: %s", p.Find("main").Text())
	}
	for range 12 {
		p = r.byPassword("1", "anna@example.com", "wrong")
	}
	if n := r.calls("POST", "/booking/auth"); n != 10 || p.Find("[role=alert] a[href^='tel:']").Length() != 1 {
		t.Errorf("twelve passwords: the upstream was asked %d times, want 10; %s", n, p.Find("main").Text())
	}
}

// TestCodesAreLimitedTogether: codes that are tried at a phone to book leave fewer to sign in with.
func TestCodesAreLimitedTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t, behindProxy).from("203.0.113.9")
	wrong := func(i int) string {
		if code := strconv.Itoa(1000 + i); code != r.code() {
			return code
		}
		return "0001"
	}
	r.from("198.51.100.7").askCode("+79001112233") // somebody else has had it sent
	p := r.askCode("+79001112233")
	for i := range 5 { // who has not, has five tries
		p = r.send(p, map[string]string{"code": wrong(i)})
	}
	sign := r.send(r.get("/me/1?lang=en"), map[string]string{"phone": annasPhone})
	if !asksForCode(sign) {
		t.Fatalf("no code is asked for: %s", sign.Find("main").Text())
	}
	if sign = r.send(sign, map[string]string{"code": r.code()}); signedIn(sign) || r.calls("POST", "/user/auth") != 0 || sign.Find("[role=alert] a[href^='tel:']").Length() != 1 {
		t.Errorf("after five wrong codes: %s", sign.Find("main").Text())
	}
	if !strings.Contains(r.log.String(), "limit=code-pair") {
		t.Error("the log does not say which limit")
	}
}

// TestSignInMessagesAreLimited: the limits on text messages hold here too.
func TestSignInMessagesAreLimited(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_LIMITS_SMS_PER_SALON=2")
	for i, phone := range []string{"+7 916 000-00-01", "+7 916 000-00-02", "+7 916 000-00-03"} {
		p := r.send(r.get("/me/1?lang=en"), map[string]string{"phone": phone})
		if asksForProof(p) { // the last one
			p = r.send(p, map[string]string{"proof": solved(t, p)})
		}
		if asksForCode(p) != (i < 2) {
			t.Errorf("message %d: %s", i+1, p.Find("main").Text())
		}
		if i == 2 && (p.Find("[role=alert] a[href^='tel:']").Length() != 1 || p.Find("[name=phone]").AttrOr("value", "") != phone) {
			t.Errorf("held back: %s", p.Find("main").Text())
		}
	}
	if n := len(r.box.Messages()); n != 2 {
		t.Errorf("messages = %d, want 2", n)
	}
}

// TestNoCookieOffersATab: a browser that keeps no cookie is told so after signing in, and in a frame before.
func TestNoCookieOffersATab(t *testing.T) {
	t.Parallel()
	r := newRig(t) // keeps no cookies
	p := r.byCode("1", annasPhone)
	tab := p.Find("main [role=status] a")
	if signedIn(p) || !strings.HasPrefix(tab.AttrOr("href", ""), "/me/1?") || tab.AttrOr("target", "") != "_blank" {
		t.Errorf("without cookies: %s", p.Find("main").Text())
	}
	framed := r.ask(http.MethodGet, "/me/1?lang=en", nil, map[string]string{"Sec-Fetch-Dest": "iframe"})
	if !strings.Contains(string(framed.body), "Open in a new tab") {
		t.Error("a frame is not offered a tab")
	}
	if strings.Contains(framed.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error("the account cannot be framed at all")
	}
}

// TestSignedInCustomersBookWithoutCode fills in the contact step and needs no text message.
func TestSignedInCustomersBookWithoutCode(t *testing.T) {
	t.Parallel()
	r, j := newRig(t).browser()
	r.byPassword("2", "anna@example.com", "sandbox")
	p := r.to(r.get("/b/2?lang=en"), "contact")
	for name, want := range map[string]string{"fullname": "Анна Соколова", "email": "anna@example.com", "phone": "+7 900 111-22-33"} {
		if got := p.Find("main [name="+name+"]").AttrOr("value", ""); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if p.Find("main details.more").Length() != 1 || p.Find("main details.more[open]").Length() != 0 {
		t.Error("the e-mail of the account unfolds what is optional")
	}
	confirm := r.send(p, map[string]string{"accept_personal_data": "1"})
	if confirm.step() != "confirm" || len(r.box.Messages()) != 0 {
		t.Fatalf("step %q, messages %d: %s", confirm.step(), len(r.box.Messages()), confirm.Find("main").Text())
	}
	if done := r.send(confirm, nil); done.step() != "done" || len(r.online()) == 0 || r.latest().Phone != "79001112233" {
		t.Fatalf("step %q: %s", done.step(), done.Find("main").Text())
	}
	if j.account() == "" || !signedIn(r.get("/me/2?lang=en")) {
		t.Error("booking has signed the customer out")
	}
	// Another phone needs its code all the same.
	p = r.to(r.get("/b/2?lang=en"), "contact")
	if p = r.send(p, map[string]string{"phone": "+7 916 123-45-67", "accept_personal_data": "1"}); !asksForCode(p) {
		t.Errorf("another phone: step %q", p.step())
	}
}

// TestCodeForWhoeverHasSignedIn: a salon may ask for a code all the same; then it is sent and typed in once.
func TestCodeForWhoeverHasSignedIn(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t).browser()
	r.byPassword("2", "anna@example.com", "sandbox")
	confirm := r.send(r.to(r.get("/b/2?lang=en"), "contact"), map[string]string{"accept_personal_data": "1"})
	r.fault(`{"path":"/book_record/502","method":"POST","times":1,"status":422,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"x\",\"errors\":[{\"code\":432,\"message\":\"code\"}]}}"}`)
	p := r.send(confirm, nil)
	if !asksForCode(p) || len(r.box.Messages()) != 1 || len(r.online()) != 0 {
		t.Fatalf("step %q, messages %d: %s", p.step(), len(r.box.Messages()), p.Find("main").Text())
	}
	if p = r.to(p, "done"); r.latest().Phone != "79001112233" || len(r.box.Messages()) != 1 {
		t.Errorf("messages %d: %s", len(r.box.Messages()), p.Find("main").Text())
	}
}

// TestTokenDiesBeforeBooking goes on with a code when the account is no longer good.
func TestTokenDiesBeforeBooking(t *testing.T) {
	t.Parallel()
	r, j := newRig(t).browser()
	r.byPassword("2", "anna@example.com", "sandbox")
	confirm := r.send(r.to(r.get("/b/2?lang=en"), "contact"), map[string]string{"accept_personal_data": "1"})
	r.fault(`{"path":"/book_record/502","method":"POST","times":1,"status":401,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"x\"}}"}`)
	p := r.send(confirm, nil)
	if p.step() != "contact" || p.alert() == "" || p.Find("[name=fullname]").AttrOr("value", "") != "Анна Соколова" || j.account() != "" {
		t.Fatalf("step %q, alert %q: %s", p.step(), p.alert(), p.Find("main").Text())
	}
	if p = r.send(p, map[string]string{"accept_personal_data": "1"}); !asksForCode(p) {
		t.Fatalf("step %q: %s", p.step(), p.Find("main").Text())
	}
	if p = r.to(p, "done"); p.step() != "done" {
		t.Error("no booking with the code")
	}
}
