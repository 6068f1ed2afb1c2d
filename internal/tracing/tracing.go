// Package tracing tells an OpenTelemetry collector how long requests and the calls behind them took. It is off
// until the standard variables name a collector. A span holds the route's pattern, the endpoint and how it
// ended: never an address, a text or a person.
package tracing

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing makes spans. A nil Tracing is one that is off.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Start reads the variables of the environment, "NAME=value". It is nil when they ask for no traces.
func Start(environ []string, version string, log *slog.Logger) (*Tracing, error) {
	settings, err := read(environ)
	if err != nil || settings.endpoint == "" {
		return nil, err
	}
	// The SDK reads OTEL_TRACES_SAMPLER and OTEL_BSP_… by itself.
	provider := sdk.NewTracerProvider(
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", settings.service), attribute.String("service.version", version))),
		sdk.WithBatcher(newExporter(settings, log)),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer("okoshko")}, nil
}

// closeTime is how long the last spans may take to be sent.
const closeTime = 3 * time.Second

// Close sends what is left.
func (t *Tracing) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the exporter has logged what went wrong
}

// Request begins the span of a request; the function ends it, when the route and the status are known.
func (t *Tracing) Request(ctx context.Context, id string) (context.Context, func(method, route string, status int)) {
	ctx, span := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("okoshko.request_id", id)))
	return ctx, func(method, route string, status int) {
		span.SetName(method + " " + route)
		span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		const failed = 500
		if status >= failed {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Call begins the span of a call of the booking API, its wait for a turn included.
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
