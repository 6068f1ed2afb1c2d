package hooks_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/metrics"
	"okoshko/internal/server"
	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

// secret ends the address of hooks in tests.
const secret = "0123456789-abcdefghij_ABC"

// site is one that takes hooks, with its log and its counts.
func site(t *testing.T) (*servertest.Site, *servertest.Log, *metrics.Metrics) {
	t.Helper()
	log, counts := &servertest.Log{}, metrics.New("test")
	return servertest.New(t, func(o *server.Options) {
		o.HookSecret, o.Log, o.Watch = secret, slog.New(slog.NewTextHandler(log, nil)), counts
	}), log, counts
}

type answer struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, s *servertest.Site, method, path, contentType, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// hook posts a hook to the right address.
func hook(t *testing.T, s *servertest.Site, body string) answer {
	t.Helper()
	return send(t, s, http.MethodPost, urls.Hook(secret), "application/json", body)
}

// times goes to the page of times of the first service and answers with its address.
func times(t *testing.T, s *servertest.Site) string {
	t.Helper()
	p := s.Press(s.Get("/b/1?lang=en"), servertest.Takes)
	if p.Step() != "datetime" {
		t.Fatalf("step %q, want the page of times", p.Step())
	}
	return p.URL.RequestURI()
}

// asked is what the upstream has been asked about times.
func asked(s *servertest.Site) (n int) {
	for _, c := range s.Box.Calls() {
		if strings.HasPrefix(c.Pattern, "/book_times") || strings.HasPrefix(c.Pattern, "/book_dates") || strings.HasPrefix(c.Pattern, "/book_staff") {
			n++
		}
	}
	return n
}

// TestAHookCorrectsWhatIsShown opens the page of times, lets the salon close a master's book, and opens it again at once.
func TestAHookCorrectsWhatIsShown(t *testing.T) {
	s, log, counts := site(t)
	path := times(t, s)
	before := asked(s)
	if s.Get(path); asked(s) != before {
		t.Fatal("a page that was opened a moment ago asks again")
	}
	a := hook(t, s, `{"company_id":501,"resource":"schedule","resource_id":0,"status":"update","data":[]}`)
	if a.status != http.StatusOK || a.body != "OK" {
		t.Fatalf("the hook is answered by %d %q", a.status, a.body)
	}
	testclock.Until(t, "the hook is counted", func() bool { return counted(counts, "schedule", "applied") == 1 })
	if s.Get(path); asked(s) == before {
		t.Error("after the hook the page is made of answers from before it")
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the secret is in the log")
	}
}

// TestAVisitBookedElsewhereLeavesThePage books a time past the widget. The sandbox posts the hook, and the page is right before the
// answers that it was made of are old.
func TestAVisitBookedElsewhereLeavesThePage(t *testing.T) {
	s, log, counts := site(t)
	path := times(t, s)
	if err := s.Box.SetHooks(s.URL + urls.Hook(secret)); err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	master, _ := strconv.Atoi(page.Query().Get("master"))
	service, _ := strconv.Atoi(page.Query().Get("services"))
	shown := func() (out []string) {
		s.Get(path).Find("main a[data-slot]").Each(func(_ int, slot *goquery.Selection) { out = append(out, slot.AttrOr("data-slot", "")) })
		return out
	}
	slot := shown()[0]
	start, err := time.Parse(time.RFC3339, slot)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; s.Box.Free(501, master, []int{service}, start); n++ { // until every master who may be meant has a visit
		order := fmt.Sprintf(`{"phone":"7900111%04d","fullname":"Тайная","email":"secret@example.com","appointments":[{"id":1,"services":[%d],"staff_id":%d,"datetime":%q}]}`, n, service, master, slot)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.API+"/api/v1/book_record/501", strings.NewReader(order))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		req.Header.Set("Content-Type", "application/json")
		if resp, err := s.HTTP.Do(req); err != nil || resp.StatusCode != http.StatusCreated || resp.Body.Close() != nil {
			t.Fatalf("the order is answered by %v, %v", resp, err)
		}
	}
	booked := len(s.Box.Booked())
	testclock.Until(t, "the hooks have come", func() bool { return counted(counts, "record", "applied") == booked })
	if now := shown(); slices.Contains(now, slot) || len(now) == 0 {
		t.Errorf("the page shows %v, want some and not %s", now, slot)
	}
	if n := s.Box.HooksTaken(); n != booked {
		t.Errorf("%d hooks were taken, want %d", n, booked)
	}
	for _, private := range []string{secret, "Тайная", "7900111", "secret@example.com"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("%q is in the log", private)
		}
	}
}

// TestHooksAreNoPage compares the answers to a wrong secret, and to every other request, with that for a page that does not exist.
func TestHooksAreNoPage(t *testing.T) {
	s, _, counts := site(t)
	off := servertest.New(t)
	body := `{"company_id":501,"resource":"schedule","resource_id":7,"status":"update","data":[]}`
	// What differs between two equal answers: the request's id, and the address of the page in its links.
	reference := regexp.MustCompile(`<code>[0-9a-f]{16}</code>`)
	same := func(a answer, path string) string {
		a.header.Del("Date")
		a.header.Del("X-Request-Id")
		return strconv.Itoa(a.status) + fmt.Sprint(a.header) + strings.ReplaceAll(reference.ReplaceAllString(a.body, ""), path, "")
	}
	for name, one := range map[string]struct{ method, contentType, path string }{
		"a wrong secret":         {http.MethodPost, "application/json", urls.Hook(strings.Repeat("x", len(secret)))},
		"a shorter one":          {http.MethodPost, "application/json", urls.Hook(secret[:len(secret)-1])},
		"a longer one":           {http.MethodPost, "application/json", urls.Hook(secret + "x")},
		"in another case":        {http.MethodPost, "application/json", urls.Hook(strings.ToLower(secret))},
		"none":                   {http.MethodPost, "application/json", "/hooks/"},
		"a form":                 {http.MethodPost, "application/x-www-form-urlencoded", urls.Hook("x")},
		"no type":                {http.MethodPost, "", urls.Hook("x")},
		"a path below":           {http.MethodPost, "", urls.Hook(secret) + "/x"},
		"the right one by GET":   {http.MethodGet, "", urls.Hook(secret)},
		"a wrong one by GET":     {http.MethodGet, "", urls.Hook("x")},
		"the right one by a PUT": {http.MethodPut, "", urls.Hook(secret)},
	} {
		nowhere := "/" + strings.Repeat("n", len(one.path)-1) // as long, so that the pages are as long
		missing := send(t, s, one.method, nowhere, one.contentType, body)
		got := send(t, s, one.method, one.path, one.contentType, body)
		if a, b := same(got, one.path), same(missing, nowhere); a != b {
			at := 0
			for at < min(len(a), len(b)) && a[at] == b[at] {
				at++
			}
			t.Errorf("%s: %d, want %d; %.100q, want %.100q", name, got.status, missing.status, a[at:], b[at:])
		}
	}
	if a := send(t, off, http.MethodPost, urls.Hook(secret), "", body); a.status != http.StatusNotFound {
		t.Errorf("where no hooks are taken the address answers %d", a.status)
	}
	if n := counted(counts, "schedule", "applied"); n != 0 {
		t.Errorf("%d hooks were applied", n)
	}
}

// TestHooksThatSayNothing sends what is no hook, hooks that do not matter, and hooks that come again.
func TestHooksThatSayNothing(t *testing.T) {
	s, log, counts := site(t)
	times(t, s)
	booked := `{"company_id":501,"resource":"record","resource_id":11,"status":"create","data":{"staff_id":50101,"last_change_date":"2026-08-31T12:00:00+0300"}}`
	for _, one := range []struct {
		body, resource, outcome string
		status                  int
	}{
		{``, "other", "unreadable", 400},
		{`{"company_id":501`, "other", "unreadable", 400},
		{`{"company_id":501,"resource":"record","data":"` + strings.Repeat("x", 15<<10) + `"}`, "record", "applied", 200},
		{`{"company_id":501,"resource":"client","resource_id":1,"status":"create","data":{"phone":"79001112233"}}`, "other", "ignored", 200},
		{`{"company_id":99999,"resource":"schedule","resource_id":1,"status":"update","data":[]}`, "schedule", "unknown", 200},
		{booked, "record", "applied", 200},
		{booked, "record", "repeated", 200},
	} {
		before := counted(counts, one.resource, one.outcome)
		if a := hook(t, s, one.body); a.status != one.status {
			t.Errorf("%.60q: %d, want %d", one.body, a.status, one.status)
		}
		testclock.Until(t, fmt.Sprintf("%.60q is counted as %s of %s", one.body, one.outcome, one.resource), func() bool { return counted(counts, one.resource, one.outcome) == before+1 })
	}
	if a := hook(t, s, strings.Repeat("x", 17<<10)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 17 kB: %d", a.status)
	}
	if strings.Contains(log.String(), "79001112233") {
		t.Error("a phone is in the log")
	}
}

// TestAFloodOfHooksCostsNothing sends many hooks of one company and few of another: the page of the other one is made of
// the same answers, and the upstream is asked no more than visitors ask.
func TestAFloodOfHooksCostsNothing(t *testing.T) {
	s, _, counts := site(t)
	times(t, s)
	other := s.Press(s.Get("/b/2?lang=en"), servertest.Takes).URL.RequestURI()
	before := len(s.Box.Calls())
	statuses := map[int]int{}
	for n := range 300 {
		if n%50 == 0 {
			s.Clock.Add(time.Second) // by which seconds are counted
		}
		statuses[hook(t, s, `{"company_id":501,"resource":"schedule","resource_id":50101,"status":"update","data":[]}`).status]++
	}
	if statuses[200] != 300 {
		t.Errorf("the hooks are answered by %v", statuses)
	}
	testclock.Until(t, "all hooks are counted", func() bool {
		return counted(counts, "schedule", "applied")+counted(counts, "schedule", "limited") == 300
	})
	if n := counted(counts, "schedule", "applied"); n > 120 {
		t.Errorf("%d hooks of a company were applied in some seconds", n)
	}
	if n := len(s.Box.Calls()) - before; n != 0 {
		t.Errorf("hooks have caused %d calls", n)
	}
	calls := asked(s)
	if s.Get(other); asked(s) != calls {
		t.Error("the answers about another company are gone")
	}
}

// counted is how many hooks of a kind came to an outcome.
func counted(m *metrics.Metrics, resource, outcome string) int {
	return m.Counts().Hooks[resource][outcome]
}
