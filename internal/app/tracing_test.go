package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"okoshko/internal/config"
	"okoshko/internal/testclock"
	"okoshko/internal/tracing"
)

// TestTracesTellRoutesAndCalls opens a page with a collector at hand, and finds its route and its calls in
// what that gets, and nothing of the address.
func TestTracesTellRoutesAndCalls(t *testing.T) {
	t.Parallel()
	posts := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		posts <- string(body)
	}))
	defer collector.Close()
	log := slog.New(slog.DiscardHandler)
	spans, err := tracing.Start([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL}, "v1", log)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(t.TempDir(), config.DefaultPath), false, []string{"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN="})
	if err != nil {
		t.Fatal(err)
	}
	a, err := startWith(beginning{cfg: cfg, log: log, now: testclock.Running().Now, spans: spans})
	if err != nil {
		t.Fatal(err)
	}
	r := rig{t: t, app: a, http: &http.Client{}}
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	_, header, _ := r.fetch("/b/1/service?lang=en&utm_source=secret", map[string]string{"Traceparent": "00-" + trace + "-00f067aa0ba902b7-00"})
	if err := a.Close(); err != nil { // sends what is left
		t.Fatal(err)
	}
	got := <-posts
	for _, want := range []string{`"GET /b/:form/service"`, `"name":"bookform"`, `"traceId":"` + trace + `"`, `"parentSpanId":"00f067aa0ba902b7"`, `{"intValue":"200"}`, header.Get("X-Request-Id")} {
		if !strings.Contains(got, want) {
			t.Errorf("the spans lack %s", want)
		}
	}
	if strings.Contains(got, "secret") || strings.Contains(got, "/b/1/") {
		t.Error("the spans tell an address")
	}
}
