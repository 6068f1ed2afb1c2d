package app

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

// harmlessNumbers are parts of log lines that hold numbers of ours, among which a four-digit code could
// stand by chance.
var harmlessNumbers = regexp.MustCompile(`\b(time|id|ms|bytes|status|attempt|change|company|form|retry|for)=\S+`)

// metricValues are what stands behind the names and labels of the metrics, and the buckets' bounds.
var metricValues = regexp.MustCompile(`(?m) [0-9.e+-]+$|le="[^"]*"|version="[^"]*"`)

// spanNumbers are the parts of spans that hold numbers of ours.
var spanNumbers = regexp.MustCompile(`"(traceId|spanId|parentSpanId|startTimeUnixNano|endTimeUnixNano)":"[^"]*"|"okoshko.request_id","value":\{[^}]*\}`)

// collector is where spans go, and what came.
func collector(t *testing.T) (environ string, spans *servertest.Log) {
	t.Helper()
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20") // milliseconds
	spans = &servertest.Log{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(spans, r.Body) }))
	servertest.Cleanup(t, server.Close)
	return "OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, spans
}

// TestS35LogsTellNothing goes every way of a customer, right and wrong, with the log at its most
// talkative, and looks for whatever must not be in it, in the metrics, in the traces, on the operator's page, or
// on an error page.
func TestS35LogsTellNothing(t *testing.T) {
	tracing, spans := collector(t)
	r, j := newRig(t, tracing, "OKOSHKO_HOOKS_SECRET="+hookSecret).browser()
	// A booking with a code, its page, a move and a cancel, with answers that get lost.
	own := maps.Clone(anna)
	p := r.send(r.toAhead(r.get("/b/2?lang=en"), "contact"), own)
	p = r.press(r.to(p, "done"), "main a[rel=record]")
	record := r.latest()
	r.file(p.Find("main a[href*='/visit.ics']").AttrOr("href", ""))
	r.fault(`{"path":"/book_record/","method":"PUT","close":"after","times":1}`)
	days := r.press(p, "main a[data-move]")
	days = r.get(r.absolute(days.url, days.Find("main a[data-date]").Last().AttrOr("href", "")))
	p = r.send(r.press(days, "main a[data-slot]"), nil)
	// Errors of the network hold the address of the call, and that holds the hash.
	r.fault(`{"path":"/book_record/","method":"GET","close":"before","times":2}`)
	r.get(p.url.String())
	r.fault(`{"path":"/user/records/","method":"DELETE","close":"after","times":1}`)
	p = r.send(r.press(p, "main a[data-cancel]"), nil)
	if p.badge() != "cancelled" {
		t.Fatalf("the visit is not cancelled: %s", p.Find("main").Text())
	}
	// Links that open nothing, and an upstream that is down.
	r.get("/r/2/502/" + p.Find("[data-record]").AttrOr("data-record", "") + "/" + strings.Repeat("0", 32))
	r.get("/r/1/501/1/" + record.Hash)
	r.fault(`{"path":"/book_record/","method":"GET","status":500,"times":2}`)
	r.get(p.url.String())
	r.get("/b/2/company/502/success-order/1/" + record.Hash)
	r.ask(http.MethodPut, p.url.Path, nil, nil)
	r.ask(http.MethodGet, p.url.Path, nil, map[string]string{"X-Long": strings.Repeat("x", 17<<10)})
	r.ask(http.MethodPost, p.url.Path+"/cancel", url.Values{"wizard": {strings.Repeat("x", 17<<10)}}, nil)
	// The account: wrong and right codes and passwords, another phone, another password.
	code := r.send(r.get("/me/2?lang=en"), map[string]string{"phone": annasPhone})
	r.send(code, map[string]string{"code": "0001"})
	r.send(code, map[string]string{"code": r.code()})
	r.get("/me/2?lang=en")
	r.send(r.get("/me/2/profile?lang=en"), map[string]string{"fullname": "Анна Тайная", "email": "secret@example.com"})
	phone := r.send(r.get("/me/2/profile/phone?lang=en"), map[string]string{"phone": "+7 900 555-66-77"})
	r.send(phone, map[string]string{"code": r.code()})
	r.send(r.get("/me/2/profile/password?lang=en"), map[string]string{"current": "sandbox", "password": "correct horse"})
	token := r.token("+79005556677")
	cookie := j.account()
	r.fault(`{"path":"/user/records","method":"GET","status":500,"times":2}`)
	r.get("/me/2?lang=en")
	r.send(r.get("/me/2?lang=en"), nil)
	r.byPassword("2", "secret@example.com", "wrong horse")
	if resp := r.ask(http.MethodPost, "/me/2/password", nil, nil); resp.status != http.StatusForbidden {
		t.Errorf("a forged form: status %d", resp.status)
	}

	// Hooks: of a visit, of nothing that can be read, by another method, and to nearly the right address.
	hook := `{"company_id":502,"resource":"record","resource_id":1,"status":"create","data":{"staff_id":1,"client":{"name":"Анна Тайная","phone":"79161234567"},"comment":"` + anna["comment"] + `"}}`
	for path, body := range map[string]string{urls.Hook(hookSecret): hook, urls.Hook(hookSecret) + "?x=1": "{" + hook, urls.Hook(hookSecret + "x"): hook, urls.Hook(hookSecret) + "/x": hook} {
		r.postHook(path, body)
	}
	r.ask(http.MethodGet, urls.Hook(hookSecret), nil, nil)
	r.ask(http.MethodPut, urls.Hook(hookSecret), nil, nil)

	// Addresses and answers of the upstream that hold what an error page must not repeat.
	echo := `{"success":false,"data":null,"meta":{"message":"` + own["phone"] + " " + anna["fullname"] + " " + record.Hash + `"}}`
	var errorPages strings.Builder
	for _, ref := range []string{
		"/r/2/502/1/" + record.Hash, "/r/2/502/" + record.Hash + "/1", "/b/2/done?attempt=" + record.Hash, "/b/2/nowhere?phone=" + url.QueryEscape(own["phone"]),
		"/b/424242?fullname=" + url.QueryEscape(anna["fullname"]), "/b/2/visit?link=" + url.QueryEscape("https://x.example/company/502/success-order/1/"+record.Hash), "/b/1/service?lang=en",
	} {
		r.fault(`{"path":"/book_services/","status":500,"body":` + strconv.Quote(echo) + `,"times":2}`)
		p := r.get(ref)
		if p.step() != "error" {
			t.Errorf("%s is step %q, want an error page", ref, p.step())
		}
		errorPages.WriteString(p.Find("body").Text() + "\n")
	}

	last := r.get("/me/2?lang=en").header.Get("X-Request-Id")
	testclock.Until(t, "the span of the last request is sent", func() bool { return strings.Contains(spans.String(), last) })
	for _, want := range []string{`"POST /hooks/:secret"`, `"GET /r/:form/:company/:record/:hash"`, `"POST /me/:form"`, `"cancel"`, `"move"`, `"user_auth"`} {
		if !strings.Contains(spans.String(), want) {
			t.Errorf("the traces lack %s", want)
		}
	}

	log := harmlessNumbers.ReplaceAllString(r.log.String(), "")
	if !strings.Contains(log, "visit change") || !strings.Contains(log, "no visit for a link") || !strings.Contains(log, "sign in refused") {
		t.Fatalf("the log lacks what happened:\n%s", log)
	}
	secrets := map[string]string{
		"hash": record.Hash, "user token": token, "cookie": cookie, "e-mail": "@example.com", "name": "Тайная", "first name": "Анна", "comment": anna["comment"],
		"password": "horse", "hooks' secret": hookSecret,
	}
	for _, phone := range []string{"9161234567", "9001112233", "9005556677", "123-45-67", "111-22-33", "555-66-77"} {
		secrets["phone "+phone] = phone
	}
	for _, m := range r.box.Messages() {
		secrets["code "+m.Code] = m.Code
	}
	told := map[string]string{
		"log": log, "metrics": metricValues.ReplaceAllString(r.counted(), ""),
		"error page": errorPages.String(), "operator's page": r.read(http.Get(r.app.Admin + "/")).Find("body").Text(),
		"trace": spanNumbers.ReplaceAllString(spans.String(), ""),
	}
	for where, text := range told {
		for what, secret := range secrets {
			if secret == "" {
				t.Errorf("no %s to look for", what)
			} else if i := strings.Index(text, secret); i >= 0 && (!strings.HasSuffix(where, " page") || len(secret) > 4) { // a page has short numbers of its own
				t.Errorf("the %s tells a %s: …%s…", where, what, text[max(0, i-120):min(len(text), i+60)])
			}
		}
	}
	// Whatever is worth an operator's attention says where, and which request it was.
	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, "msg=request ") && (!strings.Contains(line, " id=") || !strings.Contains(line, " route=")) {
			t.Errorf("a line without id or route: %s", line)
		}
	}
}
