package server

import (
	"bufio"
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// FuzzHead looks at the head of a request in one piece and in two: the same line is spoiled, and none when every line
// feed stands behind a carriage return.
func FuzzHead(f *testing.F) {
	f.Add([]byte("G\r\n\r\r\n\n "), 4)
	for _, text := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\n", "POST / HTTP/1.1\r\n\r\na\nb", "\n", ""} {
		f.Add([]byte(text), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		at = max(0, min(at, len(text)))
		whole, parts := bytes.Clone(text), bytes.Clone(text)
		h := head{next: true}
		h.look(whole)
		h = head{next: true}
		h.look(parts[:at])
		h.next = h.next && at == 0
		h.look(parts[at:])
		if !bytes.Equal(whole, parts) {
			t.Errorf("look(%q) = %q in one piece, %q in two", text, whole, parts)
		}
		if start := bytes.TrimLeft(text, "\r\n"); bytes.Equal(text, start) {
			first, _, _ := bytes.Cut(text, []byte("\r\n\r\n"))
			bare := bytes.Contains(bytes.ReplaceAll(first, []byte("\r\n"), nil), []byte("\n"))
			if spoiled := !bytes.Equal(whole, text); spoiled != bare {
				t.Errorf("look(%q) spoils a line: %v, want %v", text, spoiled, bare)
			}
		}
	})
}

// FuzzWellFormed has nothing accepted that the writer of a request would send in another way.
func FuzzWellFormed(f *testing.F) {
	f.Add([]byte("POST /x HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 0\r\n\r\n"))
	f.Add([]byte("POST /x HTTP/1.1\r\nHost: [::1]\r\ntransfer-encoding: CHUNKED\r\n\r\n"))
	f.Add([]byte("GET http://x/ HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var h fasthttp.RequestHeader
		if err := h.Read(bufio.NewReader(bytes.NewReader(text))); err != nil || !wellFormed(&h) {
			return
		}
		if raw := h.RawHeaders(); bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) || bytes.Contains(raw, []byte("\r\n ")) {
			t.Errorf("wellFormed(%q): a line has an end of its own", raw)
		}
		if n := h.ContentLength(); n == -1 && len(h.Peek(fasthttp.HeaderContentLength)) > 0 {
			t.Errorf("wellFormed(%q): two lengths", text)
		}
		if bytes.ContainsAny(h.Host(), "@/, \t?#") {
			t.Errorf("wellFormed: host %q", h.Host())
		}
	})
}

// TestDispensable: the address with most connections gives the one that has waited longest, and none that is served.
func TestDispensable(t *testing.T) {
	start := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	clock := start
	all := newConnections(100, func() time.Time { return clock })
	crowd, person := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	open := func(from netip.Addr) *connection {
		clock = clock.Add(time.Second)
		c := &connection{from: from, all: all, since: clock}
		all.add(c)
		return c
	}
	waiting := open(person)
	served := open(crowd)
	served.serve(true)
	first, second := open(crowd), open(crowd)
	if out := all.dispensable(person, 1); len(out) != 1 || out[0] != first {
		t.Errorf("dispensable = %v, want the first of the crowd that waits", out)
	}
	if out := all.dispensable(person, 9); len(out) != 2 || out[0] != first || out[1] != second {
		t.Errorf("dispensable(9) = %v, want both of the crowd that wait", out)
	}
	first.serve(true)
	second.serve(true)
	if out := all.dispensable(person, 1); len(out) != 1 || out[0] != waiting {
		t.Errorf("dispensable = %v, want the one that waits", out)
	}
	waiting.serve(true)
	if out := all.dispensable(person, 1); len(out) != 0 {
		t.Errorf("dispensable = %v, want none: all are being answered", out)
	}
	first.serve(false)
	if out := all.dispensable(person, 1); len(out) != 1 || out[0] != first {
		t.Errorf("dispensable = %v, want the one that waits again", out)
	}
}
