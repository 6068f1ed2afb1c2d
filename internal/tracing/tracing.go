// Package tracing sends spans to an OpenTelemetry collector: how long requests took, and the calls of the booking API behind
// them. It is off until the standard variables of OpenTelemetry name a collector. A span holds the pattern of the route, the
// endpoint and the outcome. It never holds an address, a text or anything about a person.
//
// The program takes part in the traces of others (W3C Trace Context). A request that comes with the header traceparent
// continues that trace, and calls of the booking API carry the header on. Anybody can send the header, so only its ids count:
// whether spans are recorded is decided here, by the operator's sampler, and neither the header's flag nor a trace id that was
// chosen for the sampler changes that decision. The header tracestate is neither read nor sent.
package tracing

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing makes spans. A nil Tracing is one that is off.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Start reads the variables of the environment, "NAME=value". It returns nil when they name no collector.
func Start(environ []string, version string, log *slog.Logger) (*Tracing, error) {
	settings, err := read(environ)
	if err != nil || settings.endpoint == "" {
		return nil, err
	}
	// The batcher's queue is bounded: spans that find it full are dropped. The SDK reads its bounds, OTEL_BSP_…, by itself.
	provider := sdk.NewTracerProvider(
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", settings.service), attribute.String("service.version", version))),
		sdk.WithSampler(guarded(settings.sampler)),
		sdk.WithBatcher(newExporter(settings, log)),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer("okoshko")}, nil
}

// closeTime is how long the last spans may take to be sent.
const closeTime = 3 * time.Second

// Close sends the spans that have not been sent yet.
func (t *Tracing) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the exporter has logged what went wrong
}

// traceparent is the header by which a trace goes on from one program to the next.
const traceparent = "traceparent"

// Request begins the span of a request, in the trace that the request's traceparent names if it has a valid one. The function
// ends the span, when route and status are known.
func (t *Tracing) Request(ctx context.Context, id, parent string) (context.Context, func(method, route string, status int)) {
	if parent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: parent})
	}
	ctx, span := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("okoshko.request_id", id)))
	return ctx, func(method, route string, status int) {
		span.SetName(method + " " + route)
		span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Call begins the span of a call of the booking API. The span includes the call's wait for its turn.
func (t *Tracing) Call(ctx context.Context, op string) (context.Context, func(outcome string)) {
	ctx, span := t.tracer.Start(ctx, op, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(outcome string) {
		span.SetAttributes(attribute.String("okoshko.outcome", outcome))
		if outcome != "ok" {
			span.SetStatus(codes.Error, outcome)
		}
		span.End()
	}
}

// Inject adds the traceparent of the present span to the headers of a call.
func (t *Tracing) Inject(ctx context.Context, header http.Header) {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if parent := carrier.Get(traceparent); parent != "" {
		header.Set(traceparent, parent)
	}
}
