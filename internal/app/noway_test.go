package app

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

// answer is what a request gets, as bytes.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// differs says in what an answer differs from another: status, headers or body, but not the id and the time.
func (a answer) differs(other answer) string {
	plain := func(h http.Header) http.Header {
		h = h.Clone()
		h.Del("X-Request-Id")
		h.Del("Date")
		return h
	}
	switch {
	case a.status != other.status:
		return fmt.Sprintf("status %d, not %d", a.status, other.status)
	case !reflect.DeepEqual(plain(a.header), plain(other.header)):
		return fmt.Sprintf("headers %v, not %v", plain(a.header), plain(other.header))
	case !bytes.Equal(a.body, other.body):
		return fmt.Sprintf("body\n%s\nnot\n%s", a.body, other.body)
	}
	return ""
}

// ask sends a request as it is written, with nothing tidied up.
func (r *rig) ask(method, path string, values url.Values, header map[string]string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.app.URL+"/", strings.NewReader(values.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.URL.Opaque = strings.TrimPrefix(r.app.URL, "http:") + path
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", r.app.URL)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{resp.StatusCode, body, resp.Header}
}

// strangers are ways into a visit that are none: own is a visit of somebody else whose link is known,
// aim the one that is wanted. Both are of form 1.
func strangers(own, aim sandbox.Record) []string {
	path := func(form, company, record any, hash string) string {
		return fmt.Sprintf("/r/%v/%v/%v/%s", form, company, record, hash)
	}
	half := len(aim.Hash) / 2
	flipped := []byte(aim.Hash)
	flipped[0] ^= 1
	good := func(hash string) string { return path(1, aim.Company, aim.ID, hash) }
	return []string{
		// wrong hashes
		good(own.Hash), good(strings.Repeat("0", 32)), good(aim.Hash[:half]), good(aim.Hash[1:]), good(aim.Hash + "0"), good(aim.Hash + aim.Hash),
		good(string(flipped)), good(strings.ToUpper(aim.Hash)), good(strings.ToUpper(aim.Hash) + "A"), good("null"), good("undefined"), good("0"), good(strings.Repeat("a", 129)), good(strings.Repeat("f", 4000)),
		// wrong records
		path(1, aim.Company, own.ID, aim.Hash), path(1, aim.Company, aim.ID+100000, aim.Hash), path(1, aim.Company, 1, aim.Hash), path(1, aim.Company, 0, aim.Hash),
		path(1, aim.Company, -aim.ID, aim.Hash), path(1, aim.Company, "0"+strconv.Itoa(aim.ID), aim.Hash), path(1, aim.Company, strconv.Itoa(aim.ID)+".0", aim.Hash),
		path(1, aim.Company, strings.Repeat("9", 30), aim.Hash), path(1, aim.Company, "%2B"+strconv.Itoa(aim.ID), aim.Hash), path(1, aim.Company, strconv.Itoa(aim.ID)+"%00", aim.Hash),
		// another's company, and another's form
		path(1, 502, aim.ID, aim.Hash), path(1, 601, aim.ID, aim.Hash), path(1, 999999, aim.ID, aim.Hash), path(2, aim.Company, aim.ID, aim.Hash), path(2, 502, aim.ID, aim.Hash),
		path(3, aim.Company, aim.ID, aim.Hash), path(3, 601, aim.ID, aim.Hash), path(424242, aim.Company, aim.ID, aim.Hash), path("x", aim.Company, aim.ID, aim.Hash),
		// odd encodings
		good("%2e%2e"), good("..%2f" + aim.Hash), good(aim.Hash + "%00"), good(aim.Hash + "%20"), good("%20" + aim.Hash), good("%ff%fe"), good("%D0%B0"), good("*"), good("%27%20or%201=1"),
		good(aim.Hash + ";x=1"), good("%25" + aim.Hash), good(strings.ReplaceAll(aim.Hash, aim.Hash[:1], fmt.Sprintf("%%%02x", aim.Hash[0]))), good(aim.Hash + "%2f"),
		good("%2520" + aim.Hash), good("%c0%af" + aim.Hash), good("%EF%BC%90" + aim.Hash[1:]), good(aim.Hash + "%E2%80%8B"),
	}
}

// TestS01NoWayIn tries strangers' ways to see, cancel and move a visit. Each is answered like every
// other, to the byte, and the upstream is asked to change nothing.
func TestS01NoWayIn(t *testing.T) {
	t.Parallel()
	slot := "/move?slot=" + url.QueryEscape("2030-01-01T10:00:00+03:00")
	for _, act := range []string{"", "/visit.ics", "/cancel", "/move", slot} {
		t.Run("GET "+act, func(t *testing.T) {
			clock := testclock.Standing()
			r := newRigAt(t, clock.Now, behindProxy)
			own, aim := r.two()
			tried := 0
			var first answer
			for i, path := range strangers(own, aim) {
				if i%4 == 3 {
					clock.Add(11 * time.Minute) // a patient stranger stays below every limit
				}
				path += act + map[bool]string{true: "&", false: "?"}[act == slot] + "lang=en"
				got := r.ask(http.MethodGet, path, nil, from(i))
				if tried++; tried == 1 {
					first = got
				}
				if d := got.differs(first); d != "" || got.status != http.StatusNotFound {
					t.Errorf("%s: status %d, %s", path, got.status, d)
				}
				r.untold(path, got, aim)
			}
			if tried < 30 || r.writes() != 0 {
				t.Errorf("tried %d, calls that change = %d", tried, r.writes())
			}
		})
	}
	for _, act := range []string{"cancel", "move"} {
		t.Run("POST "+act, func(t *testing.T) {
			r := newRig(t, behindProxy)
			own, aim := r.two()
			// The best that a stranger can bring: a form of the own visit, and one of the aim's from before
			// its link was forgotten.
			tried := 0
			first := map[int]answer{} // of each status
			for _, whose := range []sandbox.Record{own, aim} {
				values := r.formFor(act, whose)
				for i, path := range strangers(own, aim) {
					got := r.ask(http.MethodPost, path+"/"+act+"?lang=en", values, from(i))
					tried++
					if _, ok := first[got.status]; !ok {
						first[got.status] = got
					}
					if d := got.differs(first[got.status]); d != "" {
						t.Errorf("%s: %s", path, d)
					}
					if !slices.Contains([]int{http.StatusNotFound, http.StatusForbidden, http.StatusTooManyRequests}, got.status) {
						t.Errorf("%s: status %d", path, got.status)
					}
					r.untold(path, got, aim)
				}
			}
			now := r.of(aim.ID)
			if tried < 30 || r.writes() != 0 || now.Deleted || !now.Start.Equal(aim.Start) {
				t.Errorf("tried %d, calls that change = %d, the visit %+v", tried, r.writes(), now)
			}
		})
	}
}

// two are visits of two people at form 1.
func (r *rig) two() (own, aim sandbox.Record) {
	r.t.Helper()
	r.visitOf("1")
	own = r.latest()
	p := r.send(r.toAhead(r.get("/b/1?lang=en"), "contact"), map[string]string{"fullname": "Мария", "phone": "+7 916 765-43-21", "email": "maria@example.com", "comment": "Тайна", "accept_personal_data": "on"})
	r.to(p, "done")
	return own, r.latest()
}

// formFor is the form that cancels or moves a visit, filled in.
func (r *rig) formFor(act string, x sandbox.Record) url.Values {
	r.t.Helper()
	p := r.get(fmt.Sprintf("/r/1/%d/%d/%s/%s?lang=en", x.Company, x.ID, x.Hash, act))
	if act == "move" {
		p = r.press(r.daysAhead(p), "main a[data-slot]")
	}
	_, values := r.form(p)
	return values
}

// from makes a request come from an address of its own, so that no limit is reached.
func from(i int) map[string]string {
	return map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.113.%d", i+1)}
}

// untold fails when an answer tells anything of a visit.
func (r *rig) untold(path string, got answer, aim sandbox.Record) {
	r.t.Helper()
	for _, secret := range []string{aim.Hash, "Мария", "Тайна", "maria@", "7654321", "765-43-21", "Primrose", aim.Start.Format("15:04")} {
		if bytes.Contains(got.body, []byte(secret)) {
			r.t.Errorf("%s tells %q", path, secret)
		}
	}
	if c := got.header.Get("Cache-Control"); c != "no-store" {
		r.t.Errorf("%s: Cache-Control %q", path, c)
	}
	if csp := got.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
		r.t.Errorf("%s: policy %q", path, csp)
	}
	if got.header.Get("Referrer-Policy") != "no-referrer" {
		r.t.Errorf("%s: Referrer-Policy %q", path, got.header.Get("Referrer-Policy"))
	}
}

const behindProxy = "OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1"

// TestNoFormNoChange refuses changes without a token of ours, with one for another act, and from other
// sites, although the link is right.
func TestNoFormNoChange(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own, aim := r.two()
	link := func(act string) string { return fmt.Sprintf("/r/1/%d/%d/%s/%s", aim.Company, aim.ID, aim.Hash, act) }
	cancel, move := r.formFor("cancel", aim), r.formFor("move", aim)
	wizard := url.Values{"wizard": {r.to(r.get("/b/1?lang=en"), "contact").Find("[name=wizard]").AttrOr("value", "")}}
	for name, tt := range map[string]struct {
		act    string
		values url.Values
		header map[string]string
	}{
		"no token":         {"cancel", url.Values{}, nil},
		"garbage":          {"cancel", url.Values{"wizard": {"x"}}, nil},
		"a move's token":   {"cancel", move, nil},
		"a cancel's token": {"move", url.Values{"wizard": cancel["wizard"], "slot": move["slot"]}, nil},
		"another's token":  {"cancel", r.formFor("cancel", own), nil},
		"a wizard's token": {"cancel", wizard, nil},
		"another site":     {"cancel", cancel, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"the same site":    {"move", move, map[string]string{"Sec-Fetch-Site": "same-site"}},
		"another's Origin": {"cancel", cancel, map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}},
		"nobody's Origin":  {"cancel", cancel, map[string]string{"Sec-Fetch-Site": "", "Origin": "null"}},
	} {
		if got := r.ask(http.MethodPost, link(tt.act), tt.values, tt.header); got.status != http.StatusForbidden {
			t.Errorf("%s: status %d", name, got.status)
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
		if got := r.ask(method, link("cancel"), cancel, nil); got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, got.status)
		}
	}
	// A form of a visit is no way into the wizard's sessions either.
	if got := r.ask(http.MethodPost, "/b/1/contact", cancel, nil); got.status != http.StatusForbidden {
		t.Errorf("a visit's token at the contact step: status %d", got.status)
	}
	if r.writes() != 0 || r.of(aim.ID).Deleted {
		t.Errorf("calls that change = %d", r.writes())
	}
}

// TestS33EveryFormIsOurs sends every form of the program from elsewhere and without a token, to somebody's own
// pages and to a customer who has signed in.
func TestS33EveryFormIsOurs(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t, "OKOSHKO_HOOKS_SECRET="+hookSecret).browser()
	r.byPassword("1", "anna@example.com", "sandbox")
	made := r.made()
	ids := strings.NewReplacer(":form", "1", ":company", "501", ":record", "1", ":hash", strings.Repeat("0", 32), ":secret", noWish)
	forms := 0
	for _, route := range r.app.server.App().GetRoutes(true) {
		if route.Method != http.MethodPost || route.Path == urls.HookRoute {
			continue // no form is sent there, and TestHooksAreNoPage sends other things
		}
		if route.Path == urls.WishOneEnd.Route() {
			continue // mail programs send it from anywhere (RFC 8058); it does one thing, for who knows the secret
		}
		forms++
		for name, header := range map[string]map[string]string{
			"no token":         nil,
			"another site":     {"Sec-Fetch-Site": "cross-site"},
			"a sister site":    {"Sec-Fetch-Site": "same-site"},
			"another's Origin": {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
			"a like Origin":    {"Sec-Fetch-Site": "", "Origin": r.app.URL + ".evil.example"},
			"nobody's Origin":  {"Sec-Fetch-Site": "", "Origin": "null"},
		} {
			if header == nil && strings.HasPrefix(route.Path, urls.WishTree) {
				continue // the secret in the address is the token
			}
			values := url.Values{"phone": {annasPhone}, "login": {"anna@example.com"}, "password": {"sandbox"}, "code": {"1234"}, "fullname": {"X"}}
			if got := r.ask(http.MethodPost, ids.Replace(route.Path), values, header); got.status != http.StatusForbidden {
				t.Errorf("%s, %s: status %d", route.Path, name, got.status)
			}
		}
	}
	if forms < 12 {
		t.Errorf("forms = %d", forms)
	}
	for _, call := range r.made()[len(made):] {
		if call.Method != http.MethodGet {
			t.Errorf("the upstream got %s %s", call.Method, call.Path)
		}
	}
}

// TestS02MissesAreLimited refuses whoever tries links too often, and not the visit's owner.
func TestS02MissesAreLimited(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy)
	own, aim := r.two()
	link := fmt.Sprintf("/r/1/%d/%d/", aim.Company, aim.ID)
	var refused []answer
	by := func(address, path string) int {
		got := r.ask(http.MethodGet, path, nil, map[string]string{"X-Forwarded-For": address})
		if got.status == http.StatusTooManyRequests {
			refused = append(refused, got)
		}
		return got.status
	}
	// One address, many visits.
	var statuses []int
	for i := range 12 {
		statuses = append(statuses, by("203.0.113.1", fmt.Sprintf("/r/1/%d/%d/%032d", aim.Company, aim.ID+1000+i, i)))
	}
	want := append(slices.Repeat([]int{404}, 10), 429, 429)
	if !slices.Equal(statuses, want) {
		t.Errorf("one address gets %v, want %v", statuses, want)
	}
	if got := by("203.0.113.1", link+aim.Hash); got != http.StatusOK {
		t.Errorf("an address that has missed too often gets %d for a right link", got)
	}
	// Many addresses, one visit.
	statuses = nil
	for i := range 7 {
		statuses = append(statuses, by(fmt.Sprintf("198.51.100.%d", i+1), fmt.Sprintf("%s%032d", link, i)))
	}
	if want := append(slices.Repeat([]int{404}, 5), 429, 429); !slices.Equal(statuses, want) {
		t.Errorf("many addresses get %v, want %v", statuses, want)
	}
	for range 3 { // twice it is looked up, and then no more
		by("198.51.100.1", link+strings.Repeat("9", 32))
	}
	asked := r.calls("GET", "/book_record/")
	if got := by("198.51.100.1", link+strings.Repeat("9", 32)); got != http.StatusTooManyRequests || r.calls("GET", "/book_record/") != asked {
		t.Errorf("whoever missed the same before gets %d, or the upstream is asked", got)
	}
	for name, got := range map[string]int{
		"the owner, from an address of his own": by("192.0.2.1", link+aim.Hash),
		"the owner of another visit":            by("192.0.2.2", fmt.Sprintf("/r/1/%d/%d/%s", own.Company, own.ID, own.Hash)),
		"an IPv6 customer":                      by("2001:db8::1", link+aim.Hash),
	} {
		if got != http.StatusOK {
			t.Errorf("%s gets %d", name, got)
		}
	}
	for i := range 7 {
		if got := by(fmt.Sprintf("198.51.100.%d", 100+i), "/r/1/501/garbage/x"); got != http.StatusNotFound {
			t.Errorf("a link that names no record, from yet another address, gets %d", got)
		}
	}
	for _, below := range []string{"/visit.ics", "/cancel", "/move", "?lang=en"} {
		by("198.51.100.1", link+aim.Hash+below)
		by("198.51.100.1", link+strings.Repeat("9", 32)+below)
	}
	if len(refused) < 12 {
		t.Errorf("refused %d times", len(refused))
	}
	for _, got := range refused {
		if d := got.differs(refused[0]); d != "" {
			t.Errorf("a refused request tells why: %s", d)
		}
	}
	clock.Add(10*time.Minute + time.Second)
	if got := by("203.0.113.1", link+aim.Hash); got != http.StatusOK {
		t.Errorf("ten minutes later the address gets %d", got)
	}
	if n := strings.Count(r.log.String(), "limited=true"); n == 0 {
		t.Error("the log does not tell of the limit")
	}
}

// TestS01NoTimingOracle asks the upstream once whatever is wrong, also with a visit that was cancelled, of which
// more is known here. HEAD asks nothing and says nothing.
func TestS01NoTimingOracle(t *testing.T) {
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, behindProxy)
	own, aim := r.two()
	path := func(id int, hash string) string { return fmt.Sprintf("/r/1/%d/%d/%s", aim.Company, id, hash) }
	wrong := []string{path(aim.ID, own.Hash), path(aim.ID, strings.ToUpper(aim.Hash)), path(aim.ID+77777, own.Hash), path(aim.ID+77777, aim.Hash), path(own.ID, aim.Hash)}
	look := func(when string) {
		t.Helper()
		first := map[string]answer{}
		for i, path := range wrong {
			for _, act := range []string{"", "/visit.ics", "/cancel", "/move"} {
				for j, method := range []string{http.MethodGet, http.MethodHead} {
					clock.Add(11 * time.Minute)
					before := r.calls("GET", "/book_record/") + r.calls("GET", "/user/records/")
					got := r.ask(method, path+act+"?lang=en", nil, from(2*i+j))
					if n := r.calls("GET", "/book_record/") + r.calls("GET", "/user/records/") - before; n != 1-j {
						t.Errorf("%s, %s %s%s: the record was asked for %d times", when, method, path, act, n)
					}
					if _, ok := first[method]; !ok {
						first[method] = got
					}
					if d := got.differs(first[method]); d != "" || got.status != []int{http.StatusNotFound, http.StatusOK}[j] {
						t.Errorf("%s, %s %s%s: status %d, %s", when, method, path, act, got.status, d)
					}
				}
			}
		}
	}
	look("standing")
	clock.Set(aim.Start.Add(-48 * time.Hour))
	form := r.get(path(aim.ID, aim.Hash) + "/cancel?lang=en")
	if p := r.send(form, nil); p.badge() != "cancelled" {
		t.Fatalf("badge %q", p.badge())
	}
	writes := r.writes()
	look("cancelled")
	r.fault(`{"path":"/book_record/","method":"GET","status":404,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"no\"}}"}`)
	look("cancelled and forgotten")
	if r.writes() != writes {
		t.Errorf("calls that change: %d", r.writes()-writes)
	}
}

// hookSecret ends the address of the upstream's hooks in tests.
const hookSecret = "0123456789-abcdefghij_ABC"
