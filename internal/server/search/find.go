// Package search finds words in texts as customers type them: without accents and endings, and on the wrong keyboard. It
// is pure. The same search runs in the browser (web/static/find.js).
package search

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Server and browser (web/static/find.js) must find the same. Tests hold both to web/static/testdata/find.json.

// search is a parsed query: for each of its words, the readings of it.
type search [][]meaning

// meaning is one reading of a word: the whole of it, and its stem.
type meaning struct{ whole, stem string }

// Looking parses a query. A word may also have been typed on another keyboard layout.
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

// Finds says whether texts hold every word of a search, with whatever ending.
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

// umlauts matches what German writes for ä, ö and ü when a keyboard does not have them.
var umlauts = regexp.MustCompile("([aou])e")

// The letters of the same keys on three keyboard layouts.
var (
	latinKeys     = []rune("qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
	russianKeys   = []rune("йцукенгшщзхъфывапролджэячсмитьбюё")
	ukrainianKeys = []rune("йцукенгшщзхїфівапролджєячсмитьбюё")
)

// typedOn returns the word that the same keys write on another keyboard layout.
func typedOn(word string, from, to []rune) string {
	return strings.Map(func(r rune) rune {
		if i := slices.Index(from, r); i >= 0 {
			return to[i]
		}
		return r
	}, word)
}

// letters replaces letters that a keyboard may not have and that NFKD does not decompose.
var letters = strings.NewReplacer("ß", "ss", "ł", "l", "ı", "i", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ħ", "h", "ґ", "г",
	"'", "", "’", "", "ʼ", "", "`", "")

// fold removes from a text what people leave out when they type: case, accents, apostrophes, and letters that their
// keyboard does not have.
func fold(text string) string {
	return letters.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(text))))
}

// ending matches the inflection of a folded word in the widget's languages. It is a heuristic: a wrong stem finds too much
// or too little, and nothing else depends on it.
var ending = regexp.MustCompile(`(?:ами|ями|ыми|ими|[ое]го|[ое]му|[аеиоуыюя][еиюяхвм]|[аеиоуыэюяьіє]|ing|[aeiouy]{1,2}[dmnrst]?|[dnst])$`)

// stem returns a word without its ending.
func stem(word string) string {
	if rest := word[:len(word)-len(ending.FindString(word))]; utf8.RuneCountInString(rest) > 2 {
		return rest
	}
	return word
}
