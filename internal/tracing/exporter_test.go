package tracing

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// TestAttributesKeepTheirTypes: a collector that gets numbers as texts can neither compare nor add them up.
func TestAttributesKeepTheirTypes(t *testing.T) {
	for _, tt := range []struct {
		value attribute.Value
		want  string
	}{
		{attribute.StringValue(""), `{"stringValue":""}`},
		{attribute.StringValue("ü"), `{"stringValue":"ü"}`},
		{attribute.BoolValue(false), `{"boolValue":false}`},
		{attribute.BoolValue(true), `{"boolValue":true}`},
		{attribute.Int64Value(0), `{"intValue":"0"}`},
		{attribute.Int64Value(math.MaxInt64), `{"intValue":"9223372036854775807"}`},
		{attribute.Float64Value(0), `{"doubleValue":0}`},
		{attribute.Float64Value(-1.5), `{"doubleValue":-1.5}`},
		{attribute.Float64Value(math.NaN()), `{"doubleValue":"NaN"}`},
		{attribute.Float64Value(math.Inf(-1)), `{"doubleValue":"-Infinity"}`},
		{attribute.StringSliceValue([]string{"a", "b"}), `{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}}`},
		{attribute.Int64SliceValue([]int64{7}), `{"arrayValue":{"values":[{"intValue":"7"}]}}`},
		{attribute.BoolSliceValue(nil), `{"arrayValue":{"values":[]}}`},
		{attribute.Float64SliceValue([]float64{0.5}), `{"arrayValue":{"values":[{"doubleValue":0.5}]}}`},
	} {
		got, err := json.Marshal(valueOf(tt.value))
		if err != nil || string(got) != tt.want {
			t.Errorf("%v %s = %s, %v, want %s", tt.value.Type(), tt.value.String(), got, err, tt.want)
		}
	}
}

// try sends one span to a collector that gives one answer after the other, and counts the posts.
func try(t *testing.T, answers ...http.HandlerFunc) (posts int, log string) {
	t.Helper()
	var asked atomic.Int32
	var bodies sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(asked.Add(1))
		var got otlp
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Errorf("post %d: %v", n, err)
		}
		for _, span := range got.ResourceSpans[0].ScopeSpans[0].Spans {
			bodies.Store(span.SpanID, true)
		}
		answers[min(n, len(answers))-1](w, r)
	}))
	defer s.Close()
	var out strings.Builder
	e := newExporter(settings{endpoint: s.URL}, slog.New(slog.NewTextHandler(&out, nil)))
	e.backoff = time.Millisecond
	provider := sdk.NewTracerProvider(sdk.WithSyncer(e))
	_, span := provider.Tracer("test").Start(context.Background(), "one")
	span.End()
	spans := 0
	bodies.Range(func(any, any) bool { spans++; return true })
	if spans > 1 {
		t.Errorf("%d spans were sent, want the same one again", spans)
	}
	return int(asked.Load()), out.String()
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestAnExportIsTriedOnceMore(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []http.HandlerFunc
		posts   int
		log     string // a part of it; "" = nothing is logged
	}{
		{"taken", []http.HandlerFunc{answer(200, "{}")}, 1, ""},
		{"taken at last", []http.HandlerFunc{answer(503, ""), answer(200, "")}, 2, ""},
		{"too many", []http.HandlerFunc{answer(429, ""), answer(200, "")}, 2, ""},
		{"hung up once", []http.HandlerFunc{hangUp, answer(200, "")}, 2, ""},
		{"never taken", []http.HandlerFunc{answer(503, "secret")}, 2, "status 503"},
		{"always hung up", []http.HandlerFunc{hangUp}, 2, "traces not sent"},
		{"refused", []http.HandlerFunc{answer(400, "secret")}, 1, "status 400"},
		{"broken", []http.HandlerFunc{answer(500, "")}, 1, "status 500"},
		{"taken in part", []http.HandlerFunc{answer(200, `{"partialSuccess":{"rejectedSpans":"1","errorMessage":"secret"}}`)}, 1, "1 spans rejected"},
		{"taken with a word", []http.HandlerFunc{answer(200, `{"partialSuccess":{"errorMessage":"secret"}}`)}, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			posts, log := try(t, tt.answers...)
			if posts != tt.posts {
				t.Errorf("%d posts, want %d", posts, tt.posts)
			}
			if (log != "") != (tt.log != "") || !strings.Contains(log, tt.log) || strings.Contains(log, "secret") {
				t.Errorf("the log says %q, want %q", log, tt.log)
			}
		})
	}
}

// TestARetryWaitsAsTheCollectorSays within bounds, and ends with its context.
func TestARetryWaitsAsTheCollectorSays(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", strconv.Itoa(1<<40))
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer s.Close()
	e := newExporter(settings{endpoint: s.URL}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	err := e.post(ctx, nil)
	if later, ok := err.(*retryError); !ok || later.after < longestBackoff { //nolint:errorlint // it is not wrapped
		t.Errorf("post = %#v, want the collector's wait", err)
	}
	cancel()
	recorder := sdk.NewTracerProvider(sdk.WithSyncer(e))
	_, span := recorder.Tracer("test").Start(context.Background(), "one")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = e.ExportSpans(ctx, []sdk.ReadOnlySpan{span.(sdk.ReadOnlySpan)}) //nolint:forcetypeassert // the SDK's own
	}()
	<-done // and not after ten seconds
	if asked.Load() != 1 {
		t.Errorf("%d posts, want none after the end", asked.Load()-1)
	}
}

// TestTheQueueIsBounded: a collector that hangs costs a queue of spans and no request its time.
func TestTheQueueIsBounded(t *testing.T) {
	free := make(chan struct{})
	var got atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var post otlp
		_ = json.NewDecoder(r.Body).Decode(&post)
		<-free
		got.Add(int32(len(post.ResourceSpans[0].ScopeSpans[0].Spans)))
	}))
	defer s.Close()
	tr, err := Start([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.URL}, "v1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const spans, queue, batch = 20_000, 2048, 512 // the SDK's own bounds
	for range spans {
		_, done := tr.Call(context.Background(), "bookform")
		done("ok")
	}
	close(free)
	tr.Close()
	if n := int(got.Load()); n == 0 || n > queue+2*batch {
		t.Errorf("%d of %d spans were kept for a collector that hangs, want at most %d", n, spans, queue+2*batch)
	}
}
