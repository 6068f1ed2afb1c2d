//go:build e2e

package engines

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// bidi is a browser that speaks WebDriver BiDi by itself (https://www.w3.org/TR/webdriver-bidi/), which Firefox does.
type bidi struct {
	process *process
	screen  *process
	socket  *websocket.Conn
	window  string // id of the window's browsing context
	sent    int
	named   string
}

// openFirefox has the browser take its settings from a new profile.
func openFirefox(t *testing.T, o options) (driver, error) {
	dir := home(t)
	settings := map[string]any{
		"network.cookie.cookieBehavior":              map[cookies]int{allCookies: 5, ownCookies: 1, noneCookies: 2}[o.cookies], // 5: those of other sites apart for each site
		"javascript.enabled":                         !o.noScript,
		"ui.prefersReducedMotion":                    1,
		"browser.startup.page":                       0,
		"datareporting.policy.dataSubmissionEnabled": false,
		"network.captive-portal-service.enabled":     false,
		"network.connectivity-service.enabled":       false,
	}
	if o.large {
		for _, script := range []string{"x-western", "x-cyrillic", "x-unicode"} {
			settings["font.size.variable."+script] = 32
		}
	}
	if o.push != "" {
		maps.Copy(settings, map[string]any{
			"dom.push.connection.enabled": true, "alerts.useSystemBackend": false, // there is no desktop
			"dom.push.serverURL": o.push, "dom.push.testing.allowInsecureServerURL": true, "network.manage-offline-status": false,
			"permissions.default.desktop-notification": 1, // what its owner answers to the question whether this page may show notifications
		})
	}
	var text strings.Builder
	for name, value := range settings {
		if said, is := value.(string); is {
			value = strconv.Quote(said)
		}
		fmt.Fprintf(&text, "user_pref(%q, %v);\n", name, value)
	}
	if err := write(dir, "profile/user.js", text.String()); err != nil {
		return nil, err
	}
	// With an empty page the focus would be in the address bar, and a page that is steered from outside would never get it.
	if err := write(dir, "start.html", "<!doctype html><title>Start</title>"); err != nil {
		return nil, err
	}
	screen, environ, err := openScreen(t, dir)
	if err != nil {
		return nil, err
	}
	p, err := launch(t, dir, environ, "firefox-esr", "--profile", dir+"/profile", "--no-remote", "--remote-debugging-port", "0", "file://"+dir+"/start.html")
	if err != nil {
		screen.stop()
		return nil, err
	}
	b := &bidi{process: p, screen: screen}
	if err := b.begin(t, o); err != nil {
		b.close()
		return nil, fmt.Errorf("%w: %s", err, p.said())
	}
	return b, nil
}

func (b *bidi) begin(t *testing.T, o options) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	address, err := b.process.line(regexp.MustCompile(`(?m)WebDriver BiDi listening on (ws://\S+)$`))
	if err != nil {
		return err
	}
	socket, _, err := websocket.Dial(ctx, address+"/session", nil)
	if err != nil {
		return err
	}
	b.socket = socket
	socket.SetReadLimit(64 << 20)
	var session struct {
		Capabilities struct {
			Version string `json:"browserVersion"`
		} `json:"capabilities"`
	}
	if err := b.command(ctx, "session.new", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{"acceptInsecureCerts": true}}}, &session); err != nil {
		return err
	}
	b.named = session.Capabilities.Version
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
		} `json:"contexts"`
	}
	if err := b.command(ctx, "browsingContext.getTree", map[string]any{}, &tree); err != nil {
		return err
	}
	if len(tree.Contexts) == 0 {
		return errors.New("no window is open")
	}
	b.window = tree.Contexts[0].Context
	if err := b.command(ctx, "browsingContext.activate", map[string]any{"context": b.window}, nil); err != nil { // it has the focus, as a customer's has
		return err
	}
	return b.command(ctx, "browsingContext.setViewport", map[string]any{"context": b.window, "viewport": map[string]any{"width": o.width, "height": height}}, nil)
}

// command sends one command and waits for its answer.
func (b *bidi) command(ctx context.Context, method string, params, out any) error {
	b.sent++
	if err := wsjson.Write(ctx, b.socket, map[string]any{"id": b.sent, "method": method, "params": params}); err != nil {
		return err
	}
	for {
		var got struct {
			ID      int             `json:"id"`
			Type    string          `json:"type"`
			Result  json.RawMessage `json:"result"`
			Error   string          `json:"error"`
			Message string          `json:"message"`
		}
		if err := wsjson.Read(ctx, b.socket, &got); err != nil {
			return err
		}
		switch {
		case got.ID != b.sent: // an event, or an answer that nobody waits for any more
			continue
		case got.Type == "error":
			return fmt.Errorf("%s: %s: %s", method, got.Error, got.Message)
		case out == nil:
			return nil
		}
		return json.Unmarshal(got.Result, out)
	}
}

func (b *bidi) navigate(ctx context.Context, url string) error {
	return b.command(ctx, "browsingContext.navigate", map[string]any{"context": b.window, "url": url, "wait": "complete"}, nil)
}

// called is the value of a script.
type called struct {
	Type      string `json:"type"`
	Exception struct {
		Text string `json:"text"`
	} `json:"exceptionDetails"`
	Result struct {
		Type  string          `json:"type"`
		Value json.RawMessage `json:"value"`
	} `json:"result"`
}

// call runs a function in a page. Its sandbox is the browser's own, so it runs where the page's scripts are off.
func (b *bidi) call(ctx context.Context, within, function string) (called, error) {
	var got called
	err := b.command(ctx, "script.callFunction", map[string]any{
		"functionDeclaration": function, "awaitPromise": false, "target": map[string]any{"context": within, "sandbox": "okoshko"},
	}, &got)
	if err == nil && got.Type == "exception" {
		err = fmt.Errorf("script: %s", got.Exception.Text)
	}
	return got, err
}

// in is the context of a frame.
func (b *bidi) in(ctx context.Context, frames []string) (string, error) {
	within := b.window
	for _, frame := range frames {
		got, err := b.call(ctx, within, "() => ("+frame+").contentWindow")
		if err != nil {
			return "", err
		}
		var window struct {
			Context string `json:"context"`
		}
		if err := json.Unmarshal(got.Result.Value, &window); err != nil || window.Context == "" {
			return "", fmt.Errorf("%s is no frame but %s", frame, got.Result.Type)
		}
		within = window.Context
	}
	return within, nil
}

func (b *bidi) evaluate(ctx context.Context, frames []string, body string, out any) error {
	within, err := b.in(ctx, frames)
	if err != nil {
		return err
	}
	got, err := b.call(ctx, within, "() => JSON.stringify((() => {"+body+"})() ?? null)")
	if err != nil {
		return err
	}
	var text string
	if err := json.Unmarshal(got.Result.Value, &text); err != nil {
		return err
	}
	return decode(text, out)
}

func (b *bidi) act(ctx context.Context, frames []string, actions []any) error {
	within, err := b.in(ctx, frames)
	if err != nil {
		return err
	}
	return b.command(ctx, "input.performActions", map[string]any{"context": within, "actions": actions}, nil)
}

func (b *bidi) picture(ctx context.Context) ([]byte, error) {
	var got struct {
		Data string `json:"data"`
	}
	if err := b.command(ctx, "browsingContext.captureScreenshot", map[string]any{"context": b.window}, &got); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(got.Data)
}

func (b *bidi) version() string { return b.named }

func (b *bidi) close() {
	if b.socket != nil {
		_ = b.socket.CloseNow()
	}
	b.process.stop()
	b.screen.stop()
}
