// Package frames knows which websites may show the widget in a frame, and remembers the others that
// tried. It is pure: who asks is told by whoever has the request.
package frames

import (
	"net/url"
	"slices"
	"strings"
)

// Hosts are the websites that may frame a form, as sources of a content policy: origins, whose host may
// begin with a wildcard, or "*" alone for everybody.
type Hosts []string

// Everybody says that any website may.
func (h Hosts) Everybody() bool { return slices.Equal(h, Hosts{"*"}) }

// Ancestors is the value of the policy's frame-ancestors. Pages of our own origin may always.
func (h Hosts) Ancestors() string {
	if h.Everybody() {
		return "*"
	}
	return strings.Join(append([]string{"'self'"}, h...), " ")
}

// Allow says whether a page of an origin may frame the form, by the rules that browsers go by
// (CSP Level 3, "Does url match expression in origin").
func (h Hosts) Allow(origin string) bool {
	u, ok := parse(origin)
	return ok && (h.Everybody() || slices.ContainsFunc(h, func(source string) bool { return matches(source, u) }))
}

func matches(source string, u *url.URL) bool {
	scheme, rest, _ := strings.Cut(strings.ToLower(source), "://")
	if scheme != u.Scheme && (scheme != "http" || u.Scheme != "https") {
		return false // the secure form of an allowed origin is allowed too
	}
	host, port := rest, ""
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, ']') {
		host, port = rest[:i], rest[i+1:]
	}
	if domain, wild := strings.CutPrefix(host, "*."); wild {
		if !strings.HasSuffix(hostname(u), "."+domain) {
			return false
		}
	} else if host != hostname(u) {
		return false
	}
	own := u.Port()
	switch port {
	case "", standardPort[scheme]:
		return own == "" || own == standardPort[u.Scheme]
	default:
		return port == own || port == standardPort["http"] && own == "" && u.Scheme == "https"
	}
}

var standardPort = map[string]string{"http": "80", "https": "443"}

// hostname is the host without its port, an IPv6 address in its brackets.
func hostname(u *url.URL) string { return strings.TrimSuffix(u.Host, ":"+u.Port()) }

// Rules say for every form who may frame it.
type Rules struct {
	All   Hosts         // of the forms that have no hosts of their own
	Forms map[int]Hosts // by form
}

// For are the hosts of a form; 0 stands for no form in particular.
func (r Rules) For(form int) Hosts {
	if own, ok := r.Forms[form]; ok {
		return own
	}
	return r.All
}

// longest is more than a host name may have, with a scheme and a port.
const longest = 300

// OriginOf is the origin of a page's address, written the way browsers write it: in lower case and
// without a port that goes without saying.
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

// parse reads an address whose origin can be told: of the web, with a host that is one.
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
