package tracing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// exporter posts spans as OTLP in JSON. OpenTelemetry's own exporters bring gRPC along, which would make the binary nine
// megabytes larger (docs/adr/0015-what-we-wrote-ourselves-and-why.md).
type exporter struct {
	settings settings
	client   *http.Client
	log      *slog.Logger
	backoff  time.Duration // before the one retry
}

const (
	// exportTime is how long a post may take.
	exportTime = 5 * time.Second
	// firstBackoff is how long the retry waits when the collector does not say.
	firstBackoff = time.Second
	// longestBackoff bounds what the collector says.
	longestBackoff = 10 * time.Second
	// maxAnswer is as much of an answer as is read.
	maxAnswer = 1 << 16
)

func newExporter(s settings, log *slog.Logger) *exporter {
	return &exporter{settings: s, client: &http.Client{Timeout: exportTime}, log: log, backoff: firstBackoff}
}

// Shutdown implements sdk.SpanExporter.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

// ExportSpans implements sdk.SpanExporter. It tries twice. Spans that a collector does not take then are lost, and logged: the
// queue behind them is bounded, so nothing may wait for a collector that is down.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	if err := e.export(ctx, spans); err != nil {
		e.log.Warn("traces not sent", "spans", len(spans), "error", err)
	}
	return nil
}

func (e *exporter) export(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := json.Marshal(document(spans))
	if err != nil {
		return err
	}
	err = e.post(ctx, body)
	later, ok := errors.AsType[*retryError](err)
	if !ok {
		return err
	}
	wait := cmp.Or(later.after, e.backoff)
	select {
	case <-ctx.Done():
		return err
	case <-time.After(wait + rand.N(wait/4+1)): //nolint:gosec // no secret: several processes do not come back at the same moment
	}
	return e.post(ctx, body)
}

// retryError is a failure that may pass (OTLP 1.x, "Retryable Response Codes").
type retryError struct {
	text  string
	after time.Duration // as the collector says; 0 = it does not
}

func (e *retryError) Error() string { return e.text }

func (e *exporter) post(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.settings.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(request.Header, e.settings.headers)
	request.Header.Set("Content-Type", "application/json")
	answer, err := e.client.Do(request)
	if err != nil {
		return &retryError{text: fmt.Sprintf("%T", err)} // its text holds the address
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // to its end, so that the connection serves again
	switch status := answer.StatusCode; status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		after := time.Duration(min(max(seconds, 0), int(longestBackoff/time.Second))) * time.Second
		return &retryError{text: fmt.Sprintf("status %d", status), after: after}
	default:
		if status >= http.StatusMultipleChoices {
			return fmt.Errorf("status %d", status)
		}
	}
	return rejected(text)
}

// rejected is the error in an answer of a collector that took a part of the spans only, nil when it took all of them.
func rejected(answer []byte) error {
	var got struct {
		PartialSuccess struct {
			RejectedSpans json.Number `json:"rejectedSpans"`
		} `json:"partialSuccess"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return nil //nolint:nilerr // a collector may answer anything to what it took
	}
	if n := got.PartialSuccess.RejectedSpans; n != "" && n != "0" {
		return fmt.Errorf("%s spans rejected", n)
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
		Flags    int        `json:"flags"`
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
	// value is one of its fields.
	value struct {
		String *string `json:"stringValue,omitempty"`
		Bool   *bool   `json:"boolValue,omitempty"`
		Int    string  `json:"intValue,omitempty"` // 64 bits, which numbers of JSON do not hold
		Double any     `json:"doubleValue,omitempty"`
		Array  *array  `json:"arrayValue,omitempty"`
	}
	array struct {
		Values []value `json:"values"`
	}
)

// The bits of a span's flags beside those of W3C Trace Context.
const (
	knowsRemote = 1 << 8
	isRemote    = 1 << 9
)

func document(spans []sdk.ReadOnlySpan) otlp {
	out := make([]span, len(spans))
	for i, s := range spans {
		out[i] = span{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
			Name: s.Name(), Kind: int(s.SpanKind()), Flags: int(s.SpanContext().TraceFlags()) | knowsRemote, Values: keyValues(s.Attributes()),
			Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10),
		}
		if parent := s.Parent(); parent.HasSpanID() {
			out[i].ParentID = parent.SpanID().String()
			if parent.IsRemote() {
				out[i].Flags |= isRemote
			}
		}
		const failed = 2 // STATUS_CODE_ERROR
		if d := s.Status(); d.Code == codes.Error {
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
		out[i] = keyValue{string(a.Key), valueOf(a.Value)}
	}
	return out
}

// valueOf is an attribute's value in the type that it has.
func valueOf(v attribute.Value) value {
	switch v.Type() {
	case attribute.BOOL:
		b := v.AsBool()
		return value{Bool: &b}
	case attribute.INT64:
		return value{Int: strconv.FormatInt(v.AsInt64(), 10)}
	case attribute.FLOAT64:
		return value{Double: double(v.AsFloat64())}
	case attribute.BOOLSLICE:
		return arrayOf(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		return arrayOf(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		return arrayOf(v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		return arrayOf(v.AsStringSlice(), attribute.StringValue)
	default:
		text := v.String()
		return value{String: &text}
	}
}

func arrayOf[T any](list []T, one func(T) attribute.Value) value {
	out := array{make([]value, len(list))}
	for i, x := range list {
		out.Values[i] = valueOf(one(x))
	}
	return value{Array: &out}
}

// double is a number as the JSON of protocol buffers has it, which writes as texts what JSON has no numbers for.
func double(x float64) any {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	return x
}
