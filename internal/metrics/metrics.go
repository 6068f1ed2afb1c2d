// Package metrics counts what an operator wants to see, and serves the counts to Prometheus. The values of labels come from
// small fixed sets. They never come from an address, a text or a person.
package metrics

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// maxForms bounds the forms that have a label of their own. Every form is a label, and anybody may ask for any number.
const maxForms = 1000

// The values of the labels of page_seconds and booking_answer_seconds. Other packages name them as constants of package response.
var (
	pageOutcomes   = []string{"shown", "looking", "failed", "refused"}
	bookingAnswers = []string{"booked", "refused", "unsent", "unknown", "again", "failed"}
)

// Metrics holds all counters, histograms and gauges. It is safe for concurrent use.
type Metrics struct {
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec
	pageTime      *prometheus.HistogramVec
	pages         *prometheus.HistogramVec
	answers       *prometheus.HistogramVec
	calls         *prometheus.CounterVec
	callTime      *prometheus.HistogramVec
	waits         *prometheus.HistogramVec
	cache         *prometheus.CounterVec
	dropped       prometheus.Counter
	attempts      *prometheus.CounterVec
	changes       *prometheus.CounterVec
	codes         *prometheus.CounterVec
	disagreements *prometheus.CounterVec
	limits        *prometheus.CounterVec
	hooks         *prometheus.CounterVec
	tools         *prometheus.CounterVec
	funnel        *prometheus.CounterVec
	missingTexts  *prometheus.CounterVec
	wishes        *prometheus.CounterVec
	told          *prometheus.CounterVec
	wishCalls     *prometheus.CounterVec

	mu    sync.Mutex
	forms map[int]bool
}

// New makes Metrics. The version names the build.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), forms: map[int]bool{}}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "okoshko", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "okoshko", Name: name, Help: help, Buckets: buckets}, labels)
		m.registry.MustRegister(h)
		return h
	}
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .3, 1, 2.5, 6}
	m.requests = counter("requests_total", "Requests by route and status.", "route", "status")
	m.pageTime = histogram("request_seconds", "Time to answer a request.", seconds, "route")
	// The objectives of docs/performance.md are bounds of buckets here: one second for a page, ten for the answer to a booking.
	m.pages = histogram("page_seconds", "Time until a customer's page was answered, by outcome.", []float64{.1, .3, 1, 2.5, 6, 10}, "outcome")
	m.answers = histogram("booking_answer_seconds", "Time from the press that books to its answer, by what the answer says.", []float64{.1, .3, 1, 2.5, 5, 10, 20}, "answer")
	for _, outcome := range pageOutcomes {
		m.pages.WithLabelValues(outcome) // a rate needs the zero before the first one
	}
	for _, answer := range bookingAnswers {
		m.answers.WithLabelValues(answer)
	}
	m.calls = counter("upstream_calls_total", "Calls of the booking API by endpoint and outcome.", "endpoint", "outcome")
	m.callTime = histogram("upstream_call_seconds", "Time of a call, without the wait for its turn.", seconds, "endpoint")
	m.waits = histogram("upstream_wait_seconds", "Wait of a call for its turn, by priority.", seconds, "priority", "outcome")
	m.cache = counter("cache_lookups_total", "Questions to the catalogue's cache by what came of them.", "question", "result")
	m.dropped = counter("cache_dropped_total", "Good answers that had to make room for others in the catalogue's cache.").WithLabelValues()
	m.attempts = counter("booking_attempts_total", "Booking attempts by the state they came to.", "state")
	for _, state := range []string{"booked", "refused", "unknown"} {
		m.attempts.WithLabelValues(state) // from the start, so that "none was booked" can be said of a process that has just begun
	}
	m.changes = counter("visit_changes_total", "Cancels and moves of visits by the state they came to.", "kind", "state")
	m.codes = counter("codes_total", "Text messages with a code by outcome.", "outcome")
	m.disagreements = counter("disagreements_total", "Answers of the API that contradict themselves or what this program knows.", "about")
	m.limits = counter("limit_hits_total", "Requests that a limit held back.", "limit")
	m.tools = counter("tools_total", "Calls of the tools for assistants by what became of them.", "tool", "outcome")
	m.hooks = counter("hooks_total", "Hooks of the booking API by what has changed and what became of them.", "resource", "outcome")
	m.funnel = counter("funnel_steps_total", "Pages shown by form and step.", "form", "step")
	m.missingTexts = counter("missing_texts_total", "Texts that pages asked for and no language has, each once since the start.", "lang")
	m.wishes = counter("wishes_total", "Wishes by channel and what became of them.", "channel", "event")
	m.told = counter("wishes_told_total", "Messages to the owners of wishes by channel and outcome.", "channel", "outcome")
	m.wishCalls = counter("wish_calls_total", "Questions that the watch had to ask for wishes, by what was asked and what came of it.", "question", "outcome")
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "okoshko", Name: "build_info", Help: "1; the label names the build.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(build)
	return m
}

// Gauge registers a number that is computed whenever the metrics are read.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "okoshko", Name: name, Help: help}, value))
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Counts are the counters that the operator's page shows. They count from the start of the program.
type Counts struct {
	Funnel   map[string]map[string]int // pages shown by form and step
	Cache    map[string]map[string]int // questions to the cache by what was asked and what came of it
	Attempts map[string]int            // booking attempts by the state they came to
	Changes  map[string]map[string]int // cancels and moves by the state they came to
	Hooks    map[string]map[string]int // hooks by what has changed and what became of them
	Told     map[string]map[string]int // messages to the owners of wishes by channel and outcome
}

// Counts reads the counters.
func (m *Metrics) Counts() Counts {
	counters, attempts := m.gather(), map[string]int{}
	for state, n := range sums(counters["okoshko_booking_attempts_total"], "state", "") {
		if n[""] > 0 {
			attempts[state] = n[""]
		}
	}
	return Counts{
		Funnel:   sums(counters["okoshko_funnel_steps_total"], "form", "step"),
		Cache:    sums(counters["okoshko_cache_lookups_total"], "question", "result"),
		Attempts: attempts,
		Changes:  sums(counters["okoshko_visit_changes_total"], "kind", "state"),
		Hooks:    sums(counters["okoshko_hooks_total"], "resource", "outcome"),
		Told:     sums(counters["okoshko_wishes_told_total"], "channel", "outcome"),
	}
}

// gather reads the counters of the registry, by their names. A counter that cannot be read is left out: the others are worth
// showing all the same.
func (m *Metrics) gather() map[string]*dto.MetricFamily {
	families, _ := m.registry.Gather()
	out := make(map[string]*dto.MetricFamily, len(families))
	for _, family := range families {
		out[family.GetName()] = family
	}
	return out
}

// sums are a counter's values by two of its labels.
func sums(counter *dto.MetricFamily, first, second string) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, one := range counter.GetMetric() {
		labels := map[string]string{}
		for _, label := range one.GetLabel() {
			labels[label.GetName()] = label.GetValue()
		}
		if out[labels[first]] == nil {
			out[labels[first]] = map[string]int{}
		}
		out[labels[first]][labels[second]] += int(one.GetCounter().GetValue())
	}
	return out
}

// Request counts an answered request. The route is the pattern, never the address.
func (m *Metrics) Request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.pageTime.WithLabelValues(route).Observe(took.Seconds())
}

// Step counts a page of a form that was shown.
func (m *Metrics) Step(form int, step string) { m.step(form, step).Inc() }

// Page prepares the counters of one page that is sent again and again. The function that it returns does what Request and Step
// do, without looking up the labels each time. step is "" for a page of no step.
func (m *Metrics) Page(route string, status, form int, step string) (sent func(took time.Duration)) {
	requests, pageTime := m.requests.WithLabelValues(route, strconv.Itoa(status)), m.pageTime.WithLabelValues(route)
	shown := func() {}
	if step != "" {
		shown = m.step(form, step).Inc
	}
	return func(took time.Duration) {
		requests.Inc()
		pageTime.Observe(took.Seconds())
		shown()
	}
}

func (m *Metrics) step(form int, step string) prometheus.Counter {
	m.mu.Lock()
	if len(m.forms) < maxForms {
		m.forms[form] = true
	}
	name := "other"
	if m.forms[form] {
		name = strconv.Itoa(form)
	}
	m.mu.Unlock()
	return m.funnel.WithLabelValues(name, step)
}

// CustomerPage counts a page that a customer asked for: "shown"; "looking", when it says that it has to ask again; "failed", an error
// page; or "refused", when a limit held it back.
func (m *Metrics) CustomerPage(outcome string, took time.Duration) {
	m.pages.WithLabelValues(outcome).Observe(took.Seconds())
}

// BookingAnswer counts the answer to a press that books: "booked"; "refused"; "unsent", when nothing was sent because the booking API
// or the store did not answer; "unknown", when it was sent and the outcome is being looked into; "again", the form once more, because
// something has to be given or chosen anew; or "failed", an error page.
func (m *Metrics) BookingAnswer(answer string, took time.Duration) {
	m.answers.WithLabelValues(answer).Observe(took.Seconds())
}

// Call counts a call of the upstream; the outcome is "ok" or the kind of error.
func (m *Metrics) Call(endpoint, outcome string, took time.Duration) {
	m.calls.WithLabelValues(endpoint, outcome).Inc()
	m.callTime.WithLabelValues(endpoint).Observe(took.Seconds())
}

// Wait counts a call's wait for its turn.
func (m *Metrics) Wait(priority, outcome string, took time.Duration) {
	m.waits.WithLabelValues(priority, outcome).Observe(took.Seconds())
}

// Lookup counts a question to the cache. The result is "fresh", "stale", "miss" or "error".
func (m *Metrics) Lookup(question, result string) { m.cache.WithLabelValues(question, result).Inc() }

// Dropped counts an answer that had to make room for others in the cache.
func (m *Metrics) Dropped() { m.dropped.Inc() }

// Disagrees counts answers of the upstream that contradict themselves, or what this program knows.
func (m *Metrics) Disagrees(about string) { m.disagreements.WithLabelValues(about).Inc() }

// Attempt counts a booking attempt that came to a state.
func (m *Metrics) Attempt(state string) { m.attempts.WithLabelValues(state).Inc() }

// Change counts a cancel or a move of a visit that came to a state.
func (m *Metrics) Change(kind, state string) { m.changes.WithLabelValues(kind, state).Inc() }

// Code counts a text message. The outcome is "sent", "limit" or "failed".
func (m *Metrics) Code(outcome string) { m.codes.WithLabelValues(outcome).Inc() }

// MissingText counts a text that a language lacks.
func (m *Metrics) MissingText(lang string) { m.missingTexts.WithLabelValues(lang).Inc() }

// Hook counts a hook of the upstream.
func (m *Metrics) Hook(resource, outcome string) { m.hooks.WithLabelValues(resource, outcome).Inc() }

// Tool counts a call of a tool for assistants.
func (m *Metrics) Tool(name, outcome string) { m.tools.WithLabelValues(name, outcome).Inc() }

// Wish counts a wish: "asked", "confirmed", "ended" or "refused".
func (m *Metrics) Wish(channel, event string) { m.wishes.WithLabelValues(channel, event).Inc() }

// Told counts a message to the owner of a wish: "sent", "later", "gone" or "unknown".
func (m *Metrics) Told(channel, outcome string) { m.told.WithLabelValues(channel, outcome).Inc() }

// WishCall counts a question of the watch, "days" or "times": "asked", "spared" or "failed".
func (m *Metrics) WishCall(question, outcome string) {
	m.wishCalls.WithLabelValues(question, outcome).Inc()
}

// Limit counts a request that a limit held back.
func (m *Metrics) Limit(name string) { m.limits.WithLabelValues(name).Inc() }
