package input

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts that people type, paste or let a program fill in are cleaned before anything else sees them. Every kind of blank
// becomes a space, and invisible characters are removed. Joiners stay where Persian words and emoji of families need them.

// TypedLine returns the cleaned text of a field of one line, at most so many characters.
func TypedLine(raw string, most int) string {
	return strings.TrimSpace(Limited(strings.Join(strings.Fields(cleaned(raw, true)), " "), most))
}

// TypedLines returns the cleaned text of a field of several lines, at most so many characters.
func TypedLines(raw string, most int) string {
	var lines []string
	for line := range strings.SplitSeq(cleaned(typedLineEnds.Replace(raw), true), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimSpace(Limited(strings.Join(lines, "\n"), most))
}

// TypedPlain is TypedLine for addresses, numbers and searches. It removes joiners, because a pasted one would make two equal
// numbers differ.
func TypedPlain(raw string, most int) string {
	return strings.TrimSpace(Limited(strings.Join(strings.Fields(cleaned(raw, false)), " "), most))
}

var typedLineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

const (
	nonJoiner = '\u200c'
	joiner    = '\u200d'
	blackFlag = '\U0001f3f4' // invisible characters after it say whose flag it is
	firstTag  = '\U000e0020'
	lastTag   = '\U000e007f'
)

func cleaned(raw string, joins bool) string {
	var out strings.Builder
	last := ' ' // the character before
	runes := []rune(raw)
	for i, r := range runes {
		switch {
		case r == '\n':
		case unicode.IsSpace(r):
			r = ' '
		case r == joiner || r == nonJoiner:
			if !joins || !joinable(last) || i+1 == len(runes) || !joinable(runes[i+1]) {
				continue
			}
		case r >= firstTag && r <= lastTag:
			if last != blackFlag && (last < firstTag || last > lastTag) {
				continue
			}
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r), r == utf8.RuneError:
			continue
		}
		out.WriteRune(r)
		last = r
	}
	return out.String()
}

// joinable says whether a joiner beside a character may change how it is drawn. It never does beside ASCII.
func joinable(r rune) bool {
	return r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r))
}

// Limited cuts a text to at most so many characters. The widget's own forms never send more.
func Limited(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
