// Package upstream is a client of the YCLIENTS REST API, the half of it that online booking
// needs. It stands alone: it knows nothing of the widget.
//
// The API's documentation leaves much open and its server is written in PHP, so answers are
// decoded tolerantly: numbers may be strings, an empty object may be an empty list, the envelope
// may be missing, and an answer may be a page of HTML. What comes out is typed.
package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"okoshko/internal/upstream/budget"
)

const (
	// apiPath is where the API lives on its host (rest-api: "URL API").
	apiPath = "/api/v1/"
	// acceptV2 asks for the enveloped answers (rest-api: "Версионирование API").
	acceptV2 = "application/vnd.yclients.v2+json"

	connectTimeout   = time.Second
	firstByteTimeout = 4 * time.Second
	totalTimeout     = 6 * time.Second
	maxBody          = 2 << 20 // bytes
	maxRetryAfter    = time.Minute

	// A GET that failed on its way is tried once more, after a pause that keeps callers who failed
	// together from coming back together.
	retryPause  = 100 * time.Millisecond
	retryJitter = 200 * time.Millisecond
)

// Gate is asked before every call and told how it went. *budget.Gate is one.
type Gate interface {
	Wait(ctx context.Context) error
	Report(status int, retryAfter time.Duration)
}

// Options are what a Client is made of.
type Options struct {
	BaseURL      string // an origin such as "https://api.yclients.com"; a path prefix is kept
	PartnerToken string
	UserAgent    string            // default "okoshko"
	Gate         Gate              // nil: no limit of our own
	Transport    http.RoundTripper // nil: one with the client's own timeouts
	Now          func() time.Time  // default time.Now
	Observe      Observe           // nil: nobody looks
	Span         Span              // nil: calls are not traced
	Inject       Inject            // nil: the API is not told of traces
}

// Observe is told of every call on the wire, its outcome ("ok" or the kind of error) and the time
// that it took without the wait for its turn.
type Observe func(op, outcome string, took time.Duration)

// Span begins the span of a call, before its wait for a turn; end is told the call's outcome.
type Span func(ctx context.Context, op string) (_ context.Context, end func(outcome string))

// Inject adds the headers by which the API can join its spans to the caller's.
type Inject func(ctx context.Context, header http.Header)

// Client calls the API. It is safe for concurrent use.
type Client struct {
	http     *http.Client
	base     *url.URL
	partner  string
	user     string
	language string
	agent    string
	gate     Gate
	now      func() time.Time
	observe  Observe
	span     Span
	inject   Inject
	breakers *breakers
	retries  *retries
}

// ErrOpen is the cause of an error of a call that was not made, because too many before it had failed.
var ErrOpen = circuitbreaker.ErrOpen

// breakers keep callers from waiting for an upstream that is down. Reads and writes fail for
// different reasons, so each has its own.
type breakers struct {
	read, write circuitbreaker.CircuitBreaker[any]
}

func newBreaker() circuitbreaker.CircuitBreaker[any] {
	const (
		failures = 0.5 // of the calls
		calls    = 20
	)
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(failures, calls, 30*time.Second).
		WithDelay(10 * time.Second).
		WithSuccessThreshold(1).
		Build()
}

// New makes a Client.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "" || base.User != nil {
		return nil, errors.New("upstream: the base URL is no origin")
	}
	if o.PartnerToken == "" {
		return nil, errors.New("upstream: no partner token")
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // measures how long calls take
	}
	if o.UserAgent == "" {
		o.UserAgent = "okoshko"
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			ResponseHeaderTimeout: firstByteTimeout,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       90 * time.Second,
			ForceAttemptHTTP2:     true,
		}
	}
	return &Client{
		http: &http.Client{
			Transport:     o.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		base:    base.JoinPath(apiPath),
		partner: o.PartnerToken, agent: o.UserAgent, gate: o.Gate, now: o.Now, observe: o.Observe, span: o.Span, inject: o.Inject,
		breakers: &breakers{read: newBreaker(), write: newBreaker()},
		retries:  &retries{},
	}, nil
}

// Close lets go of the connections that are kept for calls to come.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Down says that reads have failed lately so often that they are not tried at present.
func (c *Client) Down() bool { return c.breakers.read.IsOpen() }

// Breakers are the states of the circuit breakers: "closed" while calls are made, "open" while they are not,
// "half-open" while one tries.
type Breakers struct{ Read, Write string }

// Breakers says how the client's breakers stand.
func (c *Client) Breakers() Breakers {
	return Breakers{Read: c.breakers.read.State().String(), Write: c.breakers.write.State().String()}
}

// In is the client speaking a language: a code such as "lv-LV", which chooses the language of
// messages and translated titles.
func (c *Client) In(code string) *Client {
	out := *c
	out.language = code
	return &out
}

// As is the client acting for a signed-in user (rest-api: "Авторизация запросов API").
func (c *Client) As(userToken string) *Client {
	out := *c
	out.user = userToken
	return &out
}

// call is one request of the API.
type call struct {
	op     string // the endpoint's name, for errors
	method string
	path   string // below /api/v1/
	query  url.Values
	body   any  // JSON; nil = none
	empty  bool // an answer without a body is fine
}

// get asks and decodes the data into out.
func (c *Client) get(ctx context.Context, op, path string, query url.Values, out any) error {
	return c.do(ctx, call{op: op, method: http.MethodGet, path: path, query: query}, out)
}

// do makes a call and decodes its data into out, which may be nil. Only a GET is ever tried
// again, and once.
func (c *Client) do(ctx context.Context, r call, out any) error {
	data, err := c.attempt(ctx, r)
	if r.method == http.MethodGet && worthRetrying(err) && c.retries.allow(c.now()) {
		select {
		case <-time.After(retryPause + rand.N(retryJitter)): //nolint:gosec // jitter, not a secret
			data, err = c.attempt(ctx, r)
		case <-ctx.Done():
		}
	}
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if len(data) == 0 {
		return &Error{Op: r.op, Kind: KindMalformed, sent: true, Err: errors.New("empty answer")}
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &Error{Op: r.op, Kind: KindMalformed, sent: true, Err: errors.New("unexpected shape")}
	}
	return nil
}

// worthRetrying: the connection broke or the upstream stumbled. A timeout has used up the
// caller's patience, a refusal stays a refusal, and behind an open breaker nothing was tried at all.
func worthRetrying(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == KindNetwork || e.Kind == KindUnavailable) && !errors.Is(err, ErrOpen)
}

// retries keeps second tries below a tenth of the calls of any minute, so that an upstream that is
// ill is not made worse.
type retries struct {
	mu           sync.Mutex
	calls, again []time.Time // of the last minute
}

const (
	// oneOf so many calls may be a second try: under a tenth also of the minute before it is sent, which it is
	// a pause and the wait for its turn later than it is counted.
	oneOf = 12
	// fewCalls is how many calls a minute may have its second tries in any case.
	fewCalls = 2 * oneOf
)

func recent(times []time.Time, now time.Time) []time.Time {
	i := 0
	for i < len(times) && now.Sub(times[i]) >= time.Minute {
		i++
	}
	return times[i:]
}

func (r *retries) note(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(recent(r.calls, now), now)
}

func (r *retries) allow(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.again = recent(r.calls, now), recent(r.again, now)
	if len(r.again)+1 > max(len(r.calls), fewCalls)/oneOf {
		return false
	}
	r.again = append(r.again, now)
	return true
}

// attempt is one request on the wire: gate, breaker, send, read, unwrap.
func (c *Client) attempt(ctx context.Context, r call) (_ json.RawMessage, err error) {
	if c.span != nil {
		spanned, end := c.span(ctx, r.op)
		ctx = spanned
		defer func() { end(outcomeOf(err)) }()
	}
	breaker := c.breakers.read
	if r.method != http.MethodGet {
		breaker = c.breakers.write
	}
	open := &Error{Op: r.op, Kind: KindUnavailable, Err: ErrOpen}
	if breaker.IsOpen() && breaker.RemainingDelay() > 0 {
		return nil, open
	}
	ctx, departure := budget.WithDeparture(ctx)
	defer departure.Now() // what has not left by then never will
	if c.gate != nil {
		if err := c.gate.Wait(ctx); err != nil {
			if errors.Is(err, budget.ErrSpent) {
				return nil, &Error{Op: r.op, Kind: KindBudget, Err: err}
			}
			return nil, contextError(r.op, err, false)
		}
	}
	// After the wait, so that a turn that never comes holds no probe of a breaker that tries again.
	if !breaker.TryAcquirePermit() {
		return nil, open
	}
	start := c.now()
	c.retries.note(start)
	data, err := c.send(ctx, r, departure)
	if c.observe != nil {
		c.observe(r.op, outcomeOf(err), c.now().Sub(start))
	}
	if failed(err) {
		breaker.RecordFailure()
	} else {
		breaker.RecordSuccess()
	}
	return data, err
}

func outcomeOf(err error) string {
	if err == nil {
		return "ok"
	}
	return KindOf(err).String()
}

// failed says whether an error speaks against the upstream's health.
func failed(err error) bool {
	switch KindOf(err) {
	case KindUnavailable, KindTimeout, KindNetwork, KindChallenge:
		return true
	default:
		return false
	}
}

func (c *Client) send(ctx context.Context, r call, departure *budget.Departure) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	// Whether a byte of the request has left decides later if a failed booking may have happened.
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { wrote.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) {
			departure.Now()
			wrote.Store(true)
		},
	})
	request, err := c.request(ctx, r)
	if err != nil {
		return nil, &Error{Op: r.op, Kind: KindBadRequest, Err: errors.New("the request cannot be built")}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, transportError(r.op, err, wrote.Load())
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, transportError(r.op, err, true)
	}
	wait := retryAfter(response.Header.Get("Retry-After"), c.now())
	if c.gate != nil {
		c.gate.Report(response.StatusCode, wait)
	}
	if len(body) > maxBody {
		return nil, &Error{Op: r.op, Kind: KindMalformed, Status: response.StatusCode, sent: true, Err: errors.New("the answer is too long")}
	}
	return unwrap(r, response.StatusCode, response.Header, inertJSON(body), wait)
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	u := c.base.JoinPath(r.path)
	u.RawQuery = r.query.Encode()
	var body io.Reader
	if r.body != nil {
		raw, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	authorization := "Bearer " + c.partner
	if c.user != "" {
		authorization += ", User " + c.user
	}
	if c.inject != nil {
		c.inject(ctx, request.Header)
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Accept", acceptV2)
	request.Header.Set("User-Agent", c.agent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
		// net/http sends a request again on a stale connection when it can rewind the body and
		// takes the method for repeatable. Without this it cannot: one call is one request.
		request.GetBody = nil
	}
	if c.language != "" {
		request.Header.Set("Accept-Language", c.language)
	}
	return request, nil
}

// retryAfter reads either form of the header, within bounds.
func retryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// unwrap takes the data out of an answer, whatever envelope it comes in, or makes it an Error.
func unwrap(r call, status int, header http.Header, body []byte, wait time.Duration) (json.RawMessage, error) {
	text := bytes.TrimSpace(body)
	fail := func(k Kind, why string) (json.RawMessage, error) {
		return nil, &Error{Op: r.op, Kind: k, Status: status, RetryAfter: wait, sent: true, Err: errors.New(why)}
	}
	if len(text) > 0 && text[0] == '<' {
		switch {
		case header.Get("Cf-Mitigated") != "" || status == http.StatusForbidden:
			return fail(KindChallenge, "a page of HTML instead of an answer")
		case status >= http.StatusInternalServerError:
			return fail(KindUnavailable, "a page of HTML instead of an answer")
		case status == http.StatusTooManyRequests:
			return fail(KindRateLimited, "too many requests")
		default:
			return fail(KindMalformed, "a page of HTML instead of an answer")
		}
	}
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		return nil, parseError(r.op, status, text, wait)
	}
	if len(text) == 0 {
		if r.empty {
			return nil, nil
		}
		return fail(KindMalformed, "empty answer")
	}
	if !json.Valid(text) {
		return fail(KindMalformed, "not JSON")
	}
	if text[0] != '{' {
		return text, nil // the bare list of the first version of the format
	}
	var envelope struct {
		Success *flexBool       `json:"success"`
		Data    json.RawMessage `json:"data"`
		Meta    json.RawMessage `json:"meta"`
	}
	if json.Unmarshal(text, &envelope) != nil {
		return text, nil //nolint:nilerr // an object with fields of these names and other types: no envelope
	}
	switch {
	case envelope.Success != nil && !bool(*envelope.Success):
		return nil, parseError(r.op, status, text, wait)
	case envelope.Success != nil || envelope.Data != nil && envelope.Meta != nil || onlyData(text, envelope.Data):
		if string(envelope.Data) == "null" {
			return nil, nil
		}
		return envelope.Data, nil
	default:
		return text, nil
	}
}

// onlyData recognises {"data": …}, the envelope of newer endpoints.
func onlyData(text []byte, data json.RawMessage) bool {
	var all map[string]json.RawMessage
	return data != nil && json.Unmarshal(text, &all) == nil && len(all) == 1
}

// ids writes a list the way the documentation shows it: service_ids[]=1&service_ids[]=2.
func ids(q url.Values, name string, values []int) {
	for _, v := range values {
		q.Add(name+"[]", strconv.Itoa(v))
	}
}

func path(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('/')
		}
		switch p := p.(type) {
		case string:
			b.WriteString(url.PathEscape(p))
		default:
			fmt.Fprint(&b, p)
		}
	}
	return b.String()
}

// isoTime is ISO 8601 with the offset of the time's zone (rest-api: "Дата и время").
func isoTime(t time.Time) string {
	if t.Location() == Unzoned {
		return t.Format("2006-01-02T15:04:05") // the company's own clock: an offset would be a guess
	}
	return t.Format("2006-01-02T15:04:05-07:00")
}
