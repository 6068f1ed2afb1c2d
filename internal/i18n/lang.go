package i18n

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// upstreamCodes are the languages of the upstream's i18n endpoint (rest-api: "Получить параметры
// интернационализации"), by our code. Some are no proper language tags: ee is Ewe, uk-UK is
// Ukrainian as spoken in the United Kingdom. So they are mapped by hand, never parsed.
var upstreamCodes = map[string]string{
	"ru": "ru-RU", "lv": "lv-LV", "en": "en-US", "et": "ee-EE", "lt": "lt-LT", "de": "de-DE", "uk": "uk-UK",
	// The others that forms list (seen live).
	"fr": "fr-FR", "it": "it-IT", "es": "es-ES", "ka": "ka-KA", "hy": "hy-AM", "kk": "kk-KK", "hr": "hr-HR", "cs": "cs-CS",
	"ro": "ro-RO", "zh": "cn-CN", "ar": "ar-AR", "bg": "bg-BG", "he": "he-IL", "hu": "hu-HU", "sr": "Lt-sr-SP", "sk": "sk-SK",
	"mn": "mn-MN", "az": "az-AZ", "pl": "pl-PL", "sl": "sl-SL",
}

// odd are codes that mean another language than their letters say.
var odd = map[string]string{"ee": "et", "ua": "uk", "cn": "zh", "lt-sr-sp": "sr", "iw": "he"}

// Canonical returns the widget's code of a language for any of the upstream's spellings: "et" for "ee-EE".
func Canonical(code string) (string, bool) {
	code = strings.ToLower(strings.ReplaceAll(code, "_", "-"))
	if lang, ok := odd[code]; ok {
		return lang, true
	}
	base, _, _ := strings.Cut(code, "-")
	if lang, ok := odd[base]; ok {
		return lang, true
	}
	if _, ok := upstreamCodes[base]; ok {
		return base, true
	}
	if len(base) < 2 || len(base) > 3 {
		return "", false
	}
	parsed, err := language.ParseBase(base)
	if err != nil {
		return "", false
	}
	return parsed.String(), true
}

// UpstreamCode returns the upstream's code for a code of the widget. For a language that was never seen at the upstream the code
// is formed as most of the upstream's codes are.
func UpstreamCode(lang string) string {
	if code := upstreamCodes[lang]; code != "" {
		return code
	}
	region, _ := language.Make(lang).Region()
	return lang + "-" + region.String()
}

// Tag returns the BCP 47 tag of a language, for <html lang>. The upstream's Serbian is written in Latin letters.
func Tag(lang string) string {
	if lang == "sr" {
		return "sr-Latn"
	}
	return lang
}

// rightToLeft are the scripts that run from right to left.
var rightToLeft = []string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"}

// Script returns the ISO 15924 code of the script of a language: "Cyrl".
func Script(lang string) string {
	script, _ := language.Make(Tag(lang)).Script()
	return script.String()
}

// Dir returns the direction of a language's script: "ltr" or "rtl".
func Dir(lang string) string {
	if slices.Contains(rightToLeft, Script(lang)) {
		return "rtl"
	}
	return "ltr"
}

// Name returns a language's own name for itself, from CLDR.
func Name(lang string) string {
	if lang == "sr" {
		return "Srpski" // x/text has the name of Serbo-Croatian there
	}
	name := []rune(display.Self.Name(language.Make(Tag(lang))))
	if len(name) == 0 {
		return lang
	}
	// Not the capital: Georgian has letters for headlines, which begin no word.
	name[0] = unicode.ToTitle(name[0])
	return string(name)
}

// Match chooses among the offered languages by an Accept-Language header: the one to which the browser gives the greatest
// weight, or the fallback. A related language counts as another language.
func Match(accept string, offered []string, fallback string) string {
	type wish struct {
		lang   string
		weight float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(accept, ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(parameter, " ", ""), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil {
				continue
			}
			weight = parsed
		}
		if lang, ok := Canonical(strings.TrimSpace(tag)); ok && weight > 0 {
			wishes = append(wishes, wish{lang, weight})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	for _, w := range wishes {
		if slices.Contains(offered, w.lang) {
			return w.lang
		}
	}
	return fallback
}
