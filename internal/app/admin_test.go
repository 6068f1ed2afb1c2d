package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/admin"
	"okoshko/internal/config"
	"okoshko/internal/i18n"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/locales"
)

// operator asks the operator's listener.
func (r *rig) operator(method, ref string, header map[string]string) page {
	r.t.Helper()
	req, err := http.NewRequest(method, r.app.Admin+ref, http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	if host, ok := header["Host"]; ok {
		req.Host = host
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	return r.read(resp, err)
}

// TestOnlyTheOperatorSeesTheMachinery: what is on one listener is not on the other, and nothing of it can
// be read by a website.
func TestOnlyTheOperatorSeesTheMachinery(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_ADMIN_PROFILE=on")
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/admin.css": "text/css; charset=utf-8", "/healthz": "text/plain; charset=utf-8", "/readyz": "text/plain; charset=utf-8",
		"/metrics": "text/plain", "/debug/pprof/": "text/html; charset=utf-8", "/debug/pprof/cmdline": "text/plain; charset=utf-8", "/debug/pprof/heap?debug=1": "text/plain; charset=utf-8",
	} {
		p := r.operator(http.MethodGet, path, nil)
		if p.status != http.StatusOK || !strings.HasPrefix(p.header.Get("Content-Type"), kind) {
			t.Errorf("%s: status %d, %s", path, p.status, p.header.Get("Content-Type"))
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; base-uri 'none'; object-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Set-Cookie": "",
		} {
			if got := p.header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		if path != "/" {
			if status, _, _ := r.request(http.MethodGet, path, "", nil); status != http.StatusNotFound {
				t.Errorf("the widget has %s: status %d", path, status)
			}
		}
		if p := r.operator(http.MethodGet, path, map[string]string{"Host": "evil.example"}); p.status != http.StatusMisdirectedRequest {
			t.Errorf("%s under another name: status %d", path, p.status)
		}
		if p := r.operator(http.MethodPost, path, nil); p.status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: status %d", path, p.status)
		}
	}
	if p := r.operator(http.MethodGet, "/nope", nil); p.status != http.StatusNotFound || p.header.Get("Content-Security-Policy") == "" {
		t.Errorf("/nope: status %d", p.status)
	}
	if p := r.operator(http.MethodGet, "/healthz", map[string]string{"Host": "localhost:1"}); p.status != http.StatusOK {
		t.Errorf("by a tunnel of another port: status %d", p.status)
	}
}

// TestReadyTellsWhatIsWrong and health does not care.
func TestReadyTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ready := r.operator(http.MethodGet, "/readyz", nil)
	if ready.status != http.StatusOK || strings.Count(ready.Text(), "ok ") != 5 {
		t.Errorf("status %d: %s", ready.status, ready.Text())
	}
	r.fallSilent()
	down := r.operator(http.MethodGet, "/readyz", nil)
	if down.status != http.StatusOK || !strings.Contains(down.Text(), "mind   upstream  does not answer") || !strings.Contains(down.Text(), "ok     store") {
		t.Errorf("with the upstream down: status %d: %s", down.status, down.Text())
	}
	// The texts may have been asked for by then, in vain.
	if p := r.operator(http.MethodGet, "/", nil); !strings.Contains(p.Find(".checks .mind").Text(), "upstream") || !strings.Contains(p.Find("dd.bad").Text(), "open") {
		t.Errorf("the page says %s", p.Find(".checks, dl").Text())
	}
	if !strings.Contains(r.operator(http.MethodGet, "/metrics", nil).Text(), "okoshko_breaker_read_open 1") {
		t.Error("the metrics do not say that the breaker is open")
	}
	if p := r.operator(http.MethodGet, "/healthz", nil); p.status != http.StatusOK || p.Text() != "ok\n" {
		t.Errorf("health: status %d, %q", p.status, p.Text())
	}
}

// TestChecksOfStoreAndTexts fail those two, and the traffic, one after the other.
func TestChecksOfStoreAndTexts(t *testing.T) {
	t.Parallel()
	kept, err := store.OpenFile(filepath.Join(t.TempDir(), "test.db"), store.FileOptions{Now: testclock.Running().Now})
	if err != nil {
		t.Fatal(err)
	}
	silent := httptest.NewServer(http.NotFoundHandler())
	client, err := upstream.New(upstream.Options{BaseURL: silent.URL, PartnerToken: "x"})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := i18n.New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	words := newTexts(bundle, client, slog.New(slog.DiscardHandler), testclock.Running().Now, time.Hour)
	ready := true
	all := checks(func() bool { return ready }, store.NewBounded(kept, store.BoundedOptions{Now: testclock.Running().Now}), client, words)
	states := func() (out []admin.State) {
		for _, c := range all {
			out = append(out, c.Ask(t.Context()).State)
		}
		return out
	}
	if got := states(); !slices.Equal(got, []admin.State{admin.OK, admin.OK, admin.OK, admin.OK}) {
		t.Errorf("at first: %v", got)
	}
	words.refresh("ru")
	if got := all[3].Ask(t.Context()); got.State != admin.Mind || !strings.Contains(got.Text, "in ru:") {
		t.Errorf("without the upstream's wording: %v", got)
	}
	silent.Close()
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	ready = false
	if got := states(); !slices.Equal(got, []admin.State{admin.Wrong, admin.Wrong, admin.OK, admin.Mind}) {
		t.Errorf("without a store, and told to stop: %v", got)
	}
}

// TestOperatorBuildsASnippet by choosing, and what is no choice is left out.
func TestOperatorBuildsASnippet(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example", "OKOSHKO_FORM_2_HOSTS=https://salon.example")
	lines := func(query string) []string {
		return r.operator(http.MethodGet, "/?"+query, nil).Find(".lines > pre").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	}
	const address = "https://booking.example/b/1?lang=ru&amp;master=0&amp;services=501001"
	want := []string{
		`<okoshko-booking form="1" mode="popup" lang="ru" service="501001" master="0">` + "\n" +
			`  <a href="` + address + `">Записаться онлайн</a>` + "\n</okoshko-booking>\n" +
			`<script async src="https://booking.example/embed/v1.js"></script>`,
		`<iframe src="` + address + `" title="Онлайн-запись" loading="lazy"` + "\n" + `  width="100%" height="720" style="border:0;color-scheme:normal"` + "\n" +
			`  referrerpolicy="strict-origin-when-cross-origin" allow="otp-credentials; payment; clipboard-write; web-share"></iframe>`,
		`<a href="` + address + `">Записаться онлайн</a>`,
	}
	if got := lines("form=1&mode=popup&lang=ru&service=501001&master=0"); !slices.Equal(got, want) {
		t.Errorf("lines = %q, want %q", got, want)
	}
	plain := lines("form=1&mode=x&lang=xx&service=999&master=%3Cb%3E&company=7")
	if len(plain) != 3 || !strings.HasPrefix(plain[0], `<okoshko-booking form="1" mode="inline">`) || strings.Contains(plain[0], "999") {
		t.Errorf("what is no choice: %q", plain)
	}
	chain := r.operator(http.MethodGet, "/?form=3", nil)
	if chain.Find("select[name=company] option").Length() < 3 || chain.Find("select[name=service]").Length() != 0 {
		t.Error("a chain's branches cannot be chosen before their services")
	}
	branch := chain.Find("select[name=company] option").Eq(1).AttrOr("value", "")
	chosen := r.operator(http.MethodGet, "/?form=3&company="+branch, nil)
	if chosen.Find("select[name=service] option").Length() < 2 || !strings.Contains(chosen.Find(".lines > pre").First().Text(), `company="`+branch+`"`) {
		t.Error("a chosen branch has no services")
	}
	if p := r.operator(http.MethodGet, "/?form=2", nil); !strings.Contains(p.Find("#embed .note").Text(), "May be framed by https://salon.example.") {
		t.Error("the page does not say who may frame the form")
	}
	if p := r.operator(http.MethodGet, "/", nil); p.Find("[value='2']").Length() == 0 || p.Find("pre, iframe, script, [style]").Length() != 0 {
		t.Error("without a form: the configured one is not offered, or there is too much")
	}
	for query, want := range map[string]string{
		"form=424242": "knows no such form", "form=x": "named by its number", "form=992": "answers nothing that makes sense", "form=https://n424242.yclients.com/": "knows no such form",
	} {
		if p := r.operator(http.MethodGet, "/?"+query, nil); p.status != http.StatusOK || !strings.Contains(p.Find("#found .wrong, .problem").Text(), want) || p.Find("pre, iframe").Length() != 0 {
			t.Errorf("%s: %q", query, p.Find("#found, .problem").Text())
		}
	}
}

// TestPreviewShowsAndBooksNothing although the operator's page may not frame the form itself.
func TestPreviewShowsAndBooksNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_EMBED_HOSTS=https://salon.example", "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example")
	src := r.operator(http.MethodGet, "/?form=1&lang=en", nil).Find("iframe").AttrOr("src", "")
	frame := framedBy(r.app.Admin + "/")
	frame["Sec-Fetch-Site"], frame["Cookie"] = "same-origin", "a=b"
	start := r.operator(http.MethodGet, src, frame)
	p := r.operator(http.MethodGet, start.header.Get("Location"), frame)
	if p.step() != "service" || p.Find("[data-service]").Length() == 0 {
		t.Fatalf("the preview at %q is step %q", start.header.Get("Location"), p.step())
	}
	if csp := p.header.Values("Content-Security-Policy"); len(csp) != 1 || !strings.HasSuffix(csp[0], "; frame-ancestors 'self'") || !strings.Contains(csp[0], "default-src 'none'") {
		t.Errorf("policies %q", csp)
	}
	if p.header.Get("Strict-Transport-Security") != "" || len(p.header.Values("Referrer-Policy")) != 1 {
		t.Errorf("headers %v", p.header)
	}
	script := r.operator(http.MethodGet, p.Find("script[src]").AttrOr("src", ""), frame)
	if script.status != http.StatusOK {
		t.Errorf("its script: status %d", script.status)
	}
	contact := r.to(r.get("/b/1?lang=en"), "contact").url.RequestURI()
	details := r.operator(http.MethodGet, contact, frame)
	if details.step() != "contact" || details.header.Get("Set-Cookie") != "" {
		t.Errorf("step %q, cookie %q", details.step(), details.header.Get("Set-Cookie"))
	}
	asked := r.asked()
	if p := r.operator(http.MethodPost, "/b/1/contact", frame); p.status != http.StatusMethodNotAllowed || !strings.Contains(p.Text(), "books nothing") || r.asked() != asked {
		t.Errorf("a form that is sent: status %d: %s", p.status, p.Text())
	}
	if p := r.operator(http.MethodGet, "/r/1/501/1/x", nil); p.status != http.StatusNotFound {
		t.Errorf("a visit's own page: status %d", p.status)
	}
}

// TestOperatorChecksAPage of a website that is allowed, and of none that is not.
func TestOperatorChecksAPage(t *testing.T) {
	t.Parallel()
	asked := 0
	salon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<okoshko-booking form="1"><a href="https://booking.example/b/1">Book</a></okoshko-booking>`)
	}))
	defer salon.Close()
	r := newRig(t, "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example", "OKOSHKO_FORM_1_HOSTS="+salon.URL, "OKOSHKO_EMBED_HOSTS=https://salon.example")
	look := func(form, address string, header map[string]string) page {
		return r.operator(http.MethodGet, "/?form="+form+"&page="+url.QueryEscape(address), header)
	}
	p := look("1", salon.URL+"/booking", nil)
	if good, wrong := p.Find("#site .good"), p.Find("#site .wrong"); good.Length() != 1 || wrong.Length() != 1 || !strings.Contains(wrong.Text(), "The script is not there") {
		t.Errorf("findings: %s", p.Find("#site .checks").Text())
	}
	if p.Find("#site input[name=page]").AttrOr("value", "") != salon.URL+"/booking" {
		t.Error("what was typed is lost")
	}
	asked = 0
	for _, tt := range []struct {
		form, address, want string
		header              map[string]string
	}{
		{"2", salon.URL, "may not frame the form", nil},
		{"1", "https://salon.example/", "may not frame the form", nil},
		{"1", "http://10.0.0.1/", "Only https", nil},
		{"1", "file:///etc/passwd", "no address", nil},
		{"1", `"><script>alert(1)</script>`, "no address", nil},
	} {
		p := look(tt.form, tt.address, tt.header)
		if got := p.Find("#site .problem").Text(); !strings.Contains(got, tt.want) || p.Find("#site .checks, script").Length() != 0 {
			t.Errorf("%s for form %s: %q, want %q", tt.address, tt.form, got, tt.want)
		}
	}
	if asked != 0 {
		t.Errorf("the website was asked %d times", asked)
	}
}

// TestOperatorSeesHowThingsStand after a visit, a lost answer and a website that may not.
func TestOperatorSeesHowThingsStand(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_EMBED_HOSTS=https://salon.example", "OKOSHKO_AGENTS_MCP=on", "OKOSHKO_AGENTS_FORMS=2,3", "OKOSHKO_FOUND_FORMS=1")
	for range 3 {
		r.fetch("/b/1/service", framedBy("https://evil.example/<b>page"))
	}
	r.to(r.get("/b/1"), "done")
	coded := r.send(r.to(r.get("/b/2"), "contact"), anna)
	r.fault(`{"path":"/book_record/","method":"POST","close":"before","times":1}`)
	lost := r.send(coded, map[string]string{"code": r.code()})
	p := r.operator(http.MethodGet, "/", nil)
	row := p.Find("#refused li")
	if row.Length() != 1 || !strings.HasPrefix(row.Find("p").Text(), "https://evil.example tried to frame form 1, 3 times: ") ||
		row.Find("pre").Text() != "OKOSHKO_FORM_1_HOSTS=https://salon.example,https://evil.example" {
		t.Errorf("refused websites: %s", row.Text())
	}
	text := p.Find("#state").Text()
	for _, want := range []string{"of 1000", "of 60000", "100 %", "1 booked, 1 unknown", "open for forms 2, 3", "lists form 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if n := p.Find("#state meter").Length(); n != 2 {
		t.Errorf("%d gauges", n)
	}
	unknown := p.Find("#state table").First().Find("tbody tr")
	if unknown.Length() != 1 || unknown.Find("td").First().Text() != "2" {
		t.Errorf("unknown attempts: %s", unknown.Text())
	}
	funnel := p.Find("#state table").Eq(1)
	if got := funnel.Find("tbody tr").First().Find("td").Last().Text(); got != "1" || funnel.Find("thead th").Last().Text() != "done" {
		t.Errorf("funnel: %s", funnel.Text())
	}
	if cache := p.Find("#state table").Eq(2).Text(); !strings.Contains(cache, "services") || !strings.Contains(cache, "miss") {
		t.Errorf("cache: %s", cache)
	}
	html, err := p.Html()
	if err != nil {
		t.Fatal(err)
	}
	record := r.online()[0]
	for _, secret := range []string{"9161234567", "Анна", "anna@", record.Hash, lost.url.Query().Get("attempt"), "sandbox\""} {
		if secret == "" || strings.Contains(html, secret) {
			t.Errorf("the page tells %q", secret)
		}
	}
}

// TestABusyPortIsSaid plainly, and leaves nothing open behind.
func TestABusyPortIsSaid(t *testing.T) {
	t.Parallel()
	busy, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	taken := busy.Addr().String()
	for section, environ := range map[string][]string{
		"[admin]":  {"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=" + taken},
		"[server]": {"OKOSHKO_SERVER_LISTEN=" + taken, "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0"},
	} {
		cfg, err := config.Load(filepath.Join(t.TempDir(), "none.ini"), false, environ)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Start(cfg, slog.New(slog.DiscardHandler))
		if want := section + " listen: something else listens on " + taken; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Start = %v, want %q", err, want)
		}
	}
}

func TestWithoutAnAdminListener(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_ADMIN_LISTEN=")
	if r.app.Admin != "" || r.get("/b/1").step() != "service" {
		t.Errorf("Admin = %q", r.app.Admin)
	}
}
