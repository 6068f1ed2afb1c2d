package app

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"text/tabwriter"
)

// Limits in bytes: a page with its styles fits the first round trip of a new connection.
const (
	pageLimit   = 14_000 // brotli
	scriptLimit = 8_000  // gzip
	loaderLimit = 3_300  // gzip, of the script that a website carries
	viewLimit   = 30_000 // everything but pictures, brotli
	viewCalls   = 3
)

// weight is what an address sends to a browser that takes an encoding.
func (r *rig) weight(ref, encoding string) (n int, body []byte) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.absolute(nil, ref), http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", encoding)
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil || resp.StatusCode >= http.StatusBadRequest {
		r.t.Fatalf("%s: status %d, %v", ref, resp.StatusCode, err)
	}
	if got := resp.Header.Get("Content-Encoding"); encoding != "identity" && got != encoding {
		r.t.Errorf("%s comes as %q, want %s", ref, got, encoding)
	}
	return len(body), body
}

// TestPagesAreLight prints what every step weighs; the command is in the README.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "step\ton it\tHTML\tgzip\tbrotli\tscripts needed\trequests\tfirst view, brotli\t")

	p := r.to(r.get("/b/18"), "datetime")
	day := p.Find("main a[data-date]").Last().AttrOr("data-date", "")
	r = newRig(t)
	r.fullHouse(801, day)
	addresses := []struct{ name, path, count string }{
		{"city", "/b/3", "a[data-city]"},
		{"company", "/b/3/company?city=52", "a[data-company]"},
		{"service", "/b/18/service", "[data-service]"},
		{"master", "/b/18/master?services=801001", "a[data-staff]"},
		{"datetime", "/b/18/datetime?services=801001&master=0&date=" + day, "a[data-slot]"},
		{"events", "/b/22/events", "a[data-event]"},
		{"windows", "/b/18/windows", "[data-master]"},
	}
	for _, lang := range []string{"en", "ru"} {
		for _, a := range addresses {
			p := r.get(withParam(a.path, "lang", lang))
			if p.step() != a.name {
				t.Fatalf("%s is step %q", a.path, p.step())
			}
			things := p.Find("main " + a.count).Length()
			if least := map[string]int{"service": 60, "datetime": 48}[a.name]; things < least {
				t.Errorf("%s has %d things on it, want at least %d", a.name, things, least)
			}
			r.weigh(w, a.name+" "+lang, p, things)
		}
	}
	// What belongs to one visitor is asked for with the visitor's cookie.
	r, _ = r.browser()
	p = r.to(r.get("/b/1?lang=ru"), "contact")
	for _, step := range []string{"contact", "confirm", "done", "record"} {
		if p = r.onwardTo(p, step); step == "confirm" {
			p.url.Path = "/b/1/confirm" // it was the answer to the contact form
		}
		r.weigh(w, step+" ru", p, p.Find("main [name], main dt").Length())
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	script, _ := r.weight(p.Find("script[src]").AttrOr("src", ""), "gzip")
	fmt.Fprintf(&table, "\nenhancement script: %d bytes gzip (limit %d)\n", script, scriptLimit)
	if script > scriptLimit {
		t.Errorf("the script has %d bytes, want at most %d", script, scriptLimit)
	}
	loader, _ := r.weight("/embed/v1.js", "gzip")
	fmt.Fprintf(&table, "loader on the website: %d bytes gzip (limit %d)\n", loader, loaderLimit)
	if loader > loaderLimit {
		t.Errorf("the loader has %d bytes, want at most %d", loader, loaderLimit)
	}
	t.Logf("limits: page %d brotli, first view %d and %d requests without pictures\n%s", pageLimit, viewLimit, viewCalls, table.String())
}

// weigh adds a page to the table and holds it to the limits.
func (r *rig) weigh(w io.Writer, name string, p page, things int) {
	r.t.Helper()
	ref := p.url.RequestURI()
	raw, html := r.weight(ref, "identity")
	br, _ := r.weight(ref, "br")
	gz, _ := r.weight(ref, "gzip")
	if kept := gunzipped(r.t, r.bytesOf(ref, "gzip")); len(kept) != len(html) {
		r.t.Errorf("%s: %d bytes unpacked, %d plain", name, len(kept), len(html))
	}
	requests, view := 1, br
	for _, selector := range []string{"script[src]", "link[rel=stylesheet]", "link[rel=icon]"} {
		for _, s := range p.Find(selector).EachIter() {
			n, _ := r.weight(s.AttrOr("src", s.AttrOr("href", "")), "br")
			requests, view = requests+1, view+n
		}
	}
	// Without a script every step is walked by TestEveryFormBooksWithoutCookiesOrScripts.
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t0\t%d\t%d\t\n", name, things, raw, gz, br, requests, view)
	if br > pageLimit || view > viewLimit || requests > viewCalls {
		r.t.Errorf("%s: page %d, first view %d in %d requests", name, br, view, requests)
	}
	if strings.Contains(string(html), "@font-face") {
		r.t.Errorf("%s has a font of its own", name)
	}
}

// onwardTo is to, which also opens the visit's own page.
func (r *rig) onwardTo(p page, step string) page {
	r.t.Helper()
	if step == "record" {
		return r.press(p, "main a[rel=record]")
	}
	return r.to(p, step)
}

func (r *rig) bytesOf(ref, encoding string) []byte {
	_, body := r.weight(ref, encoding)
	return body
}

func gunzipped(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func withParam(ref, name, value string) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// fullHouse makes the upstream answer with all 60 services of a salon, the paused ones too, and
// with a time every quarter of an hour from eight to eight.
func (r *rig) fullHouse(company int, day string) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v1/book_services/%d", r.api, company), http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	req.Header.Set("Accept", "application/vnd.yclients.v2+json")
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	services, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(services, []byte(`"active":0`)) {
		r.t.Fatalf("book_services: %v, %.200s", err, services)
	}
	var times strings.Builder
	for minute := 8 * 60; minute < 20*60; minute += 15 {
		fmt.Fprintf(&times, `,{"time":"%d:%02d","seance_length":3600,"datetime":"%sT%02d:%02d:00+02:00"}`, minute/60, minute%60, day, minute/60, minute%60)
	}
	for path, body := range map[string]string{
		fmt.Sprintf("/book_services/%d", company): strings.ReplaceAll(string(services), `"active":0`, `"active":1`),
		fmt.Sprintf("/book_times/%d", company):    "[" + times.String()[1:] + "]",
	} {
		fault, err := json.Marshal(map[string]any{"path": path, "status": http.StatusOK, "body": body, "times": 100})
		if err != nil {
			r.t.Fatal(err)
		}
		r.fault(string(fault))
	}
}
