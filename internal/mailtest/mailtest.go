// Package mailtest is a mail server for tests: real SMTP on the loopback, with faults to set. It keeps what it is sent.
package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options configure a Server.
type Options struct {
	TLS            bool // encrypted from the first byte
	NoStartTLS     bool
	User, Password string // who may send; "" = everybody
}

// Server is a mail server.
type Server struct {
	Host  string
	Port  int
	Roots *x509.CertPool // vouches for it

	options Options
	arrived chan struct{}

	mu       sync.Mutex
	fault    Fault
	messages []Message
}

// Fault is what goes wrong with each message until another fault is set; its zero value is none. Its errors are Refusals.
type Fault struct {
	Mail, Rcpt, Data error
	HangUp           bool          // the connection breaks when the whole message is there
	Arrived          func()        // called when the whole message is there
	Hold             chan struct{} // no answer to a whole message before it is closed
}

// Refusal is an answer of a mail server.
func Refusal(code int, enhanced [3]int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode(enhanced), Message: text}
}

// Message is an e-mail as it arrived.
type Message struct {
	From, To   string // of the envelope
	Header     netmail.Header
	Raw        string
	Text, HTML string
	Encrypted  bool
	User       string // who has signed in
}

// Subject returns the decoded subject.
func (m Message) Subject() string { return decoded(m.Header.Get("Subject")) }

// Sender returns the decoded name and the address of the sender.
func (m Message) Sender() string { return decoded(m.Header.Get("From")) }

func decoded(value string) string {
	out, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil {
		return value
	}
	return out
}

// Start starts a mail server that ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	certificate, roots := certify(t)
	s := &Server{Host: "127.0.0.1", Roots: roots, options: o, arrived: make(chan struct{}, 1)}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at, _ := listener.Addr().(*net.TCPAddr)
	s.Port = at.Port
	encryption := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "mail.test", true, silent{}
	if o.TLS {
		listener = tls.NewListener(listener, encryption)
	} else if !o.NoStartTLS {
		server.TLSConfig = encryption
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		_ = listener.Close() // a server that has not begun to listen yet knows nothing of it, and would never end
		<-done
	})
	return s
}

// Fail sets what goes wrong from now on.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Messages returns what has arrived, the first first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Wait waits until so many messages have arrived, and returns them.
func (s *Server) Wait(t testing.TB, count int) []Message {
	t.Helper()
	for {
		if got := s.Messages(); len(got) >= count {
			return got
		}
		select {
		case <-s.arrived:
		case <-t.Context().Done():
			t.Fatalf("%d e-mails, want %d", len(s.Messages()), count)
		}
	}
}

func (s *Server) failing() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

func (s *Server) keep(m Message) {
	s.mu.Lock()
	s.messages = append(s.messages, m)
	s.mu.Unlock()
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

type session struct {
	server   *Server
	conn     *smtp.Conn
	user     string
	from, to string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string {
	if s.server.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.options.User || password != s.server.options.Password {
			return Refusal(535, [3]int{5, 7, 8}, "Authentication failed for "+user)
		}
		s.user = user
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.User != "" && s.user == "" {
		return Refusal(530, [3]int{5, 7, 0}, "Authentication required")
	}
	s.from = from
	return s.server.failing().Mail
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.server.failing().Rcpt
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	fault := s.server.failing()
	if fault.Arrived != nil {
		fault.Arrived()
	}
	if fault.Hold != nil {
		<-fault.Hold
	}
	switch {
	case fault.Data != nil:
		return fault.Data
	case fault.HangUp:
		_ = s.conn.Conn().Close()
		return errors.New("hung up")
	}
	m, err := parse(raw)
	if err != nil {
		return err
	}
	m.From, m.To, m.User = s.from, s.to, s.user
	_, m.Encrypted = s.conn.TLSConnectionState()
	s.server.keep(m)
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", "" }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// parse reads a message of one part, or of a plain and an HTML part.
func parse(raw []byte) (Message, error) {
	read, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	out := Message{Header: read.Header, Raw: string(raw)}
	kind, params, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil {
		return Message{}, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		body, err := io.ReadAll(decoder(read.Header.Get("Content-Transfer-Encoding"), read.Body))
		out.Text = string(body)
		return out, err
	}
	parts := multipart.NewReader(read.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return Message{}, err
		}
		body, err := io.ReadAll(decoder(part.Header.Get("Content-Transfer-Encoding"), part))
		if err != nil {
			return Message{}, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			out.HTML = string(body)
		} else {
			out.Text = string(body)
		}
	}
}

func decoder(encoding string, r io.Reader) io.Reader {
	if strings.EqualFold(encoding, "quoted-printable") {
		return quotedprintable.NewReader(r)
	}
	return r
}

// silent is a log that nobody reads.
type silent struct{}

// Printf implements smtp.Logger.
func (silent) Printf(string, ...any) {}

// Println implements smtp.Logger.
func (silent) Println(...any) {}

// certify makes a certificate for the loopback.
func certify(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}
