package app

import (
	"context"
	"fmt"
	"os"
	"testing"

	"okoshko/internal/config"
	"okoshko/internal/testclock"
)

// childEnv makes the test binary the program itself: what startChild runs.
const childEnv = "OKOSHKO_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runChild is Main with the clock of the tests.
func runChild() error {
	cfg, err := config.Load(config.DefaultPath, false, os.Environ())
	if err != nil {
		return err
	}
	return serve(context.Background(), cfg, testclock.Running().Now, os.Environ(), os.Stdout)
}
