package mail

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"okoshko/internal/mailtest"
	"okoshko/internal/testclock"
)

const person = "anna@people.example"

func sender(t *testing.T, server *mailtest.Server, change ...func(*Options)) *Sender {
	t.Helper()
	o := Options{
		Host: server.Host, Port: server.Port, From: "Okoshko <desk@salon.example>", Security: StartTLS,
		Timeout: time.Minute, Roots: server.Roots, Now: testclock.Standing().Now,
	}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var message = Message{
	To: person, ReplyTo: "answers@salon.example", From: "Салон «Ромашка»", Subject: "Освободилось окошко: среда, 10:30", Lang: "ru", Text: "Среда, 14 октября, 10:30.\nЗапишитесь, пока не заняли.\n",
	HTML: "<p>Среда, 14&nbsp;октября</p>", End: "https://w.example/w/secret/end",
}

// TestDelivered: what arrives is what was sent, encrypted, with what a mail program needs to end it by one press, and nothing that
// tracks.
func TestDelivered(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{User: "desk", Password: "secret"})
	s := sender(t, server, func(o *Options) { o.User, o.Password = "desk", "secret" })
	if err := s.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	got := server.Messages()
	if len(got) != 1 {
		t.Fatalf("%d e-mails, want 1", len(got))
	}
	m := got[0]
	for name, pair := range map[string][2]string{
		"from":        {m.From, "desk@salon.example"},
		"to":          {m.To, person},
		"subject":     {m.Subject(), message.Subject},
		"sender":      {m.Sender(), "Салон «Ромашка» <desk@salon.example>"},
		"Reply-To":    {m.Header.Get("Reply-To"), "<answers@salon.example>"},
		"text":        {strings.ReplaceAll(m.Text, "\r\n", "\n"), message.Text},
		"html":        {m.HTML, message.HTML},
		"end":         {m.Header.Get("List-Unsubscribe"), "<" + message.End + ">"},
		"end by POST": {m.Header.Get("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click"},
		"automatic":   {m.Header.Get("Auto-Submitted"), "auto-generated"},
		"language":    {m.Header.Get("Content-Language"), "ru"},
		"User-Agent":  {m.Header.Get("User-Agent") + m.Header.Get("X-Mailer"), ""},
		"user":        {m.User, "desk"},
	} {
		if got, want := strings.TrimSpace(pair[0]), strings.TrimSpace(pair[1]); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if !m.Encrypted {
		t.Error("the connection was not encrypted")
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(testclock.Start().Truncate(time.Second)) {
		t.Errorf("date = %v, %v; want %v", date, err, testclock.Start())
	}
	if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@salon.example>") {
		t.Errorf("Message-ID = %q, want one at salon.example", id)
	}
}

// TestWaysOfEncryption: each way reaches a server that offers it, and none goes on in plain text where it must not.
func TestWaysOfEncryption(t *testing.T) {
	signedIn := mailtest.Options{User: "desk", Password: "secret"}
	for name, tt := range map[string]struct {
		server    mailtest.Options
		security  Security
		delivered bool
	}{
		"starttls":             {signedIn, StartTLS, true},
		"starttls not offered": {mailtest.Options{NoStartTLS: true, User: "desk", Password: "secret"}, StartTLS, false},
		"tls":                  {mailtest.Options{TLS: true, User: "desk", Password: "secret"}, TLS, true},
		"tls not offered":      {signedIn, TLS, false},
		"none":                 {mailtest.Options{NoStartTLS: true, User: "desk", Password: "secret"}, None, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Start(t, tt.server)
			s := sender(t, server, func(o *Options) {
				o.User, o.Password, o.Security = "desk", "secret", tt.security
			})
			err := s.Send(t.Context(), message)
			if (err == nil) != tt.delivered || err != nil && !errors.Is(err, ErrTemporary) {
				t.Errorf("%v, delivered: want %v", err, tt.delivered)
			}
			if got := server.Messages(); len(got) != map[bool]int{true: 1}[tt.delivered] {
				t.Errorf("%d e-mails", len(got))
			} else if tt.delivered && got[0].Encrypted != (tt.security != None) {
				t.Errorf("encrypted = %v", got[0].Encrypted)
			}
		})
	}
}

// TestAnswersOfAServer: each answer becomes what it means for the message, and no error tells whom the message was for.
func TestAnswersOfAServer(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	s := sender(t, server)
	greylisted := mailtest.Refusal(451, [3]int{4, 7, 1}, person+" is greylisted, try again later")
	unknown := mailtest.Refusal(550, [3]int{5, 1, 1}, person+": no such user")
	rule := mailtest.Refusal(554, [3]int{5, 7, 1}, person+": relay access denied")
	for name, tt := range map[string]struct {
		fault mailtest.Fault
		want  error
	}{
		"greylisted":            {mailtest.Fault{Rcpt: greylisted}, ErrTemporary},
		"no such user":          {mailtest.Fault{Rcpt: unknown}, ErrGone},
		"relay denied":          {mailtest.Fault{Rcpt: rule}, ErrTemporary},
		"sender refused":        {mailtest.Fault{Mail: unknown}, ErrTemporary},
		"content, later":        {mailtest.Fault{Data: greylisted}, ErrTemporary},
		"content refused":       {mailtest.Fault{Data: mailtest.Refusal(552, [3]int{5, 2, 2}, "mailbox full: "+person)}, ErrGone},
		"content, rule":         {mailtest.Fault{Data: rule}, ErrTemporary},
		"broken at the end":     {mailtest.Fault{HangUp: true}, ErrUnknown},
		"nothing goes wrong":    {mailtest.Fault{}, nil},
		"5xx without a subcode": {mailtest.Fault{Rcpt: mailtest.Refusal(550, [3]int{-1, -1, -1}, "no")}, ErrGone},
	} {
		server.Fail(tt.fault)
		err := s.Send(t.Context(), message)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "anna") {
			t.Errorf("%s: the error names the address: %v", name, err)
		}
	}
	if got := len(server.Messages()); got != 1 {
		t.Errorf("%d e-mails delivered, want 1", got)
	}
}

// TestSlowServer: a server that does not answer holds nobody longer than the context, and nobody knows what it does with the
// message.
func TestSlowServer(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	server.Fail(mailtest.Fault{Arrived: cancel, Hold: hold})
	t.Cleanup(func() { close(hold) })
	if err := sender(t, server).Send(ctx, message); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v, want %v", err, ErrUnknown)
	}
}

// TestNoServer: while the server is down nothing is lost.
func TestNoServer(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{User: "desk", Password: "secret"})
	down := sender(t, server, func(o *Options) { o.Port = 1 })
	if err := down.Send(t.Context(), message); !errors.Is(err, ErrTemporary) {
		t.Errorf("down: %v, want %v", err, ErrTemporary)
	}
	wrong := sender(t, server, func(o *Options) { o.User, o.Password = "desk", "wrong" })
	err := wrong.Send(t.Context(), message)
	if !errors.Is(err, ErrTemporary) || strings.Contains(err.Error(), "desk") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: %v, want %v and nothing of the password", err, ErrTemporary)
	}
	stranger := sender(t, server, func(o *Options) { o.Roots = nil })
	if err := stranger.Send(t.Context(), message); !errors.Is(err, ErrTemporary) {
		t.Errorf("nobody vouches for the server: %v, want %v", err, ErrTemporary)
	}
	if got := len(server.Messages()); got != 0 {
		t.Errorf("%d e-mails, want 0", got)
	}
}

// TestNothingIsInjected: whatever stands in a message's fields, it has the headers of a message without it, and one recipient.
func TestNothingIsInjected(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	s := sender(t, server)
	const evil = "x\r\nBcc: victim@people.example\r\n\r\nbody\nX-Evil: 1\u2028X-Evil: 2\x00"
	m := message
	m.From, m.ReplyTo, m.Subject, m.Lang, m.Text, m.HTML = evil, evil, evil, evil, evil+"\r\n.\r\nMAIL FROM:<a@b.example>\r\n", evil
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := server.Messages()
	if len(got) != 1 || got[0].To != person {
		t.Fatalf("%d e-mails, to %q", len(got), got[0].To)
	}
	if got[0].Header.Get("Bcc") != "" || got[0].Header.Get("X-Evil") != "" {
		t.Errorf("headers were injected: %v", got[0].Header)
	}
	for _, to := range []string{evil, "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "A <a@b.example>", "<a@b.example>", "", "a b@c.example", "a@b.example ", "ü@b.example"} {
		m := message
		m.To = to
		if err := s.Send(t.Context(), m); !errors.Is(err, ErrGone) {
			t.Errorf("to %q: %v, want %v", to, err, ErrGone)
		}
	}
	for _, end := range []string{"https://w.example/x>, <https://evil.example/", "https://w.example/\r\nBcc: a@b.example", "nonsense"} {
		m := message
		m.End = end
		if err := s.Send(t.Context(), m); !errors.Is(err, ErrTemporary) {
			t.Errorf("end %q: %v, want %v", end, err, ErrTemporary)
		}
	}
	if got := len(server.Messages()); got != 1 {
		t.Errorf("%d e-mails, want 1", got)
	}
}

// TestOptions: what cannot work is refused when the program starts.
func TestOptions(t *testing.T) {
	good := Options{Host: "mail.example", From: "a@b.example", Security: StartTLS, Now: testclock.Standing().Now}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"no host":            func(o *Options) { o.Host = "" },
		"no encryption":      func(o *Options) { o.Security = None },
		"unknown encryption": func(o *Options) { o.Security = "ssl" },
		"no sender":          func(o *Options) { o.From = "" },
		"sender is no mail":  func(o *Options) { o.From = "salon" },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "[::1]"} {
		o := good
		o.Host, o.Security = host, None
		if _, err := New(o); err != nil {
			t.Errorf("%s without encryption: %v", host, err)
		}
	}
}
