// Package push sends notifications to browsers: Web Push (RFC 8030), encrypted for the one browser (RFC 8291) and signed with the
// widget's key (RFC 8292). Whoever subscribes names the address that is sent to, so that only public hosts are spoken to.
package push

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"okoshko/internal/address"
)

// What a failed Send has come to.
var (
	// ErrTemporary says that the push service did not take the notification, and that it may take a later one.
	ErrTemporary = errors.New("push: not delivered")
	// ErrGone says that the subscription has ended, or that there is none at this address.
	ErrGone = errors.New("push: the subscription is gone")
	// ErrUnknown says that the push service gave no answer: it may deliver the notification.
	ErrUnknown = errors.New("push: no answer")
)

const (
	timeout = 10 * time.Second
	connect = 3 * time.Second

	maxEndpoint = 1024
	maxAnswer   = 4 << 10 // bytes that are read of an answer, so that its connection can be used again
	authBytes   = 16
)

// Options configure a Sender.
type Options struct {
	Subject    string                // whom a push service may write to: an address "mailto:…" or "https://…"
	Key        string                // the private key by which push services know the widget (VAPID), as NewKey makes it
	Timeout    time.Duration         // 0 = ten seconds
	Roots      *x509.CertPool        // who may vouch for a push service; nil = whom the machine trusts
	MayConnect func(netip.Addr) bool // which addresses may be connected to; nil = those of the public internet
}

// Sender sends notifications. It may be used by several goroutines at once.
type Sender struct {
	options   Options
	public    string // the key that belongs to Options.Key
	transport *http.Transport
}

// NewKey makes a private key, base64url without padding. Subscriptions are bound to the public key that belongs to it.
func NewKey() (string, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	return encode(key.Bytes()), nil
}

// errPrivate is the reason why a connection was not made.
var errPrivate = errors.New("push: no host of the public internet")

// New returns a Sender.
func New(o Options) (*Sender, error) {
	public, err := publicKey(o.Key)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(o.Subject, "mailto:") && !strings.HasPrefix(o.Subject, "https://") {
		return nil, errors.New("push: the subject begins with mailto: or https://")
	}
	if o.Timeout == 0 {
		o.Timeout = timeout
	}
	if o.MayConnect == nil {
		o.MayConnect = address.IsPublic
	}
	dialer := &net.Dialer{Timeout: connect, Control: func(_, at string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(at)
		if err != nil || !o.MayConnect(to.Addr()) {
			return errPrivate
		}
		return nil
	}}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: connect, ResponseHeaderTimeout: o.Timeout, MaxResponseHeaderBytes: 16 << 10,
		ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConns: 10,
	}
	if o.Roots != nil {
		transport.TLSClientConfig = tlsWith(o.Roots)
	}
	return &Sender{options: o, public: public, transport: transport}, nil
}

// Close closes connections that are not in use.
func (s *Sender) Close() { s.transport.CloseIdleConnections() }

// PublicKey is the key that a browser subscribes with.
func (s *Sender) PublicKey() string { return s.public }

// publicKey is the public key that belongs to a private one.
func publicKey(private string) (string, error) {
	secret, err := decode(private)
	if err == nil {
		var key *ecdh.PrivateKey
		if key, err = ecdh.P256().NewPrivateKey(secret); err == nil {
			return encode(key.PublicKey().Bytes()), nil
		}
	}
	return "", errors.New("push: the key is no private key of P-256") // and the error may quote it
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode reads base64url with or without padding.
func decode(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

// Subscription is where a browser takes notifications, in the shape in which browsers hand it out.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

// ErrNoSubscription says that a text is no subscription that can be sent to.
var ErrNoSubscription = errors.New("push: no subscription")

// Parse reads a subscription as a browser's toJSON writes it. Its address must be one of https at a host with a name.
func Parse(text string) (Subscription, error) {
	var out Subscription
	if len(text) > 2*maxEndpoint || json.Unmarshal([]byte(text), &out) != nil {
		return Subscription{}, ErrNoSubscription
	}
	u, err := url.Parse(out.Endpoint)
	if err != nil || len(out.Endpoint) > maxEndpoint || u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Hostname() == "" {
		return Subscription{}, ErrNoSubscription
	}
	key, err1 := decode(out.Keys.P256dh)
	auth, err2 := decode(out.Keys.Auth)
	if err1 != nil || err2 != nil || len(auth) != authBytes {
		return Subscription{}, ErrNoSubscription
	}
	if _, err := ecdh.P256().NewPublicKey(key); err != nil {
		return Subscription{}, ErrNoSubscription
	}
	return out, nil
}

// Notification is what a browser shows.
type Notification struct {
	Title, Body string
	URL         string // where a press on it leads
	Lang, Dir   string
	Tag         string        // a later notification of the same tag takes the place of this one
	Lives       time.Duration // how long it is worth delivering
}

// declarative is the JSON of a notification as "declarative web push" wants it: a browser that knows it shows it without a script.
// The service worker reads the same. https://www.w3.org/TR/push-api/#declarative-push-message
type declarative struct {
	WebPush      int     `json:"web_push"`
	Notification details `json:"notification"`
}

type details struct {
	Title    string `json:"title"`
	Body     string `json:"body"`
	Navigate string `json:"navigate"`
	Lang     string `json:"lang,omitempty"`
	Dir      string `json:"dir,omitempty"`
	Tag      string `json:"tag,omitempty"`
}

// webPush is the number by which a declarative message is known.
const webPush = 8030

// Payload is what is sent, before it is encrypted.
func (n Notification) Payload() ([]byte, error) {
	return json.Marshal(declarative{webPush, details{Title: n.Title, Body: n.Body, Navigate: n.URL, Lang: n.Lang, Dir: n.Dir, Tag: n.Tag}})
}

// topic names a notification to the push service, which then keeps the last one only. It has 32 characters at most and tells nothing.
func topic(tag string) string {
	if tag == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(tag))
	return encode(sum[:24])
}

// Send sends a notification. Errors: ErrTemporary, ErrGone and ErrUnknown. None of them holds the address.
func (s *Sender) Send(ctx context.Context, to Subscription, n Notification) error {
	payload, err := n.Payload()
	if err != nil {
		return fmt.Errorf("%w: payload", ErrTemporary)
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	target := &webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{Auth: to.Keys.Auth, P256dh: to.Keys.P256dh}}
	answer, err := webpush.SendNotificationWithContext(ctx, payload, target, &webpush.Options{
		HTTPClient: roundTripper{s.transport}, Subscriber: strings.TrimPrefix(s.options.Subject, "mailto:"), Topic: topic(n.Tag),
		TTL: int(n.Lives / time.Second), Urgency: webpush.UrgencyHigh, VAPIDPublicKey: s.public, VAPIDPrivateKey: s.options.Key,
	})
	if err != nil {
		return failed(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	switch code := answer.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusNotFound || code == http.StatusGone:
		return fmt.Errorf("%w: status %d", ErrGone, code)
	default:
		return fmt.Errorf("%w: status %d", ErrTemporary, code)
	}
}

// roundTripper sends a request once. It follows no redirects and keeps no cookies.
type roundTripper struct{ *http.Transport }

// Do implements webpush.HTTPClient.
func (r roundTripper) Do(request *http.Request) (*http.Response, error) {
	request.GetBody = nil // net/http would send a request once more whose connection has been closed
	answer, err := r.RoundTrip(request)
	if err != nil {
		return nil, &exchange{err}
	}
	return answer, nil
}

// exchange is an error of a request that may have been sent.
type exchange struct{ error }

func (e *exchange) Unwrap() error { return e.error }

// failed says what has become of a notification without an answer. Where no connection came about, nothing was sent.
func failed(err error) error {
	if _, ok := errors.AsType[*exchange](err); !ok {
		return fmt.Errorf("%w: it cannot be encrypted for this subscription", ErrGone)
	}
	if errors.Is(err, errPrivate) {
		return fmt.Errorf("%w: %w", ErrGone, errPrivate)
	}
	if of, ok := errors.AsType[*net.OpError](err); ok && of.Op == "dial" {
		return fmt.Errorf("%w: no connection", ErrTemporary)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("%w: no such host", ErrTemporary)
	}
	if unverified(err) {
		return fmt.Errorf("%w: its certificate", ErrTemporary)
	}
	return ErrUnknown
}
