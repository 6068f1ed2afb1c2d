package tracing

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// collector is what spans are sent to.
func collector(t *testing.T, status int) (url string, posts *[]otlp) {
	t.Helper()
	posts = &[]otlp{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got otlp
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "a b" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v, key %q", r.Method, r.URL.Path, err, r.Header.Get("X-Key"))
		}
		*posts = append(*posts, got)
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL, posts
}

func TestSpansReachACollector(t *testing.T) {
	url, posts := collector(t, http.StatusOK)
	tr, err := Start([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + url, "OTEL_EXPORTER_OTLP_HEADERS=x-key=a%20b", "OTEL_SERVICE_NAME=booking"}, "v1", slog.New(slog.DiscardHandler))
	if err != nil || tr == nil {
		t.Fatal(tr, err)
	}
	ctx, end := tr.Request(context.Background(), "0123456789abcdef", "")
	_, done := tr.Call(ctx, "book_services")
	done("timeout")
	end("GET", "/b/:form/service", 502)
	tr.Close()
	if len(*posts) != 1 {
		t.Fatalf("posts = %d, want 1", len(*posts))
	}
	got := (*posts)[0].ResourceSpans[0]
	if raw, _ := json.Marshal(got.Resource); !strings.Contains(string(raw), `{"key":"service.name","value":{"stringValue":"booking"}}`) {
		t.Errorf("resource = %s", raw)
	}
	spans := got.ScopeSpans[0].Spans
	if len(spans) != 2 {
		t.Fatalf("spans = %+v", spans)
	}
	call, request := spans[0], spans[1]
	if call.Name != "book_services" || call.Kind != 3 || call.ParentID != request.SpanID || call.TraceID != request.TraceID || call.Status.Code != 2 || call.Status.Message != "timeout" {
		t.Errorf("call = %+v", call)
	}
	if raw, _ := json.Marshal(request.Values); !strings.Contains(string(raw), `{"key":"http.response.status_code","value":{"intValue":"502"}}`) || !strings.Contains(string(raw), `{"key":"http.route","value":{"stringValue":"/b/:form/service"}}`) {
		t.Errorf("attributes = %s", raw)
	}
	if request.Name != "GET /b/:form/service" || request.Kind != 2 || request.ParentID != "" || request.Status.Code != 2 || len(request.TraceID) != 32 || len(request.SpanID) != 16 {
		t.Errorf("request = %+v", request)
	}
}

func TestACollectorThatRefusesIsNoTrouble(t *testing.T) {
	url, _ := collector(t, http.StatusServiceUnavailable)
	var log strings.Builder
	tr, err := Start([]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + url + "/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=x-key=a%20b"}, "v1", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	_, done := tr.Call(context.Background(), "bookform")
	done("ok")
	tr.Close()
	if !strings.Contains(log.String(), "traces not sent") || strings.Contains(log.String(), url) {
		t.Errorf("the log says %q", log.String())
	}
}

func TestVariables(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://c.example:4318"
	for _, tt := range []struct {
		name    string
		environ []string
		want    string // the endpoint
		refused bool
	}{
		{name: "nothing"},
		{name: "other people's", environ: []string{"PATH=/bin", "OTEL_SERVICE_NAME=x"}},
		{name: "a collector", environ: []string{endpoint}, want: "http://c.example:4318/v1/traces"},
		{name: "for traces", environ: []string{endpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://t.example/own"}, want: "https://t.example/own"},
		{name: "switched off", environ: []string{endpoint, "OTEL_SDK_DISABLED=true"}},
		{name: "no exporter", environ: []string{endpoint, "OTEL_TRACES_EXPORTER=none"}},
		{name: "gRPC", environ: []string{endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, refused: true},
		{name: "no URL", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=c.example:4318"}, refused: true},
		{name: "a ratio", environ: []string{endpoint, "OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.1"}, want: "http://c.example:4318/v1/traces"},
		{name: "no ratio", environ: []string{endpoint, "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=NaN"}, refused: true},
		{name: "no sampler", environ: []string{endpoint, "OTEL_TRACES_SAMPLER=jaeger_remote"}, refused: true},
		{name: "broken headers", environ: []string{endpoint, "OTEL_EXPORTER_OTLP_HEADERS=secret"}, refused: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := read(tt.environ)
			if (err != nil) != tt.refused || !tt.refused && s.endpoint != tt.want {
				t.Errorf("read = %q, %v, want %q", s.endpoint, err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "c.example")) {
				t.Errorf("the error repeats a value: %v", err)
			}
		})
	}
	if tr, err := Start(nil, "v1", slog.New(slog.DiscardHandler)); tr != nil || err != nil {
		t.Errorf("Start without variables = %v, %v", tr, err)
	}
}
