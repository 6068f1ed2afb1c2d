package i18n

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// A salon's texts are in the salon's language, also on a page in another language, and the upstream does not name it. So the
// markup of a page is read once more when the page is drawn. A piece of text in another script than the page's, or with letters
// that the page's language does not have, is marked with the language that it must be in.

// lettersOf holds the letters that only some of the widget's languages have. They tell the languages apart.
var lettersOf = map[string]string{
	"en": "", "de": "äöüßÄÖÜẞ", "lv": "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "lt": "ąčęėįšųūžĄČĘĖĮŠŲŪŽ", "et": "äöõüšžÄÖÕÜŠŽ", "ru": "ёъыэЁЪЫЭ", "uk": "іїєґІЇЄҐ",
}

// Foreign finds texts on a page that are in another language than the page.
type Foreign struct {
	page       string    // language of the page
	pageScript string    // its script
	salon      []written // languages that the salon's texts may have, the likeliest first
	near       []near    // those that are written in the page's script and are told by their letters
}

// written is a language with its tag and its script.
type written struct{ lang, tag, script string }

// near is a language and the letters that it has and the page's language has not.
type near struct{ lang, letters string }

// Foreign makes a Foreign for pages in the Localizer's language. salon are the salon's languages by the upstream's codes, the
// salon's main language first.
func (l *Localizer) Foreign(salon ...string) Foreign {
	f := Foreign{page: l.spoken, pageScript: Script(l.spoken)}
	for _, code := range salon {
		if lang, ok := Canonical(code); ok {
			f.salon = append(f.salon, written{lang, Tag(lang), Script(lang)})
		}
	}
	candidates := []string{"ru", "uk"}
	if len(f.salon) > 0 {
		candidates = append([]string{f.salon[0].lang}, candidates...)
	}
	for _, lang := range candidates {
		if lang != f.page && Script(lang) == f.pageScript && lettersOf[lang] != "" {
			f.near = append(f.near, near{lang, strings.Map(func(r rune) rune {
				if strings.ContainsRune(lettersOf[f.page], r) {
					return -1
				}
				return r
			}, lettersOf[lang])})
		}
	}
	return f
}

// Of returns the language tag of a text that is in another language than the page, "" for a text in the page's language.
func (f Foreign) Of(text string) string {
	script := scriptOf(text)
	if script == "" {
		return ""
	}
	if script != f.pageScript {
		for _, s := range f.salon {
			if s.script == script {
				return s.tag
			}
		}
		if script == "Latn" {
			return "" // a brand or an abbreviation: nothing says whose
		}
		base, _ := language.Make("und-" + script).Base()
		return base.String()
	}
	for _, lang := range f.near {
		if strings.ContainsAny(text, lang.letters) {
			return Tag(lang.lang)
		}
	}
	return ""
}

// alphabets are the blocks of the scripts of languages that forms list, by ISO 15924. Unicode's own tables would be asked
// for every letter of a page.
var alphabets = []struct {
	script   string
	from, to rune
}{
	{"Latn", 'A', 'Z'},
	{"Latn", 'a', 'z'},
	{"Cyrl", 0x400, 0x52f},
	{"Latn", 0xc0, 0x24f},
	{"Latn", 0x1e00, 0x1eff},
	{"Grek", 0x370, 0x3ff},
	{"Grek", 0x1f00, 0x1fff},
	{"Hebr", 0x5d0, 0x5f4},
	{"Arab", 0x620, 0x77f},
	{"Geor", 0x10a0, 0x10ff},
	{"Armn", 0x531, 0x588},
	{"Hans", 0x4e00, 0x9fff},
	{"Deva", 0x904, 0x97f},
	{"Kore", 0xac00, 0xd7a3},
	{"Thai", 0xe01, 0xe5b},
}

// telling is how many letters of a text tell its script.
const telling = 24

// scriptOf is the script that most letters of a text are of, "" where it has none.
func scriptOf(text string) string {
	var count [15]int
	letters := 0
	for _, r := range text {
		for i := range alphabets {
			if r >= alphabets[i].from && r <= alphabets[i].to {
				count[i]++
				letters++
				break
			}
		}
		if letters == telling {
			break
		}
	}
	most, best := "", 0
	for i, n := range count {
		if n == 0 {
			continue
		}
		sum := n
		for j := range i {
			if alphabets[j].script == alphabets[i].script {
				sum += count[j]
			}
		}
		if sum > best {
			most, best = alphabets[i].script, sum
		}
	}
	return most
}

// Tell adds lang attributes to the texts of a page that are in another language: to the element of the text when the element
// holds nothing else, otherwise to a new element around the text.
func (f Foreign) Tell(page []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(page) + len(page)/16)
	for at := 0; at < len(page); {
		open := bytes.IndexByte(page[at:], '<')
		if open < 0 {
			out.Write(page[at:])
			break
		}
		open += at
		end := bytes.IndexByte(page[open:], '>')
		if end < 0 {
			out.Write(page[at:])
			break
		}
		end += open
		out.Write(page[at:open])
		element := page[open : end+1]
		next := bytes.IndexByte(page[end+1:], '<')
		if next < 0 {
			out.Write(page[open:])
			break
		}
		text := page[end+1 : end+1+next]
		at = end + 1 + next
		name := elementName(element)
		if name == "script" || name == "style" || name == "textarea" {
			// Nothing in it is markup.
			if closing := bytes.Index(page[end+1:], []byte("</"+name)); closing >= 0 {
				at = end + 1 + closing
			}
			out.Write(page[open:at])
			continue
		}
		lang := ""
		if len(bytes.TrimSpace(text)) > 0 {
			lang = f.Of(withoutEntities(string(text)))
		}
		switch {
		case lang == "" || bytes.Contains(element, []byte(` lang="`)):
			out.Write(element)
			out.Write(text)
		case name != "" && bytes.HasPrefix(page[at:], []byte("</"+name+">")):
			out.Write(element[:len(element)-1])
			out.WriteString(` lang="` + lang + `">`)
			out.Write(text)
		default:
			trimmed := bytes.TrimSpace(text)
			before, after, _ := bytes.Cut(text, trimmed)
			out.Write(element)
			out.Write(before)
			out.WriteString(`<span lang="` + lang + `">`)
			out.Write(trimmed)
			out.WriteString(`</span>`)
			out.Write(after)
		}
	}
	return out.Bytes()
}

// elementName is the name of a start tag, "" of anything else.
func elementName(tag []byte) string {
	end := 1
	for end < len(tag) && (tag[end] >= 'a' && tag[end] <= 'z' || tag[end] >= '0' && tag[end] <= '9') {
		end++
	}
	return string(tag[1:end])
}

// entities are the signs that HTML writes with letters.
var entities = regexp.MustCompile(`&#?[a-zA-Z0-9]{1,31};`)

// withoutEntities is a text without the letters by which its signs are written.
func withoutEntities(text string) string {
	if !strings.Contains(text, "&") {
		return text
	}
	return entities.ReplaceAllString(text, " ")
}
