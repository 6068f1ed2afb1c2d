package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	addresses "okoshko/internal/address"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/snippet"
)

// Whoever opens the operator's page names an address for this machine to fetch, so what it will fetch is
// narrow: a page of a website that may frame the form, by https, from the public internet.

const (
	siteTime      = 6 * time.Second
	siteConnect   = 2 * time.Second
	siteBody      = 2 << 20
	siteHeaders   = 64 << 10
	siteRedirects = 3
)

// siteError is why a page was not fetched, in words for the operator.
type siteError string

func (e siteError) Error() string { return string(e) }

const (
	errNoAddress = siteError("This is no address of a web page.")
	errNoHTTPS   = siteError("Only https is fetched, and http from this machine.")
	errNotListed = siteError("This website may not frame the form, so it is not fetched. [embed] hosts or [form N] hosts lists those that may.")
	errPrivate   = siteError("The name leads to an address that is not of the public internet, so it is not fetched.")
	errPort      = siteError("With every website allowed, only the usual port is fetched.")
	errRedirects = siteError("The page redirects too often.")
	errNoHTML    = siteError("What is there is no HTML page.")
	errNoAnswer  = siteError("The website does not answer.")
	errTaken     = siteError("Another page is being checked. Try again in a moment.")
)

// site fetches pages of websites that may frame a form.
type site struct {
	hosts  frames.Hosts
	widget []string // origins of the widget itself, which may be anywhere
}

// permit says whether an address may be fetched, and whether it may be on this machine.
func (s site) permit(u *url.URL) (local bool, err error) {
	origin, ok := frames.OriginOf(u.String())
	if !ok || u.User != nil {
		return false, errNoAddress
	}
	local = onLoopback(u.Host)
	switch {
	case slices.Contains(s.widget, origin):
		return local, nil
	case u.Scheme != "https" && !local:
		return false, errNoHTTPS
	case !s.hosts.Allow(origin):
		return false, errNotListed
	case s.hosts.Everybody() && local:
		return false, errPrivate // allowed with all the others, and not meant
	case s.hosts.Everybody() && u.Port() != "" && u.Port() != "443":
		return false, errPort
	}
	return local, nil
}

// fetch reads a page.
func (s site) fetch(ctx context.Context, address string) (snippet.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, siteTime)
	defer cancel()
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return snippet.Page{}, errNoAddress
	}
	for range siteRedirects + 1 {
		page, next, err := s.get(ctx, u)
		if err != nil || next == nil {
			return page, err
		}
		if _, err := s.permit(next); err != nil {
			origin, _ := frames.OriginOf(next.String())
			return snippet.Page{}, siteError(fmt.Sprintf("The page redirects to %s, which is not fetched: check that address itself.", origin))
		}
		u = next
	}
	return snippet.Page{}, errRedirects
}

// get asks for one address, and says where it leads on when it does.
func (s site) get(ctx context.Context, u *url.URL) (page snippet.Page, next *url.URL, err error) {
	local, err := s.permit(u)
	if err != nil {
		return page, nil, err
	}
	dialer := &net.Dialer{Timeout: siteConnect, Control: func(_, address string, _ syscall.RawConn) error {
		return permitAddress(address, local)
	}}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: siteConnect, ResponseHeaderTimeout: siteTime,
		MaxResponseHeaderBytes: siteHeaders, DisableKeepAlives: true, ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody) //nolint:gosec // permit and permitAddress say where to
	if err != nil {
		return page, nil, errNoAddress
	}
	request.Header.Set("User-Agent", "okoshko (checks how it is embedded)")
	request.Header.Set("Accept", "text/html")
	// A RoundTripper follows no redirects and keeps no cookies.
	response, err := transport.RoundTrip(request)
	if err != nil {
		if r, ok := errors.AsType[siteError](err); ok {
			return page, nil, r
		}
		return page, nil, errNoAnswer
	}
	defer func() { _ = response.Body.Close() }()
	if to := response.Header.Get("Location"); to != "" && response.StatusCode/100 == 3 {
		next, err = u.Parse(to)
		if err != nil {
			return page, nil, errNoAnswer
		}
		return page, next, nil
	}
	if response.StatusCode != http.StatusOK {
		return page, nil, siteError(fmt.Sprintf("The website answers with status %d.", response.StatusCode))
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") && !strings.HasPrefix(kind, "application/xhtml+xml") {
		return page, nil, errNoHTML
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, siteBody))
	if err != nil {
		return page, nil, errNoAnswer
	}
	return snippet.Page{URL: u, HTML: string(body), Policies: response.Header.Values(csp.Header)}, nil, nil
}

// permitAddress looks at the very address that is connected to, after its name has been resolved.
func permitAddress(address string, local bool) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	ip := to.Addr().Unmap()
	if ip.IsLoopback() && local {
		return nil
	}
	if !addresses.IsPublic(ip) {
		return errPrivate
	}
	return nil
}
