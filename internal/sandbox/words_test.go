package sandbox

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every key the code names must be in the table: say would print the key itself.
func TestEveryWordIsThere(t *testing.T) {
	dict, err := readDictionary()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"((?:error|step|comment|info|about|notify|label|sms|short|spec|category|city|country|company)\.[a-z0-9]+)"`)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, m[1])
		}
	}
	for _, p := range salons() {
		for _, key := range p.categories {
			keys = append(keys, "category."+key)
		}
		for _, m := range p.team {
			keys = append(keys, "spec."+m.spec)
		}
	}
	for _, f := range append(seedForms(), streetForm(), streetEvening(), streetChain()) {
		keys = append(keys, f.title, f.description)
	}
	if len(keys) < 50 {
		t.Fatalf("found %d keys only", len(keys))
	}
	for _, key := range keys {
		if _, ok := dict.words[key]; !ok {
			t.Errorf("no text for %q", key)
		}
	}
	verb := regexp.MustCompile(`%[sd]`)
	for key, p := range dict.words {
		for lang := range languageCount {
			if strings.TrimSpace(p[lang]) == "" {
				t.Errorf("%s has no text in %s", key, lang.code())
			}
			if got, want := len(verb.FindAllString(p[lang], -1)), len(verb.FindAllString(p[russian], -1)); got != want {
				t.Errorf("%s takes %d arguments in %s, %d in Russian", key, got, lang.code(), want)
			}
		}
	}
	if len(dict.services) < 60 {
		t.Errorf("%d services in the price list, want sixty", len(dict.services))
	}
}

func TestParseLanguage(t *testing.T) {
	for header, want := range map[string]string{"ru": "ru-RU", "lv-LV,lv;q=0.9": "lv-LV", "en-GB": "en-US", "et-EE": "ee-EE", "ee-EE": "ee-EE", "uk-UK": "uk-UK", "DE": "de-DE", "fr": "", "": "", "*": ""} {
		lang, ok := parseLanguage(header)
		if ok != (want != "") || ok && lang.code() != want {
			t.Errorf("parseLanguage(%q) = %v, %v, want %q", header, lang.code(), ok, want)
		}
	}
}

// TestNamesAreQuotedAsTheLanguageQuotes reads the names of salons and forms.
func TestNamesAreQuotedAsTheLanguageQuotes(t *testing.T) {
	dict, err := readDictionary()
	if err != nil {
		t.Fatal(err)
	}
	quotes := [languageCount]string{russian: "«»", ukrainian: "«»", latvian: "„”", english: "“”", estonian: "„“", lithuanian: "„“", german: "„“"}
	for key, p := range dict.words {
		for lang := range languageCount {
			for _, r := range p[lang] {
				if strings.ContainsRune("«»„“”", r) && !strings.ContainsRune(quotes[lang], r) {
					t.Errorf("%s has the quote %c in %s: %q", key, r, lang.code(), p[lang])
				}
			}
		}
	}
}
