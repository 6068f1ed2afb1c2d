// Package nginxtest starts a real nginx with an example of deploy/, for tests and measurements: on a free port of the loopback, with all
// that it writes in one folder, ended by its own process id.
package nginxtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrMissing says what to do when there is no nginx to start.
var ErrMissing = errors.New("nginx is not installed; make setup installs it")

// Server is a running nginx.
type Server struct {
	Address string // host:port where it listens
	program string
	file    string
}

// Change is a text of an example and what stands there instead.
type Change struct{ From, To string }

// Widgets are the changes that make of deploy/nginx.conf a proxy of one or two widgets, host:port, which writes into a folder.
func Widgets(dir string, widgets ...string) []Change {
	const second = "server widget-2:8080"
	changes := []Change{
		{"/tmp/", dir + "/"},
		{"/var/cache/nginx/", dir + "/"},
		{"access_log /dev/stdout quiet;", "access_log off;"},
		{"error_log /dev/stderr crit;", "error_log " + dir + "/error.log crit;"},
		{"worker_processes auto;", "worker_processes 1;"},
		{"server widget-1:8080", "server " + widgets[0]},
	}
	if len(widgets) > 1 {
		return append(changes, Change{second, "server " + widgets[1]})
	}
	return append(changes, Change{second, "# " + second})
}

// Run starts nginx with an example, which is changed, in a folder. It listens on a free port of the loopback in place of the line listen,
// such as "listen 8080;". A text to change that the example does not have is an error. Stop must be called on what it returns.
func Run(ctx context.Context, example, dir, listen string, changes []Change) (*Server, error) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		return nil, ErrMissing
	}
	raw, err := os.ReadFile(example) //nolint:gosec // this repository
	if err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	at := strings.TrimRight(strings.Fields(listen)[1], ";")
	text := string(raw)
	for _, change := range append(changes, Change{listen, strings.Replace(listen, at, address, 1)}) {
		if !strings.Contains(text, change.From) {
			return nil, fmt.Errorf("%s has no %q", example, change.From)
		}
		text = strings.ReplaceAll(text, change.From, change.To)
	}
	if os.Geteuid() == 0 {
		text = "user root root;\n" + text // its workers would not get into the folder
	}
	s := &Server{Address: address, program: program, file: filepath.Join(dir, "nginx.conf")}
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil { //nolint:gosec // in the caller's folder
		return nil, err
	}
	if err := s.call(ctx, "-t"); err != nil {
		return nil, err
	}
	// It goes on in the background once it listens. There it would hold a pipe of ours open.
	if err := exec.CommandContext(ctx, program, "-c", s.file).Run(); err != nil { //nolint:gosec // found in PATH
		return nil, fmt.Errorf("nginx: %w", err)
	}
	return s, nil
}

// Stop ends it.
func (s *Server) Stop() error { return s.call(context.Background(), "-s", "stop") }

func (s *Server) call(ctx context.Context, options ...string) error {
	if out, err := exec.CommandContext(ctx, s.program, append([]string{"-c", s.file}, options...)...).CombinedOutput(); err != nil { //nolint:gosec // found in PATH
		return fmt.Errorf("nginx %s: %w: %s", strings.Join(options, " "), err, out)
	}
	return nil
}

func freeAddress(ctx context.Context) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}
