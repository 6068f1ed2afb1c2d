package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/testclock"
	"okoshko/internal/upstream/budget"
)

const (
	partner = "partner-secret"
	user    = "user-secret"
)

// serve is a client of a server below a path prefix, so that a wrong address is seen.
func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/prefix/", http.StripPrefix("/prefix", handler))
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	c, err := New(Options{BaseURL: srv.URL + "/prefix", PartnerToken: partner})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is a server that says one thing.
func answer(t *testing.T, status int, contentType, body string) *Client {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func TestRequestIsWhatTheDocumentationAsksFor(t *testing.T) {
	var got *http.Request
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, body = r, string(raw)
		_, _ = io.WriteString(w, `{"success":true,"data":[{"id":1,"record_id":5,"record_hash":"abc"}],"meta":[]}`)
	})
	start := time.Date(2026, time.December, 1, 12, 0, 0, 0, time.FixedZone("", 3*3600))
	yes := true
	_, err := c.In("lv-LV").As(user).Book(context.Background(), 77, BookRequest{
		Fullname: "Anna", Phone: "79161234567", NotifyBySMS: 6, APIID: "x1", PersonalDataAllowed: &yes,
		Appointments: []Appointment{{ID: 1, Services: []int{3, 4}, Staff: 0, Start: start}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPost || got.URL.Path != "/api/v1/book_record/77" {
		t.Errorf("request = %s %s", got.Method, got.URL.Path)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + partner + ", User " + user, "Accept": acceptV2, "Content-Type": "application/json",
		"Accept-Language": "lv-LV", "Idempotency-Key": "", "X-Idempotency-Key": "",
	} {
		if g := got.Header.Get(name); g != want {
			t.Errorf("%s = %q, want %q", name, g, want)
		}
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatal(err)
	}
	visit, _ := sent["appointments"].([]any)[0].(map[string]any)
	if visit["datetime"] != "2026-12-01T12:00:00+03:00" || sent["phone"] != "79161234567" || sent["is_personal_data_processing_allowed"] != true {
		t.Errorf("body = %s", body)
	}
	if _, there := sent["is_newsletter_allowed"]; there {
		t.Error("a question that was not asked was answered")
	}
}

// TestACallCarriesItsTrace: the headers are made of the call's own span, which begins within the client.
func TestACallCarriesItsTrace(t *testing.T) {
	got := make(chan string, 1)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("Traceparent") + r.Header.Get("Authorization")
		_, _ = io.WriteString(w, `{"success":true,"data":[]}`)
	})
	type spanKey struct{}
	c.span = func(ctx context.Context, op string) (context.Context, func(string)) {
		return context.WithValue(ctx, spanKey{}, "span of "+op+" "), func(string) {}
	}
	c.inject = func(ctx context.Context, header http.Header) {
		text, _ := ctx.Value(spanKey{}).(string)
		header.Set("Traceparent", text)
		header.Set("Authorization", "overwritten")
	}
	if _, err := c.attempt(context.Background(), call{op: "book_staff", method: http.MethodGet, path: "book_staff/1"}); err != nil {
		t.Fatal(err)
	}
	if header, want := <-got, "span of book_staffBearer "+partner; header != want {
		t.Errorf("headers = %q, want %q", header, want)
	}
}

func TestQueryOfLists(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Path + "?" + r.URL.RawQuery
		_, _ = io.WriteString(w, `[]`)
	})
	if _, err := c.Times(context.Background(), 5, 0, "2026-12-01", []int{7, 8}); err != nil {
		t.Fatal(err)
	}
	if want := "/api/v1/book_times/5/0/2026-12-01?service_ids%5B%5D=7&service_ids%5B%5D=8"; got != want {
		t.Errorf("request = %s, want %s", got, want)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		kind                    Kind
		code                    int
		appointment             int
	}{
		{"v2 plain", "application/json", `{"success":false,"data":null,"meta":{"message":"Необходима авторизация"}}`, 401, KindPartner, 0, -1},
		{"v1", "application/json", `{"errors":{"code":401,"message":"x"},"meta":{"message":"x"}}`, 401, KindPartner, 401, -1},
		{"list of problems", "application/json", `{"success":false,"data":null,"meta":{"message":"x","errors":[{"code":433,"message":"taken","id":2}]}}`, 422, KindSlotTaken, 433, 2},
		{"code as a string", "application/json", `{"success":false,"meta":{"errors":[{"code":"437","message":"y","id":"3"}]}}`, 422, KindOverlap, 437, 3},
		{"two problems, the known one counts", "application/json", `{"meta":{"errors":[{"code":422,"message":"a"},{"code":438,"message":"b"}]}}`, 422, KindServiceGone, 438, -1},
		{"one empty object", "application/json", `{"errors":{"code":422,"message":"no"},"meta":{"message":"m","errors":[{}]}}`, 422, KindInvalid, 422, -1},
		{"fields", "application/json", `{"success":false,"meta":{"message":"m","errors":{"page":["x"]}}}`, 400, KindBadRequest, 0, -1},
		{"meta is a list", "application/json", `{"success":false,"data":null,"meta":[]}`, 404, KindNotFound, 0, -1},
		{"phone", "application/json", `{"meta":{"errors":[{"code":431}]}}`, 422, KindPhone, 431, -1},
		{"code", "application/json", `{"meta":{"errors":[{"code":432}]}}`, 422, KindCode, 432, -1},
		{"name", "application/json", `{"meta":{"errors":[{"code":435}]}}`, 422, KindName, 435, -1},
		{"nobody", "application/json", `{"meta":{"errors":[{"code":436}]}}`, 422, KindNobodyFree, 436, -1},
		{"black list", "application/json", `{"meta":{"errors":[{"code":434}]}}`, 403, KindBlacklisted, 434, -1},
		{"no rights", "application/json", `{"meta":{"message":"Недостаточно прав"}}`, 403, KindForbidden, 0, -1},
		{"licence", "application/json", `{"meta":{"message":"необходимо продлить лицензию в филиале с id: 5"}}`, 403, KindLicence, 0, -1},
		{"licence by status", "application/json", `{}`, 402, KindLicence, 0, -1},
		{"conflict", "application/json", `{"meta":{"message":"x","conflict":true}}`, 409, KindConflict, 0, -1},
		{"too many", "application/json", ``, 429, KindRateLimited, 0, -1},
		{"guard", "text/html", `<!DOCTYPE html><title>Just a moment...</title>`, 403, KindChallenge, 0, -1},
		{"server error", "text/html", `<html>`, 502, KindUnavailable, 0, -1},
		{"server error without a body", "application/json", ``, 500, KindUnavailable, 0, -1},
		{"HTML under 200", "text/html", `<html>`, 200, KindMalformed, 0, -1},
		{"empty under 200", "application/json", ``, 200, KindMalformed, 0, -1},
		{"cut", "application/json", `{"success":true,"data":{"id":`, 200, KindMalformed, 0, -1},
		{"no success under 200", "application/json", `{"success":false,"data":null,"meta":{"message":"x"}}`, 200, KindInvalid, 0, -1},
		{"redirect", "text/plain", ``, 302, KindMalformed, 0, -1},
		{"null", "application/json", `{"success":true,"data":null,"meta":[]}`, 200, KindMalformed, 0, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := answer(t, tt.status, tt.contentType, tt.body).Bookform(context.Background(), 1)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error = %v, want an *Error", err)
			}
			if e.Kind != tt.kind || e.Code != tt.code {
				t.Errorf("kind = %v, code = %d, want %v and %d", e.Kind, e.Code, tt.kind, tt.code)
			}
			if e.HasAppointment != (tt.appointment >= 0) || e.HasAppointment && e.Appointment != tt.appointment {
				t.Errorf("appointment = %d, %v, want %d", e.Appointment, e.HasAppointment, tt.appointment)
			}
		})
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	bodies := []string{`{"meta":{"errors":[{"code":433,"message":"Анна +79161234567 ` + partner + `"}]}}`, "<html>" + partner, ""}
	for _, body := range bodies {
		for _, status := range []int{200, 400, 401, 403, 422, 429, 500} {
			c := answer(t, status, "text/plain", body).As(user)
			_, err := c.Record(context.Background(), 1, 2, "hash-secret")
			if err == nil {
				continue
			}
			for _, secret := range []string{partner, user, "hash-secret", "Анна", "7916", "127.0.0.1"} {
				if strings.Contains(err.Error(), secret) || strings.Contains(errorChain(err), secret) {
					t.Errorf("%d: %v holds %q", status, err, secret)
				}
			}
		}
	}
	c, err := New(Options{BaseURL: "http://127.0.0.1:1", PartnerToken: partner})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.As(user).Record(context.Background(), 1, 2, "hash-secret")
	if err == nil || strings.Contains(errorChain(err), "127.0.0.1") || strings.Contains(errorChain(err), "hash-secret") {
		t.Errorf("no connection: %v", errorChain(err))
	}
}

func errorChain(err error) string {
	var b strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		b.WriteString(err.Error() + "; ")
	}
	return b.String()
}

// broken is a server that reads a request and closes the connection without an answer.
func broken(t *testing.T) (c *Client, hits *atomic.Int32) {
	t.Helper()
	hits = &atomic.Int32{}
	c = serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		hits.Add(1)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	})
	return c, hits
}

func TestABookingIsSentOnce(t *testing.T) {
	c, hits := broken(t)
	_, err := c.Book(context.Background(), 1, BookRequest{Appointments: []Appointment{{ID: 1, Start: testclock.Start()}}})
	if e, ok := errors.AsType[*Error](err); !ok || e.Outcome() != OutcomeUnknown {
		t.Fatalf("Book = %v, want an unknown outcome", err)
	}
	if n := hits.Load(); n != 1 {
		t.Fatalf("requests = %d, want 1", n)
	}
}

func TestABookingIsSentOnceOnAKeptConnection(t *testing.T) {
	var hits atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `[]`)
			return
		}
		hits.Add(1)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	})
	if _, err := c.Staff(context.Background(), 1, StaffParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Book(context.Background(), 1, BookRequest{Appointments: []Appointment{{ID: 1, Start: testclock.Start()}}}); err == nil {
		t.Fatal("Book = nil, want an error")
	}
	if n := hits.Load(); n != 1 {
		t.Fatalf("requests = %d, want 1", n)
	}
}

func TestAGetIsTriedTwiceAndNoMore(t *testing.T) {
	var hits atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	if _, err := c.Bookform(context.Background(), 1); KindOf(err) != KindUnavailable {
		t.Fatalf("Bookform = %v", err)
	}
	if n := hits.Load(); n != 2 {
		t.Fatalf("requests = %d, want 2", n)
	}
	hits.Store(0)
	if err := c.Check(context.Background(), 1, nil); KindOf(err) != KindUnavailable {
		t.Fatalf("Check = %v", err)
	}
	if n := hits.Load(); n != 1 {
		t.Fatalf("requests of a POST = %d, want 1", n)
	}
}

func TestOutcome(t *testing.T) {
	post := func(c *Client) *Error {
		_, err := c.Book(context.Background(), 1, BookRequest{Appointments: []Appointment{{ID: 1, Start: testclock.Start()}}})
		e, _ := errors.AsType[*Error](err)
		return e
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	_ = closed.Close()
	nowhere, err := New(Options{BaseURL: "http://" + address, PartnerToken: partner})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		c    *Client
		want Outcome
	}{
		{"refused", answer(t, 422, "application/json", `{"meta":{"errors":[{"code":433}]}}`), OutcomeRefused},
		{"bad request", answer(t, 400, "application/json", `{}`), OutcomeRefused},
		{"server error", answer(t, 500, "application/json", ``), OutcomeUnknown},
		{"gateway", answer(t, 502, "text/html", `<html>`), OutcomeUnknown},
		{"garbage under 201", answer(t, 201, "application/json", `{"suc`), OutcomeUnknown},
		{"empty 201", answer(t, 201, "application/json", ``), OutcomeUnknown},
		{"no record in 201", answer(t, 201, "application/json", `{"success":true,"data":[],"meta":[]}`), OutcomeUnknown},
		{"record without a hash", answer(t, 201, "application/json", `[{"id":1,"record_id":5}]`), OutcomeUnknown},
		{"a partner token that is not accepted", answer(t, 401, "application/json", `{}`), OutcomeNotSent},
		{"guard", answer(t, 403, "text/html", `<html>`), OutcomeNotSent},
		{"too many", answer(t, 429, "application/json", ``), OutcomeNotSent},
		{"nobody listens", nowhere, OutcomeNotSent},
	} {
		if e := post(tt.c); e == nil || e.Outcome() != tt.want {
			t.Errorf("%s: %v, outcome %v, want %v", tt.name, e, e.Outcome(), tt.want)
		}
	}
	c := answer(t, 200, "application/json", `[]`)
	c.gate = spent{}
	if e := post(c); e == nil || e.Kind != KindBudget || e.Outcome() != OutcomeNotSent {
		t.Errorf("no budget: %v", e)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = answer(t, 200, "application/json", `[]`).Book(ctx, 1, BookRequest{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindCanceled || e.Outcome() != OutcomeNotSent {
		t.Errorf("gone before it was sent: %v", err)
	}
}

// spent is a gate with no calls left.
type spent struct{}

func (spent) Wait(context.Context) error { return budget.ErrSpent }
func (spent) Report(int, time.Duration)  {}

func TestEveryAttemptAsksTheGate(t *testing.T) {
	g := &counting{}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c.gate = g
	_, _ = c.Bookform(context.Background(), 1)
	if g.waits != 2 || len(g.reports) != 2 || g.reports[0] != 7*time.Second {
		t.Fatalf("waits = %d, reports = %v, want two of each", g.waits, g.reports)
	}
}

type counting struct {
	waits   int
	reports []time.Duration
}

func (c *counting) Wait(context.Context) error { c.waits++; return nil }
func (c *counting) Report(_ int, d time.Duration) {
	c.reports = append(c.reports, d)
}

func TestBreakerOpensAndTellsAtOnce(t *testing.T) {
	var hits atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	for range 40 {
		_ = c.Check(context.Background(), 1, nil)
	}
	if n := hits.Load(); n < 20 || n > 25 {
		t.Fatalf("calls before the breaker opened = %d, want about 20", n)
	}
	e, ok := errors.AsType[*Error](c.Check(context.Background(), 1, nil))
	if !ok || e.Kind != KindUnavailable || e.Outcome() != OutcomeNotSent {
		t.Fatalf("with the breaker open: %v, want unavailable and not sent", e)
	}
	if _, err := c.Staff(context.Background(), 1, StaffParams{}); KindOf(err) != KindUnavailable || hits.Load() < 21 {
		t.Fatalf("reads have a breaker of their own: %v", err)
	}
}

func TestTooLongAnswers(t *testing.T) {
	c := answer(t, 200, "application/json", `["`+strings.Repeat("x", maxBody)+`"]`)
	if _, err := c.Staff(context.Background(), 1, StaffParams{}); KindOf(err) != KindMalformed {
		t.Fatalf("Staff = %v, want malformed", err)
	}
}

func TestSlowAnswersEndInTime(t *testing.T) {
	release := make(chan struct{})
	c := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Book(ctx, 1, BookRequest{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindTimeout || e.Outcome() != OutcomeUnknown {
		t.Fatalf("Book = %v, want a timeout with an unknown outcome", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{
		{},
		{BaseURL: "api.example", PartnerToken: "x"},
		{BaseURL: "ftp://api.example", PartnerToken: "x"},
		{BaseURL: "https://api.example"},
		{BaseURL: "https://u:p@api.example", PartnerToken: "x"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("New(%+v) = nil, want an error", o)
		}
	}
}

func TestEmptyAnswersThatAreFine(t *testing.T) {
	for _, status := range []int{200, 201, 202, 204} {
		c := answer(t, status, "application/json", "")
		if err := c.Check(context.Background(), 1, nil); err != nil {
			t.Errorf("Check under an empty %d = %v", status, err)
		}
		if err := c.DeleteUserRecord(context.Background(), 1, "h"); err != nil {
			t.Errorf("DeleteUserRecord under an empty %d = %v", status, err)
		}
	}
	c := answer(t, 201, "application/json", `{"success":true,"meta":{"message":"Created"}}`)
	if err := c.SendCode(context.Background(), 1, "7", "Anna"); err != nil {
		t.Errorf("SendCode = %v", err)
	}
}

// TestARevokedTokenIsNoRefusalOfTheSalon: a 401 is about the partner token where the call carries no other and nobody signs in.
func TestARevokedTokenIsNoRefusalOfTheSalon(t *testing.T) {
	ctx := context.Background()
	c := answer(t, 401, "application/json", `{}`)
	if _, err := c.UserAuth(ctx, "79161234567", "1234"); KindOf(err) != KindUnauthorized || c.TokenRefused() {
		t.Errorf("a wrong code: %v, the token is refused: %v", err, c.TokenRefused())
	}
	if _, err := c.As("user").Book(ctx, 1, BookRequest{}); KindOf(err) != KindUnauthorized || c.TokenRefused() {
		t.Errorf("a user token that has ended: %v, the partner's is refused: %v", err, c.TokenRefused())
	}
	if _, err := c.Bookform(ctx, 1); KindOf(err) != KindPartner || !c.In("en-US").TokenRefused() {
		t.Errorf("a form: %v, the token is refused: %v", err, c.TokenRefused())
	}
	good := answer(t, 200, "application/json", `{"success":true,"data":{"booking":[]},"meta":[]}`)
	good.breakers.tokenRefused.Store(true)
	if _, err := good.Dates(ctx, 1, DatesParams{}); err != nil || good.TokenRefused() {
		t.Errorf("after a good answer: %v, the token is refused: %v", err, good.TokenRefused())
	}
}
