package app

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"okoshko/internal/config"
)

// healthTime is how long a healthy program may take to say so.
const healthTime = 3 * time.Second

// Health asks the program that runs with the same configuration whether it answers: what a container's health
// check calls, so that its image needs no other program.
func Health(ctx context.Context, path string, environ []string) error {
	cfg, err := config.Load(cmp.Or(path, config.DefaultPath), path != "", environ)
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
	// Which page this is does not matter: whoever can say that there is none serves the others.
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("health: status %d", answer.StatusCode)
	}
	return nil
}

// reachable is where one reaches from here what listens at an address: at the loopback when it listens
// everywhere. It is no name, for an image that holds nothing else knows no names; Go listens to IPv4 there too.
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
