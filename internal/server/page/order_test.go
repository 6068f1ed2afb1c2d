package page

import (
	"testing"

	"okoshko/internal/i18n"
	"okoshko/locales"
)

func TestNamesAreWrittenInTheOrderOfTheLanguage(t *testing.T) {
	texts, err := i18n.New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{
		"ru": "Фогель Анна Петровна", "uk": "Фогель Анна Петровна", "en": "Анна Петровна Фогель", "de": "Анна Петровна Фогель", "et": "Анна Петровна Фогель", "fr": "Анна Петровна Фогель",
	} {
		if got := FullName(texts.Localizer(lang), "Фогель", "Анна", "Петровна"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	if got := FullName(texts.Localizer("ru"), "", "Анна", ""); got != "Анна" {
		t.Errorf("a first name alone: %q", got)
	}
}
