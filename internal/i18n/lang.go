package i18n

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// upstreamCodes are the languages of the upstream's i18n endpoint (rest-api: "Получить параметры
// интернационализации"), by our code. Some are no proper language tags: ee is Ewe, uk-UK is
// Ukrainian as spoken in the United Kingdom. So they are mapped by hand, never parsed.
var upstreamCodes = map[string]string{
	"ru": "ru-RU", "lv": "lv-LV", "en": "en-US", "et": "ee-EE", "lt": "lt-LT", "de": "de-DE", "uk": "uk-UK",
}

// odd are codes that mean another language than their letters say.
var odd = map[string]string{"ee": "et", "ua": "uk", "cn": "zh", "lt-sr-sp": "sr", "iw": "he"}

// Canonical is our code of a language in any of the upstream's spellings: "ee-EE" is "et".
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

// UpstreamCode is the upstream's code of a language of ours.
func UpstreamCode(lang string) string { return cmp.Or(upstreamCodes[lang], lang) }

// Tag is the BCP 47 tag of a language, for <html lang>.
func Tag(lang string) string { return lang }

// rightToLeft are the scripts' languages that the upstream offers.
var rightToLeft = []string{"ar", "he", "fa", "ur"}

// Dir is the direction of a language's script: "ltr" or "rtl".
func Dir(lang string) string {
	if slices.Contains(rightToLeft, lang) {
		return "rtl"
	}
	return "ltr"
}

// Match chooses among the offered languages by an Accept-Language header: the first that the
// browser names, by its weight, or the fallback. Nearness of languages is not guessed.
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
