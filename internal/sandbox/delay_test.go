package sandbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	stopwatch "okoshko/internal/clock"
	"okoshko/internal/testclock"
)

// ask sends one call to a sandbox without a net between, and says how long the answer took by the bubble's clock.
func ask(s *Sandbox, method, path, body string) (*httptest.ResponseRecorder, time.Duration) {
	r := httptest.NewRequestWithContext(context.Background(), method, apiPrefix+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer sandbox")
	r.Header.Set("Content-Type", "application/json")
	w, passed := httptest.NewRecorder(), stopwatch.Stopwatch()
	s.Handler().ServeHTTP(w, r)
	return w, passed()
}

func TestAnswersTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Now: testclock.Standing().Now, NoLimits: true, Delay: Street})
		if err != nil {
			t.Fatal(err)
		}
		var took []time.Duration
		for range 4000 {
			w, d := ask(s, http.MethodGet, "/countries", "")
			if w.Code != http.StatusOK {
				t.Fatalf("status = %d", w.Code)
			}
			took = append(took, d)
		}
		slices.Sort(took)
		for _, c := range []struct {
			name string
			at   int
			want time.Duration
		}{{"median", 2000, Street.Median}, {"p95", 3800, Street.P95}} {
			if got := took[c.at]; got < c.want*9/10 || got > c.want*11/10 {
				t.Errorf("%s = %v, want %v within a tenth", c.name, got, c.want)
			}
		}
		if first, last := took[0], took[len(took)-1]; first <= 0 || last > maxDelay*Street.Median {
			t.Errorf("answers took from %v to %v, want more than none and at most %v", first, last, maxDelay*Street.Median)
		}
	})
}

// TestTheWorkIsDoneInTheMiddle asks from two sides: what an answer shows, and what others can see meanwhile.
func TestTheWorkIsDoneInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Now: testclock.Standing().Now, NoLimits: true, Delay: Delay{Median: time.Second, P95: time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		var answered atomic.Bool
		go func() {
			w, d := ask(s, http.MethodPost, "/book_code/502", `{"phone":"79161234567"}`)
			if w.Code >= http.StatusBadRequest || d != time.Second {
				t.Errorf("status %d after %v, want a code after a second", w.Code, d)
			}
			answered.Store(true)
		}()
		time.Sleep(499 * time.Millisecond)
		synctest.Wait()
		if n := len(s.Messages()); n != 0 {
			t.Errorf("%d messages before half of the delay, want none", n)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if n := len(s.Messages()); n != 1 || answered.Load() {
			t.Errorf("%d messages after half of the delay, answered %v, want one and no answer yet", n, answered.Load())
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !answered.Load() {
			t.Error("no answer after the delay")
		}
	})
}

func TestRefusedCallsAreAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Now: testclock.Standing().Now, PerSecond: 1, Delay: Street})
		if err != nil {
			t.Fatal(err)
		}
		if _, d := ask(s, http.MethodGet, "/countries", ""); d == 0 {
			t.Error("the first call was answered at once")
		}
		if w, d := ask(s, http.MethodGet, "/countries", ""); w.Code != http.StatusTooManyRequests || d != 0 {
			t.Errorf("status %d after %v, want 429 at once", w.Code, d)
		}
	})
}

func TestDelaysAreChecked(t *testing.T) {
	for _, d := range []Delay{{Median: -time.Second}, {P95: time.Second}, {Median: time.Second, P95: time.Millisecond}, {Median: time.Second, P95: time.Hour}} {
		if _, err := New(Options{Delay: d, Now: testclock.Standing().Now}); err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
	if got, want := Street.Faster(10), (Delay{18 * time.Millisecond, 50 * time.Millisecond}); got != want {
		t.Errorf("ten times as fast = %+v, want %+v", got, want)
	}
}
