//go:build e2e

package engines

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// w3c is a browser behind a driver program that speaks the WebDriver standard (https://www.w3.org/TR/webdriver2/).
type w3c struct {
	base    string // address of the session
	process *process
	around  *process // that the driver runs in; may be nil
	named   string
}

// openChromium has the browser take its settings as policies of a profile.
func openChromium(t *testing.T, o options) (driver, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	content := map[string]int{}
	preferences := map[string]any{"profile.default_content_setting_values": content}
	args := []string{"headless=new", "no-sandbox", "disable-gpu", "disable-quic", "disable-component-update", "force-prefers-reduced-motion", fmt.Sprintf("window-size=1280,%d", height)}
	if o.noScript {
		content["javascript"] = 2
	}
	switch o.cookies {
	case allCookies:
		preferences["profile.block_third_party_cookies"], preferences["profile.cookie_controls_mode"] = false, 0
	case ownCookies:
		preferences["profile.block_third_party_cookies"], preferences["profile.cookie_controls_mode"] = true, 1
		args = append(args, "test-third-party-cookie-phaseout")
	case noneCookies:
		content["cookies"] = 2
	}
	if o.large {
		preferences["webkit.webprefs.default_font_size"] = 32
	}
	w, err := openW3C(t, nil, nil, "chromedriver", map[string]any{
		"browserName": "chrome", "acceptInsecureCerts": true,
		"goog:chromeOptions": map[string]any{"binary": path, "args": args, "prefs": preferences},
	})
	if err != nil {
		return nil, err
	}
	// A window of Chromium is not as narrow as a phone.
	metrics := map[string]any{"width": o.width, "height": height, "deviceScaleFactor": 1, "mobile": false}
	if err := w.command(t.Context(), http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}, nil); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// openWebKit runs WebKitGTK's own small browser on a screen of its own that nobody sees.
func openWebKit(t *testing.T, o options) (driver, error) {
	dir := home(t)
	// Otherwise the buttons above the page keep the window wider than a phone.
	const style = "headerbar, toolbar, button, entry, image, box, revealer, notebook, tab { min-width: 0; padding: 0; margin: 0; border-width: 0 }\nbutton, image { font-size: 0; -gtk-icon-transform: scale(0.1) }\n"
	if err := write(dir, "config/gtk-3.0/gtk.css", style); err != nil {
		return nil, err
	}
	screen, environ, err := openScreen(t, dir)
	if err != nil {
		return nil, err
	}
	args := []string{"--automation"}
	if o.noScript {
		args = append(args, "--enable-javascript=false")
	}
	if o.cookies == ownCookies {
		args = append(args, "--enable-itp") // as Safari does; the policy alone would still send what was taken elsewhere
	}
	args = append(args, "--cookies-policy="+map[cookies]string{allCookies: "always", ownCookies: "no-third-party", noneCookies: "never"}[o.cookies])
	path, err := miniBrowser()
	if err != nil {
		screen.stop()
		return nil, err
	}
	w, err := openW3C(t, screen, environ, "WebKitWebDriver", map[string]any{
		"acceptInsecureCerts":      true,
		"webkitgtk:browserOptions": map[string]any{"binary": path, "args": args},
	})
	if err != nil {
		return nil, err
	}
	if err := w.command(t.Context(), http.MethodPost, "/window/rect", map[string]any{"x": 0, "y": 0, "width": o.width, "height": height}, nil); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// openW3C starts a driver program, and has it start its browser.
func openW3C(t *testing.T, around *process, environ []string, program string, capabilities map[string]any) (*w3c, error) {
	t.Helper()
	w := &w3c{around: around}
	dir := home(t)
	if around != nil {
		dir = around.home
	}
	var err error
	for range 3 { // somebody else may get the port first
		if err = w.begin(t, dir, environ, program, capabilities); err == nil {
			return w, nil
		}
		if w.process != nil {
			w.process.stop()
		}
	}
	w.close()
	return nil, err
}

func (w *w3c) begin(t *testing.T, dir string, environ []string, program string, capabilities map[string]any) error {
	t.Helper()
	port, err := freePort(t.Context())
	if err != nil {
		return err
	}
	if w.process, err = launch(t, dir, environ, program, "--port="+strconv.Itoa(port)); err != nil {
		return err
	}
	w.base = "http://127.0.0.1:" + strconv.Itoa(port)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for w.command(ctx, http.MethodGet, "/status", nil, nil) != nil {
		select {
		case <-w.process.done:
			return fmt.Errorf("%s has ended: %s", program, w.process.said())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %s", program, w.process.said())
		case <-time.After(50 * time.Millisecond):
		}
	}
	var session struct {
		ID           string `json:"sessionId"`
		Capabilities struct {
			Version string `json:"browserVersion"`
		} `json:"capabilities"`
	}
	if err := w.command(ctx, http.MethodPost, "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": capabilities}}, &session); err != nil {
		return fmt.Errorf("%w: %s", err, w.process.said())
	}
	w.base += "/session/" + session.ID
	w.named = session.Capabilities.Version
	return nil
}

// command sends one command of the standard and decodes the value of its answer.
func (w *w3c) command(ctx context.Context, method, path string, body, out any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, w.base+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := new(http.Client).Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var got struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, path, answer.Status, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %.500s", method, path, answer.Status, got.Value)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(got.Value, out)
}

func (w *w3c) navigate(ctx context.Context, url string) error {
	if err := w.in(ctx, nil); err != nil {
		return err
	}
	return w.command(ctx, http.MethodPost, "/url", map[string]any{"url": url}, nil)
}

// in chooses the frame that the next commands are for.
func (w *w3c) in(ctx context.Context, frames []string) error {
	if err := w.command(ctx, http.MethodPost, "/frame", map[string]any{"id": nil}, nil); err != nil {
		return err
	}
	for _, frame := range frames {
		var element json.RawMessage
		if err := w.command(ctx, http.MethodPost, "/execute/sync", map[string]any{"script": "return " + frame, "args": []any{}}, &element); err != nil {
			return err
		}
		if err := w.command(ctx, http.MethodPost, "/frame", map[string]any{"id": element}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *w3c) evaluate(ctx context.Context, frames []string, body string, out any) error {
	if err := w.in(ctx, frames); err != nil {
		return err
	}
	var text string
	if err := w.command(ctx, http.MethodPost, "/execute/sync", map[string]any{"script": "return JSON.stringify((() => {" + body + "})() ?? null)", "args": []any{}}, &text); err != nil {
		return err
	}
	return decode(text, out)
}

func (w *w3c) act(ctx context.Context, frames []string, actions []any) error {
	if err := w.in(ctx, frames); err != nil {
		return err
	}
	return w.command(ctx, http.MethodPost, "/actions", map[string]any{"actions": actions}, nil)
}

func (w *w3c) picture(ctx context.Context) ([]byte, error) {
	if err := w.in(ctx, nil); err != nil {
		return nil, err
	}
	var text string
	if err := w.command(ctx, http.MethodGet, "/screenshot", nil, &text); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

func (w *w3c) version() string { return w.named }

func (w *w3c) close() {
	if w.process != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = w.command(ctx, http.MethodDelete, "", nil, nil) // it is killed in any case
		w.process.stop()
	}
	if w.around != nil {
		w.around.stop()
	}
}
