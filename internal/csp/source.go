package csp

import (
	"net/url"
	"slices"
	"strings"
)

// Source is what a directive allows: a keyword, a scheme, or a host with what may stand around it, such as
// "https://*.example.com:8443/pictures/".
type Source string

// Sources that need no host.
const (
	None  Source = "'none'"
	Self  Source = "'self'" // the origin of the page
	Any   Source = "*"      // every host of the web
	Data  Source = "data:"
	HTTPS Source = "https:"

	StrictDynamic Source = "'strict-dynamic'" // whatever a trusted script loads
)

// Nonce is the source of scripts and styles that carry a value.
func Nonce(value string) Source { return Source("'nonce-" + value + "'") }

// Sources are several sources, each of which allows something.
type Sources []Source

// SourcesOf are sources given as text, one each.
func SourcesOf(texts ...string) Sources {
	out := make(Sources, len(texts))
	for i, text := range texts {
		out[i] = Source(text)
	}
	return out
}

// String is the list as a directive has it.
func (s Sources) String() string {
	words := make([]string, len(s))
	for i, source := range s {
		words[i] = string(source)
	}
	return strings.Join(words, " ")
}

// Match says whether one of the sources allows an address; see Source.Match.
func (s Sources) Match(u, page *url.URL) bool {
	return slices.ContainsFunc(s, func(source Source) bool { return source.Match(u, page) })
}

// Is compares two keywords, whose letters may be of either case.
func (s Source) Is(keyword Source) bool { return strings.EqualFold(string(s), string(keyword)) }

// Match says whether the source allows an address ("Does url match source expression in origin with redirect count"). page
// is the address of the page whose policy it is; without one, 'self' and hosts without a scheme allow nothing. Nonces, hashes
// and other keywords are no addresses and allow none.
func (s Source) Match(u, page *url.URL) bool {
	text := string(s)
	switch {
	case s == Any:
		return u.Scheme == "http" || u.Scheme == "https" || page != nil && u.Scheme == page.Scheme
	case s.Is(Self):
		return page != nil && matchScheme(page.Scheme, u.Scheme) && host(u) == host(page) && matchPort(port(page), page.Scheme, u)
	case strings.HasPrefix(text, "'"):
		return false
	case strings.HasSuffix(text, ":") && !strings.Contains(text, "/"):
		return matchScheme(strings.ToLower(strings.TrimSuffix(text, ":")), u.Scheme)
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		if page == nil {
			return false
		}
		scheme, rest = page.Scheme, text
	}
	rest, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	name, number := strings.ToLower(rest), ""
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, ']') { // an IPv6 address has colons of its own
		name, number = name[:i], name[i+1:]
	}
	scheme = strings.ToLower(scheme)
	return matchScheme(scheme, u.Scheme) && matchHost(name, host(u)) && matchPort(number, scheme, u) && matchPath(path, u.Path)
}

// matchScheme ("scheme-part matches"): a source of http allows the secure form too.
func matchScheme(source, scheme string) bool {
	return source == scheme || source == "http" && scheme == "https"
}

// matchHost ("host-part matches"): a wildcard stands for subdomains, and not for the domain itself.
func matchHost(source, host string) bool {
	if domain, wild := strings.CutPrefix(source, "*."); wild {
		return strings.HasSuffix(host, "."+domain) && len(host) > len(domain)+1
	}
	return source == "*" || source == host
}

// matchPort ("port-part matches"): the standard port goes without saying, and that of http also stands for that of https.
func matchPort(source, scheme string, u *url.URL) bool {
	own := port(u)
	switch source {
	case "*":
		return true
	case "", standardPort[scheme], standardPort[u.Scheme]:
		return own == "" || own == source
	}
	return source == own || source == standardPort["http"] && own == "" && u.Scheme == "https"
}

// matchPath ("path-part matches"): a path that ends in a slash allows what is below it.
func matchPath(source, path string) bool {
	if source == "" || source == "/" {
		return true
	}
	if plain, err := url.PathUnescape(source); err == nil {
		source = plain
	}
	return path == source || strings.HasSuffix(source, "/") && strings.HasPrefix(path, source)
}

var standardPort = map[string]string{"http": "80", "https": "443"}

// host is the host of an address without its port, in small letters, an IPv6 address in its brackets.
func host(u *url.URL) string { return strings.ToLower(strings.TrimSuffix(u.Host, ":"+u.Port())) }

// port is the port of an address, "" for the standard one.
func port(u *url.URL) string {
	if p := u.Port(); p != standardPort[u.Scheme] {
		return p
	}
	return ""
}
