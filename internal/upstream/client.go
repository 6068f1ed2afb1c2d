// Package upstream is a client of the YCLIENTS REST API, of the part of it that online booking needs. It stands alone: it
// knows nothing of the widget.
//
// The documentation of the API leaves much open, and its server is written in PHP. So answers are decoded tolerantly: a
// number may be a string, an empty object may be an empty list, the envelope may be missing, and an answer may be a page
// of HTML. The methods return typed values, and an *Error that says whether the call may have taken effect.
//
// client.go makes a client. A call goes through call.go (budget, breaker, one request), envelope.go (what the answer
// holds), errors.go (what went wrong) and retry.go (a second try of a GET). wire.go and text.go decode. The other files
// hold the calls, by subject.
package upstream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
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
)

// Gate limits the calls: it is asked before each one, and told the status of the answer. *budget.Gate is one.
type Gate interface {
	Wait(ctx context.Context) error
	Report(status int, retryAfter time.Duration)
}

// Shared are answers that several processes share. *answers.Shared is one.
type Shared interface {
	// Do answers a question by a shared answer, where the context wishes for one that there is, else by ask.
	Do(ctx context.Context, question string, ask func(context.Context) ([]byte, error)) ([]byte, error)
}

// Options are what a Client is made of.
type Options struct {
	BaseURL      string // an origin such as "https://api.yclients.com"; a path prefix is kept
	PartnerToken string
	UserAgent    string            // default "okoshko"
	Gate         Gate              // nil: no limit of our own
	Shared       Shared            // nil: answers are not shared
	Transport    http.RoundTripper // nil: one with the client's own timeouts
	Now          func() time.Time  // default time.Now
	Observe      Observe           // nil: none
	Span         Span              // nil: calls are not traced
	Inject       Inject            // nil: the API is not told of traces
}

// Observe is told of every call that was sent: its outcome ("ok" or the kind of error), and how long it took, without the
// wait for its turn.
type Observe func(op, outcome string, took time.Duration)

// Span begins a span of OpenTelemetry for a call, before the wait for its turn; end is told the outcome.
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
	shared   Shared
	now      func() time.Time
	observe  Observe
	span     Span
	inject   Inject
	breakers *breakers
	retries  *retries
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
		partner: o.PartnerToken, agent: o.UserAgent, gate: o.Gate, shared: o.Shared, now: o.Now, observe: o.Observe, span: o.Span, inject: o.Inject,
		breakers: &breakers{read: newBreaker(), write: newBreaker()},
		retries:  &retries{},
	}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// In is the client with a language, a code such as "lv-LV": the language of messages and translated titles.
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
