package app

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// healthTime is how long a healthy program may take to answer.
const healthTime = 3 * time.Second

// Health is the command "health". It asks the program that runs with the same configuration whether it answers. A container's
// health check calls it, so that the image needs no other program.
func Health(ctx context.Context, path string, environ []string) error {
	cfg, err := load(path, environ)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", reachable(cfg.Server.Listen))
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	if _, err := conn.Write([]byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	// The page does not exist. A program that answers "not found" serves pages.
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("health: status %d", answer.StatusCode)
	}
	return nil
}

// reachable returns an address at which a listener of the same machine answers: the loopback's when it listens at every
// address. The result is 127.0.0.1 and not "localhost", because a minimal image cannot resolve names.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
