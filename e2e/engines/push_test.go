//go:build e2e

package engines

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"okoshko/internal/app"
	"okoshko/internal/push"
)

// pushService is a push service as Firefox has notifications from it: messages for a subscription come by Web Push over TLS, and go on to
// the browser by its socket, as they came. https://mozilla-push-service.readthedocs.io/en/latest/design/
type pushService struct {
	socket string // where the browser calls
	roots  *x509.CertPool

	mu       sync.Mutex
	waiting  map[string]string // channels of the browser by the paths of their subscriptions
	browser  *websocket.Conn
	received int
}

// startPushService starts one that ends with the test.
func startPushService(t *testing.T) *pushService {
	t.Helper()
	s := &pushService{waiting: map[string]string{}, roots: x509.NewCertPool()}
	senders := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.take(t, w, r) }))
	t.Cleanup(senders.Close)
	s.roots.AddCert(senders.Certificate())
	browsers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(t, w, r, senders.URL) }))
	t.Cleanup(browsers.Close)
	s.socket = "ws" + strings.TrimPrefix(browsers.URL, "http")
	return s
}

// serve speaks with the browser.
func (s *pushService) serve(t *testing.T, w http.ResponseWriter, r *http.Request, senders string) {
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"push-notification"}, InsecureSkipVerify: true})
	if err != nil {
		t.Errorf("the browser's call: %v", err)
		return
	}
	defer func() { _ = socket.CloseNow() }()
	for {
		var said struct {
			Type    string `json:"messageType"`
			Channel string `json:"channelID"`
		}
		if err := wsjson.Read(r.Context(), socket, &said); err != nil {
			return // the browser has been ended
		}
		answer := map[string]any{"messageType": said.Type, "status": http.StatusOK}
		switch said.Type {
		case "hello":
			answer["uaid"], answer["use_webpush"], answer["broadcasts"] = strings.Repeat("a", 32), true, map[string]string{}
			s.mu.Lock()
			s.browser = socket
			s.mu.Unlock()
		case "register", "unregister":
			path := "/push/" + said.Channel
			s.mu.Lock()
			s.waiting[path] = said.Channel
			s.mu.Unlock()
			answer["channelID"], answer["pushEndpoint"] = said.Channel, senders+path
		case "ack", "broadcast_subscribe":
			continue
		}
		if err := wsjson.Write(r.Context(), socket, answer); err != nil {
			return
		}
	}
}

// take takes a message and hands it on.
func (s *pushService) take(t *testing.T, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	channel := s.waiting[r.URL.Path]
	if err != nil || channel == "" || !strings.HasPrefix(r.Header.Get("Authorization"), "vapid ") {
		t.Errorf("a message for %q, authorized by %.20q: %v", r.URL.Path, r.Header.Get("Authorization"), err)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.received++
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if err := wsjson.Write(ctx, s.browser, map[string]any{
		"messageType": "notification", "channelID": channel, "version": strconv.Itoa(s.received), "data": base64.RawURLEncoding.EncodeToString(body),
		"headers": map[string]string{"encoding": r.Header.Get("Content-Encoding")},
	}); err != nil {
		t.Errorf("hand on: %v", err)
	}
	w.WriteHeader(http.StatusCreated)
}

// shown is what the browser shows of the widget's notifications. The browser says so a moment after it was asked; the last answer is
// taken.
const shown = `(() => {
  navigator.serviceWorker.getRegistration("/w/").then((r) => r?.getNotifications() ?? []).then((all) => {
    globalThis.shownNow = all.map(({ title, body, lang }) => [title, body, lang].join("|")).join("\n");
  });
  return globalThis.shownNow ?? "";
})()`

// TestFirefoxIsTold: a customer whose wished day is full subscribes to notifications by a press in a real browser, and a time that
// another one gives back is shown by it as a notification: the browser makes the keys, the program encrypts for them, the browser
// decrypts and wakes the worker. Firefox is the one whose push service may be another than its maker's.
func TestFirefoxIsTold(t *testing.T) {
	t.Parallel()
	engine := engines()[1]
	engine.installed(t)
	service := startPushService(t)
	s := newSiteOn(t, nil, app.Lines{Push: func(o *push.Options) {
		o.Roots, o.MayConnect = service.roots, netip.Addr.IsLoopback
	}}, "OKOSHKO_PUSH_SUBJECT=mailto:us@w.example", "OKOSHKO_WAITING_QUIET=")
	w := openWindow(t, engine, options{width: narrow, push: service.socket})
	ownVisit(w, s)
	visit, record := ask[string](w, "location.href"), s.only(t)
	w.open(fmt.Sprintf("%s/b/1/wish?lang=en&services=%d&master=%d&date=%s", s.widget, record.Services[0], record.Staff, record.Start.Format(time.DateOnly)))
	w.shot("wish")
	w.press("[data-push] button")
	w.shot("waiting")
	if !w.has("main [data-wish=waiting]") {
		w.fail("the browser has not subscribed")
	}
	w.open(visit)
	w.press("main a[data-cancel]")
	w.press(send)
	w.until("%s.startsWith('A time has opened')", shown)
	if text := ask[string](w, "%s", shown); !strings.HasSuffix(text, "|en") || strings.Count(text, "\n") > 4 {
		w.fail("shown: %s", text)
	}
	if service.received != 1 {
		t.Errorf("%d messages were sent, want 1", service.received)
	}
}
