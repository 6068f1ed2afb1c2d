package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"okoshko/internal/upstream/budget"
)

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

// do makes a call and decodes its data into out; with a nil out the data is not looked at. A GET may be tried a second
// time, no other call is. A GET that is nobody's own may get an answer that another process has asked for.
func (c *Client) do(ctx context.Context, r call, out any) error {
	if c.shared == nil || r.method != http.MethodGet || c.user != "" || out == nil {
		data, err := c.ask(ctx, r)
		if err != nil {
			return err
		}
		return readInto(out, r.op, data)
	}
	decoded := false
	ask := func(ctx context.Context) ([]byte, error) {
		data, err := c.ask(ctx, r)
		if err == nil {
			err = readInto(out, r.op, data) // what cannot be read is not shared
			decoded = true
		}
		return data, err
	}
	data, err := c.shared.Do(ctx, c.question(r), ask)
	if err == nil && !decoded && readInto(out, r.op, inertJSON(data)) != nil {
		_, err = ask(ctx) // another version of the program can read it
	}
	if err != nil && IsOnlyShared(ctx) {
		return errOnlyShared(r)
	}
	if err != nil && ctx.Err() != nil && KindOf(err) == KindUnknown {
		return contextError(r.op, err, false) // it waited for another process
	}
	return err
}

type onlySharedKey struct{}

// OnlyShared is a context under which no call is made: a question is answered by a shared answer, or with an error.
func OnlyShared(ctx context.Context) context.Context {
	return context.WithValue(ctx, onlySharedKey{}, true)
}

// IsOnlyShared says whether a context is one of OnlyShared.
func IsOnlyShared(ctx context.Context) bool { return ctx.Value(onlySharedKey{}) != nil }

func errOnlyShared(r call) error {
	return &Error{Op: r.op, Kind: KindBudget, Err: errors.New("there is no shared answer")}
}

// ask makes a call, a GET once more where that may help.
func (c *Client) ask(ctx context.Context, r call) (json.RawMessage, error) {
	if IsOnlyShared(ctx) {
		return nil, errOnlyShared(r)
	}
	data, err := c.attempt(ctx, r)
	if r.method == http.MethodGet && worthRetrying(err) && c.retries.allow(c.now()) {
		select {
		case <-time.After(retryPause + rand.N(retryJitter)): //nolint:gosec // jitter, not a secret
			data, err = c.attempt(ctx, r)
		case <-ctx.Done():
		}
	}
	return data, err
}

// readInto decodes the data of an answer; with a nil out it is not looked at.
func readInto(out any, op string, data json.RawMessage) error {
	if out == nil {
		return nil
	}
	if len(data) == 0 {
		return &Error{Op: op, Kind: KindMalformed, sent: true, Err: errors.New("empty answer")}
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &Error{Op: op, Kind: KindMalformed, sent: true, Err: errors.New("unexpected shape")}
	}
	return nil
}

// question names what a GET asks, and of whom. The name tells nothing: it is a digest.
func (c *Client) question(r call) string {
	h := sha256.New()
	for _, part := range []string{c.base.String(), c.partner, c.language, r.path, r.query.Encode()} {
		fmt.Fprintf(h, "%d %s ", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// attempt makes one request: it waits at the gate, asks the breaker, sends, reads and unwraps the answer.
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
	defer departure.Now() // a request that has not left by then never will
	if c.gate != nil {
		if err := c.gate.Wait(ctx); err != nil {
			if errors.Is(err, budget.ErrSpent) {
				return nil, &Error{Op: r.op, Kind: KindBudget, Err: err}
			}
			return nil, contextError(r.op, err, false)
		}
	}
	// After the wait: a call that never gets its turn must not use up the probe of a half-open breaker.
	if !breaker.TryAcquirePermit() {
		return nil, open
	}
	start := c.now()
	c.retries.note(start)
	data, err := c.send(ctx, r, departure)
	c.noteToken(r, err)
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

// byPartnerAlone are the calls that need the partner token and nothing else. What they answer to others, a 401 among it, may be about the
// user who signs in.
var byPartnerAlone = []string{
	"bookform", "book_services", "book_staff", "book_dates", "book_times", "book_code", "book_check", "book_record", "activity_search", "activity_book",
}

// noteToken tells a 401 that is about the partner token from one that is about a user, and remembers whether the token is good.
func (c *Client) noteToken(r call, err error) {
	if c.user != "" || !slices.Contains(byPartnerAlone, r.op) {
		return
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == KindUnauthorized {
		e.Kind = KindPartner
		c.breakers.tokenRefused.Store(true)
	} else if err == nil {
		c.breakers.tokenRefused.Store(false)
	}
}

// TokenRefused says that the API does not accept the partner token: it answered so last.
func (c *Client) TokenRefused() bool { return c.breakers.tokenRefused.Load() }

func outcomeOf(err error) string {
	if err == nil {
		return "ok"
	}
	return KindOf(err).String()
}

func (c *Client) send(ctx context.Context, r call, departure *budget.Departure) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	// A booking that failed may have been made only if a byte of its request has left.
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
	if c.gate != nil {
		c.gate.Report(response.StatusCode, retryAfter(response.Header.Get("Retry-After"), c.now()))
	}
	if len(body) > maxBody {
		return nil, &Error{Op: r.op, Kind: KindMalformed, Status: response.StatusCode, sent: true, Err: errors.New("the answer is too long")}
	}
	return unwrap(r, response.StatusCode, response.Header, inertJSON(body))
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

// retryAfter reads the header Retry-After, seconds or a date, up to maxRetryAfter.
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

// serviceIDs writes services the way the documentation shows it: service_ids[]=1&service_ids[]=2.
func serviceIDs(q url.Values, services []int) {
	for _, id := range services {
		q.Add("service_ids[]", strconv.Itoa(id))
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
