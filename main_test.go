package main

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv("OKOSHKO_TEST_PROGRAM") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestSignalsDrain: whichever signal a supervisor or a terminal sends, the program takes requests until its proxy has heard of it, and
// ends well.
func TestSignalsDrain(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			program := exec.CommandContext(ctx, os.Args[0])
			program.Dir = t.TempDir()
			program.Env = append(os.Environ(), "OKOSHKO_TEST_PROGRAM=1", "OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0", "OKOSHKO_SERVER_DRAIN_DELAY=5s")
			out, err := program.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			var widget, operator string
			for lines := bufio.NewScanner(out); lines.Scan() && operator == ""; {
				line := lines.Text()
				if address, ok := strings.CutPrefix(line, "Okoshko listens on "); ok {
					widget = address
				}
				if address, ok := strings.CutPrefix(line, "The operator's page is "); ok {
					operator = address
				}
			}
			if status := ask(t, operator+"readyz"); status != http.StatusOK {
				t.Errorf("before the signal /readyz answers %d", status)
			}
			if err := program.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil && ask(t, operator+"readyz") == http.StatusOK {
				<-tick.C
			}
			if status := ask(t, widget+"/robots.txt"); status != http.StatusOK {
				t.Errorf("after %v, while it drains, a page answers %d", signal, status)
			}
			if err := program.Wait(); err != nil {
				t.Errorf("after %v the program ends with %v", signal, err)
			}
		})
	}
}

func ask(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("%s: %v", url, err)
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
