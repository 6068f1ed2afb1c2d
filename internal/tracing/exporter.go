package tracing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// exporter posts spans as OTLP in JSON. The exporters of the project bring gRPC along, which would be a third
// of the binary.
type exporter struct {
	settings settings
	client   *http.Client
	log      *slog.Logger
}

// exportTime is how long a post may take.
const exportTime = 5 * time.Second

func newExporter(s settings, log *slog.Logger) *exporter {
	return &exporter{settings: s, client: &http.Client{Timeout: exportTime}, log: log}
}

// Shutdown implements sdk.SpanExporter.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

// ExportSpans implements sdk.SpanExporter. Spans that a collector does not take are lost: nothing waits for it.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	if err := e.post(ctx, spans); err != nil {
		e.log.Warn("traces not sent", "spans", len(spans), "error", err)
	}
	return nil
}

func (e *exporter) post(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := json.Marshal(document(spans))
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.settings.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(request.Header, e.settings.headers)
	request.Header.Set("Content-Type", "application/json")
	answer, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("%T", err) // its text holds the address
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection serves again
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// The shapes of OTLP in JSON, as far as they are used here.
type (
	otlp struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   attributes   `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	attributes struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name string `json:"name"`
	}
	span struct {
		TraceID  string     `json:"traceId"`
		SpanID   string     `json:"spanId"`
		ParentID string     `json:"parentSpanId,omitempty"`
		Name     string     `json:"name"`
		Kind     int        `json:"kind"`
		Start    string     `json:"startTimeUnixNano"`
		End      string     `json:"endTimeUnixNano"`
		Values   []keyValue `json:"attributes"`
		Status   status     `json:"status"`
	}
	status struct {
		Code    int    `json:"code"`
		Message string `json:"message,omitempty"`
	}
	keyValue struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		String string `json:"stringValue"`
	}
)

func document(spans []sdk.ReadOnlySpan) otlp {
	out := make([]span, len(spans))
	for i, s := range spans {
		out[i] = span{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
			Name: s.Name(), Kind: int(s.SpanKind()), Values: keyValues(s.Attributes()),
			Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10),
		}
		if parent := s.Parent(); parent.HasSpanID() {
			out[i].ParentID = parent.SpanID().String()
		}
		const failed = 2 // STATUS_CODE_ERROR
		if d := s.Status(); d.Code.String() == "Error" {
			out[i].Status = status{Code: failed, Message: d.Description}
		}
	}
	return otlp{[]resourceSpans{{
		Resource:   attributes{keyValues(spans[0].Resource().Attributes())},
		ScopeSpans: []scopeSpans{{Scope: scope{"okoshko"}, Spans: out}},
	}}}
}

func keyValues(list []attribute.KeyValue) []keyValue {
	out := make([]keyValue, len(list))
	for i, a := range list {
		out[i] = keyValue{string(a.Key), value{a.Value.String()}}
	}
	return out
}
