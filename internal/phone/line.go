package phone

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Line is what a salon wrote where its phone stands: numbers, and words around them, in the salon's order.
type Line []Part

// Part is a number or words. The parts of a line read one after another.
type Part struct {
	Text      string // as shown; an extension keeps the salon's own word for it
	Number    Number // "" for words, and for a number that is only known as it was written
	Extension string
	href      string // of a number that is only known as it was written
}

// Href is a link that dials the part, "" for words (RFC 3966).
func (p Part) Href() string {
	switch {
	case p.Number == "":
		return p.href
	case p.Extension != "":
		return "tel:+" + string(p.Number) + ";ext=" + p.Extension
	default:
		return "tel:+" + string(p.Number)
	}
}

// String is the line as text.
func (l Line) String() string {
	var b strings.Builder
	for _, part := range l {
		b.WriteString(part.Text)
	}
	return b.String()
}

// First is the first part that can be dialled, for a button; the zero Part when there is none.
func (l Line) First() Part {
	for _, part := range l {
		if part.Href() != "" {
			return part
		}
	}
	return Part{}
}

// Bounds of a line that a salon may write.
const (
	maxLine    = 300 // runes
	maxNumbers = 10
	maxReads   = 150 // attempts to read a number, which are slow
)

// ParseLine reads a salon's line. Country is the salon's, "" when it is not known.
func ParseLine(raw, country string) Line {
	rest := strings.Join(strings.Fields(strings.ToValidUTF8(raw, "")), " ")
	if r := []rune(rest); len(r) > maxLine {
		rest = string(r[:maxLine])
	}
	var line Line
	words := func(text string) {
		if text == "" {
			return
		}
		if n := len(line); n > 0 && line[n-1].Href() == "" {
			line[n-1].Text += text
			return
		}
		line = append(line, Part{Text: text})
	}
	reads := maxReads
	for numbers := 0; rest != "" && numbers < maxNumbers && reads > 0; {
		start := strings.IndexFunc(rest, beginsNumber)
		if start < 0 {
			break
		}
		words(rest[:start])
		rest = rest[start:]
		part, length := number(rest, country, &reads)
		if length == 0 {
			length = skipped(rest)
			words(rest[:length])
		} else {
			line, numbers = append(line, part), numbers+1
		}
		rest = rest[length:]
	}
	words(rest)
	return line
}

func beginsNumber(r rune) bool { return r == '(' || isPlus(r) || unicode.IsDigit(r) }

// skipped is the length of what begins like a number and is none: its first run of digits, with what stands before it.
func skipped(s string) int {
	digits := false
	for i, r := range s {
		if unicode.IsDigit(r) {
			digits = true
		} else if digits || i > 0 {
			return i
		}
	}
	return len(s)
}

// number reads a number with its extension at the beginning of a text; length is how much of the text it takes, 0 when
// there is none.
func number(s, country string, reads *int) (part Part, length int) {
	strong, weak := ends(s)
	// Where two numbers are written after one another, the first may end at any sign that can part them; only where it
	// ends at none of these does it end within a run, and there the longest is meant.
	slices.Reverse(weak)
	for _, end := range append(strong, weak...) {
		*reads--
		if n, ok := read(s[:end], country); ok {
			part, length = Part{Text: n.String(), Number: n}, end
			break
		}
	}
	if length == 0 && len(strong) > 0 {
		part, length = asWritten(s[:strong[len(strong)-1]], country)
	}
	if length == 0 {
		return Part{}, 0
	}
	text, ext := extension(s[length:])
	if part.Number != "" && ext != "" {
		part.Text, part.Extension, length = part.Text+text, ext, length+len(text)
	}
	return part, length
}

// asWritten is a number that can be dialled as it stands, where the country is not known, or where the number has the
// country's code and its plan has changed since.
func asWritten(s, country string) (part Part, length int) {
	digits := asciiDigits(s)
	const fewest, most = 7, 15
	if len(digits) < fewest || len(digits) > most {
		return Part{}, 0
	}
	plus := strings.IndexFunc(s, isPlus) >= 0
	if n, ok := possible(digits, country, plus); ok {
		return Part{Text: n.String(), Number: n}, len(s)
	}
	if country != "" || plus || strings.Count(s, " ") == len(digits)-1 {
		return Part{}, 0
	}
	return Part{Text: s, href: "tel:" + digits}, len(s)
}

// parting are the signs that may stand between two numbers, and now and then stand within one.
const parting = "/|"

// ends are where a number at the beginning of a text may end: strong ones before a sign that parts numbers, a plus or a
// bracket that opens late, and at the end of the run; weak ones after any group of digits.
func ends(s string) (strong, weak []int) {
	const openLate = 5 // digits, after which a bracket holds something else than an area's code
	last, digits, spaced := 0, 0, false
	open := -1
	closed := func() {
		if last > 0 && (len(strong) == 0 || strong[len(strong)-1] != last) {
			strong = append(strong, last)
		}
	}
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			if digits++; digits > maxDigits*2 {
				return strong, weak
			}
			if last != i && last > 0 {
				weak = append(weak, last)
			}
			last = i + len(string(r))
		case isPlus(r) && i > 0:
			if digits > 0 {
				closed()
				return strong, weak
			}
		case r == '(':
			if digits >= openLate {
				closed()
				return strong, weak
			}
			open = last
		case r == ')':
			open = -1
		case strings.ContainsRune(parting, r):
			closed()
		case r == ':' && last == i:
			// "10:00": the digits before it are no part of a number.
			if len(weak) == 0 {
				return strong, nil
			}
			return append(strong, weak[len(weak)-1]), weak[:len(weak)-1]
		case strings.ContainsRune("-‐‑‒–—", r):
			if spaced {
				closed()
			}
			spaced = false
			continue
		case r == ' ', r == '\u00a0', r == '.', r == '~', isPlus(r):
		default:
			if open >= 0 {
				last = open
			}
			closed()
			return strong, weak
		}
		spaced = r == ' '
	}
	if open >= 0 {
		last = open
	}
	closed()
	return strong, weak
}

// extensionWord is what stands before an extension in the languages of salons.
var extensionWord = regexp.MustCompile(`(?i)^[\s,;(]*(?:доб(?:авочный)?|внутр(?:енний)?|вн|дод(?:атковий)?|ішкі|ext(?:ension|n)?|extn|x|#|int(?:ern)?|iekš(?:ējais)?|papild|vid(?:inis)?|sise(?:nr|number)?|dw|durchwahl|app(?:arat)?|wew|linka|dahili)\.?\s*(?:№|nr\.?|no\.?|#|:)?\s*([0-9]{1,7})\)?`)

// extension is the extension at the beginning of a text, with the words around it.
func extension(s string) (text, digits string) {
	m := extensionWord.FindStringSubmatch(s)
	if m == nil {
		return "", ""
	}
	text, digits = m[0], m[1]
	if strings.HasSuffix(text, ")") && !strings.Contains(text, "(") {
		text = text[:len(text)-1]
	}
	if after := s[len(text):]; after != "" && unicode.IsDigit(rune(after[0])) {
		return "", ""
	}
	return text, digits
}
