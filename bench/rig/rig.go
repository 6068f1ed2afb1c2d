// Package rig is what the measuring programs have around the widget: a town of salons, the widget's settings,
// and the program itself as a process of its own.
package rig

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// Town is the one that crowds of shoppers come to.
func Town() *sandbox.Town {
	return &sandbox.Town{Salons: 10, Services: 40, Masters: 8, Days: 14, Grid: 30, Occupancy: 40}
}

// Settings are the widget's at an upstream, as a production would have them, and more of them.
func Settings(api string, more ...string) []string {
	return append([]string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=", "OKOSHKO_UPSTREAM_BASE_URL=" + api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox",
	}, more...)
}

// Crowded are the settings that let all shoppers come from one address.
func Crowded() []string {
	return []string{"OKOSHKO_LIMITS_SMS_PER_ADDRESS=0", "OKOSHKO_LIMITS_SMS_PER_SALON=0"}
}

// CodeOf reads the text message that a phone has got last.
func CodeOf(box *sandbox.Sandbox) func(phone string) string {
	return func(phone string) string {
		for _, m := range slices.Backward(box.Messages()) {
			if m.Phone == phone {
				return m.Code
			}
		}
		return ""
	}
}

// Free looks at the upstream whether a visit can be booked.
func Free(box *sandbox.Sandbox) func(salon int, visit flow.Choices) bool {
	return func(salon int, visit flow.Choices) bool {
		return box.Free(sandbox.TownCompany+salon-1, visit.Master, visit.Services, visit.Slot)
	}
}

// Build makes the program, with the clock of tests and benches, in a folder. It is run from the root of the repository.
func Build(ctx context.Context, dir string) (binary string, err error) {
	return build(ctx, dir, "./bench/widget")
}

// BuildProduct makes the program as it is released, with the machine's clock. It is run from the root of the repository.
func BuildProduct(ctx context.Context, dir string) (binary string, err error) {
	return build(ctx, dir, ".")
}

func build(ctx context.Context, dir, from string) (binary string, err error) {
	binary = filepath.Join(dir, "okoshko")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", binary, from).CombinedOutput(); err != nil { //nolint:gosec // this repository
		return "", fmt.Errorf("go build: %w: %s", err, text)
	}
	return binary, nil
}

// Process is the program at work.
type Process struct {
	URL string
	cmd *exec.Cmd
	end chan struct{}
	err error // of its end
}

// Start runs the program in a folder, by a clock that begins at an instant, and reads where it listens. Its log goes
// to a file; nil is nowhere.
func Start(ctx context.Context, binary, dir string, now time.Time, settings []string, log *os.File) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, binary), end: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), append(settings, testclock.Env+"="+now.Format(time.RFC3339Nano))...) //nolint:forbidigo // the child's PATH and HOME
	if log != nil {
		p.cmd.Stderr = log
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() {
		p.err = p.cmd.Wait()
		close(p.end)
	}()
	_, host, ok := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !ok {
		p.Kill()
		return nil, fmt.Errorf("the program said %q: %w", line, err)
	}
	p.URL = "http://" + host
	return p, nil
}

// PID is its number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Alive says whether it still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.end:
		return false
	default:
		return true
	}
}

// Kill ends it as a machine does that loses its power.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.end
}

// Stop asks it to end, as a supervisor does, and waits.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.end
	return p.err
}
