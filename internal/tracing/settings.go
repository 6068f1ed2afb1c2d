package tracing

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// settings are what the standard variables of OpenTelemetry say.
type settings struct {
	endpoint string // where spans are posted to; "" = tracing is off
	headers  http.Header
	service  string
	sampler  sdk.Sampler
}

// read reads the variables of the OpenTelemetry specification that matter here. No value stands in an error:
// headers are secrets, and addresses may hold one.
func read(environ []string) (settings, error) {
	given := map[string]string{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			given[name] = strings.TrimSpace(value)
		}
	}
	of := func(what string) string {
		if v := given["OTEL_EXPORTER_OTLP_TRACES_"+what]; v != "" {
			return v
		}
		return given["OTEL_EXPORTER_OTLP_"+what]
	}
	s := settings{headers: http.Header{}, service: "okoshko"}
	if strings.EqualFold(given["OTEL_SDK_DISABLED"], "true") || given["OTEL_TRACES_EXPORTER"] == "none" || of("ENDPOINT") == "" {
		return s, nil
	}
	if p := of("PROTOCOL"); p != "" && p != "http/json" {
		return s, errors.New("OTEL_EXPORTER_OTLP_PROTOCOL: allowed is http/json, which collectors take at the port of http/protobuf")
	}
	u, err := url.Parse(of("ENDPOINT"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return s, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: allowed is a URL such as http://collector:4318")
	}
	if given["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == "" {
		u = u.JoinPath("v1", "traces")
	}
	s.endpoint = u.String()
	if name := given["OTEL_SERVICE_NAME"]; name != "" {
		s.service = name
	}
	if s.sampler, err = samplerOf(given["OTEL_TRACES_SAMPLER"], given["OTEL_TRACES_SAMPLER_ARG"]); err != nil {
		return settings{}, err
	}
	for pair := range strings.SplitSeq(of("HEADERS"), ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return settings{}, errors.New("OTEL_EXPORTER_OTLP_HEADERS: allowed is a list such as name=value,name=value")
		}
		s.headers.Set(strings.TrimSpace(name), value)
	}
	return s, nil
}
