// Package frames says which websites may show the widget in a frame, and remembers other websites that tried. It is pure: its
// caller reads the origin of the website from the request.
package frames

import (
	"net/url"
	"slices"
	"strings"

	"okoshko/internal/csp"
)

// Hosts are the websites that may frame a form, as sources of a content security policy: origins, whose host may begin with a
// wildcard, or "*" alone for every website.
type Hosts []string

// Everybody says that every website may frame the form.
func (h Hosts) Everybody() bool { return slices.Equal(h, Hosts{"*"}) }

// Ancestors are the sources of the policy's frame-ancestors. Pages of the widget's own origin may always frame it.
func (h Hosts) Ancestors() csp.Sources {
	if h.Everybody() {
		return csp.Sources{csp.Any}
	}
	return append(csp.Sources{csp.Self}, csp.SourcesOf(h...)...)
}

// Allow says whether a page of an origin may frame the form, by the rules of browsers.
func (h Hosts) Allow(origin string) bool {
	u, ok := parse(origin)
	return ok && csp.SourcesOf(h...).Match(u, nil)
}

var standardPort = map[string]string{"http": "80", "https": "443"}

// hostname is the host without its port, an IPv6 address in its brackets.
func hostname(u *url.URL) string { return strings.TrimSuffix(u.Host, ":"+u.Port()) }

// Rules say for every form which websites may frame it.
type Rules struct {
	All   Hosts         // of the forms that have no hosts of their own
	Forms map[int]Hosts // by form
}

// For returns the hosts of a form; 0 stands for no form in particular.
func (r Rules) For(form int) Hosts {
	if hosts, ok := r.Forms[form]; ok {
		return hosts
	}
	return r.All
}

// longest is longer than any host name with a port.
const longest = 300

// OriginOf is the origin of a page's address, written as browsers write it: in small letters and without the standard port.
func OriginOf(address string) (string, bool) {
	u, ok := parse(address)
	if !ok {
		return "", false
	}
	if u.Port() == standardPort[u.Scheme] {
		return u.Scheme + "://" + hostname(u), true
	}
	return u.Scheme + "://" + u.Host, true
}

// parse reads an address that has an origin: one of the web, with a well-formed host.
func parse(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(u.Host) > longest {
		return nil, false
	}
	u.Host = strings.ToLower(u.Host)
	if strings.Trim(u.Host, "abcdefghijklmnopqrstuvwxyz0123456789-._:[]") != "" || strings.HasSuffix(u.Host, ":") {
		return nil, false
	}
	return u, true
}
