package input

import (
	"net/mail"
	"strings"
	"unicode/utf8"
)

// PlainEmail says whether a text is one bare address of a host with a dot.
func PlainEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Contains(s[strings.LastIndexByte(s, '@')+1:], ".")
}

// MaskedEmail is an address as it may be shown: its first letter and its host.
func MaskedEmail(address string) string {
	name, host, _ := strings.Cut(address, "@")
	if name == "" || host == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "•••@" + host
}
