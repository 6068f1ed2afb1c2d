package input

import (
	"net/mail"
	"strings"
	"unicode/utf8"
)

// PlainEmail says whether a text is one e-mail address, without a name, at a host with a dot.
func PlainEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Contains(s[strings.LastIndexByte(s, '@')+1:], ".")
}

// MaskedEmail returns an address for a screen that others may see: the first letter and the host.
func MaskedEmail(address string) string {
	name, host, _ := strings.Cut(address, "@")
	if name == "" || host == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "•••@" + host
}
