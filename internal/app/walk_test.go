package app

import (
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
	"okoshko/internal/servertest"
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
	log  *servertest.Log
	http *http.Client
	now  func() time.Time // the clock of the widget and of the sandbox
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
	return newRigWith(t, nil, zone, now, environ...)
}

// newRigWith is a rig whose program begins as a test changes it; nil changes nothing.
func newRigWith(t *testing.T, change func(*beginning), zone string, now func() time.Time, environ ...string) *rig {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: now, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	api, stop, err := box.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	servertest.Cleanup(t, func() {
		if err := stop(context.Background()); err != nil {
			t.Errorf("stop the sandbox: %v", err)
		}
	})
	cfg, err := config.Load(filepath.Join(t.TempDir(), config.DefaultPath), false, append([]string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0", "OKOSHKO_UPSTREAM_BASE_URL=" + api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox",
		"OKOSHKO_UPSTREAM_PER_SECOND=1000", "OKOSHKO_UPSTREAM_PER_MINUTE=60000",
		"OKOSHKO_CACHE_AHEAD=off", // so that a test knows which calls its pages make
		"OKOSHKO_STORE_PATH=" + filepath.Join(t.TempDir(), "test.db"), "OKOSHKO_LOG_LEVEL=debug",
		"OKOSHKO_SERVER_DRAIN_DELAY=2ms", "OKOSHKO_LIMITS_FORM_AGE=0s", "OKOSHKO_LIMITS_PRESS_AGE=0s", "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1000", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=0",
	}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	log := &servertest.Log{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	spans, err := tracing.Start(environ, "test", logger)
	if err != nil {
		t.Fatal(err)
	}
	begin := beginning{cfg: cfg, log: logger, now: now, spans: spans, patience: patience}
	if change != nil {
		change(&begin)
	}
	a, err := startWith(begin)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: connections()}
	servertest.Cleanup(t, func() {
		client.CloseIdleConnections() // in time for the program to find none: it looks once in a tenth of a second
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "a text is missing") && !strings.Contains(line, "key="+noSuchText) {
				t.Errorf("a page has asked for a text that there is not: %s", line)
			}
		}
	})
	return &rig{t: t, app: a, box: box, api: api, log: log, http: client, now: now}
}

// connections are a rig's own: whoever closes the idle ones of another rig, or of all, breaks no request of this one.
func connections() *http.Transport {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		panic("the default transport is another one")
	}
	return shared.Clone()
}

// patience is how long a rig's page waits for what it could be shown without, so that a slow machine leaves nothing out.
const patience = time.Minute

// made are the calls that visitors have caused, when none of them is under way any more. The wording is refreshed by the program
// itself, some seconds later.
func (r *rig) made() []sandbox.Call {
	r.app.settle()
	return slices.DeleteFunc(r.box.Calls(), func(c sandbox.Call) bool { return c.Pattern == "/i18n/{lang}" })
}

// asked is how many calls visitors have caused.
func (r *rig) asked() int { return len(r.made()) }

// noSuchText is the key of a text that no language has.
const noSuchText = "no.such.text"

// page is an answer of the widget.
type page struct {
	*goquery.Document
	url    *url.URL
	status int
	header http.Header
}

func (p page) step() string  { return p.shared().Step() }
func (p page) kind() string  { return p.shared().Kind() }
func (p page) alert() string { return p.shared().Alert() }

// shared is the page as the visitor of all tests has it.
func (p page) shared() servertest.Page {
	return servertest.Page{Document: p.Document, URL: p.url, Status: p.status, Header: p.header}
}

func pageOf(p servertest.Page) page {
	return page{Document: p.Document, url: p.URL, status: p.Status, header: p.Header}
}

// visitor walks the rig's pages.
func (r *rig) visitor() *servertest.Visitor {
	return &servertest.Visitor{T: r.t, URL: r.app.URL, API: r.api, Box: r.box, HTTP: r.http, Now: r.now}
}

var (
	anna     = servertest.Anna
	sameTime = servertest.SameTime
)

func (r *rig) read(resp *http.Response, err error) page {
	r.t.Helper()
	return pageOf(r.visitor().Read(resp, err))
}

func (r *rig) get(ref string) page {
	r.t.Helper()
	return pageOf(r.visitor().Get(ref))
}

func (r *rig) absolute(base *url.URL, ref string) string {
	r.t.Helper()
	return r.visitor().Absolute(base, ref)
}

func (r *rig) press(p page, selector string) page {
	r.t.Helper()
	return pageOf(r.visitor().Press(p.shared(), selector))
}

func (r *rig) form(p page) (action string, values url.Values) {
	r.t.Helper()
	return r.visitor().Form(p.shared())
}

func (r *rig) send(p page, fill map[string]string) page {
	r.t.Helper()
	return pageOf(r.visitor().Send(p.shared(), fill))
}

func (r *rig) post(action string, values url.Values) page {
	r.t.Helper()
	return pageOf(r.visitor().Post(action, values))
}

func (r *rig) to(p page, step string) page {
	r.t.Helper()
	return pageOf(r.visitor().To(p.shared(), step))
}

func (r *rig) toAhead(p page, step string) page {
	r.t.Helper()
	return pageOf(r.visitor().ToAhead(p.shared(), step))
}

func (r *rig) daysAhead(p page) page {
	r.t.Helper()
	return pageOf(r.visitor().DaysAhead(p.shared()))
}

func (r *rig) openEvent(p page, days *goquery.Selection) page {
	r.t.Helper()
	return pageOf(r.visitor().OpenEvent(p.shared(), days))
}

// busyWeek is the first page of a list, from p on, that has several events: salons close for a week at the turn of the year.
func (r *rig) busyWeek(p page) page {
	r.t.Helper()
	for p.step() == "events" {
		if p.Find("main a[data-event]").Length() >= 4 {
			return p
		}
		p = r.press(p, "main a[rel=next]")
	}
	r.t.Fatalf("step %q, and no week of many events before it", p.step())
	return p
}

// roomyEvent opens the first event of a list that has two places left.
func (r *rig) roomyEvent(list page) page {
	r.t.Helper()
	for _, event := range list.Find("main a[data-event]").EachIter() {
		if open := r.get(event.AttrOr("href", "")); open.Find("main a[data-seats='2']").Length() > 0 {
			return open
		}
	}
	r.t.Fatalf("no event has two places: %s", list.Find("main").Text())
	return page{}
}

func (r *rig) onward(p page) page {
	r.t.Helper()
	return pageOf(r.visitor().Onward(p.shared()))
}

func (r *rig) code() string {
	r.t.Helper()
	return r.visitor().Code()
}

func (r *rig) online() []sandbox.Record { return r.visitor().Online() }

func (r *rig) calls(method, path string) int { return r.visitor().Calls(method, path) }

func (r *rig) fault(json string) {
	r.t.Helper()
	r.visitor().Fault(json)
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
	servertest.Cleanup(t, server.Close)
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
			before, asked := len(r.online()), r.asked()
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
			t.Logf("upstream calls for the booking: %d", r.asked()-asked)
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
