//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) {
	code := m.Run()
	chromiums.stop()
	os.Exit(code)
}

// chromiums are what tests share: to start a Chromium and to warm it up is a third of the work of most of them. Each test has
// a context of its own in one, which keeps nothing of another's, as private windows do not.
var chromiums shared

type shared struct {
	mu      sync.Mutex
	running map[bool]*launched // by whether they refuse cookies, which is a setting of the whole program
}

// of is the Chromium that takes cookies, or the one that does not.
func (s *shared) of(t *testing.T, noCookies bool) context.Context {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.running[noCookies]; c != nil {
		return c.ctx
	}
	profile, err := os.MkdirTemp("", "okoshko-e2e-") //nolint:usetesting // other tests use it after this one
	if err != nil {
		t.Fatal(err)
	}
	c, err := launch(profile, options{noCookies: noCookies})
	if err != nil {
		t.Fatal(err)
	}
	if s.running == nil {
		s.running = map[bool]*launched{}
	}
	s.running[noCookies] = c
	return c.ctx
}

func (s *shared) stop() {
	for _, c := range s.running {
		c.stop()
		_ = os.RemoveAll(c.profile)
	}
}

// launched is a Chromium that runs.
type launched struct {
	profile string
	ctx     context.Context // of its first tab
	stop    func()
}

// launch starts a Chromium on a profile's folder, with what is set for all of the Chromium.
func launch(profile string, o options) (*launched, error) {
	path, err := chromium()
	if err != nil {
		return nil, err
	}
	preferences := ""
	switch {
	case o.noCookies && o.dumb:
		preferences = `{"profile":{"default_content_setting_values":{"cookies":2,"javascript":2}}}`
	case o.noCookies:
		preferences = `{"profile":{"default_content_setting_values":{"cookies":2}}}`
	case o.noOthers:
		preferences = `{"profile":{"block_third_party_cookies":true,"cookie_controls_mode":1}}`
	}
	if preferences != "" {
		if err := os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(profile, "Default", "Preferences"), []byte(preferences), 0o600); err != nil {
			return nil, err
		}
	}
	flags := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("test-third-party-cookie-phaseout", true),
		chromedp.Flag("force-prefers-reduced-motion", true), // pictures without ghosts
	)
	if o.names != "" {
		flags = append(flags, chromedp.Flag("host-resolver-rules", o.names))
	}
	allocator, wait := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocator)
	stop := func() { cancel(); wait() }
	if err := chromedp.Do(ctx); err != nil { // starts Chromium, which must not hang on a timeout
		stop()
		return nil, err
	}
	return &launched{profile: profile, ctx: ctx, stop: stop}, nil
}

func chromium() (path string, err error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found; make setup installs it")
}
