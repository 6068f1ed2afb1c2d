package app

import (
	"net"
	"net/http"
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

// startNginx runs the example's configuration in front of a widget and says where it listens.
func startNginx(t *testing.T, widget string) (address string) {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("there is no nginx here; make setup installs it")
	}
	raw, err := os.ReadFile(filepath.Join(deploy, "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = ln.Addr().String()
	_ = ln.Close()
	dir := t.TempDir()
	text := string(raw)
	for _, change := range [][2]string{
		{"server widget-1:8080", "server " + widget},
		{"    server widget-2:8080 max_fails=2 fail_timeout=5s;\n", ""},
		{"listen 8080;", "listen " + address + ";"},
		{"/tmp/", dir + "/"},
		{"/var/cache/nginx/", dir + "/"},
		{"access_log /dev/stdout quiet;", "access_log off;"},
		{"worker_processes auto;", "worker_processes 1;"},
	} {
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
