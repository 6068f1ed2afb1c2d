package app

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// startTLS runs the example of TLS in front of a proxy and says where it listens.
func startTLS(t *testing.T, proxy string) (address string) {
	t.Helper()
	dir := t.TempDir()
	certificate, key := testCertificate(t, dir)
	return runNginx(t, "nginx-tls.conf", dir, "listen 443 ssl http2;", [][2]string{
		{"server 127.0.0.1:8080;", "server " + proxy + ";"},
		{"listen 80;", "listen unix:" + dir + "/plain.sock;"},
		{"/etc/letsencrypt/live/booking.example/fullchain.pem", certificate},
		{"/etc/letsencrypt/live/booking.example/privkey.pem", key},
		{"/var/log/nginx/", dir + "/"},
		{"worker_processes auto;", "pid " + dir + "/nginx.pid;\nworker_processes 1;"},
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
	return runNginx(t, "nginx.conf", dir, "listen 8080;", [][2]string{
		{"server widget-1:8080", "server " + widget},
		{"    server widget-2:8080 max_fails=2 fail_timeout=5s;\n", ""},
		{"/tmp/", dir + "/"},
		{"/var/cache/nginx/", dir + "/"},
		{"access_log /dev/stdout quiet;", "access_log off;"},
		{"worker_processes auto;", "worker_processes 1;"},
	})
}

// runNginx runs an example with changes, in a folder, and says where it listens instead of the place that listen names.
func runNginx(t *testing.T, example, dir, listen string, changes [][2]string) (address string) {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("there is no nginx here; make setup installs it")
	}
	raw, err := os.ReadFile(filepath.Join(deploy, example))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = ln.Addr().String()
	_ = ln.Close()
	text := string(raw)
	for _, change := range append(changes, [2]string{listen, strings.Replace(listen, strings.TrimRight(strings.Fields(listen)[1], ";"), address, 1)}) {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the configuration has no %q", change[0])
		}
		text = strings.ReplaceAll(text, change[0], change[1])
	}
	if os.Geteuid() == 0 {
		text = "user root root;\n" + text // its workers would not get into the test's own directory
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(nginx, "-t", "-c", file).CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v: %s", err, out)
	}
	// It goes on in the background once it listens. There it would hold a pipe of ours open.
	if err := exec.Command(nginx, "-c", file).Run(); err != nil {
		t.Fatalf("nginx: %v", err)
	}
	servertest.Cleanup(t, func() {
		if out, err := exec.Command(nginx, "-c", file, "-s", "stop").CombinedOutput(); err != nil {
			t.Errorf("stop nginx: %v: %s", err, out)
		}
	})
	return address
}
