package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"okoshko/internal/testclock"
)

// childEnv makes the test binary the program itself: what startChild runs.
const childEnv = "OKOSHKO_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		// A test that is about compression names an encoding; the others need none packed and unpacked.
		if transport, ok := http.DefaultTransport.(*http.Transport); ok {
			transport.DisableCompression = true
		}
		os.Exit(m.Run())
	}
	if err := MainAt(context.Background(), testclock.Running().Now, os.Environ(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
