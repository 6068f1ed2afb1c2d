package i18n

import (
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Collation returns a function that compares titles in the order of the language's dictionaries (CLDR). The function is for one
// goroutine.
func (l *Localizer) Collation() func(a, b string) int {
	c, script := collate.New(language.Make(Tag(l.lang))), unicode.Scripts[scriptNames[Script(l.lang)]]
	return func(a, b string) int {
		// x/text leaves out that a language's own letters go first (reorder in CLDR).
		if first, second := begins(a, script), begins(b, script); first != second {
			if first {
				return -1
			}
			return 1
		}
		return c.CompareString(a, b)
	}
}

// scriptNames are the names that Unicode's tables have for scripts, those that come behind Latin by default. In Latin
// letters nothing has to be moved.
var scriptNames = map[string]string{
	"Cyrl": "Cyrillic", "Geor": "Georgian", "Armn": "Armenian", "Hebr": "Hebrew", "Arab": "Arabic", "Grek": "Greek", "Deva": "Devanagari",
}

// begins says whether the first letter of a title is of a script.
func begins(title string, script *unicode.RangeTable) bool {
	for _, r := range title {
		if unicode.IsLetter(r) {
			return script != nil && unicode.Is(script, r)
		}
	}
	return false
}
