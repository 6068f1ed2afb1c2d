package upstream

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stumbling fails every third call when it comes first, and notes all of them.
type stumbling struct {
	times []time.Time
	again []bool
	tried map[string]bool
}

func (s *stumbling) RoundTrip(r *http.Request) (*http.Response, error) {
	again := s.tried[r.URL.Path]
	s.tried[r.URL.Path] = true
	s.times, s.again = append(s.times, time.Now()), append(s.again, again)
	status := http.StatusOK
	if !again && len(s.tried)%3 == 0 {
		status = http.StatusBadGateway
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{"success":true,"data":{"company_id":1},"meta":[]}`)), Request: r}, nil
}

// TestR14SecondTriesStayUnderATenth asks an upstream that often stumbles, at first now and then, then all the time
// and then now and then again. In every minute that ends with a second try they are under a tenth of the calls, or one of the first two.
func TestR14SecondTriesStayUnderATenth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := &stumbling{tried: map[string]bool{}}
		c, err := New(Options{BaseURL: "http://api.example", PartnerToken: partner, Transport: wire})
		if err != nil {
			t.Fatal(err)
		}
		failed, id := 0, 0
		for _, phase := range []struct{ lasts, pause time.Duration }{
			{3 * time.Minute, 10 * time.Second}, {4 * time.Minute, 300 * time.Millisecond}, {3 * time.Minute, 10 * time.Second},
		} {
			for end := time.Now().Add(phase.lasts); time.Now().Before(end); <-time.After(phase.pause) {
				id++
				if _, err := c.Bookform(context.Background(), id); err != nil {
					failed++
				}
			}
		}
		total, first, inMinute := 0, 0, 0
		for i, at := range wire.times {
			for ; at.Sub(wire.times[first]) >= time.Minute; first++ {
				if wire.again[first] {
					inMinute--
				}
			}
			if !wire.again[i] {
				continue
			}
			total++
			inMinute++
			if calls := i - first + 1; calls <= fewCalls && inMinute > 2 || calls > fewCalls && inMinute*10 >= calls {
				t.Errorf("call %d: %d of %d calls of the minute before were second tries", i+1, inMinute, calls)
			}
		}
		t.Logf("%d calls, of them %d second tries; %d questions failed for want of one", len(wire.times), total, failed)
		if failed == 0 || total*14 < len(wire.times) {
			t.Errorf("%d second tries of %d calls and %d failures: the limit was not tried, or there is none to be had", total, len(wire.times), failed)
		}
	})
}
