package waiting

import (
	"encoding/base64"
	"net/mail"
	"net/url"
	"strings"
)

const (
	maxEmail, maxLocal = 254, 64
	maxEndpoint        = 2048
	// Lengths of a subscription's keys, in bytes (RFC 8291).
	publicBytes, authBytes = 65, 16
)

// validEmail says whether a text is an address that mail can be sent to, and nothing but an address.
func validEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Name != "" || address.Address != text || len(text) > maxEmail {
		return false
	}
	local, domain, _ := strings.Cut(text, "@")
	return len(local) <= maxLocal && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),:;<>[\]`, r) }) &&
		strings.Contains(domain, ".") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".") && !strings.Contains(domain, "@")
}

// valid says whether a subscription can be one.
func (s *Subscription) valid() bool {
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(s.Endpoint) > maxEndpoint {
		return false
	}
	return decoded(s.P256dh) == publicBytes && decoded(s.Auth) == authBytes
}

// decoded is how many bytes a text of base64url stands for, 0 for one that is none.
func decoded(text string) int {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return 0
	}
	return len(raw)
}
