package upstream

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A right-to-left override in a title reverses the words after it, and a NUL ends a text for some programs. Salons paste such
// characters without seeing them. No text needs them, so they are removed from every answer, also from the texts of the
// i18n endpoint, before it is decoded.

// spoils says whether a character is removed: control characters except line ends and tabs, and the characters that embed,
// override or isolate a direction. The marks LRM and RLM stay, and so do joiners.
func spoils(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case r < ' ', r >= 0x7f && r <= 0x9f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// Inert is a text without these characters.
func Inert(text string) string {
	return strings.Map(func(r rune) rune {
		if spoils(r) {
			return -1
		}
		return r
	}, text)
}

// inertJSON removes these characters from the strings of a JSON document and changes nothing else.
func inertJSON(document []byte) []byte {
	var out []byte
	copied := 0 // up to here the document has been copied
	drop := func(from, to int) {
		if out == nil {
			out = make([]byte, 0, len(document))
		}
		out = append(out, document[copied:from]...)
		copied = to
	}
	for i := 0; i < len(document); {
		switch b := document[i]; {
		case b == '\\':
			r, size := escaped(document[i:])
			if size > 0 && spoils(r) {
				drop(i, i+size)
			}
			i += max(size, 1)
		case b < utf8.RuneSelf:
			if b == 0x7f {
				drop(i, i+1)
			}
			i++
		default:
			r, size := utf8.DecodeRune(document[i:])
			if r != utf8.RuneError && spoils(r) {
				drop(i, i+size)
			}
			i += size
		}
	}
	if out == nil {
		return document
	}
	return append(out, document[copied:]...)
}

// escaped reads an escape sequence of JSON: its character and its length, 0 when it is none. Each half of a surrogate pair
// counts as a character.
func escaped(text []byte) (r rune, size int) {
	const short, long = 2, 6
	if len(text) < short {
		return 0, 0
	}
	switch text[1] {
	case 'b':
		return '\b', short
	case 'f':
		return '\f', short
	case 'u':
		if len(text) < long {
			return 0, 0
		}
		n, err := strconv.ParseUint(string(text[short:long]), 16, 32)
		if err != nil || bytes.IndexByte(text[short:long], '_') >= 0 {
			return 0, 0
		}
		return rune(n), long //nolint:gosec // four hexadecimal digits
	}
	return rune(text[1]), short
}
