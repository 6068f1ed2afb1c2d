package static

import "strings"

// minifyCSS takes comments and needless white space out of a stylesheet. It keeps quoted text as
// it is, the single spaces that part selectors and values, and those that calc needs around its
// operators.
func minifyCSS(css string) string {
	out := make([]byte, 0, len(css))
	space := false
	for i := 0; i < len(css); {
		b := css[i]
		switch {
		case strings.HasPrefix(css[i:], "/*"):
			end := strings.Index(css[i+2:], "*/")
			if end < 0 {
				return string(out)
			}
			i += end + len("/**/")
			space = true
			continue
		case isSpace(b):
			space = true
			i++
			continue
		}
		if n := len(out); n > 0 {
			switch last := out[n-1]; {
			case space && !joins(last, true) && !joins(b, false):
				out = append(out, ' ')
			case b == '}' && last == ';':
				out = out[:n-1] // the last semicolon of a block says nothing
			}
		}
		space = false
		end := i + 1
		if b == '"' || b == '\'' {
			end = quotedEnd(css, i)
		}
		out = append(out, css[i:end]...)
		i = end
	}
	return string(out)
}

// joins says whether no white space is needed after (or before) b. A colon joins what follows it
// only: in a selector "a :hover" is not "a:hover". Parentheses join on the inside.
func joins(b byte, after bool) bool {
	switch b {
	case '{', '}', ';', ',', '>':
		return true
	case ':', '(':
		return after
	case ')':
		return !after
	}
	return false
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' || b == '\f' }

// quotedEnd is the index after the closing quote of the string that opens at i.
func quotedEnd(css string, i int) int {
	for j := i + 1; j < len(css); j++ {
		switch css[j] {
		case '\\':
			j++
		case css[i]:
			return j + 1
		}
	}
	return len(css)
}
