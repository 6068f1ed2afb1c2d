// Package pushtest is a push service for tests: it takes Web Push over TLS on the loopback, checks the signature of the sender and
// decrypts what was sent, as a browser would. It shares no code with package push.
package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Server is a push service and the browsers behind it.
type Server struct {
	URL   string
	Roots *x509.CertPool // vouches for it

	mu       sync.Mutex
	browsers map[string]*browser // by the paths of their subscriptions
	answer   func() int          // the status of the next answers; nil = 201, 0 = the connection is closed
	received []Push
	arrived  chan struct{}
}

// browser is one subscription.
type browser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

// Push is what a browser has been sent.
type Push struct {
	Path    string // of the subscription
	Payload []byte // decrypted
	Header  http.Header
	Claims  Claims // what the sender has signed
	Key     string // with which, base64url
}

// Claims are the claims of the sender.
type Claims struct {
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Expires  int64  `json:"exp"`
}

// Start starts a push service that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{browsers: map[string]*browser{}, arrived: make(chan struct{}, 1)}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.take(t, w, r) }))
	t.Cleanup(server.Close)
	s.URL, s.Roots = server.URL, x509.NewCertPool()
	s.Roots.AddCert(server.Certificate())
	return s
}

// Subscribe makes a browser subscribe, and returns the subscription as the browser's toJSON writes it.
func (s *Server) Subscribe(t testing.TB) string {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	s.mu.Lock()
	defer s.mu.Unlock()
	path := fmt.Sprintf("/send/%d", len(s.browsers)+1)
	s.browsers[path] = &browser{key, auth}
	out, err := json.Marshal(map[string]any{
		"endpoint": s.URL + path, "expirationTime": nil,
		"keys": map[string]string{"p256dh": encode(key.PublicKey().Bytes()), "auth": encode(auth)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Unsubscribe ends all subscriptions.
func (s *Server) Unsubscribe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.browsers)
}

// Answer sets the status of the next answers: 0 closes the connection without one.
func (s *Server) Answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = func() int { return status }
}

// Received returns what was sent so far.
func (s *Server) Received() []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Push(nil), s.received...)
}

// Wait waits until so many notifications have arrived.
func (s *Server) Wait(t testing.TB, count int) {
	t.Helper()
	for len(s.Received()) < count {
		select {
		case <-s.arrived:
		case <-t.Context().Done():
			t.Fatalf("%d notifications, want %d", len(s.Received()), count)
		}
	}
}

func (s *Server) take(t testing.TB, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		t.Errorf("push service: %v", err)
		return
	}
	status := http.StatusCreated
	if s.answer != nil {
		status = s.answer()
	}
	of := s.browsers[r.URL.Path]
	switch {
	case status == 0:
		panic(http.ErrAbortHandler)
	case status/100 == 2 && of == nil:
		status = http.StatusGone
	case status/100 == 2:
		push, err := of.open(s.URL, r, body)
		if err != nil {
			t.Errorf("push service: %v", err)
			status = http.StatusBadRequest
			break
		}
		s.received = append(s.received, push)
		select {
		case s.arrived <- struct{}{}:
		default:
		}
	}
	w.WriteHeader(status)
}

// open checks and decrypts a request.
func (b *browser) open(origin string, r *http.Request, body []byte) (Push, error) {
	out := Push{Path: r.URL.Path, Header: r.Header}
	if r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" || r.Header.Get("TTL") == "" {
		return out, fmt.Errorf("%s with encoding %q and TTL %q", r.Method, r.Header.Get("Content-Encoding"), r.Header.Get("TTL"))
	}
	var err error
	if out.Claims, out.Key, err = verify(r.Header.Get("Authorization")); err != nil {
		return out, err
	}
	if out.Claims.Audience != origin {
		return out, fmt.Errorf("signed for %s, not for %s", out.Claims.Audience, origin)
	}
	out.Payload, err = b.decrypt(body)
	return out, err
}

// verify checks the sender's signature (RFC 8292).
func verify(authorization string) (claims Claims, key string, err error) {
	rest, ok := strings.CutPrefix(authorization, "vapid ")
	values := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		values[name] = value
	}
	parts := strings.Split(values["t"], ".")
	public, err := decode(values["k"])
	if !ok || len(parts) != 3 || err != nil {
		return claims, "", errors.New("no VAPID signature")
	}
	signature, err := decode(parts[2])
	if err != nil || len(signature) != 64 {
		return claims, "", errors.New("no ES256 signature")
	}
	of, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	if err != nil {
		return claims, "", err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(of, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return claims, "", errors.New("a false signature")
	}
	raw, err := decode(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	return claims, values["k"], err
}

// decrypt decrypts a message of one record (RFC 8188, RFC 8291).
func (b *browser) decrypt(body []byte) ([]byte, error) {
	const header = 16 + 4 + 1 // salt, size of a record, length of the key
	if len(body) < header || len(body) < header+int(body[20]) || int64(binary.BigEndian.Uint32(body[16:20])) < int64(len(body)-header-int(body[20])) {
		return nil, errors.New("no aes128gcm of one record")
	}
	salt, sender, sealed := body[:16], body[header:header+int(body[20])], body[header+int(body[20]):]
	from, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(from)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(sender)
	secret, err := hkdf.Key(sha256.New, shared, b.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	text, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	text = []byte(strings.TrimRight(string(text), "\x00"))
	if len(text) == 0 || text[len(text)-1] != 2 {
		return nil, errors.New("no last record")
	}
	return text[:len(text)-1], nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}
