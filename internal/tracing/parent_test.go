package tracing

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

const (
	theirTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	theirSpan  = "00f067aa0ba902b7"
)

// started is a Tracing that sends to a collector, and all spans that have come there once it is closed.
func started(t *testing.T, environ ...string) (tr *Tracing, closed func() []span) {
	t.Helper()
	url, posts := collector(t, http.StatusOK)
	tr, err := Start(append(environ, "OTEL_EXPORTER_OTLP_ENDPOINT="+url, "OTEL_EXPORTER_OTLP_HEADERS=x-key=a%20b"), "v1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return tr, func() []span {
		tr.Close()
		var out []span
		for _, post := range *posts {
			out = append(out, post.ResourceSpans[0].ScopeSpans[0].Spans...)
		}
		return out
	}
}

// TestARequestContinuesItsTrace, and the call behind it tells the booking API.
func TestARequestContinuesItsTrace(t *testing.T) {
	tr, closed := started(t)
	ctx, end := tr.Request(context.Background(), "0123456789abcdef", "00-"+theirTrace+"-"+theirSpan+"-00")
	called, done := tr.Call(ctx, "book_times")
	header := http.Header{}
	tr.Inject(called, header)
	done("ok")
	end("GET", "/b/:form/datetime", 200)
	spans := closed()
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2: the flag of a stranger decides nothing", len(spans))
	}
	call, request := spans[0], spans[1]
	if request.TraceID != theirTrace || request.ParentID != theirSpan || request.Flags&isRemote == 0 {
		t.Errorf("request = %+v", request)
	}
	if call.TraceID != theirTrace || call.ParentID != request.SpanID || call.Flags&isRemote != 0 {
		t.Errorf("call = %+v", call)
	}
	if got, want := header.Get("Traceparent"), "00-"+theirTrace+"-"+call.SpanID+"-01"; got != want {
		t.Errorf("the API is sent %q, want %q", got, want)
	}
	if got := header.Get("Tracestate"); got != "" {
		t.Errorf("the API is sent the state %q", got)
	}
}

func TestABrokenParentIsNone(t *testing.T) {
	tr, closed := started(t)
	broken := []string{
		"", "x", "00-" + strings.Repeat("0", 32) + "-" + theirSpan + "-01", "00-" + theirTrace + "-" + strings.Repeat("0", 16) + "-01",
		"ff-" + theirTrace + "-" + theirSpan + "-01", "00-" + strings.ToUpper(theirTrace) + "-" + theirSpan + "-01", "00-" + theirTrace + "-" + theirSpan, strings.Repeat("0", 1<<16),
	}
	for _, parent := range broken {
		_, end := tr.Request(context.Background(), "0123456789abcdef", parent)
		end("GET", "/", 200)
	}
	spans := closed()
	if len(spans) != len(broken) {
		t.Fatalf("%d spans, want %d", len(spans), len(broken))
	}
	for i, s := range spans {
		if s.ParentID != "" || s.TraceID == theirTrace || len(s.TraceID) != 32 {
			t.Errorf("with %.60q the span is %+v, want one without a parent", broken[i], s)
		}
	}
}

// TestAStrangerForcesNoSampling: neither by the flag nor by a trace id that every ratio takes.
func TestAStrangerForcesNoSampling(t *testing.T) {
	const lowest = "00000000000000000000000000000001" // a sampler by ratio compares the id with a bound
	for _, tt := range []struct {
		name, sampler, ratio string
		least, most          int
	}{
		{"never", "always_off", "", 0, 0},
		{"one in a thousand", "traceidratio", "0.001", 0, 20},
		{"one in two, by the parent", "parentbased_traceidratio", "0.5", 300, 700},
		{"always", "parentbased_always_on", "", 1000, 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, closed := started(t, "OTEL_TRACES_SAMPLER="+tt.sampler, "OTEL_TRACES_SAMPLER_ARG="+tt.ratio)
			for range 1000 {
				ctx, end := tr.Request(context.Background(), "0123456789abcdef", "00-"+lowest+"-"+theirSpan+"-01")
				called, done := tr.Call(ctx, "book_times")
				header := http.Header{}
				tr.Inject(called, header)
				done("ok")
				end("GET", "/", 200)
				if !strings.HasPrefix(header.Get("Traceparent"), "00-"+lowest+"-") {
					t.Fatalf("the API is sent %q, want the trace all the same", header.Get("Traceparent"))
				}
			}
			requests, calls := 0, 0
			for _, s := range closed() {
				if s.Kind == 2 {
					requests++
				} else {
					calls++
				}
			}
			if requests < tt.least || requests > tt.most || calls != requests {
				t.Errorf("%d requests and %d calls of 1000 are recorded, want %d to %d and as many", requests, calls, tt.least, tt.most)
			}
		})
	}
}
