// Package browse opens the widget's pages as a browser without scripts and cookies does, and reads them by the
// page contract. The measuring programs' people and robots stand on it.
package browse

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// patience is how long a browser waits for a page.
const patience = 30 * time.Second

// Connections are shared by browsers, as those of a proxy are.
type Connections struct{ http *http.Client }

// Open makes connections, of which so many are kept for the next pages.
func Open(kept int) *Connections { return OpenOn(nil, kept) }

// Dial connects to an address.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// OpenOn makes them on another network than the machine's; nil: that one.
func OpenOn(dial Dial, kept int) *Connections {
	return &Connections{&http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DialContext: dial, MaxIdleConns: kept, MaxIdleConnsPerHost: kept},
	}}
}

// See is called after each request, those of redirects among them, with the answer or the error of the connection.
type See func(*http.Request, *http.Response, error)

// Watch lets see what is asked and answered from now on. It is called before the first request.
func (c *Connections) Watch(see See) {
	c.http.Transport = &watched{c.http.Transport, see}
}

type watched struct {
	http.RoundTripper
	see See
}

// RoundTrip implements http.RoundTripper.
func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(r)
	w.see(r, resp, err)
	return resp, err
}

// CloseIdleConnections passes on what the client is told.
func (w *watched) CloseIdleConnections() {
	if idle, ok := w.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// Close ends those that are not in use.
func (c *Connections) Close() { c.http.CloseIdleConnections() }

// Browser is one of a visitor who comes from an address, as a proxy would say; "" is one without a proxy.
func (c *Connections) Browser(from string) Browser { return Browser{c.http, from} }

// Browser is one visitor's.
type Browser struct {
	http *http.Client
	from string
}

// Get opens an address.
func (b Browser) Get(ctx context.Context, ref string) (Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ref, http.NoBody)
	if err != nil {
		return Page{}, err
	}
	return b.do(req)
}

// Follow opens a link of a page.
func (b Browser) Follow(ctx context.Context, p Page, href string) (Page, error) {
	u, err := p.URL.Parse(href)
	if err != nil {
		return Page{}, err
	}
	return b.Get(ctx, u.String())
}

// Send sends a page's form with what was typed.
func (b Browser) Send(ctx context.Context, p Page, typed url.Values) (Page, error) {
	action, form := p.Form()
	maps.Copy(form, typed)
	return b.post(ctx, p, action, form)
}

// Press presses a button of a page's form.
func (b Browser) Press(ctx context.Context, p Page, button Button) (Page, error) {
	action, form := p.Form()
	if button.Action != "" {
		action = button.Action
	}
	if button.Name != "" {
		form.Set(button.Name, button.Adds)
	}
	return b.post(ctx, p, action, form)
}

func (b Browser) post(ctx context.Context, p Page, action string, form url.Values) (Page, error) {
	u, err := p.URL.Parse(action)
	if err != nil {
		return Page{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return Page{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", p.URL.Scheme+"://"+p.URL.Host)
	return b.do(req)
}

func (b Browser) do(req *http.Request) (Page, error) {
	if b.from != "" {
		req.Header.Set("X-Forwarded-For", b.from)
	}
	resp, err := b.http.Do(req) //nolint:gosec // a program of ours on the loopback
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return Page{URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header, Body: string(body)}, err
}
