package app

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// way is what the fire does to one call.
type way string

const (
	wayThrough  way = ""              // nothing
	closeUnread way = "close unread"  // cut before the request is read
	closeRead   way = "close read"    // cut after it is read, before it is passed on
	closeDone   way = "close done"    // cut after the work is done
	closeMid    way = "close mid"     // cut in the middle of the answer
	closeLate   way = "close late"    // cut at once, and passed on after a while
	holdBefore  way = "hold before"   // nothing is passed on, and nobody says so
	holdAfter   way = "hold after"    // the work is done, and nobody says so
	holdMid     way = "hold mid"      // half of the answer, and no more
	pauseBefore way = "pause, before" // passed on after a pause
	pauseAfter  way = "pause, after"  // answered after a pause
)

// fire is a TCP proxy before the sandbox that breaks the next calls of a path.
type fire struct {
	ln     net.Listener
	to     string
	pause  time.Duration
	late   time.Duration
	closed chan struct{}

	passing sync.WaitGroup // what is passed on although its caller is gone

	mu   sync.Mutex
	path string
	how  way
	left int
	// reached is closed when a broken call has come so far that it hangs.
	reached chan struct{}
	conns   map[net.Conn]bool
}

func newFire(t *testing.T, to string) *fire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fire{ln: ln, to: strings.TrimPrefix(to, "http://"), pause: 700 * time.Millisecond, late: 1500 * time.Millisecond, closed: make(chan struct{}), reached: make(chan struct{}), conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns[conn] = true
			f.mu.Unlock()
			wg.Go(func() {
				f.serve(conn)
				_ = conn.Close()
				f.mu.Lock()
				delete(f.conns, conn)
				f.mu.Unlock()
			})
		}
	})
	servertest.Cleanup(t, func() {
		_ = ln.Close()
		close(f.closed)
		f.mu.Lock()
		for conn := range f.conns {
			_ = conn.Close()
		}
		f.mu.Unlock()
		wg.Wait()
		f.passing.Wait()
	})
	return f
}

func (f *fire) url() string { return "http://" + f.ln.Addr().String() }

// light breaks so many of the next calls of a path.
func (f *fire) light(path string, how way, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path, f.how, f.left, f.reached = path, how, times, make(chan struct{})
}

// take is what happens to a call.
func (f *fire) take(r *http.Request) (how way, reached func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 || f.how == wayThrough || r.Method == http.MethodGet || !strings.Contains(r.URL.Path, f.path) {
		return wayThrough, func() {}
	}
	f.left--
	at := f.reached
	return f.how, sync.OnceFunc(func() {
		select {
		case <-at:
		default:
			close(at)
		}
	})
}

// hangs is closed when a broken call has come to where it is broken.
func (f *fire) hangs() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reached
}

// wait lets time pass for a call, unless the fire is put out.
func (f *fire) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-f.closed:
	}
}

// longer than any patience of the widget.
const forEver = 30 * time.Second

// serve passes calls on, one after the other, until one of them is cut.
func (f *fire) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		how, reached := f.take(request)
		if how == closeUnread {
			reached()
			return // its body is never read
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		switch how {
		case closeRead:
			reached()
			return
		case closeLate:
			late := f.late
			f.passing.Go(func() {
				f.wait(late)
				_, _ = f.pass(request)
			})
			reached()
			return
		case holdBefore:
			reached()
			f.wait(forEver)
			return
		case pauseBefore:
			reached()
			f.wait(f.pause)
		default: // passed on
		}
		answer, err := f.pass(request)
		if err != nil {
			return
		}
		switch how {
		case closeDone:
			reached()
			return
		case holdAfter:
			reached()
			f.wait(forEver)
			return
		case pauseAfter:
			reached()
			f.wait(f.pause)
		case closeMid, holdMid:
			_, _ = conn.Write(answer[:len(answer)*3/4])
			reached()
			if how == holdMid {
				f.wait(forEver)
			}
			return
		default: // answered
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// pass asks the sandbox and takes its answer whole.
func (f *fire) pass(request *http.Request) ([]byte, error) {
	conn, err := net.Dial("tcp", f.to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body, response.ContentLength, response.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	var out bytes.Buffer
	err = response.Write(&out)
	return out.Bytes(), err
}

// child is the real program in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
	log *servertest.Log
	end chan struct{}
}

// startChild starts the program with an environment, by a clock that begins at an instant, and waits until it listens.
func startChild(t *testing.T, now time.Time, environ []string) *child {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, exec.Command(path), now, environ)
}

// startCommand is startChild by a command that becomes the program.
func startCommand(t *testing.T, command *exec.Cmd, now time.Time, environ []string) *child {
	t.Helper()
	c := &child{cmd: command, log: &servertest.Log{}, end: make(chan struct{})}
	c.cmd.Dir, c.cmd.Env, c.cmd.Stderr = t.TempDir(), append(os.Environ(), append(environ, childEnv+"=1", testclock.Env+"="+now.Format(time.RFC3339Nano))...), c.log
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() {
		_ = c.cmd.Wait()
		close(c.end)
	}()
	servertest.Cleanup(t, c.kill)
	_, url, ok := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !ok {
		t.Fatalf("the program said %q, %v\n%s", line, err, c.log)
	}
	c.url = "http://" + url
	return c
}

// kill ends the process at once, wherever it is.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.end
}
