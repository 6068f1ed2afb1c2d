// Package redistest starts a real redis-server (or valkey-server) of its own, for tests and
// measurements: on a free port of the loopback, with an empty folder, ended by its process id.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"okoshko/internal/clock"
)

// Server is a running server.
type Server struct {
	URL     string // redis://127.0.0.1:port
	Address string
	dir     string
	cmd     *exec.Cmd
}

// errMissing says what to do when there is no server to start.
var errMissing = errors.New("neither redis-server nor valkey-server is installed; make setup installs one")

// Run starts a server that writes everything down before it answers. Stop must be called on what it
// returns.
func Run() (*Server, error) { return run(0, "") }

// Sentinel is the option that makes a sentinel of a server.
const Sentinel = "--sentinel"

// RunWith is Run with further options, such as "--cluster-enabled", "yes".
func RunWith(options ...string) (*Server, error) { return run(0, "", options...) }

const (
	patience = time.Minute // for the server to answer
	tries    = 5           // at a free port: somebody else may be faster
)

func run(port int, dir string, options ...string) (*Server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if program, err = exec.LookPath("valkey-server"); err != nil {
			return nil, errMissing
		}
	}
	fixed := port != 0
	for range tries {
		if !fixed {
			if port, err = freePort(); err != nil {
				return nil, err
			}
		}
		s, startErr := start(program, port, dir, options...)
		if startErr == nil {
			return s, nil
		}
		err = startErr
	}
	return nil, err
}

func start(program string, port int, dir string, options ...string) (*Server, error) {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "okoshko-redis-"); err != nil {
			return nil, err
		}
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	s := &Server{URL: "redis://" + address, Address: address, dir: dir}
	arguments := []string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir", dir, "--daemonize", "no", "--loglevel", "warning"}
	if slices.Contains(options, Sentinel) {
		// A sentinel has a file that it writes to, and knows none of the options of a store.
		file := filepath.Join(dir, "sentinel.conf")
		if err := os.WriteFile(file, fmt.Appendf(nil, "port %d\nbind 127.0.0.1\ndir %s\n", port, dir), 0o600); err != nil {
			return nil, err
		}
		arguments = []string{file}
	}
	s.cmd = exec.CommandContext(context.Background(), program, append(arguments, options...)...) //nolint:gosec // found in PATH
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.answers(); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

// answers waits until the server says PONG, or asks for a password.
func (s *Server) answers() error {
	waited := clock.Stopwatch()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for waited() < patience {
		if s.ping() {
			return nil
		}
		<-tick.C
	}
	return fmt.Errorf("no answer on %s", s.Address)
}

func (s *Server) ping() bool {
	conn, err := net.DialTimeout("tcp", s.Address, time.Second) //nolint:noctx // bounded
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Second)) //nolint:forbidigo // a socket knows no other clock
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer := make([]byte, len("+PONG"))
	n, err := conn.Read(answer)
	return err == nil && (string(answer[:n]) == "+PONG" || string(answer[:n]) == "-NOAU")
}

// Kill ends the server at once. What it has written down stays.
func (s *Server) Kill() {
	if s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

// Stop ends the server at once, with all that it holds.
func (s *Server) Stop() {
	s.Kill()
	_ = os.RemoveAll(s.dir)
}

// Again starts a server at the address of one that was killed, with what that has written down.
func (s *Server) Again() (*Server, error) {
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	return run(n, s.dir)
}

// Configure changes an option of a running server, such as "maxmemory".
func (s *Server) Configure(ctx context.Context, option, value string) error {
	client := redis.NewClient(&redis.Options{Addr: s.Address, MaxRetries: -1, Protocol: 2})
	defer func() { _ = client.Close() }()
	return client.ConfigSet(ctx, option, value).Err()
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return 0, err
	}
	defer func() { _ = ln.Close() }()
	at, ok := ln.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("no TCP address")
	}
	return at.Port, nil
}

// Start is RunWith for a test, which ends the server.
func Start(tb testing.TB, options ...string) *Server {
	tb.Helper()
	s, err := RunWith(options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Stop)
	return s
}
