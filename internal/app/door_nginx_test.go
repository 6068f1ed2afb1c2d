package app

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/nginxtest"
	"okoshko/internal/servertest"
)

var _ = addDoor("18 the proxy's example bounds what one address may ask", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1")
	address := startNginx(t, strings.TrimPrefix(r.app.URL, "http://"))
	ask := func(method, path string) int {
		t.Helper()
		req, err := http.NewRequest(method, "http://"+address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, "TRACE", "BREW"} {
		if status := ask(method, "/b/1/service"); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d, want 405", method, status)
		}
	}
	counted := func(method string, n int) (good, refused int) {
		for range n {
			switch ask(method, "/b/1/service?lang=en") {
			case http.StatusTooManyRequests:
				refused++
			default:
				good++
			}
		}
		return good, refused
	}
	if status := ask(http.MethodGet, "/b/1/service?lang=en"); status != http.StatusOK {
		t.Errorf("a page: status %d", status)
	}
	if good, refused := counted(http.MethodPost, 60); good < 10 || refused < 20 {
		t.Errorf("of 60 forms %d went through and %d did not", good, refused)
	}
	if good, refused := counted(http.MethodGet, 400); good < 30 || refused < 50 {
		t.Errorf("of 400 pages %d went through and %d did not", good, refused)
	}
	for _, m := range malformed {
		answers, _ := sendRaw(t, address, strings.ReplaceAll(m.request, "HOST", address), 200*time.Millisecond)
		if len(answers) > 1 {
			t.Errorf("%s: %d answers to one request", m.name, len(answers))
		}
	}
	if asset := r.get("/b/1/service?lang=en").Find("script[src]").AttrOr("src", ""); ask(http.MethodGet, asset) != http.StatusOK {
		t.Errorf("%s is refused with the pages", asset)
	}
})

// TestCustomersBehindTLSAreToldApart: TLS in front of the proxy is one machine, and its customers are many. With the proxy's old example
// 70 customers were one to every limit.
func TestCustomersBehindTLSAreToldApart(t *testing.T) {
	t.Parallel()
	widget := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, r.Header.Get("X-Forwarded-For"))
	}))
	defer widget.Close()
	proxy := startNginx(t, strings.TrimPrefix(widget.URL, "http://"))
	front := startTLS(t, proxy)
	ask := func(from, url, forged string) (int, string) {
		t.Helper()
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "booking.example"},
			DialContext:     (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext,
		}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/b/1/service", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if forged != "" {
			req.Header.Set("X-Forwarded-For", forged)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		said, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(said)
	}
	for customer := range 70 {
		from := fmt.Sprintf("127.0.1.%d", customer+1)
		for range 3 {
			if status, seen := ask(from, "https://"+front, ""); status != http.StatusOK || seen != from {
				t.Fatalf("customer %s gets %d and is taken for %q", from, status, seen)
			}
		}
	}
	if _, seen := ask("127.0.1.1", "https://"+front, "203.0.113.9"); seen != "127.0.1.1" {
		t.Errorf("a customer who says to be another one is taken for %q", seen)
	}
	if _, seen := ask("127.0.1.1", "http://"+proxy, "203.0.113.9"); seen != "127.0.1.1" {
		t.Errorf("past TLS, a customer who says to be another one is taken for %q", seen)
	}
}

// TestAFormHasAConnectionOfItsOwn: a widget closes a kept connection at the moment at which the next request comes on it, as one does that
// ends or whose connections have waited for a minute. Pages are asked for again, a form must not be.
func TestAFormHasAConnectionOfItsOwn(t *testing.T) {
	t.Parallel()
	widget, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = widget.Close() }()
	var twice atomic.Int32 // requests on a connection that has had one
	go func() {
		for {
			conn, err := widget.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				in := bufio.NewReader(conn)
				req, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 2\r\n\r\nok")
				if _, err := in.ReadByte(); err == nil {
					twice.Add(1)
				}
			}()
		}
	}()
	proxy := startNginx(t, widget.Addr().String())
	for i := range 8 {
		method := []string{http.MethodGet, http.MethodPost}[i%2]
		req, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("http://%s/b/1/contact?n=%d", proxy, i), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("request %d, %s: status %d", i+1, method, resp.StatusCode)
		}
	}
	if twice.Load() == 0 {
		t.Error("no connection was used again, so this shows nothing")
	}
}

// startTLS runs the example of TLS in front of a proxy and says where it listens.
func startTLS(t *testing.T, proxy string) (address string) {
	t.Helper()
	dir := t.TempDir()
	certificate, key := testCertificate(t, dir)
	return runNginx(t, "nginx-tls.conf", dir, "listen 443 ssl http2;", []nginxtest.Change{
		{From: "server 127.0.0.1:8080;", To: "server " + proxy + ";"},
		{From: "listen 80;", To: "listen unix:" + dir + "/plain.sock;"},
		{From: "/etc/letsencrypt/live/booking.example/fullchain.pem", To: certificate},
		{From: "/etc/letsencrypt/live/booking.example/privkey.pem", To: key},
		{From: "/var/log/nginx/", To: dir + "/"},
		{From: "worker_processes auto;", To: "pid " + dir + "/nginx.pid;\nworker_processes 1;"},
	})
}

// testCertificate writes the certificate of httptest and its key into a folder, and returns their files.
func testCertificate(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// startNginx runs the example's configuration in front of a widget and says where it listens.
func startNginx(t *testing.T, widget string) (address string) {
	t.Helper()
	dir := t.TempDir()
	return runNginx(t, "nginx.conf", dir, "listen 8080;", nginxtest.Widgets(dir, widget))
}

// runNginx runs an example with changes, in a folder, and says where it listens instead of the place that listen names.
func runNginx(t *testing.T, example, dir, listen string, changes []nginxtest.Change) (address string) {
	t.Helper()
	server, err := nginxtest.Run(t.Context(), filepath.Join(deploy, example), dir, listen, changes)
	if errors.Is(err, nginxtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	servertest.Cleanup(t, func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server.Address
}
