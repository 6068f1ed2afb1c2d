package search

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A search is read with and without a script (web/static/find.js): both are held to web/static/testdata/find.json.

// search is what is looked for: for each of its words all that it may have been meant for.
type search [][]meaning

// meaning is a word as it is found anywhere, and without its ending.
type meaning struct{ whole, stem string }

// Looking reads a search.
func Looking(query string) search {
	var out search
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		spelt := []string{word, umlauts.ReplaceAllString(word, "$1")}
		if utf8.RuneCountInString(word) > 2 {
			spelt = append(spelt, typedOn(word, latinKeys, russianKeys), typedOn(word, latinKeys, ukrainianKeys), typedOn(word, russianKeys, latinKeys), typedOn(word, ukrainianKeys, latinKeys))
		}
		var meanings []meaning
		for _, as := range spelt {
			if as = fold(as); as != "" {
				meanings = append(meanings, meaning{as, stem(as)})
			}
		}
		out = append(out, meanings)
	}
	return out
}

// Finds says whether texts hold every word of a search, in whatever form.
func (s search) Finds(texts ...string) bool {
	if len(s) == 0 {
		return true
	}
	text := fold(strings.Join(texts, " "))
	var stems []string
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		stems = append(stems, stem(word))
	}
	for _, meanings := range s {
		if !slices.ContainsFunc(meanings, func(m meaning) bool {
			return strings.Contains(text, m.whole) || utf8.RuneCountInString(m.stem) > 3 && strings.Contains(text, m.stem) || slices.Contains(stems, m.stem)
		}) {
			return false
		}
	}
	return true
}

// umlauts are what German writes for ä, ö and ü where a keyboard lacks them.
var umlauts = regexp.MustCompile("([aou])e")

// The letters of a keyboard's keys.
var (
	latinKeys     = []rune("qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
	russianKeys   = []rune("йцукенгшщзхъфывапролджэячсмитьбюё")
	ukrainianKeys = []rune("йцукенгшщзхїфівапролджєячсмитьбюё")
)

// typedOn is a word as the same keys write it on another keyboard.
func typedOn(word string, from, to []rune) string {
	return strings.Map(func(r rune) rune {
		if i := slices.Index(from, r); i >= 0 {
			return to[i]
		}
		return r
	}, word)
}

// letters are those that a keyboard may lack and that accents do not make.
var letters = strings.NewReplacer("ß", "ss", "ł", "l", "ı", "i", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ħ", "h", "ґ", "г",
	"'", "", "’", "", "ʼ", "", "`", "")

// fold is a text without what people leave out when they type: case, accents, apostrophes, and letters that their
// keyboard lacks.
func fold(text string) string {
	return letters.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(text))))
}

// ending is what languages hang on their words, after fold. It is a guess that is right often enough to find something.
var ending = regexp.MustCompile(`(?:ами|ями|ыми|ими|[ое]го|[ое]му|[аеиоуыюя][еиюяхвм]|[аеиоуыэюяьіє]|ing|[aeiouy]{1,2}[dmnrst]?|[dnst])$`)

// stem is a word without its ending.
func stem(word string) string {
	if rest := word[:len(word)-len(ending.FindString(word))]; utf8.RuneCountInString(rest) > 2 {
		return rest
	}
	return word
}
