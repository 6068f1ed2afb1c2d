package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/testclock"
)

func TestEnvelopeFollowsAccept(t *testing.T) {
	b := newBench(t, nil)
	vendor := func(accept string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+apiPrefix+"/book_services/501", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var buf bytes.Buffer
		if _, err := buf.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		return buf.String()
	}
	for accept, want := range map[string]bool{
		"application/vnd.yclients.v2+json": true, "application/vnd.api.v2+json;charset=utf-8": true, "application/json, text/plain, */*": false, "": false,
	} {
		if got := strings.Contains(vendor(accept), `"success":true`); got != want {
			t.Errorf("Accept %q: envelope = %v, want %v", accept, got, want)
		}
	}
	b.bare = true
	if got := b.do(http.StatusNotFound, http.MethodGet, "book_services/1", ""); !strings.HasPrefix(string(got.body), `{"errors":{"code":404`) {
		t.Errorf("v1 error = %s", got.body)
	}
	_ = b.do(http.StatusOK, http.MethodGet, "activity/901/search", "")
	if got := b.do(http.StatusOK, http.MethodGet, "activity/901/search", ""); !strings.Contains(string(got.body), `"success":true`) {
		t.Errorf("activity ignores Accept, yet %s", got.body[:60])
	}
}

func TestV1BookingErrorHidesTheCode(t *testing.T) {
	b := newBench(t, nil)
	b.bare = true
	got := b.do(http.StatusUnprocessableEntity, http.MethodPost, "book_record/501", order(nil, visit(1, 50101, "2026-09-02T03:00:00", 501001)))
	if text := string(got.body); !strings.Contains(text, `"code":422`) || !strings.Contains(text, `"errors":[{}]`) {
		t.Errorf("v1 conflict = %s, want code 422 and one empty object", got.body)
	}
	var free struct{ Seances []seanceJSON }
	body := b.do(http.StatusOK, http.MethodGet, "book_staff_seances/501/50101", "").body
	if err := json.Unmarshal(body, &free); err != nil || len(free.Seances) == 0 {
		t.Fatalf("v1 seances = %s (%v)", body, err)
	}
	body = b.do(http.StatusCreated, http.MethodPost, "book_record/501", order(nil, visit(0, 50101, free.Seances[0].Datetime))).body
	var booked []struct {
		ID     *int
		Record struct{ ID int }
	}
	if err := json.Unmarshal(body, &booked); err != nil || len(booked) != 1 || booked[0].ID == nil || booked[0].Record.ID == 0 {
		t.Errorf("v1 book_record = %s, want a bare array with the record inside", body)
	}
}

func TestAuthorization(t *testing.T) {
	b := newBench(t, func(o *Options) { o.PartnerToken = "p4rtner" })
	for header, want := range map[string]int{
		"": 401, "Bearer wrong": 401, "Basic p4rtner": 401, "p4rtner": 401, "Bearer p4rtner": 200, "bearer p4rtner, User nobody": 200,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+apiPrefix+"/bookform/1", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("Authorization %q = %d, want %d", header, resp.StatusCode, want)
		}
	}
	// Company keeps the old error shape even under v2.
	if got := b.do(http.StatusUnauthorized, http.MethodGet, "company/501", ""); !strings.HasPrefix(string(got.body), `{"errors":`) {
		t.Errorf("company 401 = %s", got.body)
	}
}

func TestBrokenForms(t *testing.T) {
	b := newBench(t, nil)
	b.refused(http.StatusNotFound, http.MethodGet, "bookform/4040", "")
	b.refused(http.StatusNotFound, http.MethodGet, "bookform/abc", "")
	b.refused(http.StatusForbidden, http.MethodGet, "bookform/993", "")
	if got := b.do(http.StatusForbidden, http.MethodGet, "bookform/991", ""); !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || got.header.Get("Cf-Mitigated") != "challenge" {
		t.Errorf("challenge = %v", got.header)
	}
	b.do(http.StatusInternalServerError, http.MethodGet, "bookform/992", "")
	if got := b.do(http.StatusOK, http.MethodGet, "bookform/994", ""); json.Valid(got.body) {
		t.Errorf("half an answer = %s, want broken JSON", got.body)
	}
	if got := b.do(http.StatusOK, http.MethodGet, "bookform/995", ""); len(got.body) != 0 {
		t.Errorf("empty answer = %s", got.body)
	}
	if e := b.refused(http.StatusPaymentRequired, http.MethodGet, "book_services/990", ""); !strings.Contains(e.Meta.Message, "990") {
		t.Errorf("licence = %+v", e)
	}
	b.refused(http.StatusPaymentRequired, http.MethodGet, "company/990", "")
	b.refused(http.StatusNotFound, http.MethodGet, "no/such/path", "")
	b.refused(http.StatusNotFound, http.MethodDelete, "bookform/1", "")
}

// In no window of a second or a minute more calls than allowed are served.
func TestLimiterHoldsBothWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(5, 200)
		var served []time.Time
		for range 4000 {
			if now := time.Now(); l.allow("a", now) {
				served = append(served, now)
			}
			time.Sleep(37 * time.Millisecond)
		}
		for i := range served {
			if i >= 5 && served[i].Sub(served[i-5]) < time.Second {
				t.Fatalf("six calls within %v", served[i].Sub(served[i-5]))
			}
			if i >= 200 && served[i].Sub(served[i-200]) < time.Minute {
				t.Fatalf("201 calls within %v", served[i].Sub(served[i-200]))
			}
		}
		if len(served) < 480 { // 148 s at 200 a minute
			t.Errorf("served %d calls, want the limit used up", len(served))
		}
		if !l.allow("b", time.Now()) {
			t.Error("one address spends another's calls")
		}
	})
}

func TestTooManyCalls(t *testing.T) {
	b := newBench(t, func(o *Options) { o.NoLimits, o.PerSecond, o.PerMinute = false, 3, 5 })
	for range 3 {
		b.do(http.StatusOK, http.MethodGet, "bookform/1", "")
	}
	got := b.do(http.StatusTooManyRequests, http.MethodGet, "bookform/1", "")
	if len(got.body) != 0 || got.header.Get("Retry-After") != "" {
		t.Errorf("429 = %q %v, want nothing to go by", got.body, got.header)
	}
	b.do(http.StatusOK, http.MethodGet, b.InboxPath(), "") // not the API
	b.clock.advance(time.Second)
	b.do(http.StatusOK, http.MethodGet, "bookform/1", "")
	b.do(http.StatusOK, http.MethodGet, "bookform/1", "")
	b.clock.advance(time.Second)
	b.do(http.StatusTooManyRequests, http.MethodGet, "bookform/1", "")
	b.clock.advance(58 * time.Second)
	b.do(http.StatusOK, http.MethodGet, "bookform/1", "")
}

func (b *bench) fault(body string) {
	b.t.Helper()
	b.do(http.StatusCreated, http.MethodPost, ownPrefix+"/faults", body)
}

func TestFaults(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001")
	if len(free) < 2 {
		t.Fatal("want two free slots")
	}
	online := func() int { return len(b.Booked()) }
	body := order(nil, visit(1, 50101, free[0].Datetime, 501001))

	b.fault(`{"path":"book_record","method":"POST","status":503,"body":"<h1>busy</h1>","content_type":"text/html","times":2}`)
	for range 2 {
		if got := b.do(http.StatusServiceUnavailable, http.MethodPost, "book_record/501", body); string(got.body) != "<h1>busy</h1>" || got.header.Get("Content-Type") != "text/html" {
			t.Errorf("503 = %s", got.body)
		}
	}
	b.fault(`{"path":"book_record","close":"before","times":1}`)
	if got, err := b.try(http.MethodPost, "book_record/501", body); err == nil {
		t.Errorf("close before = %d %s, want a cut connection", got.status, got.body)
	}
	if n := online(); n != 0 {
		t.Fatalf("%d records after faults that do no work, want none", n)
	}
	b.fault(`{"path":"book_record","close":"after","times":1}`)
	if got, err := b.try(http.MethodPost, "book_record/501", body); err == nil {
		t.Errorf("close after = %d %s, want a cut connection", got.status, got.body)
	}
	if n := online(); n != 1 {
		t.Fatalf("%d records after the work was done, want one", n)
	}
	b.fault(`{"path":"book_record","status":502,"work":true,"content_type":"text/html","body":"Bad gateway","times":1}`)
	second := order(nil, visit(1, 50101, free[1].Datetime, 501003))
	if len(free) > 2 {
		second = order(nil, visit(1, 50101, free[2].Datetime, 501003))
	}
	if got, err := b.try(http.MethodPost, "book_record/501", second); err != nil || got.status != http.StatusBadGateway || string(got.body) != "Bad gateway" {
		t.Errorf("502 after the work = %d %s, %v", got.status, got.body, err)
	}
	if n := online(); n != 2 {
		t.Fatalf("%d records after a 502 with the work done, want two", n)
	}
	b.fault(`{"path":"book_record","only":1,"times":1}`)
	_, other := b.nearest("book_staff_seances/501/50102?service_ids[]=501001")
	two := order(nil, visit(1, 50102, other[0].Datetime, 501001), visit(2, 50102, other[len(other)-1].Datetime, 501001))
	var part bookedJSON
	if err := json.Unmarshal(b.do(http.StatusCreated, http.MethodPost, "book_record/501", two).body, &part); err != nil {
		t.Fatal(err)
	}
	if n := online(); n != 3 || len(part.Data) != 1 {
		t.Fatalf("%d records and an answer of %d after one visit of two was booked, want three and one", n, len(part.Data))
	}
	b.fault(`{"path":"book_record","close":"before","late_ms":50,"times":1}`)
	if _, err := b.try(http.MethodPost, "book_record/501", order(nil, visit(2, 50102, other[len(other)-1].Datetime, 501001))); err == nil {
		t.Error("a call whose work is done late was answered")
	}
	for range 1000 {
		if online() > 3 {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	if n := online(); n != 4 {
		t.Errorf("%d records in the end, want four", n)
	}
	b.fault(`{"path":"book_times","close":"mid","times":1}`)
	if got, err := b.try(http.MethodGet, "book_times/501/0/2026-09-02", ""); err == nil || got.status != http.StatusOK || len(got.body) == 0 {
		t.Errorf("close mid = %d %q, %v, want half a body", got.status, got.body, err)
	}
	b.fault(`{"path":"bookform","latency_ms":30,"answer_latency_ms":20,"times":1}`)
	watch := testclock.Running()
	before := watch.Now()
	b.do(http.StatusOK, http.MethodGet, "bookform/1", "")
	if took := watch.Now().Sub(before); took < 50*time.Millisecond {
		t.Errorf("latency of 50 ms took %v", took)
	}
	if got := b.do(http.StatusOK, http.MethodGet, ownPrefix+"/faults", ""); string(got.body) != "[]" {
		t.Errorf("faults left = %s, want none", got.body)
	}

	b.fault(`{"path":"bookform","status":500,"rate":0.5}`)
	failed := 0
	for range 200 {
		if got, err := b.try(http.MethodGet, "bookform/1", ""); err == nil && got.status == http.StatusInternalServerError {
			failed++
		}
	}
	if failed < 60 || failed > 140 {
		t.Errorf("%d of 200 calls failed at rate 0.5", failed)
	}
	b.do(http.StatusNoContent, http.MethodDelete, ownPrefix+"/faults", "")
	b.do(http.StatusOK, http.MethodGet, "bookform/1", "")
	for _, bad := range []string{`{"close":"sometimes"}`, `{"status":42}`, `{"rate":2}`, `{"latency_ms":-1}`, `{"nonsense":1}`, `{"latency_ms":600000}`, `{"late_ms":5}`, `{"only":-1}`, `[`} {
		b.do(http.StatusBadRequest, http.MethodPost, ownPrefix+"/faults", bad)
	}
}

func TestCallsAreCounted(t *testing.T) {
	b := newBench(t, nil)
	b.do(http.StatusOK, http.MethodGet, "bookform/1/", "")
	b.do(http.StatusNotFound, http.MethodGet, "bookform/2000", "")
	b.fault(`{"path":"book_times","close":"before","times":1}`)
	_, _ = b.try(http.MethodGet, "book_times/501/0/2026-09-02", "")
	var got struct {
		Total  int
		Counts map[string]int
	}
	if err := json.Unmarshal(b.do(http.StatusOK, http.MethodGet, ownPrefix+"/calls", "").body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Total != 3 || got.Counts["GET /bookform/{form}"] != 2 {
		t.Errorf("calls = %+v", got)
	}
	calls := b.Calls()
	if calls[0].Status != 200 || calls[1].Status != 404 || calls[2].Status != 0 || calls[2].Path != apiPrefix+"/book_times/501/0/2026-09-02" || !calls[0].Time.Equal(fixedNow) {
		t.Errorf("calls = %+v", calls)
	}
}

func TestResetRestoresTheSeed(t *testing.T) {
	b := newBench(t, nil)
	seeded := len(b.Records())
	_, free := b.nearest("book_staff_seances/501/50101")
	b.book("501", order(nil, visit(1, 50101, free[0].Datetime)))
	b.do(http.StatusCreated, http.MethodPost, "book_code/501", `{"phone":"79161234567"}`)
	b.fault(`{"status":500}`)
	b.do(http.StatusNoContent, http.MethodPost, ownPrefix+"/reset", "")
	if len(b.Records()) != seeded || len(b.Messages()) != 0 || len(b.Calls()) != 0 {
		t.Errorf("after reset: %d records, %d messages, %d calls", len(b.Records()), len(b.Messages()), len(b.Calls()))
	}
	b.book("501", order(nil, visit(1, 50101, free[0].Datetime)))
}

func TestInbox(t *testing.T) {
	b := newBench(t, nil)
	if got := b.do(http.StatusOK, http.MethodGet, b.InboxPath(), ""); !strings.Contains(string(got.body), "No messages") {
		t.Errorf("empty inbox = %s", got.body)
	}
	for _, phone := range []string{"79161234567", "37120000000"} {
		b.do(http.StatusCreated, http.MethodPost, "book_code/601", `{"phone":"`+phone+`"}`)
		b.clock.advance(time.Second)
	}
	all := b.Messages()
	text := string(b.do(http.StatusOK, http.MethodGet, b.InboxPath(), "").body)
	newer, older := strings.Index(text, `data-code="`+all[1].Code), strings.Index(text, `data-code="`+all[0].Code)
	if newer < 0 || older < 0 || newer > older {
		t.Errorf("the inbox does not show the newest first: %s", text)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+b.InboxPath()+"?phone=%2B79161234567", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got []SMS
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || len(got) != 1 || got[0].Code != all[0].Code || !strings.Contains(got[0].Text, "Apstiprinājuma kods: "+got[0].Code) {
		t.Errorf("inbox of one phone = %+v, %v", got, err)
	}
}

func TestPreflight(t *testing.T) {
	b := newBench(t, nil)
	got := b.do(http.StatusNoContent, http.MethodOptions, "book_record/501", "")
	if got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Set-Cookie") != "" {
		t.Errorf("preflight = %v", got.header)
	}
}
