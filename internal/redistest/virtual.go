package redistest

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Virtual is a server in memory, without a network, so that its clock may be that of a synctest bubble.
type Virtual struct{ server *miniredis.Miniredis }

// StartVirtual starts one within a bubble. Stop must be called before the bubble ends.
func StartVirtual() *Virtual {
	v := &Virtual{miniredis.NewMiniRedis()}
	v.server.ClockTTL(true)
	return v
}

// Client is a client of a process of its own. The caller closes it.
func (v *Virtual) Client(t testing.TB) *redis.Client {
	t.Helper()
	return redis.NewClient(&redis.Options{
		Dialer:   func(context.Context, string, string) (net.Conn, error) { return v.dial() },
		PoolSize: 200, MaxRetries: -1, Protocol: 2,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// dial connects to the server. What the server says is buffered, as by a network: a publisher must not wait for a subscriber who is
// busy.
func (v *Virtual) dial() (net.Conn, error) {
	server, err := v.server.Dial()
	if err != nil {
		return nil, err
	}
	const buffered = 1 << 14 // reads
	near, far := net.Pipe()
	said := make(chan []byte, buffered)
	go func() {
		_, _ = io.Copy(server, far)
		_ = server.Close()
	}()
	go func() {
		defer close(said)
		for {
			buffer := make([]byte, 1<<12)
			n, err := server.Read(buffer)
			if n > 0 {
				said <- buffer[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	go func() {
		for text := range said {
			_, _ = far.Write(text)
		}
		_ = far.Close()
	}()
	return near, nil
}

// Stop ends the server.
func (v *Virtual) Stop() { v.server.Close() }
