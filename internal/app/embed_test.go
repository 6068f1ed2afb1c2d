package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"okoshko/web/static"
)

// TestLoaderAddresses: the moving address and the pinned one send the same script to any website, and
// no other address sends anything that a browser could take for one.
func TestLoaderAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	loader, _ := assets.NewestLoader(1)
	want, _ := loader.For("")
	for path, cache := range map[string]string{
		"/embed/v1.js":                           "public, max-age=300, stale-while-revalidate=86400",
		"/embed/" + loader.Version + "/embed.js": "public, max-age=31536000, immutable",
	} {
		status, header, body := r.request(http.MethodGet, path, "", nil)
		if status != http.StatusOK || body != string(want) {
			t.Errorf("%s: status %d, %d bytes", path, status, len(body))
		}
		for name, want := range map[string]string{
			"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": cache, "Access-Control-Allow-Origin": "*",
			"Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff", "Set-Cookie": "",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if status, _, body := r.request(http.MethodGet, path, "", map[string]string{"If-None-Match": header.Get("ETag")}); status != http.StatusNotModified || body != "" {
			t.Errorf("%s again: status %d", path, status)
		}
		if _, header, _ := r.request(http.MethodGet, path, "", map[string]string{"Accept-Encoding": "br"}); header.Get("Content-Encoding") != "br" {
			t.Errorf("%s does not come compressed", path)
		}
	}
	for _, path := range []string{"/embed/", "/embed/v2.js", "/embed/v1/embed.js", "/embed/9.9.9/embed.js", "/embed/1.0.0/other.js"} {
		status, header, body := r.request(http.MethodGet, path, "", nil)
		if status != http.StatusNotFound || body != "" || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: status %d, %s: %q", path, status, header.Get("Content-Type"), body)
		}
	}
}

type introduction struct {
	Close    string
	Counters []string
	Form     int
	Lang     string
}

// introduced is what a page tells a website first.
func introduced(t *testing.T, p page) (out introduction) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.Find("main").AttrOr("data-ready", "")), &out); err != nil {
		t.Fatalf("%s: %v", p.url, err)
	}
	return out
}

func TestWebsitesAreToldTheFormsCounters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := introduced(t, r.get("/b/18?lang=de"))
	want := []string{"ym:50217133", "gtag:G-DEMO123456", "fbq:123456789012345", "VK:VK-RTRG-123456-AbCdE"}
	if !slices.Equal(got.Counters, want) || got.Form != 18 || got.Lang != "de" || got.Close != "Schließen" {
		t.Errorf("the form introduces itself as %+v", got)
	}
	visit := r.press(r.to(r.get("/b/18?lang=en"), "done"), "main a[rel=record]")
	_, _, html := r.request(http.MethodGet, visit.url.RequestURI(), "", nil)
	for _, never := range append(want, "50217133", "data-ready") {
		if strings.Contains(html, never) {
			t.Errorf("the visit's own page holds %q", never)
		}
	}
	silent := newRig(t, "OKOSHKO_EMBED_COUNTERS=off")
	if got := introduced(t, silent.get("/b/18?lang=de")); len(got.Counters) != 0 {
		t.Errorf("switched off, the form still names %v", got.Counters)
	}
}

// happened is the event of a page, and its data as text.
func happened(t *testing.T, p page) (kind, data string) {
	t.Helper()
	var event struct {
		Type string
		Data json.RawMessage
	}
	raw := p.Find("main").AttrOr("data-event", "{}")
	if err := json.Unmarshal([]byte(raw), &event); err != nil {
		t.Fatalf("%s: %q: %v", p.url, raw, err)
	}
	return event.Type, string(event.Data)
}

// TestEventsHoldNothingPersonal follows a visit from its booking to its end.
func TestEventsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.toAhead(r.get("/b/1?lang=en"), "done")
	kind, data := happened(t, done)
	var booked struct {
		Company  int
		Currency string
		ID       string
		Services []int
		Value    float64
	}
	if err := json.Unmarshal([]byte(data), &booked); err != nil {
		t.Fatal(err)
	}
	record := r.latest()
	if kind != "booked" || booked.Company != 501 || booked.Currency != "RUB" || booked.Value <= 0 || len(booked.Services) != 1 || len(booked.ID) != 16 {
		t.Errorf("%s %s", kind, data)
	}
	if again, same := happened(t, r.get(done.url.RequestURI())); again != kind || same != data {
		t.Errorf("a reload tells another story: %s %s", again, same)
	}
	visit := r.press(done, "main a[rel=record]")
	if kind, data := happened(t, visit); kind != "" {
		t.Errorf("a look at the visit is %s %s", kind, data)
	}
	moved := r.move(visit)
	kind, movedData := happened(t, moved)
	if kind != "moved" {
		t.Errorf("the move is %q: %s", kind, moved.Find("main").Text())
	}
	cancelled := r.send(r.press(moved, "main [data-cancel]"), nil)
	kind, cancelledData := happened(t, cancelled)
	if kind != "cancelled" {
		t.Errorf("the cancellation is %q: %s", kind, cancelled.Find("main").Text())
	}
	for _, told := range []string{data, movedData, cancelledData} {
		for _, never := range []string{record.Hash, strconv.Itoa(record.ID), done.url.Query().Get("attempt"), "7916", "Анна", "example.com"} {
			if strings.Contains(told, never) {
				t.Errorf("%s holds %q", told, never)
			}
		}
	}
}
