package catalog

import (
	"net/url"
	"strings"
	"unicode"

	"okoshko/internal/csp"
)

// pictures says which image addresses a page may show.
type pictures struct {
	origin *url.URL    // of the upstream, always allowed
	hosts  csp.Sources // https origins, whose host may begin with "*."; "*" alone is all of them
}

// allowed is an image address that a page may show, or "": https from an allowed host, or the upstream's
// own origin; the upstream's stand-in for "no picture" counts as none.
func (p pictures) allowed(raw string) string {
	if raw == "" || strings.Contains(raw, "/no-master") {
		return ""
	}
	u, err := p.origin.Parse(raw)
	if err != nil || u.User != nil || u.Host == "" || strings.ContainsFunc(u.Host+u.RawQuery, unwritten) {
		return ""
	}
	ofUpstream := u.Scheme == p.origin.Scheme && u.Host == p.origin.Host
	if u.Scheme == "http" && !ofUpstream {
		u.Scheme = "https" // old answers name the ofUpstream's image hosts with http
	}
	if !ofUpstream && (u.Scheme != "https" || !p.hosts.Match(u, nil)) {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawQuery: u.RawQuery}).String()
}

// unwritten says whether a character cannot stand in an address.
func unwritten(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'<>\\`{|}", r) }

// website is the address of a website that a page may link to, or "". Only http and https are allowed; an address without
// a scheme, as salons type it, is taken for https.
func website(raw string) string {
	if raw != "" && !strings.Contains(raw, "://") {
		raw = "https://" + strings.TrimPrefix(raw, "//")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || !strings.Contains(u.Host, ".") || strings.ContainsFunc(u.Host, unwrittenHost) {
		return ""
	}
	return u.String()
}

// unwrittenHost says whether a character cannot stand in the name of a host. Letters of all scripts can.
func unwrittenHost(r rune) bool {
	return r <= '~' && unwritten(r) || unicode.IsSpace(r) || unicode.IsControl(r)
}

func (c *Catalog) picture(raw string) string { return c.pictures.allowed(raw) }
