package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/server/guard"
)

// malformed are requests that two readers could take for two different ones, or that no client may send. RFC 9112 has a
// recipient refuse each: the section stands beside it. "\n" ends no line here: every line end is written out.
var malformed = []struct{ name, request string }{
	// Message body length, sections 6.1 to 6.3.
	{"both lengths", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"both lengths, encoding first", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
	{"both lengths of a GET", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"two lengths that differ", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
	{"two lengths that agree", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
	{"a list of lengths", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5, 5\r\n\r\nhello"},
	{"a length with a sign", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: +5\r\n\r\nhello"},
	{"a negative length", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: -5\r\n\r\nhello"},
	{"a hexadecimal length", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0x5\r\n\r\nhello"},
	{"a length with a blank", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5 5\r\n\r\nhello"},
	{"an empty length", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: \r\n\r\n"},
	{"a length beyond numbers", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999999999999999999\r\n\r\nhello"},
	{"an unknown encoding", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
	{"identity", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"},
	{"identity alone", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\n\r\n"},
	{"chunked and then identity", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
	{"compressed and chunked", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
	{"chunked twice", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
	{"two encodings", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
	{"two encodings, the other way round", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"an empty encoding", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \r\nContent-Length: 5\r\n\r\nhello"},
	{"an encoding behind a vertical tab", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"},
	{"an encoding before a NUL", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\x00\r\n\r\n0\r\n\r\n"},
	{"a quoted encoding", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
	{"an encoding with a parameter", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"},
	{"a blank before the colon of an encoding", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
	{"a folded encoding", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
	{"an encoding in HTTP/1.0", "POST /b/2/contact HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},

	// Chunks, section 7.1.
	{"a chunk size with a sign", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n+0\r\n\r\n"},
	{"a chunk size with a prefix", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"},
	{"an empty chunk size", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n"},
	{"a chunk size beyond numbers", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n\r\n"},
	{"a blank before a chunk size", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n"},
	{"a bare line feed after a chunk size", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"},
	{"a bare line feed in a chunk extension", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\nc\r\na\r\n0\r\n\r\n"},
	{"a bare line feed after a chunk", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n"},
	{"a chunk longer than it says", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"},
	{"a length as a trailer", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n0\r\nContent-Length: 5\r\n\r\n"},

	// Lines and fields, sections 2.2 and 5.
	{"a bare line feed after the request line", "GET /b/1/service HTTP/1.1\nHost: HOST\r\n\r\n"},
	{"a bare line feed after a field", "GET /b/1/service HTTP/1.1\r\nHost: HOST\nX-A: b\r\n\r\n"},
	{"bare line feeds all over", "GET /b/1/service HTTP/1.1\nHost: HOST\n\n"},
	{"a bare line feed at the end", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\n\n"},
	{"a bare carriage return in a field", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX-A: b\rX-C: d\r\n\r\n"},
	{"a bare carriage return in the request line", "GET /b/1/service\rHTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a NUL in a field", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX-A: b\x00c\r\n\r\n"},
	{"a blank before the first field", "GET /b/1/service HTTP/1.1\r\n Host: HOST\r\n\r\n"},
	{"a field without a colon", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX-A\r\n\r\n"},
	{"a field without a name", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\n: b\r\n\r\n"},
	{"a blank before a colon", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX-A : b\r\n\r\n"},
	{"a blank in a name", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX A: b\r\n\r\n"},
	{"a tab in a name", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX\tA: b\r\n\r\n"},
	{"a folded field", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nX-A: b\r\n c\r\n\r\n"},

	// Request line and host, section 3.
	{"no host", "GET /b/1/service HTTP/1.1\r\nX-A: b\r\n\r\n"},
	{"no host and a known page's address in full", "GET http://HOST/b/1/service HTTP/1.1\r\nX-A: b\r\n\r\n"},
	{"two hosts", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nHost: other.example\r\n\r\n"},
	{"the same host twice", "GET /b/1/service HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n"},
	{"an empty host", "GET /b/1/service HTTP/1.1\r\nHost: \r\n\r\n"},
	{"a list of hosts", "GET /b/1/service HTTP/1.1\r\nHost: HOST, other.example\r\n\r\n"},
	{"a host with a blank", "GET /b/1/service HTTP/1.1\r\nHost: HOST other.example\r\n\r\n"},
	{"a host with a path", "GET /b/1/service HTTP/1.1\r\nHost: HOST/b\r\n\r\n"},
	{"a host with a user", "GET /b/1/service HTTP/1.1\r\nHost: user@HOST\r\n\r\n"},
	{"a host with a port that is none", "GET /b/1/service HTTP/1.1\r\nHost: booking.example:80a\r\n\r\n"},
	{"another host in the address", "GET http://other.example/b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a user in the address", "GET http://user@HOST/b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a scheme of its own", "GET ftp://HOST/b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"two blanks before the address", "GET  /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"two blanks before the version", "GET /b/1/service  HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a tab for a blank", "GET\t/b/1/service\tHTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a blank in the address", "GET /b/1/ser vice HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a blank after the version", "GET /b/1/service HTTP/1.1 \r\nHost: HOST\r\n\r\n"},
	{"a blank before the method", " GET /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a NUL in the address", "GET /b/1/service\x00 HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a part of a page in the address", "GET /b/1/service#main HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"an address without a slash", "GET b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a star for an address", "GET * HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"no version", "GET /b/1/service\r\nHost: HOST\r\n\r\n"},
	{"a version in small letters", "GET /b/1/service http/1.1\r\nHost: HOST\r\n\r\n"},
	{"a version of one number", "GET /b/1/service HTTP/1\r\nHost: HOST\r\n\r\n"},
	{"a version to come", "GET /b/1/service HTTP/2.0\r\nHost: HOST\r\n\r\n"},
	{"a version that never was", "GET /b/1/service HTTP/0.9\r\nHost: HOST\r\n\r\n"},
	{"a method with a sign", "G@T /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a method that nobody knows", "BREW /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a method in small letters", "get /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n"},
	{"a tunnel", "CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n"},
	{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"},
}

// longTime is for answers that come at once where the machine has nothing else to do.
const longTime = 10 * time.Second

// last follows every request that is well formed.
const last = "GET /b/3/city?lang=de HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"

// smuggled follows every malformed request on the same connection. If it is answered, its request was read.
const smuggled = "GET /b/3/city?lang=de HTTP/1.1\r\nHost: HOST\r\nX-Request-Id: smuggled-request\r\n\r\n"

var _ = addDoor("9 a request with two readings is refused", refuseTwoReadings)

func refuseTwoReadings(t *testing.T) {
	r := newRig(t)
	host := strings.TrimPrefix(r.app.URL, "http://")
	r.get("/b/1/service?lang=en")
	for _, kept := range []string{"", "?lang=en"} { // a page that is drawn, and one that is kept
		for _, m := range malformed {
			request := strings.ReplaceAll(strings.Replace(m.request, "/service", "/service"+kept, 1)+smuggled, "HOST", host)
			answers, ended := sendRaw(t, host, request, longTime)
			switch {
			case len(answers) != 1:
				t.Errorf("%s: %d answers, want 1", m.name, len(answers))
			case answers[0].StatusCode != http.StatusBadRequest && answers[0].StatusCode != http.StatusNotImplemented:
				t.Errorf("%s: status %d, want 400 or 501", m.name, answers[0].StatusCode)
			case !answers[0].Close:
				t.Errorf("%s: the answer does not say that the connection is closed", m.name)
			}
			if !ended {
				t.Errorf("%s: the connection stays open", m.name)
			}
			for _, a := range answers {
				if a.Header.Get("X-Request-Id") == "smuggled-request" {
					t.Errorf("%s: what stands behind it was taken for a request", m.name)
				}
				for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
					if got := a.Header.Get(name); got != want {
						t.Errorf("%s: %s is %q, want %q", m.name, name, got, want)
					}
				}
				if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
					t.Errorf("%s: policy %q", m.name, policy)
				}
			}
		}
	}
}

var _ = addDoor("9 a request that is well formed is answered", func(t *testing.T) {
	r := newRig(t)
	host := strings.TrimPrefix(r.app.URL, "http://")
	for _, w := range []struct {
		name, request string
		want          []int
	}{
		{"two in a row", "GET /b/1/service?lang=en HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{200, 200}},
		{"an address in full", "GET http://HOST/b/1/service?lang=en HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{200, 200}},
		{"empty lines before it", "\r\n\r\nGET /b/1/service?lang=en HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{200, 200}},
		{"a body of a GET", "GET /b/1/service?lang=en HTTP/1.1\r\nHost: HOST\r\nContent-Length: 28\r\n\r\nGET /evil HTTP/1.1\r\nX: yzab\r\n", []int{200, 200}},
		{"chunks", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n", []int{403, 200}},
		{"chunks, spelled otherwise", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\ntransfer-encoding:Chunked\r\n\r\n3;x=y\r\na=b\r\n0\r\n\r\n", []int{403, 200}},
		{"a length", "POST /b/2/contact HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\na=b", []int{403, 200}},
		{"HTTP/1.0 without a host", "GET /b/1/service?lang=en HTTP/1.0\r\n\r\n", []int{200}},
		{"a method that no page has", "DELETE /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{405, 200}},
		{"TRACE", "TRACE /b/1/service HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{405, 200}},
		{"a host in capital letters", "GET /b/1/service?lang=en HTTP/1.1\r\nHost: BOOKING.example\r\n\r\n", []int{200, 200}},
		{"an IPv6 host", "GET /b/1/service?lang=en HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", []int{200, 200}},
		{"letters beyond ASCII in an address", "GET /b/1/service?lang=en&q=маникюр HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{200, 200}},
	} {
		answers, _ := sendRaw(t, host, strings.ReplaceAll(w.request+last, "HOST", host), longTime)
		var got []int
		for _, a := range answers {
			got = append(got, a.StatusCode)
		}
		if !slices.Equal(got, w.want) {
			t.Errorf("%s: statuses %v, want %v", w.name, got, w.want)
		}
	}
})

// sendRaw writes bytes on a connection of their own, reads all answers, and says whether the other side ended it in time.
func sendRaw(t *testing.T, address, request string, patience time.Duration) (answers []*http.Response, ended bool) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil { //nolint:forbidigo // a socket knows no other clock
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	method, _, _ := strings.Cut(strings.TrimSpace(request), " ")
	for {
		answer, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return answers, !errors.Is(err, os.ErrDeadlineExceeded)
		}
		answers = append(answers, answer)
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return answers, !errors.Is(err, os.ErrDeadlineExceeded)
		}
		method = http.MethodGet
	}
}

var _ = addDoor("18 unfinished connections keep nobody out", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_SERVER_CONNECTIONS=50", "OKOSHKO_SERVER_READ_TIMEOUT=30s")
	host := strings.TrimPrefix(r.app.URL, "http://")
	first, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	for range 200 { // none of them ever sends a whole request
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "GET /b/1/service HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
			continue // its place is another's already
		}
	}
	if p := r.get("/b/1/service?lang=en"); p.status != http.StatusOK {
		t.Errorf("status %d behind 200 unfinished connections, want 200", p.status)
	}
	if err := first.SetReadDeadline(time.Now().Add(patience)); err != nil { //nolint:forbidigo // a socket knows no other clock
		t.Fatal(err)
	}
	if _, err := first.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection that waited longest is not closed: %v", err)
	}
})

var _ = addDoor("18 a request that is not finished gets a few words", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_SERVER_READ_TIMEOUT=100ms")
	host := strings.TrimPrefix(r.app.URL, "http://")
	for _, tt := range []struct {
		name, request string
		want          int
	}{
		{"a head that never ends", "GET /b/1/service HTTP/1.1\r\nHost: x\r\nAccept-Language: de\r\n", http.StatusRequestTimeout},
		{"a body that never comes", "POST /b/2/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n", http.StatusRequestTimeout},
		{"fields without end", "GET /b/1/service HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		{"a body beyond the limit", "POST /b/2/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", http.StatusRequestEntityTooLarge},
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, tt.request); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil { //nolint:forbidigo // a socket knows no other clock
			t.Fatal(err)
		}
		whole, err := io.ReadAll(conn)
		_ = conn.Close()
		if err != nil && len(whole) == 0 {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		answer, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(whole))), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		const most = 3 << 10
		if answer.StatusCode != tt.want || len(whole) > most || !answer.Close {
			t.Errorf("%s: status %d in %d bytes, closed %v, want %d in %d at most", tt.name, answer.StatusCode, len(whole), answer.Close, tt.want, most)
		}
	}
})

var _ = addDoor("17 profiles are there when they are wanted (S-34)", func(t *testing.T) {
	for _, tt := range []struct {
		environ []string
		want    int
	}{{nil, http.StatusNotFound}, {[]string{"OKOSHKO_ADMIN_PROFILE=on"}, http.StatusOK}} {
		r := newRig(t, tt.environ...)
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/symbol", "/debug/pprof/heap?debug=1", "/debug/pprof/goroutine?debug=2"} {
			if p := r.operator(http.MethodGet, path, nil); p.status != tt.want {
				t.Errorf("%s with %q: status %d, want %d", path, tt.environ, p.status, tt.want)
			}
		}
		linked := r.operator(http.MethodGet, "/", nil).Find("a[href^='/debug/']").Length() == 1
		if linked != (tt.want == http.StatusOK) {
			t.Errorf("with %q the page links to profiles: %v", tt.environ, linked)
		}
	}
})

var noticeText = regexp.MustCompile(`"booking_notify_text":(null|"(?:[^"\\\\]|\\\\.)*")`)

var _ = addDoor("15 an unclosed element of the salon's swallows nothing of the page", func(t *testing.T) {
	for _, open := range []string{`<a href="https://salon.example/">our rules`, `<b><u>note`, `<ul><li>note`, `<p><a href="tel:+371">call`} {
		r := newRig(t)
		api := rewritten(t, r.api, func(body []byte) []byte {
			text, err := json.Marshal(open)
			if err != nil {
				t.Error(err)
			}
			return noticeText.ReplaceAll(body, []byte(`"booking_notify_text":`+string(text)))
		})
		r = newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+api)
		contact := r.to(r.get("/b/2?lang=en"), "contact")
		if contact.Find(".notice").Length() != 1 {
			t.Fatalf("%q: the notice is not shown", open)
		}
		form := contact.Find("main form")
		if n := form.Closest("a, b, u, li, .notice").Length(); form.Length() == 0 || n != 0 {
			t.Errorf("%q: %d forms, in an element of the notice: %v", open, form.Length(), n != 0)
		}
		if n := form.Find("a a, label a a").Length(); n != 0 {
			t.Errorf("%q: %d links inside links", open, n)
		}
		if n := form.Find("[href^='tel:+371'], [href^='https://salon.example']").Length(); n != 0 {
			t.Errorf("%q: the notice's link goes on in the form", open)
		}
	}
})

// turning are characters that turn the words around them, or end a text for some readers.
const turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\u0085"

var _ = addDoor("17 no text of the upstream turns the page around (S-18)", func(t *testing.T) {
	r := newRig(t)
	asked := rewritten(t, r.api, func(body []byte) []byte {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var doc any
		if decoder.Decode(&doc) != nil {
			return body
		}
		out, err := json.Marshal(turned(doc, ""))
		if err != nil {
			t.Error(err)
		}
		return out
	})
	r = newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+asked)
	for _, ref := range []string{"/b/1/service?lang=en", "/b/3/city?lang=en", "/b/3/company?lang=en&city=52", "/b/22/events?lang=en", "/b/1/privacy?lang=en"} {
		_, _, body := r.fetch(ref, nil)
		if !strings.Contains(body, "turned") {
			t.Errorf("%s has none of the upstream's texts", ref)
		}
		if i := strings.IndexAny(body, turning); i >= 0 {
			t.Errorf("%s: %q", ref, body[max(0, i-60):min(len(body), i+20)])
		}
	}
	contact := r.to(r.get("/b/2?lang=en"), "contact")
	if text, err := contact.Html(); err != nil || strings.ContainsAny(text, turning) {
		t.Errorf("the contact step has characters that turn it: %v", err)
	}
})

// turned puts the characters into every text that is shown, as themselves and as entities.
func turned(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = turned(v[k], k)
		}
	case []any:
		for i := range v {
			v[i] = turned(v[i], key)
		}
	case string:
		if shown.MatchString(key) {
			return v + " turned" + turning + "&#x202e;&#0;"
		}
	}
	return v
}

var _ = addDoor("10 what one visitor has kept is bounded by bytes", func(t *testing.T) {
	const services, sets = 1500, 20
	r := newRig(t)
	api := rewritten(t, r.api, func(body []byte) []byte { return crowded(t, body, services) })
	r = newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+api, "OKOSHKO_CACHE_MEGABYTES=16")
	kept := func() int {
		t.Helper()
		value := regexp.MustCompile(`(?m)^okoshko_cache_bytes (\S+)$`).FindStringSubmatch(r.operator(http.MethodGet, "/metrics", nil).Text())
		if value == nil {
			t.Fatal("the metrics do not say what is kept")
		}
		bytes, err := strconv.ParseFloat(value[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return int(bytes)
	}
	list := r.get("/b/1/service?lang=en")
	if n := list.Find("main [data-service]").Length(); n < services {
		t.Fatalf("%d services on the page, want %d", n, services)
	}
	whole := kept()
	for i := range sets {
		if p := r.get("/b/1/service?lang=en&services=" + strconv.Itoa(crowdedFrom+i)); p.status != http.StatusOK || p.Find("main [aria-current=true], main [aria-pressed=true], main .chosen").Length() == 0 {
			t.Fatalf("set %d: status %d", i, p.status)
		}
	}
	if grown := (kept() - whole) / sets; grown > whole/3 {
		t.Errorf("each set of services adds %d kB to what is kept, the whole list is %d kB", grown>>10, whole>>10)
	}
	if now := kept(); now > 12<<20 {
		t.Errorf("%d kB of answers are kept, want 12 MB at most", now>>10)
	}
})

// crowdedFrom is the first of the services that crowded adds.
const crowdedFrom = 9_000_001

// crowded is an answer with a list of services, made as long as wanted.
func crowded(t *testing.T, body []byte, services int) []byte {
	var doc struct {
		Success bool           `json:"success"`
		Data    map[string]any `json:"data"`
		Meta    any            `json:"meta"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&doc) != nil {
		return body
	}
	list, ok := doc.Data["services"].([]any)
	if _, has := doc.Data["category"]; !ok || !has || len(list) == 0 {
		return body
	}
	first, ok := list[0].(map[string]any)
	if !ok {
		return body
	}
	for i := range services {
		one := maps.Clone(first)
		one["id"], one["title"], one["comment"] = crowdedFrom+i, "Service "+strconv.Itoa(i), strings.Repeat("What is done in number "+strconv.Itoa(i)+". ", 10)
		list = append(list, one)
	}
	doc.Data["services"] = list
	out, err := json.Marshal(doc)
	if err != nil {
		t.Error(err)
	}
	return out
}

var _ = addDoor("18 no website reads the operator's listener", func(t *testing.T) {
	for _, tt := range []struct {
		name    string
		environ []string
	}{
		{"on the loopback", nil},
		{"for others", []string{"OKOSHKO_ADMIN_LISTEN=0.0.0.0:0", "OKOSHKO_ADMIN_NAMES=okoshko.internal"}},
	} {
		r := newRig(t, append([]string{"OKOSHKO_ADMIN_PROFILE=on"}, tt.environ...)...)
		local := tt.environ == nil
		port := r.app.Admin[strings.LastIndexByte(r.app.Admin, ':'):]
		for _, path := range []string{"/", "/?form=1", "/admin.css", "/healthz", "/readyz", "/metrics", "/debug/pprof/", "/b/1/service", "/static/x", "/nope"} {
			for _, refused := range []map[string]string{
				{"Sec-Fetch-Site": "cross-site"},
				{"Sec-Fetch-Site": "same-site"},
				{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
				{"Origin": "https://evil.example"},
				{"Referer": "https://evil.example/page"},
				{"Origin": "null"},
			} {
				if p := r.operator(http.MethodGet, path, refused); p.status != http.StatusForbidden || p.header.Get("Content-Security-Policy") == "" {
					t.Errorf("%s: %s with %v: status %d, want 403", tt.name, path, refused, p.status)
				}
			}
			for _, host := range []string{"evil.example", "evil.example" + port, "127.0.0.1.evil.example", "localhost.evil.example" + port} {
				if p := r.operator(http.MethodGet, path, map[string]string{"Host": host}); p.status != http.StatusMisdirectedRequest {
					t.Errorf("%s: %s under %s: status %d, want 421", tt.name, path, host, p.status)
				}
			}
		}
		for host, want := range map[string]int{
			"localhost" + port: http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]" + port: http.StatusOK,
			"10.2.3.4" + port: either(local, http.StatusMisdirectedRequest, http.StatusOK), "okoshko.internal": either(local, http.StatusMisdirectedRequest, http.StatusOK),
		} {
			if p := r.operator(http.MethodGet, "/healthz", map[string]string{"Host": host}); p.status != want {
				t.Errorf("%s: under %s: status %d, want %d", tt.name, host, p.status, want)
			}
		}
		for _, own := range []map[string]string{{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Referer": r.app.Admin + "/"}} {
			if p := r.operator(http.MethodGet, "/", own); p.status != http.StatusOK {
				t.Errorf("%s: the page with %v: status %d", tt.name, own, p.status)
			}
		}
	}
})

func either[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

var _ = addDoor("18 what the operator looks at is charged", func(t *testing.T) {
	most := guard.OperatorCalls.Max
	for name, ref := range map[string]func(n int) string{
		"the page":    func(n int) string { return "/?form=" + strconv.Itoa(100_000+n) },
		"the preview": func(n int) string { return "/b/" + strconv.Itoa(100_000+n) + "/service" },
	} {
		r := newRig(t)
		before := r.asked()
		for n := range 3 * most {
			r.operator(http.MethodGet, ref(n), nil)
		}
		if calls := r.asked() - before; calls < most/2 || calls > most {
			t.Errorf("%s caused %d calls, want %d at most", name, calls, most)
		}
		if p := r.get("/b/1/service?lang=en"); p.status != http.StatusOK {
			t.Errorf("a customer gets %d after %s", p.status, name)
		}
	}
})
