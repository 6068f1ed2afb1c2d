package tracing

import (
	"crypto/rand"
	"errors"
	"strconv"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// samplerOf reads OTEL_TRACES_SAMPLER and its argument. A sampler decides for whole traces here, so "parentbased_" is implied:
// a span within this program is recorded when its parent is.
func samplerOf(name, argument string) (sdk.Sampler, error) {
	switch name {
	case "", "always_on", "parentbased_always_on":
		return sdk.AlwaysSample(), nil
	case "always_off", "parentbased_always_off":
		return sdk.NeverSample(), nil
	case "traceidratio", "parentbased_traceidratio":
		if argument == "" {
			return sdk.AlwaysSample(), nil // the ratio's default is 1.0
		}
		ratio, err := strconv.ParseFloat(argument, 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			return nil, errors.New("OTEL_TRACES_SAMPLER_ARG: allowed is a ratio from 0 to 1")
		}
		return sdk.TraceIDRatioBased(ratio), nil
	}
	return nil, errors.New("OTEL_TRACES_SAMPLER: allowed is always_on, always_off or traceidratio, each also with parentbased_ before it")
}

// guarded is the sampler for requests of strangers. The first span of a request is decided by the operator's sampler, whether
// or not the request names a trace; the spans within it follow.
func guarded(operators sdk.Sampler) sdk.Sampler {
	first := independent{operators}
	return sdk.ParentBased(first, sdk.WithRemoteParentSampled(first), sdk.WithRemoteParentNotSampled(first))
}

// independent lets a sampler decide without what a stranger has chosen. A sampler by ratio looks at the trace id only, so it is
// shown a random one: otherwise a request that names the right id would be recorded however small the ratio is.
type independent struct{ sdk.Sampler }

// ShouldSample implements sdk.Sampler.
func (o independent) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	if trace.SpanContextFromContext(p.ParentContext).IsRemote() {
		_, _ = rand.Read(p.TraceID[:]) // never fails
	}
	return o.Sampler.ShouldSample(p)
}
