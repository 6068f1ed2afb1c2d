// Package mail sends e-mails over SMTP. Its errors say whether a message was surely not delivered, whether its address is gone for
// good, or whether nobody knows. No error names an address or holds a server's words, which may name one.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// What a failed Send has come to.
var (
	// ErrTemporary says that the message was surely not delivered, and that a later one may be.
	ErrTemporary = errors.New("mail: not delivered")
	// ErrGone says that the server takes no message for this address, now or later.
	ErrGone = errors.New("mail: the address takes no mail")
	// ErrUnknown says that the server had the whole message and gave no answer: it may deliver the message.
	ErrUnknown = errors.New("mail: no answer")
)

// Security says how the connection to the server is encrypted.
type Security string

// The ways of encryption.
const (
	StartTLS Security = "starttls" // begun in plain text and encrypted before anything is said
	TLS      Security = "tls"      // encrypted from the first byte
	None     Security = "none"     // to this machine only
)

// ports are the standard ports of the ways of encryption.
var ports = map[Security]int{StartTLS: 587, TLS: 465, None: 25}

// timeout is how long one message may take where Options say nothing.
const timeout = 20 * time.Second

// Options configure a Sender.
type Options struct {
	Host           string
	Port           int // 0 = the standard port
	User, Password string
	From           string // the sender's address, with or without a name
	Security       Security
	Timeout        time.Duration  // 0 = 20 seconds
	Roots          *x509.CertPool // who may vouch for the server; nil = whom the machine trusts
	Now            func() time.Time
}

// Sender sends messages through one server. It may be used by several goroutines at once.
type Sender struct {
	options Options
	from    *netmail.Address
}

// New returns a Sender. It does not speak to the server.
func New(o Options) (*Sender, error) {
	s := &Sender{options: o}
	port, known := ports[o.Security]
	switch {
	case !known:
		return nil, fmt.Errorf("mail: encryption %q: starttls, tls or none", o.Security)
	case o.Host == "":
		return nil, errors.New("mail: no host")
	case o.Security == None && !loopback(o.Host):
		return nil, errors.New("mail: only a server on this machine may be spoken to without encryption")
	}
	if o.Port == 0 {
		s.options.Port = port
	}
	if o.Timeout == 0 {
		s.options.Timeout = timeout
	}
	var err error
	if s.from, err = netmail.ParseAddress(o.From); err != nil {
		return nil, errors.New("mail: the sender is no address")
	}
	return s, nil
}

// loopback says whether a host is this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// Message is one e-mail to one person.
type Message struct {
	To      string // an address without a name
	From    string // the sender's name as it is shown; "" = that of Options
	ReplyTo string // where an answer goes; whatever is no plain address leaves it to the sender
	Subject string
	Lang    string // BCP 47
	Text    string // the message without any markup
	HTML    string // the same as HTML
	End     string // the address to which one POST ends what the message is about; "" = there is none
}

// Plain says whether an address can be sent to: one address, without a name or a comment, in ASCII.
func Plain(address string) bool {
	parsed, err := netmail.ParseAddress(address)
	return err == nil && parsed.Name == "" && parsed.Address == address && !strings.ContainsFunc(address, func(r rune) bool {
		return r > unicode.MaxASCII || unicode.IsControl(r) || unicode.IsSpace(r)
	})
}

// Send sends a message. Errors: ErrTemporary, ErrGone and ErrUnknown.
func (s *Sender) Send(ctx context.Context, m Message) error {
	message, err := s.message(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	client, err := s.client(ctx)
	if err != nil {
		return fmt.Errorf("%w: options", ErrTemporary)
	}
	err = client.DialAndSendWithContext(ctx, message)
	if message.IsDelivered() {
		return nil // what fails afterwards, such as the goodbye, does not matter
	}
	return outcome(err)
}

// message builds the message. What people have typed stands in no header but in encoded words.
func (s *Sender) message(m Message) (*gomail.Msg, error) {
	if !Plain(m.To) {
		return nil, fmt.Errorf("%w: no plain address", ErrGone)
	}
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from := *s.from
	if name := oneLine(m.From); name != "" {
		from.Name = name
	}
	out.FromMailAddress(&from)
	out.ToMailAddress(&netmail.Address{Address: m.To})
	if Plain(m.ReplyTo) {
		out.ReplyToMailAddress(&netmail.Address{Address: m.ReplyTo})
	}
	out.Subject(oneLine(m.Subject))
	now := s.options.Now()
	out.SetDateWithValue(now)
	out.SetMessageIDWithValue(messageID(now, s.from.Address))
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no machine is to answer
	out.SetGenHeader("X-Auto-Response-Suppress", "All")
	if m.Lang != "" {
		out.SetGenHeader("Content-Language", oneLine(m.Lang))
	}
	if err := setEnd(out, m.End); err != nil {
		return nil, err
	}
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return out, nil
}

// setEnd lets a mail program offer the end of what the message is about (RFC 2369), by one press where the address is https
// (RFC 8058).
func setEnd(out *gomail.Msg, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.ContainsAny(address, "<>, \t\r\n") {
		return fmt.Errorf("%w: the address of the end", ErrTemporary)
	}
	if u.Scheme != "https" {
		out.SetListUnsubscribe(u.String())
		return nil
	}
	if err := out.SetListUnsubscribeOneClick(u.String()); err != nil {
		return fmt.Errorf("%w: the address of the end", ErrTemporary)
	}
	return nil
}

// oneLine makes a text fit for a header: nothing in it ends a line.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// client returns a client for one message. Its connection ends with the context, whatever the server does.
func (s *Sender) client(ctx context.Context) (*gomail.Client, error) {
	o := s.options
	dialer := &net.Dialer{}
	encryption := &tls.Config{ServerName: o.Host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(o.Port), gomail.WithTimeout(o.Timeout), gomail.WithoutNoop(), gomail.WithTLSConfig(encryption),
		gomail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			if o.Security == TLS {
				conn = tls.Client(conn, encryption)
			}
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			return conn, nil
		}),
	}
	switch o.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		options = append(options, gomail.WithSSL())
	case None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if o.User != "" {
		signIn := []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5}
		if o.Security == None {
			signIn = []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc, gomail.SMTPAuthCramMD5}
		}
		options = append(options, gomail.WithUsername(o.User), gomail.WithPassword(o.Password), gomail.WithOpportunisticSMTPAuth(signIn...))
	}
	return gomail.NewClient(o.Host, options...)
}

// outcome says what has become of a message that was not delivered. A server's words are left out; its number is told.
func outcome(err error) error {
	failed, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return fmt.Errorf("%w: no connection", ErrTemporary) // or the server does not take us for its customer
	}
	code := failed.ErrorCode()
	about := fmt.Sprintf("%s: %s", failed.Reason, strings.TrimSpace(strconv.Itoa(code)+" "+failed.EnhancedStatusCode()))
	switch {
	case code == 0 && failed.Reason == gomail.ErrSMTPDataClose:
		return fmt.Errorf("%w: %s", ErrUnknown, about)
	case code/100 != 5, strings.HasPrefix(failed.EnhancedStatusCode(), "5.7."):
		return fmt.Errorf("%w: %s", ErrTemporary, about) // a rule of the server (5.7) is about the sender, and may be changed
	case failed.Reason == gomail.ErrSMTPRcptTo, failed.Reason == gomail.ErrSMTPDataClose:
		return fmt.Errorf("%w: %s", ErrGone, about)
	}
	return fmt.Errorf("%w: %s", ErrTemporary, about)
}
