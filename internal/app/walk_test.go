package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/tracing"
)

// rig is the whole program on a sandbox of its own, both over real HTTP. It does what an outsider
// can do: follow links and send forms, by the page contract. It keeps no cookies.
type rig struct {
	t    *testing.T
	app  *App
	box  *sandbox.Sandbox
	api  string // the sandbox's address
	log  *lockedBuffer
	http *http.Client
	now  func() time.Time // the clock of the widget and of the sandbox
}

// lockedBuffer is a log that a test may read while the program writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newRig(t *testing.T, environ ...string) *rig {
	t.Helper()
	return newRigAt(t, testclock.Running().Now, environ...)
}

// newRigAt is a rig whose widget and sandbox live by a clock of the test's own.
func newRigAt(t *testing.T, now func() time.Time, environ ...string) *rig {
	t.Helper()
	return newRigIn(t, "", now, environ...)
}

// newRigIn is a rig whose salons all live in a time zone, by its IANA name; "" leaves each its own.
func newRigIn(t *testing.T, zone string, now func() time.Time, environ ...string) *rig {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: now, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	api, stop, err := box.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(context.Background()); err != nil {
			t.Errorf("stop the sandbox: %v", err)
		}
	})
	cfg, err := config.Load(filepath.Join(t.TempDir(), config.DefaultPath), false, append([]string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0", "OKOSHKO_UPSTREAM_BASE_URL=" + api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox",
		"OKOSHKO_UPSTREAM_PER_SECOND=1000", "OKOSHKO_UPSTREAM_PER_MINUTE=60000",
		"OKOSHKO_STORE_PATH=" + filepath.Join(t.TempDir(), "test.db"), "OKOSHKO_LOG_LEVEL=debug",
		"OKOSHKO_SERVER_DRAIN_DELAY=2ms", "OKOSHKO_LIMITS_FORM_AGE=0s", "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1000", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=0",
	}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	spans, err := tracing.Start(environ, "test", logger)
	if err != nil {
		t.Fatal(err)
	}
	a, err := startAt(cfg, logger, now, 0, spans)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{}
	t.Cleanup(func() {
		client.CloseIdleConnections() // in time for the program to find none: it looks once in a tenth of a second
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &rig{t: t, app: a, box: box, api: api, log: log, http: client, now: now}
}

// page is an answer of the widget.
type page struct {
	*goquery.Document
	url    *url.URL
	status int
	header http.Header
}

func (p page) step() string  { return p.Find("main").AttrOr("data-step", "") }
func (p page) kind() string  { return p.Find("main").AttrOr("data-error", "") }
func (p page) alert() string { return strings.TrimSpace(p.Find("[role=alert]").Text()) }

func (r *rig) read(resp *http.Response, err error) page {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	return page{Document: doc, url: resp.Request.URL, status: resp.StatusCode, header: resp.Header}
}

// get follows a link.
func (r *rig) get(ref string) page {
	r.t.Helper()
	return r.read(r.http.Get(r.absolute(nil, ref)))
}

func (r *rig) absolute(base *url.URL, ref string) string {
	r.t.Helper()
	if base == nil {
		base, _ = url.Parse(r.app.URL)
	}
	u, err := base.Parse(ref)
	if err != nil {
		r.t.Fatal(err)
	}
	return u.String()
}

// press follows the first link of a selector.
func (r *rig) press(p page, selector string) page {
	r.t.Helper()
	href, ok := p.Find(selector).First().Attr("href")
	if !ok {
		r.t.Fatalf("step %q (%s): no %q\n%s", p.step(), p.url, selector, p.Find("main").Text())
	}
	return r.get(r.absolute(p.url, href))
}

// form is the POST form of a page with what stands in its fields.
func (r *rig) form(p page) (action string, values url.Values) {
	r.t.Helper()
	f := p.Find("main form[method=post]")
	if f.Length() != 1 {
		r.t.Fatalf("step %q has %d POST forms, want 1", p.step(), f.Length())
	}
	values = url.Values{}
	f.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		switch {
		case goquery.NodeName(s) == "select":
			values.Set(name, s.Find("option[selected]").AttrOr("value", s.Find("option").AttrOr("value", "")))
		case goquery.NodeName(s) == "textarea":
			values.Set(name, s.Text())
		case s.AttrOr("type", "") == "checkbox":
			if _, on := s.Attr("checked"); on {
				values.Set(name, s.AttrOr("value", "on"))
			}
		default:
			values.Set(name, s.AttrOr("value", ""))
		}
	})
	return r.absolute(p.url, f.AttrOr("action", "")), values
}

// send submits a page's form with some fields filled in.
func (r *rig) send(p page, fill map[string]string) page {
	r.t.Helper()
	action, values := r.form(p)
	for name, value := range fill {
		if p.Find("main [name="+name+"]").Length() > 0 {
			values.Set(name, value)
		}
	}
	return r.post(action, values)
}

func (r *rig) post(action string, values url.Values) page {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, action, strings.NewReader(values.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", r.app.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return r.read(r.http.Do(req))
}

var anna = map[string]string{
	"fullname": "Анна", "surname": "Тестова", "phone": "+7 916 123-45-67", "email": "anna@example.com",
	"comment": "Окно слева", "accept_personal_data": "on",
}

// to walks from a page until a step is reached, choosing the first option of everything.
func (r *rig) to(p page, step string) page {
	r.t.Helper()
	for range 25 {
		if p.step() == step {
			return p
		}
		p = r.onward(p)
	}
	r.t.Fatalf("25 pages and no %q", step)
	return p
}

// toAhead is to, but for a visit that is days away.
func (r *rig) toAhead(p page, step string) page {
	r.t.Helper()
	for range 25 {
		if p.step() == step {
			return p
		}
		p = r.onward(r.daysAhead(p))
	}
	r.t.Fatalf("25 pages and no %q", step)
	return p
}

// daysAhead opens a day of a page of times or events that is days away, so that no salon's deadline for changes has
// passed and no test depends on the hour in which it begins. Other pages stay as they are.
func (r *rig) daysAhead(p page) page {
	r.t.Helper()
	earliest := r.now().AddDate(0, 0, 3).Format(time.DateOnly)
	later := func(_ int, s *goquery.Selection) bool { return s.AttrOr("data-date", "") >= earliest }
	if days := p.Find("main section[data-date]"); days.Length() > 0 {
		return r.openEvent(p, days.FilterFunction(later))
	}
	days := p.Find("main a[data-date]")
	if days.Length() == 0 || days.Filter("[aria-current]").FilterFunction(later).Length() > 0 {
		return p
	}
	if days = days.FilterFunction(later); days.Length() == 0 {
		r.t.Fatalf("nothing is free from %s on\n%s", earliest, p.Find("main").Text())
	}
	return r.get(r.absolute(p.url, days.First().AttrOr("href", "")))
}

// openEvent opens the first event of some days that has places left.
func (r *rig) openEvent(p page, days *goquery.Selection) page {
	r.t.Helper()
	for _, event := range days.Find("a[data-event]").EachIter() {
		if open := r.get(r.absolute(p.url, event.AttrOr("href", ""))); open.Find("main a[data-seats]").Length() > 0 {
			return open
		}
	}
	r.t.Fatalf("no event has places\n%s", p.Find("main").Text())
	return p
}

// onward answers a page with the first option of it.
func (r *rig) onward(p page) page {
	r.t.Helper()
	switch p.step() {
	case "city":
		return r.press(p, "main a[data-city]")
	case "company":
		return r.press(p, "main a[data-company]")
	case "service":
		if p.Find("main [data-next]").Length() == 0 {
			return r.press(p, "main a[data-service]")
		}
		return r.press(p, "main [data-next]")
	case "master":
		return r.press(p, "main a[data-staff]")
	case "events":
		if p.Find("main a[data-seats]").Length() == 0 {
			return r.openEvent(p, p.Find("main section[data-date]"))
		}
		return r.press(p, "main a[data-seats]")
	case "datetime":
		if p.Find("main a[data-slot]").Length() == 0 {
			p = r.press(p, "main a[data-date]")
		}
		return r.press(p, "main a[data-slot]")
	case "contact":
		if p.Find("main [name=code]").Length() > 0 {
			return r.send(p, map[string]string{"code": r.code()})
		}
		return r.send(p, anna)
	case "confirm":
		return r.send(p, nil)
	}
	r.t.Fatalf("no way on from step %q, %d %s\n%s", p.step(), p.status, p.url, p.Find("main").Text())
	return p
}

// code is the one that the sandbox sent last.
func (r *rig) code() string {
	r.t.Helper()
	messages := r.box.Messages()
	if len(messages) == 0 {
		r.t.Fatal("a code is asked for and none was sent")
	}
	return messages[len(messages)-1].Code
}

// online are the records that stand and were booked through the API.
func (r *rig) online() []sandbox.Record {
	return slices.DeleteFunc(r.box.Records(), func(x sandbox.Record) bool { return !x.Online || x.Deleted })
}

// calls counts the calls of a path at the sandbox.
func (r *rig) calls(method, path string) int {
	n := 0
	for _, c := range r.box.Calls() {
		if c.Method == method && strings.Contains(c.Path, path) {
			n++
		}
	}
	return n
}

// fault makes the sandbox fail.
func (r *rig) fault(json string) {
	r.t.Helper()
	resp, err := r.http.Post(r.api+"/_sandbox/faults", "application/json", strings.NewReader(json))
	if err != nil {
		r.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		r.t.Fatalf("fault: status %d", resp.StatusCode)
	}
}

// held is a rig whose upstream does what the first call of a kind asks for, and keeps its answer back until it
// is let go.
func held(t *testing.T, method, part string) (r *rig, came <-chan struct{}, letGo func()) {
	t.Helper()
	behind := newRig(t)
	target, err := url.Parse(behind.api)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	done, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, q)
		if q.Method == method && strings.Contains(q.URL.Path, part) {
			once.Do(func() {
				close(done)
				<-release
			})
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = io.Copy(w, answer.Body)
	}))
	t.Cleanup(server.Close)
	r = newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+server.URL)
	r.box, r.api = behind.box, behind.api
	return r, done, func() { close(release) }
}

func TestEveryFormBooksWithoutCookiesOrScripts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	walked := 0
	for _, f := range r.box.Forms() {
		if f.Broken {
			continue
		}
		t.Run(fmt.Sprintf("%d %s", f.ID, f.Title), func(t *testing.T) {
			r := *r
			r.t = t
			before, asked := len(r.online()), len(r.box.Calls())
			// Each form's customer is another one: the same person may not book twice at a time.
			own := maps.Clone(anna)
			own["phone"] = "+7916000" + strconv.Itoa(1000+f.ID)
			p := r.to(r.get("/b/"+strconv.Itoa(f.ID)), "contact")
			p = r.to(r.send(p, own), "done")
			records := r.online()
			if got := len(records) - before; got != 1 {
				t.Fatalf("records made = %d, want 1\n%s", got, p.Find("main").Text())
			}
			record := records[len(records)-1]
			if got := p.Find("main [data-record]").AttrOr("data-record", ""); got != strconv.Itoa(record.ID) {
				t.Fatalf("data-record = %q, want %d", got, record.ID)
			}
			t.Logf("upstream calls for the booking: %d", len(r.box.Calls())-asked)
			p = r.press(p, "main a[rel=record]")
			if p.step() != "record" || p.Find("main [data-record]").AttrOr("data-record", "") != strconv.Itoa(record.ID) {
				t.Fatalf("the record's page is step %q", p.step())
			}
		})
		walked++
	}
	if walked < 20 {
		t.Fatalf("forms walked = %d, want at least 20", walked)
	}
}
