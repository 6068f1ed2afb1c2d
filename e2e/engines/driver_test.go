//go:build e2e

package engines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/servertest"
)

// cookies says which cookies a browser takes.
type cookies int

const (
	allCookies  cookies = iota
	ownCookies          // none of other sites than the page's own
	noneCookies         // none at all
)

// options of a browser. They are settings that its users have, so that the browser itself does what they say.
type options struct {
	noScript bool
	cookies  cookies
	width    int    // of the window, CSS pixels; 0 = 1280
	large    bool   // letters of twice the size
	push     string // the push service that it has notifications from, as "ws://…"; "" = its maker's
}

const height = 900 // of every window, CSS pixels

// driver is one window of a browser under remote control. What it is asked for happens in the window, or in a frame of it: frames are
// the expressions of scripts that find the element of each frame, from the outermost one in.
type driver interface {
	// navigate goes to an address and returns when its page has loaded.
	navigate(ctx context.Context, url string) error
	// evaluate runs the body of a function in a page, also where the page's own scripts are off, and decodes what it returns into out.
	evaluate(ctx context.Context, frames []string, body string, out any) error
	// act does what a hand does with pointer and keys: "actions" of the WebDriver standard. A pointer's places are counted from the
	// corner of the frame.
	act(ctx context.Context, frames []string, actions []any) error
	// picture is a PNG of what the window shows.
	picture(ctx context.Context) ([]byte, error)
	// version of the browser.
	version() string
	// close ends the browser.
	close()
}

// engine is a kind of browser.
type engine struct {
	name     string
	programs []string // that it needs
	open     func(t *testing.T, o options) (driver, error)
	// largeByScript says that letters cannot be made larger by a setting, so that the test does it on every page.
	largeByScript bool
	// handInFrame says that pointer and keys must be sent to the frame they are meant for. Otherwise they are sent to the window, and
	// the browser itself finds the frame, as for a customer.
	handInFrame bool
}

func engines() []engine {
	return []engine{
		{name: "Chromium", programs: []string{"chromium", "chromedriver"}, open: openChromium},
		{name: "Firefox", programs: []string{"firefox-esr", "Xvfb"}, open: openFirefox, handInFrame: true},
		{name: "WebKitGTK", programs: []string{"WebKitWebDriver", "Xvfb"}, open: openWebKit, largeByScript: true},
	}
}

// installed fails the test when a program of the engine is missing: an engine is never left out in silence.
func (e engine) installed(t *testing.T) {
	t.Helper()
	for _, program := range e.programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not tested: %v; make engines installs it on Debian", e.name, err)
		}
	}
}

// patience is how long anything in a browser may take before the test gives up.
const patience = 3 * time.Minute

// miniBrowser is the program that WebKitWebDriver drives; Debian puts it into no folder of the PATH.
func miniBrowser() (string, error) {
	found, err := filepath.Glob("/usr/lib/*/webkit2gtk-4.?/MiniBrowser")
	if err != nil || len(found) == 0 {
		return "", errors.New("no MiniBrowser of WebKitGTK in /usr/lib; make engines installs it on Debian")
	}
	return found[len(found)-1], nil
}

// process is a program that runs until the test's end, with a folder of its own as its home.
type process struct {
	cmd  *exec.Cmd
	home string
	done chan struct{} // closed when it has ended

	servertest.Log // what it says
}

// said is the end of what the program has said.
func (p *process) said() string {
	text := p.String()
	return text[max(0, len(text)-2000):]
}

// launch starts a program. It is ended together with all that it has started.
func launch(t *testing.T, home string, environ []string, name string, args ...string) (*process, error) {
	t.Helper()
	p := &process{cmd: exec.CommandContext(context.Background(), name, args...), home: home, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache", "XDG_DATA_HOME="+home+"/data", "XDG_RUNTIME_DIR="+home)
	p.cmd.Env = append(p.cmd.Env, environ...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // it is killed, so there is always an error
		close(p.done)
	}()
	return p, nil
}

// stop ends the program and whatever it has started.
func (p *process) stop() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	select {
	case <-p.done:
	case <-time.After(patience):
	}
}

// line waits for what a pattern finds in a line of what the program says: the pattern's first group.
func (p *process) line(pattern *regexp.Regexp) (string, error) {
	for waited := clock.Stopwatch(); ; time.Sleep(50 * time.Millisecond) {
		if found := pattern.FindStringSubmatch(p.String()); found != nil {
			return found[1], nil
		}
		select {
		case <-p.done:
			return "", fmt.Errorf("%s has ended: %s", p.cmd.Path, p.said())
		default:
		}
		if waited() > patience {
			return "", fmt.Errorf("%s has not said %s: %s", p.cmd.Path, pattern, p.said())
		}
	}
}

// openScreen runs a screen that nobody sees, and returns the environment of programs that show their windows there. A browser without any
// screen has windows that never get the focus, or none.
func openScreen(t *testing.T, home string) (screen *process, environ []string, err error) {
	t.Helper()
	if screen, err = launch(t, home, nil, "Xvfb", "-displayfd", "1", "-screen", "0", "1400x1200x24", "-nolisten", "tcp"); err != nil {
		return nil, nil, err
	}
	number, err := screen.line(regexp.MustCompile(`(?m)^([0-9]+)$`))
	if err != nil {
		screen.stop()
		return nil, nil, err
	}
	return screen, []string{"DISPLAY=:" + number, "NO_AT_BRIDGE=1", "GTK_A11Y=none", "LIBGL_ALWAYS_SOFTWARE=1"}, nil
}

// ports are those that freePort has named.
var ports sync.Map

// freePort is a port of this machine on which nobody listens, and which no other test has got.
func freePort(ctx context.Context) (int, error) {
	for range 100 {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if _, taken := ports.LoadOrStore(port, true); !taken {
			return port, nil
		}
	}
	return 0, errors.New("no free port")
}

// home is a new folder for a browser's files. It is not t.TempDir, whose end fails the test when a browser that has been killed still
// has a file open for writing.
func home(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "okoshko-engines-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// write puts a file into a browser's home.
func write(dir, name, text string) error {
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

// decode reads the JSON that a script has made of its value.
func decode(text string, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		return fmt.Errorf("decode %.200s: %w", text, err)
	}
	return nil
}
