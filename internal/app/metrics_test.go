package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// counted is what the metrics say, as Prometheus reads it.
func (r *rig) counted() string {
	r.t.Helper()
	w := httptest.NewRecorder()
	r.app.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		r.t.Fatalf("metrics: %d, %v", w.Code, err)
	}
	return string(text)
}

// TestMetricsTellABooking walks one and finds it counted, and nobody in it.
func TestMetricsTellABooking(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.to(r.get("/b/2"), "done")
	text := r.counted()
	for _, want := range []string{
		`okoshko_funnel_steps_total{form="2",step="service"}`, `okoshko_funnel_steps_total{form="2",step="confirm"}`,
		`okoshko_funnel_steps_total{form="2",step="done"} 1`,
		`okoshko_booking_attempts_total{state="booked"} 1`, `okoshko_codes_total{outcome="sent"} 1`,
		`okoshko_requests_total{route="/b/:form/service",status="200"}`,
		`okoshko_upstream_calls_total{endpoint="book_record",outcome="ok"} 1`,
		`okoshko_build_info{version="okoshko`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	record := r.online()[0]
	for _, secret := range []string{"9161234567", "Анна", "anna@", record.Hash, `"` + r.code() + `"`, `"` + strconv.Itoa(record.ID) + `"`, "sandbox\""} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
}

func TestMetricsBoundTheirForms(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for form := range 1100 {
		r.app.Metrics.Step(1000+form, "service")
	}
	if n := strings.Count(r.counted(), `step="service"`); n != 1001 {
		t.Errorf("forms told apart = %d, want 1000 and the others", n)
	}
}
