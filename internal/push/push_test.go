package push

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"okoshko/internal/pushtest"
)

// sender is a Sender that may speak to this machine.
func sender(t *testing.T, service *pushtest.Server) *Sender {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{
		Subject: "mailto:desk@salon.example", Key: key, Roots: service.Roots, Timeout: time.Minute,
		MayConnect: func(ip netip.Addr) bool { return ip.IsLoopback() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func subscription(t *testing.T, text string) Subscription {
	t.Helper()
	to, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// TestBrowserReadsWhatWasSent: what the push service of the test decrypts is what was to be shown, in the declarative shape.
func TestBrowserReadsWhatWasSent(t *testing.T) {
	service := pushtest.Start(t)
	s := sender(t, service)
	to := subscription(t, service.Subscribe(t))
	err := s.Send(t.Context(), to, Notification{
		Title: "Освободилось окошко", Body: "Среда, 10:30", URL: "https://w.example/b/3", Lang: "ru", Dir: "ltr", Tag: "wish 1", Lives: 2 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := service.Received()
	if len(got) != 1 {
		t.Fatalf("%d notifications, want 1", len(got))
	}
	var read struct {
		WebPush      int               `json:"web_push"`
		Notification map[string]string `json:"notification"`
	}
	if err := json.Unmarshal(got[0].Payload, &read); err != nil {
		t.Fatal(err)
	}
	if read.WebPush != 8030 || read.Notification["title"] != "Освободилось окошко" || read.Notification["navigate"] != "https://w.example/b/3" || read.Notification["lang"] != "ru" {
		t.Errorf("payload = %s", got[0].Payload)
	}
	header := got[0].Header
	if header.Get("TTL") != "7200" || header.Get("Urgency") != "high" || len(header.Get("Topic")) != 32 || strings.Contains(header.Get("Topic"), "wish") {
		t.Errorf("TTL %q, urgency %q, topic %q", header.Get("TTL"), header.Get("Urgency"), header.Get("Topic"))
	}
	if got[0].Claims.Subject != "mailto:desk@salon.example" || got[0].Key != s.PublicKey() {
		t.Errorf("signed by %q with %q", got[0].Claims.Subject, got[0].Key)
	}
}

// TestAnswersOfAPushService: each answer of a push service becomes what it means for the subscription.
func TestAnswersOfAPushService(t *testing.T) {
	service := pushtest.Start(t)
	s := sender(t, service)
	to := subscription(t, service.Subscribe(t))
	for status, want := range map[int]error{404: ErrGone, 410: ErrGone, 400: ErrTemporary, 403: ErrTemporary, 413: ErrTemporary, 429: ErrTemporary, 500: ErrTemporary, 503: ErrTemporary, 307: ErrTemporary, 0: ErrUnknown} {
		service.Answer(status)
		err := s.Send(t.Context(), to, Notification{Title: "x"})
		if !errors.Is(err, want) {
			t.Errorf("status %d: %v, want %v", status, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "/send/")) {
			t.Errorf("status %d: the error tells the address: %v", status, err)
		}
	}
	service.Answer(201)
	service.Unsubscribe()
	if err := s.Send(t.Context(), to, Notification{Title: "x"}); !errors.Is(err, ErrGone) {
		t.Errorf("after the end of the subscription: %v, want %v", err, ErrGone)
	}
	if got := len(service.Received()); got != 0 {
		t.Errorf("%d notifications received, want 0", got)
	}
}

// TestPrivateHostsAreNotSpokenTo: a subscription that names a host of this machine or its network makes no connection there.
func TestPrivateHostsAreNotSpokenTo(t *testing.T) {
	service := pushtest.Start(t)
	s := sender(t, service)
	public, err := New(Options{Subject: s.options.Subject, Key: s.options.Key, Roots: service.Roots})
	if err != nil {
		t.Fatal(err)
	}
	to := subscription(t, service.Subscribe(t))
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"} {
		to := to
		to.Endpoint = strings.Replace(to.Endpoint, "127.0.0.1", host, 1)
		if err := public.Send(t.Context(), to, Notification{Title: "x"}); !errors.Is(err, errPrivate) || !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v, want %v", host, err, errPrivate)
		}
	}
	if got := len(service.Received()); got != 0 {
		t.Errorf("%d notifications received, want 0", got)
	}
	down := to
	down.Endpoint = "https://127.0.0.1:1/send/1"
	if err := s.Send(t.Context(), down, Notification{Title: "x"}); !errors.Is(err, ErrTemporary) {
		t.Errorf("nobody listens: %v, want %v", err, ErrTemporary)
	}
	stranger, err := New(Options{Subject: s.options.Subject, Key: s.options.Key, MayConnect: s.options.MayConnect})
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Send(t.Context(), to, Notification{Title: "x"}); !errors.Is(err, ErrTemporary) {
		t.Errorf("a host for whom nobody vouches: %v, want %v", err, ErrTemporary)
	}
}

// TestParse: only a subscription at an address of https with keys of the right kind is one.
func TestParse(t *testing.T) {
	service := pushtest.Start(t)
	good := service.Subscribe(t)
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "{}", "null", "[]", strings.Replace(good, "https:", "http:", 1), strings.Replace(good, "https://", "https://user@", 1), strings.Replace(good, "https:", "ftp:", 1),
		strings.Replace(good, `"p256dh":"`, `"p256dh":"AA`, 1), strings.Replace(good, `"auth":"`, `"auth":"AA`, 1), strings.Replace(good, "/send/", "/"+strings.Repeat("x", maxEndpoint), 1),
		strings.Replace(good, service.URL, "https://", 1), good + "x",
	} {
		if _, err := Parse(bad); !errors.Is(err, ErrNoSubscription) {
			t.Errorf("Parse(%.80q) = %v, want %v", bad, err, ErrNoSubscription)
		}
	}
}

// FuzzParse: whatever a visitor sends, what is read can be sent to or is refused.
func FuzzParse(f *testing.F) {
	f.Add(`{"endpoint":"https://push.example/x","keys":{"p256dh":"","auth":""}}`)
	f.Fuzz(func(t *testing.T, text string) {
		out, err := Parse(text)
		if err == nil && !strings.HasPrefix(out.Endpoint, "https://") {
			t.Errorf("%q is read as %v", text, out)
		}
	})
}

// TestOptions: what cannot work is refused when the program starts, and not by every push service.
func TestOptions(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"no key":     {Subject: "mailto:a@b.example"},
		"half a key": {Subject: "mailto:a@b.example", Key: key[:20]},
		"no subject": {Key: key},
		"no scheme":  {Key: key, Subject: "a@b.example"},
	} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), key[:20]) {
			t.Errorf("%s: %v, want an error without the key", name, err)
		}
	}
	if _, err := New(Options{Key: key, Subject: "https://salon.example"}); err != nil {
		t.Error(err)
	}
}
