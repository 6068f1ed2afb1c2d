package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"okoshko/web/templates/admin"
)

// showHealth says that the program runs, and nothing about what it needs.
func showHealth(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // the browser may have closed the connection
}

// checkTime bounds all checks together.
const checkTime = 2 * time.Second

// ask runs every check. ready says whether the process should get requests.
func (s *Server) ask(ctx context.Context) (all []admin.Check, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	ready = true
	for _, c := range s.Checks {
		health := c.Ask(ctx)
		ready = ready && (!c.Decides || health.State != Wrong)
		all = append(all, admin.Check{Name: c.Name, State: string(health.State), Text: health.Text})
	}
	return all, ready
}

// showReady says what is wrong, a line for each check: 503 when the process should get no requests.
func (s *Server) showReady(w http.ResponseWriter, r *http.Request) {
	checks, ready := s.ask(r.Context())
	var text strings.Builder
	for _, c := range checks {
		text.WriteString(strings.TrimSpace(fmt.Sprintf("%-5s  %-8s  %s", c.State, c.Name, c.Text)) + "\n")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write([]byte(text.String())) // the browser may have closed the connection
}
